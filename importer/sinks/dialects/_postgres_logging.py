"""What an import changes in a table of PostgreSQL, logged by the statements that change it: `Logging`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from importer.sinks._packing import packed, unpacked
from importer.sinks.dialects._postgres_types import is_settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core import Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._undo_log import UndoLog

__all__ = ["Logging", "UnseenError"]

Copy = Callable[[pl.DataFrame, str], object]
"""Copies rows into a table of the same columns."""


FEW = 4
"""A chunk is kept packed if at least one in so many of its rows is updated."""


class UnseenError(Exception):
    """A row was updated that nobody saw before."""


class Logging:
    """Logs what each statement changes.

    A chunk of created rows is kept as one packed value (``op`` is ``p``). So is one that updates many rows (``q``), of
    which those count that were there before. An undo unpacks both first.

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
        self._turn, self._before = int(last), 0
        self._packed: bytes | None = None

    @staticmethod
    def make(dialect: Dialect, log: UndoLog) -> None:
        """Make the log, with the types of the table."""
        columns = ", ".join(f"{dialect.quote(name)} AS {at}" for name, at in zip(log.columns, log.names, strict=True))
        made = dialect.target(log.name)
        dialect.execute(f"CREATE TABLE {made} AS SELECT {columns} FROM {dialect.target(log.table)} WITH NO DATA")
        dialect.execute(
            f"ALTER TABLE {made} ADD turn bigint NOT NULL, ADD op \"char\" NOT NULL DEFAULT 'c', ADD packed bytea"
        )
        # It is compressed already.
        dialect.execute(f"ALTER TABLE {made} ALTER packed SET STORAGE EXTERNAL")

    @staticmethod
    def unpack(dialect: Dialect, log: UndoLog, copy: Copy) -> None:
        """Make rows of the log of those that are packed, in the open transaction."""
        into = dialect.target(log.name)
        for (turn,) in dialect.execute(f"SELECT turn FROM {into} WHERE op = 'p' ORDER BY turn"):
            [(value,)] = dialect.execute(f"SELECT packed FROM {into} WHERE op = 'p' AND turn = ?", [turn])
            copy(unpacked(value, log).with_columns(turn=pl.lit(int(turn))), into)
        dialect.execute(f"DELETE FROM {into} WHERE op = 'p'")
        for (turn,) in dialect.execute(f"SELECT turn FROM {into} WHERE op = 'q' ORDER BY turn"):
            [(value,)] = dialect.execute(f"SELECT packed FROM {into} WHERE op = 'q' AND turn = ?", [turn])
            rows = unpacked(value, log)
            copy(rows.with_columns(turn=pl.lit(int(turn)), op=pl.lit("w")), into)
            # The spelling of the key, and what the chunk lacks, stay as they were.
            stays = sorted({at for _, at in log.keys} | {*log.names} - {*rows.columns})
            sets = ", ".join(f"{at} = b.{at}" for at in stays)
            same = " AND ".join(f"w.{at} = b.{at}" for _, at in log.keys)
            dialect.execute(
                f"UPDATE {into} w SET op = 'a', {sets} FROM {into} b WHERE {same} "
                "AND w.turn = ? AND b.turn = w.turn AND w.op = 'w' AND b.op = 'b'",
                [turn],
            )
        dialect.execute(f"DELETE FROM {into} WHERE op IN ('q', 'w')")

    def created(self, table: Table, frame: pl.DataFrame, kinds: Mapping[str, str], copy: Copy) -> bool:
        """Log the rows of a chunk that were all created, and return whether that is done.

        It is not if the table may hold something else: what a trigger has made of them, or defaults.

        Parameters
        ----------
        kinds
            The types of the columns.
        """
        if self._has_triggers or self._log.missing_from(table):
            return False
        self._turn += 1
        held = self._log.written_by(table)
        if _are_settled(frame, held, kinds):
            self._keep("p", packed(frame, held))
        else:
            copy(frame.select([*held]).rename(held).with_columns(turn=pl.lit(self._turn)), self.into)
        return True

    def inserted(self, stage: str) -> None:
        """Log staged rows that were all created."""
        columns, keys = self._dialect.names(self._log.columns, "t."), self._on("s", "t")
        self._turn += 1
        self._dialect.execute(
            f"INSERT INTO {self.into} (turn, {self._names}) "
            f"SELECT {self._turn}, {columns} FROM {stage} s JOIN {self._target} t ON {keys}"
        )

    def begin(
        self, table: Table, stage: str, differs: str | None, frame: pl.DataFrame | None, kinds: Mapping[str, str]
    ) -> None:
        """Log the rows that are to be updated, as they are before; they are locked, so that nobody is between.

        Parameters
        ----------
        stage, differs
            Where the rows are, and whether one updates a row; None if it never does.
        frame, kinds
            The staged rows, if they may be kept packed, and the types of the columns.
        """
        self._turn += 1
        self._before, self._packed = 0, None
        if differs is not None:
            # Without it the server may read the whole table for each chunk.
            self._dialect.execute(f"ANALYZE {stage}")
            self._before = self._dialect.change(
                f"WITH there AS (SELECT {self.returned} FROM {self._target} t JOIN {stage} excluded "
                f"ON {self._on('excluded', 't')} WHERE {differs} FOR NO KEY UPDATE OF t) "
                f"INSERT INTO {self.into} (turn, op, {self._names}) SELECT {self._turn}, 'b', {self._names} FROM there"
            )
        if frame is None or self._has_triggers or self._before * FEW < frame.height:
            return
        held = self._log.written_by(table)
        if _are_settled(frame, held, kinds):
            self._packed = packed(frame, held)

    @property
    def returned(self) -> str:
        """What the statement that writes has to return besides ``is_new``."""
        pairs = zip(self._log.columns, self._log.names, strict=True)
        return ", ".join(f"t.{self._dialect.quote(name)} AS {at}" for name, at in pairs)

    @property
    def part(self) -> str:
        """A part of the statement whose part ``written`` writes: it logs what that returns."""
        new = " WHERE is_new" if self._packed is not None else ""
        return (
            f", logged AS (INSERT INTO {self.into} (turn, op, {self._names}) "
            f"SELECT {self._turn}, CASE WHEN is_new THEN 'c' ELSE 'a' END::\"char\", {self._names} FROM written{new})"
        )

    def end(self, updated: int) -> None:
        """Log what triggers have made of the rows of the statement, and which of them nobody saw before.

        Parameters
        ----------
        updated
            How many rows the statement has updated.

        Raises
        ------
        UnseenError
            If another program has made a row in this moment, so that the rows cannot be kept packed.
        """
        if self._packed is not None:
            if updated != self._before:
                raise UnseenError
            self._keep("q", self._packed)
            return
        if self._has_triggers or updated != self._before:
            same = " AND ".join(f"l.{at} = o.{at}" for _, at in self._log.keys)
            lacks = f"l.turn = {self._turn} AND NOT EXISTS (SELECT FROM {self.into} o WHERE o.turn = l.turn AND {same}"
            # A trigger has kept a row from being updated.
            self._dialect.execute(f"DELETE FROM {self.into} l WHERE l.op = 'b' AND {lacks} AND o.op = 'a')")
            # Another program has made a row in this moment.
            self._dialect.execute(
                f"INSERT INTO {self.into} (turn, op, {self._names}) SELECT l.turn, 'x', {self._names} "
                f"FROM {self.into} l WHERE l.op = 'a' AND {lacks} AND o.op = 'b')"
            )
        if self._has_triggers:
            pairs = zip(self._log.columns, self._log.names, strict=True)
            sets = ", ".join(f"{at} = t.{self._dialect.quote(name)}" for name, at in pairs)
            keys = " AND ".join(f"t.{self._dialect.quote(name)} = l.{at}" for name, at in self._log.keys)
            self._dialect.execute(
                f"UPDATE {self.into} l SET {sets} FROM {self._target} t "
                f"WHERE {keys} AND l.turn = {self._turn} AND l.op IN ('a', 'c')"
            )

    def _keep(self, op: str, value: bytes) -> None:
        self._dialect.execute(f"INSERT INTO {self.into} (turn, op, packed) VALUES (?, ?, ?)", [self._turn, op, value])

    def _on(self, one: str, other: str) -> str:
        quote = self._dialect.quote
        return " AND ".join(f"{one}.{quote(name)} = {other}.{quote(name)}" for name in self._log.key)


def _are_settled(frame: pl.DataFrame, held: Iterable[str], kinds: Mapping[str, str]) -> bool:
    """Whether the values of these columns are the same in the table and in the log, whenever they are written."""
    return all(is_settled(frame[name].dtype, kinds[name]) for name in held)
