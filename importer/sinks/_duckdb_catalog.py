"""What a DuckDB file knows of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from importer.sinks._described import Column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DuckdbCatalog"]

TYPES = {
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt8: "UTINYINT",
    pl.UInt16: "USMALLINT",
    pl.UInt32: "UINTEGER",
    pl.UInt64: "UBIGINT",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Time: "TIME",
    pl.Duration: "INTERVAL",
}

INTEGERS = {declared: dtype() for dtype, declared in TYPES.items() if dtype.is_integer()}

NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL")


class DuckdbCatalog:
    """The tables of an open connection, in its current schema."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - the driver's own
        """Run a statement, and give its rows."""
        return self._connection.execute(sql, parameters).fetchall()

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None where the name is free."""
        found = self.execute(
            "SELECT table_type FROM information_schema.tables "
            "WHERE lower(table_name) = lower(?) AND table_schema = current_schema()",
            [table],
        )
        return None if not found else "view" if found[0][0] == "VIEW" else "table"

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        rows = self.execute(
            "SELECT column_name, data_type, NOT is_nullable AND column_default IS NULL, "
            "EXISTS (SELECT 1 FROM duckdb_constraints() k WHERE k.table_oid = c.table_oid "
            "AND k.constraint_type = 'PRIMARY KEY' AND list_contains(k.constraint_column_names, c.column_name)) "
            "FROM duckdb_columns() c "
            "WHERE lower(table_name) = lower(?) AND schema_name = current_schema() ORDER BY column_index",
            [table],
        )
        return [Column(*row) for row in rows]

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        constraints = self.execute(
            "SELECT constraint_column_names FROM duckdb_constraints() "
            "WHERE lower(table_name) = lower(?) AND schema_name = current_schema() "
            "AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')",
            [table],
        )
        indexes = self.execute(
            "SELECT expressions FROM duckdb_indexes() "
            "WHERE lower(table_name) = lower(?) AND schema_name = current_schema() AND is_unique",
            [table],
        )
        listed = [{name.strip().strip('"') for name in str(text).strip("[]").split(",")} for (text,) in indexes]
        return [set(columns) for (columns,) in constraints] + listed

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        if isinstance(dtype, pl.Decimal):
            return f"DECIMAL({dtype.precision}, {dtype.scale})"
        if isinstance(dtype, pl.Datetime):
            if dtype.time_zone is not None:
                return "TIMESTAMP WITH TIME ZONE"
            return {"ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS"}[dtype.time_unit]
        return TYPES.get(type(dtype), "VARCHAR")

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether text would become a number or a date, or the other way round."""
        wanted = self.declared(dtype)
        return wanted != declared and _family(wanted) != _family(declared)


def _family(declared: str) -> str:
    """Types among which DuckDB converts only what keeps its value, or refuses.

    Examples
    --------
    >>> _family("DECIMAL(10,2)") == _family("BIGINT"), _family("VARCHAR") == _family("BIGINT")
    (True, False)
    """
    if any(name in declared for name in NUMBERS):
        return "number"
    return declared.partition("(")[0].partition("_")[0].split(" ")[0]
