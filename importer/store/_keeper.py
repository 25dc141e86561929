"""The listener that keeps a job in the store, and passes on what other processes ask of it: `Keeper`."""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from importer.core import State
from importer.errors import StoreError, StoreWarning
from importer.store._record import now_text

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.store._record import JobRecord
    from importer.store._store import Store

__all__ = ["Controls", "Keeper", "let_in"]

TICK_S = 0.2
"""How often it looks what others ask for."""

WRITE_S, BEAT_S = 0.5, 2.0
"""Progress is written at most so often; without any, a sign of life at least so often."""

ENTER_S, LEAVE_S = 0.05, 5.0
"""Longest wait for a store that is slow: as the job begins, and as it ends."""


class Controls(Protocol):
    """What others may ask a job for, and what else is kept of it."""

    def pause(self) -> object:
        """Stop after the chunk at hand, to go on later."""
        ...

    def resume(self) -> object:
        """Go on."""
        ...

    def cancel(self) -> object:
        """Stop for good."""
        ...

    def facts(self) -> dict[str, str | None]:
        """Columns of the store that only the job can fill."""
        ...


class Keeper:
    """Writes from a thread of its own, so that a slow store holds up no rows.

    Parameters
    ----------
    store
        Where to.
    record
        What is known of the job before it begins.
    """

    def __init__(self, store: Store, record: JobRecord) -> None:
        self._store = store
        self._record = replace(
            record, user_name=_user(), host=socket.gethostname(), pid=os.getpid(), made_at=record.made_at or now_text()
        )
        self._job: Controls | None = None
        self._latest: Progress | None = None
        self._written: Progress | None = None
        self._written_at = 0.0
        self._wake = threading.Event()
        self.is_entered = threading.Event()
        self._has_warned = False
        self._thread: threading.Thread | None = None

    def attach(self, job: Controls) -> None:
        """Name the job that is kept."""
        self._job = job

    @property
    def record(self) -> JobRecord:
        """The job as it was last written."""
        return self._record

    def __call__(self, progress: Progress, /) -> None:
        """Take the snapshot; a new state is written at once, and the last one before this returns."""
        is_news = self._latest is None or self._latest.state is not progress.state
        self._latest = progress
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="importer-keeper", daemon=True)
            _ENTERING.add(self)
            self._thread.start()
            self.is_entered.wait(ENTER_S)
        elif is_news:
            self._wake.set()
        if progress.state.is_final:
            self._thread.join(LEAVE_S)

    def _run(self) -> None:
        while (now := self._latest) is not None and not now.state.is_final:
            if self._is_due(now):
                self._write(now)
                self._enter()
            else:
                self._obey()
            self._wake.wait(TICK_S)
            self._wake.clear()
        # A store that was never there will not come at the end.
        ends_at = time.monotonic() + (0.0 if self._written is None else LEAVE_S)
        while now is not None and not self._write(now) and time.monotonic() < ends_at:
            self._wake.wait(TICK_S)
        self._enter()

    def _enter(self) -> None:
        """Say that the job is in the store, or cannot be had there."""
        self.is_entered.set()
        _ENTERING.discard(self)

    def _is_due(self, now: Progress) -> bool:
        if self._written is None or now.state is not self._written.state:
            return True
        since_s = time.monotonic() - self._written_at
        return since_s >= (BEAT_S if now is self._written else WRITE_S)

    def _write(self, now: Progress) -> bool:
        facts: dict[str, Any] = {} if self._job is None else self._job.facts()
        heard_at = now_text()
        record = replace(
            self._record,
            **now.totals,
            **facts,
            state=now.state,
            total=now.total,
            unit=now.unit,
            error=now.error,
            rows_per_s=now.rows_per_s,
            started_at=self._record.started_at or (None if now.state is State.PENDING else heard_at),
            heard_at=heard_at,
            finished_at=heard_at if now.state.is_final else None,
        )
        self._record = record
        try:
            self._store.write(record)
        except StoreError as exc:
            self._warn(exc)
            return False
        finally:
            self._written_at = time.monotonic()
        self._written = now
        return True

    def _obey(self) -> None:
        """Pass on what another process asks for."""
        try:
            what = self._store.asked(self._record.job_id)
        except StoreError as exc:
            self._warn(exc)
            return
        if self._job is not None and what in {"pause", "resume", "cancel"}:
            getattr(self._job, what)()

    def _warn(self, exc: StoreError) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(f"the import goes on, but its history may be lost: {exc}", StoreWarning, stacklevel=2)


_ENTERING: set[Keeper] = set()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ENTERING.clear)  # Their threads stay in the parent.


def let_in() -> None:
    """Wait until the jobs that this process has begun are in the store, or cannot be had there."""
    for keeper in tuple(_ENTERING):
        keeper.is_entered.wait(LEAVE_S)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # A container may have no name for its user.
        return None
