"""The history of all jobs: `Store`, and `subscribe`, which reports every change in this process."""

from __future__ import annotations

import json
import re
import socket
import warnings
from typing import TYPE_CHECKING

from importer.core import State, is_job_id
from importer.errors import Command, JobNotFoundError, StoreError, StoreWarning
from importer.store._database import LONGEST_AGO_S
from importer.store._queue import Queue
from importer.store._record import COLUMNS, TEXTS, JobRecord
from importer.store._row import LONGEST
from importer.store._seal import owner_id
from importer.store._steps import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.store._database import Database

__all__ = ["PARTS", "Store", "subscribe"]

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

OWNED = tuple(name for name in COLUMNS if name not in {"job_id", "asked", "pace", "made_at", "started_at"})
"""Columns that the process of the job writes again and again."""

IS_OWN = " WHERE " + " AND ".join(
    f"coalesce({JOBS}.{name}, {empty}) = coalesce(excluded.{name}, {empty})"
    for name, empty in {"host": "''", "pid": "0", "process": "''"}.items()
)
"""Whether the process that writes is the one that runs the job."""

IS_QUEUED = f"({JOBS}.state = '{State.PENDING.value}' AND {JOBS}.pid IS NULL)"
"""Whether a job waits for a worker."""

PARTS: dict[str, str] = {
    "queued": IS_QUEUED,
    "given_up": f"({JOBS}.state = '{State.FAILED.value}' AND {JOBS}.given_up_at IS NOT NULL)",
}
"""Parts of the jobs in a state: those pending that wait for a worker, those failed that workers gave up."""

FINAL = f"({', '.join(repr(state.value) for state in State if state.is_final)})"

SILENT_S = 10.0
"""A job of another host whose process has not written for this long has died."""

NO_LIMIT = 2**62
CANCEL = "cancel"

RENEWED = (*("state", "rows_read", "created", "completed", "total", "stage", "options", "error", "seal"),)
"""Columns that an update of a session writes."""

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


def _tell_subscribers() -> None:
    for callback in tuple(_SUBSCRIBERS):
        callback()


class Store:
    """Jobs, past and present. Every call is a transaction of its own, from any thread and process.

    All moments come from the clock of the database: the clocks of two hosts need not agree.
    Every method raises `StoreError` if the store cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def queue(self) -> Queue:
        """The jobs that wait for a worker."""
        return Queue(self._database)

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        return self._database.label

    def write(self, record: JobRecord, *, is_new_run: bool = False, lapse_s: float | None = None) -> None:
        """Keep the newest of a job; a moment that the record lacks is now.

        Parameters
        ----------
        record
            The job.
        is_new_run
            Whether the job begins or is resumed: what was asked of an earlier run is dropped. Otherwise it stays,
            and nothing is written if another process has resumed the job since.
        lapse_s
            In how many seconds a session expires, unless it is renewed.
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
        cells["owner"] = owner_id()
        lacking = ["made_at", "heard_at"]
        lacking += [] if record.state is State.PENDING else ["started_at"]
        lacking += ["finished_at"] if record.state.is_final else []
        moments = {name: self._database.now() for name in lacking if not cells[name]}
        if lapse_s is not None:
            moments["lapses_at"] = self._database.now(-lapse_s)
        marks = ", ".join(moments.get(name, "?") for name in COLUMNS)
        changes = [f"{name} = excluded.{name}" for name in OWNED]
        changes.append(f"started_at = coalesce({JOBS}.started_at, excluded.started_at)")
        # What one was asked for that waits in the queue is asked of the run that begins.
        changes += [f"asked = CASE WHEN {IS_QUEUED} THEN {JOBS}.asked END"] if is_new_run else []
        self._database.run(
            f"INSERT INTO {JOBS} ({NAMES}) VALUES ({marks}) "  # noqa: S608 - our own names
            f"ON CONFLICT (job_id) DO UPDATE SET {', '.join(changes)}{'' if is_new_run else IS_OWN}",
            [value for name, value in cells.items() if name not in moments],
        )
        _tell_subscribers()

    def renew(self, record: JobRecord, *, seen: str | None) -> bool:
        """Keep the newest of a session, which its last writer left with these options; False if another was faster.

        It expires anew, and its time is counted by the clock of the database.
        """
        cells = {name: getattr(record, name) for name in RENEWED} | {"state": record.state.value}
        cells["seal"] = record.made_seal(makes_key=True)
        now, lapse_s = self._database.now(), json.loads(record.options or "{}")["expires_s"]
        moments = {"heard_at": now, "lapses_at": self._database.now(-lapse_s)}
        moments["elapsed_s"] = self._database.age_s("made_at")
        if record.state.is_final:
            moments["finished_at"] = now
        changes = [*(f"{name} = ?" for name in cells), *(f"{name} = {moment}" for name, moment in moments.items())]
        is_open = f"state NOT IN {FINAL} AND lapses_at >= {now}"
        found = self._database.run(
            f"UPDATE {JOBS} SET {', '.join(changes)} WHERE job_id = ? AND options = ? AND {is_open} RETURNING job_id",  # noqa: S608
            [*cells.values(), record.job_id, seen],
        )
        if found:
            _tell_subscribers()
        return bool(found)

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
        after: str | None = None,
        is_own: bool = False,
        kind: str | None = None,
        told: Callable[[str], object] | None = None,
    ) -> list[JobRecord]:
        """The jobs, newest first; records that cannot be read are left out.

        Parameters
        ----------
        states, table, file, size
            Only jobs in one of these states or `PARTS`, into this table, of the file of this name or path and size.
        text
            Only jobs whose label, which names file and table, contains it, in upper or lower case.
        limit, offset
            At most this many jobs, after skipping this many.
        after
            Only jobs that come after the one of this id.
        is_own
            Only jobs of this user, if others keep theirs in the same store.
        kind
            Only jobs of this kind.
        told
            Called with a sentence if records are left out; by default it is a `StoreWarning`.
        """
        is_own = is_own and self._database.is_shared
        where, values = self._where(
            states, table=table, file=file, size=size, text=text, after=after, is_own=is_own, kind=kind
        )
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
        """The jobs that run, in any process, but not those that wait for a worker; `told` as for `jobs`."""
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
            raise self._not_found("no job" if not found else "more than one job", job_id)
        return found[0]

    def own_job(self, job_id: str) -> JobRecord:
        """As `job`, but of this user, if others keep theirs in the same store.

        Raises
        ------
        JobNotFoundError
            If there is none, or it is somebody else's.
        """
        record = self.job(job_id)
        if not self.is_mine(record):
            raise self._not_found("no job", job_id)
        return record

    def is_mine(self, record: JobRecord) -> bool:
        """Whether the job is this user's: in a file of the user's, all of them are."""
        return record.is_own or not self._database.is_shared

    def _not_found(self, what: str, job_id: str) -> JobNotFoundError:
        return JobNotFoundError(
            f"{what} {job_id!r} in {self.label}",
            facts={"job": job_id, "store": self.label},
            fixes=[Command("list them", "jobs")],
        )

    def ask(self, job_id: str, what: str) -> None:
        """Ask a job of any process for something; a cancel that it has not obeyed yet stays."""
        is_open = f"job_id = ? AND (asked IS NULL OR asked <> '{CANCEL}')"
        self._database.run(f"UPDATE {JOBS} SET asked = ? WHERE {is_open}", [what, job_id])  # noqa: S608

    def asked(self, job_id: str) -> tuple[str | None, str | None]:
        """What the job is asked for, until it is cleared, and the pace that it is to keep."""
        found = self._database.run(f"SELECT asked, pace FROM {JOBS} WHERE job_id = ?", [job_id])  # noqa: S608
        asked, pace = found[0] if found else (None, None)
        return (None if asked is None else str(asked)), (None if pace is None else str(pace))

    def ask_pace(self, job_id: str, pace: str) -> None:
        """Ask a job of any process to keep this pace; unlike other requests it stays."""
        self._database.run(f"UPDATE {JOBS} SET pace = ? WHERE job_id = ?", [pace, job_id])  # noqa: S608

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
        """SQL for whether the process of a job has written lately, or a session has not expired."""
        is_late = f"heard_at >= {self._database.now(SILENT_S)}"
        return f"(CASE WHEN lapses_at IS NULL THEN {is_late} ELSE lapses_at >= {self._database.now()} END)"

    def _unfinished(self) -> tuple[list[JobRecord], list[tuple[str, str]]]:
        """The jobs whose end is not written and whose process may live; some have died since."""
        is_open = f" WHERE state NOT IN {FINAL} AND NOT {IS_QUEUED} AND ({self._is_heard} OR host = ?)"
        return self._rows(f"{is_open} ORDER BY heard_at DESC LIMIT {MOST_UNFINISHED}", [socket.gethostname()])

    def _is_over(self) -> tuple[str, list[object]]:
        """SQL for whether a job has ended or its process has died, and the values in it."""
        died, alive = [""], [""]
        for record in self._unfinished()[0]:
            (died if record.state.is_final else alive).append(record.job_id)
        is_silent = f"(NOT {self._is_heard} AND NOT {IS_QUEUED} AND job_id NOT IN ({_marks(alive)}))"
        return f"(state IN {FINAL} OR {is_silent} OR job_id IN ({_marks(died)}))", [*alive, *died]

    def _where(  # noqa: PLR0913 - all but one by keyword
        self,
        states: Collection[str],
        *,
        text: str,
        table: str | None = None,
        file: str | None = None,
        size: int | None = None,
        after: str | None = None,
        is_own: bool = False,
        kind: str | None = None,
    ) -> tuple[str, list[object]]:
        """A condition, and the values in it."""
        wanted: dict[str, list[object]] = {}
        if table is not None:
            wanted["table_name = ?"] = [table]
        if file is not None:
            wanted["? IN (name, path)"] = [file]
        if size is not None:
            wanted["size = ?"] = [size]
        if kind is not None:
            wanted["kind = ?"] = [kind]
        if is_own:
            wanted["owner = ?"] = [owner_id()]
        if after is not None:
            made_at = f"(SELECT made_at FROM {JOBS} WHERE job_id = ?)"  # noqa: S608
            wanted[f"(made_at < {made_at} OR (made_at = {made_at} AND job_id > ?))"] = [after] * 3
        if text:
            literal = re.sub("[!%_]", r"!\g<0>", text)
            wanted["lower(label) LIKE lower(?) ESCAPE '!'"] = [f"%{literal}%"]
        if states:
            # That a job was interrupted need not be written anywhere.
            is_over, values = self._is_over()
            shown = f"CASE WHEN state NOT IN {FINAL} AND {is_over} THEN '{State.INTERRUPTED.value}' ELSE state END"
            also = "".join(f" OR {PARTS[one]}" for one in states if one in PARTS)
            wanted[f"({shown} IN ({_marks(states)}){also})"] = [*values, *states]
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
