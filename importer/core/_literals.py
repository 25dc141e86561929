"""The closed sets of choices that an import has."""

from __future__ import annotations

from typing import Literal

__all__ = ["REFUSED_NAME", "WHY", "IfImported", "IfTableExists", "OnConflict"]

IfImported = Literal["ask", "skip", "again"]
"""What to do with a file that was imported into the table before."""

IfTableExists = Literal["append", "fail", "replace"]
"""What to do with a table that exists."""

OnConflict = Literal["update", "skip", "reject"]
"""What to do with a row whose key is in the table."""

WHY = "Why refused"
"""Header of the last column of a file of refused rows, which is left out when the file comes back."""

REFUSED_NAME = "importer_refused_rows"
"""Defined name that marks the sheet of refused rows in a workbook, so that it is known again."""
