"""What the user wants of a column in place of what the sample shows: `ColumnChoice`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.errors import SchemaError
from importer.schema import made, names
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dataframely as dy

    from importer.core import Header
    from importer.schema.inference import Guess, Inference

__all__ = ["FORMATS", "KINDS", "ColumnChoice", "changed", "wrong_names"]

KINDS = ("String", "Int64", "Float64", "Date", "Datetime", "Time", "Bool")
"""Types that a column can be given."""

OWN: dict[str, Any] = {"formats": []}
"""Placeholder until the user types a format."""

FORMATS: dict[str, dict[str, dict[str, Any]]] = {
    "Date": {"day_first": {"day_first": True}, "month_first": {"day_first": False}, "own": OWN},
    "Datetime": {"day_first": {"day_first": True}, "month_first": {"day_first": False}, "own": OWN},
    "Time": {"own": OWN},
    "Float64": {"point": {"decimal": "."}, "comma": {"decimal": ","}},
}
"""How the cells of a type can be written, and the hints that say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """What the user wants of one column; None leaves it to the sample.

    Attributes
    ----------
    name
        Its name in the table, in place of the one made from the header.
    kind
        Its type, one of `KINDS`.
    is_required
        Whether it may not be empty.
    is_left_out
        Whether it does not go into the table.
    hints
        How its cells are written.
    """

    name: str | None = None
    kind: str | None = None
    is_required: bool | None = None
    is_left_out: bool = False
    hints: Mapping[str, Any] = field(default_factory=dict)


def wrong_names(header: Header, wanted: Mapping[str, ColumnChoice]) -> dict[str, str]:
    """What is wrong with chosen names, by the names made from the headers.

    Examples
    --------
    >>> from importer.core import Header
    >>> header = Header(row=1, labels=("id", "Note", "City"))
    >>> wrong_names(header, {"note": ColumnChoice(name="ID"), "city": ColumnChoice(name=" ")})
    {'note': 'Another column is called ID too. Each column needs a name of its own.', 'city': 'A column needs a name.'}
    """
    if all(choice.name is None for choice in wanted.values()):
        return {}
    choices = {name: wanted.get(name, ColumnChoice()) for name in names(header)}
    new = {name: choice.name or name for name, choice in choices.items() if not choice.is_left_out}
    counts = Counter(name.casefold() for name in new.values())
    wrong = {}
    for name, choice in choices.items():
        if choice.name is not None and not choice.name.strip():
            wrong[name] = say("columns.name_empty")
        elif choice.name is not None and counts[choice.name.casefold()] > 1:
            wrong[name] = say("columns.name_twice", name=choice.name)
    return wrong


def changed(inference: Inference, wanted: Mapping[str, ColumnChoice]) -> Inference:
    """The inference with the user's choices for some columns, by the names made from their headers.

    Raises
    ------
    SchemaError
        If two columns have one name.

    Examples
    --------
    >>> import importer, polars as pl
    >>> found = importer.infer(pl.DataFrame({"id": ["1", "2"], "note": ["a", "b"]}))
    >>> wanted = {"id": ColumnChoice(kind="String", name="no"), "note": ColumnChoice(is_left_out=True)}
    >>> print(changed(found, wanted).code())
    import dataframely as dy
    <BLANKLINE>
    <BLANKLINE>
    class Table1(dy.Schema):
        # as you chose
        no = dy.String(nullable=True, metadata={"aliases": ["id"]})
    <BLANKLINE>
    """
    from importer.schema.inference import Inference

    guesses = tuple(_changed(inference.guesses, wanted))
    columns = {guess.name: guess.column for guess in guesses}
    if len(columns) < len(guesses):
        raise SchemaError("two columns have one name", code="columns-alike", fixes=["rename one"])
    return Inference(schema=made(inference.schema.__name__, columns), guesses=guesses)


def _changed(guesses: tuple[Guess, ...], wanted: Mapping[str, ColumnChoice]) -> Iterator[Guess]:
    for guess in guesses:
        choice = wanted.get(guess.name)
        if choice is None:
            yield guess
        elif not choice.is_left_out:
            name = choice.name or guess.name
            # A name alone settles no doubt about the values.
            is_settled = choice != ColumnChoice(name=choice.name)
            why, doubt = (say("columns.chosen"), None) if is_settled else (guess.why, guess.doubt)
            aliases = [] if guess.label == name else [guess.label]
            yield replace(guess, name=name, column=_column(guess.column, choice, aliases), why=why, doubt=doubt)


def _column(column: dy.Column, choice: ColumnChoice, aliases: list[str]) -> dy.Column:
    """The column as the user wants it; everything else stays."""
    import dataframely as dy

    is_required = not column.nullable if choice.is_required is None else choice.is_required
    found = {**(column.metadata or {}), **choice.hints, "aliases": aliases}
    metadata = {name: hint for name, hint in found.items() if hint != []} or None
    options: dict[str, Any] = {"primary_key": True} if column.primary_key else {"nullable": not is_required}
    if choice.kind is None or choice.kind == type(column).__name__:
        for name in ("time_zone", "time_unit", "precision", "scale"):
            if getattr(column, name, None) is not None:
                options[name] = getattr(column, name)
        return type(column)(**options, metadata=metadata)
    kind: type[dy.Column] = getattr(dy, choice.kind)
    return kind(**options, metadata=metadata)
