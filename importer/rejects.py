"""The refused cells and rows of a job: some in memory, the rest on disk, all of them there."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CELLS", "REFUSED_NAME", "WHY", "Rejects", "refused_cells"]

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
"""Columns of a frame of refused cells; `column` is the header, null where the whole row is meant."""

KINDS = pl.Schema(
    [*((name, CELLS[name]) for name in ("severity", "column", "rule")), ("cells", pl.Int64())]
    + [(name, CELLS[name]) for name in ("row", "message")]
)
"""Columns of refused cells summed up by what is wrong with them."""


def refused_cells(rows: pl.Series, **columns: pl.Series | str | None) -> pl.DataFrame:
    """Frame of refused cells: one a row number, every other column a series or one value for all.

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


REFUSED_NAME = "importer_refused_rows"
"""Defined name that marks the sheet of refused rows in a workbook, so that it is known again."""

WHY = "Why refused"
"""Header of the last column of refused rows in a CSV file, by which it is known again."""

IN_MEMORY = 50_000
"""Frames are kept in memory up to so many rows in all."""


class _File(NamedTuple):
    """A frame on disk, and the numbers of its first and its last row."""

    path: Path
    first: int
    last: int


class _Spool:
    """Frames of one kind, in the order they came: in a lasting folder where there is one, else in memory at first."""

    def __init__(self, kind: str, in_memory: int, folder: Path | None) -> None:
        self._kind = kind
        self._in_memory = in_memory
        self._folder = folder
        self._is_lasting = folder is not None
        self._held: pl.DataFrame | None = None
        self._last: pl.DataFrame | None = None
        self._frames: list[pl.DataFrame] = []
        self._files: list[_File] = []

    def hold(self, frame: pl.DataFrame, number: int) -> None:
        """Have the frame ready, in a lasting folder already on the disk, but do not count it in yet."""
        self._held = None if frame.is_empty() else frame
        if self._is_lasting and self._held is not None:
            file = self._path(number)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            frame.write_ipc(file, compression="lz4")
            with file.open("rb") as written:
                os.fsync(written.fileno())

    def keep(self, number: int) -> None:
        """Count in the frame that is held."""
        if self._held is None:
            return
        if self._is_lasting:
            self._files.append(_filed(self._path(number), self._held))
        else:
            self._frames.append(self._held)
            if sum(kept.height for kept in self._frames) > self._in_memory:
                self._spill()
        self._held, self._last = None, self._held

    def restore(self, chunks: int | None) -> None:
        """Count in what the lasting folder holds of so many chunks, and drop what is of later ones."""
        if self._folder is None or not self._is_lasting:
            return
        files = sorted(self._folder.glob(f"*.{self._kind}.arrow"))
        kept = [file for file in files if chunks is None or int(file.name.partition(".")[0]) <= chunks]
        self._files = [_filed(file, pl.read_ipc(file, columns=["row"])) for file in kept]
        for file in files[len(kept) :]:
            file.unlink()

    def _spill(self) -> None:
        """Move what is in memory to a folder that goes with this object."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="importer-rejects-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file, whole = self._path(len(self._files)), pl.concat(self._frames, how="diagonal")
        whole.write_ipc(file, compression="lz4")
        self._files.append(_filed(file, whole))
        self._frames = []

    def _path(self, number: int) -> Path:
        return Path(self._folder or "", f"{number:06}.{self._kind}.arrow")

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for file in self._files:
            yield pl.read_ipc(file.path)
        yield from self._frames

    def between(self, first: int, last: int) -> Iterator[pl.DataFrame]:
        """The frames that may have rows of these numbers."""
        for file in self._files:
            if file.first <= last and file.last >= first:
                yield pl.read_ipc(file.path)
        yield from self._frames

    def newest(self, count: int) -> pl.DataFrame:
        """The last rows of the frame that came last."""
        return pl.DataFrame(schema=CELLS) if self._last is None else self._last.tail(count)


def _filed(path: Path, frame: pl.DataFrame) -> _File:
    return _File(path, *frame.select(pl.col("row").min().alias("first"), pl.col("row").max().alias("last")).row(0))


class Rejects:
    """Everything that a job refused, or took with a warning.

    Parameters
    ----------
    in_memory
        Rows kept in memory; what is beyond lies in a temporary folder that goes with this object.
    folder
        Where everything is kept instead, at once and for good, so that a job can be resumed.

    Examples
    --------
    >>> rejects = Rejects(in_memory=1)
    >>> for row in 7, 9:
    ...     number = pl.Series([row])
    ...     rejects.add(refused_cells(number, rule="type-error"), pl.DataFrame({"row": number, "qty": "x"}))
    >>> rejects.cells().height, rejects.rows().rows()
    (2, [(7, 'x'), (9, 'x')])
    """

    def __init__(self, *, in_memory: int = IN_MEMORY, folder: Path | None = None) -> None:
        self._cells = _Spool("cells", in_memory, folder)
        self._rows = _Spool("rows", in_memory, folder)
        self._number = 0

    def add(self, cells: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Keep the refused cells, and the refused rows as they were read, their number in ``row``."""
        self.hold(cells, rows)
        self.keep()

    def hold(self, cells: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Have what the next chunk refused ready, before the chunk is committed."""
        self._cells.hold(cells, self._number + 1)
        self._rows.hold(rows, self._number + 1)

    def keep(self) -> None:
        """Count in what is held, now that the chunk is committed."""
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
        """Go on after so many chunks: what was refused in them is there again, all else is not."""
        self._number = chunks or 0
        self._cells.restore(chunks)
        self._rows.restore(chunks)

    def cell_frames(self) -> Iterator[pl.DataFrame]:
        """The refused cells, some at a time, so that all of them need not be in memory."""
        yield from self._cells

    def row_numbers(self) -> pl.Series:
        """Numbers of the refused rows, rising."""
        return pl.concat([pl.Series("row", [], pl.Int64), *(frame["row"] for frame in self._rows)])

    def among(self, numbers: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The refused cells and rows of these row numbers, which rise; what is far from them stays on disk."""
        cells, rows = pl.DataFrame(schema=CELLS), pl.DataFrame(schema={"row": pl.Int64})
        if numbers.is_empty():
            return cells, rows
        is_wanted = pl.col("row").is_in(numbers.implode())
        ends = (numbers[0], numbers[-1])
        return (
            pl.concat([cells, *(frame.filter(is_wanted) for frame in self._cells.between(*ends))]),
            pl.concat([rows, *(frame.filter(is_wanted) for frame in self._rows.between(*ends))], how="diagonal"),
        )

    def newest(self, count: int) -> pl.DataFrame:
        """The last refused cells that came."""
        return self._cells.newest(count)

    def cells(self) -> pl.DataFrame:
        """One row for each refused cell, in the order of the sheet."""
        frames = [pl.DataFrame(schema=CELLS), *self._cells]
        whole: pl.DataFrame = pl.concat(frames)
        return whole

    def rows(self) -> pl.DataFrame:
        """One row for each refused row, as it was read."""
        frames = [pl.DataFrame(schema={"row": pl.Int64}), *self._rows]
        whole: pl.DataFrame = pl.concat(frames, how="diagonal")
        return whole

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The refused rows, some at a time, each time after the cells at fault in them."""
        cells, held = iter(self._cells), pl.DataFrame(schema=CELLS)
        for rows in self._rows:
            last = rows["row"][-1]
            while held.is_empty() or held["row"][-1] <= last:
                if (more := next(cells, None)) is None:
                    break
                held = pl.concat([held, more.filter(severity="error")])
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
        found = [_summed_up(frame.with_columns(cells=pl.lit(1, pl.Int64))) for frame in self._cells]
        return _summed_up(pl.concat([pl.DataFrame(schema=KINDS), *found]))

    def first(self, count: int) -> pl.DataFrame:
        """The first refused cells, without those that were only warned of."""
        found = pl.DataFrame(schema=CELLS)
        for frame in self._cells:
            found = pl.concat([found, frame.filter(severity="error").head(count - found.height)])
            if found.height == count:
                break
        return found


def _summed_up(cells: pl.DataFrame) -> pl.DataFrame:
    by_kind = cells.group_by("severity", "column", "rule", maintain_order=True)
    return by_kind.agg(pl.col("cells").sum(), pl.col("row", "message").first())
