"""Parse text cells into typed columns: numbers, dates, booleans, as people write them."""

from __future__ import annotations

from importer.schema.parsing._parse import Parsed, explain, parse

__all__ = ["Parsed", "explain", "parse"]
