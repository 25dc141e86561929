"""Workbooks of other kinds, rewritten as XLSX cell by cell, so that they are read by the same rules."""

from __future__ import annotations

from importer.sources.converted._convert import Converted, converted
from importer.sources.converted._kinds import NAMES, kind_of, kind_of_parts

__all__ = ["NAMES", "Converted", "converted", "kind_of", "kind_of_parts"]
