"""Times of day and lengths of time among the cells of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from importer.core import filled
from importer.schema._schema import Format
from importer.schema.inference._header_words import Says, says
from importer.schema.inference._sample import Candidate
from importer.schema.parsing import ClockWriting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.inference._sample import Sample

__all__ = ["times"]

SINGLE_HOUR = "^[0-9]:[0-9]{2}$"
CLEARLY_CLOCK = r"^0[0-9]:[0-9]{2}$|[AaPp]\.? ?[Mm]\.?$|^(?:1[3-9]|2[0-3]):[0-9]{2}$|^[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
"""Cells that show a time of day by themselves, where all others may be one."""
SEVERAL = 12


def times(sample: Sample) -> Iterator[Candidate]:
    """The column as times of day. Lengths stay text: minutes and seconds look like hours and minutes."""
    has_clock = sample.written(":")
    clocks, spans = (sample.of(dtype, Format()) & has_clock for dtype in (pl.Time(), pl.Duration("us")))
    longer = spans & ~clocks
    if (writing := ClockWriting.of(sample.cells.filter(clocks))) is not None:
        fits = writing.otherwise(sample.cells, pl.Time()).is_not_null() | filled(writing.fits(sample.bare), value=False)
        clocks &= fits
    if longer.any():
        doubt = f"hours go beyond a day, e.g. {sample.example(longer)}; the type Duration reads hours and minutes"
        yield Candidate(kind=dy.Duration, words="lengths of time", fits=spans, doubt=doubt, is_open=True)
    elif not clocks.any():
        return
    elif says(sample.label, Says.NO_TIME) or _is_length(sample):
        doubt = (
            f"{sample.example(clocks)} may be a time of day, minutes and seconds, or a ratio; the type Time reads "
            "a time of day, Duration hours and minutes"
        )
        yield Candidate(kind=dy.Time, words="times of day", fits=clocks, doubt=doubt, is_open=True)
    else:
        yield Candidate(kind=dy.Time, words="times of day", fits=clocks, doubt=_doubt(sample, clocks))


def _doubt(sample: Sample, clocks: pl.Series) -> str | None:
    """Whether nothing shows that these are times of day."""
    if says(sample.label, Says.CLOCK) or sample.written(CLEARLY_CLOCK).sum() >= max(1, sample.count // SEVERAL):
        return None
    return f"{sample.example(clocks)} is read as a time of day; it may be minutes and seconds"


def _is_length(sample: Sample) -> bool:
    """Whether the header names a length, as in "talk time", and no point of time."""
    return says(sample.label, Says.LENGTH) and not says(sample.label, Says.CLOCK)
