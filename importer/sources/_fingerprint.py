"""The content of a file as one short text, and whether the file has changed since: `Fingerprint`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from importer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.core import FileRef

__all__ = ["Fingerprint", "Stamp", "stamp_of"]

Stamp: TypeAlias = tuple[int, int, int]
"""What the file system says of a file: size, and two times in nanoseconds."""

QUIET_S = 1.0
"""A file that stays the same for so long is not being written."""

SETTLE_TRIES = 600
"""How often it is looked at until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The content of a file, and its state when it was read.

    Attributes
    ----------
    file
        Which file.
    content
        SHA-256 of its bytes, and the sheet of a workbook; a renamed copy has the same.
    stamp
        State of the file before it was read.
    """

    file: FileRef
    content: str
    stamp: Stamp

    @classmethod
    def of(cls, file: FileRef) -> Self:
        """Read the whole file once.

        Raises
        ------
        SourceError
            If the file cannot be read.
        """
        try:
            stamp = stamp_of(file.path)
            with file.path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as exc:
            raise SourceError(
                f"{file.name!r} cannot be read: {exc.strerror}",
                code="file-unreadable",
                facts={"file": file.name, "error": exc.strerror},
                fixes=["put it back, then resume the job"],
            ) from exc
        return cls(file=file, content=file.content(digest), stamp=stamp)

    @property
    def is_current(self) -> bool:
        """Whether nobody has written to the file since. If somebody has, its content may still be the same."""
        try:
            return stamp_of(self.file.path) == self.stamp
        except OSError:
            return False

    def settled(self, wait: Callable[[float], bool]) -> Self:
        """The fingerprint of the file once nobody writes to it any more, or as soon as it holds the same again.

        It is the old one if `wait` says to stop.

        Parameters
        ----------
        wait
            Waits for so many seconds, and says whether to stop waiting.

        Raises
        ------
        SourceError
            If the file was moved or deleted, cannot be read, or is written to without an end.
        """
        for _ in range(SETTLE_TRIES):
            found, seen = self._now()
            if found is not None and found.is_current and found.content == self.content:
                return found
            if wait(QUIET_S):
                return self
            if self._now_stamp() == seen:
                if found is None:
                    raise moved(self.file)
                return found
        raise SourceError(
            f"{self.file.name!r} is still written to after {SETTLE_TRIES * QUIET_S:,.0f} seconds",
            code="file-changed",
            facts={"file": self.file.name},
            fixes=["wait until it is complete, or import a copy of it"],
        )

    def _now(self) -> tuple[Self | None, Stamp | None]:
        """The file as it is now, and its state; None if there is no such file at this moment."""
        seen = self._now_stamp()
        if seen is None:
            return None, None
        try:
            return type(self).of(self.file), seen
        except SourceError:
            # It may have been replaced meanwhile.
            if self._now_stamp() == seen:
                raise
            return None, seen

    def _now_stamp(self) -> Stamp | None:
        try:
            return stamp_of(self.file.path)
        except FileNotFoundError:
            return None


def moved(file: FileRef) -> SourceError:
    """Error of a file that is gone."""
    return SourceError(
        f"{file.name!r} was moved or deleted while it was imported",
        code="file-not-found",
        facts={"file": file.name},
        fixes=["put it back, then resume the job"],
    )


def stamp_of(path: Path) -> Stamp:
    """Size of a file, and when its content and its entry in the file system last changed, in nanoseconds."""
    found = os.stat(path)  # noqa: PTH116 - Path.stat() checks more
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
