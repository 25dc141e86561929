"""Snapshots of a job to its listeners: `Broadcast`."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

from importer.errors import ListenerWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.core import Listener, Progress, State

__all__ = ["Broadcast"]


class Broadcast:
    """Hands each snapshot to every listener: throttled, guarded, in order.

    Promises: the first snapshot and every change of state are delivered; within a state at most one
    snapshot per interval; after the final one nothing. A listener that raises is detached with one
    `ListenerWarning`; ``KeyboardInterrupt`` and its like pass through.

    Parameters
    ----------
    listeners
        What to call with each snapshot, in this order.
    min_interval_s
        Shortest time between two snapshots of the same state, in seconds.
    clock
        Returns the time in seconds.

    Examples
    --------
    >>> from importer.core import Progress, State
    >>> seen = []
    >>> tell = Broadcast([seen.append])
    >>> for progress in Progress(), Progress(seq=1), Progress(seq=2, state=State.RUNNING):
    ...     tell(progress)
    >>> [progress.seq for progress in seen]
    [0, 2]
    """

    def __init__(
        self,
        listeners: Iterable[Listener],
        *,
        min_interval_s: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listeners = list(listeners)
        self._min_interval_s = min_interval_s
        self._clock = clock
        self._state: State | None = None
        self._delivered_at = 0.0

    def __call__(self, progress: Progress, /) -> None:
        """Deliver the snapshot if it is due."""
        now = self._clock()
        same_state = progress.state is self._state
        if same_state and (progress.state.is_final or now - self._delivered_at < self._min_interval_s):
            return
        if self._state is not None and self._state.is_final:
            return
        self._state, self._delivered_at = progress.state, now
        for listener in tuple(self._listeners):
            try:
                listener(progress)
            except Exception as exc:  # noqa: BLE001 - a listener may raise anything
                self._listeners.remove(listener)
                warnings.warn(
                    f"the listener {listener!r} raised {exc!r} and was detached; the "
                    f"{'operation' if progress.kind == 'task' else 'import'} goes on",
                    ListenerWarning,
                    stacklevel=2,
                )
