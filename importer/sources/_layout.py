"""What the columns of a table hold and how full its rows are: `Layout`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl

from importer.sources._totals import NUMBER

__all__ = ["Layout", "filled_cells"]

NEARLY_ALL = 0.8
FEW_CELLS = 4
"""Of so few cells, more than half show what a column holds."""


def filled_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Which cells hold more than white space."""
    return frame.select((pl.all().str.strip_chars() != "").fill_null(value=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which cells of some rows are filled, and what the columns hold.

    Attributes
    ----------
    filled, is_number
        Which cells hold something, and which hold a number.
    texts, numbers, always
        Columns of texts, columns of numbers, and those that nearly every row fills.
    usual
        How many cells most rows fill.
    """

    filled: pl.DataFrame
    is_number: pl.DataFrame
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    always: tuple[str, ...]
    usual: int

    @classmethod
    def of(cls, frame: pl.DataFrame, *, headers: pl.Series | None = None) -> Self:
        """The layout of these rows; those that repeat a header do not show what the columns hold.

        Examples
        --------
        >>> layout = Layout.of(pl.DataFrame({"id": ["1", "2"], "name": ["Ada", None]}))
        >>> layout.texts, layout.numbers, layout.always, layout.usual
        (('name',), ('id',), ('id',), 2)
        """
        filled = filled_cells(frame)
        is_number = frame.select(pl.all().str.contains(NUMBER).fill_null(value=False))
        texts, numbers, always = [], [], []
        height = frame.height if headers is None else int((~headers).sum())
        shown = (each if headers is None else each.filter(~headers) for each in (filled, is_number))
        for label, count, of_numbers in zip(frame.columns, *map(_sums, shown), strict=True):
            if not count:
                continue
            if of_numbers >= NEARLY_ALL * count or (count <= FEW_CELLS and 2 * of_numbers > count):
                numbers.append(label)
            if of_numbers < count:
                texts.append(label)
            if count >= NEARLY_ALL * height:
                always.append(label)
        counts = [] if frame.is_empty() else filled.sum_horizontal().mode().to_list()
        return cls(
            filled=filled,
            is_number=is_number,
            texts=tuple(texts),
            numbers=tuple(numbers),
            always=tuple(always),
            usual=max(counts, default=0),
        )


def _sums(mask: pl.DataFrame) -> tuple[int, ...]:
    return mask.sum().row(0) if mask.width else ()
