"""The refused cells and rows of a job: some in memory, the rest on disk, all of them there."""

from __future__ import annotations

import os
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
    """Frames of one kind, in the order they came: in a lasting folder where there is one, else in memory at first."""

    def __init__(self, kind: str, in_memory: int, folder: Path | None) -> None:
        self._kind = kind
        self._in_memory = in_memory
        self._folder = folder
        self._is_lasting = folder is not None
        self._held: pl.DataFrame | None = None
        self._frames: list[pl.DataFrame] = []
        self._files: list[Path] = []

    def hold(self, frame: pl.DataFrame, number: int) -> None:
        """Have the frame ready, in a lasting folder already on the disk, but do not count it in yet."""
        self._held = None if frame.is_empty() else frame
        if self._is_lasting and self._held is not None:
            file = self._file(number)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            frame.write_ipc(file, compression="lz4")
            with file.open("rb") as written:
                os.fsync(written.fileno())

    def keep(self, number: int) -> None:
        """Count in the frame that is held."""
        if self._held is None:
            return
        if self._is_lasting:
            self._files.append(self._file(number))
        else:
            self._frames.append(self._held)
            if sum(kept.height for kept in self._frames) > self._in_memory:
                self._spill()
        self._held = None

    def restore(self, chunks: int | None) -> None:
        """Count in what the lasting folder holds of so many chunks, and drop what is of later ones."""
        if self._folder is None or not self._is_lasting:
            return
        files = sorted(self._folder.glob(f"*.{self._kind}.arrow"))
        self._files = [file for file in files if chunks is None or int(file.name.partition(".")[0]) <= chunks]
        for file in files[len(self._files) :]:
            file.unlink()

    def _spill(self) -> None:
        """Move what is in memory to a folder that goes with this object."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="importer-rejects-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file = self._file(len(self._files))
        pl.concat(self._frames, how="diagonal").write_ipc(file, compression="lz4")
        self._files.append(file)
        self._frames = []

    def _file(self, number: int) -> Path:
        return Path(self._folder or "", f"{number:06}.{self._kind}.arrow")

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for file in self._files:
            yield pl.read_ipc(file)
        yield from self._frames


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
