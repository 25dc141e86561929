"""The types that a column may have, narrowest first, and the cells that fit each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import dataframely as dy
import polars as pl

from importer.core import EACH, filled, here
from importer.schema._schema import FALSE_WORDS, TRUE_WORDS, Format
from importer.schema.inference._marks import decimals, order
from importer.schema.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NEAR", "Candidate", "Sample", "candidates"]

PAIRS: Final = ({"t", "f"}, {"y", "n"}, {"j", "n"}, {"o", "n"})
"""Single letters that mean yes and no only if both occur."""
COMPASS: Final = {"n", "s"}
CLEAR_LETTERS = 3
"""A word this long means yes or no even alone; ON may be Ontario."""

NEAR = 0.5
"""Share from which a type is mentioned even if the column has another."""

SEVERAL_NUMBERS = "[0-9][^0-9]+[0-9]"

DECIMALS: Final = {".": r"%|[0-9][eE][-+]?[0-9]|\.[0-9]", ",": "%|[0-9][eE][-+]?[0-9]|,[0-9]"}
"""Characters that a whole number does not contain, by the decimal mark."""

LONGEST = 60
MOMENTS = "dates with a time of day"


@dataclass(frozen=True, kw_only=True)  # without slots, for cached properties
class Sample:
    """Sampled cells of one column, and their row numbers."""

    cells: pl.Series
    rows: pl.Series

    @cached_property
    def errors(self) -> pl.Series:
        """Cells that hold an Excel error."""
        return parse(self.cells, pl.String(), Format()).failed

    @cached_property
    def filled(self) -> pl.Series:
        """Cells that are not empty, not a null word, and not an error."""
        return parse(self.cells, pl.Boolean(), Format(true=(), false=())).failed & ~self.errors

    @cached_property
    def count(self) -> int:
        """How many cells are filled."""
        return int(self.filled.sum())

    @cached_property
    def _bare(self) -> pl.Series:
        return self.cells.str.strip_chars()

    def written(self, pattern: str) -> pl.Series:
        """Filled cells of this form, ignoring white space."""
        return self.filled & filled(here(self._bare, EACH.str.contains(pattern)), value=False)

    def of(self, dtype: pl.DataType, written: Format) -> pl.Series:
        """Filled cells that fit a type."""
        return self.filled & parse(self.cells, dtype, written).values.is_not_null()

    def example(self, where: pl.Series) -> str:
        """The first of these cells, and its row."""
        cell = self.cells.filter(where)[0]
        return f"{cell if len(cell) <= LONGEST else cell[:LONGEST] + '…'!r} in row {self.rows.filter(where)[0]:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A type that the column may have.

    Attributes
    ----------
    words
        Name of such cells in messages.
    fits
        Which cells fit the type.
    is_open
        Whether only the analyst can settle how to read the cells.
    """

    kind: type[dy.Column]
    words: str
    fits: pl.Series
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    doubt: str | None = None
    is_open: bool = False

    @property
    def count(self) -> int:
        """Number of cells that fit the type."""
        return int(self.fits.sum())


def candidates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
    """Types that the cells may have, narrowest first."""
    yield from _booleans(sample)
    if sample.written(r"\pN").sum() < NEAR * sample.count:
        return
    numbers = list(_numbers(sample))
    yield from numbers
    # If most are numbers, they are not Excel's serials of dates.
    if max((one.count for one in numbers), default=0) < NEAR * sample.count:
        if sample.written(SEVERAL_NUMBERS).sum() >= NEAR * sample.count:
            yield from _dates(sample, day_first=day_first)
        if sample.written(":").sum() >= NEAR * sample.count:
            yield from _times(sample)


def _booleans(sample: Sample) -> Iterator[Candidate]:
    true, false = (tuple(word for word in words if not word.isdigit()) for words in (TRUE_WORDS, FALSE_WORDS))
    parsed = parse(sample.cells, pl.Boolean(), Format(true=true, false=false))
    fits = sample.filled & parsed.values.is_not_null()
    said = {word.strip().casefold() for word in sample.cells.filter(fits).unique()}
    letters = {word for word in said if len(word) == 1 and word.isascii()}
    if letters:
        is_clear = letters in PAIRS and said == letters and fits.sum() == sample.count
    else:
        is_clear = parsed.values.n_unique() > 1 or all(len(word) >= CLEAR_LETTERS for word in said)
    words = "words for yes and no"
    yield Candidate(kind=dy.Bool, words=words, fits=fits & is_clear)
    if letters == COMPASS:
        doubt = "'N' and 'S' may be points of the compass; the type Bool reads them as no and yes"
        yield Candidate(kind=dy.Bool, words=words, fits=fits, doubt=doubt, is_open=True)


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


def _dates(sample: Sample, *, day_first: bool | None) -> Iterator[Candidate]:
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


def _times(sample: Sample) -> Iterator[Candidate]:
    has_clock = sample.written(":")
    times, spans = (sample.of(dtype, Format()) & has_clock for dtype in (pl.Time(), pl.Duration("us")))
    longer = spans & ~times
    if longer.any():
        doubt = f"hours go beyond a day, e.g. {sample.example(longer)}; the type Duration reads hours and minutes"
        yield Candidate(kind=dy.Duration, words="lengths of time", fits=spans, doubt=doubt, is_open=True)
    else:
        yield Candidate(kind=dy.Time, words="times of day", fits=times)
