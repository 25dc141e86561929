"""What PostgreSQL is asked to do with a staged chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks._tables import names, quoted

if TYPE_CHECKING:
    from importer.core import OnConflict, Table

__all__ = ["ROW", "STAGE", "upsert"]

ROW = "importer row number"
STAGE = quoted("importer chunk")


def upsert(table: Table, on_conflict: OnConflict) -> str:
    """Create what is new, update what differs, and count both."""
    name, columns, key = quoted(table.name), names(column.name for column in table.columns), names(table.key)
    rest = [quoted(column.name) for column in table.columns if column.name not in table.key]
    action = "NOTHING"
    if rest and on_conflict == "update":
        old, new = ", ".join(f"{name}.{column}" for column in rest), ", ".join(f"excluded.{column}" for column in rest)
        changes = ", ".join(f"{column} = excluded.{column}" for column in rest)
        action = f"UPDATE SET {changes} WHERE ROW ({old}) IS DISTINCT FROM ROW ({new})"
    return (
        f"WITH written AS (INSERT INTO {name} ({columns}) SELECT {columns} FROM {STAGE} ORDER BY {quoted(ROW)} "
        f"ON CONFLICT ({key}) DO {action} RETURNING xmax = 0 AS is_new) "
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
    )
