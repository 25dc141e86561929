"""An existing table is emptied, so that a file replaces its rows: `empty`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from importer.errors import Fix, SinkError

if TYPE_CHECKING:
    from importer.sinks._dialect import Dialect

__all__ = ["Reference", "empty", "raise_for_hanging"]


class Reference(NamedTuple):
    """A foreign key of another table.

    Attributes
    ----------
    table, target
        The table that has it, by name, and as a statement needs it.
    columns
        Its columns there; a row in which they are all filled points at a row.
    wanted
        The columns that they point at.
    """

    table: str
    target: str
    columns: tuple[str, ...]
    wanted: tuple[str, ...] = ()


def raise_for_hanging(dialect: Dialect, table: str) -> None:
    """Do nothing if the rows of the table can be deleted without any effect on another table.

    Raises
    ------
    SinkError
        If rows of another table point at them, or a trigger runs when they are deleted.
    """
    another = Fix("table", ..., "to use another one")
    found = [one.table for one in dialect.references(table) if _points(dialect, one)]
    if found:
        named = ", ".join(map(repr, dict.fromkeys(found)))
        raise SinkError(
            f"rows of {named} point at rows of {table!r}, so these cannot be replaced",
            code="table-referenced",
            facts={"table": table, "tables": found},
            fixes=[Fix("if_table_exists", "append", "with a key, to update the rows that are there"), another],
        )
    if triggers := dialect.delete_triggers(table):
        raise SinkError(
            f"deleting the rows of {table!r} runs the trigger {', '.join(map(repr, triggers))}, which may change other "
            "tables",
            code="table-has-triggers",
            facts={"table": table, "triggers": triggers},
            fixes=["empty the table yourself", another],
        )


def empty(dialect: Dialect, table: str) -> None:
    """Delete all rows, in the open transaction; everything else about the table stays.

    Raises
    ------
    SinkError
        If the database kept rows.
    """
    target = dialect.target(table)
    dialect.execute(f"DELETE FROM {target}")
    if dialect.execute(f"SELECT 1 FROM {target} LIMIT 1"):
        raise SinkError(
            f"the database kept rows of {table!r} that were to be replaced",
            code="table-not-emptied",
            facts={"table": table},
            fixes=["look at the rules of the table"],
        )


def _points(dialect: Dialect, reference: Reference) -> bool:
    filled = " AND ".join(f"{dialect.quote(column)} IS NOT NULL" for column in reference.columns)
    return bool(dialect.execute(f"SELECT 1 FROM {reference.target} WHERE {filled} LIMIT 1"))
