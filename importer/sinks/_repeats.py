"""Keys that repeat within a chunk, taken apart so that a set-based merge counts as if rows came one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Repeats", "take_apart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """The rows of a chunk, each key at most once in a frame.

    Attributes
    ----------
    firsts
        Where each key comes first: what these do is for the database to say.
    lasts
        The last row of the keys that come again with other values; what they do is counted here.
    updated, unchanged
        Rows that come again, by whether they differ from the row of that key before them.
    """

    firsts: pl.DataFrame
    lasts: pl.DataFrame
    updated: int = 0
    unchanged: int = 0


def take_apart(frame: pl.DataFrame, key: Sequence[str], *, without: str = "") -> Repeats:
    """Split the rows by whether their key came before; the column `without` is no value of theirs.

    Examples
    --------
    >>> rows = pl.DataFrame({"id": [1, 2, 1, 1], "qty": [5, 5, 6, 6]})
    >>> apart = take_apart(rows, ["id"])
    >>> apart.firsts.rows(), apart.lasts.rows(), apart.updated, apart.unchanged
    ([(1, 5), (2, 5)], [(1, 6)], 1, 1)
    """
    is_first = frame.select(pl.struct(key).is_first_distinct()).to_series() if key else None
    if is_first is None or is_first.all():
        return Repeats(firsts=frame, lasts=frame.head(0))
    rest = [name for name in frame.columns if name not in key and name != without]
    again = frame.filter(frame.select(pl.struct(key).is_duplicated()).to_series())
    before = pl.struct(rest).shift().over(key)
    differs = pl.struct(rest).ne_missing(before) if rest else pl.lit(value=False)
    later = again.select(differs=differs, is_later=~pl.struct(key).is_first_distinct()).filter("is_later")
    updated = later.filter("differs").height
    return Repeats(
        firsts=frame.filter(is_first),
        lasts=again.unique(key, keep="last", maintain_order=True),
        updated=updated,
        unchanged=later.height - updated,
    )
