"""Checkpoints of jobs in a small table of the target database: `Checkpoints`."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import Checkpoint
from importer.errors import ResumeError, SinkError, StoreWarning, TakenOverError

if TYPE_CHECKING:
    from importer.core import Claim
    from importer.sinks._dialect import Dialect

__all__ = ["CHECKPOINTS", "Checkpoints"]

CHECKPOINTS = "_importer_checkpoints"
"""Name of the table: one row a job. A job whose row is deleted cannot be resumed."""


class Checkpoints:
    """The checkpoints of one table, and the claim of one job on its own.

    A row is only changed by the run that wrote it or claimed it last: each update compares the stored text,
    which holds the run's token, with the text that this run stored before.

    Parameters
    ----------
    dialect
        The database.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._claim: Claim | None = None
        self._is_kept = False
        self._is_refused = self._is_forgotten = False
        self._stored: str | None = None
        self._has_made = False

    def read(self, table: str, claim: Claim | None, *, table_exists: bool) -> dict[str, Checkpoint]:
        """Claim the job's own checkpoint, and return those of all jobs that wrote to the table.

        Raises
        ------
        SinkError
            If the connection was lost, and the database lets this user keep no checkpoints.
        """
        if claim is not None and not claim.takes_over and self._is_refused:
            raise SinkError(
                "the connection was lost, and this user may not keep checkpoints in the database, so it is not known "
                "whether the last chunk is in",
                code="checkpoints-refused",
                fixes=["look at what is in the table", f"ask for the right to write to {CHECKPOINTS}"],
            )
        self._claim, self._stored, self._has_made = claim, None, False
        dialect = self._dialect
        self._is_kept = dialect.kind(CHECKPOINTS) is not None
        if not self._is_kept:
            return {}
        sql = f"SELECT job_id, checkpoint FROM {self._name} WHERE {self._is_table}"
        found = dict(dialect.execute(sql, [table]))
        if not table_exists:
            self._stored = None if claim is None else found.get(claim.job_id)
            return {}
        while claim is not None and claim.job_id in found:
            own = _parsed(claim.job_id, found[claim.job_id])
            self._has_made = own is not None and own.made_table
            if own is None or own.owner == claim.owner or not claim.takes_over:
                self._stored = found[claim.job_id]
                break
            # Waits for a transaction of another run that is just being committed.
            claimed = replace(own, owner=claim.owner).as_text()
            if self._swap(found[claim.job_id], claimed):
                self._stored = found[claim.job_id] = claimed
                break
            found = dict(dialect.execute(sql, [table]))
        checkpoints = {job_id: _parsed(job_id, text) for job_id, text in found.items()}
        return {job_id: checkpoint for job_id, checkpoint in checkpoints.items() if checkpoint is not None}

    @property
    def is_begun(self) -> bool:
        """Whether rows of the job are in the table, as far as the target knows."""
        return self._stored is not None and not self._is_forgotten

    @property
    def has_made(self) -> bool:
        """Whether the job made its table, and a checkpoint of it keeps that."""
        return self._has_made and self._claim is not None

    def note_table(self, *, is_new: bool) -> None:
        """Note that the job makes its table, or that it replaces the rows of one."""
        self._has_made = is_new

    def make(self) -> None:
        """Make the table of checkpoints if it is missing."""
        if self._claim is None or self._is_kept:
            return
        create = (
            f"CREATE TABLE IF NOT EXISTS {self._name} (job_id VARCHAR(36) PRIMARY KEY, "
            "table_name VARCHAR(200) NOT NULL, checkpoint TEXT NOT NULL, written_at TIMESTAMP NOT NULL)"
        )
        if not self._dialect.create_checkpoints(create):
            self._claim, self._is_refused = None, True

    def raise_for_change(self) -> None:
        """Do nothing if the job's row is as this run knows it.

        Raises
        ------
        TakenOverError
            If a later run of the job has begun to write.
        ResumeError
            If somebody has deleted or changed the row.
        """
        if self._claim is not None and self._is_kept and self._found(self._claim) != self._stored:
            raise self._lost(self._claim)

    def forget(self, table: str) -> None:
        """Forget what was written to a table that no longer exists, but not what a later run of the job wrote.

        Raises
        ------
        TakenOverError
            If a later run of the job has begun to write.
        """
        self.raise_for_change()
        self._is_forgotten = True
        if self._claim is not None and self._is_kept:
            self._dialect.execute(f"DELETE FROM {self._name} WHERE {self._is_table}", [table])

    def has(self, table: str) -> bool:
        """Whether a job has committed rows to the table."""
        sql = f"SELECT 1 FROM {self._name} WHERE {self._is_table}"
        return self._dialect.kind(CHECKPOINTS) is not None and bool(self._dialect.execute(sql, [table]))

    def rename(self, before: str, after: str) -> None:
        """Note that a table has another name now."""
        if self.has(before):
            sql = f"UPDATE {self._name} SET table_name = ? WHERE {self._is_table}"
            self._dialect.execute(sql, [after, before])

    def delete(self, table: str) -> None:
        """Delete the checkpoints of a table at once."""
        if self.has(table):
            self._dialect.execute(f"DELETE FROM {self._name} WHERE {self._is_table}", [table])

    def store(self, checkpoint: Checkpoint, table: str) -> None:
        """Store how far the job is, in the open transaction.

        Raises
        ------
        TakenOverError
            If another run has claimed the job.
        ResumeError
            If somebody has deleted or changed the job's row.
        """
        if self._claim is None:
            return
        text = self._own(checkpoint, self._claim)
        if self._stored is None or self._is_forgotten:
            self._insert(table, text)
        elif not self._swap(self._stored, text):
            raise self._lost(self._claim)

    def committed(self, checkpoint: Checkpoint) -> None:
        """Note that the checkpoint is committed."""
        self._is_forgotten = False
        if self._claim is not None:
            self._stored = self._own(checkpoint, self._claim)

    def _own(self, checkpoint: Checkpoint, claim: Claim) -> str:
        return replace(checkpoint, owner=claim.owner, made_table=self._has_made).as_text()

    def _insert(self, table: str, text: str) -> None:
        claim, dialect = self._claim, self._dialect
        assert claim is not None  # noqa: S101 - only called with one
        insert = f"INSERT INTO {self._name} VALUES (?, ?, ?, CURRENT_TIMESTAMP)"
        try:
            dialect.execute(insert, [claim.job_id, table, text])
        except dialect.refusals as exc:
            if dialect.refused(exc) is None:
                raise
            raise TakenOverError.of(claim.job_id) from exc

    def _lost(self, claim: Claim) -> ResumeError:
        """Why the row is no longer as this run stored it."""
        found = self._found(claim)
        own = None if found is None else _parsed(claim.job_id, found)
        if own is not None and own.owner != claim.owner:
            return TakenOverError.of(claim.job_id)
        what = "deleted" if found is None else "changed"
        return ResumeError(
            f"the row of job {claim.job_id[:8]} in {CHECKPOINTS} was {what} while it ran, or its table was replaced",
            code="checkpoint-gone",
            facts={"job": claim.job_id},
            fixes=["look at what is in the table, then import the file again"],
        )

    def _found(self, claim: Claim) -> str | None:
        """The text of the job's row as it is now."""
        rows = self._dialect.execute(f"SELECT checkpoint FROM {self._name} WHERE job_id = ?", [claim.job_id])
        return str(rows[0][0]) if rows else None

    def _swap(self, before: str, after: str) -> bool:
        """Replace one text by another, and return whether it was there."""
        claim = self._claim
        assert claim is not None  # noqa: S101 - only called with one
        # An upsert takes DuckDB several times as long.
        update = f"UPDATE {self._name} SET checkpoint = ?, written_at = CURRENT_TIMESTAMP"
        where = "WHERE job_id = ? AND checkpoint = ?"
        return bool(self._dialect.change(f"{update} {where}", [after, claim.job_id, before]))

    @property
    def _name(self) -> str:
        return self._dialect.target(CHECKPOINTS)

    @property
    def _is_table(self) -> str:
        return "table_name = ?" if self._dialect.case_sensitive_names else "lower(table_name) = lower(?)"


def _parsed(job_id: str, text: str) -> Checkpoint | None:
    try:
        return Checkpoint.of_text(text)
    except (ValueError, TypeError) as exc:
        warnings.warn(
            f"the checkpoint of job {job_id[:8]} in {CHECKPOINTS} cannot be read and is ignored: {exc}",
            StoreWarning,
            stacklevel=3,
        )
        return None
