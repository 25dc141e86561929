"""The history of all jobs, in a file of the user's or in PostgreSQL: `Store`, opened by `open_store`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from importer.errors import JobNotFoundError
from importer.home import home
from importer.progress import State
from importer.store._database import PostgresDatabase, SqliteDatabase
from importer.store._keeper import Keeper
from importer.store._record import COLUMNS, JobRecord, now_text
from importer.store._steps import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.store._database import Database

__all__ = ["JobRecord", "Keeper", "Store", "now_text", "open_store"]

NAMES = ", ".join(COLUMNS)
OWNED = tuple(name for name in COLUMNS if name not in {"job_id", "asked", "made_at"})
"""Columns that the job's own process writes, again and again."""

FINAL = tuple(state.value for state in State if state.is_final)


def open_store() -> Store:
    """The store that ``IMPORTER_STORE`` names, or the file in the user's data folder; made at first use."""
    url = os.environ.get("IMPORTER_STORE")
    return Store(PostgresDatabase(url) if url else SqliteDatabase(home() / "jobs.db"))


class Store:
    """Jobs, past and present; every call is a transaction of its own, from any thread and process.

    Each raises `StoreError` where the store cannot be had.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        return self._database.label

    def write(self, record: JobRecord) -> None:
        """Keep the newest of a job; what others asked of it stays."""
        values = [getattr(record, name) for name in COLUMNS]
        values[COLUMNS.index("state")] = record.state.value
        changes = ", ".join(f"{name} = excluded.{name}" for name in OWNED)
        self._database.run(
            f"INSERT INTO {JOBS} ({NAMES}) VALUES ({', '.join('?' * len(values))}) "  # noqa: S608 - our own names
            f"ON CONFLICT (job_id) DO UPDATE SET {changes}",
            values,
        )

    def jobs(
        self,
        *,
        state: str | None = None,
        table: str | None = None,
        file: str | None = None,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """The jobs, newest first."""
        wanted = {"table_name = ?": table, "? IN (name, path)": file}
        given = {condition: value for condition, value in wanted.items() if value is not None}
        where = f" WHERE {' AND '.join(given)}" if given else ""
        rows = self._rows(where + " ORDER BY made_at DESC, job_id", list(given.values()))
        # A job reads interrupted without that being written anywhere.
        found = [record for record in rows if state is None or record.state.value == state]
        return found[:limit]

    def job(self, job_id: str) -> JobRecord:
        """The job whose id begins so.

        Raises
        ------
        JobNotFoundError
            Where there is none, or more than one.
        """
        begins_so = f"{job_id.replace('%', '').replace('_', '')}%"
        found = self._rows(" WHERE job_id LIKE ? ORDER BY made_at", [begins_so]) if job_id else []
        if len(found) != 1:
            what = "no job" if not found else "more than one job"
            raise JobNotFoundError(f"{what} {job_id!r} in {self.label}. importer.jobs() lists them, with their ids")
        return found[0]

    def ask(self, job_id: str, what: str) -> None:
        """Ask a job of another process for something."""
        self._database.run(f"UPDATE {JOBS} SET asked = ? WHERE job_id = ?", [what, job_id])  # noqa: S608

    def asked(self, job_id: str) -> str | None:
        """What the job is asked for, once."""
        [[what]] = self._database.run(f"SELECT asked FROM {JOBS} WHERE job_id = ?", [job_id]) or [[None]]  # noqa: S608
        if what is not None:
            self._database.run(f"UPDATE {JOBS} SET asked = NULL WHERE job_id = ?", [job_id])  # noqa: S608
        return None if what is None else str(what)

    def forget(self, job_ids: Iterable[str]) -> None:
        """Drop jobs."""
        for job_id in job_ids:
            self._database.run(f"DELETE FROM {JOBS} WHERE job_id = ?", [job_id])  # noqa: S608

    def _rows(self, rest: str, values: list[str]) -> list[JobRecord]:
        rows = self._database.run(f"SELECT {NAMES} FROM {JOBS}{rest}", values)  # noqa: S608
        return [JobRecord.of_row(dict(zip(COLUMNS, row, strict=True))) for row in rows]
