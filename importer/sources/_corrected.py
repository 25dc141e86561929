"""Refused rows that come back from a person who corrected them: `corrected`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import WHY
from importer.sources._derived import DerivedSource

if TYPE_CHECKING:
    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["corrected", "has_reasons"]

LOOKED_AT = 1_000
"""Rows whose reasons are looked at."""

_QUOTED = r"^'('*[=+\-@\t\r])"


def has_reasons(source: Source) -> bool:
    """Whether the last column holds why rows were refused; a column of that name may also belong to the file.

    Every reason names a column of the file, or the row. People may empty the column.
    """
    *labels, last = source.header.labels
    if not (last == WHY or last.startswith(f"{WHY} (")):
        return False
    with closing(source.chunks(LOOKED_AT)) as chunks:
        chunk = next(chunks, None)
    places = tuple(f"{label}: " for label in (*labels, "row"))
    return chunk is None or all(reason.startswith(places) for reason in chunk.frame[last].drop_nulls())


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
        frame = chunk.frame[:, :-1]
        numbers = None if chunk.numbers is None else chunk.numbers[:, :-1]
        if is_quoted:
            frame = frame.with_columns(pl.all().str.replace(_QUOTED, "$1"))
        return replace(chunk, frame=frame, numbers=numbers)

    # Rows that were refused may look like anything, and are all data.
    header = replace(source.header, labels=source.header.labels[:-1], lines=(), below=())
    return DerivedSource(source, restored, header=header)
