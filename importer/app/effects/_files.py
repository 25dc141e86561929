"""Effects on files of the server: `ListFiles`, `FindFile`, `DiscardFile`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.app._events import FileFound, FileMissing, FilesListed
from importer.app.choices import Choices
from importer.app.transfer import discard
from importer.core import masked_file
from importer.errors import SourceError
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app._events import Event
    from importer.app.effects._port import Port

__all__ = ["DiscardFile", "FindFile", "ListFiles"]

TEXTS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl")
ENDINGS = (
    ".xlsx",
    ".xlsm",
    ".xls",
    ".parquet",
    ".arrow",
    ".feather",
    *(text + packed for text in TEXTS for packed in ("", ".gz", ".bz2", ".zip")),
)
SHOWN = 12
"""Files and folders that are offered."""


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
    """Look up a path on the server."""

    said: str

    def perform(self, port: Port) -> None:
        """Say whether it is a file."""
        path = Path(self.said).expanduser()
        if path.is_file():
            port.tell(FileFound(said=self.said, choices=Choices(path=path, said=self.said)))
        else:
            sentence = say("file.folder" if path.is_dir() else "file.missing", path=masked_file(self.said))
            port.tell(self.failed(SourceError(sentence)))

    def failed(self, error: Exception) -> Event:
        """The path cannot be imported."""
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
        return tuple(_within(head, start, endings))[:SHOWN]
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
