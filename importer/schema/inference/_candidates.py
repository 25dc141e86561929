"""The types that a column may have, narrowest first, and the cells that fit each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from importer.schema._schema import Format
from importer.schema.inference._days import dates, times
from importer.schema.inference._marks import decimals
from importer.schema.inference._sample import NEAR, Candidate, Sample
from importer.schema.inference._yes_no import booleans

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NEAR", "Candidate", "Sample", "candidates"]

SEVERAL_NUMBERS = "[0-9][^0-9]+[0-9]"

DECIMALS: Final = {".": r"%|[0-9][eE][-+]?[0-9]|\.[0-9]", ",": "%|[0-9][eE][-+]?[0-9]|,[0-9]"}
"""Characters that a whole number does not contain, by the decimal mark."""


def candidates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
    """Types that the cells may have, narrowest first."""
    yield from booleans(sample)
    if sample.written(r"\pN").sum() < NEAR * sample.count:
        return
    numbers = list(_numbers(sample))
    yield from numbers
    # If most are numbers, they are not Excel's serials of dates.
    if max((one.count for one in numbers), default=0) < NEAR * sample.count:
        if sample.written(SEVERAL_NUMBERS).sum() >= NEAR * sample.count:
            yield from dates(sample, day_first=day_first)
        if sample.written(":").sum() >= NEAR * sample.count:
            yield from times(sample)


def _numbers(sample: Sample) -> Iterator[Candidate]:
    marks = decimals(sample.cells, pl.Float64(), Format())
    written = Format(decimal=marks.mark)
    needs_hint = marks.mark is not None and (marks.mark == "," or sample.written(",").any())
    hint: dict[str, Any] = {"decimal": marks.mark} if needs_hint else {}
    fits = sample.filled & marks.read[marks.mark or "."]
    if marks.mark is None and marks.doubt:
        either = fits | (sample.filled & marks.read[","])
        yield Candidate(kind=dy.Float64, words="numbers", fits=either, doubt=marks.doubt, is_open=True)
        return
    if not fits.any():
        return
    whole = sample.of(pl.Int64(), written) & ~sample.written(DECIMALS[marks.mark or "."])
    yield Candidate(kind=dy.Int64, words="whole numbers", fits=whole, metadata=hint, doubt=marks.doubt)
    yield Candidate(kind=dy.Float64, words="numbers", fits=fits | whole, metadata=hint, doubt=marks.doubt)
