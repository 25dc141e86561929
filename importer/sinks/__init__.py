"""A table of a database as a place for rows; the door is `open_sink`."""

from __future__ import annotations

from importer.sinks._described import Column, Described
from importer.sinks._dry_run_diff import CHANGES, Changes, key_text
from importer.sinks._open import open_sink
from importer.sinks._protocol import Checkpointed, Inspected, Sink
from importer.sinks._table_lock import Turn, turn_of
from importer.sinks._table_schema import columns_of, schema_of, schema_with
from importer.sinks._untouched import Untouched

__all__ = [
    "CHANGES",
    "Changes",
    "Checkpointed",
    "Column",
    "Described",
    "Inspected",
    "Sink",
    "Turn",
    "Untouched",
    "columns_of",
    "key_text",
    "open_sink",
    "schema_of",
    "schema_with",
    "turn_of",
]
