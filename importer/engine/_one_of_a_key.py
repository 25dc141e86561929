"""Rows of one file that share a key, of which only the first is written: `OneOfAKey`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from importer.core import Chunk, Refusal
from importer.errors import Fix, SinkError
from importer.sinks import REPEATED, SHARES, SeenKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

__all__ = ["OneOfAKey", "Other"]

MOST = 20_000_000
"""Rows that are compared, 16 bytes each."""

IS_IN = "{key} is in row {row} already"


class Other(NamedTuple):
    """A row that is not written.

    Attributes
    ----------
    row, first
        Its number, and that of the first row of its key.
    told
        What is told of it.
    """

    row: int
    first: int
    told: Refusal

    @property
    def refused(self) -> Refusal:
        """What is told of it if the first row is refused too."""
        return replace(self.told, message=self.told.message.rpartition(";")[0] + ", which is refused")


class OneOfAKey:
    """Lets the first good row of each key through.

    Parameters
    ----------
    key
        The columns of the key.
    how
        Whether the others are only told, or rejected.

    Examples
    --------
    >>> import polars as pl
    >>> rows = Chunk(frame=pl.DataFrame({"id": [7, 8, 7]}), rows=pl.Series([2, 3, 4]), completed=0)
    >>> first, others = OneOfAKey(["id"], "first").apart(rows)
    >>> first.rows.to_list(), [(one.row, one.first, one.told.message) for one in others]
    ([2, 3], [(4, 2, 'shares id 7 with row 2; the first one is kept')])
    """

    def __init__(self, key: Sequence[str], how: Literal["first", "reject"]) -> None:
        self.how = how
        self._key = tuple(key)
        self._seen = SeenKeys(self._key, most=sys.maxsize)

    def apart(self, chunk: Chunk) -> tuple[Chunk, tuple[Other, ...]]:
        """The rows to write, and what is told of the others.

        Raises
        ------
        SinkError
            If there are too many rows to know.
        """
        if chunk.rows.is_empty():
            return chunk, ()
        keys = self._seen.keys(chunk.frame, chunk.rows)
        before = self._seen.before(keys, which="first")
        is_first = before.is_null()
        self._seen.add(keys.filter(is_first))
        if self._seen.rows > MOST:
            raise SinkError(
                f"the keys of more than {MOST:,} rows are not compared",
                code="too-many-keys",
                facts={"rows": MOST},
                fixes=[Fix("on_repeated_key", "last"), "split the file"],
            )
        if is_first.all():
            return chunk, ()
        others, words = ~is_first, SHARES if self.how == "first" else IS_IN
        named = zip(*(chunk.frame.filter(others)[name] for name in self._key), strict=True)
        told = zip(chunk.rows.filter(others), before.filter(others), map(self._text, named), strict=True)
        column = self._key[0] if len(self._key) == 1 else None
        return _only(chunk, is_first), tuple(
            Other(row, first, Refusal(row=row, rule=REPEATED, column=column, message=words.format(**about)))
            for row, first, key in told
            for about in [{"key": key, "row": first, "kept": "first"}]
        )

    def _text(self, values: Sequence[object]) -> str:
        return ", ".join(f"{name} {value!s}" for name, value in zip(self._key, values, strict=True))


def _only(chunk: Chunk, is_kept: pl.Series) -> Chunk:
    return Chunk(frame=chunk.frame.filter(is_kept), rows=chunk.rows.filter(is_kept), completed=chunk.completed)
