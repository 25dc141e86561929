"""A whole import in one transaction of a DuckDB file, which has no savepoints: `AtomicDuckdbSink`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.sinks._duckdb import DuckdbSink

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from importer.core import Chunk, IfTableExists, OnConflict, Table, Written
    from importer.sinks._described import Column
    from importer.sinks._protocol import Checkpointed

__all__ = ["AtomicDuckdbSink"]


class AtomicDuckdbSink:
    """One table of a DuckDB file, written in one transaction.

    A row that DuckDB refuses ends a transaction. So every chunk is tried in a copy of the file
    first, and only the rows that were taken there are written.

    Parameters
    ----------
    path, if_table_exists, on_conflict
        As for `DuckdbSink`.
    """

    chunk_rows = DuckdbSink.chunk_rows

    def __init__(self, path: Path, *, if_table_exists: IfTableExists | None, on_conflict: OnConflict) -> None:
        self._trial = DuckdbSink(path, if_table_exists=if_table_exists, on_conflict=on_conflict, dry_run=True)
        self._whole = DuckdbSink(path, if_table_exists=if_table_exists, on_conflict=on_conflict, atomic=True)

    @property
    def label(self) -> str:
        """URL of the database."""
        return self._whole.label

    def described(self, table: str) -> tuple[tuple[Column, pl.DataType], ...]:
        """What is known of a table that is there."""
        return self._whole.described(table)

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Copy the file, open both, and make or check the table."""
        self._trial.begin(table)
        self._whole.begin(table, job)

    def write(self, chunk: Chunk) -> Written:
        """Merge the rows that the copy takes; what they did there is what they do."""
        written = self._trial.write(chunk)
        if written.refused:
            is_taken = ~chunk.rows.is_in([refusal.row for refusal in written.refused])
            chunk = replace(chunk, frame=chunk.frame.filter(is_taken), rows=chunk.rows.filter(is_taken))
        self._whole.write(chunk)
        return written

    def finish(self) -> None:
        """Commit everything."""
        self._whole.finish()

    def close(self) -> None:
        """Let go of the file and the copy; what was not committed is rolled back."""
        self._trial.close()
        self._whole.close()
