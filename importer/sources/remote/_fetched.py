"""Files elsewhere, fetched into our folder before they are read: `fetched`."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from importer.core import home, private_folder, temporary_folder_full
from importer.errors import CancelledError, Note
from importer.sources.remote._http import download
from importer.sources.remote._other import copy
from importer.sources.remote._stop import Stop
from importer.sources.remote._urls import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

__all__ = ["fetched", "notes_of_fetch", "own_folder"]

KEPT = 20
"""Files that are kept, so that their jobs can be resumed; of more, the oldest are deleted."""


def fetched(
    url: str, tell: Callable[[int, int | None], object] = lambda _here, _total: None, stop: Stop | None = None
) -> Path:
    """Where the file is once it is here. What has arrived of it before is not fetched again, if it is the same.

    Parameters
    ----------
    tell
        Hears how many bytes are here, of how many; None if the server does not say.
    stop
        Once it is set, the download ends, and nothing half is left behind.

    Raises
    ------
    SourceError
        If it cannot be fetched.
    CancelledError
        If it was stopped.
    ImporterError
        If there is no room for it; whatever `tell` raises passes through.
    """
    # The link may hold a token, so it is no part of a name.
    with own_folder(hashlib.sha256(url.encode()).hexdigest()[:24]) as folder:
        place = folder / name_of(url)
        scheme = url.partition("://")[0].lower()
        try:
            if scheme in {"http", "https"}:
                _mark(place, is_whole=download(url, place, tell, Stop() if stop is None else stop))
            else:
                copy(url, place, tell)
        except CancelledError:
            # A file that was fetched before stays: a job may need it to go on.
            for half in place.with_name(place.name + ".part"), place.with_name(place.name + ".json"):
                half.unlink(missing_ok=True)
            raise
    return place


def notes_of_fetch(path: Path) -> tuple[Note, ...]:
    """What is in doubt about a file that was fetched."""
    if path.absolute().parent.parent != home().absolute() / "fetched" or not _doubt(path).exists():
        return ()
    said = "the server did not say how long the file is: if the connection broke off, its last rows are missing"
    return (Note(said, ["compare the last row"], code="file-no-length", kind="doubt"),)


def _mark(place: Path, *, is_whole: bool) -> None:
    if is_whole:
        _doubt(place).unlink(missing_ok=True)
    else:
        _doubt(place).touch()


def _doubt(place: Path) -> Path:
    """Beside a file of which nobody knows whether it is whole."""
    return place.with_name(f"{place.name}.no-length")


@contextmanager
def own_folder(key: str) -> Iterator[Path]:
    """The folder for what is fetched under this key, or another one while somebody else fetches the same.

    Raises
    ------
    ImporterError
        If there is no room for it.
    """
    all_files = home() / "fetched"
    try:
        folder = private_folder(all_files / key)
        with (folder / "lock").open("ab") as lock:
            if not _locked(lock):
                folder = Path(mkdtemp(dir=all_files))
            yield folder
        _prune(all_files, keep=folder)
    except OSError as exc:
        raise temporary_folder_full(exc, "a file from elsewhere") from exc


def _locked(file: BinaryIO) -> bool:
    """Whether nobody else fetches the same now; the lock ends with the process."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _prune(folder: Path, *, keep: Path) -> None:
    others = sorted((one for one in folder.iterdir() if one != keep), key=lambda one: one.stat().st_mtime)
    for old in others[: -KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)
