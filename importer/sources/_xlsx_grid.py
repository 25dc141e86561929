"""Cells put where they stand: rows of a frame whose columns are positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SLOTS", "grids", "placed", "without_empty"]

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
    yield placed(begins.cum_sum() - 1, positions, texts, columns, len(numbers)), numbers


def placed(index: pl.Series, positions: pl.Series, texts: pl.Series, columns: pl.Series, height: int) -> pl.DataFrame:
    """Frame of that height with the texts at their index and position, null elsewhere.

    Parameters
    ----------
    columns
        All positions, each once, rising.

    Examples
    --------
    >>> placed(pl.Series([0, 2]), pl.Series([5, 3]), pl.Series(["a", "b"]), pl.Series([3, 5]), 3).rows()
    [(None, 'a'), (None, None), ('b', None)]
    """
    order = pl.Series([0], dtype=pl.UInt32).new_from_index(0, int(columns[-1]) + 1)
    order = order.scatter(columns, pl.int_range(len(columns), dtype=pl.UInt32, eager=True))
    cells = pl.Series([None], dtype=pl.String).new_from_index(0, height * len(columns))
    cells = cells.scatter(order.gather(positions) * height + index, texts)
    return pl.DataFrame([cells.slice(at * height, height).alias(str(name)) for at, name in enumerate(columns)])


def without_empty(frame: pl.DataFrame, numbers: pl.Series) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """The frame without empty rows and columns, and its row numbers without those; nothing where it has no cells.

    Examples
    --------
    >>> frame = pl.DataFrame({"0": ["a", None], "1": pl.Series([None, None], dtype=pl.String)})
    >>> [(frame.columns, frame.rows(), rows.to_list()) for frame, rows in without_empty(frame, pl.Series([7, 8]))]
    [(['0'], [('a',)], [7])]
    """
    frame = pl.DataFrame([column for column in frame if column.null_count() < len(column)])
    if not frame.width:
        return
    if all(column.null_count() for column in frame):
        filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        frame, numbers = frame.filter(filled), numbers.filter(filled)
    yield frame, numbers
