"""Dates, with or without a time of day, among the cells of a column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import dataframely as dy
import polars as pl

from importer.core import filled
from importer.errors import Fix, Message
from importer.schema._schema import Format
from importer.schema.inference._header_words import Says, says
from importer.schema.inference._marks import order
from importer.schema.inference._sample import NEAR, Candidate
from importer.schema.parsing import parse
from importer.schema.parsing._date_writing import CLOCK, MANY, USUAL, ZONE, DateWriting, shapes_of
from importer.schema.parsing._dates import TODAY, last_year, month_names
from importer.schema.parsing._months import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.inference._sample import Sample

__all__ = ["dates"]

MOMENTS = "dates with a time of day"

SHORT_YEAR = r"^[0-9]{1,2}(?:(?:[-/]|\. ?)[0-9]{1,2}(?:[-/]|\. ?)|[^0-9]*[^\W0-9_][^0-9]*)[0-9]{2}(?:$|[ ,T])"
MAY_BE_VERSION = r"^[0-9]{1,2}([-.])[0-9]{1,2}[-.][0-9]{2}$|^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}$"
ZERO = r"(?:^|[^0-9])0[0-9](?:[^0-9]|$)"
SINGLE = r"(?:^|[^0-9])[0-9](?:[^0-9]|$)"
LATE_DAY = r"^[0-9]{4}\.[0-9]{1,2}\.(?:1[3-9]|2[0-9]|3[01])$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
UNUSUAL_YEAR = r"(?:^|[^0-9:])(?:1[0-8][0-9]{2}|2[2-9][0-9]{2}|21[1-9][0-9]|210[1-9]|[3-9][0-9]{3})(?:[^0-9]|$)"
LONG_AGO = 50
"""A date of two digits that lies so many years back, or ahead at all, may be meant in another hundred."""


def dates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
    """The column as dates, as dates with a time of day, with or without a zone."""
    unit: Literal["us", "ns"] = "ns" if sample.written(r"\.[0-9]{7}").any() else "us"
    local, anywhere = pl.Datetime(unit), pl.Datetime(unit, "UTC")
    written, hint = _hundred(sample)
    found = order(sample.cells, anywhere, written)
    first = day_first if found.day_first is None and not found.is_mixed else found.day_first
    is_lent = first is None and found.is_unproven and sample.evidence.day_first is not None
    first = sample.evidence.day_first if is_lent else first
    written = replace(written, day_first=first)
    if first is not None and (found.day_first is not None or found.doubt is not None):
        hint = {"day_first": first, **hint}
    has_clock, has_zone = sample.written(":"), sample.written(f":.*{ZONE}$")
    own, clear = _held(sample, sample.filled & found.read[first], anywhere, written)
    zoned, moments = clear & (own | has_zone), clear & sample.of(local, written)
    days = clear & sample.of(pl.Date(), written) & ~has_clock
    if doubt := _is_doubtful(sample, zoned | moments):
        yield Candidate(kind=dy.Date, words="dates", fits=zoned | moments, doubt=doubt, is_open=True)
        return
    doubt = _lent(sample, found.read[first]) if is_lent else _doubt(sample, zoned | moments, written)
    doubt = found.doubt if found.day_first is not None and found.doubt else doubt
    options = {} if unit == "us" else {"time_unit": unit}
    yield Candidate(kind=dy.Date, words="dates", fits=days, metadata=hint, doubt=doubt)
    yield Candidate(kind=dy.Datetime, words=MOMENTS, fits=moments, options=options, metadata=hint, doubt=doubt)
    says_zone = zoned & ~moments
    if says_zone.sum() > (moments & has_clock).sum():
        if moments.any():
            doubt = f"a cell without a zone is taken for UTC, e.g. {sample.example(moments)}"
        zone = {"time_zone": "UTC"}
        words = f"{MOMENTS} and a zone"
        yield Candidate(kind=dy.Datetime, words=words, fits=zoned, options=options | zone, metadata=hint, doubt=doubt)
    if first is None and found.doubt:
        either = sample.filled & (found.read[None] | found.read[True] | found.read[False])
        kind = dy.Datetime if has_clock.any() else dy.Date
        yield Candidate(
            kind=kind, words="dates", fits=either, doubt=found.doubt, is_open=True, asks_order=found.is_unproven
        )


def _lent(sample: Sample, where: pl.Series) -> Message:
    """That the order of day and month is another column's."""
    evidence = sample.evidence
    order = "day" if evidence.day_first else "month"
    fix = Fix("metadata", {"day_first": not evidence.day_first}, "if it is not")
    return Message(f"{sample.example(where)} is read {order} first, as {evidence.order_proof} shows", [fix])


def _hundred(sample: Sample) -> tuple[Format, dict[str, Any]]:
    """The language of the months, the hundred years of two digits, and both as metadata if cells depend on them."""
    text = sample.bare.filter(sample.written(r"[^\W0-9_]"))
    language = language_of(month_names(text)) if len(text) >= NEAR * sample.count else None
    hint: dict[str, Any] = {} if language is None else {"language": language}
    if not sample.written(SHORT_YEAR).any():
        return Format(language=language), hint
    is_past = says(sample.label, Says.BIRTH) or says(sample.label, Says.PAST)
    last = TODAY.year if is_past else last_year(Format())
    return Format(language=language, last_year=last), {"last_year": last, **hint}


def _held(sample: Sample, read: pl.Series, dtype: pl.DataType, written: Format) -> tuple[pl.Series, pl.Series]:
    """Which cells have the writing of most, and which others can mean only one day beside them, too."""
    cells = sample.bare.filter(read)
    writing = DateWriting.of(cells, dtype, written)
    if writing is None or (fits := writing.fits(cells)).all():
        return read, read
    # polars changes the series that it scatters into.
    own = read.clone().scatter(read.arg_true(), fits)
    odd = read & ~own
    cells = sample.bare.filter(odd)
    is_clear = writing.mean_one_day(cells, parse(cells, dtype, written).values.cast(pl.Date))
    return own, own.clone().scatter(odd.arg_true(), is_clear)


def _is_doubtful(sample: Sample, where: pl.Series) -> str | None:
    """Why cells that look like dates are no dates by themselves."""
    may_be_version = where & sample.written(MAY_BE_VERSION)
    if _is_most(may_be_version, where):
        cells = sample.bare.filter(may_be_version)
        is_padded = cells.str.contains(ZERO).any() and not cells.str.contains(SINGLE).any()
        is_date = not says(sample.label, Says.NO_DATE) and (is_padded or cells.str.contains(LATE_DAY).any())
        if not is_date and not says(sample.label, Says.DATE):
            what = "a version, a code or a score"
            return f"{sample.example(may_be_version)} may be {what}; the type Date reads such cells as dates"
    unusual = where & sample.written(UNUSUAL_YEAR)
    if _is_most(unusual, where) and not sample.written(ISO).any() and not says(sample.label, Says.DATE):
        years = f"outside the years {USUAL[0]} to {USUAL[1]}"
        return f"most lie {years}, e.g. {sample.example(unusual)}; the type Date reads such cells as dates"
    return None


def _is_most(these: pl.Series, of: pl.Series) -> bool:
    return int(these.sum()) > NEAR * int(of.sum())


def _doubt(sample: Sample, where: pl.Series, written: Format) -> str | None:
    """What is told of dates that are taken."""
    short = where & sample.written(SHORT_YEAR)
    if short.any() and (told := _in_doubt_of_century(sample, short, written)):
        return told
    text = sample.bare.filter(where).str.replace(CLOCK, "")
    shapes = [one for one in shapes_of(text) if one.count >= MANY * len(text)]
    if len(shapes) > 1:
        some = " and ".join(repr(one.example) for one in shapes[:3])
        return f"written in {len(shapes)} ways, each of which can mean only one day: {some}"
    far = where & sample.written(UNUSUAL_YEAR)
    if (count := int(far.sum())) and count >= MANY * int(where.sum()):
        return f"{count:,} lie outside the years {USUAL[0]} to {USUAL[1]}, e.g. {sample.example(far)}"
    return None


def _in_doubt_of_century(sample: Sample, short: pl.Series, written: Format) -> str | None:
    """Which hundred years two digits mean, where some lie far back or ahead, or are of births."""
    values = parse(sample.cells, pl.Datetime("us", "UTC"), written).values
    is_far = (values.dt.year() < TODAY.year - LONG_AGO) | (values.dt.date() > TODAY)
    far = short & filled(is_far, value=False)
    if not far.any() and not says(sample.label, Says.BIRTH):
        return None
    where, last = far if far.any() else short, last_year(written)
    year = values.filter(where).dt.year()[0]
    span = f"years of two digits are read as {last - 99} to {last}"
    return f"{span}: {sample.example(where)} is in {year}; last_year in the metadata of the column changes that"
