"""The content of a file as one short text, and whether the file has changed since: `Fingerprint`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.errors import Command, Fix, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from importer.core import FileRef

__all__ = ["Fingerprint", "stamp_of"]


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
        Size and time of the last change.
    """

    file: FileRef
    content: str
    stamp: tuple[int, int]

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

    def raise_for_change(self) -> None:
        """Do nothing if the file is as it was.

        Raises
        ------
        SourceError
            If the file was changed, moved or deleted.
        """
        try:
            is_same = stamp_of(self.file.path) == self.stamp
        except FileNotFoundError as exc:
            raise SourceError(
                f"{self.file.name!r} was moved or deleted while it was imported",
                code="file-not-found",
                facts={"file": self.file.name},
                fixes=["put it back, then resume the job"],
            ) from exc
        if not is_same:
            raise SourceError(
                f"{self.file.name!r} was changed while it was imported: what is in the table may be of both versions",
                code="file-changed",
                facts={"file": self.file.name},
                fixes=[Command("import it again", "load", str(self.file.path), (Fix("if_imported", "again"),))],
            )


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of the last change of a file."""
    found = os.stat(path)  # noqa: PTH116 - Path.stat() checks more
    return found.st_size, found.st_mtime_ns
