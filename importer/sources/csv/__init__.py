"""CSV and similar text files as a source."""

from __future__ import annotations

from importer.sources.csv._dialect import Dialect
from importer.sources.csv._kind import OLE2, ZIP, first_bytes, reading
from importer.sources.csv._source import CsvSource

__all__ = ["OLE2", "ZIP", "CsvSource", "Dialect", "first_bytes", "reading"]
