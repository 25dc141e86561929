"""Parse text cells into typed columns: numbers, dates, booleans, as people write them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.core import filled
from importer.errors import SchemaError
from importer.schema._schema import NULL_WORDS
from importer.schema.parsing import _booleans, _clock, _moments, _numbers, _text
from importer.schema.parsing._cells import ERRORS, INVISIBLE, SPACES, keep, short, stands_for, trim

if TYPE_CHECKING:
    from importer.schema._schema import Format, Writing

__all__ = ["Parsed", "explain", "parse", "reasons"]

TEXTS = (pl.String, pl.Categorical, pl.Enum)

LONGEST = 300
"""Longer cells get no explanation of why they are not a number or a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The cells of one column as values.

    Attributes
    ----------
    values
        Values of the requested dtype; null if the cell is empty, a null word, or failed.
    failed
        Whether the cell holds something that is not of the dtype.
    trimmed
        Whether surrounding white space was removed; None if nowhere, and for types other than text.
    warned
        Whether the cell is taken, with a warning, though it is written otherwise; None if none is.
    defaulted
        Whether the cell is empty, and has another value in its place; None if none has.
    """

    values: pl.Series
    failed: pl.Series
    trimmed: pl.Series | None = None
    warned: pl.Series | None = None
    defaulted: pl.Series | None = None

    def with_default(self, value: pl.Series) -> Parsed:
        """The same with the only value of the series in place of empty cells."""
        empty = self.values.is_null() & ~self.failed
        if not empty.any():
            return self
        values = self.values.zip_with(~empty, value.new_from_index(0, len(empty)))
        return replace(self, values=values, defaulted=empty)


class _Reader(Protocol):
    """Reads one kind of values."""

    def canonical(self, cells: pl.Series, dtype: pl.DataType, written: Format, /) -> pl.Series:
        """Values of cells that need no cleaning; null for all others."""
        ...

    def read(self, cells: pl.Series, dtype: pl.DataType, written: Format, /) -> pl.Series:
        """Values of trimmed cells by slower means; null if that fails."""
        ...

    def why(self, value: str, dtype: pl.DataType, written: Format, /) -> str:
        """Explain a cell that is null after both."""
        ...


def _reader(dtype: pl.DataType) -> _Reader:
    room: _Reader
    if dtype.is_integer() or dtype in (pl.Float32, pl.Float64, pl.Decimal):
        room = _numbers
    elif dtype == pl.Boolean:
        room = _booleans
    elif dtype in (pl.Date, pl.Datetime):
        room = _moments
    elif dtype in (pl.Time, pl.Duration):
        room = _clock
    else:
        raise SchemaError(
            f"no cell can be read as {dtype}",
            code="column-type-unusable",
            facts={"type": str(dtype)},
            fixes=["make it a number, text, boolean, date, time or duration"],
        )
    return room


def parse(cells: pl.Series, dtype: pl.DataType, written: Format, stored: pl.Series | None = None) -> Parsed:
    """Parse the cells of one column exactly: a cell that does not fit the dtype has failed.

    Without hints, ``.`` is the decimal mark, and 03/04/2025 is refused as
    ambiguous; see `importer.schema.inference.decide`. If the column has a writing, a cell of another one has
    failed too, unless it can mean only one thing.

    Parameters
    ----------
    stored
        Which cells are numbers in the file itself, which nobody wrote.

    Raises
    ------
    SchemaError
        If cells cannot be read as this dtype, or the hints contradict each other.

    Examples
    --------
    >>> from importer.schema._schema import Format
    >>> parsed = parse(pl.Series(["12", " 1,200 ", "n/a", "twelve"]), pl.Int64(), Format())
    >>> parsed.values.to_list(), parsed.failed.to_list()
    ([12, 1200, None, None], [False, False, False, True])
    """
    cells, dtype = cells.cast(pl.String), pl.Series(dtype=dtype).dtype
    if dtype in TEXTS:
        values, failed, trimmed = _text.read(cells, dtype, written)
        return Parsed(values=values.alias(cells.name), failed=failed, trimmed=trimmed)
    if stored is not None and written.decimal == "," and dtype.is_numeric():
        # The hint describes what people type; a number that the file stores as one has a point.
        stored = filled(stored, value=False)
        cells = cells.zip_with(~stored, cells.str.replace(".", ",", literal=True))
    parsed, where = _parse(cells, dtype, written)
    if written.writing is None:
        return parsed
    if not written.writing.is_sure(cells):
        fits = written.writing.fits(cells)
        if fits.all():
            return parsed
        where = ((parsed.values.is_not_null() | parsed.failed) & ~filled(fits, value=False)).arg_true()
    if stored is not None and dtype.is_numeric():
        where = where.filter(~filled(stored.gather(where), value=False))
    return parsed if where.is_empty() else _held_to(written.writing, cells, parsed, where)


def _held_to(writing: Writing, cells: pl.Series, parsed: Parsed, where: pl.Series) -> Parsed:
    """Cells that do not show the column's writing at once: they fail, or are taken with a warning."""
    rest = trim(cells.gather(where))
    still = ~filled(writing.fits(rest), value=False)
    where, rest = where.filter(still), rest.filter(still)
    if rest.is_empty():
        return parsed
    taken = writing.otherwise(rest, parsed.values.dtype)
    nowhere = pl.Series([False]).new_from_index(0, len(cells))
    return Parsed(
        values=parsed.values.scatter(where, taken),
        failed=parsed.failed.scatter(where, taken.is_null()),
        warned=nowhere.scatter(where, taken.is_not_null()) if taken.count() else None,
    )


def _parse(cells: pl.Series, dtype: pl.DataType, written: Format) -> tuple[Parsed, pl.Series]:
    """The cells in every writing that the hints allow, and where those are that are not in canonical form."""
    nowhere = pl.Series([], dtype=pl.UInt32)
    room = _reader(dtype)
    values = room.canonical(cells, dtype, written)
    if double := _read_as_values(dtype, written):
        values = keep(values, ~stands_for(cells, double))
    if values.null_count() == cells.null_count():
        failed = pl.Series([False]).new_from_index(0, len(cells))
        return Parsed(values=values.alias(cells.name), failed=failed), nowhere
    failed = values.is_null() & cells.is_not_null()
    where = failed.arg_true()
    rest = trim(cells.filter(failed))
    nothing = stands_for(rest, {"", *(NULL_WORDS if written.nulls is None else written.nulls)})
    if nothing.all():
        return Parsed(values=values.alias(cells.name), failed=failed.scatter(where, values=False)), nowhere
    read = keep(room.read(rest, dtype, written), ~nothing)
    values = values.scatter(where, read)
    failed = failed.scatter(where, read.is_null() & ~nothing)
    return Parsed(values=values.alias(cells.name), failed=failed), where.filter(~nothing)


@lru_cache
def _read_as_values(dtype: pl.DataType, written: Format) -> tuple[str, ...]:
    """Null words that are also values, such as -99."""
    words = [pl.Series([word]) for word in written.nulls or ()]
    return tuple(word[0] for word in words if not _reader(dtype).canonical(word, dtype, written).null_count())


def explain(value: str, dtype: pl.DataType, written: Format) -> str:
    """Explain to a person why this cell failed.

    Examples
    --------
    >>> from importer.schema._schema import Format
    >>> explain("31.02.2025", pl.Date(), Format())
    "'31.02.2025' is not a date: February 2025 has 28 days"
    """
    return reasons(pl.Series([value]), dtype, written)[value]


def reasons(values: pl.Series, dtype: pl.DataType, written: Format) -> dict[str, str]:
    """Explain why each of these cells failed; they are distinct."""
    dtype = pl.Series(dtype=dtype).dtype
    otherwise = _written_otherwise(values, dtype, written)
    return {
        value: _why(value, dtype, written, writing=written.writing if is_otherwise else None)
        for value, is_otherwise in zip(values, otherwise, strict=True)
    }


def _written_otherwise(values: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Which cells are values, but not written as the column is."""
    if written.writing is None or dtype in TEXTS:
        return pl.Series([False]).new_from_index(0, len(values))
    are_values = ~_parse(values, pl.Float64() if dtype.is_numeric() else dtype, written)[0].failed
    return are_values & ~filled(written.writing.fits(trim(values)), value=False)


def _why(value: str, dtype: pl.DataType, written: Format, *, writing: Writing | None) -> str:
    bare = value.strip(SPACES + INVISIBLE)
    if bare in ERRORS:
        return f"the cell holds the Excel error {bare}"
    if dtype in TEXTS:
        return _text.why(value, dtype, written)
    if len(bare) > LONGEST:
        return f"{short(value)} is a text of {len(bare):,} characters, and the column holds {dtype}"
    return _reader(dtype).why(value, dtype, written) if writing is None else writing.why(bare)
