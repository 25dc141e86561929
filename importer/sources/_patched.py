"""A source with some of its cells corrected by hand: `PatchedSource`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError, choices

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["PatchedSource"]


class PatchedSource:
    """The same rows, some cells of which read as the analyst says.

    Parameters
    ----------
    inner
        The file as it stands.
    corrections
        Texts by row number and header; None for an empty cell.

    Raises
    ------
    SourceError
        Where a correction names a header that the file lacks.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> source = PatchedSource(open_source(pl.DataFrame({"qty": ["5", "x"]})), {(3, "qty"): "7"})
    >>> [chunk.frame["qty"].to_list() for chunk in source.chunks(10)]
    [['5', '7']]
    """

    def __init__(self, inner: Source, corrections: Mapping[tuple[int, str], str | None]) -> None:
        self._inner = inner
        self.label, self.unit, self.total, self.header = inner.label, inner.unit, inner.total, inner.header
        self._by_label: dict[str, dict[int, str | None]] = {}
        for (row, label), text in corrections.items():
            if label not in self.header.labels:
                known = choices(label, self.header.labels)
                raise SourceError(f"a correction of row {row} names the header {label!r}, which is not there: {known}")
            self._by_label.setdefault(label, {})[row] = text

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        with closing(self._inner.chunks(size, after_row=after_row)) as chunks:
            yield from map(self._patched, chunks)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet."""
        return self._patched(self._inner.sample(size))

    def _patched(self, chunk: Chunk) -> Chunk:
        columns, numbers = [], chunk.numbers
        for label, texts in self._by_label.items():
            is_meant = chunk.rows.is_in(pl.Series(list(texts), dtype=pl.Int64).implode())
            if is_meant.any():
                wanted = [texts[row] for row in chunk.rows.filter(is_meant)]
                columns.append(chunk.frame[label].scatter(is_meant.arg_true(), wanted).alias(label))
                # What a person writes is text.
                numbers = None if numbers is None else numbers.with_columns(numbers[label] & ~is_meant)
        return replace(chunk, frame=chunk.frame.with_columns(columns), numbers=numbers) if columns else chunk
