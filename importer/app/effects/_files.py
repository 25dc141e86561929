"""Effects on files of the server: `ListFiles`, `FindFile`, `DiscardFile`."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from importer.api import table_name
from importer.app._events import FileComes, FileFound, FileMissing, FilesCompared, FilesListed
from importer.app.choices import Choices
from importer.app.transfer import discard
from importer.core import free_name, masked_file
from importer.engine import fetch_all, reading_of
from importer.errors import ImporterError, SourceError
from importer.schema import tidied
from importer.sources import SUFFIXES
from importer.sources.many import files_of
from importer.sources.remote import Stop, is_remote
from importer.views import say

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from importer.app._events import Event
    from importer.app.effects._port import Port
    from importer.app.transfer import Received
    from importer.sources.remote import Pages

__all__ = ["CompareFiles", "DiscardFile", "FindFile", "JoinFiles", "ListFiles", "StopDownload"]

ENDINGS = tuple(suffix for suffix in SUFFIXES if not suffix.startswith(".htm"))
"""What is offered; a web page is more often a report than a table."""

MOST = 1000
"""Files and folders that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles:
    """Find the paths that complete the typed one."""

    typed: str

    def perform(self, port: Port) -> None:
        """List them."""
        port.tell(FilesListed(typed=self.typed, files=completions(self.typed)))

    def failed(self, _error: Exception) -> Event:
        """Offer no path."""
        return FilesListed(typed=self.typed, files=())


@dataclass(frozen=True, slots=True, kw_only=True)
class FindFile:
    """Look up what was entered: a path on the server, a folder, a pattern, a URL, or pages."""

    said: str
    pages: Pages | None = None

    def perform(self, port: Port) -> None:
        """Say whether it is a file, a folder, a pattern or a URL; what is elsewhere is fetched."""
        is_many = False
        if self.pages is not None or is_remote(self.said):
            stop = Stop()
            tell = lambda now: port.tell(FileComes(said=self.said, progress=now, stop=stop))  # noqa: E731
            path = fetch_all(self.pages or self.said, [tell], stop=stop)
        else:
            path = Path(os.path.expanduser(self.said))  # noqa: PTH111 - an unknown user stays as written
            is_many = files_of(path) is not None
            if not (is_many or path.is_file()):
                raise SourceError(say("file.missing", path=masked_file(self.said)))
        choices = Choices(path=path, said=self.said, is_many=is_many, pages=self.pages)
        port.tell(FileFound(said=self.said, choices=choices))

    def failed(self, error: Exception) -> Event:
        """The path cannot be imported."""
        return FileMissing(said=self.said, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDownload:
    """End a download."""

    stop: threading.Event

    def perform(self, _port: Port) -> None:
        """End it."""
        self.stop.set()

    def failed(self, _error: Exception) -> None:
        """It cannot fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareFiles:
    """Find those uploads that share the headers of the current file."""

    path: Path
    others: tuple[Received, ...]

    def perform(self, port: Port) -> None:
        """Look at the headers of all of them."""
        labels = _headers(self.path)
        alike = tuple(file for file in self.others if labels and _headers(file.path) == labels)
        port.tell(FilesCompared(path=self.path, alike=alike))

    def failed(self, _error: Exception) -> Event:
        """Offer nothing: whoever opens the file says what is wrong with it."""
        return FilesCompared(path=self.path, alike=())


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinFiles:
    """Put uploads into one folder, which is then imported."""

    said: str
    files: tuple[Path, ...]

    def perform(self, port: Port) -> None:
        """Give each of them a place there; a check may still read the first one."""
        first, *others = self.files
        place = Path(tempfile.mkdtemp(dir=first.parent.parent)) / table_name([file.name for file in self.files])
        place.mkdir()
        taken: list[str] = []
        for file in self.files:
            taken.append(free_name(file.stem, taken))
            shutil.copyfile(file, place / f"{taken[-1]}{file.suffix}")
        for file in others:
            discard(file)
        port.tell(FileFound(said=self.said, choices=Choices(path=place, said=place.name, is_upload=True)))

    def failed(self, error: Exception) -> Event:
        """They stay apart."""
        return FileMissing(said=self.said, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardFile:
    """Delete an upload that is no longer needed."""

    path: Path

    def perform(self, _port: Port) -> None:
        """Delete it."""
        discard(self.path)

    def failed(self, _error: Exception) -> None:
        """The folder of all uploads goes with the App."""


def _headers(path: Path) -> frozenset[str]:
    """The headers of a file without case and signs; none of a file that cannot be opened."""
    try:
        return frozenset(tidied(label) or label for label in reading_of(path).header.labels)
    except ImporterError:
        return frozenset()


def completions(typed: str, endings: tuple[str, ...] = ENDINGS) -> tuple[str, ...]:
    """Files with one of the endings, and folders, whose path begins with `typed`; a folder ends with a slash.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "orders.csv").touch(), (folder / "old").mkdir(), (folder / "notes.md").touch()
    (None, None, None)
    >>> [found.removeprefix(f"{folder}/") for found in completions(f"{folder}/o")]
    ['old/', 'orders.csv']
    """
    head, start = os.path.split(typed)
    try:
        return tuple(islice(_within(head, start, endings), MOST))
    except OSError:
        return ()


def _within(head: str, start: str, endings: tuple[str, ...]) -> Iterator[str]:
    with os.scandir(Path(head or ".").expanduser()) as entries:
        found = sorted(entries, key=lambda entry: (not entry.is_dir(), entry.name.casefold()))
    for entry in found:
        name = entry.name
        if not name.casefold().startswith(start.casefold()) or name.startswith(".") > start.startswith("."):
            continue
        if entry.is_dir():
            yield os.path.join(head, name, "")  # noqa: PTH118 - the text as typed, and the slash at its end
        elif name.casefold().endswith(endings):
            yield os.path.join(head, name)  # noqa: PTH118
