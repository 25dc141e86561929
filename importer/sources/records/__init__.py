"""Records with names: a JSON file, or objects of Python."""

from __future__ import annotations

from importer.sources.records._fields import Number, as_json
from importer.sources.records._json import is_json, json_records, json_values
from importer.sources.records._python import python_records
from importer.sources.records._source import RecordSource

__all__ = ["Number", "RecordSource", "as_json", "is_json", "json_records", "json_values", "python_records"]
