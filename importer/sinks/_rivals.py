"""Rows of one chunk that want the same unique values: `reached`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["reached", "wants"]


def wants(index: int, found: Sequence[tuple[int | None, int]]) -> pl.DataFrame:
    """Which row wants or has which value of a unique index; a value goes by the first row that wants it."""
    pairs = pl.DataFrame(found, {ROW: pl.Int64, "value": pl.Int64}, orient="row")
    return pairs.drop_nulls().with_columns(index=pl.lit(index, pl.Int64))


def reached(wanted: pl.DataFrame, unsure: pl.Series) -> pl.Series:
    """The rows whose fate may depend on that of unsure rows, over any number of others.

    Examples
    --------
    >>> first, second = wants(0, [(2, 2), (3, 2), (5, 5)]), wants(1, [(3, 3), (4, 3)])
    >>> reached(pl.concat([first, second]), pl.Series([4, 9])).sort().to_list()
    [2, 3, 4]
    """
    rows, before = wanted.filter(pl.col(ROW).is_in(unsure.implode()))[ROW].unique(), 0
    while before < rows.len():
        before = rows.len()
        values = wanted.filter(pl.col(ROW).is_in(rows.implode())).select("index", "value").unique()
        rows = wanted.join(values, on=["index", "value"], how="semi")[ROW].unique()
    return rows
