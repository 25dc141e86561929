"""The listener that keeps a job in the store, and obeys what other processes ask of it: `Keeper`."""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from importer.core import FULL, Paceable, process_mark
from importer.errors import Message, OptionError, StoreError, StoreWarning
from importer.store._record import user_name

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.store._record import JobRecord
    from importer.store._store import Store

__all__ = ["Controls", "Keeper", "wait_until_recorded"]

TICK_S = 0.2
"""How often it looks for what others ask."""

WRITE_S, BEAT_S = 0.5, 2.0
"""Progress is written at most this often; a sign of life at least this often."""

BEGIN_S, END_S, LAST_S = 0.05, 5.0, 600.0
"""Longest wait for a slow store: as the job begins, as it ends, and for its end to be written in the background."""


class Controls(Paceable, Protocol):
    """What a keeper needs of a job."""

    def facts(self) -> dict[str, str | None]:
        """Columns of the store that only the job can fill."""
        ...


class Keeper:
    """Writes from a thread of its own, so that a slow store delays no rows.

    Parameters
    ----------
    store
        The store to write to.
    record
        What is known of the job before it begins.
    """

    def __init__(self, store: Store, record: JobRecord) -> None:
        self._store = store
        self._record = replace(
            record, user_name=user_name(), host=socket.gethostname(), pid=os.getpid(), process=process_mark()
        )
        self._job: Controls | None = None
        self._latest: Progress | None = None
        self._written: Progress | None = None
        self._written_at = 0.0
        self._wake = threading.Event()
        self.is_recorded = threading.Event()
        self._pace = FULL
        self._has_warned = False
        self._thread: threading.Thread | None = None

    def attach(self, job: Controls) -> None:
        """Name the job that is kept."""
        self._job = job
        self._pace = job.pace()

    def __call__(self, progress: Progress, /) -> None:
        """Take the snapshot; a new state is written at once, and the last one before this returns."""
        is_news = self._latest is None or self._latest.state is not progress.state
        self._latest = progress
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="importer-keeper", daemon=True)
            _BEGINNING.add(self)
            self._thread.start()
            self.is_recorded.wait(BEGIN_S)
        elif is_news:
            self._wake.set()
        if progress.state.is_final:
            self._thread.join(END_S)

    def _run(self) -> None:
        while (now := self._latest) is not None and not now.state.is_final:
            if self._is_due(now):
                self._write(now)
                self._end_waits()
            else:
                self._obey()
            self._wake.wait(TICK_S)
            self._wake.clear()
        # A store that was never there does not appear at the end.
        ends_at = time.monotonic() + (0.0 if self._written is None else LAST_S)
        while now is not None and not self._write(now) and time.monotonic() < ends_at:
            self._wake.wait(TICK_S)
        self._end_waits()

    def _end_waits(self) -> None:
        """Say that the job is in the store, or that the store cannot be reached."""
        self.is_recorded.set()
        _BEGINNING.discard(self)

    def _is_due(self, now: Progress) -> bool:
        if self._written is None or now.state is not self._written.state:
            return True
        since_s = time.monotonic() - self._written_at
        return since_s >= (BEAT_S if now is self._written else WRITE_S)

    def _write(self, now: Progress) -> bool:
        facts: dict[str, Any] = {} if self._job is None else self._job.facts()
        self._record = replace(
            self._record,
            **now.totals,
            **facts,
            state=now.state,
            total=now.total,
            unit=now.unit,
            error=now.error,
            message=now.error.as_json() if isinstance(now.error, Message) else None,
            rows_per_s=now.rows_per_s,
            stage=None if now.stage is None else now.stage.as_json(),
        )
        try:
            self._store.write(self._record, is_new_run=self._written is None)
        except StoreError as exc:
            self._warn(exc)
            return False
        finally:
            self._written_at = time.monotonic()
        self._written = now
        return True

    def _obey(self) -> None:
        """Do what another process asks for; it stays in the store until it is done."""
        try:
            what, pace = self._store.asked(self._record.job_id)
            if self._job is not None:
                self._keep_pace(self._job, pace)
            if what is None:
                return
            if self._job is not None and what in {"pause", "resume", "cancel"}:
                getattr(self._job, what)()
            self._store.clear(self._record.job_id, what)
        except StoreError as exc:
            self._warn(exc)

    def _keep_pace(self, job: Controls, asked: str | None) -> None:
        """Tell the store a pace that the job was given here, or else tell the job the one that is asked for."""
        now = job.pace()
        if now != self._pace:
            self._store.ask_pace(self._record.job_id, now)
            self._pace = now
        elif asked is not None and asked != now:
            with suppress(OptionError):  # Anybody may have written anything.
                self._pace = job.pace(asked)

    def _warn(self, exc: StoreError) -> None:
        if not self._has_warned:
            self._has_warned = True
            what = "operation" if self._record.kind == "task" else "import"
            said = exc.message.after(f"the {what} goes on, but its history may be lost: ")
            warnings.warn(said, StoreWarning, stacklevel=2)


_BEGINNING: set[Keeper] = set()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BEGINNING.clear)  # Their threads stay in the parent.


def wait_until_recorded() -> None:
    """Wait until the jobs that this process has begun are in the store, or the store cannot be reached."""
    for keeper in tuple(_BEGINNING):
        keeper.is_recorded.wait(END_S)
