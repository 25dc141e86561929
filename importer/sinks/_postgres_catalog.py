"""What a PostgreSQL database knows of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from importer.sinks._described import Column

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PostgresCatalog"]

TYPES = {
    pl.Int8: "smallint",
    pl.Int16: "smallint",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.UInt8: "smallint",
    pl.UInt16: "integer",
    pl.UInt32: "bigint",
    pl.UInt64: "numeric(20, 0)",
    pl.Float32: "real",
    pl.Float64: "double precision",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Time: "time without time zone",
    pl.Duration: "interval",
}

INTEGERS = {"SMALLINT": pl.Int16(), "INTEGER": pl.Int32(), "BIGINT": pl.Int64()}

FAMILIES = {
    "number": ("smallint", "integer", "bigint", "numeric", "real", "double precision"),
    "text": ("text", "character", "citext", "uuid", "json", "USER-DEFINED", "name"),
    "timestamp": ("timestamp",),
    "time": ("time ",),
}


class PostgresCatalog:
    """The tables of an open connection, in its current schema."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str) -> object:
        """Run a statement."""
        return self._connection.execute(sql.encode())

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None where the name is free."""
        found = self._connection.execute(
            "SELECT relkind IN ('v', 'm') FROM pg_class "
            "WHERE relname = %s AND relnamespace = current_schema()::regnamespace",
            [table],
        ).fetchone()
        return None if found is None else "view" if found[0] else "table"

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        rows = self._connection.execute(
            "SELECT column_name, "
            "data_type || coalesce('(' || CASE data_type WHEN 'numeric' THEN "
            "numeric_precision || ', ' || numeric_scale ELSE character_maximum_length::text END || ')', ''), "
            "is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO', "
            "EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
            "AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND a.attname = column_name "
            "AND i.indrelid = (quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass) "
            "FROM information_schema.columns WHERE table_name = %s AND table_schema = current_schema() "
            "AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [Column(*row) for row in rows]

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        rows = self._connection.execute(
            "SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) "
            "WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace "
            "AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL GROUP BY i.indexrelid",
            [table],
        )
        return [set(columns) for (columns,) in rows]

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        if isinstance(dtype, pl.Decimal):
            return f"numeric({dtype.precision}, {dtype.scale})"
        if isinstance(dtype, pl.Datetime):
            return f"timestamp with{'out' if dtype.time_zone is None else ''} time zone"
        return TYPES.get(type(dtype), "text")

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether text would become a number or a date, or the other way round."""
        return _family(self.declared(dtype)) != _family(declared)


def _family(declared: str) -> str:
    """Types among which PostgreSQL converts only what keeps its value, or refuses.

    Examples
    --------
    >>> _family("numeric(10, 2)") == _family("bigint"), _family("text") == _family("bigint")
    (True, False)
    """
    return next((family for family, types in FAMILIES.items() if declared.startswith(types)), declared)
