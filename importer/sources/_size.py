"""How much text rows hold, and how to hold less of it: `text_bytes`, `cuts` and `shortened`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_BYTES", "cuts", "shortened", "text_bytes"]

MOST_BYTES = 1 << 23
"""Limit of the text in a chunk, if it has more than one row. Cells that share one text count each."""

LONGEST = 512
"""Characters that show what kind of cell it is, where others are much longer."""


def text_bytes(frame: pl.DataFrame) -> int:
    """Bytes of all texts, each as often as a cell holds it.

    Examples
    --------
    >>> text_bytes(pl.DataFrame({"a": ["xyz", None], "b": ["x", "y"]}))
    5
    """
    return sum(frame.select(pl.all().str.len_bytes().cast(pl.Int64).sum()).row(0)) if frame.width else 0


def cuts(frame: pl.DataFrame, most_rows: int, most_bytes: int = MOST_BYTES) -> Iterator[tuple[int, int]]:
    """Where parts of the frame begin, and how many rows each has: as many as both limits allow, one at least.

    Examples
    --------
    >>> list(cuts(pl.DataFrame({"a": ["x", "y", "zzzz", "x"]}), most_rows=9, most_bytes=3))
    [(0, 2), (2, 1), (3, 1)]
    """
    height = frame.height
    if text_bytes(frame) <= most_bytes:
        ends = range(most_rows, height + most_rows, most_rows)
        yield from ((end - most_rows, min(end, height) - end + most_rows) for end in ends or [most_rows])
        return
    sizes = frame.select(pl.sum_horizontal(pl.all().str.len_bytes().cast(pl.Int64))).to_series().cum_sum()
    begin = before = 0
    while begin < height:
        end = int(sizes.search_sorted(before + most_bytes, side="right"))
        end = min(max(end, begin + 1), begin + most_rows)
        yield begin, end - begin
        begin, before = end, int(sizes[end - 1])


def shortened(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells of a sample; if they hold much text, the beginning of each alone, which tells its kind.

    Examples
    --------
    >>> shortened(pl.DataFrame({"a": ["x" * 9_000_000]}))["a"].str.len_chars().item()
    512
    """
    if text_bytes(frame) <= MOST_BYTES // 4:
        return frame
    # Adding a text makes a copy; a slice alone would keep all of the long text in memory.
    return pl.DataFrame([column.str.slice(0, LONGEST) + "" for column in frame.iter_columns()])
