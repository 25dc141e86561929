"""The target table in any SQL database: made from the schema if it is missing, else checked against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Fix, TableMismatchError, choices
from importer.sinks._limits import raise_if_too_wide

if TYPE_CHECKING:
    from importer.core import Table
    from importer.sinks._dialect import Dialect

__all__ = ["add_columns", "check", "create", "raise_for_view"]


def raise_for_view(table: Table, kind: str | None) -> None:
    """Raise an error if the table is a view.

    Raises
    ------
    TableMismatchError
        If it is.
    """
    if kind == "view":
        raise TableMismatchError(
            f"{table.name!r} is a view", code="table-is-view", facts={"table": table.name}, fixes=[Fix("table")]
        )


def create(dialect: Dialect, table: Table, *, is_temporary: bool = False) -> None:
    """Make the table; a temporary one goes away with its connection.

    Raises
    ------
    SinkError
        If the database has no tables of so many columns.
    """
    raise_if_too_wide(dialect, table.name, len(table.columns))
    lines = [
        f"{dialect.quote(column.name)} {dialect.declared_in(table, column)}"
        + ("" if column.nullable else " NOT NULL")
        + (" UNIQUE" if column.unique and table.key != (column.name,) else "")
        for column in table.columns
    ]
    if table.key:
        lines.append(f"PRIMARY KEY ({dialect.names(table.key)})")
    kind = "TEMPORARY TABLE" if is_temporary else "TABLE"
    dialect.execute(f"CREATE {kind} {dialect.target(table.name)} ({', '.join(lines)})")


def add_columns(dialect: Dialect, table: Table) -> None:
    """Add the columns that the existing table lacks; they may be empty.

    Raises
    ------
    SinkError
        If the database has no tables of so many columns.
    """
    there = {column.name.casefold() for column in dialect.columns(table.name)}
    raise_if_too_wide(dialect, table.name, len(there.union(column.name.casefold() for column in table.columns)))
    for column in table.columns:
        if column.name.casefold() not in there:
            declared = dialect.declared_in(table, column)
            dialect.execute(
                f"ALTER TABLE {dialect.target(table.name)} ADD COLUMN {dialect.quote(column.name)} {declared}"
            )


def check(dialect: Dialect, table: Table) -> None:
    """Check that the existing table can take the rows.

    Raises
    ------
    TableMismatchError
        If it cannot.
    """
    _check_columns(dialect, table)
    _check_unique(dialect, table)


def _check_columns(dialect: Dialect, table: Table) -> None:
    there = {column.name.casefold(): column for column in dialect.columns(table.name)}
    for wanted in table.columns:
        found = there.pop(wanted.name.casefold(), None)
        if found is None:
            have = choices(wanted.name, [column.name for column in dialect.columns(table.name)])
            raise TableMismatchError(
                f"the table {table.name!r} has no column {wanted.name!r}: {have}",
                code="column-missing",
                facts={"table": table.name, "column": wanted.name},
                fixes=[Fix("new_columns", "add", "to add it to the table"), "leave it out of the schema"],
            )
        if wanted.dtype != found.dtype and dialect.bends(wanted.dtype, found.declared):
            raise TableMismatchError(
                f"the column {found.name!r} of {table.name!r} is {found.declared}, the schema makes it {wanted.dtype}",
                code="column-type",
                facts={"table": table.name, "column": found.name, "declared": found.declared},
                fixes=["change the schema to the table's type", "change the table"],
            )
    for column in there.values():
        if column.is_required:
            raise TableMismatchError(
                f"the column {column.name!r} of {table.name!r} must not be empty and has no default, "
                "but nothing fills it",
                code="column-unfilled",
                facts={"table": table.name, "column": column.name},
                fixes=[Fix("mapping", {column.name: ...}), "give it a default"],
            )


def _check_unique(dialect: Dialect, table: Table) -> None:
    """Check that an index keeps the key and every unique column unique."""
    there = [{column.casefold() for column in columns} for columns in dialect.unique(table.name)]
    for columns in [table.key, *((column.name,) for column in table.columns if column.unique)]:
        if columns and {column.casefold() for column in columns} not in there:
            index = f"{dialect.quote(table.name + '_key')} ON {dialect.quote(table.name)} ({dialect.names(columns)})"
            raise TableMismatchError(
                f"nothing keeps ({dialect.names(columns)}) unique in the table {table.name!r}",
                code="key-not-unique",
                facts={"table": table.name, "columns": list(columns)},
                fixes=[f"make an index first: CREATE UNIQUE INDEX {index}", Fix("key", ..., "that is unique")],
            )
