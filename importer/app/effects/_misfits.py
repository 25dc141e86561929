"""Cells among the first rows that do not fit the type of their column: `misfits_of`."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from importer.app.effects._first_look import TOP_ROWS, WIDEST
from importer.schema import schema_columns
from importer.schema.parsing import parse, reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.engine import Plan

__all__ = ["misfits_of"]


def misfits_of(plan: Plan) -> Mapping[tuple[int, str], str]:
    """Why each of them would be refused, by its row and the letter of its column."""
    top, header = plan.reading.top(TOP_ROWS), plan.source.header
    found: dict[tuple[int, str], str] = {}
    if top is None:
        return found
    columns, formats = schema_columns(plan.effective_schema), plan.formats
    shown = set(header.labels[:WIDEST])
    rows = top.rows.head(TOP_ROWS)
    for match in plan.matches:
        if match.label is None or match.label not in shown:
            continue
        cells, dtype, written = (
            top.frame[match.label].head(TOP_ROWS),
            columns[match.column].dtype,
            formats[match.column],
        )
        stored = None if top.numbers is None else top.numbers[match.label].head(TOP_ROWS)
        failed = parse(cells, dtype, written, stored).failed
        if failed.any():
            letter, wrong = header.letter(match.label), cells.filter(failed)
            why = reasons(wrong.unique(), dtype, written)
            found |= {(row, letter): why[cell] for row, cell in zip(compress(rows, failed), wrong, strict=True)}
    return found
