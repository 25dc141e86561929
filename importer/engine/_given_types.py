"""What types that were given refuse of the sample, told before anything is read: `notes_of_types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Fix, Note
from importer.schema.parsing import parse, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import dataframely as dy
    import polars as pl

    from importer.engine._reading import Reading
    from importer.schema import Format, Match

__all__ = ["notes_of_types"]

MARKS = (
    Fix("metadata", {"decimal": "."}, "if the comma is the thousands mark"),
    Fix("metadata", {"decimal": ","}, "if it is the decimal mark"),
)
"""The ways to say what a comma in a number is."""


def notes_of_types(
    reading: Reading, matches: Sequence[Match], columns: Mapping[str, dy.Column], formats: Mapping[str, Format]
) -> Iterator[Note]:
    """A note about each of these columns with cells that do not fit its type; a doubt if most of them do not."""
    sample = reading.judged
    for found in matches:
        if found.label is None:
            continue
        cells, column, written = sample.frame[found.label], columns[found.column], formats[found.column]
        stored = None if sample.numbers is None else sample.numbers[found.label]
        failed = parse(cells, column.dtype, written, stored).failed
        if failed.any():
            yield _unfit(cells, failed, column, written)


def _unfit(cells: pl.Series, failed: pl.Series, column: dy.Column, written: Format) -> Note:
    label, n, count, first = cells.name, int(failed.sum()), len(cells.drop_nulls()), cells.filter(failed).head(1)
    [why] = reasons(first, column.dtype, written).values()
    is_open = column.dtype.is_numeric() and written.decimal is None and "," in first[0]
    verb = "does" if n == 1 else "do"
    return Note(
        f"{label}: {n:,} of {count:,} sampled cells {verb} not fit {type(column).__name__}: {why}",
        MARKS if is_open else [Fix("types", ..., "with another type for it")],
        code=f"type-unfit-{label}",
        kind="doubt" if 2 * n > count else "told",
        n=n,
        column=label,
    )
