"""Texts of a key that differ only in case, white space, or characters that a person does not tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import looks
from importer.schema.parsing._cells import trim_spaces

if TYPE_CHECKING:
    from importer.schema.inference._sample import Sample

__all__ = ["alike"]

FOLDED = looks(pl.col("cell")).str.to_lowercase().str.replace_all(r"\s+", " ")


def alike(sample: Sample) -> str | None:
    """The first two texts that a person may take for one, and how many there are; None if there are none.

    They stay two keys: nobody but the analyst knows whether they are one.
    """
    cells = pl.DataFrame({"cell": trim_spaces(sample.cells), "row": sample.rows}).drop_nulls().sort("row")
    groups = cells.unique("cell", maintain_order=True).group_by(FOLDED.alias("folded"), maintain_order=True)
    twins = groups.agg("cell", "row").filter(pl.col("cell").list.len() > 1)
    if twins.is_empty():
        return None
    _, texts, rows = twins.row(0)
    pair = " and ".join(f"{text!r} in row {row:,}" for text, row in zip(texts[:2], rows[:2], strict=True))
    more = "" if twins.height == 1 else f", and {twins.height - 1:,} more"
    return f"{pair}{more} differ only in case, white space or characters that look the same, and are different keys"
