"""Dates and times by strptime formats: given ones, and the one that a column sticks to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.errors import Fix, SchemaError
from importer.schema.parsing._cells import keep
from importer.schema.parsing._zones import NANOS_YEARS, in_years, settled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["by_formats", "machine_written"]

PIECES = r"(?P<day>[0-9]+[-/.][0-9]+[-/.][0-9]+)?(?P<gap>[T ]?)(?P<clock>[0-9]+:[^Z+-]+)?(?P<zone>Z|[-+].*)?"
DAYS: Final = {
    "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}": "%Y-%m-%d",
    "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}": "%Y/%m/%d",
    r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}": "%Y.%m.%d",
    r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}": "%d.%m.%Y",
    r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}": "%d.%m.%y",
}
ORDERED: Final = {
    f"[0-9]{{1,2}}{mark}[0-9]{{1,2}}{mark}[0-9]{{{digits}}}": (f"%m{mark}%d{mark}%{year}", f"%d{mark}%m{mark}%{year}")
    for mark in "-/"
    for digits, year in ((4, "Y"), (2, "y"))
}
# polars turns second 60 into the next minute, so these patterns exclude it.
CLOCKS: Final = {
    "[0-9]{1,2}:[0-5][0-9]": "%H:%M",
    "[0-9]{1,2}:[0-5][0-9]:[0-5][0-9]": "%H:%M:%S",
    r"[0-9]{1,2}:[0-5][0-9]:[0-5][0-9]\.[0-9]{1,6}": "%H:%M:%S%.f",
    "[0-9]{1,2}:[0-5][0-9] ?[AaPp][Mm]": "%I:%M %p",
    "[0-9]{1,2}:[0-5][0-9]:[0-5][0-9] ?[AaPp][Mm]": "%I:%M:%S %p",
}
ZONES: Final = {"Z": "Z", "[-+](?:[01][0-9]|2[0-3]):?[0-5][0-9]": "%z"}

GLANCE = 20
"""Cells at the top of a chunk from which to tell its format."""

DECIMALS: Final = {"ms": 3, "us": 6, "ns": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A format: what its cells look like, and how to read them."""

    pattern: str
    fmt: str

    @classmethod
    def of(cls, cell: str, day_first: bool | None) -> _Way | None:  # noqa: FBT001 - as in `Format`
        """The format of the cell, None if it needs more than a format."""
        found = re.fullmatch(PIECES, cell)
        if found is None or (found["gap"] != "") != (found["day"] is not None and found["clock"] is not None):
            return None
        ordered = {} if day_first is None else {pattern: order[day_first] for pattern, order in ORDERED.items()}
        pieces = [
            _piece(found["day"], DAYS | ordered),
            (found["gap"], found["gap"]),
            _piece(found["clock"], CLOCKS),
            _piece(found["zone"], ZONES),
        ]
        known = [piece for piece in pieces if piece is not None]
        if len(known) < len(pieces):
            return None
        return cls(pattern="^" + "".join(pattern for pattern, _ in known) + "$", fmt="".join(fmt for _, fmt in known))

    def suits(self, dtype: pl.DataType) -> bool:
        """Whether a column of this type may have the format."""
        if dtype == pl.Time:
            return "%d" not in self.fmt and not self.fmt.endswith(("Z", "%z"))
        return "%d" in self.fmt


def _piece(text: str | None, ways: Mapping[str, str]) -> tuple[str, str] | None:
    if text is None:
        return ("", "")
    return next(((pattern, fmt) for pattern, fmt in ways.items() if re.fullmatch(pattern, text)), None)


def machine_written(cells: pl.Series, dtype: pl.DataType, *, day_first: bool | None, last_year: int) -> pl.Series:
    """Values of cells in the format of the first ones; null for all others.

    Slower means read the others to the same values, so this only saves time.
    """
    for cell in cells.drop_nulls().head(GLANCE):
        way = _Way.of(cell, day_first)
        if way is not None and way.suits(dtype):
            return _read(keep(cells, cells.str.contains(way.pattern)), dtype, way.fmt, last_year)
    return pl.repeat(None, len(cells), dtype=dtype, eager=True)


def _read(text: pl.Series, dtype: pl.DataType, fmt: str, last_year: int) -> pl.Series:
    if dtype == pl.Time:
        return text.str.to_time(fmt, strict=False, cache=False)
    if dtype == pl.Date and "%H" not in fmt and "%I" not in fmt and "%y" not in fmt:
        return in_years(text.str.to_date(fmt, strict=False, cache=False))
    moments = text.str.to_datetime(fmt, time_unit="us", strict=False, cache=False)
    return settled(
        _pivoted(moments.dt.replace_time_zone(None), fmt, last_year), dtype, is_utc=fmt.endswith(("Z", "%z"))
    )


def _pivoted(moments: pl.Series, fmt: str, last_year: int) -> pl.Series:
    """Two-digit years in the hundred years up to the last one; polars puts them into 1970 to 2069."""
    if not re.search("%[yD]", fmt):
        return moments
    year = moments.dt.year()
    for is_off, by in ((year > last_year, "-100y"), (year <= last_year - 100, "100y")):
        where = is_off.arg_true()
        if len(where):
            off = moments.gather(where)
            moved = off.dt.offset_by(by)
            # 1900 has no 29 February.
            moments = moments.scatter(where, keep(moved, moved.dt.day() == off.dt.day()))
    return moments


def by_formats(cells: pl.Series, dtype: pl.DataType, formats: Sequence[str], last_year: int) -> pl.Series:
    """Values by the first format that fits; null for all other cells.

    Raises
    ------
    SchemaError
        If polars does not support a format.
    """
    values = pl.repeat(None, len(cells), dtype=dtype, eager=True)
    for fmt in formats:
        left = values.is_null()
        if not left.any():
            break
        values = values.scatter(left.arg_true(), _by_format(cells.filter(left), dtype, fmt, last_year))
    return values


def _by_format(cells: pl.Series, dtype: pl.DataType, fmt: str, last_year: int) -> pl.Series:
    unit = dtype.time_unit if isinstance(dtype, pl.Datetime) else "ns"
    is_bent = cells.str.contains(r":60\b")
    if "f" in fmt:
        is_bent |= cells.str.contains(rf"[.,][0-9]{{{DECIMALS[unit]}}}[0-9]*[1-9]")
    text = keep(cells, ~is_bent)
    try:
        if dtype == pl.Time:
            return text.str.to_time(fmt, strict=False)
        moments = text.str.to_datetime(fmt, time_unit="us", strict=False)
        if unit == "ns" and isinstance(dtype, pl.Datetime):
            # Years beyond the range of nanoseconds come out wrong.
            is_reached = moments.dt.year().is_between(*NANOS_YEARS)
            moments = keep(text.str.to_datetime(fmt, time_unit="ns", strict=False), is_reached)
    except pl.exceptions.PolarsError as exc:
        raise SchemaError(
            f"no dates can be read with the format {fmt!r}: {str(exc).splitlines()[0]}",
            code="format-wrong",
            facts={"format": fmt},
            fixes=[Fix("metadata", {"formats": ...}, "in the column")],
        ) from exc
    has_zone = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
    naive = moments.dt.replace_time_zone(None)
    is_utc = moments.dtype != naive.dtype or (has_zone and fmt.endswith("Z"))
    return settled(_pivoted(naive, fmt, last_year), dtype, is_utc=is_utc)
