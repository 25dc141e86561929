"""An existing table as a schema: `schema_of`."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from importer.core import Table, masked
from importer.errors import SinkError, choices
from importer.schema import made
from importer.sinks._open import open_sink
from importer.sinks._sql import SqlSink

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import dataframely as dy
    import polars as pl

    from importer.sinks._protocol import Column, Sink

__all__ = ["columns_of", "columns_there", "schema_of", "schema_with"]


def schema_of(
    into: str | os.PathLike[str],
    table: str,
    *,
    columns: Iterable[str] | None = None,
    hints: Mapping[str, Mapping[str, Any]] | None = None,
) -> type[dy.Schema]:
    """Schema of an existing table: its types, its required columns, its primary key.

    An import with it fills the table's own columns, whatever the file calls them:
    ``importer.plan(file, into=into, table=table, schema=importer.schema_of(into, table))``.

    Parameters
    ----------
    into
        The database, as for `importer.plan`.
    table
        The table's name.
    columns
        Columns to write, by default all; the others keep their values, and new rows get their defaults.
    hints
        How the cells of a column are written, as a schema's ``metadata`` says it: ``{column: {hint: value}}``.

    Raises
    ------
    SinkError
        If the database cannot be reached, or has no such table or column.

    Examples
    --------
    >>> import importer, polars as pl, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> into = f"sqlite:///{folder.name}/shop.db"
    >>> orders = pl.DataFrame({"order_id": [1], "ordered": ["2025-01-31"]})
    >>> _ = importer.load(orders, into=into, table="orders", key="order_id", listeners=[])
    >>> importer.schema_of(into, "orders").columns()["ordered"].dtype
    Date
    >>> folder.cleanup()
    """
    there = columns_of(into, table)
    if not there:
        raise SinkError(
            f"{masked(into)!r} has no table {table!r}",
            code="table-missing",
            facts={"table": table},
            fixes=["import into it without a schema, which makes it"],
        )
    names = [column.name for column, _ in there]
    for name in (*(columns or ()), *(hints or ())):
        if name not in names:
            raise SinkError(f"the table {table!r} has no column {name!r}: {choices(name, names)}")
    wanted = names if columns is None else tuple(columns)
    return schema_with(table, [one for one in there if one[0].name in wanted], hints or {})


def columns_of(into: Any, table: str) -> tuple[tuple[Column, pl.DataType], ...]:  # noqa: ANN401 - a URL, a path, or a sink
    """Columns of an existing table with the types of their values; none if it or its types are unknown."""
    with closing(open_sink(into)) as sink:
        found = sink.open(Table(name=table, columns=())).columns
    return tuple((column, column.dtype) for column in found if column.dtype is not None)


def columns_there(into: str | os.PathLike[str] | Sink, table: str) -> tuple[Column, ...]:
    """Columns of an existing table; none if there is no such table, or a sink of your own is no database.

    Nothing is made, not even the file of a database.

    Raises
    ------
    SinkError
        If the database cannot be reached.
    """
    sink = open_sink(into) if isinstance(into, str | os.PathLike | SqlSink) else None
    if sink is None or (isinstance(sink, SqlSink) and not sink.dialect.is_there):
        return ()
    with closing(sink):
        return sink.open(Table(name=table, columns=())).columns


def rows_there(into: str | os.PathLike[str] | Sink, table: str) -> tuple[tuple[str, ...], int] | None:
    """The names of the columns of an existing table, and how many rows it has; None if there is no such table.

    Raises
    ------
    SinkError
        If the database cannot be reached.
    """
    sink = open_sink(into) if isinstance(into, str | os.PathLike | SqlSink) else None
    if not isinstance(sink, SqlSink) or not sink.dialect.is_there:
        return None
    with closing(sink):
        columns = sink.open(Table(name=table, columns=())).columns
        return (tuple(column.name for column in columns), sink.count()) if columns else None


def schema_with(
    table: str,
    columns: Iterable[tuple[Column, pl.DataType]],
    hints: Mapping[str, Mapping[str, Any]],
    *,
    key: Collection[str] | None = None,
) -> type[dy.Schema]:
    """A schema with these columns of a table, and with its primary key unless another key is given."""
    return made(
        table,
        {
            one.name: _column(one, dtype, hints.get(one.name), is_key=one.is_key if key is None else one.name in key)
            for one, dtype in columns
        },
    )


def _column(column: Column, dtype: pl.DataType, hints: Mapping[str, Any] | None, *, is_key: bool) -> dy.Column:
    import dataframely as dy

    kind: type[dy.Column] = getattr(dy, {"Boolean": "Bool"}.get(type(dtype).__name__, type(dtype).__name__))
    options = {name: getattr(dtype, name, None) for name in ("precision", "scale", "time_zone", "time_unit")}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    given |= {"primary_key": True} if is_key else {"nullable": not column.is_required}
    return kind(**given, metadata=dict(hints) if hints else None)
