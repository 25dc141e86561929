"""Refused rows that come back from a person who corrected them: `corrected`."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import WHY, restored
from importer.sources._derived import DerivedSource

if TYPE_CHECKING:
    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["corrected", "has_reasons"]

OF_A_FILE = re.compile(r"row[\d,]+of['\"]")
"""How the reason of a row of several files begins."""

LOOKED_AT = 1_000
"""Rows whose reasons are looked at."""


def has_reasons(source: Source, *, is_quoted: bool) -> bool:
    """Whether the last column holds why rows were refused; a column of that name may also belong to the file.

    Every reason names a column of the file, or the row. People may empty the column.

    Parameters
    ----------
    source, is_quoted
        As `corrected` takes them.
    """
    labels, last = _labels(source, is_quoted=is_quoted), source.header.labels[-1]
    if not (last == WHY or last.startswith(f"{WHY} (")):
        return False
    with closing(source.chunks(LOOKED_AT)) as chunks:
        chunk = next(chunks, None)
    if chunk is None:
        return True
    reasons = chunk.frame[last].drop_nulls()
    # A header has no line ends and no spaces at its ends or in a row, but a column of a frame may.
    places = tuple(_unspaced(f"{label}:") for label in (*labels, "row"))
    told = map(_unspaced, restored(reasons) if is_quoted else reasons)
    return all(reason.startswith(places) or OF_A_FILE.match(reason) for reason in told if reason)


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _labels(source: Source, *, is_quoted: bool) -> tuple[str, ...]:
    """The headers of the file without that of the reasons, as the rows had them when they were refused."""
    labels = source.header.labels[:-1]
    return tuple(restored(pl.Series(labels, dtype=pl.String))) if is_quoted else labels


def corrected(source: Source, *, is_quoted: bool) -> Source:
    """The source without the column of reasons that was added to the refused rows.

    Parameters
    ----------
    source
        The file as it is.
    is_quoted
        Whether an apostrophe precedes every text that a spreadsheet program might run; it is removed.
    """
    labels = _labels(source, is_quoted=is_quoted)

    def cleared(chunk: Chunk) -> Chunk:
        columns = chunk.frame.get_columns()[:-1]
        frame = pl.DataFrame([restored(column) for column in columns] if is_quoted else columns)
        frame.columns = labels
        numbers = None if chunk.numbers is None else chunk.numbers[:, :-1]
        if numbers is not None:
            numbers.columns = labels
        return replace(chunk, frame=frame, numbers=numbers)

    # Rows that were refused may look like anything, and are all data.
    header = replace(source.header, labels=labels, lines=(), below=())
    return DerivedSource(source, cleared, header=header)
