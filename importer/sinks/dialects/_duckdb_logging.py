"""What an import changes in a table of DuckDB, logged by the statements that change it: `Logging`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core import Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._undo_log import UndoLog

__all__ = ["Logging"]

TURNS = 2**40
"""How far apart the turns of two statements are: more than a file has rows."""


class Logging:
    """Logs what each statement changes.

    DuckDB has no triggers, so the table holds what the log makes of the same rows: both have the same types.

    Parameters
    ----------
    dialect
        The connection, in a transaction.
    log
        Where to log.
    """

    def __init__(self, dialect: Dialect, log: UndoLog) -> None:
        self._dialect, self._log = dialect, log
        self._into = dialect.target(log.name)
        [(last,)] = dialect.execute(f"SELECT max(turn) FROM {self._into}")
        self._turn = int(last or 0) // TURNS * TURNS
        self._on = " AND ".join(
            f"{dialect.plainly(f't.{dialect.quote(name)}')} = {dialect.plainly(f'l.{at}')}" for name, at in log.keys
        )

    @staticmethod
    def make(dialect: Dialect, log: UndoLog) -> None:
        """Make the log, with the types of the table."""
        columns = ", ".join(f"{dialect.quote(name)} AS {at}" for name, at in zip(log.columns, log.names, strict=True))
        dialect.execute(
            f"CREATE TABLE {dialect.target(log.name)} AS SELECT 0::BIGINT AS turn, ''::VARCHAR AS op, {columns} "
            f"FROM {dialect.target(log.table)} LIMIT 0"
        )

    def inserted(self, table: Table, stage: str) -> None:
        """Log staged rows that were all created."""
        before = self._turn
        self._note_created(table, f"{stage} s")
        self._note_defaults(table, before)

    @contextmanager
    def merging(self, table: Table, stage: str, on: str, differs: str | None) -> Iterator[None]:
        """Log what is created and updated inside.

        Parameters
        ----------
        on, differs
            Whether a staged row ``s`` has the key of a row ``t`` of the table, and whether it updates it; None if it
            never does.
        """
        before, target = self._turn, f"{self._dialect.target(table.name)} t"
        columns = self._dialect.names(self._log.columns, "t.")
        if differs is not None:
            self._note("b", f"SELECT {self._number}, {columns} FROM {target} JOIN {stage} s ON {on} WHERE {differs}")
        self._note_created(table, f"{stage} s WHERE NOT EXISTS (SELECT 1 FROM {target} WHERE {on})")
        yield
        if differs is not None:
            updated = f"SELECT l.turn % {TURNS}, {columns} FROM {target} JOIN {self._into} l ON {self._on}"
            self._note("a", f"{updated} WHERE l.op = 'b' AND l.turn > {before}")
        self._note_defaults(table, before)

    def _note(self, op: str, rows: str) -> None:
        """Log the rows of a statement, which begin with a number, after those of the one before."""
        self._turn += TURNS
        names = ", ".join(self._log.names)
        self._dialect.execute(
            f"INSERT INTO {self._into} SELECT {self._turn} + n, '{op}', {names} FROM ({rows}) AS x (n, {names})"
        )

    @property
    def _number(self) -> str:
        return f"s.{self._dialect.quote(ROW)}"

    def _note_created(self, table: Table, staged: str) -> None:
        given = {at: self._dialect.quote(name) for name, at in self._log.written_by(table).items()}
        values = (f"s.{given[at]}" if at in given else "NULL" for at in self._log.names)
        self._note("c", f"SELECT {self._number}, {', '.join(values)} FROM {staged}")

    def _note_defaults(self, table: Table, before: int) -> None:
        """Log what created rows got in columns that the chunk lacks."""
        missing = self._log.missing_from(table)
        if missing:
            sets = ", ".join(f"{at} = t.{self._dialect.quote(name)}" for name, at in missing)
            self._dialect.execute(
                f"UPDATE {self._into} AS l SET {sets} FROM {self._dialect.target(table.name)} t "
                f"WHERE {self._on} AND l.op = 'c' AND l.turn > {before}"
            )
