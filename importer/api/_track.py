"""Any operation with a progress: `track`."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, overload

from importer.api._plan import listeners_of
from importer.engine import Operation
from importer.errors import OptionError
from importer.views import say

if TYPE_CHECKING:
    from importer.core import Listener

__all__ = ["track"]

T = TypeVar("T")


@overload
def track(  # type: ignore[overload-overlap]  # text can be looped over too, and is a name
    what: str,
    /,
    *,
    total: int | None = ...,
    stages: Mapping[str, float] | Sequence[str] | None = ...,
    listeners: Iterable[Listener] | None = ...,
    history: bool = ...,
) -> Operation: ...
@overload
def track(
    what: Iterable[T],
    /,
    *,
    label: str | None = ...,
    total: int | None = ...,
    listeners: Iterable[Listener] | None = ...,
    history: bool = ...,
) -> Iterator[T]: ...
@overload
def track(
    what: AsyncIterable[T],
    /,
    *,
    label: str | None = ...,
    total: int | None = ...,
    listeners: Iterable[Listener] | None = ...,
    history: bool = ...,
) -> AsyncIterator[T]: ...
def track(  # noqa: PLR0913 - all but one by keyword
    what: str | Iterable[T] | AsyncIterable[T],
    /,
    *,
    label: str | None = None,
    total: int | None = None,
    stages: Mapping[str, float] | Sequence[str] | None = None,
    listeners: Iterable[Listener] | None = None,
    history: bool = True,
) -> Operation | Iterator[T] | AsyncIterator[T]:
    """Show the progress of anything that takes long: an operation with a name, or the things of a loop.

    An operation is entered with ``with`` or ``async with``, or decorates a function. It has the listeners, the history
    and the controls of an import: `Panel`, `importer.History` and ``importer pause JOB`` pause, resume and cancel it,
    which it obeys whenever it is advanced, and at ``op.checkpoint()``. An exception within makes it fail, in the words
    of the exception, and is raised again. An operation or an import within another operation is a part of it.

    Parameters
    ----------
    what
        The name of the operation, or what to loop over.
    label
        The name of the loop.
    total
        How many steps there are; a loop asks ``len``.
    stages
        The stages and their weights, such as how long each took the last time, or only their names.
    listeners
        As for `plan`.
    history
        Whether the history keeps it.

    Raises
    ------
    OptionError
        If the stages or their weights cannot be.

    Examples
    --------
    >>> import importer
    >>> seen = []
    >>> with importer.track("Publish posts", stages={"scrape": 20, "import": 60}, listeners=[seen.append]) as op:
    ...     with op.stage("scrape") as stage:
    ...         for url in stage(["/a", "/b"]):
    ...             pass
    ...     with op.stage("import", total=4) as stage:
    ...         stage.advance(2, message="two posts are in", key="post 2")
    ...         op.progress.fraction
    0.625
    >>> seen[-1].state.value, seen[-1].rows_read, importer.job(op.id).state.value
    ('succeeded', 4, 'succeeded')

    A loop, and a function:

    >>> sum(importer.track(range(4), listeners=[], history=False))
    6
    >>> @importer.track("Nightly", listeners=[], history=False)
    ... def nightly():
    ...     return "done"
    >>> nightly()
    'done'
    """
    heard = None if listeners is None else listeners_of(listeners)
    if isinstance(what, str):
        return Operation(what if label is None else label, total=total, stages=stages, listeners=heard, history=history)
    if stages is not None:
        raise OptionError(
            "a loop has no stages", facts={"option": "stages"}, fixes=["name an operation, and loop within"]
        )
    operation = Operation(say("track.loop") if label is None else label, total=total, listeners=heard, history=history)
    if isinstance(what, AsyncIterable):
        return _each_later(operation, what)
    if not isinstance(what, Iterable):
        raise OptionError(
            f"track() takes the name of an operation, or what to loop over, not {what!r}", facts={"option": "what"}
        )
    return _each(operation, what)


def _each(operation: Operation, things: Iterable[T]) -> Iterator[T]:
    with operation:
        yield from operation.own(things)


async def _each_later(operation: Operation, things: AsyncIterable[T]) -> AsyncIterator[T]:
    async with operation:
        async for thing in operation.own(things):
            yield thing
