"""How the numbers and dates of a file are written, as far as the file itself proves it: `shown_by`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.core import EACH, here
from importer.schema._schema import Format
from importer.schema.inference._marks import order
from importer.schema.inference._sample import Sample
from importer.schema.inference._survey import Evidence

if TYPE_CHECKING:
    from importer.core import Chunk
    from importer.schema.inference._survey import Survey

__all__ = ["Shown", "shown_by"]

DATED = r"^\s*[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:$|[\sT])"
"""Cells that may depend on the order of day and month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How one column of a file is written.

    Attributes
    ----------
    decimal, number
        The decimal mark, and a cell that proves it, or depends on it; None if no cell does.
    day_first, date
        The order of day and month, and a date that proves it, or depends on it.
    is_open, asks_order
        Whether cells depend on a decimal mark, or on an order, which the file does not prove.
    """

    decimal: Literal[".", ","] | None = None
    number: str = ""
    day_first: bool | None = None
    date: str = ""
    is_open: bool = False
    asks_order: bool = False


def shown_by(sample: Chunk, *, delimiter: str | None = None) -> dict[str, Shown]:
    """What a file proves of each of its columns, by the columns themselves, or else by each other.

    Examples
    --------
    >>> from importer.core import Chunk
    >>> frame = pl.DataFrame({"price": ["12,50"], "kg": ["1,250"], "day": ["31/12/2025"], "id": ["7"]})
    >>> shown = shown_by(Chunk(frame=frame, rows=pl.Series([2]), completed=0))
    >>> [(shown[name].decimal, shown[name].day_first) for name in frame.columns]
    [(',', None), (',', None), (None, True), (None, None)]
    """
    samples = {
        label: Sample(
            cells=sample.frame[label],
            rows=sample.rows,
            label=label,
            stored=None if sample.numbers is None else sample.numbers[label].fill_null(value=False),
        )
        for label in sample.frame.columns
    }
    surveys = {label: one.survey for label, one in samples.items()}
    evidence = Evidence.of(surveys, delimiter=delimiter)
    marks = {label: _mark(survey, evidence) for label, survey in surveys.items()}
    orders = {label: _order(one.bare) for label, one in samples.items()}
    proved = {first for first, _, _ in orders.values() if first is not None}
    lent = proved.pop() if len(proved) == 1 else None
    return {
        label: Shown(
            decimal=marks[label][0],
            number=marks[label][1],
            is_open=marks[label][2],
            day_first=lent if asks else first,
            date=date,
            asks_order=asks and lent is None,
        )
        for label, (first, date, asks) in orders.items()
    }


def _mark(survey: Survey, evidence: Evidence) -> tuple[Literal[".", ","] | None, str, bool]:
    """The mark, a cell, and whether the mark is open."""
    if not survey.are_numbers:
        return None, "", False
    dots, commas = survey.proofs("."), survey.proofs(",")
    if bool(dots) != bool(commas):
        return ("." if dots else ","), (dots or commas)[0].example.strip(), False
    if survey.open and not dots:
        return evidence.decimal, survey.open[0].example.strip(), evidence.decimal is None
    return None, "", False


def _order(cells: pl.Series) -> tuple[bool | None, str, bool]:
    """Whether the day is first, a date, and whether the order is open."""
    is_dated = here(cells, EACH.str.contains(DATED)).fill_null(value=False)
    if 2 * int(is_dated.sum()) <= cells.len() - cells.null_count():
        return None, "", False
    dated = cells.filter(is_dated)
    found = order(dated, pl.Datetime("us"), Format())
    if found.day_first is not None:
        proof = dated.filter(found.read[found.day_first] & ~found.read[not found.day_first])
        return found.day_first, proof[0] if len(proof) else dated[0], False
    is_open = found.is_unproven and found.doubt is not None
    depends = dated.filter(~found.read[None] & (found.read[True] | found.read[False]))
    return None, depends[0] if is_open and len(depends) else "", is_open
