"""What a SQLite file knows of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks._described import Column
from importer.sinks._sqlite_values import declared
from importer.sinks._tables import quoted

if TYPE_CHECKING:
    import apsw
    import polars as pl

__all__ = ["SqliteCatalog"]


class SqliteCatalog:
    """The tables of an open connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str) -> apsw.Cursor:
        """Run a statement."""
        return self._connection.execute(sql)

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None where the name is free."""
        sql = "SELECT type FROM sqlite_master WHERE lower(name) = lower(?) AND type IN ('table', 'view')"
        found = self._connection.execute(sql, (table,)).fetchone()
        return None if found is None else str(found[0])

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        info = list(self.execute(f"PRAGMA table_info({quoted(table)})"))
        keys = [kind.upper() for *_, kind, _, _, key in info if key]
        # The one key that SQLite fills by itself.
        is_filled = keys == ["INTEGER"]
        return [
            Column(name, kind.upper(), default is None and (not is_filled if key else bool(required)), bool(key))
            for _, name, kind, required, default, key in info
        ]

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        info = self.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
        sets = [{str(column) for _, column, *_, key in info if key}]
        for _, index, is_unique, _, is_partial in self.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
            if is_unique and not is_partial:
                parts = self.execute(f"PRAGMA index_info({quoted(str(index))})")
                sets.append({str(column) for _, _, column in parts if column is not None})
        return sets

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        return declared(dtype)

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether the column's affinity would change values: zeros lost, numbers kept as text."""
        is_text = any(word in declared for word in ("CHAR", "CLOB", "TEXT"))
        if self.declared(dtype) == "TEXT":
            return not is_text and declared not in {"", "BLOB", "ANY"}
        return is_text and dtype.is_numeric() and not dtype.is_decimal()
