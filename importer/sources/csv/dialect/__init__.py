"""How a CSV file is written, found from the beginning of its text: each way it may be written is tried and scored."""

from __future__ import annotations

from importer.sources.csv.dialect._candidates import COMMON
from importer.sources.csv.dialect._dialect import SEP_LINE, Dialect, Given, without_sep_line
from importer.sources.csv.dialect._find import HEAD, find_form, later_form

__all__ = ["COMMON", "HEAD", "SEP_LINE", "Dialect", "Given", "find_form", "later_form", "without_sep_line"]
