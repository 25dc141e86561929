"""The options that are closed sets, and the marks of a file of rejected rows."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "REFUSED_NAME",
    "WHY",
    "ColumnType",
    "Empty",
    "IfImported",
    "IfTableExists",
    "Merged",
    "NewColumns",
    "OnConflict",
    "OnRepeatedKey",
]

ColumnType = Literal["String", "Int64", "Float64", "Date", "Datetime", "Time", "Bool"]
"""Types that a column can be given, as dataframely calls them."""

IfImported = Literal["ask", "skip", "again"]
"""What to do with a file that was imported into the table before."""

IfTableExists = Literal["append", "fail", "replace"]
"""What to do with a table that exists."""

Merged = Literal["keep", "fill"]
"""What to do with merged cells: keep all but the first empty, or fill them."""

OnConflict = Literal["update", "skip", "reject", "update_only"]
"""What to do with a row whose key is in the table, and whether a row with another key is created."""

OnRepeatedKey = Literal["last", "first", "reject"]
"""What to do with rows of one file that share a key."""

Empty = Literal["null", "keep"]
"""What an empty cell does to what a known row has there."""

NewColumns = Literal["fail", "add", "ignore"]
"""What to do with columns of the file that an existing table lacks."""

WHY = "Why refused"
"""Header of the last column of a file of rejected rows. An import of that file ignores the column."""

REFUSED_NAME = "importer_refused_rows"
"""Defined name that marks the sheet of rejected rows in a workbook, so that an import recognizes it."""
