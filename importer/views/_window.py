"""Speed and time left of a job, from its last few seconds: `Window`."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from importer.core import FULL

if TYPE_CHECKING:
    from importer.core import Kind, Progress

__all__ = ["Window"]

RESTING = 6
"""How much longer the window of a job is that rests, or of an operation, whose steps may be long."""


class Window:
    """Speed and time left, estimated from the last few seconds of running time.

    Time is the ``elapsed_s`` of the snapshots, so pauses do not count. After the final snapshot the
    speed is the average of the whole job.

    Parameters
    ----------
    seconds
        Length of the window, in seconds of running time.

    Examples
    --------
    >>> from importer.core import Progress
    >>> window = Window(seconds=5)
    >>> for s, rows in [(0, 0), (10, 1_000), (12, 3_000), (14, 5_000), (16, 7_000)]:
    ...     window(Progress(rows_read=rows, created=rows, completed=rows, total=8_000, elapsed_s=s))
    >>> window.rows_per_s, window.remaining_s
    (1000.0, 1.0)
    """

    def __init__(self, *, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._seen: deque[Progress] = deque()

    def __call__(self, progress: Progress, /) -> None:
        """Add the next snapshot."""
        seen = self._seen
        if seen and progress.elapsed_s < seen[-1].elapsed_s:
            seen.clear()
        if len(seen) > 1 and progress.elapsed_s == seen[-1].elapsed_s:
            seen.pop()
        seen.append(progress)
        # A job that rests between two chunks moves in steps.
        is_steady = progress.pace == FULL and progress.kind != "task"
        seconds = self._seconds if is_steady else self._seconds * RESTING
        while len(seen) > 2 and seen[1].elapsed_s <= progress.elapsed_s - seconds:  # noqa: PLR2004 - two ends
            seen.popleft()

    @property
    def kind(self) -> Kind:
        """What the job does."""
        return self._seen[-1].kind if self._seen else "import"

    @property
    def rows_per_s(self) -> float | None:
        """Rows a second; None before the second snapshot."""
        if self._seen and self._seen[-1].state.is_final:
            return self._seen[-1].rows_per_s
        took_s = self._took_s
        return (self._seen[-1].rows_read - self._seen[0].rows_read) / took_s if took_s else None

    @property
    def remaining_s(self) -> float | None:
        """Seconds left at this speed; None while unknown."""
        took_s = self._took_s
        if not took_s:
            return None
        first, last = self._seen[0], self._seen[-1]
        done = last.completed - first.completed
        if last.total is None or done <= 0:
            return None
        return last.at_least_s(max(last.total - last.completed, 0) * took_s / done)

    @property
    def _took_s(self) -> float:
        """Running time from the first to the last snapshot of the window, in seconds."""
        return self._seen[-1].elapsed_s - self._seen[0].elapsed_s if self._seen else 0.0
