"""Dates, moments, times of day and lengths of time among the cells of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import dataframely as dy
import polars as pl

from importer.schema._schema import Format
from importer.schema.inference._marks import order
from importer.schema.inference._sample import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.inference._sample import Sample

__all__ = ["dates", "times"]

MOMENTS = "dates with a time of day"


def dates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
    unit: Literal["us", "ns"] = "ns" if sample.written(r"\.[0-9]{7}").any() else "us"
    local, anywhere = pl.Datetime(unit), pl.Datetime(unit, "UTC")
    found = order(sample.cells, anywhere, Format())
    first = day_first if found.day_first is None and not found.is_mixed else found.day_first
    written, depends = Format(day_first=first), found.day_first is not None or found.doubt is not None
    hint: dict[str, Any] = {} if first is None or not depends else {"day_first": first}
    has_clock, zoned = sample.written(":"), sample.filled & found.read[first]
    days, moments = sample.of(pl.Date(), written), sample.of(local, written)
    options = {} if unit == "us" else {"time_unit": unit}
    yield Candidate(kind=dy.Date, words="dates", fits=days & ~has_clock, metadata=hint)
    yield Candidate(kind=dy.Datetime, words=MOMENTS, fits=moments, options=options, metadata=hint)
    says_zone = zoned & ~moments
    if says_zone.sum() > (moments & has_clock).sum():
        doubt = f"a cell without a zone is taken for UTC, e.g. {sample.example(moments)}" if moments.any() else None
        zone = {"time_zone": "UTC"}
        words = f"{MOMENTS} and a zone"
        yield Candidate(kind=dy.Datetime, words=words, fits=zoned, options=options | zone, metadata=hint, doubt=doubt)
    if first is None and found.doubt:
        either = sample.filled & (found.read[None] | found.read[True] | found.read[False])
        kind = dy.Datetime if has_clock.any() else dy.Date
        yield Candidate(kind=kind, words="dates", fits=either, doubt=found.doubt, is_open=True)


def times(sample: Sample) -> Iterator[Candidate]:
    has_clock = sample.written(":")
    times, spans = (sample.of(dtype, Format()) & has_clock for dtype in (pl.Time(), pl.Duration("us")))
    longer = spans & ~times
    if longer.any():
        doubt = f"hours go beyond a day, e.g. {sample.example(longer)}; the type Duration reads hours and minutes"
        yield Candidate(kind=dy.Duration, words="lengths of time", fits=spans, doubt=doubt, is_open=True)
    else:
        yield Candidate(kind=dy.Time, words="times of day", fits=times)
