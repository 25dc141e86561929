"""A source made from another one: `DerivedSource`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from importer.core import Chunk, Header
    from importer.sources._book import Book
    from importer.sources._protocol import Source

__all__ = ["DerivedSource"]


class DerivedSource:
    """A source whose chunks are those of another one, each passed through a function.

    Whatever you do not give stays as the other source has it.

    Parameters
    ----------
    inner
        The other source.
    each
        Makes one chunk from one chunk.
    stream
        Makes all chunks from all chunks of the other source, if `each` is not enough.
    sample
        Makes a sample from a sample of the other source and its size, if `each` is not enough.
    label, header, book
        What differs from the other source.

    Examples
    --------
    >>> import polars as pl
    >>> from dataclasses import replace
    >>> from importer.sources import open_source
    >>> frame = open_source(pl.DataFrame({"id": ["a", "b"]}))
    >>> upper = DerivedSource(frame, lambda c: replace(c, frame=c.frame.select(pl.all().str.to_uppercase())))
    >>> [chunk.frame["id"].to_list() for chunk in upper.chunks(10)], upper.total
    ([['A', 'B']], 2)
    """

    def __init__(  # noqa: PLR0913 - all but two are seldom given
        self,
        inner: Source,
        each: Callable[[Chunk], Chunk] = lambda chunk: chunk,
        *,
        stream: Callable[[Iterator[Chunk]], Iterator[Chunk]] | None = None,
        sample: Callable[[Chunk, int], Chunk] | None = None,
        label: str | None = None,
        header: Header | None = None,
        book: Book | None = None,
    ) -> None:
        self.label = inner.label if label is None else label
        self.header = inner.header if header is None else header
        self.book = inner.book if book is None else book
        self.unit, self.total = inner.unit, inner.total
        self._inner, self._each, self._stream, self._sample = inner, each, stream, sample

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        with closing(self._inner.chunks(size, after_row=after_row)) as chunks:
            yield from map(self._each, chunks) if self._stream is None else self._stream(chunks)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet."""
        sample = self._inner.sample(size)
        return self._each(sample) if self._sample is None else self._sample(sample, size)
