"""What a job changed in its table, kept beside its checkpoint until the job is undone: `UndoLog`, `UndoLogs`."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import OptionError, SinkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core import Claim, Table, Written
    from importer.sinks._dialect import Dialect

__all__ = ["UNDO", "UndoLog", "UndoLogs", "is_undo_table", "undo_limits"]

UNDO = "_importer_undo"
"""Name of the table with a row for each job, and how the names of the logs begin."""

MOST_ROWS, MOST_BYTES = 1_000_000, 1_000_000_000
"""Rows and bytes of all logs of a table, unless ``IMPORTER_UNDO_ROWS`` and ``IMPORTER_UNDO_BYTES`` say otherwise."""

ROW_BYTES = 32
"""About what a row takes on the disk besides its values."""


def is_undo_table(name: str) -> bool:
    """Whether a table of this name keeps what undoes an import.

    Examples
    --------
    >>> is_undo_table("_importer_undo_4c1d8a520b6e4f7a9c3d2e5f8a7b6c1d"), is_undo_table("orders")
    (True, False)
    """
    return name.casefold().startswith(UNDO)


def undo_limits() -> tuple[int, int]:
    """Rows and bytes that the logs of one table may have together.

    Raises
    ------
    OptionError
        If ``IMPORTER_UNDO_ROWS`` is no number of rows, or ``IMPORTER_UNDO_BYTES`` none of bytes.
    """
    return _limit("IMPORTER_UNDO_ROWS", "rows", MOST_ROWS), _limit("IMPORTER_UNDO_BYTES", "bytes", MOST_BYTES)


def _limit(option: str, unit: str, default: int) -> int:
    text = os.environ.get(option, str(default))
    if not (text.isascii() and text.isdigit()):
        raise OptionError(f"{option} must be a number of {unit}, not {text!r}", facts={"option": option, "value": text})
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The log of another job of the table."""

    job_id: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLog:
    """The log of one job: a table of the target database.

    It has a row for each row that the job created (``op`` is ``c``), and two for each that it updated: as it was before
    (``b``) and after (``a``), all as the database stored them. A later statement has a higher ``turn``. The columns
    ``c1``, ``c2``, … are those of the table.

    Attributes
    ----------
    name, table
        Names of the log and of the table.
    columns, key
        The columns of the table that can be written, and those of its key.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The columns of the log, in the order of `columns`."""
        return [f"c{number}" for number in range(1, len(self.columns) + 1)]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """The columns of the key: the name in the table and that in the log."""
        there = dict(zip(map(str.casefold, self.columns), zip(self.columns, self.names, strict=True), strict=True))
        return [there[name.casefold()] for name in self.key]

    def written_by(self, table: Table) -> dict[str, str]:
        """Names in the log of those columns that are in a chunk, by their names there."""
        given = {column.name.casefold(): column.name for column in table.columns}
        pairs = zip(self.columns, self.names, strict=True)
        return {given[name.casefold()]: held for name, held in pairs if name.casefold() in given}

    def missing_from(self, table: Table) -> list[tuple[str, str]]:
        """Columns that a chunk lacks: the name in the table and that in the log."""
        given = {column.name.casefold() for column in table.columns}
        return [pair for pair in zip(self.columns, self.names, strict=True) if pair[0].casefold() not in given]


class UndoLogs:
    """The logs of one table, and the log of one job that is being written.

    Parameters
    ----------
    dialect
        The database.

    Attributes
    ----------
    refusal
        Why the job cannot be undone, as a word; None if it can.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._job_id = ""
        self._log: UndoLog | None = None
        self._rows, self._bytes, self._limits = 0, 0.0, (MOST_ROWS, MOST_BYTES)
        self._others: list[_Kept] = []
        self._can_be_made = True
        self.refusal: str | None = "off"

    def open(self, claim: Claim | None) -> None:
        """Begin with a job, or with none that can be undone."""
        self._job_id = "" if claim is None else claim.job_id
        self._log, self.refusal = None, "off"

    def make(self, *, is_wanted: bool) -> None:
        """Make the table with a row for each job if it is missing."""
        dialect = self._dialect
        if not self._job_id or not is_wanted or not dialect.logs_changes or dialect.kind(UNDO) is not None:
            return
        self._can_be_made = dialect.create_checkpoints(
            f"CREATE TABLE IF NOT EXISTS {self._register} (job_id VARCHAR(36) PRIMARY KEY, "
            "table_name VARCHAR(200) NOT NULL, table_columns TEXT NOT NULL, key_columns TEXT NOT NULL, "
            "log_rows BIGINT NOT NULL, refusal VARCHAR(20), undone_by VARCHAR(36), made_at TIMESTAMP NOT NULL)"
        )

    def empty(self, table: str) -> None:
        """Drop the logs of a table whose rows are gone."""
        dialect = self._dialect
        if not dialect.logs_changes or dialect.kind(UNDO) is None:
            return
        try:
            with dialect.savepoint():
                kept = self._kept(table)
        except dialect.errors as exc:
            if dialect.failed(exc).code != "permission-denied":
                raise
            return
        for one in kept:
            self._drop(one.job_id, "emptied")

    def prepare(self, table: Table, *, is_wanted: bool, is_begun: bool, is_replaced: bool) -> None:
        """Have the database log what is written from now on, in the open transaction.

        Parameters
        ----------
        is_wanted
            Whether the job is to be undone at all.
        is_begun
            Whether rows of the job are in the table already.
        is_replaced
            Whether the job has replaced rows that were there.
        """
        dialect = self._dialect
        if not dialect.logs_changes:
            self.refusal = "not-kept"
            return
        dialect.log_into(None)
        if not self._job_id:
            return
        if not is_wanted or not table.key:
            self.refusal = "off" if not is_wanted else "replaced" if is_replaced else "no-key"
            return
        self.refusal, self._limits = None, undo_limits()
        if not self._can_be_made:
            self.refusal = "permission"
            return
        try:
            with dialect.savepoint():
                log = self._begun(table, is_begun=is_begun, is_replaced=is_replaced)
        except dialect.errors as exc:
            # Somebody else made the table with a row for each job.
            if dialect.failed(exc).code != "permission-denied":
                raise
            self.refusal = "permission"
            return
        if self.refusal is None:
            self._log = log
            dialect.log_into(log)

    def _begun(self, table: Table, *, is_begun: bool, is_replaced: bool) -> UndoLog:
        """The job's log, which is made if the job begins, and why it is not kept."""
        dialect, columns = self._dialect, self._dialect.columns(table.name)
        log = UndoLog(
            name=log_name(self._job_id),
            table=table.name,
            columns=tuple(column.name for column in columns),
            key=table.key,
        )
        shown = json.dumps([[column.name, column.declared] for column in columns], ensure_ascii=False)
        sql = f"SELECT table_columns, log_rows, refusal FROM {self._register} WHERE job_id = ?"
        if found := dialect.execute(sql, [self._job_id]):
            [(before, self._rows, self.refusal)] = found
            if self.refusal is None and (before != shown or dialect.kind(log.name) is None):
                self._drop(self._job_id, "columns")
                self.refusal = "columns"
        else:
            self.refusal = "replaced" if is_replaced else "off" if is_begun else self._created(log)
            self._rows = 0
            dialect.execute(
                f"INSERT INTO {self._register} VALUES (?, ?, ?, ?, 0, ?, NULL, CURRENT_TIMESTAMP)",
                [self._job_id, table.name, shown, json.dumps(list(table.key), ensure_ascii=False), self.refusal],
            )
        kept = self._kept(table.name)
        self._others = [one for one in kept if one.job_id != self._job_id]
        self._bytes = float(sum(one.bytes for one in kept if one.job_id == self._job_id))
        return log

    def commit(self, written: Written, row_bytes: float) -> None:
        """Note how long the log is, in the open transaction, and drop what is too much.

        Parameters
        ----------
        written, row_bytes
            What was written since the last commit, and the bytes of the values of one such row.
        """
        added = written.created + 2 * written.updated
        if self._log is None or not added:
            return
        self._rows += added
        self._bytes += added * (row_bytes + ROW_BYTES)
        while self._others and self._excess(self._others) is not None:
            self._drop(self._others.pop(0).job_id, "room")
        if (why := self._excess()) is not None:
            self._dialect.log_into(None)
            self._drop(self._job_id, why)
            self._log, self.refusal = None, why
            return
        sql = f"UPDATE {self._register} SET log_rows = ? WHERE job_id = ?"
        self._dialect.execute(sql, [self._rows, self._job_id])

    def _excess(self, others: Sequence[_Kept] = ()) -> str | None:
        """Which limit the log and these others exceed."""
        most_rows, most_bytes = self._limits
        if self._rows + sum(one.rows for one in others) > most_rows:
            return "size"
        return "bytes" if self._bytes + sum(one.bytes for one in others) > most_bytes else None

    def _created(self, log: UndoLog) -> str | None:
        """Make the log, or say why not."""
        dialect = self._dialect
        if dialect.most_columns is not None and len(log.columns) + 2 > dialect.most_columns:
            return "width"
        try:
            with dialect.savepoint():
                dialect.execute(f"DROP TABLE IF EXISTS {dialect.target(log.name)}")
                dialect.create_log(log)
        except dialect.errors as exc:
            if dialect.failed(exc).code != "permission-denied":
                raise
            return "permission"
        return None

    def _kept(self, table: str) -> list[_Kept]:
        """The jobs of the table that have a log, the oldest first."""
        is_table = "table_name = ?" if self._dialect.case_sensitive_names else "lower(table_name) = lower(?)"
        where = f"WHERE {is_table} AND refusal IS NULL ORDER BY made_at, job_id"
        found = self._dialect.execute(f"SELECT job_id, log_rows FROM {self._register} {where}", [table])
        return [
            _Kept(job_id=str(job_id), rows=int(rows), bytes=self._dialect.bytes_of(log_name(str(job_id))))
            for job_id, rows in found
        ]

    def _drop(self, job_id: str, why: str) -> None:
        """Drop the log of a job, unless it is somebody else's."""
        dialect = self._dialect
        with suppress(SinkError, *dialect.errors), dialect.savepoint():
            dialect.execute(f"DROP TABLE IF EXISTS {dialect.target(log_name(job_id))}")
            dialect.execute(f"UPDATE {self._register} SET refusal = ?, log_rows = 0 WHERE job_id = ?", [why, job_id])

    @property
    def _register(self) -> str:
        return self._dialect.target(UNDO)


def log_name(job_id: str) -> str:
    """The name of a job's log."""
    return f"{UNDO}_{job_id.replace('-', '')}"


def same(dialect: Dialect, pairs: Sequence[tuple[str, str]]) -> str:
    """Condition that columns are exactly the same."""
    return " AND ".join(dialect.is_exactly(one, other) for one, other in pairs) or "TRUE"
