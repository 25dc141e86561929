"""The tags of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.core import rises
from importer.sources.xlsx.book import BLANKS
from importer.sources.xlsx.fast._tag_shapes import SHAPES
from importer.sources.xlsx.fast._text import between, split_once

if TYPE_CHECKING:
    from importer.sources.xlsx.fast._tag_shapes import Shapes

__all__ = ["RowTags"]


class RowTags:
    """Reads rows' tags that have a prefix; None if one of them is not understood to the last byte."""

    def __init__(self, prefix: str, shapes: Shapes) -> None:
        self._shapes = shapes
        self._begin = f"<{prefix}row "

    def __call__(self, heads: pl.Series) -> pl.Series | None:
        """Numbers of rows as text.

        A head is what a row begins with, up to its first cell: its tag, after any number of empty ones.
        """
        usual = self._usual(heads.item(len(heads) // 2))
        if usual is not None:
            numbers, whole = between(heads, *usual)
            if whole.all() and _are_rising(numbers):
                return numbers
        return self._any(heads)

    def _usual(self, head: str) -> tuple[str, str] | None:
        """What precedes and follows the number, if the head is only a tag."""
        left, mark, right = head.partition(' r="')
        _, quote, right = right.partition('"')
        if not head.startswith(self._begin) or not mark or not right.endswith(">"):
            return None
        tag = left.removeprefix(self._begin.rstrip()) + mark + "0" + quote + right[:-1]
        return (left + mark, quote + right) if self._shapes.is_row(tag) else None

    def _any(self, heads: pl.Series) -> pl.Series | None:
        lists = heads.str.split(self._begin)
        counts = lists.list.len() - 1
        if (counts < 1).any() or (lists.list.first().str.strip_chars(BLANKS) != "").any():
            return None
        left, right = split_once(" " + lists.list.slice(1).explode(), ' r="')
        numbers, right = split_once(right, '"')
        right, closing = split_once(right, ">")
        if not (closing.str.strip_chars(BLANKS) == "").fill_null(value=False).all() or not _are_rising(numbers):
            return None
        # Only the last tag of each head leaves its row open.
        last = counts.cast(pl.Int64).cum_sum() - 1
        if not (~right.str.ends_with("/")).arg_true().equals(last.cast(pl.UInt32)):
            return None
        written = (left + ' r="0"' + right.str.strip_suffix("/")).unique()
        are_usual = len(written) <= SHAPES and all(self._shapes.is_row(tag) for tag in written)
        return numbers.gather(last) if are_usual else None


def _are_rising(texts: pl.Series) -> bool:
    """Whether all are numbers in the usual form, each greater than the one before."""
    numbers = texts.cast(pl.Int64, strict=False)
    return rises(numbers) and (numbers.cast(pl.String) == texts).all()
