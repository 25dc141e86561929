"""Posts of a WordPress site as a table: `WordPressSink`."""

from __future__ import annotations

from importer.sinks.wordpress._looking import forget, head, tables
from importer.sinks.wordpress._sink import WordPressSink

__all__ = ["WordPressSink", "forget", "head", "tables"]
