"""Checkpoints of jobs in a small table of the target, by whatever SQL database it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sinks._tables import prepare, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from importer.core import IfTableExists, Table
    from importer.sinks._protocol import Checkpointed
    from importer.sinks._tables import Catalog

    Run: TypeAlias = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]

__all__ = ["CHECKPOINTS", "CREATE", "prepare_for", "remember"]

CHECKPOINTS = "_importer_checkpoints"
"""Name of the table: one row a job; a row that is deleted is a job that cannot be resumed."""

CREATE = f"""CREATE TABLE IF NOT EXISTS {quoted(CHECKPOINTS)} (
    job_id VARCHAR(36) PRIMARY KEY,
    table_name VARCHAR(200) NOT NULL,
    checkpoint TEXT NOT NULL,
    written_at TIMESTAMP NOT NULL
)"""


def prepare_for(
    job: Checkpointed | None, catalog: Catalog, run: Run, table: Table, if_exists: IfTableExists | None
) -> None:
    """Make or check the table, which a job that was here before goes on with.

    Raises
    ------
    TableExistsError
        Where it is there and must not be.
    TableMismatchError
        Where it cannot take the rows.
    """
    if job is None:
        prepare(catalog, table, if_exists)
        return
    known: dict[str, str] = {}
    has_checkpoints = catalog.kind(CHECKPOINTS) is not None
    is_there = catalog.kind(table.name) is not None
    if has_checkpoints and is_there:
        sql = f"SELECT job_id, checkpoint FROM {quoted(CHECKPOINTS)} WHERE lower(table_name) = lower(?)"
        known = dict(run(sql, [table.name]))
    goes_on = job.recall(known)
    prepare(catalog, table, "append" if goes_on else if_exists)
    if not has_checkpoints:
        catalog.execute(CREATE)
    elif not is_there or (if_exists == "replace" and not goes_on):
        # What these jobs wrote is no longer there.
        run(f"DELETE FROM {quoted(CHECKPOINTS)} WHERE lower(table_name) = lower(?)", [table.name])


def remember(run: Run, table: Table, job_id: str, checkpoint: str) -> None:
    """Store how far a job is, in the transaction that is open."""
    # An upsert takes DuckDB several times as long.
    update = f"UPDATE {quoted(CHECKPOINTS)} SET checkpoint = ?, written_at = CURRENT_TIMESTAMP WHERE job_id = ?"
    if not run(f"{update} RETURNING job_id", [checkpoint, job_id]):
        run(f"INSERT INTO {quoted(CHECKPOINTS)} VALUES (?, ?, ?, CURRENT_TIMESTAMP)", [job_id, table.name, checkpoint])
