"""What DuckDB says when it refuses something, made words for a person."""

from __future__ import annotations

import re

from importer.core import Refusal

__all__ = ["first_line", "fix", "refusal"]


def first_line(exc: Exception) -> str:
    """The sentence, without the statement that follows it."""
    return str(exc).partition("\n")[0]


def refusal(row: int, exc: Exception) -> Refusal:
    """The refusal of the row, with the column where DuckDB names one."""
    text = first_line(exc)
    rules = {"PRIMARY KEY or UNIQUE": "unique-error", "foreign key": "foreign-key", "NOT NULL": "missing-cell"}
    rule = next((rule for words, rule in rules.items() if words in text), "constraint-error")
    column = re.search(r"NOT NULL constraint failed: .*\.(.+)$", text)
    return Refusal(
        row=row, rule=rule, message=f"the database refused the row: {text}", column=column and column.group(1)
    )


def fix(exc: Exception) -> str:
    """What to do about it; empty where nothing is known."""
    fixes = {
        "Could not set lock": ". Another program holds it: close that program, then run again",
        "not a valid DuckDB database": ". Name another file, or move this one away",
        "No space left": ". Make room on the disk, then run again",
    }
    return next((fix for words, fix in fixes.items() if words in str(exc)), "")
