"""Keys of the rows that a job wrote before, so that it can tell which of its rows repeat one: `SeenKeys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST", "SeenKeys"]

MOST = 1_000_000
"""Keys that are remembered, 12 bytes each; of more, those of the last rows."""


class SeenKeys:
    """The keys of the last million rows, as hashes.

    Parameters
    ----------
    columns
        The columns of the key.

    Examples
    --------
    >>> seen = SeenKeys(["id"])
    >>> seen.add(pl.DataFrame({"id": [7, 8]}), pl.Series([2, 3]))
    >>> seen.before(pl.DataFrame({"id": [8, 9, 9]}), pl.Series([4, 5, 6])).to_list()
    [3, None, 5]
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._chunks: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, frame: pl.DataFrame, rows: pl.Series) -> None:
        """Remember the keys of these rows, which come after all others."""
        self._chunks.append(self._of(frame, rows))
        self._rows += frame.height
        while len(self._chunks) > 1 and self._rows - self._chunks[0].height >= MOST:
            self._rows -= self._chunks.pop(0).height

    def before(
        self,
        frame: pl.DataFrame,
        rows: pl.Series,
        is_written: pl.Series | None = None,
        *,
        which: Literal["first", "last"] = "last",
    ) -> pl.Series:
        """Number of the first or last row before each that was written and has its key, null if there is none."""
        found = self._of(frame, rows)
        if found["key"].is_duplicated().any():
            is_before = pl.Series([True]).new_from_index(0, found.height) if is_written is None else is_written
            rows_before = pl.when("is_before").then("row")
            nearest = rows_before.cum_min() if which == "first" else rows_before.forward_fill()
            found = found.with_columns(is_before.alias("is_before")).with_columns(before=nearest.shift().over("key"))
        else:
            found = found.with_columns(before=pl.lit(None, pl.UInt32))
        if self._chunks and not found.is_empty():
            # A chunk that is written again after a lost connection has been seen.
            seen = pl.concat(self._chunks, rechunk=False).join(found, on="key", how="semi")
            seen = seen.filter(pl.col("row") < found["row"][0])
            if not seen.is_empty():
                each = seen.group_by("key").agg(
                    earlier=pl.col("row").min() if which == "first" else pl.col("row").max()
                )
                found = found.join(each, on="key", how="left", maintain_order="left")
                order = ("earlier", "before") if which == "first" else ("before", "earlier")
                return found.select(pl.coalesce(order)).to_series()
        return found["before"]

    def _of(self, frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({"key": frame.select(self.columns).hash_rows(), "row": rows.cast(pl.UInt32)})
