"""Refused rows that come back: without the reasons, and texts as they were."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import WHY

if TYPE_CHECKING:
    from collections.abc import Generator

    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["CorrectedSource"]


class CorrectedSource:
    """A source whose last column says why a row was refused, read as if it had never been.

    Parameters
    ----------
    inner
        The file as it stands.
    is_quoted
        Whether texts that a spreadsheet program might have run come with an apostrophe before them,
        which is taken off.
    """

    def __init__(self, inner: Source, *, is_quoted: bool) -> None:
        self._inner, self._is_quoted = inner, is_quoted
        self.label, self.unit, self.total = inner.label, inner.unit, inner.total
        self.sheet: str | None = getattr(inner, "sheet", None)
        self.header = replace(inner.header, labels=tuple(label for label in inner.header.labels if label != WHY))

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        with closing(self._inner.chunks(size, after_row=after_row)) as chunks:
            yield from map(self._as_it_was, chunks)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet."""
        return self._as_it_was(self._inner.sample(size))

    def _as_it_was(self, chunk: Chunk) -> Chunk:
        frame = chunk.frame.drop(WHY)
        if self._is_quoted:
            frame = frame.with_columns(pl.all().str.replace(r"^'('*[=+\-@\t\r])", "$1"))
        return replace(chunk, frame=frame)
