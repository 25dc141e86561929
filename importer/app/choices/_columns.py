"""What the user wants of a column in place of what the sample shows: `ColumnChoice`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.schema import made
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dataframely as dy

    from importer.schema.inference import Guess, Inference

__all__ = ["FORMATS", "KINDS", "ColumnChoice", "changed"]

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
    kind
        Its type, one of `KINDS`.
    is_required
        Whether it may not be empty.
    is_left_out
        Whether it does not go into the table.
    hints
        How its cells are written.
    """

    kind: str | None = None
    is_required: bool | None = None
    is_left_out: bool = False
    hints: Mapping[str, Any] = field(default_factory=dict)


def changed(inference: Inference, wanted: Mapping[str, ColumnChoice]) -> Inference:
    """The inference with the user's choices for some columns, by their names in the table.

    Examples
    --------
    >>> import importer, polars as pl
    >>> found = importer.infer(pl.DataFrame({"id": ["1", "2"], "note": ["a", "b"]}))
    >>> print(changed(found, {"id": ColumnChoice(kind="String"), "note": ColumnChoice(is_left_out=True)}).code())
    import dataframely as dy
    <BLANKLINE>
    <BLANKLINE>
    class Table1(dy.Schema):
        # as you chose
        id = dy.String(nullable=True)
    <BLANKLINE>
    """
    from importer.schema.inference import Inference

    guesses = tuple(_changed(inference.guesses, wanted))
    schema = made(inference.schema.__name__, {guess.name: guess.column for guess in guesses})
    return Inference(schema=schema, guesses=guesses)


def _changed(guesses: tuple[Guess, ...], wanted: Mapping[str, ColumnChoice]) -> Iterator[Guess]:
    for guess in guesses:
        choice = wanted.get(guess.name)
        if choice is None:
            yield guess
        elif not choice.is_left_out:
            yield replace(guess, column=_column(guess.column, choice), why=say("columns.chosen"), doubt=None)


def _column(column: dy.Column, choice: ColumnChoice) -> dy.Column:
    """The column as the user wants it; everything else stays."""
    import dataframely as dy

    is_required = not column.nullable if choice.is_required is None else choice.is_required
    metadata = {**(column.metadata or {}), **choice.hints} or None
    options: dict[str, Any] = {"primary_key": True} if column.primary_key else {"nullable": not is_required}
    if choice.kind is None or choice.kind == type(column).__name__:
        for name in ("time_zone", "time_unit", "precision", "scale"):
            if getattr(column, name, None) is not None:
                options[name] = getattr(column, name)
        return type(column)(**options, metadata=metadata)
    kind: type[dy.Column] = getattr(dy, choice.kind)
    return kind(**options, metadata=metadata)
