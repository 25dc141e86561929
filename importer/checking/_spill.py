"""More frames than memory has room for, one after another: `SpilledFrames`."""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from polars.exceptions import PolarsError

from importer.core import private_folder, written_beside
from importer.errors import Command, Fix, Message, StoreError, StoreWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SpilledFrames"]


AGAIN = Command("import the file again", "load", ..., (Fix("if_imported", "again"),))

NAME = re.compile(r"[0-9]{6,18}\.(cells|rows)\.arrow")


class _File(NamedTuple):
    """A frame on disk: numbers of its first and its last row, and how many rows it has."""

    path: Path
    first: int
    last: int
    height: int


class SpilledFrames:
    """Frames of one kind in the order in which they came.

    With a folder of its own, each frame is on disk at once and for good. Without one, the newest frames stay in
    memory, up to a limit; what came before is in a temporary folder that is deleted with this object. A disk that
    is full shows when a frame is held, not when it is counted.

    Parameters
    ----------
    kind
        Part of the names of the files.
    in_memory
        Rows that may stay in memory.
    folder
        The lasting folder, if there is one.
    like
        Their columns, if they are always the same; None for a number and texts.
    """

    def __init__(self, kind: str, in_memory: int, folder: Path | None, like: pl.Schema | None = None) -> None:
        self._kind = kind
        self._like = like
        self._in_memory = in_memory
        self._folder = folder
        self._is_lasting = folder is not None
        self._held: pl.DataFrame | None = None
        self._last: pl.DataFrame | None = None
        self._frames: list[pl.DataFrame] = []
        self._files: list[_File] = []

    def hold(self, frame: pl.DataFrame, number: int) -> None:
        """Keep the frame aside, in a lasting folder already on disk, but do not count it yet."""
        self._held = None if frame.is_empty() else frame
        if self._held is None:
            return
        if self._is_lasting:
            file = self._path(number)
            private_folder(file.parent)
            _write(file, self._held)
        elif self._frames and sum(kept.height for kept in self._frames) + frame.height > self._in_memory:
            self._spill()

    def keep(self, number: int) -> None:
        """Count the frame that is kept aside."""
        if self._held is None:
            return
        if self._is_lasting:
            self._files.append(_filed(self._path(number), self._held))
        else:
            self._frames.append(self._held)
        self._held, self._last = None, self._held

    def restore(self, chunks: int | None) -> None:
        """Count what the lasting folder holds of this many chunks, and delete what belongs to later ones."""
        if self._folder is None or not self._is_lasting:
            return
        files = sorted(file for file in self._folder.glob(f"*.{self._kind}.arrow") if _is_ours(file))
        kept = [file for file in files if chunks is None or int(file.name.partition(".")[0]) <= chunks]
        self._files = [_filed(file, _opened(file, columns=[0])) for file in kept]
        for file in files[len(kept) :]:
            file.unlink()

    def _spill(self) -> None:
        """Move what is in memory to a temporary folder."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="importer-rejects-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file, whole = self._path(len(self._files)), pl.concat(self._frames, how="diagonal")
        _write(file, whole)
        self._files.append(_filed(file, whole))
        self._frames = []

    def _path(self, number: int) -> Path:
        return Path(self._folder or "", f"{number:06}.{self._kind}.arrow")

    def __iter__(self) -> Iterator[pl.DataFrame]:
        yield from _read(self._files, self._like)
        yield from self._frames

    def between(self, first: int, last: int) -> Iterator[pl.DataFrame]:
        """The frames that may have rows of these numbers."""
        yield from _read((file for file in self._files if file.first <= last and file.last >= first), self._like)
        yield from self._frames

    @property
    def is_lasting(self) -> bool:
        """Whether everything is in a lasting folder."""
        return self._is_lasting

    @property
    def height(self) -> int:
        """Number of rows in all frames; none of them is read."""
        return sum(file.height for file in self._files) + sum(frame.height for frame in self._frames)

    @property
    def last(self) -> pl.DataFrame | None:
        """The frame that came last."""
        return self._last


def _write(file: Path, frame: pl.DataFrame) -> None:
    """Have the frame on disk, for this user alone."""
    with written_beside(file, is_private=True) as out:
        frame.write_ipc(out, compression="lz4")


def _is_ours(file: Path) -> bool:
    """Whether the name is one that `SpilledFrames` gives, and the file is there and not elsewhere."""
    return NAME.fullmatch(file.name) is not None and file.is_file() and not file.is_symlink()


def _opened(path: Path, columns: list[int] | None = None, like: pl.Schema | None = None) -> pl.DataFrame:
    """A frame as it was written: numbers of rows, and what belongs to them."""
    try:
        frame = pl.read_ipc(path, columns=columns)
    except FileNotFoundError:
        raise
    except (OSError, PolarsError) as exc:
        why = str(exc).partition("\n")[0]
    else:
        rows = frame.to_series(0) if frame.width else pl.Series([None])
        if rows.dtype != pl.Int64 or rows.is_empty() or rows.null_count():
            why = "it holds no numbers of rows"
        elif columns is None and not _is_like(frame, like):
            why = "it holds other columns than it should"
        else:
            return frame
    raise StoreError(
        f"refused rows cannot be read in {str(path)!r}: {why}",
        code="rejects-unreadable",
        facts={"file": str(path), "error": why},
        fixes=[AGAIN],
    )


def _is_like(frame: pl.DataFrame, like: pl.Schema | None) -> bool:
    """Whether a frame has the columns that it should; those of rows are all text."""
    return frame.schema == like if like is not None else set(frame.dtypes[1:]) <= {pl.String}


def _filed(path: Path, frame: pl.DataFrame) -> _File:
    rows = frame.to_series(0)
    return _File(path, rows.min(), rows.max(), rows.len())  # type: ignore[arg-type]  # never empty


def _read(files: Iterable[_File], like: pl.Schema | None) -> Iterator[pl.DataFrame]:
    """What is in the files; one that was deleted meanwhile is left out with a warning."""
    for file in files:
        try:
            yield _opened(file.path, like=like)
        except FileNotFoundError:
            said = f"some refused rows are counted, but no longer kept: {str(file.path.parent)!r} was deleted"
            warnings.warn(Message(said, [AGAIN]), StoreWarning, stacklevel=2)
