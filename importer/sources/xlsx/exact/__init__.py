"""The exact path: sheets and shared strings by a real XML parser, whatever program wrote them."""

from __future__ import annotations

from importer.sources.xlsx.exact._sheet_parser import COLUMNS, ROWS, SheetParser
from importer.sources.xlsx.exact._strings_parser import StringsParser

__all__ = ["COLUMNS", "ROWS", "SheetParser", "StringsParser"]
