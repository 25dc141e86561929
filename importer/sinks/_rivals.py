"""Rows of one chunk that want the same unique values: `reached` and `taken`."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sinks._pointing import Pointing

__all__ = ["reached", "taken", "wants"]


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


def taken(wanted: pl.DataFrame, broken: pl.Series, pointing: Pointing = ()) -> pl.Series:
    """The row that has each value when another row wants it, null if there is none.

    Parameters
    ----------
    wanted
        Which row wants which value of which index, and whether the table has that, in the order of the rows.
    broken
        Rows that are refused for something else.
    pointing
        Which row points at which: it is refused with that, or with none before it.

    Examples
    --------
    >>> wanted = pl.DataFrame({ROW: [2, 3, 4], "index": 0, "value": 2, "is_held": False})
    >>> taken(wanted, pl.Series([2])).to_list()
    [None, None, 3]
    >>> taken(wanted, pl.Series([2]), [(3, 2)]).to_list()
    [None, None, None]
    """
    rivals, holders, lost = list[int | None](), dict[tuple[int, int], int](), set(broken)
    points = dict[int, list[int | None]]()
    for row, at in pointing:
        points.setdefault(row, []).append(at)
    each = zip(*(wanted[name].to_list() for name in (ROW, "index", "value", "is_held")), strict=True)
    groups = {row: list(group) for row, group in groupby(each, itemgetter(0))}
    for row in sorted({*groups, *points}) if points else groups:
        if any(at is None or at >= row or at in lost for at in points.get(row, ())):
            lost.add(row)
        values = [(index, value) for _, index, value, _ in groups.get(row, ())]
        found = [holders.get(value) for value in values]
        rivals += found
        if any(is_held for *_, is_held in groups.get(row, ())) or found.count(None) < len(found):
            lost.add(row)
        elif row not in lost:
            holders.update(dict.fromkeys(values, row))
    return pl.Series("rival", rivals, dtype=pl.Int64)
