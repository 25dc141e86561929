"""A polars frame as a source."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from importer.core import Chunk, Header
from importer.errors import Note, SourceError
from importer.sources._blocks import regroup, sample_of, spread
from importer.sources._book import Book
from importer.sources._header import chunk_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["FrameSource"]

BLOCK = 1 << 16
"""Rows converted at a time."""

_FIRST_ROW = 2


class FrameSource:
    """A frame, each value written as the shortest text that loses nothing.

    Whole floats lose their ``.0``, booleans are ``TRUE`` and ``FALSE``, dates and times ISO 8601,
    durations hours, minutes and seconds. Row 1 is the header, as if the frame stood in a sheet.

    Parameters
    ----------
    frame
        Columns of any type that is not nested. A lazy frame is collected in batches each time it is read.
    label
        What a person calls it.
    kind
        The kind of file from which it comes.
    height
        Rows of a lazy frame, if they are known.

    Raises
    ------
    SourceError
        If a column is nested or binary.

    Examples
    --------
    >>> source = FrameSource(pl.DataFrame({"qty": [1.0, None, 2.5], "paid": [True, None, False]}))
    >>> [(chunk.frame.rows(), chunk.rows.to_list()) for chunk in source.chunks(10)]
    [([('1', 'TRUE'), ('2.5', 'FALSE')], [2, 4])]
    """

    unit = "rows"

    def __init__(
        self,
        frame: pl.DataFrame | pl.LazyFrame,
        label: str = "frame",
        *,
        kind: str = "frame",
        height: int | None = None,
    ) -> None:
        self._frame = frame
        self.label, self._kind = label, kind
        self.total = frame.height if isinstance(frame, pl.DataFrame) else height
        schema = frame.collect_schema()
        if not schema:
            raise SourceError(
                f"{label!r} has no columns",
                code="columns-missing",
                facts={"file": label},
                fixes=["give a frame with some"],
            )
        self._texts = [_as_text(at, name, dtype).alias(str(at)) for at, (name, dtype) in enumerate(schema.items())]
        self._header = Header(row=_FIRST_ROW - 1, labels=labels_of(schema.names(), 0))

    @cached_property
    def book(self) -> Book:
        """A frame, and how many values of it are no numbers among numbers."""
        return Book(format=self._kind, notes=(*self._without_rows(), *self._not_numbers()))

    def _without_rows(self) -> Iterator[Note]:
        """That there is nothing to import; a lazy frame is not collected to find out."""
        if self.total == 0:
            told = f"{self.label!r} has no rows, so there are none to import"
            yield Note(told, code="no-rows", kind="rows", n=0)

    def _not_numbers(self) -> Iterator[Note]:
        """What becomes of NaN; a lazy frame is not collected to find out."""
        if not isinstance(self._frame, pl.DataFrame):
            return
        for name, dtype in self._frame.schema.items():
            if dtype.is_float() and (count := int(self._frame[name].is_nan().sum())):
                values = "value is" if count == 1 else "values are"
                told = f"{count:,} {values} NaN in {name!r}, which is nothing in a column of numbers"
                yield Note(told, code="not-a-number", n=count, column=name)

    @property
    def header(self) -> Header:
        """The frame's own column names, above the first row."""
        return self._header

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk]:
        """Rows below `after_row`, at most `size` a chunk."""
        return regroup(self._blocks(max(after_row + 1 - _FIRST_ROW, 0)), size)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole frame: the first, the last and some spread between."""
        if not isinstance(self._frame, pl.DataFrame):
            return sample_of(self._blocks(0), size)
        height, quarter = self._frame.height, min(size, self._frame.height) // 4
        between = (quarter + at for at in spread(height - 2 * quarter, size - 2 * quarter))
        places = [*range(quarter), *between, *range(height - quarter, height)]
        numbers = pl.Series(places, dtype=pl.Int64) + _FIRST_ROW
        return replace(self._chunk(self._frame[places], numbers, height), is_whole=height <= size)

    def _blocks(self, past: int) -> Iterator[Chunk]:
        """Text of the rows after the first `past`, in at least one block, which may be empty."""
        done = 0
        yield self._chunk(pl.DataFrame(schema=self._frame.collect_schema()), pl.Series(dtype=pl.Int64), done)
        for batch in self._batches():
            rest = batch.slice(min(max(past - done, 0), batch.height))
            done += batch.height
            numbers = pl.int_range(_FIRST_ROW + done - rest.height, _FIRST_ROW + done, eager=True)
            yield self._chunk(rest, numbers, done)

    def _chunk(self, rows: pl.DataFrame, numbers: pl.Series, done: int) -> Chunk:
        by_position = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(rows.iter_columns())])
        are_numbers = by_position.select(
            pl.repeat(dtype.is_numeric(), pl.len()).alias(name) for name, dtype in by_position.schema.items()
        )
        return chunk_of(by_position.select(self._texts), numbers, self._header, done, numbers=are_numbers)

    def _batches(self) -> Iterator[pl.DataFrame]:
        if isinstance(self._frame, pl.DataFrame):
            yield from self._frame.iter_slices(BLOCK)
            return
        try:
            # polars calls this unstable, but offers nothing else that streams.
            yield from self._frame.collect_batches(chunk_size=BLOCK, maintain_order=True)
        except (pl.exceptions.PolarsError, OSError) as exc:
            raise SourceError(
                f"{self.label!r} cannot be collected: {exc}",
                code="frame-unreadable",
                facts={"file": self.label},
                fixes=["correct the lazy frame"],
            ) from exc


def _as_text(at: int, name: str, dtype: pl.DataType) -> pl.Expr:
    """The values of the column at this position as the shortest text that loses nothing."""
    column = pl.col(str(at))
    if dtype.is_nested() or isinstance(dtype, (pl.Object, pl.Binary, pl.Unknown)):
        raise SourceError(
            f"the column {name!r} holds {dtype}, which does not fit into a cell",
            code="column-type-unusable",
            facts={"column": name, "type": str(dtype)},
            fixes=["unnest, explode or cast it"],
        )
    if dtype.is_float():
        return column.cast(pl.String).str.strip_suffix(".0")
    if dtype == pl.Boolean:
        return column.cast(pl.String).str.to_uppercase()
    if dtype in (pl.Datetime, pl.Time):
        # A cast of times to text drops fractions of a second.
        return _without_zeros(column.dt.to_string("iso:strict"))
    if isinstance(dtype, pl.Duration):
        return _without_zeros(_clock(column, {"ms": 3, "us": 6, "ns": 9}[dtype.time_unit]))
    return column.cast(pl.String)


def _clock(column: pl.Expr, digits: int) -> pl.Expr:
    """Hours, minutes and seconds of a duration, as spreadsheets show it; hours may exceed 24."""
    # The smallest duration cannot be negated in 64 bits.
    ticks = column.to_physical().cast(pl.Int128).abs()
    seconds = ticks // 10**digits
    parts = [seconds // 3_600, seconds // 60 % 60, seconds % 60]
    clock = pl.concat_str([part.cast(pl.String).str.zfill(2) for part in parts], separator=":")
    sign = pl.when(column.to_physical() < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (ticks % 10**digits).cast(pl.String).str.zfill(digits)
    return pl.concat_str(sign, clock, pl.lit("."), fraction)


def _without_zeros(clock: pl.Expr) -> pl.Expr:
    """The same time without zeros at the end of its fraction; an offset may follow."""
    return clock.str.replace(r"(:\d\d)\.0+($|[+-])", "$1$2").str.replace(r"(\.\d*[1-9])0+($|[+-])", "$1$2")
