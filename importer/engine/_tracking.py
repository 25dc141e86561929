"""How an operation is told and steered, with all that is nested in it: `Tracking`.

It is long because all of it is under one lock: what is told, what is asked, and the stages that are nested.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from importer.core import FULL, Attachable, Progress, StageInHand, State
from importer.engine._broadcast import Broadcast
from importer.engine._pulse import beat
from importer.engine._said import LONGEST_NAME, text_of, why_of
from importer.engine._shutdown import LIVE
from importer.engine._weights import WHOLE
from importer.errors import CancelledError, Message, OptionError
from importer.listeners import auto
from importer.store import JobRecord, Keeper, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.core import Controllable, Listener
    from importer.engine._operation import Operation
    from importer.engine._part import Part
    from importer.engine._stage import Stage

__all__ = ["Tracking"]

TELL_S = 0.1
"""Shortest time between two snapshots."""

QUIET_S = 1.0
"""Longest time between two of them, while nothing is new but the time."""

LISTEN_S = 0.1
"""Longest single wait while paused, so that Ctrl-C is heard."""


class Tracking:
    """Tells the snapshots of one operation, and pauses, resumes and cancels it. Nested operations share it.

    Attributes
    ----------
    in_hand
        The stage that was entered or advanced last.
    message, details, key
        What was said last, any JSON as text, and what was done last.
    is_asked
        Whether somebody asks for something; before the operation begins, that it has not begun.
    is_heard, due_at
        Whether anybody listens, and when they are to be told next.
    """

    def __init__(self, operation: Operation, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.in_hand: Stage | None = None
        self.message: str | None = None
        self.details: str | None = None
        self.key: str | None = None
        self.is_asked = True
        self.is_heard = self.is_over = self.has_begun = False
        self.due_at = 0.0
        self.stops_as: State | None = None
        self.has_obeyed = False
        self._operation = operation
        self._state, self._seq, self._last = State.RUNNING, 0, Progress()
        self._broadcast = Broadcast(())
        self._began_at = self._away_s = 0.0
        self._rests_since: float | None = None
        self._thread = threading.current_thread()
        self._going, self._done = threading.Event(), threading.Event()
        self._going.set()
        self._asking, self._telling = threading.Lock(), threading.Lock()
        self._steered: dict[Part, Controllable] = {}

    @property
    def progress(self) -> Progress:
        """The newest snapshot."""
        return self._last if self.is_over else self._snapshot()

    def begin(self, listeners: Iterable[Listener] | None, *, is_kept: bool) -> None:
        """Deliver the first snapshot on this thread, so that a view opens here."""
        heard: list[Listener] = [auto()] if listeners is None else list(listeners)
        for listener in heard:
            if isinstance(listener, Attachable):
                listener.attach(self)
        if is_kept:
            now = self._operation
            keeper = Keeper(open_store(), JobRecord(job_id=now.id, kind="task", label=now.label, unit="parts"))
            keeper.attach(self)
            heard.append(keeper)
        self._broadcast = Broadcast(heard, min_interval_s=0.0)
        self._thread = threading.current_thread()
        self._began_at = self.clock()
        with self._asking:
            self.has_begun = True
            self.is_asked = self._is_asking
        LIVE.add(self)
        try:
            with self._telling:
                self._tell()
        except BaseException as exc:  # Ctrl-C, while the view opened.
            self.end(State.CANCELLED, why_of(exc))
            raise
        if heard:
            self.is_heard = True
            beat(self)

    def move(self) -> None:
        """Do what is asked for, and tell what is new if it is time to."""
        if self.is_asked:
            self.obey()
        self._tell_in_time()

    def steer(self, part: Part, job: Controllable) -> None:
        """Pause, resume and cancel an import together with the operation."""
        with self._asking:
            self._steered[part] = job
            self._pass_on()

    def let_go(self, part: Part) -> None:
        """Steer an import that has ended no longer."""
        with self._asking:
            self._steered.pop(part, None)

    def hear(self, stage: Stage, message: str, now: Progress) -> None:
        """Take a snapshot of an import that is a part of the operation."""
        if self.is_over:
            return
        self.in_hand, self.message = stage, text_of(message)
        if now.current_key is not None:
            self.key = text_of(now.current_key, LONGEST_NAME)
        if now.state is State.PAUSED or self._state is State.PAUSED:
            self._turn(State.PAUSED if now.state is State.PAUSED else State.RUNNING)
        if now.state is self.stops_as:
            self.has_obeyed = True
        self._tell_in_time()

    def _tell_in_time(self) -> None:
        if not self.is_heard or self.clock() < self.due_at:
            return
        # One thread tells at a time, and none waits for it.
        if self._telling.acquire(blocking=False):
            try:
                if not self.is_over:
                    self._tell()
            finally:
                self._telling.release()

    def pulse(self) -> None:
        """Tell what was said last, and that time passes."""
        if not self._telling.acquire(blocking=False):
            return
        try:
            now, last = self._snapshot(), self._last
            is_same = (now.rows_read, now.stage, now.current_key) == (last.rows_read, last.stage, last.current_key)
            if not self.is_over and not (is_same and now.elapsed_s - last.elapsed_s < QUIET_S):
                self._tell()
        except KeyboardInterrupt:  # From a listener; there is nothing to stop in this thread.
            self.cancel()
        finally:
            self._telling.release()

    def obey(self) -> None:
        """Rest, go on or stop, as somebody asks for.

        Raises
        ------
        CancelledError
            If the operation was cancelled.
        OptionError
            If it has not begun.
        """
        self._raise_if_not_begun()
        if self._is_to_rest:
            self._turn(State.PAUSED)
            while not self._going.wait(LISTEN_S):
                pass
            self._turn(State.RUNNING)
        if self.stops_as is not None and not self.is_over:
            self.has_obeyed = True
            said = f"{self._operation.label!r} was {self.stops_as.value}"
            raise CancelledError(said, facts={"job": self._operation.id})

    async def obey_later(self) -> None:
        """The same as `obey`, while other tasks go on."""
        import asyncio

        self._raise_if_not_begun()
        if self._is_to_rest:
            self._turn(State.PAUSED)
            while not self._going.is_set():  # noqa: ASYNC110 - any thread ends the pause
                await asyncio.sleep(LISTEN_S / 2)
            self._turn(State.RUNNING)
        if self.is_asked:
            self.obey()

    def pause(self) -> None:
        """Stop at the next checkpoint, until `resume`."""
        with self._asking:
            if self.stops_as is None:
                self._going.clear()
            self.is_asked = self._is_asking
            self._pass_on()

    def resume(self) -> None:
        """Continue after `pause`."""
        with self._asking:
            self._going.set()
            self.is_asked = self._is_asking
            for job in self._steered.values():
                job.resume()

    def cancel(self) -> None:
        """Stop for good at the next checkpoint."""
        self._stop(State.CANCELLED)

    def interrupt(self, why: str = "Python ended") -> None:
        """End as interrupted, as when Python ends."""
        self._stop(State.INTERRUPTED)
        if self._thread is threading.main_thread() or not self._thread.is_alive():
            # It has left the operation for good, without a word.
            self.end(State.INTERRUPTED, Message(why, ["run it again"]))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end, and return whether it came."""
        return self._done.wait(timeout_s)

    def pace(self, pace: str | float | None = None) -> str:
        """The pace, which is always full.

        Raises
        ------
        OptionError
            If another one is given.
        """
        if pace not in {None, FULL}:
            raise OptionError(f"{self._operation.label!r} is an operation, which has no pace")
        return FULL

    def facts(self) -> dict[str, str | None]:
        """Nothing more for the history than the progress."""
        return {}

    def end(self, state: State, why: str | None = None) -> None:
        """Deliver the final snapshot, once."""
        with self._telling:
            if self.is_over:
                return
            self._state = state
            try:
                self._tell(why)
            finally:
                self.is_over = True
                self.is_heard = False
                self._done.set()
                LIVE.discard(self)

    @property
    def _is_asking(self) -> bool:
        return not self.has_begun or self.stops_as is not None or not self._going.is_set()

    @property
    def _is_to_rest(self) -> bool:
        return self.stops_as is None and not self._going.is_set() and not self.is_over

    def _raise_if_not_begun(self) -> None:
        if not self.has_begun:
            raise OptionError(
                f"{self._operation.label!r} has not begun",
                code="operation-not-begun",
                fixes=["use it in a with statement"],
            )

    def _stop(self, state: State) -> None:
        with self._asking:
            self.stops_as = self.stops_as or state
            self.is_asked = True
            self._going.set()
            self._pass_on()

    def _pass_on(self) -> None:
        """Ask of the imports within it what is asked of the operation; Python interrupts them itself when it ends."""
        for job in self._steered.values():
            if self.stops_as is State.CANCELLED:
                job.cancel()
            elif self.stops_as is None and not self._going.is_set():
                job.pause()

    def _turn(self, state: State) -> None:
        """Tell of a pause, or of its end."""
        with self._telling:
            if self.is_over or self._state is state:
                return
            now = self.clock()
            if self._rests_since is not None:
                self._away_s += now - self._rests_since
            self._rests_since = now if state is State.PAUSED else None
            self._state = state
            self._tell()

    def _tell(self, why: str | None = None) -> None:
        self._seq += 1
        self._last = self._snapshot(why)
        self.due_at = self.clock() + TELL_S
        self._broadcast(self._last)

    def _snapshot(self, why: str | None = None) -> Progress:
        share, steps = self._operation.share, self._operation.steps
        return Progress(
            job_id=self._operation.id,
            label=self._operation.label,
            kind="task",
            state=self._state,
            seq=self._seq,
            rows_read=steps,
            created=steps,
            current_key=self.key,
            completed=0 if share is None else int(share * WHOLE),
            total=None if share is None else WHOLE,
            unit="parts",
            elapsed_s=self._elapsed_s,
            error=why,
            stage=self._stage_in_hand(),
        )

    def _stage_in_hand(self) -> StageInHand | None:
        found = self.in_hand
        if found is None:
            return None
        return StageInHand(
            name=found.path,
            number=found.outermost.number,
            count=self._operation.stage_count,
            completed=found.completed,
            total=found.total,
            message=self.message,
            details=self.details,
        )

    @property
    def _elapsed_s(self) -> float:
        """Seconds of work: those in which it is paused do not count."""
        until = self.clock() if self._rests_since is None else self._rests_since
        return max(0.0, until - self._began_at - self._away_s)
