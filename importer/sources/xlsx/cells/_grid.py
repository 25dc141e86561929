"""Cells arranged in rows of a frame whose columns are positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SLOTS", "Grid", "grids", "placed", "without_empty"]

SLOTS = 1 << 21
"""Limit of a frame's rows times columns, if it has more than one row."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Some non-empty rows of a sheet.

    Attributes
    ----------
    frame
        Non-empty text columns named by their positions, ``"0"``, ``"1"``, ….
    rows
        Numbers of the rows in the sheet.
    numbers
        Which cells are numbers, as Boolean columns of the same names.
    """

    frame: pl.DataFrame
    rows: pl.Series
    numbers: pl.DataFrame

    def filter(self, kept: pl.Series) -> Grid:
        """The rows for which `kept` is true."""
        return Grid(self.frame.filter(kept), self.rows.filter(kept), self.numbers.filter(kept))


def grids(rows: pl.Series, positions: pl.Series, texts: pl.Series, are_numbers: pl.Series) -> Iterator[Grid]:
    """Arrange cells in grids. Cells far apart make several small grids. Row numbers must not fall.

    Examples
    --------
    >>> cells = [
    ...     pl.Series([2, 2, 9]),
    ...     pl.Series([0, 5, 5]),
    ...     pl.Series(["a", "b", "1"]),
    ...     pl.Series([False, False, True]),
    ... ]
    >>> [(grid.frame.columns, grid.frame.rows(), grid.rows.to_list()) for grid in grids(*cells)]
    [(['0', '5'], [('a', 'b'), (None, '1')], [2, 9])]
    """
    if texts.null_count():
        filled = texts.is_not_null()
        rows, positions, texts, are_numbers = (each.filter(filled) for each in (rows, positions, texts, are_numbers))
    if texts.is_empty():
        return
    begins = (rows.diff() != 0).fill_null(True)
    numbers = rows.filter(begins)
    columns = positions.unique().sort()
    if len(numbers) * len(columns) > SLOTS and len(numbers) > 1:
        at = begins.arg_true()[len(numbers) // 2]
        yield from grids(*(each.slice(0, at) for each in (rows, positions, texts, are_numbers)))
        yield from grids(*(each.slice(at) for each in (rows, positions, texts, are_numbers)))
        return
    index, height = begins.cum_sum() - 1, len(numbers)
    frame = placed(index, positions, texts, columns, height)
    yield Grid(frame, numbers, placed(index, positions, are_numbers, columns, height))


def placed(index: pl.Series, positions: pl.Series, cells: pl.Series, columns: pl.Series, height: int) -> pl.DataFrame:
    """Frame of that height with the cells at their index and position, null elsewhere.

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
    # Moving indexes is faster than moving texts.
    taken = pl.Series([None], dtype=pl.UInt32).new_from_index(0, height * len(columns))
    places = order.gather(positions) * height + index
    slots = cells.gather(taken.scatter(places, pl.int_range(len(cells), dtype=pl.UInt32, eager=True)))
    return pl.DataFrame([slots.slice(at * height, height).alias(str(name)) for at, name in enumerate(columns)])


def without_empty(grid: Grid) -> Iterator[Grid]:
    """The grid without empty rows and columns; nothing if it has no cells.

    Examples
    --------
    >>> frame = pl.DataFrame({"0": ["a", None], "1": pl.Series([None, None], dtype=pl.String)})
    >>> made = without_empty(Grid(frame, pl.Series([7, 8]), pl.DataFrame({"0": [False, False]})))
    >>> [(grid.frame.columns, grid.frame.rows(), grid.rows.to_list()) for grid in made]
    [(['0'], [('a',)], [7])]
    """
    frame = pl.DataFrame([column for column in grid.frame if column.null_count() < len(column)])
    if not frame.width:
        return
    grid = replace(grid, frame=frame)
    if all(column.null_count() for column in frame):
        grid = grid.filter(frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series())
    yield grid
