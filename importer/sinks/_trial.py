"""A whole job in one transaction of a database without savepoints: `TrialSink`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import SinkError
from importer.sinks._driver_errors import RefusedError
from importer.sinks._sql import SqlSink

if TYPE_CHECKING:
    from importer.core import Checkpoint, Chunk, Claim, Table, Written
    from importer.sinks._dialect import Dialect
    from importer.sinks._patience import Patience
    from importer.sinks._protocol import Found, Mode
    from importer.sinks._table_lock import TableLock

__all__ = ["TrialSink"]


class TrialSink:
    """A whole job as one transaction of a database without savepoints.

    There, a row that is refused ends the transaction. So every chunk is tried in a copy of the database
    first, and only the rows that were accepted there are written.

    Parameters
    ----------
    dialect
        The database.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._trial = SqlSink(dialect.scratch())
        self._whole = SqlSink(dialect, commits="job")

    @property
    def label(self) -> str:
        """URL of the database, without a password."""
        return self._whole.label

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk that suit the database best."""
        return self._whole.chunk_rows

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        """Copy the database, and open both."""
        self._trial.open(table)
        return self._whole.open(table, claim)

    def prepare(self, mode: Mode) -> None:
        """Make or check the table in both."""
        self._trial.prepare(mode)
        self._whole.prepare(mode)

    def write(self, chunk: Chunk) -> Written:
        """Write the rows that the copy accepts; their counts are those of the copy."""
        written = self._trial.write(chunk)
        if written.refused:
            is_accepted = ~chunk.rows.is_in([refusal.row for refusal in written.refused])
            chunk = replace(chunk, frame=chunk.frame.filter(is_accepted), rows=chunk.rows.filter(is_accepted))
        try:
            self._whole.write(chunk)
        except RefusedError as exc:
            raise SinkError(
                f"{self.label} refuses a row that it accepted in a copy, so another program has written to it: {exc}",
                code="changed-meanwhile",
                fixes=["import the file again"],
            ) from exc
        return written

    def commit(self, checkpoint: Checkpoint) -> None:
        """Commit everything with the last checkpoint."""
        self._trial.commit(checkpoint)
        self._whole.commit(checkpoint)

    @property
    def undo_refusal(self) -> str | None:
        """Why the job cannot be undone, as a word; None if it can."""
        return self._whole.undo_refusal

    def wait_with(self, patience: Patience) -> None:
        """Wait as patiently for what somebody else holds."""
        self._trial.wait_with(patience)
        self._whole.wait_with(patience)

    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock on a table for a job."""
        return self._whole.lock(table, job_id)

    def close(self) -> None:
        """Disconnect from both; what was not committed is rolled back."""
        self._trial.close()
        self._whole.close()
