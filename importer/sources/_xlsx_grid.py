"""Cells put where they stand: rows of a frame whose columns are positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["grids"]

SLOTS = 1 << 21
"""Bound of a frame's rows times columns, as long as it has more than one row."""


def grids(rows: pl.Series, positions: pl.Series, texts: pl.Series) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """Frames of text columns ``"0"``, ``"1"``, … with their row numbers, without empty rows or columns.

    Cells far apart make several frames rather than a large one. Rows must not fall.

    Examples
    --------
    >>> cells = pl.Series([2, 2, 9]), pl.Series([0, 5, 5]), pl.Series(["a", "b", "c"])
    >>> [(frame.columns, frame.rows(), rows.to_list()) for frame, rows in grids(*cells)]
    [(['0', '5'], [('a', 'b'), (None, 'c')], [2, 9])]
    """
    if texts.null_count():
        filled = texts.is_not_null()
        rows, positions, texts = rows.filter(filled), positions.filter(filled), texts.filter(filled)
    if texts.is_empty():
        return
    begins = (rows.diff() != 0).fill_null(True)
    numbers = rows.filter(begins)
    columns = positions.unique().sort()
    if len(numbers) * len(columns) > SLOTS and len(numbers) > 1:
        at = begins.arg_true()[len(numbers) // 2]
        yield from grids(rows.slice(0, at), positions.slice(0, at), texts.slice(0, at))
        yield from grids(rows.slice(at), positions.slice(at), texts.slice(at))
        return
    height, width = len(numbers), len(columns)
    order = pl.Series([0], dtype=pl.UInt32).new_from_index(0, int(columns[-1]) + 1)
    order = order.scatter(columns, pl.int_range(width, dtype=pl.UInt32, eager=True))
    slots = order.gather(positions) * height + (begins.cum_sum() - 1)
    cells = pl.Series([None], dtype=pl.String).new_from_index(0, height * width).scatter(slots, texts)
    frame = pl.DataFrame([cells.slice(at * height, height).alias(str(name)) for at, name in enumerate(columns)])
    yield frame, numbers
