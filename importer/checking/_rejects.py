"""The refused cells and rows of a job, all of them: `Rejects`. Only some are in memory, the rest is on disk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import polars as pl

from importer.checking._file_names import keep_names, read_names
from importer.checking._frame_on_demand import FrameOnDemand
from importer.checking._spill import SpilledFrames
from importer.core import FileRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["CELLS", "Rejects", "refused_cells"]

CELLS = pl.Schema(
    [
        ("row", pl.Int64()),
        ("column", pl.String()),
        ("letter", pl.String()),
        ("value", pl.String()),
        ("rule", pl.String()),
        ("message", pl.String()),
        ("severity", pl.Enum(["error", "warning"])),
    ]
)
"""Columns of a frame of refused cells; `column` is the header, null if the whole row is at fault."""

KINDS = pl.Schema(
    [*((name, CELLS[name]) for name in ("severity", "column", "rule")), ("cells", pl.Int64())]
    + [(name, CELLS[name]) for name in ("row", "message")]
)
"""Columns of a summary of refused cells by what is wrong with them."""


def refused_cells(rows: pl.Series, **columns: pl.Series | str | None) -> pl.DataFrame:
    """A frame with one refused cell for each row number; every other column is a series, or one value for all cells.

    Examples
    --------
    >>> refused_cells(
    ...     pl.Series([7, 9]), rule="type-error", message="'x' is not a date", value=pl.Series(["x", "x"])
    ... ).height
    2
    """
    given = {"severity": "error"} | columns
    return pl.DataFrame({"row": rows}, schema_overrides={"row": pl.Int64}).select(
        "row",
        *(
            value.cast(dtype).alias(name)
            if isinstance(value, pl.Series)
            else pl.lit(value, pl.String).cast(dtype).alias(name)
            for name, dtype in CELLS.items()
            if name != "row"
            for value in [given.get(name)]
        ),
    )


IN_MEMORY = 50_000
"""Rows that stay in memory if there is no folder."""


class Rejects:
    """Everything that a job refused, or accepted with a warning.

    Nothing holds all of it in memory at once, but the frames of `cells` and `rows` once more than their head is used.

    Parameters
    ----------
    in_memory
        Rows kept in memory; more of them are in a temporary folder that is deleted with this object.
    folder
        Where everything is kept instead, at once and for good, so that a job can be resumed.
    files
        Which file and row a number of a row means, if there are several files; kept in the folder too.

    Examples
    --------
    >>> rejects = Rejects(in_memory=1)
    >>> for row in 7, 9:
    ...     number = pl.Series([row])
    ...     rejects.add(refused_cells(number, rule="type-error"), pl.DataFrame({"row": number, "qty": "x"}))
    >>> rejects.cells().height, rejects.rows().rows()
    (2, [(7, 'x'), (9, 'x')])
    """

    def __init__(
        self, *, in_memory: int = IN_MEMORY, folder: Path | None = None, files: FileRows | None = None
    ) -> None:
        self._folder = folder
        self._files = files
        self._cells = SpilledFrames("cells", in_memory, folder, like=CELLS)
        self._rows = SpilledFrames("rows", in_memory, folder)
        self._number = 0

    def add(self, cells: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Keep the refused cells, and the refused rows as they were read, their number in ``row``."""
        self.hold(cells, rows)
        self.keep()

    @property
    def files(self) -> FileRows:
        """Which file and row a number of a row means."""
        if self._files is None:
            self._files = FileRows() if self._folder is None else read_names(self._folder)
        return self._files

    def hold(self, cells: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Keep aside what the next chunk refused, before the chunk is committed."""
        if self._folder is not None and self.files.are_many and not (cells.is_empty() and rows.is_empty()):
            keep_names(self._folder, self.files)
        self._cells.hold(cells, self._number + 1)
        self._rows.hold(rows, self._number + 1)

    def keep(self) -> None:
        """Count what is kept aside, now that the chunk is committed."""
        self._number += 1
        self._cells.keep(self._number)
        self._rows.keep(self._number)

    @classmethod
    def stored(cls, folder: Path) -> Rejects:
        """What an earlier job left in its folder."""
        found = cls(folder=folder)
        found.restore(None)
        return found

    def restore(self, chunks: int | None) -> None:
        """Continue after this many chunks: what was refused in them is here again, everything else is deleted."""
        self._number = chunks or 0
        self._cells.restore(chunks)
        self._rows.restore(chunks)

    def cell_frames(self) -> Iterator[pl.DataFrame]:
        """The refused cells, some at a time."""
        yield from self._cells

    def row_numbers(self, first: int = 0, last: int = sys.maxsize) -> pl.Series:
        """Numbers of the refused rows, rising; if two are given, of those between them and of some around."""
        return pl.concat([pl.Series("row", [], pl.Int64), *map(_numbers, self._rows.between(first, last))])

    def among(self, numbers: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The refused cells and rows of these row numbers, in rising order; what is far from them stays on disk."""
        cells = pl.DataFrame(schema=CELLS)
        if numbers.is_empty():
            return cells, _in_one([])
        is_wanted = pl.first().is_in(numbers.implode())
        ends = (numbers[0], numbers[-1])
        return (
            self.files.reworded(pl.concat([cells, *(frame.filter(is_wanted) for frame in self._cells.between(*ends))])),
            _in_one(frame.filter(is_wanted) for frame in self._rows.between(*ends)),
        )

    def after(self, number: int, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """As `among`, of the first refused rows beyond this number; no more is read than they need."""
        later = (frame.filter(pl.first() > number) for frame in self._rows.between(number + 1, sys.maxsize))
        return self.among(_numbers(_in_one(_until(later, count))))

    def newest(self, count: int) -> pl.DataFrame:
        """The most recent refused cells."""
        last = self._cells.last
        return pl.DataFrame(schema=CELLS) if last is None else self.files.reworded(last.tail(count))

    def cells(self) -> pl.DataFrame:
        """One row for each refused cell, in the order of the sheet; of several files, each after its file."""
        empty, named = pl.DataFrame(schema=CELLS), self.files.named
        return FrameOnDemand(
            lambda: named(pl.concat([empty, *self._cells])),
            lambda count: named(_head(self._cells, count)),
        )

    def rows(self) -> pl.DataFrame:
        """One row for each refused row, as it was read; of several files, each after its file."""
        named = self.files.named
        return FrameOnDemand(
            lambda: named(_in_one(self._rows)), lambda count: named(_in_one(_until(self._rows, count)).head(count))
        )

    @property
    def is_lasting(self) -> bool:
        """Whether they are kept in a folder that outlives the process."""
        return self._rows.is_lasting

    @property
    def count(self) -> int:
        """Number of refused rows; none of them is read."""
        return self._rows.height

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The refused rows, some at a time, each time after their cells at fault."""
        cells, held = iter(self._cells), pl.DataFrame(schema=CELLS)
        for rows in self._rows:
            last = _numbers(rows)[-1]
            while held.is_empty() or held["row"][-1] <= last:
                if (more := next(cells, None)) is None:
                    break
                held = pl.concat([held, self.files.reworded(more.filter(severity="error"))])
            is_here = pl.col("row") <= last
            yield held.filter(is_here), rows
            held = held.filter(~is_here)

    def kinds(self) -> pl.DataFrame:
        """Number of cells by severity, column and rule, with the first of each: its row and its message.

        Examples
        --------
        >>> rejects = Rejects()
        >>> rejects.add(refused_cells(pl.Series([7, 9]), rule="x", message="wrong"), pl.DataFrame({"row": [7, 9]}))
        >>> rejects.kinds().rows()
        [('error', None, 'x', 2, 7, 'wrong')]
        """
        found = pl.DataFrame(schema=KINDS)
        for frame in self._cells:
            counted = _summed_up(frame.with_columns(cells=pl.lit(1, pl.Int64)))
            found = _summed_up(pl.concat([found, counted]))
        return self.files.reworded(found)

    def first(self, count: int) -> pl.DataFrame:
        """The first refused cells, without warnings; no more is read than they need."""
        return self.files.reworded(_head((frame.filter(severity="error") for frame in self._cells), count))

    def head(self, count: int) -> pl.DataFrame:
        """The first cells, warnings included; no more is read than they need."""
        return self.files.reworded(_head(self._cells, count))


def _head(frames: Iterable[pl.DataFrame], count: int) -> pl.DataFrame:
    whole: pl.DataFrame = pl.concat([pl.DataFrame(schema=CELLS), *_until(frames, count)])
    return whole.head(count)


def _until(frames: Iterable[pl.DataFrame], count: int) -> Iterator[pl.DataFrame]:
    """The head of each frame, until there are so many rows."""
    height = 0
    for frame in frames:
        yield frame.head(count - height)
        height += frame.height
        if height >= count:
            return


def _summed_up(cells: pl.DataFrame) -> pl.DataFrame:
    by_kind = cells.group_by("severity", "column", "rule", maintain_order=True)
    return by_kind.agg(pl.col("cells").sum(), pl.col("row", "message").first())


def _numbers(rows: pl.DataFrame) -> pl.Series:
    """Row numbers of refused rows: the first column, whatever it is called."""
    return rows.to_series(0).alias("row")


def _in_one(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All refused rows in one frame."""
    return pl.concat(list(frames) or [pl.DataFrame(schema={"row": pl.Int64})], how="diagonal")
