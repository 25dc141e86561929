"""Rows on their way from page to file: each page with what leads to the next one, or not at all: `Spool`."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Self

from importer.core import home, private_file, private_folder
from importer.errors import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.sources.remote.pages._pages import Pages

__all__ = ["Kept", "Spool", "notes_beside"]

VERSION = 1
GENERATIONS = 5
"""Versions of the same pages that are kept, so that jobs which began with one can be resumed."""

STALE_S = 24 * 3600.0
"""A fetch that broke off longer ago begins anew: its first pages would be old, and its cursor dead."""

JOURNAL = "pages.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a page besides its rows.

    Attributes
    ----------
    url
        A digest of its link, which may hold secrets.
    rows
        How many rows it has.
    rows_name
        Where their list stands in the answer.
    total
        How many rows all pages have, as it was told.
    link
        The next page, as `hidden` writes it; None at the end.
    lacks_next
        Whether the field that was to lead to the next page is not there.
    lacks_end
        Whether nobody would notice if its last rows were missing.
    versions
        What the server calls this version of the page.
    begin, end
        Where its rows stand in the file, in bytes.
    digest
        A digest of them.
    repeated
        How many of them stand on the page before as well.
    """

    url: str
    rows: int
    rows_name: str | None
    total: int | None
    link: list[Any] | None
    lacks_next: bool
    lacks_end: bool
    versions: dict[str, str]
    begin: int = 0
    end: int = 0
    digest: str = ""
    repeated: int = 0


class Spool:
    """The file that pages are written to, and the journal of its pages.

    A page counts once its line stands in the journal, which is after its rows are on disk. What stands behind the last
    such page is cut off before the next one is written.

    Parameters
    ----------
    folder
        Where it stands.
    pages
        What is fetched.

    Attributes
    ----------
    kept, count
        The pages that are here, and how many rows they have.
    before
        The newest version that was fetched to its end.
    """

    def __init__(self, folder: Path, pages: Pages) -> None:
        self._folder, self._name = folder, f"{pages.name}.ndjson"
        self._headers: Mapping[str, str] = pages.headers
        self._file, self._journal = folder / "part.ndjson", folder / f"part.{JOURNAL}"
        self.kept: list[Kept] = []
        self.count = 0
        self._rows: IO[bytes] | None = None
        self._lines: IO[bytes] | None = None
        self.before = self._finished()

    def close(self) -> None:
        """Close the files."""
        for one in self._rows, self._lines:
            if one is not None:
                one.close()
        self._rows = self._lines = None

    def go_on(self, most: int) -> bool:
        """Open the files, and say whether pages are there already, and no more than these."""
        head, *lines = [*_lines(self._journal)] or [{}]
        if lines and lines[-1].get("done"):
            # It died before the files were in their places.
            lines.pop()
        pages = [one for one in map(_kept, lines) if one is not None]
        size = self._file.stat().st_size if self._file.exists() else 0
        is_good = 0 < len(pages) == len(lines) <= most and _is_whole(pages) and pages[-1].end <= size
        if not is_good or _age_s(head.get("at")) > STALE_S or not self._is_same(head):
            self.begin()
            return False
        self.close()
        self.kept, self.count = pages, sum(one.rows for one in pages)
        self._rows, self._lines = self._file.open("r+b"), self._journal.open("r+b")
        journal = b"".join(self._lines.readlines()[: 1 + len(pages)])
        for file, end in (self._rows, pages[-1].end), (self._lines, len(journal)):
            file.truncate(end)
            file.seek(end)
        return True

    def drop(self) -> None:
        """Delete what is not whole."""
        self.close()
        self._file.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)

    def begin(self) -> None:
        """Open empty files."""
        self.close()
        self.kept, self.count = [], 0
        self._rows, self._lines = private_file(self._file).open("wb"), private_file(self._journal).open("wb")
        salt = secrets.token_hex(16)
        self._write({"version": VERSION, "at": _now(), "salt": salt, "headers": self._seal(salt)})

    def add(self, page: Kept, rows: bytes, *, repeated: int) -> Kept:
        """Keep a page: its rows, and then what leads to the next one."""
        assert self._rows is not None  # noqa: S101 - it is open
        begin = self.kept[-1].end if self.kept else 0
        digest = hashlib.sha256(rows).hexdigest()[:24]
        kept = replace(page, begin=begin, end=begin + len(rows), digest=digest, repeated=repeated)
        self._rows.write(rows)
        _sync(self._rows)
        self._write(asdict(kept))
        self.kept.append(kept)
        self.count += kept.rows
        return kept

    def last_rows(self) -> bytes:
        """The rows of the page that was kept last."""
        return _between(self._file, self.kept[-1]) if self.kept else b""

    def finish(self, notes: Iterable[Note], *, most: int | None) -> Path:
        """Give the file the place of its content, where an older one with the same content may stand already."""
        self._write({"done": True, "at": _now(), "most": most, "notes": [note.as_json() for note in notes]})
        self.close()
        with self._file.open("rb") as rows:
            digest = hashlib.file_digest(rows, "sha256").hexdigest()[:16]
        folder = private_folder(self._folder / digest)
        place = folder / self._name
        if place.exists():
            # Jobs may be reading it, and its content is the same.
            self._file.unlink()
        else:
            self._file.replace(place)
        self._journal.replace(folder / JOURNAL)
        kept = {journal.parent for journal in self._generations()[:GENERATIONS]}
        for old in self._folder.iterdir():
            if old.is_dir() and old not in kept:
                shutil.rmtree(old, ignore_errors=True)
        return place

    def _finished(self) -> Finished | None:
        """The newest version that is whole."""
        for journal in self._generations():
            found = Finished.of(journal, self._name)
            if found is not None and self._is_same(found.head):
                return found
        return None

    def _generations(self) -> list[Path]:
        """The journals of all versions, the newest first."""
        return sorted(self._folder.glob(f"*/{JOURNAL}"), key=lambda one: one.stat().st_mtime_ns, reverse=True)

    def _is_same(self, head: Mapping[str, Any]) -> bool:
        """Whether it was fetched with the same headers, which may decide what one is shown."""
        salt = head.get("salt")
        return head.get("version") == VERSION and isinstance(salt, str) and head.get("headers") == self._seal(salt)

    def _seal(self, salt: str) -> str:
        """The headers as a text from which nobody finds them again, not even by trying passwords."""
        if not self._headers:
            return ""
        said = json.dumps(sorted((name.lower(), value) for name, value in self._headers.items())).encode()
        return hashlib.scrypt(said, salt=salt.encode(), n=1 << 14, r=8, p=1, dklen=16).hex()

    def _write(self, line: Mapping[str, Any]) -> None:
        assert self._lines is not None  # noqa: S101 - it is open
        self._lines.write(json.dumps(line).encode() + b"\n")
        _sync(self._lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Pages that were fetched to the end.

    Attributes
    ----------
    path
        The file with their rows.
    head, foot
        What the journal says of all: with which headers, when it ended, and what is to be told.
    pages
        What is kept of each, by the digest of its link.
    """

    path: Path
    head: dict[str, Any]
    foot: dict[str, Any]
    pages: dict[str, Kept]

    @classmethod
    def of(cls, journal: Path, name: str) -> Self | None:
        """What a journal says; None if it is no whole one."""
        lines = list(_lines(journal))
        path = journal.with_name(name)
        if len(lines) < 2 or not lines[-1].get("done") or not path.is_file():  # noqa: PLR2004 - the first and the last
            return None
        kept = [one for one in map(_kept, lines[1:-1]) if one is not None]
        is_good = _is_whole(kept) and path.stat().st_size == (kept[-1].end if kept else 0)
        return cls(path=path, head=lines[0], foot=lines[-1], pages={one.url: one for one in kept}) if is_good else None

    @property
    def age_s(self) -> float:
        """How long ago it was fetched."""
        return _age_s(self.foot.get("at"))

    def rows(self, page: Kept) -> bytes:
        """The rows of a page."""
        return _between(self.path, page)


def notes_beside(path: Path) -> tuple[Note, ...]:
    """What is to be told of pages that were fetched into a file; nothing of any other file."""
    if not path.absolute().is_relative_to((home() / "fetched").absolute()):
        return ()
    foot: dict[str, Any] = {}
    for line in _lines(path.with_name(JOURNAL)):
        foot = line
    notes = foot.get("notes", ())
    return tuple(Note.of_json(str(note)) for note in notes) if isinstance(notes, list) else ()


def _lines(journal: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal; the last one may have been cut when a process died."""
    with suppress(OSError), journal.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                found = json.loads(line) if line.endswith(b"\n") else None
                if isinstance(found, dict):
                    yield found


def _kept(line: Mapping[str, Any]) -> Kept | None:
    with suppress(TypeError):
        return Kept(**line)
    return None


def _is_whole(pages: Sequence[Kept]) -> bool:
    """Whether each page begins where the one before it ends."""
    return all(page.begin == end for page, end in zip(pages, [0, *(one.end for one in pages)], strict=False))


def _between(path: Path, page: Kept) -> bytes:
    with path.open("rb") as file:
        file.seek(page.begin)
        return file.read(page.end - page.begin)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _age_s(at: object) -> float:
    """How long ago it was; without an end if nobody knows."""
    try:
        then = datetime.fromisoformat(str(at))
        return max((datetime.now(UTC) - then).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return float("inf")


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
