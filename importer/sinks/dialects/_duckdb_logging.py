"""What an import changes in a table of DuckDB, logged by the statements that change it: `Logging`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.sinks._packing import packed, unpacked
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import polars as pl

    from importer.core import Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._undo_log import UndoLog

__all__ = ["Logging"]

TURNS = 2**40
"""How far apart the turns of two statements are: more than a file has rows."""


class Logging:
    """Logs what each statement changes.

    DuckDB has no triggers, so the table holds what the log makes of the same rows: both have the same types. A chunk of
    created rows is kept as one packed value (``op`` is ``p``), which takes a fraction of the time and of the room of
    the rows themselves; an undo unpacks it first.

    Parameters
    ----------
    dialect
        The connection, in a transaction.
    log
        Where to log.
    plain
        Columns of the key, in lower case, whose equal values are the same: comparing those takes less time.
    """

    def __init__(self, dialect: Dialect, log: UndoLog, plain: Collection[str] = ()) -> None:
        self._dialect, self._log = dialect, log
        self._into = dialect.target(log.name)
        [(last,)] = dialect.execute(f"SELECT max(turn) FROM {self._into}")
        self._turn = int(last or 0) // TURNS * TURNS
        self._on = " AND ".join(
            f"{there} = l.{at}"
            if name.casefold() in plain
            else f"{dialect.plainly(there)} = {dialect.plainly(f'l.{at}')}"
            for name, at in log.keys
            for there in [f"t.{dialect.quote(name)}"]
        )

    @staticmethod
    def make(dialect: Dialect, log: UndoLog) -> None:
        """Make the log, with the types of the table."""
        there = {column.name: column.declared for column in dialect.columns(log.table)}
        columns = ", ".join(f"{at} {there[name]}" for name, at in zip(log.columns, log.names, strict=True))
        # It is compressed already, and trying it again takes longer than all the rest.
        packed = "packed BLOB USING COMPRESSION uncompressed"
        dialect.execute(f"CREATE TABLE {dialect.target(log.name)} (turn BIGINT, op VARCHAR, {packed}, {columns})")

    @staticmethod
    def unpack(dialect: Dialect, log: UndoLog, stage: Callable[[pl.DataFrame], str]) -> None:
        """Make rows of the log of those that are packed, in the open transaction."""
        into, names = dialect.target(log.name), ", ".join(log.names)
        for (turn,) in dialect.execute(f"SELECT turn FROM {into} WHERE op = 'p' ORDER BY turn"):
            [(value,)] = dialect.execute(f"SELECT packed FROM {into} WHERE turn = ?", [turn])
            rows = unpacked(value, log, number="n")
            dialect.execute(
                f"INSERT INTO {into} (turn, op, {names}) SELECT {int(turn)} + n, 'c', {names} FROM {stage(rows)}"
            )
        dialect.execute(f"DELETE FROM {into} WHERE op = 'p'")

    def inserted(self, table: Table, stage: str, frame: pl.DataFrame) -> None:
        """Log staged rows that were all created."""
        held = self._log.written_by(table)
        if not self._log.missing_from(table):
            self._turn += TURNS
            # Its rows come after it, and before those of the next statement.
            self._dialect.execute(
                f"INSERT INTO {self._into} (turn, op, packed) VALUES (?, 'p', ?)",
                [self._turn, packed(frame, {ROW: "n", **held})],
            )
            return
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
            f"INSERT INTO {self._into} (turn, op, {names}) "
            f"SELECT {self._turn} + n, '{op}', {names} FROM ({rows}) AS x (n, {names})"
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
