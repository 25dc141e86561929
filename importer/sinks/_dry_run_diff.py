"""What a dry run would change: a sample of cells, as they are and as they would be."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._protocol import Inspectable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.core import Table
    from importer.sinks._protocol import Sink

__all__ = ["CHANGES", "Changes", "key_text"]

CHANGES = pl.Schema([("key", pl.String()), ("column", pl.String()), ("before", pl.String()), ("after", pl.String())])
"""Columns of the sample."""

SAMPLED = 1_000
"""Most cells in the sample, and most keys of a chunk that are compared."""


class Changes:
    """The changed cells found so far.

    Attributes
    ----------
    is_cut
        Whether some rows were not compared.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self._rows: list[tuple[str, str, str | None, str | None]] = []

    @property
    def rows(self) -> int:
        """Number of rows of the table that the sample shows."""
        return len({key for key, *_ in self._rows})

    @property
    def frame(self) -> pl.DataFrame:
        """One row a cell."""
        return pl.DataFrame(self._rows, CHANGES, orient="row")

    @contextmanager
    def sampling(self, sink: Sink, table: Table, frame: pl.DataFrame) -> Iterator[None]:
        """Compare the rows of some keys of the frame before and after."""
        if not (table.key and isinstance(sink, Inspectable)) or len(self._rows) >= SAMPLED:
            self.is_cut = True
            yield
            return
        every = frame.select(table.key).unique(maintain_order=True)
        keys = every.head(SAMPLED)
        self.is_cut |= keys.height < every.height
        before = sink.stored(keys)
        yield
        after = sink.stored(keys.filter(pl.Series([name in before for name in keys.rows()], dtype=pl.Boolean)))
        for name, row in before.items():
            for column, old, new in zip(frame.columns, row, after[name], strict=True):
                if old != new:
                    self._rows.append((key_text(name), column, _text(old), _text(new)))


def key_text(key: Iterable[object]) -> str:
    """A key as a person reads it.

    Examples
    --------
    >>> key_text([7, "Q3"])
    '7 · Q3'
    """
    return " · ".join(map(str, key))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
