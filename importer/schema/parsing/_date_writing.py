"""How the dates of a column are written: the order of their parts, what stands between them, digits of the year."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Self

import polars as pl

from importer.core import EACH, here
from importer.schema._schema import Format, Writing
from importer.schema.parsing import _moments
from importer.schema.parsing._cells import ascii_text, keep, plain, short, trim
from importer.schema.parsing._dates import SERIAL, parts, serial_days
from importer.schema.parsing._parse import parse

__all__ = ["DateWriting", "DatesBesideNumbers", "Shape", "shapes_of"]

MANY = 0.1
"""Share of the cells from which a writing is one of the column's own."""
MOST = 0.9
"""Share of cells of another writing that must be clear, if it is one of the column's own."""
NEAR_DAYS = 366
"""How far from the written dates a number, or a year of two digits, may lie and still be one of them."""
EPOCH: Final = dt.date(1970, 1, 1)
USUAL = (1900, 2100)
"""Years that are dates by themselves."""

ZONE = "(?:[Zz]|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)"
CLOCK = r"(?:[Tt]|,? +)[0-9]{1,2}:[0-9]{2}.*$"
NUMBER = r"^[0-9]+(?:\.[0-9]+)?$"
LETTER = r"[^\W0-9_]"
YEAR_LAST = "^9([-/.]) ?9[-/.]"
RUNS: Final = {"A": rf"{LETTER}+", "~": f" ?{ZONE}", "%": "(?:[.,][0-9]+)?"}

SHAPE: Final = (
    EACH.str.replace_all("[0-9]", "9")
    .str.replace(r"(:99(?:[.,]9+)?) ?(?:[Zz]|UTC|GMT|[-+]99(?::?99)?)$", "${1}~")
    .str.replace(r"(:99:99)[.,]9+", "${1}")
    .str.replace_all(r"[^\W0-9_]+", "A")
)
"""A cell with 9 for each digit, A for each word, and ~ for a zone."""
LOOSE: Final = EACH.str.replace_all("9999", "Y").str.replace_all("99", "9")
"""A shape without the padding, with Y for a year of four digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Cells that differ only in padding: how often they occur, and the first of them."""

    loose: str
    texts: tuple[str, ...]
    count: int
    example: str

    def pattern(self, *, any_year: bool, day_first: bool | None = None) -> str:
        """What cells of this shape match, with a month between 1 and 12 where the order is known."""
        year = "[0-9]{4}" if any_year else "(?:19[0-9]{2}|20[0-9]{2}|2100)"
        is_padded = not any(re.search("(?<!9)9(?!9)", text) for text in self.texts)
        digits = {1: "[0-9]{1,2}", 2: "[0-9]{2}" if is_padded else "[0-9]{1,2}", 4: year}
        text = self.texts[0].replace(":99:99", ":99:99%")
        found = [
            digits.get(len(run), f"[0-9]{{{len(run)}}}") if run[0] == "9" else RUNS.get(run, re.escape(run))
            for run in re.findall("9+|[^9]", text)
        ]
        if day_first is not None and re.match("^9[-/]9[-/]", self.loose):
            found[2 * day_first] = "(?:0[1-9]|1[0-2])" if is_padded else "(?:0?[1-9]|1[0-2])"
        return "".join(found)


def shapes_of(cells: pl.Series) -> list[Shape]:
    """The writings among trimmed cells, the most frequent first; those that differ in padding alone are one.

    Examples
    --------
    >>> [(one.loose, one.count) for one in shapes_of(pl.Series(["1.2.2025", "10.12.2025", "2025-01-31"]))]
    [('9.9.Y', 2), ('Y-9-9', 1)]
    """
    text = plain(trim(cells.drop_nulls()))
    frame = pl.DataFrame({"shape": here(text, SHAPE), "cell": text})
    exact = frame.group_by("shape", maintain_order=True).agg(pl.len().alias("count"), pl.col("cell").first())
    counted = (
        exact.with_columns(here(exact["shape"], LOOSE).alias("loose"))
        .group_by("loose", maintain_order=True)
        .agg("shape", pl.col("count").sum(), pl.col("cell").first())
    )
    shapes = [
        Shape(loose=loose, texts=tuple(texts), count=count, example=example)
        for loose, texts, count, example in counted.iter_rows()
    ]
    return sorted(shapes, key=lambda one: -one.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateWriting(Writing):
    """How the dates of an inferred column are written.

    Attributes
    ----------
    pattern
        What its cells match.
    example
        One of them.
    marks
        What stands between the numbers where the year is the last of three.
    shapes
        The shapes of its cells, whatever their padding.
    written
        The order of day and month, the hundred years of two digits, the language.
    first, last
        The days between which its dates lie.
    """

    pattern: str
    example: str
    marks: tuple[str, ...]
    shapes: tuple[str, ...]
    written: Format
    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, cells: pl.Series, dtype: pl.DataType, written: Format) -> Self | None:
        """The writing of most of the cells; None if none is a date, or all are numbers.

        Examples
        --------
        >>> writing = DateWriting.of(pl.Series(["2025-01-30", "2025-01-31", "250131"]), pl.Date(), Format())
        >>> writing.fits(pl.Series(["2025-02-01", "250131", "31.1.2025"])).to_list()
        [True, False, False]
        >>> writing.otherwise(pl.Series(["250131", "31.1.2025", "45688"]), pl.Date()).to_list()
        [None, datetime.date(2025, 1, 31), datetime.date(2025, 1, 31)]
        """
        written = replace(written, writing=None)
        text = plain(trim(cells.drop_nulls()))
        values = parse(text, dtype, written).values
        is_date = values.is_not_null() & ~text.str.contains(NUMBER)
        if not is_date.any():
            return None
        text, days = text.filter(is_date), values.filter(is_date).cast(pl.Date)
        is_usual = days.dt.year().is_between(*USUAL)
        any_year = bool((~is_usual).sum() >= MANY * len(days))
        span = days if any_year else days.filter(is_usual)
        shapes = shapes_of(text)
        found = cls._with(shapes[:1], written, any_year=any_year, days=span)
        own = [one for one in shapes[1:] if one.count >= MANY * len(days) and _is_clear(one, found, text, days)]
        return cls._with(shapes[:1] + own, written, any_year=any_year, days=span)

    @classmethod
    def _with(cls, shapes: list[Shape], written: Format, *, any_year: bool, days: pl.Series) -> Self:
        marks = (re.match(YEAR_LAST, one.loose) for one in shapes)
        patterns = [one.pattern(any_year=any_year, day_first=written.day_first) for one in shapes]
        return cls(
            pattern=f"^(?:{'|'.join(patterns)})$",
            example=shapes[0].example,
            marks=tuple({mark[1] for mark in marks if mark}),
            shapes=tuple(one.loose for one in shapes),
            written=written,
            first=days.min(),  # type: ignore[arg-type]
            last=days.max(),  # type: ignore[arg-type]
        )

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells are written so."""
        return here(plain(cells), EACH.str.contains(self.pattern))

    def otherwise(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values of cells that are written otherwise and can mean only one day."""
        values = self._read(cells, dtype)
        is_clear = self.mean_one_day(cells, values.cast(pl.Date))
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
            is_clear &= plain(cells).str.contains(f":.*{ZONE}$")
        return keep(values, is_clear)

    def _read(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values by the order of the column, and by the other one where that gives no day."""
        values = _moments.read(cells, dtype, self.written)
        if self.written.day_first is None or not values.null_count():
            return values
        turned = _moments.read(cells, dtype, replace(self.written, day_first=not self.written.day_first))
        return values.zip_with(values.is_not_null(), turned)

    def mean_one_day(self, cells: pl.Series, days: pl.Series) -> pl.Series:
        """Which cells can mean only this day."""
        text = plain(cells).str.replace(CLOCK, "")
        found = parts(text, self.written).with_columns(
            is_alike=here(here(plain(cells), SHAPE), LOOSE).is_in(list(self.shapes)),
            day=days,
            is_number=text.str.contains(NUMBER),
            is_named=text.str.contains(LETTER),
        )
        is_year_first = pl.col("a").str.len_bytes() == len("2025")
        is_full = is_year_first | (pl.col("c").str.len_bytes() == len("2025"))
        a, b = (pl.col(name).cast(pl.Int32, strict=False) for name in "ab")
        is_ordered = (a == b) | (a > 12) | (b > 12)  # noqa: PLR2004 - months
        is_own = pl.col("mark").is_in(self.marks)
        is_german = (pl.col("mark") == ".") & pl.lit(self.written.day_first is not False)
        first, last = ((day - EPOCH).days for day in (self.first, self.last))
        is_near = pl.col("day").to_physical().is_between(first - NEAR_DAYS, last + NEAR_DAYS)
        is_clear = (
            pl.when("is_alike")
            .then(pl.lit(value=True))
            .when("is_number")
            .then(is_near)
            .when(is_full)
            .then(is_year_first | pl.col("is_named") | is_ordered | is_own | is_german)
            .otherwise(is_near & (is_own | pl.col("is_named")))
        )
        return found.select(is_clear).to_series()

    def why(self, cell: str) -> str:
        """Explain why this cell is refused."""
        like = f"the dates of the column are written like {self.example!r}"
        text = ascii_text(cell)
        if re.fullmatch(SERIAL, text) and (day := serial_days(pl.Series([text]))[0]) is not None:
            date = EPOCH + dt.timedelta(days=int(day))
            return f"{short(cell)} is {date} if it is an Excel serial number, far from the other dates; {like}"
        if re.search(f":.*{ZONE}$", self.example) and not re.search(f":.*{ZONE}$", text):
            return f"{short(cell)} says no time zone: {like}"
        return f"{short(cell)} may mean more than one day: {like}"

    def told(self, cell: str) -> str:
        """Explain why this cell, which is written otherwise, is taken with a warning."""
        day = self._read(pl.Series([ascii_text(cell)]), pl.Datetime("us", "UTC")).cast(pl.Date)[0]
        if re.fullmatch(SERIAL, ascii_text(cell)):
            return f"{short(cell)} is taken for the Excel serial number of {day}, which lies among the other dates"
        if day is not None and not USUAL[0] <= day.year <= USUAL[1]:
            return f"{short(cell)} lies outside the years {USUAL[0]} to {USUAL[1]}"
        return f"{short(cell)} is not written like {self.example!r}, and can only mean {day}"


@dataclass(frozen=True, kw_only=True)
class DatesBesideNumbers(Writing):
    """Dates of a given type, in every writing: only a number far from the written ones is in doubt.

    Attributes
    ----------
    dtype, written
        The type, and the order of day and month.
    cells
        Cells of the sample, which are looked at when the first number comes.
    """

    dtype: pl.DataType
    written: Format
    cells: pl.Series = field(compare=False)

    @classmethod
    def of(cls, cells: pl.Series, dtype: pl.DataType, written: Format) -> Self:
        """The writing of these cells.

        Examples
        --------
        >>> writing = DatesBesideNumbers.of(pl.Series(["2025-01-30", "1/2025"]), pl.Date(), Format())
        >>> writing.fits(pl.Series(["31.1.2025", "250131"])).to_list()
        [True, False]
        >>> writing.otherwise(pl.Series(["45688", "250131"]), pl.Date()).to_list()
        [datetime.date(2025, 1, 31), None]
        """
        return cls(dtype=dtype, written=written, cells=cells)

    @cached_property
    def _dates(self) -> DateWriting | None:
        return DateWriting.of(self.cells, self.dtype, self.written)

    def is_sure(self, cells: pl.Series) -> bool:  # noqa: ARG002 - canonical dates are no numbers
        """Whether cells in canonical form need no second look."""
        return True

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells are no numbers; all, if the sample has only numbers."""
        is_number = here(plain(cells), EACH.str.contains(NUMBER))
        return ~is_number if is_number.any() and self._dates is not None else is_number.is_not_null()

    @property
    def _beside(self) -> DateWriting:
        if self._dates is None:
            raise ValueError("every cell fits if the sample has no dates")
        return self._dates

    def otherwise(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values of cells that can mean only one day."""
        return self._beside.otherwise(cells, dtype)

    def why(self, cell: str) -> str:
        """Explain why this cell is refused."""
        return self._beside.why(cell)

    def told(self, cell: str) -> str:
        """Explain why this cell, which is written otherwise, is taken with a warning."""
        return self._beside.told(cell)


def _is_clear(shape: Shape, beside: DateWriting, text: pl.Series, days: pl.Series) -> bool:
    """Whether nearly all cells of the shape can mean only one day beside the others."""
    where = text.str.contains(f"^{shape.pattern(any_year=True)}$")
    is_clear = beside.mean_one_day(text.filter(where), days.filter(where))
    return int(is_clear.sum()) >= MOST * int(where.sum())
