"""Files that arrive from a browser in acknowledged pieces: `Inbox`."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.core import safe_name
from importer.views import say
from importer.views.html import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Arriving", "Inbox", "Received", "discard", "is_upload"]

SILENT_S = 10.0
"""A page that is silent for this long counts as gone, so that another upload may begin."""

REMEMBERED = 32
"""Finished uploads whose outcome is kept in case the page missed it."""

FOLDER = "importer-uploads-"
"""How the name of the folder of all uploads begins. Histories hold paths with it, so it must not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file to import: an upload, in a folder of its own under the name that it has in the browser, or the user's own.

    Attributes
    ----------
    is_upload
        Whether the App deletes it when it is done.
    """

    path: Path
    is_upload: bool = True

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """An upload under way.

    Attributes
    ----------
    key
        The page's name for this upload.
    epoch
        Increases whenever something is lost; earlier pieces are ignored.
    octets, done
        Its size, and the part that is on disk.
    began_at, seen_at
        Times of the inbox's clock.
    """

    key: str
    file: Received
    octets: int
    done: int
    epoch: int
    began_at: float
    seen_at: float

    @property
    def octets_per_s(self) -> float | None:
        """Average speed; None before the first piece."""
        took_s = self.seen_at - self.began_at
        return self.done / took_s if self.done and took_s else None


class Inbox:
    r"""Receives files in messages of a few megabytes, so that a limit on messages does not limit files.

    Each file is in a folder of its own that only this user can read. All of them are deleted with this
    object at the latest.

    Parameters
    ----------
    received
        Called with each complete file.
    max_bytes
        Size above which a file is refused; None for no limit.
    clock
        Returns the time in seconds.

    Examples
    --------
    >>> files = []
    >>> inbox = Inbox(files.append)
    >>> inbox.handle({"type": "begin", "id": "1", "name": "../a.csv", "size": 3}, [])
    {'type': 'ack', 'id': '1', 'offset': 0}
    >>> inbox.handle({"type": "chunk", "id": "1", "epoch": 0, "offset": 0}, [b"id\n"])
    {'type': 'ack', 'id': '1', 'offset': 3}
    >>> inbox.handle({"type": "end", "id": "1"}, [])
    {'type': 'done', 'id': '1'}
    >>> files[0].name, files[0].path.read_bytes()
    ('a.csv', b'id\n')
    >>> inbox.close()
    """

    def __init__(
        self,
        received: Callable[[Received], object],
        *,
        max_bytes: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.arriving: Arriving | None = None
        self._received = received
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.RLock()
        self._over: dict[str, dict[str, Any]] = {}
        self._here: Received | None = None
        self._folder: Path | None = None
        self._forget: Callable[[], object] = lambda: None

    def handle(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any] | None:
        """Handle a message of a page, and return the answer; may be called from any thread."""
        kind, key = message.get("type"), message.get("id")
        if not isinstance(key, str) or kind not in ("begin", "chunk", "end", "probe", "cancel"):
            return None
        with self._lock:
            now = self.arriving
            if now is not None and now.key == key:
                self.arriving = now = replace(now, seen_at=self._clock())
            try:
                answer: dict[str, Any] | None = getattr(self, f"_{kind}")(key, message, buffers)
            except (OSError, KeyError, TypeError, ValueError, IndexError) as exc:
                self.drop()
                answer = {"type": "error", "text": say("file.broken", error=str(exc))}
            here, self._here = self._here, None
        if here is not None:
            self._received(here)
        return None if answer is None else {"type": answer.pop("type"), "id": key, **answer}

    def drop(self) -> None:
        """Drop the upload under way."""
        with self._lock:
            if self.arriving is not None:
                discard(self.arriving.file.path)
                self.arriving = None

    def close(self) -> None:
        """Delete the folder with everything in it."""
        with self._lock:
            self.arriving = None
            self._forget()

    def _begin(self, key: str, message: Mapping[str, Any], _buffers: object) -> dict[str, Any]:
        now = self.arriving
        if key in self._over:
            return dict(self._over[key])
        if now is not None and now.key == key:
            return self._resync(now)
        if now is not None and self._clock() - now.seen_at < SILENT_S:
            return {"type": "error", "text": say("file.another", name=now.file.name)}
        self.drop()
        octets = int(message["size"])
        name = safe_name(str(message["name"]))
        for problem in self._problems(octets):
            return {"type": "error", "text": f"{name!r}: {problem}"}
        path = Path(tempfile.mkdtemp(dir=self._place())) / name
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        file, at = Received(path=path), self._clock()
        self.arriving = Arriving(key=key, file=file, octets=octets, done=0, epoch=0, began_at=at, seen_at=at)
        return {"type": "ack", "offset": 0}

    def _chunk(self, key: str, message: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any] | None:
        now = self.arriving
        if now is None or now.key != key or message["epoch"] != now.epoch:
            return None
        if message["offset"] != now.done:
            return self._resync(now)
        piece = memoryview(buffers[0]).cast("B")
        if now.done + len(piece) > now.octets:
            raise ValueError(say("file.longer"))
        with now.file.path.open("ab") as file:
            file.write(piece)
        self.arriving = replace(now, done=now.done + len(piece))
        return {"type": "ack", "offset": self.arriving.done}

    def _probe(self, key: str, _message: object, _buffers: object) -> dict[str, Any]:
        if key in self._over:
            return dict(self._over[key])
        if self.arriving is not None and self.arriving.key == key:
            return self._resync(self.arriving)
        return {"type": "error", "text": say("file.forgotten")}

    def _end(self, key: str, _message: object, _buffers: object) -> dict[str, Any]:
        now = self.arriving
        if now is None or now.key != key or now.done != now.octets:
            return self._probe(key, None, None)
        self.arriving, self._here = None, now.file
        return self._ended(key, {"type": "done"})

    def _cancel(self, key: str, _message: object, _buffers: object) -> dict[str, Any]:
        if self.arriving is not None and self.arriving.key == key:
            self.drop()
        return self._ended(key, {"type": "cancelled"})

    def _ended(self, key: str, answer: dict[str, Any]) -> dict[str, Any]:
        self._over[key] = dict(answer)
        for old in list(self._over)[:-REMEMBERED]:
            del self._over[old]
        return answer

    def _resync(self, now: Arriving) -> dict[str, Any]:
        """Ask for everything after the end of the file on disk."""
        self.arriving = replace(now, epoch=now.epoch + 1)
        return {"type": "resync", "offset": now.done, "epoch": self.arriving.epoch}

    def _problems(self, octets: int) -> Iterator[str]:
        free = shutil.disk_usage(self._place()).free
        if octets < 1:
            yield say("file.empty")
        if self._max_bytes is not None and octets > self._max_bytes:
            yield say("file.too_large", size=size(octets), most=size(self._max_bytes))
        if octets > free:
            yield say("file.no_room", size=size(octets), free=size(free))

    def _place(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix=FOLDER))
            self._forget = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def is_upload(path: Path) -> bool:
    """Whether a file came from a browser.

    Examples
    --------
    >>> is_upload(Path("/tmp/importer-uploads-x2/ab/a.csv")), is_upload(Path("/data/a.csv"))
    (True, False)
    """
    # 0.1.0 put all uploads into one folder.
    return any(folder.name.startswith(FOLDER) for folder in path.parents[:2])


def discard(path: Path) -> None:
    """Delete an upload and its folder; leave any other file alone."""
    if path.parent.parent.name.startswith(FOLDER):
        shutil.rmtree(path.parent, ignore_errors=True)
