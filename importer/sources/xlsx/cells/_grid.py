"""Cells arranged in rows of a frame whose columns are positions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import filled, rewritten
from importer.sources.xlsx.cells._kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.sources.xlsx.cells._layout import Layout

__all__ = ["ODD", "SLOTS", "Grid", "grids", "placed", "without_empty"]

SLOTS = 1 << 21
"""Limit of a frame's rows times columns, if it has more than one row."""


ODD = Kind.UNSAVED, Kind.WHOLE_DAY
"""The first and last kind of cells that lack their value or show another."""


_LENGTH = r"^(?:2[4-9]|[3-9][0-9]|[1-9][0-9]{2,}):[0-9]{2}:"
"""A time of a day or more."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Some non-empty rows of a sheet.

    Attributes
    ----------
    frame
        Non-empty text columns named by their positions, ``"0"``, ``"1"``, ….
    rows
        Numbers of the rows in the sheet.
    kinds
        What became of the cells of each column: one kind for all, or a series of them.
    odd
        Columns with cells that lack their value or show another.
    hidden
        Numbers of rows that the sheet hides, these among others.
    layout
        What stands around the rows; None until the last of them is read.
    """

    frame: pl.DataFrame
    rows: pl.Series
    kinds: Mapping[str, int | pl.Series]
    odd: tuple[str, ...] = ()
    hidden: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Int64))
    layout: Layout | None = None

    @property
    def numbers(self) -> pl.DataFrame:
        """Which cells are numbers."""
        alike = {is_number: pl.Series([is_number]).new_from_index(0, len(self.rows)) for is_number in (False, True)}
        return pl.DataFrame(
            [
                (_are_numbers(each) if isinstance(each, pl.Series) else alike[_is_number(each)]).alias(name)
                for name, each in self.kinds.items()
            ]
        )

    def filter(self, kept: pl.Series) -> Grid:
        """The rows for which `kept` is true."""
        kinds = {name: each.filter(kept) if isinstance(each, pl.Series) else each for name, each in self.kinds.items()}
        return replace(self, frame=self.frame.filter(kept), rows=self.rows.filter(kept), kinds=kinds)

    def slice(self, offset: int, height: int) -> Grid:
        """At most `height` rows, from `offset` on."""
        if not offset and height >= len(self.rows):
            return self
        kinds = {
            name: each.slice(offset, height) if isinstance(each, pl.Series) else each
            for name, each in self.kinds.items()
        }
        return replace(self, frame=self.frame.slice(offset, height), rows=self.rows.slice(offset, height), kinds=kinds)

    def settled(self) -> Grid:
        """The grid with 24 hours as such in columns of lengths, where others are longer."""
        frame, kinds = {}, dict(self.kinds)
        for name, each in self.odd_kinds():
            is_day = filled(each == Kind.WHOLE_DAY, value=False)
            if is_day.any() and self.frame[name].str.contains(_LENGTH).any():
                places = is_day.arg_true()
                frame[name] = rewritten(
                    self.frame[name], places, pl.Series(["24:00:00"]).new_from_index(0, len(places))
                )
                kinds[name] = each.clone().scatter(places, Kind.ELAPSED)
        return replace(self, frame=self.frame.with_columns(**frame), kinds=kinds) if frame else self

    def odd_kinds(self) -> Iterator[tuple[str, pl.Series]]:
        """The odd columns, and what became of their cells."""
        for name in self.odd:
            kinds = self.kinds[name]
            if isinstance(kinds, pl.Series):
                yield name, kinds


def _is_odd(kinds: int | pl.Series) -> bool:
    return isinstance(kinds, pl.Series) and _most(kinds) >= ODD[0] and bool(kinds.is_between(*ODD).any())


def _is_number(kind: int) -> bool:
    return kind == Kind.NUMBER or kind >= Kind.STALE


def _are_numbers(kinds: pl.Series) -> pl.Series:
    are = kinds == Kind.NUMBER
    return filled(are if _most(kinds) < Kind.STALE else are | (kinds >= Kind.STALE), value=False)


def _most(kinds: pl.Series) -> int:
    most = kinds.max()
    return most if isinstance(most, int) else 0


def grids(rows: pl.Series, positions: pl.Series, texts: pl.Series, kinds: pl.Series) -> Iterator[Grid]:
    """Arrange cells in grids. Cells far apart make several small grids. Row numbers must not fall.

    Examples
    --------
    >>> cells = [
    ...     pl.Series([2, 2, 9]),
    ...     pl.Series([0, 5, 5]),
    ...     pl.Series(["a", "b", "1"]),
    ...     pl.Series([Kind.TEXT, Kind.TEXT, Kind.NUMBER], dtype=pl.UInt16),
    ... ]
    >>> [(grid.frame.columns, grid.frame.rows(), grid.rows.to_list()) for grid in grids(*cells)]
    [(['0', '5'], [('a', 'b'), (None, '1')], [2, 9])]
    """
    if texts.null_count():
        kept = texts.is_not_null() | kinds.is_between(*ODD)
        rows, positions, texts, kinds = (each.filter(kept) for each in (rows, positions, texts, kinds))
    if texts.is_empty():
        return
    begins = (rows.diff() != 0).fill_null(True)
    numbers = rows.filter(begins)
    columns = positions.unique().sort()
    if len(numbers) * len(columns) > SLOTS and len(numbers) > 1:
        at = begins.arg_true()[len(numbers) // 2]
        yield from grids(*(each.slice(0, at) for each in (rows, positions, texts, kinds)))
        yield from grids(*(each.slice(at) for each in (rows, positions, texts, kinds)))
        return
    index, height = begins.cum_sum() - 1, len(numbers)
    frame = placed(index, positions, texts, columns, height)
    became = placed(index, positions, kinds, columns, height)
    yield from without_empty(Grid(frame, numbers, {column.name: column for column in became}))


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
    """The grid without empty rows and columns; nothing if it has no cells. A formula without a value is a cell.

    Examples
    --------
    >>> frame = pl.DataFrame({"0": ["a", None], "1": pl.Series([None, None], dtype=pl.String)})
    >>> made = without_empty(Grid(frame, pl.Series([7, 8]), {"0": Kind.TEXT, "1": Kind.NUMBER}))
    >>> [(grid.frame.columns, grid.frame.rows(), grid.rows.to_list()) for grid in made]
    [(['0'], [('a',)], [7])]
    """
    odd = tuple(name for name, kinds in grid.kinds.items() if _is_odd(kinds))
    frame = pl.DataFrame([column for column in grid.frame if column.null_count() < len(column) or column.name in odd])
    if not frame.width:
        return
    grid = replace(grid, frame=frame, kinds={name: grid.kinds[name] for name in frame.columns}, odd=odd)
    if all(column.null_count() for column in frame):
        kept = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        for _, kinds in grid.odd_kinds():
            kept = kept | filled(kinds == Kind.UNSAVED, value=False)
        if not kept.any():
            return
        grid = grid.filter(kept)
    yield grid
