"""The result of an inference, and its representation as Python and HTML."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from importer.core import literal
from importer.errors import Message, Note, visible
from importer.schema._code import attributes, column_code, schema_code
from importer.schema._matching import Match, best_matches
from importer.views.html import Cell, code, table, title, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dataframely as dy

__all__ = ["Guess", "Inference"]

COMMENT = 76
"""Width of a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The inferred type of one column.

    Attributes
    ----------
    name
        Name in the schema and the table.
    label, letter
        The header, and the letter of the column in the spreadsheet.
    column
        Type and hints.
    why
        Evidence in the sample.
    doubt
        Evidence against it, and how to settle it; None if there is no doubt.
    """

    name: str
    label: str
    letter: str
    column: dy.Column
    why: str
    doubt: str | None

    @property
    def note(self) -> Note | None:
        """The doubt as a note about the file."""
        if self.doubt is None:
            return None
        message = Message(self.doubt)
        code, kind = (
            (self.doubt.code, self.doubt.kind) if isinstance(self.doubt, Note) else (f"doubt-{self.letter}", "doubt")
        )
        sentence = f"{self.label}: {message.sentence}"
        return Note(sentence, message.fixes, code=code, kind=kind, column=self.label)

    @property
    def code(self) -> str:
        """The column as Python."""
        return column_code(self.column)

    @property
    def kind(self) -> str:
        """The type and its hints in a few words."""
        zone = getattr(self.column, "time_zone", None)
        hints = (
            f"{name}: {literal(value)}" for name, value in (self.column.metadata or {}).items() if name != "aliases"
        )
        words = [type(self.column).__name__, str(zone or ""), "key" if self.column.primary_key else "", *hints]
        return ", ".join(word for word in words if word)


@dataclass(frozen=True, kw_only=True, repr=False)  # without slots: the code is kept
class Inference:
    """A schema and the reasons for it. Print it to get Python that you can paste."""

    schema: type[dy.Schema]
    guesses: tuple[Guess, ...]

    def matches(self, mapping: Mapping[str, str] | None = None) -> tuple[Match, ...]:
        """The header from which each column was inferred, unless `mapping` names another for it.

        Raises
        ------
        ColumnNotFoundError
            If `mapping` names an unknown column or header.
        """
        if mapping:
            return best_matches(self.schema, [guess.label for guess in self.guesses], mapping)
        return tuple(
            Match(column=guess.name, label=guess.label, how="exact" if guess.name == guess.label else "alias")
            for guess in self.guesses
        )

    def code(self) -> str:
        """Python code of the schema, with a reason for every column."""
        return self._code

    @cached_property
    def _code(self) -> str:
        return schema_code(self.schema.__name__, self._lines())

    def _lines(self) -> Iterator[str]:
        columns = attributes({guess.name: guess.column for guess in self.guesses})
        for guess, (name, column) in zip(self.guesses, columns.items(), strict=True):
            yield from _comment(guess.why)
            if guess.doubt is not None:
                yield from _comment(f"doubt: {guess.doubt}")
            yield f"{name} = {column_code(column)}"

    def __repr__(self) -> str:
        """The code."""
        return self.code().rstrip()

    def _repr_html_(self) -> str:
        rows = (
            [
                guess.letter,
                guess.label,
                guess.name,
                guess.kind,
                Cell(value=f"{guess.why}. In doubt: {guess.doubt}", mark="warn") if guess.doubt else guess.why,
            ]
            for guess in self.guesses
        )
        shown = table(("", "header", "column", "type", "why"), rows)
        return whole(title(self.schema.__name__), shown, code("as Python", self.code()))


@lru_cache(maxsize=1024)
def _comment(text: str) -> tuple[str, ...]:
    """A sentence as comment lines; hundreds of columns share a few."""
    lines = textwrap.wrap(visible(text), COMMENT, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return tuple(lines)
