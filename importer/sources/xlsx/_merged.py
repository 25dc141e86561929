"""Merged cells filled with the value of their first cell: `Filling`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import rewritten
from importer.sources.xlsx.cells import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.xlsx.cells import Grid, Merge

__all__ = ["Filling"]


class Filling:
    """Fills the grids of a sheet, which must come in order.

    Parameters
    ----------
    merges
        The merged cells, by their first row.
    """

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._left = list(merges)[::-1]
        self._open: list[tuple[Merge, str, int]] = []

    def __call__(self, grid: Grid) -> Grid:
        """The grid with empty cells inside merged ones filled."""
        if not len(grid.rows) or not (self._left or self._open):
            return grid
        first, last = int(grid.rows[0]), int(grid.rows[-1])
        while self._left and self._left[-1].first_row <= last:
            merge = self._left.pop()
            value = _first_cell(grid, merge)
            if value is not None:
                self._open.append((merge, *value))
        self._open = [each for each in self._open if each[0].last_row >= first]
        filled = self._filled(grid)
        self._open = [each for each in self._open if each[0].last_row > last]
        return filled

    def _filled(self, grid: Grid) -> Grid:
        columns: dict[int, list[tuple[int, int, str, int]]] = {}
        for merge, text, kind in self._open:
            start = grid.rows.search_sorted(merge.first_row)
            end = grid.rows.search_sorted(merge.last_row, side="right")
            for position in range(merge.first, merge.last + 1):
                columns.setdefault(position, []).append((int(start), int(end), text, kind))
        frame, kinds = {column.name: column for column in grid.frame}, dict(grid.kinds)
        for position, parts in columns.items():
            name, height = str(position), len(grid.rows)
            texts = frame.get(name, pl.Series(name, [None], dtype=pl.String).new_from_index(0, height))
            became = kinds.get(name, Kind.TEXT)
            if not isinstance(became, pl.Series):
                became = pl.Series([became], dtype=pl.UInt16).new_from_index(0, height)
            for start, end, text, kind in parts:
                places = start + texts.slice(start, end - start).is_null().arg_true()
                if len(places):
                    texts = rewritten(texts, places, pl.Series([text]).new_from_index(0, len(places)))
                    became = became.clone().scatter(places, kind)
            frame[name], kinds[name] = texts.alias(name), became
        names = sorted(frame, key=int)
        return replace(
            grid, frame=pl.DataFrame([frame[name] for name in names]), kinds={name: kinds[name] for name in names}
        )


def _first_cell(grid: Grid, merge: Merge) -> tuple[str, int] | None:
    """Text and kind of the first cell of the merged ones; None if it is empty."""
    name, at = str(merge.first), int(grid.rows.search_sorted(merge.first_row))
    if name not in grid.frame.columns or at == len(grid.rows) or grid.rows[at] != merge.first_row:
        return None
    text, kinds = grid.frame[name][at], grid.kinds[name]
    return None if text is None else (text, int(kinds[at]) if isinstance(kinds, pl.Series) else kinds)
