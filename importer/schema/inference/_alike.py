"""Texts of a key that a person may take for one, or that hold characters which nobody sees."""

from __future__ import annotations

import polars as pl

from importer.core import looks, unlike
from importer.errors import Note, visible
from importer.schema.parsing._cells import trim_spaces

__all__ = ["KEYS_ALIKE", "alike"]

KEYS_ALIKE = "keys-alike"
"""Code of the note."""

CELL = pl.col("cell")

FOLDED = looks(CELL).str.to_lowercase().str.replace_all(r"\s+", " ")


def alike(cells: pl.Series, rows: pl.Series) -> Note | None:
    """The first two texts that a person may take for one, or the first with characters that nobody sees.

    They stay the keys that they are: nobody but the analyst knows whether two are one.
    """
    found = pl.DataFrame({"text": cells, "cell": trim_spaces(cells), "row": rows}).drop_nulls().sort("row")
    # What stands around a text is removed, with a warning for each row.
    if told := _twins(found.unique("text", maintain_order=True), CELL, "what stands around them"):
        return _note(f"{told}, which is removed, so they become one")
    unique = found.unique("cell", maintain_order=True)
    if told := _twins(unique, FOLDED):
        return _note(f"{told}, and are different keys")
    return _hidden(unique)


def _twins(texts: pl.DataFrame, key: pl.Expr, difference: str = "") -> str | None:
    """The first two texts for which the expression gives the same, how many more there are, and how they differ."""
    twins = (
        texts.group_by(key.alias("key"), maintain_order=True).agg("text", "row").filter(pl.col("row").list.len() > 1)
    )
    if twins.is_empty():
        return None
    _, pair, rows = twins.row(0)
    named = " and ".join(f"{text!r} in row {row:,}" for text, row in zip(pair[:2], rows[:2], strict=True))
    more = "" if twins.height == 1 else f", and {twins.height - 1:,} more,"
    return f"{named}{more} differ only in {difference or _difference(*pair[:2])}"


def _difference(one: str, other: str) -> str:
    """In what two texts differ that look alike."""
    if one.isascii() and other.isascii():
        return "case or white space"
    return f"case, white space or characters that look the same, here {unlike(one, other)}"


def _hidden(unique: pl.DataFrame) -> Note | None:
    """The first text with characters that nobody sees, and how many there are."""
    beyond = unique.filter(CELL.str.contains(r"[^ -~]")).select("cell", "row").iter_rows()
    hidden = [(text, row) for text, row in beyond if visible(text) != text]
    if not hidden:
        return None
    text, row = hidden[0]
    more = "" if len(hidden) == 1 else f", and {len(hidden) - 1:,} more"
    return _note(f"{text!r} in row {row:,}{more} has invisible characters, which make it another key")


def _note(told: str) -> Note:
    return Note(told, code=KEYS_ALIKE, kind="doubt")
