"""CSV and similar text files as a source."""

from __future__ import annotations

from importer.sources.csv._kind import OLE2, ZIP, first_bytes, reading
from importer.sources.csv._source import CsvSource
from importer.sources.csv._unpack import files_in, is_packed, unpacked
from importer.sources.csv.dialect import Dialect

__all__ = ["OLE2", "ZIP", "CsvSource", "Dialect", "files_in", "first_bytes", "is_packed", "reading", "unpacked"]
