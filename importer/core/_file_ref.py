"""Which file, and which sheet of it: `FileRef`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileRef"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """One table of one file: its identity, which no label changes.

    Attributes
    ----------
    path
        Where the file is.
    sheet
        Name of the sheet of a workbook; None for a text file.
    """

    path: Path
    sheet: str | None = None

    @property
    def name(self) -> str:
        """Its name, without the folder."""
        return self.path.name

    def content(self, digest: str) -> str:
        r"""Fingerprint of what is imported, from a digest of the file's bytes.

        Targets and histories keep this text, so its form must not change.

        Examples
        --------
        >>> from pathlib import Path
        >>> FileRef(path=Path("a.csv")).content("ab12")
        'ab12'
        >>> FileRef(path=Path("a.xlsx"), sheet="Ann's").content("ab12")
        'ab12, sheet "Ann\'s"'
        """
        return digest if self.sheet is None else f"{digest}, sheet {self.sheet!r}"
