"""A zip archive of several files, unpacked: `Unzipped`."""

from __future__ import annotations

import shutil
import weakref
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import TYPE_CHECKING

from importer.core import temporary_folder_full
from importer.errors import Note, SourceError
from importer.sources.csv import ZIP, files_in
from importer.sources.many._natural import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Unzipped", "is_archive_of_many"]

LONGEST = 100
"""Characters that are kept of the name of a file."""

PIECE = 1 << 20


class Unzipped:
    """The files of an archive in a temporary folder, which is deleted with this object.

    Attributes
    ----------
    archive
        Where the archive is.
    names, paths
        The files in natural order: what the archive calls each, and where it is.
    notes
        Which files are left in the archive.

    Raises
    ------
    SourceError
        If the archive is damaged, or there is no room for what it holds.
    """

    def __init__(self, path: Path) -> None:
        self.archive = path.absolute()
        folder = Path(mkdtemp(prefix="importer-zip-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            with zipfile.ZipFile(path) as archive:
                names = files_in(archive.namelist())
                _raise_for_twins(path, names)
                members = [archive.getinfo(name) for name in sorted(names, key=natural)]
                locked = [one for one in members if one.flag_bits & 1]
                members = [one for one in members if one not in locked]
                _raise_without_room(path, sum(one.file_size for one in members))
                self.names = tuple(one.filename for one in members)
                self.paths = tuple(_unpacked(archive, one, folder / f"{at:06}") for at, one in enumerate(members))
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as exc:
            raise SourceError(
                f"{path.name!r} is damaged or cut short ({exc})",
                code="file-damaged",
                facts={"file": path.name},
                fixes=["copy or download it again"],
            ) from exc
        except OSError as exc:
            raise temporary_folder_full(exc, f"the files of {path.name!r}") from exc
        self.notes = tuple(_notes_of(locked))


def is_archive_of_many(path: Path) -> bool:
    """Whether a file is a zip archive of several files and no workbook."""
    try:
        if not path.is_file():  # A pipe is not waited for.
            return False
        with path.open("rb") as file:
            if file.read(len(ZIP)) != ZIP:
                return False
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False  # Whoever opens it says more.
    is_book = any(name.lower() == "[content_types].xml" or name.lower().startswith(("xl/", "xl\\")) for name in names)
    return not is_book and "content.xml" not in names and len(files_in(names)) > 1


def _raise_for_twins(path: Path, names: Sequence[str]) -> None:
    """Do nothing if no two files have one name: only one of them could be told from its rows, and read by it."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise SourceError(
            f"{path.name!r} holds more than one file called {twice[0]!r}",
            code="names-twice",
            facts={"file": path.name, "names": twice[:LONGEST]},
            fixes=["unpack it yourself and give the folder"],
        )


def _raise_without_room(path: Path, size: int) -> None:
    free = shutil.disk_usage(gettempdir()).free
    if size > free // 2:
        raise SourceError(
            f"{path.name!r} unpacks to {size:,} bytes, and the temporary folder has {free:,} left",
            code="archive-too-large",
            facts={"file": path.name, "bytes": size, "free": free},
            fixes=["unpack it yourself and give the folder", "set TMPDIR to a folder with more room"],
        )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    """One file of the archive in a folder of its own, whatever folders its name leads to."""
    folder.mkdir()
    bare = member.filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")[-LONGEST:]
    path = folder / (bare if bare not in {"", ".", ".."} else "file")
    with archive.open(member) as packed, path.open("xb") as out:
        shutil.copyfileobj(packed, out, PIECE)
    return path


def _notes_of(locked: list[zipfile.ZipInfo]) -> Iterator[Note]:
    for one in locked:
        yield Note(
            f"{one.filename!r} is not imported: it has a password",
            ["unpack it and give the folder"],
            code="file-left-out",
            kind="doubt",
        )
