"""The one way in which files and folders are made: `written_beside`, `private_folder`, `private_file`."""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
import unicodedata
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core._paths import home
from importer.errors import ImporterError, StoreWarning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = [
    "delete_folder",
    "is_same_file",
    "private_file",
    "private_folder",
    "raise_if_unwritable",
    "temporary_folder_full",
    "why",
    "written_beside",
]

FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "a file may not become larger there",
}
OURS = re.compile(
    r"jobs\.db(-wal|-shm|-journal)?|mappings\.json|seal\.key|rejects|uploads|fetched|pictures|sites|locks|\..*\.part"
)
"""What stands in our own folder."""

OTHERS, OTHERS_WRITE = 0o077, 0o022
"""Permissions of everybody but the owner."""

_MAKING = threading.Lock()
_told: set[str] = set()


@contextmanager
def written_beside(path: str | os.PathLike[str], *, is_private: bool = False) -> Iterator[BinaryIO]:
    """A new file to write, which takes the place of `path` once it is whole and on disk.

    Until then it stands in the same folder under a name that nobody can foresee. A link at `path` is replaced
    itself; what it points at stays as it is.

    Parameters
    ----------
    path
        The file; one that exists is replaced.
    is_private
        Whether only this user may read it; otherwise the umask decides.

    Raises
    ------
    OSError
        If the file cannot be written: with its own name, or that of the folder that an error inside told of.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with written_beside(folder / "a.csv") as out:
    ...     _ = out.write(b"id"), (folder / "a.csv").exists()
    >>> [(file.name, file.read_bytes()) for file in folder.iterdir()]
    [('a.csv', b'id')]
    """
    place = Path(path)
    if place.exists() and not place.is_file():  # A device would become a file, for everybody.
        raise OSError(errno.EEXIST, "something is there that is not a file", str(place))
    part = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with _new(part, 0o600 if is_private else 0o666) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(place)
        _sync(place.parent)
    except OSError as exc:
        number, where = _number(exc), exc.filename
        where = place if where is None or Path(os.fsdecode(where)) == part else where
        raise OSError(number, os.strerror(number) if number else str(exc), str(where)) from exc
    finally:
        with suppress(OSError):
            part.unlink()


def raise_if_unwritable(folder: Path) -> None:
    """Make a file in the folder, and delete it: permissions alone do not tell.

    Raises
    ------
    OSError
        If that is not possible.
    """
    part = folder / f".{secrets.token_hex(8)}.part"
    _new(part, 0o600).close()
    part.unlink()


def why(exc: OSError) -> str:
    """Why the file that the error names cannot be written, with the room that its disk has left.

    Examples
    --------
    >>> why(OSError(errno.EACCES, "Permission denied", "/data/a.csv"))
    'Permission denied'
    >>> why(OSError(errno.ENOSPC, "No space left on device", "/data/a.csv")).startswith("the disk is full, ")
    True
    """
    number = _number(exc)
    said = FULL.get(number)
    if said is None:
        return exc.strerror or str(exc)
    if exc.filename is None:
        return said
    place = Path(os.fsdecode(exc.filename)).absolute()
    folder = next((each for each in (place, *place.parents) if each.is_dir()), place)
    try:
        return f"{said}, {shutil.disk_usage(folder).free:,} bytes are free"
    except OSError:
        return said


def temporary_folder_full(exc: OSError, what: str) -> ImporterError:
    """The error of something that passes through the temporary folder, and finds no room there."""
    try:
        folder: str | None = tempfile.gettempdir()
    except OSError:  # Python tries to write there.
        folder = None
    place = OSError(exc.errno, exc.strerror, folder)
    return ImporterError(
        f"the temporary folder{f' {folder!r}' if folder else ''} cannot take {what}: {why(place)}",
        code="temporary-folder-full",
        facts={"folder": folder, "error": str(exc)},
        fixes=["make room there", "set TMPDIR to another folder"],
    )


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both name one file, by whatever name.

    Two names that differ in nothing but case may become one file, if neither exists yet.

    Examples
    --------
    >>> is_same_file(Path("a/../orders.csv"), Path("orders.csv")), is_same_file(Path("a.csv"), Path("b.csv"))
    (True, False)
    """
    try:
        return one.samefile(other)
    except OSError:
        if one.exists() or other.exists():
            return False
    except ValueError:  # No file has such a name.
        return False
    first, second = (unicodedata.normalize("NFC", os.path.realpath(path)).casefold() for path in (one, other))
    return first == second


def private_folder(folder: Path) -> Path:
    """The folder, made if it is missing, which only this user can enter; so are those above it, up to our own.

    One that exists is closed to others if it is ours, else a warning tells of it.

    Raises
    ------
    OSError
        If it cannot be made, or somebody else has put a link in its place.
    """
    for each in reversed((folder, *folder.parents)):
        if not each.is_dir():
            _raise_for_link(each)
            with suppress(FileExistsError):
                each.mkdir(mode=0o700)
                each.chmod(0o700)  # Whatever the umask has taken away.
    ours = home()
    for each in (folder, *folder.parents) if ours in (folder, *folder.parents) else (folder,):
        _raise_for_link(each)
        _close(each, 0o700)
        if each == ours:
            break
    return folder


def delete_folder(folder: Path) -> None:
    """Delete a folder with all that it holds, but of a link only the link; what cannot be deleted stays."""
    if folder.is_symlink():
        with suppress(OSError):
            folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def private_file(file: Path) -> Path:
    """The file, made if it is missing, which only this user can read; one that exists is closed to others.

    Raises
    ------
    OSError
        If it cannot be made, or somebody else has put a link in its place.
    """
    _raise_for_link(file)
    with _MAKING, suppress(FileExistsError):  # SQLite loses its locks on a file that this process closes.
        if not file.exists():
            _new(file, 0o600).close()
    with suppress(FileNotFoundError):
        _close(file, 0o600)
    return file


def _new(path: Path, mode: int) -> io.BufferedWriter:
    """A file that did not exist before."""
    return io.BufferedWriter(_Named(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)))


class _Named(io.FileIO):
    """A file whose errors name it."""

    def write(self, data: object, /) -> int:
        """Write as usual."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, self.name) from exc


def _sync(folder: Path) -> None:
    """Have the names in the folder on disk, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _number(exc: OSError) -> int:
    """The number of the error; polars only writes it into the sentence."""
    if exc.errno is not None:
        return exc.errno
    found = re.search(r"\(os error (\d+)\)", str(exc))
    return int(found[1]) if found else 0


def _raise_for_link(path: Path) -> None:
    """Refuse a link that another user has put there."""
    with suppress(FileNotFoundError):
        seen = path.lstat()
        if stat.S_ISLNK(seen.st_mode) and seen.st_uid not in {0, _user()}:
            raise OSError(errno.ELOOP, "it is a link that another user has made", str(path))


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _close(path: Path, mode: int) -> None:
    """Take permissions from everybody but the owner; say so once if that is not possible."""
    seen = path.stat()
    if os.name != "posix" or not seen.st_mode & OTHERS:
        return
    is_sticky = bool(seen.st_mode & stat.S_ISVTX)
    is_shared = path == home() and not all(OURS.fullmatch(each.name) for each in path.iterdir())
    if seen.st_uid == _user() and not is_shared and not is_sticky:
        with suppress(OSError):
            path.chmod(mode)
        seen = path.stat()
    # In a folder that holds other things too, it is ours that are closed.
    is_safe = is_shared and seen.st_uid in {0, _user()} and (is_sticky or not seen.st_mode & OTHERS_WRITE)
    if seen.st_mode & OTHERS and not is_safe and str(path) not in _told:
        _told.add(str(path))
        warnings.warn(
            f"others on this machine can open {str(path)!r}, which should be yours alone; "
            f"close it with `chmod {mode:o} {path}`, or name another folder in IMPORTER_HOME",
            StoreWarning,
            stacklevel=2,
        )
