"""Which rows DuckDB refuses, found by writing parts of a chunk in transactions of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Refusal, Written
from importer.sinks._duckdb_statements import ROW
from importer.sinks._duckdb_words import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

__all__ = ["put_in_halves"]


def put_in_halves(frame: pl.DataFrame, put_anew: Callable[[pl.DataFrame], Written]) -> Written:
    """Write all rows but those that DuckDB refuses, each tried after the ones before it.

    Parameters
    ----------
    frame
        Rows with their numbers.
    put_anew
        Writes rows in a transaction in place of the one before, or raises what DuckDB says.
    """
    from duckdb import ConstraintException, ConversionException

    refused: list[Refusal] = []
    accepted = frame.head(0)
    waiting = [frame]
    written, is_whole = Written(), False
    while waiting:
        part = waiting.pop()
        try:
            written, is_whole = put_anew(accepted.vstack(part)), True
        except (ConstraintException, ConversionException) as exc:
            is_whole = False
            if part.height == 1:
                refused.append(refusal(part[ROW].item(), exc))
            else:
                middle = part.height // 2
                waiting += [part[middle:], part[:middle]]
        else:
            accepted = accepted.vstack(part)
    if not is_whole:
        written = put_anew(accepted)
    return Written(
        created=written.created,
        updated=written.updated,
        unchanged=written.unchanged,
        refused=(*refused, *written.refused),
    )
