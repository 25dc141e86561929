"""Several files as one source: which they are, their rows, and their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.sources.many._files import Files, files_of, tables_in
    from importer.sources.many._fingerprints import Fingerprints
    from importer.sources.many._natural import natural
    from importer.sources.many._sheets import ALL_SHEETS, sheets_of_all
    from importer.sources.many._source import ManySource, Part

__all__ = [
    "ALL_SHEETS",
    "Files",
    "Fingerprints",
    "ManySource",
    "Part",
    "files_of",
    "natural",
    "sheets_of_all",
    "tables_in",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
