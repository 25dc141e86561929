"""What a view says of a job, in words: the same ones in a terminal and in a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from importer.core import State
from importer.views import say
from importer.views.html import duration, rate

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.listeners._window import Window

__all__ = ["left", "rows", "speed", "took", "word"]


def word(state: State) -> str:
    """What a job is called that is in this state.

    Examples
    --------
    >>> word(State.RUNNING)
    'importing'
    """
    return say(f"job.{state.value}")


def rows(progress: Progress, *, about: str | None = None) -> str:
    """Rows done, of those expected while there is more to come.

    Examples
    --------
    >>> from importer.core import Progress
    >>> rows(Progress(rows_read=215_000, created=215_000, completed=6384, total=10_000))
    '215,000 of about 337,000 rows'
    >>> rows(Progress(rows_read=50, created=50, completed=50, total=80, unit="rows"))
    '50 of 80 rows'
    """
    expected = progress.rows_expected
    if expected is None or progress.state is State.SUCCEEDED:
        return say("job.row" if progress.rows_read == 1 else "job.rows", rows=progress.rows_read)
    if progress.unit == "rows":
        about = ""
    else:
        expected, about = _rounded(expected), say("look.about") if about is None else about
    return say("job.of", rows=progress.rows_read, about=about, all=max(expected, progress.rows_read))


def speed(window: Window) -> str | None:
    """Rows a second of late; None where nobody knows."""
    return None if window.rows_per_s is None else rate(window.rows_per_s)


def left(window: Window) -> str | None:
    """Time left in whole seconds; None where nobody knows."""
    if window.remaining_s is None:
        return None
    if not window.remaining_s:
        return say("job.finishing")
    return say("job.left", time=duration(math.ceil(window.remaining_s)))


def took(progress: Progress) -> str:
    """Time at work so far; in whole seconds while it still runs."""
    seconds = progress.elapsed_s
    return duration(seconds if progress.state.is_final else math.floor(seconds))


def _rounded(count: int) -> int:
    """Count to three figures: an estimate has no more."""
    return round(count, min(0, 3 - len(str(count))))
