"""A workbook of another kind, as XLSX: `converted`."""

from __future__ import annotations

import json
import shutil
import subprocess  # nosec B404
import sys
import weakref
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from importer.errors import Fix, SourceError
from importer.sources._passwords import VARIABLE
from importer.sources.converted._kinds import NAMES
from importer.sources.csv import reading

__all__ = ["Converted", "converted"]

LOCKED = 3
"""Exit status of its process if the file has a password that is not among those to try."""

MOST_S = 600.0
"""Longest time that rewriting may take."""


class Converted:
    """A workbook that was rewritten; it is deleted with this object.

    Attributes
    ----------
    path
        The XLSX file, which has the name of the original.
    """

    def __init__(self, file: Path, kind: str, password: str | None) -> None:
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
            # Our own module and two paths, without a shell. Others see the command, but not what it is told.
            passwords = json.dumps([] if password is None else [password])
            done = subprocess.run(command, input=passwords, capture_output=True, text=True, timeout=MOST_S, check=False)  # noqa: S603  # nosec B603
        except subprocess.TimeoutExpired as exc:
            raise _unreadable(file, kind, f"it takes more than {MOST_S:,.0f} s") from exc
        if done.returncode == LOCKED:
            raise _locked(file, is_known=password is not None)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise _unreadable(file, kind, said[-1] if said else f"its reader stopped with {done.returncode}")


def converted(path: Path, kind: str, password: str | None = None) -> Converted:
    """The file as XLSX; the last ones are kept for those who open them again.

    Parameters
    ----------
    path, kind
        The file, and what it is.
    password
        Its password, if one is known.

    Raises
    ------
    SourceError
        If the file is damaged, encrypted, or too large.
    """
    with reading(path):
        state = path.stat()
    return _converted(path.absolute(), kind, state.st_mtime_ns, state.st_size, password)


@lru_cache(maxsize=4)
def _converted(path: Path, kind: str, changed: int, size: int, password: str | None) -> Converted:  # noqa: ARG001 - another file has others
    return Converted(path, kind, password)


def _locked(file: Path, *, is_known: bool) -> SourceError:
    what = "the password that was given does not open it" if is_known else "it has a password"
    return SourceError(
        f"{file.name!r} is encrypted: {what}",
        code="file-password-wrong" if is_known else "file-encrypted",
        facts={"file": file.name},
        fixes=[Fix("password"), f"set {VARIABLE}"],
    )


def _unreadable(file: Path, kind: str, why: str) -> SourceError:
    return SourceError(
        f"{file.name!r} {'begins like' if kind == 'xls' else 'is'} {NAMES[kind]} but cannot be read: {why}",
        code="file-damaged",
        facts={"file": file.name},
        fixes=["open it and save it as .xlsx"],
    )
