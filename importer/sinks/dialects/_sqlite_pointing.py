"""Which foreign key of SQLite a row breaks: `pointing_nowhere`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.sinks.dialects._sqlite_types import bindable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.core import Table
    from importer.sinks._dialect import Dialect

__all__ = ["Pointer", "pointing_nowhere"]


class Pointer(NamedTuple):
    """What of a row points at no row of another table.

    Attributes
    ----------
    text
        The values and the table.
    column
        The column, None if there are several.
    """

    text: str
    column: str | None


class _Key(NamedTuple):
    parent: str
    own: list[str]
    wanted: list[str]


def pointing_nowhere(dialect: Dialect, table: Table, frame: pl.DataFrame) -> dict[int, Pointer]:
    """The first foreign key that each row breaks, by the position of the row."""
    found: dict[int, Pointer] = {}
    for parent, own, wanted in _keys(dialect, table):
        on = " AND ".join(f"{dialect.quote(name)} = ?" for name in wanted)
        sql = f"SELECT 1 FROM {dialect.target(parent)} WHERE {on}"

        @cache
        def is_there(values: tuple[Any, ...], sql: str = sql) -> bool:
            return None in values or bool(dialect.execute(sql, values))

        for at, values in enumerate(zip(*(bindable(frame[name]) for name in own), strict=True)):
            if at not in found and not is_there(values):
                text = ", ".join(f"{name} {value}" for name, value in zip(own, values, strict=True))
                found[at] = Pointer(f"{text} is not in the table {parent!r}", own[0] if len(own) == 1 else None)
    return found


def _keys(dialect: Dialect, table: Table) -> Iterator[_Key]:
    """The foreign keys of which all columns are filled."""
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, parent, column, wanted, *_ in dialect.execute(
        f"PRAGMA main.foreign_key_list({dialect.quote(table.name)})"
    ):
        keys.setdefault(number, []).append((parent, column, wanted))
    names = {column.name.casefold(): column.name for column in table.columns}
    for parts in keys.values():
        parent = parts[0][0]
        own = [names[column.casefold()] for _, column, _ in parts if column.casefold() in names]
        named = [name for _, _, name in parts if name is not None] or _key_of(dialect, parent)
        if len(own) == len(parts) == len(named):
            yield _Key(parent, own, named)


def _key_of(dialect: Dialect, table: str) -> list[str]:
    """Columns of the primary key, in order."""
    info = dialect.execute(f"PRAGMA main.table_info({dialect.quote(table)})")
    return [str(name) for _, name, *_, key in sorted(info, key=lambda each: each[-1]) if key]
