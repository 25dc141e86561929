"""The history of all jobs: `Store`, and `subscribe`, which reports every change in this process."""

from __future__ import annotations

import re
import socket
import warnings
from typing import TYPE_CHECKING

from importer.core import State, is_job_id
from importer.errors import Command, JobNotFoundError, StoreError, StoreWarning
from importer.store._database import LONGEST_AGO_S
from importer.store._record import COLUMNS, TEXTS, JobRecord
from importer.store._row import LONGEST
from importer.store._steps import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.store._database import Database

__all__ = ["Store", "subscribe"]

NAMES = ", ".join(COLUMNS)
SHOWN = ", ".join(
    f"substr({name}, 1, {LONGEST + 1})" if name in TEXTS and name != "job_id" else name for name in COLUMNS
)
"""The columns, of which no text fills the memory."""

BEGINNING = re.compile(r"[0-9a-f-]{1,36}")
"""What an id can begin with."""

MOST_UNFINISHED, MOST_ALIKE, NAMED, LONGEST_ID = 10_000, 100, 10, 40
"""Unfinished jobs whose processes are looked at, jobs whose ids begin alike, unreadable ones that are named, and
characters of their ids."""

OWNED = tuple(name for name in COLUMNS if name not in {"job_id", "asked", "made_at", "started_at"})
"""Columns that the process of the job writes again and again."""

IS_OWN = " WHERE " + " AND ".join(
    f"coalesce({JOBS}.{name}, {empty}) = coalesce(excluded.{name}, {empty})"
    for name, empty in {"host": "''", "pid": "0", "process": "''"}.items()
)
"""Whether the process that writes is the one that runs the job."""

FINAL = f"({', '.join(repr(state.value) for state in State if state.is_final)})"

SILENT_S = 10.0
"""A job of another host whose process has not written for this long has died."""

NO_LIMIT = 2**62
CANCEL = "cancel"

_SUBSCRIBERS: list[Callable[[], object]] = []


def subscribe(callback: Callable[[], object]) -> Callable[[], None]:
    """Call the function after this process has written a job, on the thread that wrote it.

    Returns
    -------
    Callable
        Ends the subscription.

    Examples
    --------
    >>> from importer.store import open_store
    >>> heard = []
    >>> unsubscribe = subscribe(lambda: heard.append("news"))
    >>> open_store().write(JobRecord(job_id="4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d"))
    >>> unsubscribe()
    >>> open_store().write(JobRecord(job_id="4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d"))
    >>> heard
    ['news']
    """
    _SUBSCRIBERS.append(callback)
    return lambda: _SUBSCRIBERS.remove(callback)


class Store:
    """Jobs, past and present. Every call is a transaction of its own, from any thread and process.

    All moments come from the clock of the database: the clocks of two hosts need not agree.
    Every method raises `StoreError` if the store cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        return self._database.label

    def write(self, record: JobRecord, *, is_new_run: bool = False) -> None:
        """Keep the newest of a job; a moment that the record lacks is now.

        Parameters
        ----------
        record
            The job.
        is_new_run
            Whether the job begins or is resumed: what was asked of an earlier run is dropped. Otherwise it stays,
            and nothing is written if another process has resumed the job since.
        """
        if not is_job_id(record.job_id):
            raise StoreError(
                f"a job has a UUID as its id, which {record.job_id[:80]!r} is not",
                code="job-id-invalid",
                facts={"job": record.job_id[:80]},
            )
        cells = dict(zip(COLUMNS, (getattr(record, name) for name in COLUMNS), strict=True))
        cells["state"] = record.state.value
        cells["seal"] = record.made_seal(makes_key=True)
        lacking = ["made_at", "heard_at"]
        lacking += [] if record.state is State.PENDING else ["started_at"]
        lacking += ["finished_at"] if record.state.is_final else []
        is_now = {name for name in lacking if not cells[name]}
        marks = ", ".join(self._database.now() if name in is_now else "?" for name in COLUMNS)
        changes = [f"{name} = excluded.{name}" for name in OWNED]
        changes.append(f"started_at = coalesce({JOBS}.started_at, excluded.started_at)")
        changes += ["asked = NULL"] if is_new_run else []
        self._database.run(
            f"INSERT INTO {JOBS} ({NAMES}) VALUES ({marks}) "  # noqa: S608 - our own names
            f"ON CONFLICT (job_id) DO UPDATE SET {', '.join(changes)}{'' if is_new_run else IS_OWN}",
            [value for name, value in cells.items() if name not in is_now],
        )
        for callback in tuple(_SUBSCRIBERS):
            callback()

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
        told: Callable[[str], object] | None = None,
    ) -> list[JobRecord]:
        """The jobs, newest first; records that cannot be read are left out.

        Parameters
        ----------
        states, table, file, size
            Only jobs in one of these states, into this table, of the file of this name or path, of this many bytes.
        text
            Only jobs whose label, which names file and table, contains it, in upper or lower case.
        limit, offset
            At most this many jobs, after skipping this many.
        told
            Called with a sentence if records are left out; by default it is a `StoreWarning`.
        """
        where, values = self._where(states, table=table, file=file, size=size, text=text)
        most = NO_LIMIT if limit is None else limit
        found, unreadable = self._rows(
            f"{where} ORDER BY made_at DESC, job_id LIMIT ? OFFSET ?", [*values, most, offset]
        )
        self._tell(unreadable, told)
        return found

    def count(self, *, states: Collection[str] = (), text: str = "") -> int:
        """Number of jobs."""
        where, values = self._where(states, text=text)
        [[count]] = self._database.run(f"SELECT count(*) FROM {JOBS}{where}", values)  # noqa: S608
        return int(count)

    def newest(self) -> tuple[int, str]:
        """Number of jobs, and when one was last written: if they differ from before, something is new."""
        [[count, heard_at]] = self._database.run(f"SELECT count(*), max(heard_at) FROM {JOBS}")  # noqa: S608
        return int(count), str(heard_at)

    def place(self, job_id: str) -> int:
        """Number of jobs that come before this one."""
        is_newer = f"made_at > (SELECT made_at FROM {JOBS} WHERE job_id = ?)"  # noqa: S608
        [[count]] = self._database.run(f"SELECT count(*) FROM {JOBS} WHERE {is_newer}", [job_id])  # noqa: S608
        return int(count)

    def live(self, told: Callable[[str], object] | None = None) -> list[JobRecord]:
        """The jobs that run, in any process; `told` as for `jobs`."""
        found, unreadable = self._unfinished()
        self._tell(unreadable, told)
        return [record for record in found if not record.state.is_final]

    def job(self, job_id: str) -> JobRecord:
        """The job of this id, or else the one whose id begins with this text.

        Raises
        ------
        JobNotFoundError
            If there is no such job, or more than one.
        StoreError
            If its record cannot be read.
        """
        begins = str(job_id).lower()
        found: list[JobRecord] = []
        unreadable: list[tuple[str, str]] = []
        if BEGINNING.fullmatch(begins):
            found, unreadable = self._rows(" WHERE job_id = ?", [begins])
            if not found and not unreadable:
                alike = f" WHERE job_id LIKE ? ORDER BY abs(length(job_id) - 36), made_at LIMIT {MOST_ALIKE}"
                found, unreadable = self._rows(alike, [f"{begins}%"])
        if not found and unreadable:
            known, why = unreadable[0]
            raise StoreError(
                f"the record of job {known} in {self.label} cannot be read: {why}",
                code="record-unreadable",
                facts={"job": known, "store": self.label, "error": why},
                fixes=[Command("import the file again", "load", ...)],
            )
        if len(found) != 1:
            what = "no job" if not found else "more than one job"
            raise JobNotFoundError(
                f"{what} {job_id!r} in {self.label}",
                facts={"job": job_id, "store": self.label},
                fixes=[Command("list them", "jobs")],
            )
        return found[0]

    def ask(self, job_id: str, what: str) -> None:
        """Ask a job of any process for something; a cancel that it has not obeyed yet stays."""
        is_open = f"job_id = ? AND (asked IS NULL OR asked <> '{CANCEL}')"
        self._database.run(f"UPDATE {JOBS} SET asked = ? WHERE {is_open}", [what, job_id])  # noqa: S608

    def asked(self, job_id: str) -> str | None:
        """What the job is asked for, until it is cleared."""
        found = self._database.run(f"SELECT asked FROM {JOBS} WHERE job_id = ?", [job_id])  # noqa: S608
        return str(found[0][0]) if found and found[0][0] is not None else None

    def clear(self, job_id: str, what: str) -> None:
        """Clear what the job was asked for, unless it is asked for something else by now."""
        self._database.run(f"UPDATE {JOBS} SET asked = NULL WHERE job_id = ? AND asked = ?", [job_id, what])  # noqa: S608

    def prune(self, older_than_s: float) -> list[str]:
        """Delete the jobs that were made longer ago and do not run, and return their ids."""
        ago_s = max(-LONGEST_AGO_S, min(LONGEST_AGO_S, older_than_s))
        is_over, values = self._is_over()
        where = f"made_at < {self._database.now(ago_s)} AND {is_over}"
        gone = self._database.delete(JOBS, "job_id", where, values)
        if gone:
            self._database.shrink(JOBS)
        return gone

    @property
    def _is_heard(self) -> str:
        """SQL for whether the process of a job has written lately."""
        return f"heard_at >= {self._database.now(SILENT_S)}"

    def _unfinished(self) -> tuple[list[JobRecord], list[tuple[str, str]]]:
        """The jobs whose end is not written and whose process may live; some have died since."""
        is_open = f" WHERE state NOT IN {FINAL} AND ({self._is_heard} OR host = ?)"
        return self._rows(f"{is_open} ORDER BY heard_at DESC LIMIT {MOST_UNFINISHED}", [socket.gethostname()])

    def _is_over(self) -> tuple[str, list[object]]:
        """SQL for whether a job has ended or its process has died, and the values in it."""
        died, alive = [""], [""]
        for record in self._unfinished()[0]:
            (died if record.state.is_final else alive).append(record.job_id)
        is_silent = f"(NOT {self._is_heard} AND job_id NOT IN ({_marks(alive)}))"
        return f"(state IN {FINAL} OR {is_silent} OR job_id IN ({_marks(died)}))", [*alive, *died]

    def _where(
        self,
        states: Collection[str],
        *,
        text: str,
        table: str | None = None,
        file: str | None = None,
        size: int | None = None,
    ) -> tuple[str, list[object]]:
        """A condition, and the values in it."""
        wanted: dict[str, list[object]] = {}
        if table is not None:
            wanted["table_name = ?"] = [table]
        if file is not None:
            wanted["? IN (name, path)"] = [file]
        if size is not None:
            wanted["size = ?"] = [size]
        if text:
            literal = re.sub("[!%_]", r"!\g<0>", text)
            wanted["lower(label) LIKE lower(?) ESCAPE '!'"] = [f"%{literal}%"]
        if states:
            # That a job was interrupted need not be written anywhere.
            is_over, values = self._is_over()
            shown = f"CASE WHEN state NOT IN {FINAL} AND {is_over} THEN '{State.INTERRUPTED.value}' ELSE state END"
            wanted[f"{shown} IN ({_marks(states)})"] = [*values, *states]
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        return where, [value for values in wanted.values() for value in values]

    def _rows(self, rest: str, values: Sequence[object]) -> tuple[list[JobRecord], list[tuple[str, str]]]:
        """The records, and why others cannot be read, by what stands in place of an id."""
        is_heard = f"CASE WHEN {self._is_heard} THEN 1 ELSE 0 END"
        rows = self._database.run(f"SELECT {is_heard}, {SHOWN} FROM {JOBS}{rest}", values)  # noqa: S608
        found, unreadable = [], []
        for heard, *cells in rows:
            row = dict(zip(COLUMNS, cells, strict=True))
            try:
                found.append(JobRecord.of_row(row, is_heard=bool(heard)))
            except ValueError as exc:
                known = str(row["job_id"])[:LONGEST_ID]
                unreadable.append((known if is_job_id(known) else repr(known), str(exc)))
        return found, unreadable

    def _tell(self, unreadable: list[tuple[str, str]], told: Callable[[str], object] | None) -> None:
        """Say once which records are left out."""
        if not unreadable:
            return
        count = len(unreadable)
        named = [f"{job_id} ({why})" for job_id, why in unreadable[:NAMED]]
        more = [f"{count - NAMED:,} more"] if count > NAMED else []
        sentence = (
            f"{count:,} {'record' if count == 1 else 'records'} in {self.label} cannot be read, and "
            f"{'is' if count == 1 else 'are'} left out: {', '.join([*named, *more])}. They were not written by an "
            f"import, or changed since: delete them from the table {JOBS}"
        )
        if told is None:
            warnings.warn(sentence, StoreWarning, stacklevel=3)
        else:
            told(sentence)


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
