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

    def __call__(self, heads: pl.Series) -> tuple[pl.Series, bool | pl.Series] | None:
        """Numbers of rows as text, and whether they are hidden, all or each.

        A head is what a row begins with, up to its first cell: its tag, after any number of empty ones.
        """
        usual = self._usual(heads.item(len(heads) // 2))
        if usual is not None:
            *around, is_hidden = usual
            numbers, whole = between(heads, *around)
            if whole.all() and _are_rising(numbers):
                return numbers, is_hidden
        return self._any(heads)

    def _usual(self, head: str) -> tuple[str, str, bool] | None:
        """What precedes and follows the number, and whether the row is hidden, if the head is only a tag."""
        left, mark, right = head.partition(' r="')
        _, quote, right = right.partition('"')
        if not head.startswith(self._begin) or not mark or not right.endswith(">"):
            return None
        tag = left.removeprefix(self._begin.rstrip()) + mark + "0" + quote + right[:-1]
        is_hidden = self._shapes.row(tag)
        return None if is_hidden is None else (left + mark, quote + right, is_hidden)

    def _any(self, heads: pl.Series) -> tuple[pl.Series, bool | pl.Series] | None:
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
        tags = left + ' r="0"' + right.str.strip_suffix("/")
        written = tags.unique().to_list()
        are_hidden = [self._shapes.row(tag) for tag in written] if len(written) <= SHAPES else [None]
        if None in are_hidden:
            return None
        is_hidden = (
            tags.gather(last).replace_strict(written, are_hidden, return_dtype=pl.Boolean) if any(are_hidden) else False
        )
        return numbers.gather(last), is_hidden


def _are_rising(texts: pl.Series) -> bool:
    """Whether all are numbers in the usual form, each greater than the one before."""
    numbers = texts.cast(pl.Int64, strict=False)
    return rises(numbers) and (numbers.cast(pl.String) == texts).all()
