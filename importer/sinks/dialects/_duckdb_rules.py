"""The rules of a DuckDB table: `Rules`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from importer.core import Table

__all__ = ["Pointer", "Rules"]

HERE = "lower(table_name) = lower(?) AND schema_name = 'main' AND database_name = current_database()"


EXACT = (
    *("VARCHAR", "DECIMAL", "DATE", "TIMESTAMP", "BOOLEAN", "UUID", "FLOAT", "DOUBLE"),
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"),
)
"""Types whose values are unique if they are not equal, as an index sees them: -0 is 0, and NaN is NaN."""


class _File(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...


class _Unique(NamedTuple):
    columns: tuple[str, ...]
    kind: str
    """What DuckDB calls it."""


class Pointer(NamedTuple):
    """A foreign key; its parent may be the table itself."""

    own: tuple[str, ...]
    parent: str
    theirs: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What rows of a table may break.

    Attributes
    ----------
    alone
        For each CHECK or NOT NULL, an expression that is 1 for a row that breaks it.
    unique
        Columns that are unique together, but for the key.
    pointers
        Foreign keys.
    """

    alone: tuple[str, ...]
    unique: tuple[_Unique, ...]
    pointers: tuple[Pointer, ...]

    @classmethod
    def of(cls, file: _File, table: Table, types: Mapping[str, str], *, has_collations: bool) -> Rules | None:
        """The rules of a table; None if they may not be compared as DuckDB does."""
        names, key = {column.name.casefold() for column in table.columns}, {name.casefold() for name in table.key}
        alone, unique, pointers, knows_all = list[str](), list[_Unique](), list[Pointer](), True
        for kind, expression, of, parent, theirs in file.execute(
            "SELECT constraint_type, expression, constraint_column_names, referenced_table, referenced_column_names "
            f"FROM duckdb_constraints() WHERE {HERE}",
            [table.name],
        ):
            columns = {name.casefold() for name in of}
            if kind == "CHECK":
                alone += [f"CASE WHEN NOT {expression} THEN 1 ELSE 0 END"] if columns <= names else []
                knows_all = knows_all and columns <= names
            elif kind == "NOT NULL":
                alone += [f"CASE WHEN {file.quote(name)} IS NULL THEN 1 ELSE 0 END" for name in of if columns <= names]
            elif kind in {"PRIMARY KEY", "UNIQUE"} and columns != key:
                unique.append(_Unique(tuple(of), kind.lower()))
            elif kind == "FOREIGN KEY":
                is_own = parent.casefold() == table.name.casefold()
                pointers.append(Pointer(tuple(of), parent, tuple(theirs), is_own))
        indexes = file.execute(f"SELECT expressions FROM duckdb_indexes() WHERE {HERE} AND is_unique", [table.name])
        for (text,) in indexes:
            of = tuple(part.strip("'").strip('"') for part in str(text).strip("[]").split(", "))
            unique.append(_Unique(of, "unique"))
        compared = [name.casefold() for one in unique for name in one.columns]
        compared += [name.casefold() for one in pointers for name in (*one.own, *(one.theirs if one.is_own else ()))]
        is_usual = names.issuperset(compared) and all(types[name].startswith(EXACT) for name in compared)
        if compared and not (knows_all and is_usual and not has_collations):
            return None
        return cls(alone=tuple(alone), unique=tuple(unique), pointers=tuple(pointers))
