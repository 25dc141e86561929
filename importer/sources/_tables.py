"""Tables with types, as frames: Parquet and Arrow files, and what pandas, pyarrow and Python hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.sources._header import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from polars.datatypes import DataTypeClass

    from importer.sources._protocol import Source

__all__ = ["held_table", "table_file"]

PARQUET, ARROW, STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
"""How Parquet files, Arrow files (also called Feather) and Arrow streams begin."""

NAMES = {PARQUET: "a Parquet file", ARROW: "an Arrow file", STREAM: "an Arrow stream"}


def table_file(path: Path, head: bytes) -> Source | None:
    """The file as a source; None if it is neither Parquet nor Arrow.

    Raises
    ------
    SourceError
        If the file is damaged, or a column fits into no cell.
    """
    from importer.sources._frame import FrameSource

    kind = next((kind for kind in NAMES if head.startswith(kind)), None)
    if kind is None:
        return None
    try:
        if kind == PARQUET:
            frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        elif kind == ARROW:
            frame = pl.scan_ipc(path, glob=False, hive_partitioning=False)
        else:
            frame = pl.read_ipc_stream(path).lazy()
        height = int(frame.select(pl.len()).collect().item())
        return FrameSource(_flat(frame), path.name, kind="parquet" if kind == PARQUET else "arrow", height=height)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as exc:
        raise SourceError(
            f"{path.name!r} begins like {NAMES[kind]} but cannot be read: {str(exc).splitlines()[0]}",
            code="file-damaged",
            facts={"file": path.name},
            fixes=["copy or download it again"],
        ) from exc


def held_table(table: object) -> Source | None:
    """A table of pandas or pyarrow, or an iterable of dictionaries or polars frames; None if it is nothing like that.

    Raises
    ------
    SourceError
        If the columns hold what fits into no cell, or frames differ.
    """
    from importer.sources._frame import FrameSource
    from importer.sources.records import RecordSource, python_records

    if hasattr(table, "__arrow_c_stream__"):
        return FrameSource(_flat(_frame_of(table).lazy()).collect(), f"{type(table).__module__.split('.')[0]} table")
    if not isinstance(table, Iterable) or isinstance(table, str | bytes | Mapping):
        return None
    rows = list(table)
    if rows and all(isinstance(one, pl.DataFrame) for one in rows):
        try:
            return FrameSource(_flat(pl.concat(rows, how="diagonal").lazy()).collect(), "frames")
        except pl.exceptions.PolarsError as exc:
            raise SourceError(
                f"the frames do not fit together: {str(exc).splitlines()[0]}",
                code="frame-unreadable",
                fixes=["give columns of one name one type"],
            ) from exc
    records = list(python_records(rows))
    counted = range(1, len(records) + 1)
    return RecordSource(
        lambda: zip(records, counted, strict=True), label="rows", kind="records", unit="rows", total=len(records)
    )


def _frame_of(table: object) -> pl.DataFrame:
    try:
        return pl.DataFrame(table)  # type: ignore[arg-type]
    except Exception as exc:
        raise SourceError(
            f"the table cannot be read: {str(exc).splitlines()[0]}",
            code="frame-unreadable",
            fixes=["give columns of one type each, or a polars frame"],
        ) from exc


def _flat(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with a column for each field of a struct, called by both names.

    Examples
    --------
    >>> _flat(pl.LazyFrame({"at": [{"city": "Bonn", "zip": 53111}]})).collect().to_dicts()
    [{'at.city': 'Bonn', 'at.zip': 53111}]
    """
    schema = frame.collect_schema()
    if not any(isinstance(dtype, pl.Struct) for dtype in schema.values()):
        return frame
    columns = enumerate(schema.items())
    found = [one for at, (name, dtype) in columns for one in _fields(pl.nth(at), name, dtype)]
    labels = labels_of((name for name, _ in found), 0)
    return frame.select(column.alias(label) for (_, column), label in zip(found, labels, strict=True))


def _fields(column: pl.Expr, name: str, dtype: pl.DataType | DataTypeClass) -> Iterator[tuple[str, pl.Expr]]:
    if not isinstance(dtype, pl.Struct):
        yield name, column
        return
    for field in dtype.fields:
        yield from _fields(column.struct.field(field.name), f"{name}.{field.name}", field.dtype)
