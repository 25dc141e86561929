"""What a workbook is made of: its archive, its XML in blocks, its table of contents."""

from __future__ import annotations

from importer.sources.xlsx.book._archive import Archive, Stream
from importer.sources.xlsx.book._blocks import Block, Cutter
from importer.sources.xlsx.book._escapes import unescaped, unescaped_all
from importer.sources.xlsx.book._workbook import Workbook, read_workbook, relations, workbook_part
from importer.sources.xlsx.book._xml import BLANKS, XmlParser, elements, local

__all__ = [
    "BLANKS",
    "Archive",
    "Block",
    "Cutter",
    "Stream",
    "Workbook",
    "XmlParser",
    "elements",
    "local",
    "read_workbook",
    "relations",
    "unescaped",
    "unescaped_all",
    "workbook_part",
]
