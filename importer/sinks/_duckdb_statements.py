"""The statements by which staged rows get into a table of DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks._tables import names, quoted

if TYPE_CHECKING:
    from importer.core import OnConflict, Table

__all__ = ["ROW", "STAGE", "insert", "merge"]

ROW = "importer row number"
"""Column of a staged row's number in the file."""

STAGE = "importer chunk"
"""Name under which the rows of a chunk are staged."""


def _columns(table: Table) -> str:
    return names(column.name for column in table.columns)


def insert(table: Table) -> str:
    """Create a row for each that is staged."""
    return f"INSERT INTO {quoted(table.name)} ({_columns(table)}) SELECT {_columns(table)} FROM {quoted(STAGE)}"


def merge(table: Table, on_conflict: OnConflict) -> str:
    """Create what is new, update what differs, and tell for each row which it was."""
    on = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in table.key)
    rest = [quoted(column.name) for column in table.columns if column.name not in table.key]
    change = ""
    if rest and on_conflict == "update":
        differs = " OR ".join(f"t.{name} IS DISTINCT FROM s.{name}" for name in rest)
        change = f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f'{name} = s.{name}' for name in rest)} "
    values = ", ".join(f"s.{quoted(column.name)}" for column in table.columns)
    return (
        f"MERGE INTO {quoted(table.name)} t USING {quoted(STAGE)} s ON {on} {change}"
        f"WHEN NOT MATCHED THEN INSERT ({_columns(table)}) VALUES ({values}) RETURNING merge_action"
    )
