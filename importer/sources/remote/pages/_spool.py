"""Rows on their way from page to file: each page with what leads to the next one, or not at all: `Spool`."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, replace
from typing import IO, TYPE_CHECKING, Any

from importer.core import private_file, private_folder
from importer.sources.remote.pages._journal import (
    JOURNAL,
    Finished,
    age_of_s,
    between,
    is_whole,
    kept_of,
    lines_of,
    now,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from importer.errors import Note
    from importer.sources.remote.pages._journal import Kept
    from importer.sources.remote.pages._pages import Pages

__all__ = ["Spool", "digest_of"]

VERSION = 1
GENERATIONS = 5
"""Versions of the same pages that are kept, so that jobs which began with one can be resumed."""

STALE_S = 24 * 3600.0
"""A fetch that broke off longer ago begins anew: its first pages would be old, and its cursor dead."""


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
        head, *lines = [*lines_of(self._journal)] or [{}]
        if lines and lines[-1].get("done"):
            # It died before the files were in their places.
            lines.pop()
        pages = [one for one in map(kept_of, lines) if one is not None]
        size = self._file.stat().st_size if self._file.exists() else 0
        is_good = 0 < len(pages) == len(lines) <= most and is_whole(pages) and pages[-1].end <= size
        if not is_good or age_of_s(head.get("at")) > STALE_S or not self._is_same(head):
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
        self._write({"version": VERSION, "at": now(), "salt": salt, "headers": self._seal(salt)})

    def add(self, page: Kept, rows: bytes, *, repeated: int) -> Kept:
        """Keep a page: its rows, and then what leads to the next one."""
        assert self._rows is not None  # noqa: S101 - it is open
        begin = self.kept[-1].end if self.kept else 0
        kept = replace(page, begin=begin, end=begin + len(rows), digest=digest_of(rows), repeated=repeated)
        self._rows.write(rows)
        _sync(self._rows)
        self._write(asdict(kept))
        self.kept.append(kept)
        self.count += kept.rows
        return kept

    def last_rows(self) -> bytes:
        """The rows of the page that was kept last."""
        return between(self._file, self.kept[-1]) if self.kept else b""

    def finish(self, notes: Iterable[Note], *, most: int | None) -> Path:
        """Give the file the place of its content, where an older one with the same content may stand already."""
        self._write({"done": True, "at": now(), "most": most, "notes": [note.as_json() for note in notes]})
        self.close()
        with self._file.open("rb") as rows:
            digest = hashlib.file_digest(rows, "sha256").hexdigest()[:40]
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


def digest_of(rows: bytes) -> str:
    """What tells the rows of a page from others."""
    return hashlib.sha256(rows).hexdigest()[:24]


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
