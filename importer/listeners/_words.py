"""What a view says of a job, in words: the same ones in a terminal and in a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from importer._html import duration, number, rate
from importer.progress import State

if TYPE_CHECKING:
    from importer.listeners._window import Window
    from importer.progress import Progress

__all__ = ["WORDS", "left", "rows", "speed", "took"]

WORDS = {
    State.PENDING: "starting",
    State.RUNNING: "importing",
    State.PAUSED: "paused",
    State.WAITING: "waiting",
    State.SUCCEEDED: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.INTERRUPTED: "interrupted",
}


def rows(progress: Progress, *, about: str = "about ") -> str:
    """Rows done, of those expected while there is more to come.

    Examples
    --------
    >>> from importer.progress import Progress
    >>> rows(Progress(rows_read=215_000, created=215_000, completed=6384, total=10_000))
    '215,000 of about 337,000 rows'
    >>> rows(Progress(rows_read=50, created=50, completed=50, total=80, unit="rows"))
    '50 of 80 rows'
    """
    expected = progress.rows_expected
    if expected is None or progress.state is State.SUCCEEDED:
        return f"{number(progress.rows_read)} {'row' if progress.rows_read == 1 else 'rows'}"
    if progress.unit == "rows":
        about = ""
    else:
        expected = _rounded(expected)
    return f"{number(progress.rows_read)} of {about}{number(max(expected, progress.rows_read))} rows"


def speed(window: Window) -> str | None:
    """Rows a second of late; None where nobody knows."""
    return None if window.rows_per_s is None else rate(window.rows_per_s)


def left(window: Window) -> str | None:
    """Time left in whole seconds; None where nobody knows."""
    if window.remaining_s is None:
        return None
    return f"{duration(math.ceil(window.remaining_s))} left" if window.remaining_s else "finishing"


def took(progress: Progress) -> str:
    """Time at work so far; in whole seconds while it still runs."""
    seconds = progress.elapsed_s
    return duration(seconds if progress.state.is_final else math.floor(seconds))


def _rounded(count: int) -> int:
    """Count to three figures: an estimate has no more."""
    return round(count, min(0, 3 - len(str(count))))
