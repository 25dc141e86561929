"""The first rows of a file, and what an import would do with each column: `Preview`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.core import GENTLE_ROWS, STEADY_ROWS, free_name
from importer.engine._preview_view import preview_html, preview_lines, read_as, reason
from importer.errors import Command, Note
from importer.schema import schema_columns
from importer.views import rounded, say, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import dataframely as dy

    from importer.core import Header
    from importer.engine._reading import Reading
    from importer.engine._replaced import Replaced
    from importer.schema import Match
    from importer.schema.inference import Guess
    from importer.sources import Footer

__all__ = ["ColumnPreview", "Preview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPreview:
    """What happens to one column of the file.

    Attributes
    ----------
    letter, label
        Its place in the sheet and its header; None if no header fills the column.
    column, dtype
        Its name and type in the table; None if it is left out.
    why
        Reason for the type or the match.
    """

    letter: str | None
    label: str | None
    column: str | None
    dtype: str | None
    why: str

    @classmethod
    def of_all(
        cls, header: Header, schema: type[dy.Schema], matches: Sequence[Match], guesses: Sequence[Guess]
    ) -> Iterator[Self]:
        """One for each column of the file, then those of the table that no header fills."""
        columns = schema_columns(schema)
        by_label = {found.label: found for found in matches if found.label is not None}
        whys = {guess.name: guess.doubt or guess.why for guess in guesses}
        for label in header.labels:
            found = by_label.get(label)
            yield cls(
                letter=header.letter(label),
                label=label,
                column=None if found is None else found.column,
                dtype=None if found is None else str(columns[found.column].dtype),
                why=(found and whys.get(found.column)) or reason(found),
            )
        for found in matches:
            if found.label is None:
                dtype = str(columns[found.column].dtype)
                why = say(f"preview.match_{found.how}", value=found.constant)
                yield cls(letter=None, label=None, column=found.column, dtype=dtype, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as they are in the file, and what happens to every column.

    Attributes
    ----------
    label
        The file and the sheet.
    rows
        The first rows as text; the first column is the row number in the sheet, called ``row`` unless a header is.
    columns
        The columns of the file, then the columns of the table that no header fills.
    read_as
        How the file is read: the row of the header, and the encoding and delimiter of a text file.
    rows_expected
        Estimated number of rows; None if unknown.
    footer
        Rows at the end that may be notes or totals.
    notes
        What you should know before the import, worst first: doubts, and what was left out.
    replaces
        What is lost in the table if its rows are replaced.
    """

    label: str
    rows: pl.DataFrame
    columns: tuple[ColumnPreview, ...]
    rows_expected: int | None
    read_as: str = ""
    footer: Footer | None = None
    notes: tuple[str, ...] = ()
    replaces: Replaced | None = None

    @classmethod
    def of(cls, reading: Reading, columns: Iterable[ColumnPreview], *, rows: int, notes: Sequence[str] = ()) -> Self:
        """The first rows of what was read."""
        source, chunk = reading.source, reading.top(rows)
        number = free_name("row", source.header.labels)
        if chunk is None:
            labels = [number, *source.header.labels]
            rows_of_none = pl.DataFrame(schema=labels)
            return cls(
                label=source.label, rows=rows_of_none, columns=tuple(columns), rows_expected=0, notes=tuple(notes)
            )
        expected = chunk.frame.height
        if source.total is not None and 0 < chunk.completed < source.total:
            expected = round(expected * source.total / chunk.completed)
        if reading.sample.is_whole:
            expected = reading.sample.rows.len()
        frame = reading.rows.named(chunk.frame.select(chunk.rows.alias(number), pl.all()).head(rows))
        return cls(
            label=source.label,
            rows=frame,
            columns=tuple(columns),
            rows_expected=None if source.total is None else expected,
            read_as=read_as(source),
            footer=reading.footer,
            notes=tuple(notes),
        )

    @property
    def advice(self) -> Note | None:
        """How to import so many rows; None if they are few enough to wait for."""
        if self.rows_expected is None or self.rows_expected <= STEADY_ROWS:
            return None
        is_large = self.rows_expected > GENTLE_ROWS
        worker = [Command("leave them to a worker", "submit", ...)] if is_large else []
        said = say("preview.large", rows=say("count.rows", n=rounded(self.rows_expected)))
        return Note(said, [*worker, say("preview.start")], code="large-file", kind="told")

    @property
    def opened(self) -> str:
        """Deprecated name of `read_as`."""
        warnings.warn("Preview.opened is now Preview.read_as", DeprecationWarning, stacklevel=2)
        return self.read_as

    @property
    def tail(self) -> Footer | None:
        """Deprecated name of `footer`."""
        warnings.warn("Preview.tail is now Preview.footer", DeprecationWarning, stacklevel=2)
        return self.footer

    def as_dict(self) -> dict[str, Any]:
        """The preview as JSON-ready values, as ``importer preview --json`` prints it."""
        fields = ColumnPreview.__slots__
        return {
            "label": self.label,
            "rows_expected": self.rows_expected,
            "opened": self.read_as,
            "tail": None if self.footer is None else str(self.footer),
            "columns": [{name: getattr(column, name) for name in fields} for column in self.columns],
            "rows": self.rows.to_dicts(),
            "notes": [str(note) for note in (*self.notes, *filter(None, [self.advice]))],
            "replaces": None if self.replaces is None else self.replaces.as_dict(),
        }

    def __str__(self) -> str:
        """The preview as text for a terminal."""
        return "\n".join(preview_lines(self, terminal.columns()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return preview_html(self)
