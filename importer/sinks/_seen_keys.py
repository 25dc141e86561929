"""Keys of the rows that a job wrote before, so that it can tell which of its rows repeat one: `SeenKeys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST", "SeenKeys"]

MOST = 1_000_000
"""Keys that are remembered, 16 bytes each; of more, those of the last rows."""

SLOTS = 2**25
"""Bits that tell at once of most keys that they are new: 4 MB."""


class SeenKeys:
    """The keys of the last rows, as hashes.

    Parameters
    ----------
    columns
        The columns of the key.
    most
        How many keys are remembered.

    Examples
    --------
    >>> seen = SeenKeys(["id"])
    >>> seen.add(seen.keys(pl.DataFrame({"id": [7, 8]}), pl.Series([2, 3])))
    >>> seen.before(seen.keys(pl.DataFrame({"id": [8, 9, 9]}), pl.Series([4, 5, 6]))).to_list()
    [3, None, 5]
    """

    def __init__(self, columns: Sequence[str], *, most: int = MOST) -> None:
        self.columns = tuple(columns)
        self._most = most
        self._chunks: list[pl.DataFrame] = []
        self._rows = 0
        self._is_taken = pl.Series("slot", [False]).new_from_index(0, SLOTS)

    def keys(self, frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
        """The keys of these rows, for the other methods."""
        hashes = frame[self.columns[0]].hash() if len(self.columns) == 1 else frame.select(self.columns).hash_rows()
        return pl.DataFrame({"key": hashes, "row": rows.cast(pl.Int64)})

    @property
    def rows(self) -> int:
        """How many keys it remembers."""
        return self._rows

    def add(self, keys: pl.DataFrame) -> None:
        """Remember the keys of rows that come after all others."""
        self._chunks.append(keys)
        self._is_taken = self._is_taken.scatter(_slots(keys), values=True)
        self._rows += keys.height
        while len(self._chunks) > 1 and self._rows - self._chunks[0].height >= self._most:
            self._rows -= self._chunks.pop(0).height

    def before(
        self,
        keys: pl.DataFrame,
        is_written: pl.Series | None = None,
        *,
        which: Literal["first", "last"] = "last",
    ) -> pl.Series:
        """Number of the first or last row before each that was written and has its key, null if there is none."""
        if keys["key"].n_unique() < keys.height:
            is_before = pl.Series([True]).new_from_index(0, keys.height) if is_written is None else is_written
            rows_before = pl.when("is_before").then("row")
            nearest = rows_before.cum_min() if which == "first" else rows_before.forward_fill()
            repeated = keys.with_columns(is_before.alias("is_before")).filter(pl.col("key").is_duplicated())
            before = repeated.select("row", before=nearest.shift().over("key"))
            found = keys.join(before, on="row", how="left", maintain_order="left")
        else:
            found = keys.with_columns(before=pl.lit(None, pl.Int64))
        if not (maybe := self._may_be_seen(keys)).is_empty():
            seen = pl.concat(self._chunks, rechunk=False).join(maybe, on="key", how="semi")
            # A chunk that is written again after a lost connection has been seen.
            seen = seen.filter(pl.col("row") < keys["row"][0])
            if not seen.is_empty():
                each = seen.group_by("key").agg(
                    earlier=pl.col("row").min() if which == "first" else pl.col("row").max()
                )
                found = found.join(each, on="key", how="left", maintain_order="left")
                order = ("earlier", "before") if which == "first" else ("before", "earlier")
                return found.select(pl.coalesce(order)).to_series()
        return found["before"]

    def _may_be_seen(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of the keys whose slot another key has taken, mostly the same one."""
        return keys.filter(self._is_taken.gather(_slots(keys))) if self._chunks else keys.clear()


def _slots(keys: pl.DataFrame) -> pl.Series:
    return (keys["key"] % SLOTS).cast(pl.UInt32)
