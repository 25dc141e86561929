"""Which files a list, a pattern, a folder or a zip archive means: `Files`.

It is long because a file may be named in so many ways, and each decides about order and names.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.core import free_name, home, masked_file
from importer.errors import Note, SourceError
from importer.sources._suffixes import TABLES
from importer.sources.many._natural import natural
from importer.sources.many._unzipped import Unzipped, is_archive_of_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Files", "files_of", "tables_in"]

MOST = 2_000
"""Files that one job imports: its checkpoint names each of them, and is written with every chunk."""

SHOWN_PARTS = 2
"""Folders and names of a pattern that are shown."""

NAMED = 5
"""Files that a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files in the order in which they are imported, which is fixed once they are looked up.

    Attributes
    ----------
    paths, names
        Where each is, and what people and rows call it: its path below the folder that all are in.
    label
        All of them for people.
    given
        What they were looked up by, to see later whether there are more.
    place
        The folder, the archive, or the first file: what a history shows.
    notes
        What was passed over.
    archives
        The archives that were unpacked for it.
    sheets
        The sheet of each, if each is one of a workbook.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    label: str
    given: tuple[str, ...] = ()
    place: Path = Path()
    notes: tuple[Note, ...] = ()
    archives: tuple[Unzipped, ...] = field(default=(), compare=False, repr=False)
    sheets: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What it takes to find the same files again, as plain values."""
        members = {path: (one, name) for one in self.archives for path, name in zip(one.paths, one.names, strict=True)}
        origins = [
            [_encodable(str(members[path][0].archive)), members[path][1]]
            if path in members
            else [_encodable(str(path.absolute())), None]
            for path in self.paths
        ]
        about = {"names": list(self.names), "label": self.label, "given": list(self.given), "place": str(self.place)}
        return {"origins": origins, **about, **({"sheets": list(self.sheets)} if self.sheets else {})}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Files:
        """The files that `as_json` wrote down, whatever else is there now.

        Raises
        ------
        SourceError
            If an archive is gone, or lacks one of them.
        ValueError
            If nothing writes down files so.
        """
        try:
            origins = [(str(path), member) for path, member in kept["origins"]]
            names, label, given = tuple(map(str, kept["names"])), str(kept["label"]), tuple(map(str, kept["given"]))
            place, sheets = Path(str(kept["place"])), tuple(map(str, kept.get("sheets", ())))
        except (KeyError, TypeError, ValueError) as exc:
            raise ValueError("these are no files") from exc
        if len(names) != len(origins) or len(sheets) not in {0, len(names)}:
            raise ValueError("these are no files")
        archives = {path: Unzipped(Path(path)) for path in dict.fromkeys(path for path, member in origins if member)}
        inside = {path: dict(zip(one.names, one.paths, strict=True)) for path, one in archives.items()}
        paths = []
        for path, member in origins:
            if member is None:
                paths.append(Path(path))
            elif (found := inside[path].get(member)) is not None:
                paths.append(found)
            else:
                raise SourceError(
                    f"{path!r} no longer holds {member!r}",
                    code="file-changed",
                    facts={"file": path, "member": member},
                    fixes=["put the old archive back"],
                )
        return _checked(
            cls(
                paths=tuple(paths),
                names=names,
                label=label,
                given=given,
                place=place,
                archives=tuple(archives.values()),
                sheets=sheets,
            )
        )

    @property
    def appeared(self) -> tuple[str, ...]:
        """Files that would be found now and were not there before."""
        known = {path.absolute() for path in self.paths}
        try:
            found = [path for one in self.given for path in _found(Path(one))[0]]
        except (SourceError, OSError):
            return ()
        return tuple(path.name for path in found if path.absolute() not in known)


def files_of(given: object) -> Files | None:
    """The files that something means; None if it is no pattern, folder, archive of several files, or list of paths.

    Raises
    ------
    SourceError
        If a pattern fits nothing, or a folder holds no tables.

    Examples
    --------
    >>> files_of("orders.csv") is None
    True
    """
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        if is_archive_of_many(path):
            unzipped = Unzipped(path)
            label = f"{path.name}, {_count(len(unzipped.names))}"
            return _checked(
                Files(
                    paths=unzipped.paths,
                    names=unzipped.names,
                    label=label,
                    place=path,
                    notes=unzipped.notes,
                    archives=(unzipped,),
                )
            )
        if not _is_several(path):
            return None
        found, passed = _found(path)
        place = path if path.is_dir() else _fixed(path)
        label = f"{'/'.join(path.parts[-SHOWN_PARTS:])}, {_count(len(found))}"
        return _checked(
            Files(
                paths=tuple(found),
                names=_names(found),
                label=label,
                given=(str(path.absolute()),),
                place=place,
                notes=tuple(_notes_of(passed)),
            )
        )
    if not isinstance(given, Sequence | Iterator) or isinstance(given, str | bytes):
        return None
    return _of_list(given)


def _of_list(given: Sequence[object] | Iterator[object]) -> Files | None:
    """The files of a list in its order; those of a pattern or a folder in it in natural order."""
    if isinstance(given, Sequence) and not (given and isinstance(given[0], str | os.PathLike)):
        return None
    several = list(given)
    if not several or not all(isinstance(one, str | os.PathLike) for one in several):
        return None
    for one in several:
        if (said := masked_file(one)) != str(one):
            raise SourceError(
                f"{said!r} stands for a database, not for a file",
                code="file-not-found",
                facts={"file": said},
                fixes=["name the files first, and the database as the target"],
            )
    places = [Path(str(one)) for one in several]
    found: dict[Path, str | None] = {}
    passed: list[Path] = []
    archives: list[Unzipped] = []
    count = 0
    more: dict[Path, str | None]
    for place in places:
        if is_archive_of_many(place):
            archives.append(Unzipped(place))
            more = dict(zip(archives[-1].paths, (f"{place.name}/{name}" for name in archives[-1].names), strict=True))
        elif _is_several(place):
            inside, others = _found(place)
            more, passed = dict.fromkeys(inside), [*passed, *others]
        else:
            more = {place: None}
        count += len(more)
        found |= {path.absolute(): name for path, name in more.items() if path.absolute() not in found}
    twice = count - len(found)
    label = next(iter(found)).name if len(found) == 1 else f"{places[0].name} and {_count(len(found) - 1, 'more ')}"
    unnamed = [path for path, name in found.items() if name is None]
    names = dict(zip(unnamed, _names(unnamed), strict=True))
    told = Note(f"{_count(twice)} {'was' if twice == 1 else 'were'} given twice", code="files-twice", n=twice)
    return _checked(
        Files(
            paths=tuple(found),
            names=tuple(name or names[path] for path, name in found.items()),
            label=label,
            given=tuple(str(place.absolute()) for place in places if _is_several(place)),
            place=places[0],
            notes=(*_notes_of(passed), *([told] if twice else []), *(note for one in archives for note in one.notes)),
            archives=tuple(archives),
        )
    )


def _is_several(path: Path) -> bool:
    """Whether it is a folder, or a pattern and no file of that name."""
    try:
        return path.is_dir() or (glob.has_magic(str(path)) and not path.exists())
    except (OSError, ValueError):
        return False


def _found(path: Path) -> tuple[list[Path], list[Path]]:
    """The files of a folder or a pattern in natural order, and what is passed over."""
    if path.is_dir():
        inside = list(path.iterdir())
        passed = [one for one in inside if not _is_table(one)]
        what, fix = f"the folder {str(path)!r} holds no files with tables", "name a folder with CSV or XLSX files"
    else:
        inside = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - it may be absolute
        passed = [one for one in inside if not one.is_file() or _is_lock(one)]
        what, fix = f"no file fits {str(path)!r}", "look for a slip in the folder or the pattern"
    found = sorted((one for one in inside if one not in passed), key=lambda one: natural(str(one)))
    if not found:
        raise SourceError(what, code="no-files", facts={"pattern": str(path)}, fixes=[fix])
    return found, [one for one in passed if not one.name.startswith(".")]


def tables_in(folder: Path) -> list[Path]:
    """The files in a folder that are called as tables are, in natural order, but not what a program has open."""
    return sorted(filter(_is_table, folder.iterdir()), key=lambda one: natural(str(one)))


def _is_table(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in TABLES and not _is_lock(path) and not path.name.startswith(".")


def _is_lock(path: Path) -> bool:
    """Whether a program put it there because it has the file open."""
    return path.name.startswith(("~$", ".~lock."))


def _fixed(pattern: Path) -> Path:
    """The folder in which a pattern looks."""
    fixed = [part for part in pattern.parents if not glob.has_magic(str(part))]
    return fixed[0] if fixed else Path()


def _names(paths: Iterable[Path]) -> tuple[str, ...]:
    """Each path below the folder that all are in."""
    whole = [path.absolute() for path in paths]
    if not whole:
        return ()
    ours = home() / "fetched"
    if all(path.is_relative_to(ours) for path in whole):
        # The folders are our own, and say nothing.
        named: list[str] = []
        for path in whole:
            named.append(free_name(path.name, named))
        return tuple(named)
    base = os.path.commonpath([path.parent for path in whole])
    return tuple(_encodable(path.relative_to(base).as_posix()) for path in whole)


def _encodable(name: str) -> str:
    """A name that any database and any screen takes; a file with another one is not imported."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _notes_of(passed: Sequence[Path]) -> Iterator[Note]:
    if passed:
        named = ", ".join(repr(one.name) for one in sorted(passed)[:NAMED])
        more = f" and {len(passed) - NAMED:,} more" if len(passed) > NAMED else ""
        is_one = len(passed) == 1
        told = f"passed over, since {'it is no file' if is_one else 'they are no files'} with tables: {named}{more}"
        yield Note(told, code="files-passed-over", n=len(passed))


def _count(n: int, more: str = "") -> str:
    return f"{n:,} {more}{'file' if n == 1 else 'files'}"


def _checked(files: Files) -> Files:
    if len(files.paths) > MOST:
        raise SourceError(
            f"{len(files.paths):,} files are more than one job imports, which is {MOST:,}",
            code="too-many-files",
            facts={"files": len(files.paths), "most": MOST},
            fixes=["import them in several parts", "put them together into fewer files"],
        )
    return files
