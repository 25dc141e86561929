"""Texts that stand in every row of a column, or where its cell is empty: `format_of_constant`, `raise_for_default`."""

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

__all__ = ["format_of_constant", "notes_of_constants", "raise_for_default"]


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
        why = _why_not(cell, dtype, written)
    except SchemaError as exc:
        why = exc.message.sentence
    if why is not None:
        raise _wrong(name, text, "in every row", "constants", why)
    return written


def raise_for_default(name: str, text: str, column: dy.Column, written: Format) -> None:
    """Do nothing if the column takes the text as it takes a cell of the file.

    Raises
    ------
    SchemaError
        If it does not.
    """
    why = _why_not(pl.Series(name, [text]), column.dtype, written)
    if why is not None:
        raise _wrong(name, text, "in place of empty cells", "defaults", why)


def _why_not(cell: pl.Series, dtype: pl.DataType, written: Format) -> str | None:
    """Why the text is no value; None if it is one."""
    parsed, text = parse(cell, dtype, written), cell[0]
    if parsed.failed[0]:
        return reasons(cell, dtype, written)[text]
    return f"{text!r} means an empty cell there" if parsed.values[0] is None else None


def _wrong(name: str, text: str, where: str, option: str, why: str) -> SchemaError:
    return SchemaError(
        f"the column {name!r} cannot have the value {text!r} {where}: {why}",
        code=f"{option.removesuffix('s')}-wrong",
        facts={"column": name, "value": text},
        fixes=[Fix(option, {name: ...}, "with another value")],
    )


def notes_of_constants(matches: Iterable[Match]) -> Iterator[Note]:
    """What stands in every row or in place of empty cells, and which cells of the file are not used for it."""
    for one in matches:
        if one.constant is not None:
            unused = f"; the cells of {one.unused!r} are not used" if one.unused else ""
            sentence = f"{one.column!r} is {one.constant!r} in every row{unused}"
            yield Note(sentence, code="constant", kind="told", column=one.unused)
        elif one.default is not None:
            sentence = f"{one.column!r} is {one.default!r} where the cell of {one.label!r} is empty"
            yield Note(sentence, code="default", kind="told", column=one.label)
