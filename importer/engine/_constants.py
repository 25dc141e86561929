"""Texts that stand in every row of a column: `format_of_constant`, `notes_of_constants`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, Note, SchemaError
from importer.schema.inference import decide
from importer.schema.parsing import parse, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import dataframely as dy

    from importer.schema import Format, Match

__all__ = ["format_of_constant", "notes_of_constants"]


def format_of_constant(name: str, text: str, column: dy.Column, hints: Format) -> Format:
    """How a text that is to stand in every row is written: the hints, and what the text itself shows.

    Raises
    ------
    SchemaError
        If the column does not take the text, it could mean two values, or it means an empty cell.
    """
    cell, dtype = pl.Series(name, [text]), column.dtype
    try:
        written = decide(cell, dtype, hints)
        parsed = parse(cell, dtype, written)
    except SchemaError as exc:
        raise _wrong(name, text, exc.message.sentence) from exc
    if parsed.failed[0]:
        raise _wrong(name, text, reasons(cell, dtype, written)[text])
    if parsed.values[0] is None:
        raise _wrong(name, text, f"{text!r} means an empty cell there")
    return written


def _wrong(name: str, text: str, why: str) -> SchemaError:
    return SchemaError(
        f"the column {name!r} cannot have the value {text!r} in every row: {why}",
        code="constant-wrong",
        facts={"column": name, "value": text},
        fixes=[Fix("constants", {name: ...}, "with another value")],
    )


def notes_of_constants(matches: Iterable[Match]) -> Iterator[Note]:
    """What stands in every row, and which cells of the file are not used for it."""
    for one in matches:
        if one.constant is not None:
            unused = f"; the cells of {one.unused!r} are not used" if one.unused else ""
            sentence = f"{one.column!r} is {one.constant!r} in every row{unused}"
            yield Note(sentence, code="constant", kind="told", column=one.unused)
