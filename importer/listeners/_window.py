"""The speed of a job over its last few seconds: `Window`."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.core import Progress

__all__ = ["Window"]


class Window:
    """Speed and time left, judged by the last few seconds at work.

    The time is the snapshots' own ``elapsed_s``, so a pause takes no part in it. A final snapshot is
    judged as a whole, from the start to the end.

    Parameters
    ----------
    seconds
        How far to look back, in seconds at work.

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
        """Take note of the next snapshot."""
        seen = self._seen
        if seen and progress.elapsed_s < seen[-1].elapsed_s:
            seen.clear()
        if len(seen) > 1 and progress.elapsed_s == seen[-1].elapsed_s:
            seen.pop()
        seen.append(progress)
        while len(seen) > 2 and seen[1].elapsed_s <= progress.elapsed_s - self._seconds:  # noqa: PLR2004 - two ends
            seen.popleft()

    @property
    def rows_per_s(self) -> float | None:
        """Rows a second; None until two moments are known."""
        if self._seen and self._seen[-1].state.is_final:
            return self._seen[-1].rows_per_s
        took_s = self._took_s
        return (self._seen[-1].rows_read - self._seen[0].rows_read) / took_s if took_s else None

    @property
    def remaining_s(self) -> float | None:
        """Seconds of work left at this speed; None where that cannot be told."""
        took_s = self._took_s
        if not took_s:
            return None
        first, last = self._seen[0], self._seen[-1]
        done = last.completed - first.completed
        if last.total is None or done <= 0:
            return None
        return max(last.total - last.completed, 0) * took_s / done

    @property
    def _took_s(self) -> float:
        """Seconds at work from one end of the window to the other."""
        return self._seen[-1].elapsed_s - self._seen[0].elapsed_s if self._seen else 0.0
