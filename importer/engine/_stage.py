"""A stage of an operation, which is advanced step by step: `Stage`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from importer.engine._said import LONGEST_NAME, count_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from types import TracebackType

    from importer.engine._operation import Operation
    from importer.engine._part import Part

__all__ = ["Stage"]

T = TypeVar("T")


class Stage:
    """A stage of an operation. Enter it with ``with`` or ``async with``, from any thread.

    Attributes
    ----------
    name, number
        The stage, and which of the stages it is, from 1.
    completed, total
        Steps done, and how many there are; None while unknown.
    operation, tracking
        What it is a stage of, and how that is told.

    Examples
    --------
    >>> import importer
    >>> with importer.track("Publish", stages=["scrape", "import"], listeners=[], history=False) as op:
    ...     with op.stage("scrape", total=4) as stage:
    ...         stage.advance(3, message="three are here")
    ...         op.progress.fraction
    0.375
    """

    def __init__(self, operation: Operation, name: str = "", number: int = 1) -> None:
        self.name = name
        self.completed = 0
        self.total: int | None = None
        self.number = number
        self.operation = operation
        self.tracking = operation.tracking
        self._lock = threading.Lock()
        self._within: list[Operation | Part] = []
        self._nested = 0
        self._last: float | None = None
        self._has_total = False
        self._open = 0
        self._is_done = False

    def advance(self, n: int = 1, *, message: object = None, key: object = None) -> None:
        """Count steps that are done, and stop here while the operation is paused.

        Parameters
        ----------
        n
            How many.
        message
            What a person should know now.
        key
            What was done last, such as the id of a post.

        Raises
        ------
        CancelledError
            If somebody cancelled the operation.
        """
        if n.__class__ is not int or n < 0:
            n = count_of(n, "n")
        with self._lock:
            self.completed += n
        tracking = self.tracking
        tracking.in_hand = self
        if message is not None:
            tracking.message = text_of(message)
        if key is not None:
            tracking.key = key if key.__class__ is str and len(key) < LONGEST_NAME else text_of(key, LONGEST_NAME)
        if tracking.is_asked or (tracking.is_heard and tracking.clock() >= tracking.due_at):
            tracking.move()

    @overload
    def __call__(self, things: Iterable[T]) -> Iterator[T]: ...
    @overload
    def __call__(self, things: AsyncIterable[T]) -> AsyncIterator[T]: ...
    def __call__(self, things: Any) -> Any:
        """The same things, each of them a step that is done once the next one is asked for."""
        if hasattr(things, "__aiter__"):
            return self._each_later(things)
        return self._each(things)

    def _each(self, things: Iterable[T]) -> Iterator[T]:
        if not self._has_total:
            self._expect(len_of(things))
        advance = self.advance
        for thing in things:
            yield thing
            advance()

    async def _each_later(self, things: AsyncIterable[T]) -> AsyncIterator[T]:
        if not self._has_total:
            self._expect(len_of(things))
        async for thing in things:
            await self.tracking.obey_later()
            yield thing
            self.advance()

    def expect(self, total: int) -> None:
        """Take note of how many steps are to come; those of a stage that is entered again come on top."""
        self._has_total = True
        self._expect(total)

    def _expect(self, more: int | None) -> None:
        if more is not None:
            with self._lock:
                self.total = (self.total or 0) + more

    def hold(self, one: Operation | Part) -> None:
        """Take an operation or an import that runs within this stage."""
        with self._lock:
            self._within.append(one)

    def release(self, one: Operation | Part) -> None:
        """Let go of one that has ended."""
        with self._lock:
            self._within.remove(one)
            self._nested += one.steps
            self._last = one.share

    @property
    def outermost(self) -> Stage:
        """The stage of the operation around all others that this one is in."""
        parent = self.operation.parent
        return self if parent is None else parent.outermost

    @property
    def path(self) -> str:
        """The name, after those of the operations and stages around it."""
        parent = self.operation.parent
        around = [] if parent is None else [parent.path, self.operation.label]
        return " › ".join(filter(None, [*around, self.name]))

    @property
    def steps(self) -> int:
        """Steps done, with those of operations within."""
        with self._lock:
            within, done = tuple(self._within), self.completed + self._nested
        return done + sum(one.steps for one in within)

    @property
    def share(self) -> float | None:
        """Share of the stage that is done; None if nobody knows."""
        if self._is_done:
            return 1.0
        with self._lock:
            within, done, total = tuple(self._within), self.completed, self.total
        parts = [one.share or 0.0 for one in within]
        if total is not None:
            return min(1.0, (done + sum(parts)) / total) if total else 0.0
        # Alone within its stage, it is all that is known of the stage, also once it has ended.
        if not within:
            return self._last
        return parts[0] if len(parts) == 1 and within[0].share is not None else None

    def __enter__(self) -> Self:
        if self.tracking.is_asked:
            self.tracking.obey()
        with self._lock:
            self._open += 1
            self._is_done = False
        self.operation.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._open -= 1
            self._is_done = not self._open and error is None
        self.operation.leave(self)

    async def __aenter__(self) -> Self:
        await self.tracking.obey_later()
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __repr__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        return f"<Stage {self.name!r}: {self.completed:,}{of}>"


def len_of(things: object) -> int | None:
    """How many there are, if that is known without looking at each.

    Examples
    --------
    >>> len_of([1, 2]), len_of(iter([1, 2])), len_of(range(10**30))
    (2, None, None)
    """
    try:
        return len(things)  # type: ignore[arg-type]  # that is what it finds out
    except (TypeError, OverflowError, NotImplementedError):
        return None
