"""Rows that break a rule of a DuckDB table alone: those that break the same rules are refused with the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from importer.core import Refusal, Table
    from importer.sinks._driver_errors import RefusedError

__all__ = ["refusing"]

MOST = 100
"""Sets of rules at most of which one row is tried."""

HERE = "lower(table_name) = lower(?) AND schema_name = 'main' AND database_name = current_database()"


class _File(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def stage(self, frame: pl.DataFrame) -> str: ...


def refusing(
    file: _File,
    table: Table,
    frame: pl.DataFrame,
    types: Mapping[str, str],
    tried: Callable[[pl.DataFrame], RefusedError | None],
) -> Iterator[Refusal]:
    """The rows that break a CHECK or NOT NULL.

    Parameters
    ----------
    file
        The database.
    table, frame, tried
        As for `Dialect.foreseen`.
    types
        Types of the columns, by their names in lower case.
    """
    broken = _broken(file, table)
    if not broken:
        return
    row, names = file.quote(ROW), [column.name for column in table.columns]
    cast = {name: f"TRY_CAST({file.quote(name)} AS {types[name.casefold()]})" for name in names}
    # What does not fit its column is refused for that.
    fits = " AND ".join(f"({file.quote(name)} IS NULL OR {cast[name]} IS NOT NULL)" for name in names)
    held = ", ".join(f"{cast[name]} AS {file.quote(name)}" for name in names)
    found = pl.DataFrame(
        file.execute(
            f"SELECT {row}, rules FROM (SELECT {row}, concat({', '.join(broken)}) AS rules FROM "
            f"(SELECT {row}, {held} FROM {file.stage(frame)} WHERE {fits})) WHERE contains(rules, '1') ORDER BY {row}"
        ),
        {ROW: frame[ROW].dtype, "rules": pl.String},
        orient="row",
    )
    for of_one in found.partition_by("rules", maintain_order=True)[:MOST]:
        refused = tried(frame.filter(pl.col(ROW) == of_one[ROW][0]))
        if refused is not None and (refused.rule == "missing-cell" or "CHECK constraint failed" in str(refused)):
            for number in of_one[ROW]:
                yield refused.refusal(number)


def _broken(file: _File, table: Table) -> list[str]:
    """For each rule, an expression that is ``'1'`` for a row that breaks it; none if other rules may come first."""
    names = {column.name.casefold() for column in table.columns}
    key = {name.casefold() for name in table.key}
    rules = []
    for kind, expression, of in file.execute(
        f"SELECT constraint_type, expression, constraint_column_names FROM duckdb_constraints() WHERE {HERE}",
        [table.name],
    ):
        columns = {name.casefold() for name in of}
        if kind == "CHECK" and columns <= names:
            rules.append(f"CASE WHEN NOT {expression} THEN 1 ELSE 0 END")
        elif kind == "NOT NULL":
            rules += [f"CASE WHEN {file.quote(name)} IS NULL THEN 1 ELSE 0 END" for name in of if columns <= names]
        elif kind not in {"PRIMARY KEY", "UNIQUE"} or columns != key:
            return []
    indexes = file.execute(f"SELECT 1 FROM duckdb_indexes() WHERE {HERE} AND is_unique", [table.name])
    return [] if indexes else rules
