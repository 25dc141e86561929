"""Text cells into typed columns: numbers, dates, booleans, as the analyst's locale writes them."""

from __future__ import annotations

from importer.schema.parsing._parse import Parsed, explain, parse

__all__ = ["Parsed", "explain", "parse"]
