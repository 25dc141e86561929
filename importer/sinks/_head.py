"""The first rows of a table: `head_of`."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._open import dialect_of, is_site

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from importer.sinks._dialect import Dialect

__all__ = ["Head", "head_of"]

ROWS, COLUMNS, LOOK_S = 5, 60, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first rows of a table.

    Attributes
    ----------
    columns
        The types of all columns by their names; None of a column whose type is unknown.
    rows
        The first rows, in the order of the database, with the values of the first columns as text.
    count
        How many rows the table has; None if nobody knows.
    is_exact
        Whether they are counted; otherwise the database estimates them.
    """

    columns: Mapping[str, pl.DataType | None]
    rows: tuple[tuple[str | None, ...], ...]
    count: int | None = None
    is_exact: bool = False


def head_of(
    into: str | os.PathLike[str],
    table: str,
    *,
    rows: int = ROWS,
    columns: int = COLUMNS,
    limit_s: float = LOOK_S,
) -> Head | None:
    """The first rows of a table; None if there is no such table.

    Nothing is made, not even the file of a database.

    Parameters
    ----------
    rows, columns
        How many are read.
    limit_s
        Longest time of a statement.

    Raises
    ------
    SinkError
        If the table cannot be read in time.

    Examples
    --------
    >>> import importer, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> into = f"sqlite:///{folder.name}/shop.db"
    >>> orders = pl.DataFrame({"id": [1, 2], "day": ["2025-01-31", None]})
    >>> _ = importer.load(orders, into=into, table="orders", listeners=[])
    >>> head_of(into, "orders", rows=1)
    Head(columns={'id': Int64, 'day': Date}, rows=(('1', '2025-01-31'),), count=2, is_exact=True)
    >>> folder.cleanup()
    """
    if is_site(into):
        from importer.sinks import wordpress

        dtypes, found, count = wordpress.head(str(into), table, rows)
        shown_rows = tuple(row[:columns] for row in found)
        return Head(columns=dtypes, rows=shown_rows, count=count, is_exact=count is not None)
    dialect, ends_at = dialect_of(into), time.monotonic() + limit_s
    if not dialect.is_there:
        return None
    with closing(dialect):
        try:
            dialect.connect()
            if dialect.kind(table) is None:
                return None
            dtypes = {one.name: one.dtype for one in dialect.columns(table)}
            shown = ", ".join(dialect.shown(dialect.quote(name)) for name in list(dtypes)[:columns])
            with dialect.stopping_after(limit_s):
                found = dialect.execute(f"SELECT {shown} FROM {dialect.target(table)} LIMIT {int(rows)}")
            count, is_exact = _counted(dialect, table, ends_at - time.monotonic())
        except dialect.errors as exc:
            raise dialect.failed(exc) from exc
    return Head(columns=dtypes, rows=tuple(_texts(row, dtypes) for row in found), count=count, is_exact=is_exact)


def _counted(dialect: Dialect, table: str, limit_s: float) -> tuple[int | None, bool]:
    """How many rows there are; about how many if they cannot be counted in time."""
    with suppress(*dialect.errors), dialect.stopping_after(max(limit_s, 0)):
        [[count]] = dialect.execute(f"SELECT count(*) FROM {dialect.target(table)}")
        return int(count), True
    return next((one.rows for one in dialect.tables() if one.name == table), None), False


def _texts(row: tuple[object, ...], dtypes: Mapping[str, pl.DataType | None]) -> tuple[str | None, ...]:
    """The values of a row; a database without truth values has 0 and 1 for them."""
    typed = zip(row, dtypes.values(), strict=False)
    return tuple(
        None
        if value is None
        else str(bool(value)).lower()
        if isinstance(dtype, pl.Boolean) and value in {0, 1}
        else str(value)
        for value, dtype in typed
    )
