"""Refused rows that come back from a person who corrected them: `corrected`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import WHY
from importer.sources._derived import DerivedSource

if TYPE_CHECKING:
    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["corrected"]

_QUOTED = r"^'('*[=+\-@\t\r])"


def corrected(source: Source, *, is_quoted: bool) -> Source:
    """The source without the column of reasons that was added to the refused rows.

    Parameters
    ----------
    source
        The file as it is.
    is_quoted
        Whether an apostrophe precedes every text that a spreadsheet program might run; it is removed.
    """

    def restored(chunk: Chunk) -> Chunk:
        frame = chunk.frame.drop(WHY)
        numbers = None if chunk.numbers is None else chunk.numbers.drop(WHY)
        if is_quoted:
            frame = frame.with_columns(pl.all().str.replace(_QUOTED, "$1"))
        return replace(chunk, frame=frame, numbers=numbers)

    labels = tuple(label for label in source.header.labels if label != WHY)
    return DerivedSource(source, restored, header=replace(source.header, labels=labels))
