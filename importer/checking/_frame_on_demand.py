"""A frame that is read when it is used: `FrameOnDemand`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FrameOnDemand"]


class FrameOnDemand(pl.DataFrame):
    """A frame like any other, of which `head` and `limit` read no more than they show; the rest reads all, once.

    Parameters
    ----------
    read
        Returns the whole frame.
    read_head
        Returns this many of its first rows.

    Examples
    --------
    >>> def read():
    ...     print("all of it")
    ...     return pl.DataFrame({"row": range(2, 9)})
    >>> frame = FrameOnDemand(read, lambda count: pl.DataFrame({"row": range(2, 9)[:count]}))
    >>> frame.head(2).rows()
    [(2,), (3,)]
    >>> frame.height
    all of it
    7
    """

    def __init__(self, read: Callable[[], pl.DataFrame], read_head: Callable[[int], pl.DataFrame]) -> None:
        self._read = read
        self._read_head = read_head

    @cached_property
    def _df(self) -> Any:  # type: ignore[override]  # noqa: ANN401 - where polars keeps what a frame holds
        return self._read()._df  # noqa: SLF001

    def head(self, n: int = 5) -> pl.DataFrame:
        """The first rows; all but the last ones if their number is negative."""
        # What polars makes of the frame is of this class too, and holds its rows from the beginning.
        return super().head(n) if "_df" in vars(self) or n < 0 else self._read_head(n)
