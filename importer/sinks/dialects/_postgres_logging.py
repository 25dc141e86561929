"""What an import changes in a table of PostgreSQL, logged by the statements that change it: `Logging`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.core import Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._undo_log import UndoLog

__all__ = ["Logging"]


class Logging:
    """Logs what each statement changes.

    Parameters
    ----------
    dialect
        The connection, in a transaction.
    log
        Where to log.

    Attributes
    ----------
    into
        The log, as a statement needs it.
    """

    def __init__(self, dialect: Dialect, log: UndoLog) -> None:
        self._dialect, self._log = dialect, log
        self.into = dialect.target(log.name)
        self._names = ", ".join(log.names)
        self._has_triggers = dialect.has_triggers(log.table)
        self._target = dialect.target(log.table)
        [(last,)] = dialect.execute(f"SELECT coalesce(max(turn), 0) FROM {self.into}")
        self._turn = int(last)

    @staticmethod
    def make(dialect: Dialect, log: UndoLog) -> None:
        """Make the log, with the types of the table."""
        columns = ", ".join(f"{dialect.quote(name)} AS {at}" for name, at in zip(log.columns, log.names, strict=True))
        made = dialect.target(log.name)
        dialect.execute(f"CREATE TABLE {made} AS SELECT {columns} FROM {dialect.target(log.table)} WITH NO DATA")
        dialect.execute(f"ALTER TABLE {made} ADD turn bigint NOT NULL, ADD op \"char\" NOT NULL DEFAULT 'c'")

    def copied(self, table: Table) -> list[str] | None:
        """Columns of the log into which the rows of a chunk can be copied now as they were into the table.

        None if the table may hold something else: what a trigger has made of them, or defaults.
        """
        if self._has_triggers or self._log.missing_from(table):
            return None
        # A number from a sequence takes as long as a row.
        self._turn += 1
        self._dialect.execute(f"ALTER TABLE {self.into} ALTER turn SET DEFAULT {self._turn}")
        held = self._log.written_by(table)
        return [held[column.name] for column in table.columns]

    def inserted(self, stage: str) -> None:
        """Log staged rows that were all created."""
        columns, keys = self._dialect.names(self._log.columns, "t."), self._on("s", "t")
        self._turn += 1
        self._dialect.execute(
            f"INSERT INTO {self.into} (turn, {self._names}) "
            f"SELECT {self._turn}, {columns} FROM {stage} s JOIN {self._target} t ON {keys}"
        )

    def lock_updated(self, stage: str, differs: str) -> None:
        """Wait for other programs that are changing rows which are to be updated, so that nobody is between."""
        self._dialect.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {self._target} t JOIN {stage} excluded "
            f"ON {self._on('excluded', 't')} WHERE {differs} FOR UPDATE OF t) locked"
        )

    @property
    def returned(self) -> str:
        """What the statement that writes has to return besides ``is_new``."""
        pairs = zip(self._log.columns, self._log.names, strict=True)
        return ", ".join(f"t.{self._dialect.quote(name)} AS {at}" for name, at in pairs)

    def parts(self) -> str:
        """Parts of the statement whose part ``written`` writes: they log what it returns, and what was there before."""
        quote = self._dialect.quote
        keys = " AND ".join(f"t.{quote(name)} = w.{at}" for name, at in self._log.keys)
        key = quote(self._log.keys[0][0])
        self._turn += 1
        # Without a row before, another program has made it in this moment.
        return (
            f", after AS (INSERT INTO {self.into} (turn, op, {self._names}) "
            f"SELECT {self._turn}, CASE WHEN is_new THEN 'c' ELSE 'a' END::\"char\", {self._names} FROM written), "
            f"before AS (INSERT INTO {self.into} (turn, op, {self._names}) "
            f"SELECT {self._turn}, CASE WHEN t.{key} IS NULL THEN 'x' ELSE 'b' END::\"char\", "
            f"{', '.join(self._former(name, at) for name, at in zip(self._log.columns, self._log.names, strict=True))} "
            f"FROM written w LEFT JOIN {self._target} t ON {keys} WHERE NOT w.is_new)"
        )

    def _former(self, name: str, at: str) -> str:
        """A column before; of the key also if there was no row."""
        there = f"t.{self._dialect.quote(name)}"
        return f"coalesce({there}, w.{at})" if (name, at) in self._log.keys else there

    def reread(self) -> None:
        """Log what triggers have made of the rows of the last statement."""
        if self._has_triggers:
            pairs = zip(self._log.columns, self._log.names, strict=True)
            sets = ", ".join(f"{at} = t.{self._dialect.quote(name)}" for name, at in pairs)
            keys = " AND ".join(f"t.{self._dialect.quote(name)} = l.{at}" for name, at in self._log.keys)
            self._dialect.execute(
                f"UPDATE {self.into} l SET {sets} FROM {self._target} t "
                f"WHERE {keys} AND l.turn = {self._turn} AND l.op IN ('a', 'c')"
            )

    def _on(self, one: str, other: str) -> str:
        quote = self._dialect.quote
        return " AND ".join(f"{one}.{quote(name)} = {other}.{quote(name)}" for name in self._log.key)
