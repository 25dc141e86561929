"""What is wrong with the store, the queue, the jobs and their databases, each with its fix: `diagnose`."""

from __future__ import annotations

import importlib.util
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from importer.core import State, private_folder, raise_if_unwritable, rejects_home, why
from importer.engine._already_imported import checkpoints_of
from importer.errors import Command, DisconnectedError, ImporterError, Message, StoreError
from importer.sinks import lacks_password
from importer.store import WorkerRecord, open_store
from importer.views import html, say, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.errors import Fix
    from importer.store import JobRecord

__all__ = ["Diagnosis", "Finding", "diagnose"]

Level = Literal["good", "told", "bad"]

RECENT = 50
"""Jobs whose databases are looked at."""

ANSWER_S = 10.0
"""Longest wait for a database to answer."""

STUCK_S = 60.0
"""A job that has read no row after this long is worth a word."""

NAMED = 5
"""Jobs that are named for each kind of trouble."""

DRIVERS = {"duckdb": "duckdb", "psycopg": "postgres", "watchfiles": "watch"}
"""Libraries that not everybody needs, and the extra that installs each."""

URLS = {"duckdb": "duckdb:", "psycopg": "postgres"}
"""How the targets begin that need one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    level
        Whether it is good, worth a word, or bad.
    about
        What was looked at: ``'store'``, ``'queue'``, ``'job'``, ``'database'``, ``'library'``.
    message
        What was found, with what to do about it.
    """

    level: Level
    about: str
    message: Message

    def as_dict(self) -> dict[str, str]:
        """The finding as plain values."""
        return {"level": self.level, "about": self.about, "message": str(self.message)}


@dataclass(frozen=True, slots=True, repr=False)
class Diagnosis(Sequence[Finding]):
    """All that was looked at, the worst first."""

    findings: tuple[Finding, ...]

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, at: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[at]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def is_good(self) -> bool:
        """Whether nothing is bad."""
        return all(finding.level != "bad" for finding in self.findings)

    def lines(self, worded: Callable[[Message], str] = str) -> list[str]:
        """One line for each finding."""
        return [
            terminal.printable(f"{say(f'doctor.{one.level}'):<5} {one.about:<9} {worded(one.message)}")
            for one in self.findings
        ]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        rows = [[say(f"doctor.{one.level}"), one.about, str(one.message)] for one in self.findings]
        heads = [say(f"doctor.{name}") for name in ("state", "about", "found")]
        return html.whole(html.table(heads, rows, caption=say("doctor.caption")))


def diagnose() -> Diagnosis:
    """Look at everything, and change nothing."""
    found: list[Finding] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What they say is found here in its own words.
            found += _store()
            records = open_store().jobs(limit=RECENT, told=lambda said: found.append(_told("store", said)))
            live = open_store().live(told=len)
            queued = [record for record in records if record.is_queued]
            found += _queue(queued)
            found += _jobs(records, live)
            found += _databases([record for record in records if record.is_own and record.target])
            found += _libraries(records)
    except StoreError as exc:
        found.append(Finding(level="bad", about="store", message=exc.message))
    order = {"bad": 0, "told": 1, "good": 2}
    return Diagnosis(tuple(sorted(found, key=lambda finding: order[finding.level])))


def _good(about: str, said: str) -> Finding:
    return Finding(level="good", about=about, message=Message(said))


def _told(about: str, said: str, *fixes: Fix | Command | str) -> Finding:
    return Finding(level="told", about=about, message=Message(said, fixes))


def _bad(about: str, said: str, *fixes: Fix | Command | str) -> Finding:
    return Finding(level="bad", about=about, message=Message(said, fixes))


def _store() -> Iterator[Finding]:
    """Whether the history and the folder of refused rows can be written."""
    store, nobody = open_store(), WorkerRecord()
    store.queue.beat(nobody)
    store.queue.leave(nobody)
    has = _count(store.count(), "job", "jobs")
    yield _good("store", f"the history in {store.label} can be read and written, and has {has}")
    folder = rejects_home()
    try:
        raise_if_unwritable(private_folder(folder))
    except (OSError, StoreError) as exc:
        said = why(exc) if isinstance(exc, OSError) else str(exc)
        yield _bad(
            "store",
            f"refused rows cannot be kept in {str(folder)!r}: {said}",
            "free the folder, or name another one in IMPORTER_HOME",
        )


def _queue(queued: list[JobRecord]) -> Iterator[Finding]:
    """Whether somebody runs what waits."""
    queue = open_store().queue
    waiting, workers = queue.waiting(), queue.workers()
    if waiting and not workers:
        yield _bad(
            "queue", f"{_count(waiting, 'job waits', 'jobs wait')}, and no worker is running", "run `importer worker`"
        )
    else:
        running = _count(len(workers), "worker is", "workers are")
        yield _good("queue", f"{_count(waiting, 'job waits', 'jobs wait')}, and {running} running")
    for record in queued[:NAMED]:
        if not queue.has(record.job_id):
            yield _bad(
                "queue",
                f"job {record.short_id} is recorded as waiting, but is not in the queue",
                f"submit {record.name!r} again",
            )


def _jobs(records: list[JobRecord], live: list[JobRecord]) -> Iterator[Finding]:
    """Jobs that do not get on."""
    queue = open_store().queue
    for record in [one for one in [*live, *records] if _is_open(one) and one.is_own][:RECENT]:
        if record.path is not None and not _is_there(Path(record.path)):
            yield _bad(
                "job",
                f"the file of job {record.short_id} is gone: {record.path!r}",
                "put it back",
                Command("cancel the job", "cancel", record.short_id),
            )
    begun = [one for one in live if not one.rows_read and one.state is not State.PAUSED]
    for record in [one for one in begun if _age_s(one.started_at) > STUCK_S][:NAMED]:
        waits = f": {record.error}" if record.error else ""
        yield _bad(
            "job",
            f"job {record.short_id} has read no row for {_age_s(record.started_at) / 60:.0f} minutes, and is "
            f"{record.state.value}{waits}",
            Command("see what it does", "show", record.short_id),
        )
    for record in [one for one in records if one.is_given_up][:NAMED]:
        yield _bad(
            "job",
            f"job {record.short_id} ({record.label}) was given up",
            Command("see why", "show", record.short_id),
            Command("put it into the queue again", "retry", record.short_id),
        )
    dead = [one for one in records if one.state is State.INTERRUPTED and one.kind == "import"]
    for record in dead[:NAMED]:
        if queue.has(record.job_id):
            yield _told("job", f"the worker of job {record.short_id} has died: another one will go on with it")
        else:
            yield _told(
                "job",
                f"job {record.short_id} ({record.label}) did not end: {record.error}",
                *([] if isinstance(record.error, Message) else [Command("resume it", "resume", record.short_id)]),
            )
    if len(dead) > NAMED:
        more = f"{len(dead) - NAMED:,} more of the newest {RECENT} jobs did not end"
        yield _told("job", more, Command("list them", "jobs"))


def _databases(records: list[JobRecord]) -> Iterator[Finding]:
    """Whether the databases of the newest jobs answer, and their checkpoints can be read."""
    tables: dict[str, str] = {}
    for record in records:
        tables.setdefault(record.target, record.table_name)
    for target, table in list(tables.items())[:NAMED]:
        if lacks_password(target):
            yield _told("database", f"{target} was not looked at: its password is not kept", "set PGPASSWORD")
            continue
        answer = _answer(target, table)
        if isinstance(answer, ImporterError):
            message = answer.message
            if not isinstance(answer, DisconnectedError):
                message = message.after(f"the checkpoints of {table!r} in {target} cannot be read: ")
            yield Finding(level="bad", about="database", message=message)
        elif isinstance(answer, BaseException):
            yield _bad("database", f"{target} cannot be looked at: {type(answer).__name__}: {answer}")
        elif answer is None:
            said = f"{target} has not answered for {ANSWER_S:g} s"
            yield _bad("database", said, "look whether somebody holds a lock there")
        else:
            yield _good("database", f"{target} answers")


def _answer(target: str, table: str) -> object:
    """The checkpoints of a table, or the error; None if nothing comes in time."""
    found: list[object] = []

    def look() -> None:
        try:
            found.append(checkpoints_of(target, table))
        except Exception as exc:  # noqa: BLE001 - it is told
            found.append(exc)

    thread = threading.Thread(target=look, name="importer-doctor", daemon=True)
    thread.start()
    thread.join(ANSWER_S)
    return found[0] if found else None


def _libraries(records: list[JobRecord]) -> Iterator[Finding]:
    """Libraries that are missing; it is bad if the jobs need one."""
    for library, extra in DRIVERS.items():
        if importlib.util.find_spec(library) is not None:
            continue
        begins = URLS.get(library)
        needed = [one for one in records if begins is not None and one.target.startswith(begins)]
        make = _bad if needed else _told
        for_what = f", which job {needed[0].short_id} needs" if needed else ""
        yield make("library", f"{library} is not installed{for_what}", f"pip install 'notebook-importer[{extra}]'")


def _is_open(record: JobRecord) -> bool:
    """Whether the job is still to be done."""
    return not record.state.is_final


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or "*" in path.name or "?" in path.name
    except OSError:
        return False


def _age_s(moment: str | None) -> float:
    """Seconds since a moment of the store."""
    if moment is None:
        return 0.0
    then = datetime.fromisoformat(moment)
    return (datetime.now(UTC) - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()


def _count(n: int, one: str, other: str) -> str:
    return f"{n:,} {one if n == 1 else other}"
