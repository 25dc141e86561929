"""What would undo jobs that are pruned: `forget_logs`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from importer.sinks._open import dialect_of, is_site
from importer.sinks._undo_log import UNDO, log_name

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = ["forget_logs"]


def forget_logs(into: str | os.PathLike[str], job_ids: Iterable[str]) -> None:
    """Drop what would undo these jobs.

    Raises
    ------
    SinkError
        If the database cannot be reached, or lets this user not do it.
    """
    if is_site(into):
        from importer.sinks import wordpress

        wordpress.forget(str(into), job_ids)
        return
    dialect = dialect_of(into)
    if not (dialect.is_there and dialect.logs_changes):
        return
    with closing(dialect):
        try:
            dialect.connect()
            if dialect.kind(UNDO) is None:
                return
            dialect.begin()
            for job_id in job_ids:
                dialect.execute(f"DROP TABLE IF EXISTS {dialect.target(log_name(job_id))}")
                dialect.execute(f"DELETE FROM {dialect.target(UNDO)} WHERE job_id = ?", [job_id])
            dialect.commit()
        except dialect.errors as exc:
            raise dialect.failed(exc) from exc
