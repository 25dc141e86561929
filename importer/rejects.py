"""The refused cells and rows of a job: some in memory, the rest on disk, all of them there."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

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


class _Spool:
    """Frames of one kind, in the order they came."""

    def __init__(self, in_memory: int) -> None:
        self._in_memory = in_memory
        self._frames: list[pl.DataFrame] = []
        self._files: list[tuple[Path, int, int]] = []
        self._folder: Path | None = None

    def add(self, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        self._frames.append(frame)
        if sum(kept.height for kept in self._frames) > self._in_memory:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="importer-rejects-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            file = self._folder / f"{len(self._files):06}.arrow"
            whole = pl.concat(self._frames, how="diagonal")
            whole.write_ipc(file, compression="lz4")
            self._files.append((file, whole["row"].min(), whole["row"].max()))  # type: ignore[arg-type]
            self._frames = []

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for file, _, _ in self._files:
            yield pl.read_ipc(file)
        yield from self._frames

    def between(self, first: int, last: int) -> Iterator[pl.DataFrame]:
        """The frames that may hold rows of these numbers; no other is read from disk."""
        for file, lowest, highest in self._files:
            if lowest <= last and first <= highest:
                yield pl.read_ipc(file)
        yield from self._frames

    def newest(self, count: int) -> pl.DataFrame:
        """The last rows that came, of those in memory."""
        kept = self._frames[-1:]
        return kept[0].tail(count) if kept else pl.DataFrame(schema=CELLS)


class Rejects:
    """Everything that a job refused, or took with a warning.

    Parameters
    ----------
    in_memory
        Rows kept in memory; what is beyond lies in a temporary folder that goes with this object.

    Examples
    --------
    >>> rejects = Rejects(in_memory=1)
    >>> for row in 7, 9:
    ...     number = pl.Series([row])
    ...     rejects.add(refused_cells(number, rule="type-error"), pl.DataFrame({"row": number, "qty": "x"}))
    >>> rejects.cells().height, rejects.rows().rows()
    (2, [(7, 'x'), (9, 'x')])
    """

    def __init__(self, *, in_memory: int = IN_MEMORY) -> None:
        self._cells = _Spool(in_memory)
        self._rows = _Spool(in_memory)

    def add(self, cells: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Keep the refused cells, and the refused rows as they were read, their number in ``row``."""
        self._cells.add(cells)
        self._rows.add(rows)

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
        """The last refused cells that came, of those still in memory."""
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
