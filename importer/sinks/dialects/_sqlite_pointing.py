"""Which foreign key of SQLite a row breaks: `pointing_nowhere`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl

from importer.sinks._staging import ROW
from importer.sinks.dialects._sqlite_types import bindable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from importer.core import Table

__all__ = ["Pointer", "pointing_nowhere"]

# As random as the name of the row, so that no column has it.
AT = f"{ROW} at"


class _File(Protocol):
    def execute(self, sql: str) -> list[tuple[Any, ...]]: ...

    def each(self, sql: str, values: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def target(self, table: str) -> str: ...


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


def pointing_nowhere(dialect: _File, table: Table, frame: pl.DataFrame) -> dict[int, Pointer]:
    """The first foreign key that each row breaks, by the position of the row."""
    found: dict[int, Pointer] = {}
    for key in _keys(dialect, table):
        parent, own, wanted = key
        on = " AND ".join(f"{dialect.quote(name)} = ?{at}" for at, name in enumerate(wanted, 2))
        sql = f"SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM {dialect.target(parent)} WHERE {on})"
        rows = frame.select(own).with_row_index(AT).drop_nulls()
        each = rows.unique(own, keep="any")
        nowhere = dialect.each(sql, zip(each[AT], *(bindable(each[name]) for name in own), strict=True))
        missing = each.filter(pl.col(AT).is_in([at for (at,) in nowhere])).select(own)
        rows = rows.join(missing, on=own, how="semi", maintain_order="left")
        for at, *values in zip(rows[AT], *(bindable(rows[name]) for name in own), strict=True):
            if at not in found:
                found[at] = _pointer(key, values)
    return found


def pointing_ahead(dialect: _File, table: Table, frame: pl.DataFrame) -> dict[int, Pointer]:
    """The foreign key of each row that is the table's own, by the position of the row, if it has just one."""
    found: dict[int, list[Pointer]] = {}
    for key in _keys(dialect, table):
        if key.parent.casefold() == table.name.casefold():
            rows = frame.select(key.own).with_row_index(AT).drop_nulls()
            for at, *values in zip(rows[AT], *(bindable(rows[name]) for name in key.own), strict=True):
                found.setdefault(at, []).append(_pointer(key, values))
    return {at: pointers[0] for at, pointers in found.items() if len(pointers) == 1}


def _pointer(key: _Key, values: Sequence[Any]) -> Pointer:
    text = ", ".join(f"{name} {value}" for name, value in zip(key.own, values, strict=True))
    return Pointer(f"{text} is not in the table {key.parent!r}", key.own[0] if len(key.own) == 1 else None)


def _keys(dialect: _File, table: Table) -> list[_Key]:
    """The foreign keys of which all columns are filled, those of the table's own last."""
    return sorted(_filled(dialect, table), key=lambda key: key.parent.casefold() == table.name.casefold())


def _filled(dialect: _File, table: Table) -> Iterator[_Key]:
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
        if len(set(own)) == len(parts) == len(named):
            yield _Key(parent, own, named)


def _key_of(dialect: _File, table: str) -> list[str]:
    """Columns of the primary key, in order."""
    info = dialect.execute(f"PRAGMA main.table_info({dialect.quote(table)})")
    return [str(name) for _, name, *_, key in sorted(info, key=lambda each: each[-1]) if key]
