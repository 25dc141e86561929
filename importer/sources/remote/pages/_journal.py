"""The journal of pages that were fetched into a file: `Kept`, `Finished`, `notes_beside`."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from importer.core import home
from importer.errors import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "JOURNAL",
    "Finished",
    "Kept",
    "age_of_s",
    "between",
    "is_whole",
    "kept_of",
    "lines_of",
    "notes_beside",
    "now",
]

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
        lines = list(lines_of(journal))
        path = journal.with_name(name)
        if len(lines) < 2 or not lines[-1].get("done") or not path.is_file():  # noqa: PLR2004 - the first and the last
            return None
        kept = [one for one in map(kept_of, lines[1:-1]) if one is not None]
        is_good = is_whole(kept) and path.stat().st_size == (kept[-1].end if kept else 0)
        return cls(path=path, head=lines[0], foot=lines[-1], pages={one.url: one for one in kept}) if is_good else None

    @property
    def age_s(self) -> float:
        """How long ago it was fetched."""
        return age_of_s(self.foot.get("at"))

    def rows(self, page: Kept) -> bytes:
        """The rows of a page."""
        return between(self.path, page)


def notes_beside(path: Path) -> tuple[Note, ...]:
    """What is to be told of pages that were fetched into a file; nothing of any other file."""
    if not path.resolve().is_relative_to((home() / "fetched").resolve()):
        return ()
    foot: dict[str, Any] = {}
    for line in lines_of(path.with_name(JOURNAL)):
        foot = line
    notes = foot.get("notes", ())
    return tuple(Note.of_json(str(note)) for note in notes) if isinstance(notes, list) else ()


def lines_of(journal: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal; the last one may have been cut when a process died."""
    with suppress(OSError), journal.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                found = json.loads(line) if line.endswith(b"\n") else None
                if isinstance(found, dict):
                    yield found


def kept_of(line: Mapping[str, Any]) -> Kept | None:
    """The page of a line; None if another version wrote it."""
    with suppress(TypeError):
        return Kept(**line)
    return None


def is_whole(pages: Sequence[Kept]) -> bool:
    """Whether each page begins where the one before it ends."""
    return all(page.begin == end for page, end in zip(pages, [0, *(one.end for one in pages)], strict=False))


def between(path: Path, page: Kept) -> bytes:
    """The rows of a page."""
    with path.open("rb") as file:
        file.seek(page.begin)
        return file.read(page.end - page.begin)


def now() -> str:
    """The moment, as a journal writes it."""
    return datetime.now(UTC).isoformat()


def age_of_s(at: object) -> float:
    """How long ago it was; without an end if nobody knows."""
    try:
        then = datetime.fromisoformat(str(at))
        return max((datetime.now(UTC) - then).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return float("inf")
