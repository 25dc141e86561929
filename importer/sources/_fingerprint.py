"""What a file holds, as one short text, and whether it is still the same: `Fingerprint`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Fingerprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The content of a file, and how the file looked when it was read.

    Attributes
    ----------
    content
        SHA-256 of its bytes, and the sheet where there are several: the same for a renamed copy.
    stamp
        Size and time of its last change.
    """

    path: Path
    content: str
    stamp: tuple[int, int]

    @classmethod
    def of(cls, path: Path, sheet: str = "") -> Self:
        """Read the whole file once.

        Raises
        ------
        SourceError
            Where it cannot be read.
        """
        try:
            stamp = _stamp(path)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as exc:
            raise SourceError(
                f"{path.name!r} cannot be read: {exc.strerror}. Put it back, then resume the job"
            ) from exc
        return cls(path=path, content=digest + sheet, stamp=stamp)

    def raise_for_change(self) -> None:
        """Do nothing while the file is as it was.

        Raises
        ------
        SourceError
            Where it was changed or taken away meanwhile.
        """
        try:
            is_same = _stamp(self.path) == self.stamp
        except FileNotFoundError as exc:
            raise SourceError(
                f"{self.path.name!r} was moved or deleted while it was imported. Put it back, then resume the job"
            ) from exc
        if not is_same:
            raise SourceError(
                f"{self.path.name!r} was changed while it was imported: what is in the table may be of both versions. "
                "Import it again with if_imported='again'"
            )


def _stamp(path: Path) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - a path that is no file has no other way
    return found.st_size, found.st_mtime_ns
