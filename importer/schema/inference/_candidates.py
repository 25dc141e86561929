"""The types that a column may have, narrowest first, and the cells that fit each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from importer.schema._schema import Format
from importer.schema.inference._days import dates
from importer.schema.inference._numbers import numbers
from importer.schema.inference._sample import NEAR, Candidate, Sample
from importer.schema.inference._times import times
from importer.schema.inference._yes_no import booleans

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NEAR", "Candidate", "Sample", "candidates"]

SEVERAL_NUMBERS = "[0-9][^0-9:]+[0-9]"


def candidates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
    """Types that the cells may have, narrowest first."""
    if sample.survey.is_plain and sample.stored is None:
        yield from _numbers(sample)
        return
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
    stored = sample.cells.filter(sample.stored) if sample.stored is not None else None
    if not sample.survey.count and (stored is None or stored.is_empty()):
        return
    found = numbers(sample.survey, sample.evidence, is_key=sample.is_key)
    if found.is_open:
        either = sample.of(pl.Float64(), Format(decimal=".")) | sample.of(pl.Float64(), Format(decimal=","))
        yield Candidate(kind=dy.Float64, words="numbers", fits=either, doubt=found.doubt, is_open=True)
        return
    has_places = found.writing.has_places or (stored is not None and stored.str.contains("[.eE]").any())
    kind: type[dy.Column] = dy.Float64 if has_places else dy.Int64
    if sample.survey.is_plain and sample.stored is None:
        fits = sample.filled
    else:
        fits = sample.of(kind().dtype, Format(decimal=found.writing.decimal, writing=found.writing))
    yield Candidate(
        kind=kind,
        words="numbers" if has_places else "whole numbers",
        fits=fits,
        metadata={"decimal": found.writing.decimal} if found.needs_hint else {},
        doubt=found.doubt,
        kept=found.kept,
    )
