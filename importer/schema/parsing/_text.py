"""Texts that stay texts: free ones, and those out of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import filled
from importer.errors import choices
from importer.schema._schema import NULL_WORDS
from importer.schema.parsing._cells import ERRORS, keep, short, stands_for, trim_spaces

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = ["read", "why"]


def read(cells: pl.Series, dtype: pl.DataType, written: Format) -> tuple[pl.Series, pl.Series, pl.Series | None]:
    """Values, which cells failed, and which lost white space (None if no cell did)."""
    text = trim_spaces(cells) if written.strip else cells
    values, failed = _listed(text, dtype, written) if isinstance(dtype, pl.Enum) else _free(text, dtype, written)
    if not written.strip:
        return values, failed, None
    trimmed = filled(text != cells, value=False)
    if trimmed.any():
        trimmed &= values.is_not_null()
    return values, failed, trimmed if trimmed.any() else None


def _free(text: pl.Series, dtype: pl.DataType, written: Format) -> tuple[pl.Series, pl.Series]:
    # Nothing in quotes is nothing too, unless the analyst wants texts exactly as they are.
    empty = {*(written.nulls or ()), *([""] if written.strip else [])}
    failed = stands_for(text, {*ERRORS, *empty})
    if failed.any():
        text, failed = keep(text, ~failed), failed & ~stands_for(text, empty)
    return text if dtype == pl.String else text.cast(dtype), failed


def _listed(text: pl.Series, dtype: pl.Enum, written: Format) -> tuple[pl.Series, pl.Series]:
    """A category may look like a null word. An empty text that is not a category is no error."""
    usual = {""} if written.nulls is not None else set(NULL_WORDS)
    nothing = stands_for(text, usual - set(dtype.categories) | set(written.nulls or ()))
    values = keep(text, ~nothing).cast(dtype, strict=False)
    return values, values.is_null() & text.is_not_null() & ~nothing


def why(value: str, dtype: pl.DataType, _: Format) -> str:
    """Explain why the cell is not a text of this type."""
    if not isinstance(dtype, pl.Enum):
        return f"{short(value)} is not a text"
    return f"{short(value)} is not in the list: {choices(value, dtype.categories)}"
