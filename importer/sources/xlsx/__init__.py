"""XLSX workbooks as a source."""

from __future__ import annotations

from importer.sources.xlsx._source import XlsxSource, list_sheets

__all__ = ["XlsxSource", "list_sheets"]
