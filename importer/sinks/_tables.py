"""The target table in any SQL database: made from the schema where missing, checked against it where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.errors import SinkError, TableExistsError, TableMismatchError, choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from importer.core import IfTableExists, Table
    from importer.sinks._described import Column

__all__ = ["Catalog", "names", "prepare", "quoted"]


class Catalog(Protocol):
    """What one kind of database knows of its tables."""

    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None where the name is free."""
        ...

    def columns(self, table: str) -> list[Column]:
        """The columns that can be written."""
        ...

    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""
        ...

    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""
        ...

    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether a column declared so would change values of that type, or could not take them."""
        ...

    def execute(self, sql: str) -> object:
        """Run a statement."""
        ...


def quoted(name: str) -> str:
    """Name as an SQL identifier.

    Raises
    ------
    SinkError
        Where no table or column can have this name.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    if not name or "\x00" in name:
        raise SinkError(f"{name!r} cannot be the name of a table or a column. Rename it")
    return '"' + name.replace('"', '""') + '"'


def names(columns: Iterable[str]) -> str:
    """Quoted names with commas between.

    Examples
    --------
    >>> names(["a", "b"])
    '"a", "b"'
    """
    return ", ".join(map(quoted, columns))


def prepare(catalog: Catalog, table: Table, if_exists: IfTableExists | None) -> None:
    """Make the table, or check that the one there can take the rows.

    Raises
    ------
    TableExistsError
        Where it is there and must not be.
    TableMismatchError
        Where it cannot take the rows.
    """
    kind = catalog.kind(table.name)
    if kind is None:
        _create(catalog, table)
    elif kind == "view":
        raise TableMismatchError(f"{table.name!r} is a view. Name another table")
    elif if_exists == "fail" or (if_exists is None and not table.key):
        why = "" if if_exists == "fail" else ", and without a key a second run would double its rows"
        raise TableExistsError(
            f"the table {table.name!r} exists already{why}. "
            "Give a key, or say if_table_exists='append' or 'replace', or name another table"
        )
    elif if_exists == "replace":
        catalog.execute(f"DROP TABLE {quoted(table.name)}")
        _create(catalog, table)
    else:
        _check_columns(catalog, table)
        _check_unique(catalog, table)


def _create(catalog: Catalog, table: Table) -> None:
    lines = [
        f"{quoted(column.name)} {catalog.declared(column.dtype)}"
        + ("" if column.nullable else " NOT NULL")
        + (" UNIQUE" if column.unique and table.key != (column.name,) else "")
        for column in table.columns
    ]
    if table.key:
        lines.append(f"PRIMARY KEY ({names(table.key)})")
    catalog.execute(f"CREATE TABLE {quoted(table.name)} ({', '.join(lines)})")


def _check_columns(catalog: Catalog, table: Table) -> None:
    there = {column.name.casefold(): column for column in catalog.columns(table.name)}
    for wanted in table.columns:
        found = there.pop(wanted.name.casefold(), None)
        if found is None:
            have = choices(wanted.name, [column.name for column in catalog.columns(table.name)])
            raise TableMismatchError(
                f"the table {table.name!r} has no column {wanted.name!r}: {have}. "
                "Add the column, or leave it out of the schema"
            )
        if catalog.bends(wanted.dtype, found.declared):
            raise TableMismatchError(
                f"the column {found.name!r} of {table.name!r} is {found.declared}, the schema makes it {wanted.dtype}. "
                "Change the schema to the table's type, or the table"
            )
    for column in there.values():
        if column.is_required:
            raise TableMismatchError(
                f"the column {column.name!r} of {table.name!r} must not be empty and has no default, "
                "but nothing fills it. Map a header to it, or give it a default"
            )


def _check_unique(catalog: Catalog, table: Table) -> None:
    """Every key and every unique column needs an index that keeps it so."""
    there = [{column.casefold() for column in columns} for columns in catalog.unique(table.name)]
    for columns in [table.key, *((column.name,) for column in table.columns if column.unique)]:
        if columns and {column.casefold() for column in columns} not in there:
            index = f"{quoted(table.name + '_key')} ON {quoted(table.name)} ({names(columns)})"
            raise TableMismatchError(
                f"nothing keeps ({names(columns)}) unique in the table {table.name!r}. "
                f"Make an index first: CREATE UNIQUE INDEX {index}, or give another key"
            )
