"""Records with names: a JSON file, or objects of Python."""

from __future__ import annotations

from importer.sources.records._json import is_json, json_records
from importer.sources.records._python import python_records
from importer.sources.records._source import RecordSource

__all__ = ["RecordSource", "is_json", "json_records", "python_records"]
