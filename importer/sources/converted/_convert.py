"""A workbook of another kind, as XLSX: `converted`."""

from __future__ import annotations

import shutil
import subprocess  # nosec B404
import sys
import weakref
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from importer.errors import SourceError
from importer.sources.csv import reading

__all__ = ["Converted", "converted"]

MOST_S = 600.0
"""Longest time that rewriting may take."""

NAMES = {"xls": "an old Excel workbook (.xls)"}


class Converted:
    """A workbook that was rewritten; it is deleted with this object.

    Attributes
    ----------
    path
        The XLSX file, which has the name of the original.
    """

    def __init__(self, file: Path, kind: str) -> None:
        folder = mkdtemp(prefix="importer-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = Path(folder) / file.name
        command = [
            sys.executable,
            "-m",
            "importer.sources.converted._child",
            kind,
            str(file.absolute()),
            str(self.path),
        ]
        try:
            # Our own module and two paths, without a shell.
            done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_S, check=False)  # noqa: S603  # nosec B603
        except subprocess.TimeoutExpired as exc:
            raise _unreadable(file, kind, f"it takes more than {MOST_S:,.0f} s") from exc
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise _unreadable(file, kind, said[-1] if said else f"its reader stopped with {done.returncode}")


def converted(path: Path, kind: str) -> Converted:
    """The file as XLSX; the last ones are kept for those who open them again.

    Raises
    ------
    SourceError
        If the file is damaged, encrypted, or too large.
    """
    with reading(path):
        state = path.stat()
    return _converted(path.absolute(), kind, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _converted(path: Path, kind: str, changed: int, size: int) -> Converted:  # noqa: ARG001 - another file has others
    return Converted(path, kind)


def _unreadable(file: Path, kind: str, why: str) -> SourceError:
    return SourceError(
        f"{file.name!r} begins like {NAMES[kind]} but cannot be read: {why}",
        code="file-damaged",
        facts={"file": file.name},
        fixes=["open it and save it as .xlsx"],
    )
