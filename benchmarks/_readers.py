"""Readers of CSV files, each as it reads what nobody has told it about: `READERS`."""

from __future__ import annotations

import csv
import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from importer.errors import ImporterError
from importer.sources import open_source
from importer.sources._blank import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["READERS", "Table"]

Table: TypeAlias = "tuple[Sequence[str | None], Sequence[Sequence[str | None]]]"


def ours(path: Path) -> Table | None:
    """The rows that would go in: without those that are refused, for a cell too many or a fault."""
    try:
        source = open_source(path)
        rows: list[Sequence[str | None]] = []
        for chunk in source.chunks(10_000):
            bad: set[int] = set()
            if chunk.extra is not None:
                bad |= set(chunk.extra["row"])
            if chunk.faults is not None:
                bad |= set(chunk.faults.filter(pl.col("severity") == "error")["row"])
            rows += [cells for row, cells in zip(chunk.rows, chunk.frame.rows(), strict=True) if row not in bad]
    except ImporterError as exc:
        # An import of a file that holds nothing is one of no rows.
        return ([], []) if exc.code in BLANK else None
    header = source.header
    if not header.lines:
        return [], rows
    return (header.lines[0][1] if len(header.lines) == 1 else header.labels), rows


def with_polars(path: Path) -> Table | None:
    """polars, lenient."""
    try:
        frame = pl.read_csv(
            path, infer_schema=False, truncate_ragged_lines=True, ignore_errors=True, encoding="utf8-lossy"
        )
    except pl.exceptions.PolarsError:
        return None
    return frame.columns, frame.rows()


def with_duckdb(path: Path) -> Table | None:
    """DuckDB, with its sniffer; what it cannot read is left out, and short rows are filled."""
    import duckdb

    try:
        found = duckdb.sql(
            "SELECT * FROM read_csv($1, all_varchar=true, ignore_errors=true, null_padding=true)",
            params=[str(path)],
        )
        return found.columns, found.fetchall()
    except duckdb.Error:
        return None


def with_sniffer(path: Path) -> Table | None:
    """The csv module, with its Sniffer."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
        dialect = csv.Sniffer().sniff(text[: 1 << 16])
        dialect.doublequote = True  # the Sniffer denies it where it sees none
    except csv.Error:
        dialect = csv.excel
    return _read(path, csv.reader, dialect)


def with_clevercsv(path: Path) -> Table | None:
    """CleverCSV."""
    import clevercsv

    try:
        text = path.read_bytes().decode("utf-8", "replace")
        dialect = clevercsv.Detector().detect(text[: 1 << 15])
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        return None
    if dialect is None:
        return _read(path, csv.reader, csv.excel)
    return _read(path, clevercsv.reader, dialect)


def with_pandas(path: Path) -> Table | None:
    """pandas, with its Python engine, which finds the delimiter."""
    import pandas as pd

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                path,
                sep=None,
                engine="python",
                dtype=str,
                keep_default_na=False,
                on_bad_lines="skip",
                encoding_errors="replace",
            )
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        return None
    return [str(name) for name in frame.columns], [list(map(_text, row)) for row in frame.itertuples(index=False)]


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def _read(path: Path, reader: Callable[..., Any], dialect: object) -> Table | None:
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = [row for row in reader(file, dialect) if row]
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        return None
    return (rows[0], rows[1:]) if rows else ([], [])


def with_csv(path: Path) -> Table | None:
    """The csv module, as it is."""
    return _read(path, csv.reader, csv.excel)


READERS: dict[str, Callable[[Path], Table | None]] = {
    "importer": ours,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "csv": with_csv,
    "csv.Sniffer": with_sniffer,
    "clevercsv": with_clevercsv,
    "pandas": with_pandas,
}
