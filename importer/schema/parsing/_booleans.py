"""Words for yes and no."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, SchemaError
from importer.schema._words import folded_word
from importer.schema.parsing._cells import ascii_text, short

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = ["canonical", "read", "why"]


def canonical(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Words for yes or no; null for all other cells.

    Raises
    ------
    SchemaError
        If a word means both.
    """
    words = _words(written.true, written.false)
    if not words:
        return pl.Series([None], dtype=dtype).new_from_index(0, len(cells))
    known = cells.drop_nulls().unique()
    said = pl.Series([words.get(_folded(cell)) for cell in known], dtype=dtype)
    if said.null_count() == len(said):
        return pl.Series([None], dtype=dtype).new_from_index(0, len(cells))
    return cells.replace_strict(known, said, default=None, return_dtype=dtype)


def read(cells: pl.Series, dtype: pl.DataType, _: Format) -> pl.Series:
    """Null for all, because `canonical` recognises every word."""
    return pl.repeat(None, len(cells), dtype=dtype, eager=True)


@lru_cache
def _words(yes: tuple[str, ...], no: tuple[str, ...]) -> dict[str, bool]:
    true, false = ({_folded(word) for word in words} for words in (yes, no))
    if both := true & false:
        raise SchemaError(
            f"{min(both)!r} stands for both yes and no",
            code="words-ambiguous",
            facts={"word": min(both)},
            fixes=[Fix("metadata", {"true": ..., "false": ...}, "in the column")],
        )
    return dict.fromkeys(true, True) | dict.fromkeys(false, False)


def _folded(word: str) -> str:
    return folded_word(ascii_text(word))


def why(value: str, _: pl.DataType, written: Format) -> str:
    """Explain why the cell is neither yes nor no."""
    words = " or ".join(repr(words[0]) for words in (written.true, written.false) if words)
    return f"{short(value)} is neither yes nor no, such as {words}"
