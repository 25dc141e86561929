"""Which foreign key of SQLite a row breaks: `pointing_nowhere`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks._driver_errors import RefusedError
from importer.sinks.dialects._sqlite_types import bindable

if TYPE_CHECKING:
    import polars as pl

    from importer.core import Table
    from importer.sinks._dialect import Dialect

__all__ = ["pointing_nowhere"]


def pointing_nowhere(dialect: Dialect, table: Table, row: pl.DataFrame, refused: RefusedError) -> RefusedError:
    """The refusal of a row that points at none of another table, with the column and the value."""
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, parent, column, wanted, *_ in dialect.execute(
        f"PRAGMA main.foreign_key_list({dialect.quote(table.name)})"
    ):
        keys.setdefault(number, []).append((parent, column, wanted))
    names = {column.name.casefold(): column.name for column in table.columns}
    for parts in keys.values():
        parent = parts[0][0]
        own = [names[column.casefold()] for _, column, _ in parts if column.casefold() in names]
        named = [name for _, _, name in parts if name is not None]
        wanted = named or _key_of(dialect, parent)
        values = [value for name in own for value in bindable(row[name])]
        if len(own) < len(parts) or len(wanted) != len(parts) or None in values:
            continue
        on = " AND ".join(f"{dialect.quote(name)} = ?" for name in wanted)
        if not dialect.execute(f"SELECT 1 FROM {dialect.target(parent)} WHERE {on}", values):
            text = ", ".join(f"{name} {value}" for name, value in zip(own, values, strict=True))
            message = f"{text} is not in the table {parent!r}: {refused}"
            return RefusedError(refused.rule, message, own[0] if len(own) == 1 else None)
    return refused


def _key_of(dialect: Dialect, table: str) -> list[str]:
    """Columns of the primary key, in order."""
    info = dialect.execute(f"PRAGMA main.table_info({dialect.quote(table)})")
    return [str(name) for _, name, *_, key in sorted(info, key=lambda each: each[-1]) if key]
