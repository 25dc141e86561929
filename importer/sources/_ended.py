"""A source that ends before its sheet does: `EndedSource`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from importer.core import CHUNK_ROWS
from importer.errors import SourceError
from importer.sources._blocks import part_of, sample_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["EndedSource"]


class EndedSource:
    """The same rows down to one, as if the sheet ended there.

    Parameters
    ----------
    inner
        The file as it stands.
    last_row
        Number of the last row that counts.

    Raises
    ------
    SourceError
        Where that row is not below the header.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> source = EndedSource(open_source(pl.DataFrame({"id": ["1", "2", "Total"]})), 3)
    >>> [(chunk.frame["id"].to_list(), chunk.completed, source.total) for chunk in source.chunks(10)]
    [(['1', '2'], 3, 3)]
    """

    def __init__(self, inner: Source, last_row: int) -> None:
        if last_row <= inner.header.row:
            below = f"below the header in row {inner.header.row}" if inner.header.row else "a row"
            raise SourceError(
                f"the table cannot end with row {last_row!r}, which is not {below}; give another last_row="
            )
        self._inner, self._last_row = inner, last_row
        self.label, self.unit, self.total, self.header = inner.label, inner.unit, inner.total, inner.header
        self.sheet: str | None = getattr(inner, "sheet", None)
        self.dialect = getattr(inner, "dialect", None)

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        with closing(self._inner.chunks(size, after_row=after_row)) as chunks:
            held: Chunk | None = None
            for chunk in chunks:
                kept = self._down_to_last(chunk)
                if not kept.rows.is_empty():
                    if held is not None:
                        yield held
                    held = kept
                if len(kept.rows) < len(chunk.rows):
                    break
            if held is not None:
                # What is left below is done with.
                yield held if self.total is None else replace(held, completed=self.total)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet."""
        sample = self._inner.sample(size)
        kept = self._down_to_last(sample)
        count = len(kept.rows)
        cut = sample.rows[count] if count < len(sample.rows) else None
        ends_there = cut is None or (count > 0 and kept.rows[-1] in (self._last_row, cut - 1))
        # A sample that is sparse where the table ends may lack its last rows.
        return kept if ends_there else sample_of(chain([part_of(kept, 0, 0)], self.chunks(CHUNK_ROWS)), size)

    def _down_to_last(self, chunk: Chunk) -> Chunk:
        return part_of(chunk, 0, int((chunk.rows <= self._last_row).sum()))
