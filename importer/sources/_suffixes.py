"""What files that can be read are called: `SUFFIXES`."""

from __future__ import annotations

__all__ = ["SUFFIXES", "TABLES"]

TEXTS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
BOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods", ".fods")
FRAMES = (".parquet", ".arrow", ".feather", ".ipc")

SUFFIXES = (
    *BOOKS,
    *(text + packed for text in TEXTS for packed in ("", *PACKED)),
    *(".zip", *FRAMES, ".html", ".htm"),
)
"""Ends of names by which programs offer a file; what it is, its first bytes decide."""

TABLES = frozenset({*BOOKS, *TEXTS, *PACKED, *FRAMES})
"""Last suffixes of what is imported of a folder, where a page is rarely a table."""
