"""Any operation with a progress: `Operation`.

It is long because an operation is used in many ways: ``with``, ``async with``, a loop, a decorator.
"""

from __future__ import annotations

import inspect
import os
import threading
import uuid
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from importer.core import State
from importer.engine._said import LONGEST_NAME, count_of, json_of, text_of, why_of
from importer.engine._stage import Stage
from importer.engine._tracking import Tracking
from importer.engine._weights import raise_for_stage, weights_of, whole_of
from importer.errors import CancelledError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from importer.core import Listener, Progress

__all__ = ["Operation", "current_stage"]

F = TypeVar("F", bound="Callable[..., Any]")

_CURRENT: ContextVar[Stage | None] = ContextVar("importer-stage", default=None)


class Operation:
    """What `importer.track` tracks; enter it with ``with`` or ``async with``, or decorate a function with it.

    An operation that begins within another one, in the same thread or task, is part of it: it has no listeners and no
    history of its own, unless it is given listeners.

    Parameters
    ----------
    label
        The operation for people.
    total
        How many steps it has, if it has no stages.
    stages
        Its stages with their weights, or only their names.
    listeners
        What to call with each snapshot; None for the view that suits the place.
    history
        Whether the history keeps it.
    """

    def __init__(
        self,
        label: str,
        *,
        total: int | None = None,
        stages: object = None,
        listeners: Iterable[Listener] | None = None,
        history: bool = True,
    ) -> None:
        self.label = text_of(label, LONGEST_NAME)
        self.id = str(uuid.uuid4())
        self.parent: Stage | None = None
        self.tracking = Tracking(self)
        self._total = None if total is None else count_of(total, "total")
        self._weights = weights_of(stages)
        self._listeners = None if listeners is None else tuple(listeners)
        self._is_kept = history
        self._is_over = False
        self._own = Stage(self)
        self._stages: dict[str, Stage] = {}
        self._lock = threading.Lock()
        self._most = 0.0

    @property
    def progress(self) -> Progress:
        """The newest snapshot; of a nested operation, that of the one around it."""
        return self.tracking.progress

    @property
    def completed(self) -> int:
        """Steps done, in all stages."""
        return self.steps

    @property
    def own(self) -> Stage:
        """The stage that the operation itself is, for steps that are of no other."""
        return self._own

    def stage(self, name: str, total: int | None = None) -> Stage:
        """A stage to enter; the same one if it is entered again, or by several threads.

        Parameters
        ----------
        name
            One of the stages that were given; any, if none were.
        total
            How many steps it has; those of a stage that is entered again come on top.

        Raises
        ------
        OptionError
            If there is no such stage, or the operation has not begun.
        CancelledError
            If somebody cancelled the operation.
        """
        self.checkpoint()
        if self._weights is not None:
            raise_for_stage(name, self._weights)
        with self._lock:
            if name not in self._stages:
                at = len(self._stages) if self._weights is None else list(self._weights).index(name)
                self._stages[name] = Stage(self, text_of(name, LONGEST_NAME), at + 1)
            found = self._stages[name]
        if total is not None:
            found.expect(count_of(total, "total"))
        return found

    def advance(self, n: int = 1, *, message: object = None, key: object = None) -> None:
        """Count steps of an operation without stages, see `Stage.advance`."""
        self._own.advance(n, message=message, key=key)

    def update(self, message: object = None, *, details: object = None) -> None:
        """Say something; what is said last is shown when the operation is done.

        Parameters
        ----------
        message
            What a person should know now.
        details
            Anything that is JSON; what is too large for the history is left out, and named.
        """
        if message is not None:
            self.tracking.message = text_of(message)
        if details is not None:
            self.tracking.details = json_of(details)
        self.tracking.move()

    def checkpoint(self) -> None:
        """Stop here while the operation is paused; every `advance` does the same.

        Raises
        ------
        CancelledError
            If somebody cancelled the operation.
        """
        if self.tracking.is_asked:
            self.tracking.obey()

    async def wait_while_paused(self) -> None:
        """Do as `checkpoint` does, while other tasks go on.

        Raises
        ------
        CancelledError
            If somebody cancelled the operation.
        """
        await self.tracking.obey_later()

    def pause(self) -> None:
        """Stop at the next checkpoint, until `resume`."""
        self.tracking.pause()

    def resume(self) -> None:
        """Continue after `pause`."""
        self.tracking.resume()

    def cancel(self) -> None:
        """Stop for good at the next checkpoint, which raises `CancelledError`."""
        self.tracking.cancel()

    def __enter__(self) -> Self:
        if self.tracking.has_begun:
            raise OptionError(
                f"{self.label!r} has begun already",
                code="operation-begun",
                fixes=["make another one"],
            )
        self.parent = current_stage() if self._listeners is None else None
        if self.parent is not None:
            self.parent.operation.checkpoint()
            self.tracking = self.parent.operation.tracking
        self._own = Stage(self)
        if self._total is not None:
            self._own.expect(self._total)
        self.tracking.in_hand = self._own
        if self.parent is None:
            self.tracking.begin(self._listeners, is_kept=self._is_kept)
        else:
            self.parent.hold(self)
        _CURRENT.set(self._own)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        _CURRENT.set(self.parent)
        tracking = self.tracking
        if self.parent is not None:
            self.parent.release(self)
            tracking.in_hand = self.parent
        elif error is None:
            # What was asked for too late to be obeyed did not happen.
            stops_as = tracking.stops_as if tracking.has_obeyed else None
            tracking.end(stops_as or State.SUCCEEDED)
        elif isinstance(error, CancelledError) and tracking.has_obeyed:
            tracking.end(tracking.stops_as or State.CANCELLED)
        else:
            tracking.end(State.FAILED if isinstance(error, Exception) else State.CANCELLED, why_of(error))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """The same function, each call of which is such an operation."""
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def tracked_later(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the function has it
                async with self._another():
                    return await function(*args, **kwargs)

            return cast("F", tracked_later)
        if inspect.isgeneratorfunction(function):

            @wraps(function)
            def tracked_each(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the function has it
                with self._another():
                    return (yield from function(*args, **kwargs))

            return cast("F", tracked_each)

        @wraps(function)
        def tracked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the function has it
            with self._another():
                return function(*args, **kwargs)

        return cast("F", tracked)

    def _another(self) -> Operation:
        return Operation(
            self.label,
            total=self._total,
            stages=self._weights,
            listeners=self._listeners,
            history=self._is_kept,
        )

    def enter(self, stage: Stage) -> None:
        """Take note of the stage that begins."""
        tracking = self.tracking
        if tracking.in_hand is not stage:
            tracking.in_hand, tracking.message, tracking.details = stage, None, None
        _CURRENT.set(stage)
        tracking.move()

    def leave(self, stage: Stage) -> None:
        """Take note of the stage that ends here; another thread may go on with it."""
        if _CURRENT.get() is stage:
            _CURRENT.set(self._own)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._is_over or self.tracking.is_over

    @property
    def stage_count(self) -> int | None:
        """How many stages it has; None if nobody knows."""
        return None if self._weights is None else len(self._weights)

    @property
    def share(self) -> float | None:
        """Share that is done, which never falls; None if nobody knows."""
        if self._weights is not None:
            with self._lock:
                stages = tuple(self._stages.items())
            found = whole_of([(self._weights[name], stage.share or 0.0) for name, stage in stages])
        elif self._own.total is not None:
            found = self._own.share or 0.0
        else:
            return None
        self._most = max(self._most, found)
        return self._most

    @property
    def steps(self) -> int:
        """Steps done in all stages, with those of operations within."""
        with self._lock:
            stages = (self._own, *self._stages.values())
        return sum(stage.steps for stage in stages)

    def __repr__(self) -> str:
        state = self.progress.state.value if self.tracking.has_begun else "not begun"
        return f"<Operation {self.label!r}: {state}>"


def current_stage() -> Stage | None:
    """The stage in which this thread or task is."""
    stage = _CURRENT.get()
    while stage is not None and stage.operation.is_over:
        stage = stage.operation.parent
    return stage


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _CURRENT.set(None))
