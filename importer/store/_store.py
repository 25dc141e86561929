"""The history of all jobs, in a file of the user's or in PostgreSQL: `Store`, opened by `open_store`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from importer.core import State, home
from importer.errors import JobNotFoundError
from importer.store._database import PostgresDatabase, SqliteDatabase
from importer.store._keeper import Keeper, let_in
from importer.store._record import COLUMNS, NESTED, JobRecord, now_text, silent_since
from importer.store._steps import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from importer.store._database import Database

__all__ = ["NESTED", "JobRecord", "Keeper", "Store", "following", "let_in", "now_text", "open_store"]

NAMES = ", ".join(COLUMNS)
OWNED = tuple(name for name in COLUMNS if name not in {"job_id", "asked", "made_at"})
"""Columns that the job's own process writes, again and again."""

FINAL = f"({', '.join(repr(state.value) for state in State if state.is_final)})"

MOST = 2**62
"""Jobs that are no bound."""


def open_store() -> Store:
    """The store that ``IMPORTER_STORE`` names, or the file in the user's data folder; made at first use."""
    url = os.environ.get("IMPORTER_STORE")
    return Store(PostgresDatabase(url) if url else SqliteDatabase(home() / "jobs.db"))


_FOLLOWERS: list[Callable[[], object]] = []


def following(told: Callable[[], object]) -> Callable[[], None]:
    """Call this whenever a job of this process is written, on the thread that wrote it, until what is given is called.

    Examples
    --------
    >>> from importer.store import open_store
    >>> heard = []
    >>> stop = following(lambda: heard.append("news"))
    >>> open_store().write(JobRecord(job_id="4c1d8a52"))
    >>> stop()
    >>> open_store().write(JobRecord(job_id="4c1d8a52"))
    >>> heard
    ['news']
    """
    _FOLLOWERS.append(told)
    return lambda: _FOLLOWERS.remove(told)


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
        for told in tuple(_FOLLOWERS):
            told()

    def jobs(  # noqa: PLR0913 - all by keyword
        self,
        *,
        states: Collection[str] = (),
        table: str | None = None,
        file: str | None = None,
        size: int | None = None,
        text: str = "",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[JobRecord]:
        """The jobs, newest first.

        Parameters
        ----------
        states, table, file, size
            Only those in one of these states, into this table, of the file of this name or path, of so many bytes.
        text
            Only those whose label, which names file and table, has it in it, in whatever case.
        limit, offset
            At most so many, after so many.
        """
        where, values = self._where(states, table=table, file=file, size=size, text=text)
        most = MOST if limit is None else limit
        return self._rows(f"{where} ORDER BY made_at DESC, job_id LIMIT ? OFFSET ?", [*values, most, offset])

    def count(self, *, states: Collection[str] = (), text: str = "") -> int:
        """How many such jobs there are."""
        where, values = self._where(states, text=text)
        [[count]] = self._database.run(f"SELECT count(*) FROM {JOBS}{where}", values)  # noqa: S608
        return int(count)

    def newest(self) -> tuple[int, str]:
        """How many jobs there are, and when one was last heard of: other figures mean news."""
        [[count, heard_at]] = self._database.run(f"SELECT count(*), max(heard_at) FROM {JOBS}", [])  # noqa: S608
        return int(count), str(heard_at)

    def place(self, job_id: str) -> int:
        """How many jobs come before this one."""
        is_newer = f"made_at > (SELECT made_at FROM {JOBS} WHERE job_id = ?)"  # noqa: S608
        [[count]] = self._database.run(f"SELECT count(*) FROM {JOBS} WHERE {is_newer}", [job_id])  # noqa: S608
        return int(count)

    def live(self) -> list[JobRecord]:
        """The jobs that are at work, in whatever process."""
        return [record for record in self._unfinished() if not record.state.is_final]

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

    def _unfinished(self) -> list[JobRecord]:
        """The jobs whose end is not written and that were heard of lately; of some the process has died since."""
        return self._rows(f" WHERE state NOT IN {FINAL} AND heard_at >= ?", [silent_since()])

    def _where(
        self,
        states: Collection[str],
        *,
        text: str,
        table: str | None = None,
        file: str | None = None,
        size: int | None = None,
    ) -> tuple[str, list[object]]:
        """Conditions, and what is bound in them."""
        wanted: dict[str, list[object]] = {}
        if table is not None:
            wanted["table_name = ?"] = [table]
        if file is not None:
            wanted["? IN (name, path)"] = [file]
        if size is not None:
            wanted["size = ?"] = [size]
        if text:
            plain = re.sub("[!%_]", r"!\g<0>", text)
            wanted["lower(label) LIKE lower(?) ESCAPE '!'"] = [f"%{plain}%"]
        if states:
            # A job reads interrupted without that being written anywhere.
            died = [record.job_id for record in self._unfinished() if record.state.is_final]
            is_dead = f"state NOT IN {FINAL} AND (heard_at < ? OR job_id IN ({_marks(['', *died])}))"
            shown = f"CASE WHEN {is_dead} THEN '{State.INTERRUPTED.value}' ELSE state END"
            wanted[f"{shown} IN ({_marks(states)})"] = [silent_since(), "", *died, *states]
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        return where, [value for values in wanted.values() for value in values]

    def _rows(self, rest: str, values: Sequence[object]) -> list[JobRecord]:
        rows = self._database.run(f"SELECT {NAMES} FROM {JOBS}{rest}", values)  # noqa: S608
        return [JobRecord.of_row(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
