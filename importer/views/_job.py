"""What a view says about a job, in words: the same in a terminal and in a notebook."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import State
from importer.views._catalogue import by_kind, say
from importer.views._numbers import duration, rate, rounded

if TYPE_CHECKING:
    from importer.core import Kind, Progress
    from importer.views._window import Window

__all__ = ["elapsed", "remaining", "rows", "speed", "summary", "word"]


def word(state: State, kind: Kind = "import") -> str:
    """Word for a state of a job of this kind.

    Examples
    --------
    >>> word(State.RUNNING), word(State.RUNNING, "check")
    ('importing', 'checking')
    """
    return say(by_kind(f"state.{state.value}", kind))


def summary(progress: Progress) -> str:
    """State of a job and what it has done so far, in a few words.

    Examples
    --------
    >>> from importer.core import Progress
    >>> summary(Progress(rows_read=7, created=7, state=State.WAITING)), summary(Progress(kind="check"))
    ('waiting after 7 rows', 'starting')
    """
    said = word(progress.state, progress.kind)
    if progress.state is State.SUCCEEDED:
        return say("job.within", done=f"{said}: {rows(progress)}", time=elapsed(progress))
    if not progress.rows_read:
        return say("job.before", word=said) if progress.state.is_final else said
    done = rows(replace(progress, total=None))
    return (
        say("job.rows_so_far", rows=done) if progress.state is State.RUNNING else say("job.after", word=said, rows=done)
    )


def rows(progress: Progress, *, about: str | None = None) -> str:
    """Rows done, and the number expected while the job is not over.

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
        return say("count.rows", n=progress.rows_read)
    if progress.unit == "rows":
        about = ""
    else:
        expected, about = rounded(expected), say("preview.roughly") if about is None else about
    return say("job.of", rows=progress.rows_read, about=about, n=max(expected, progress.rows_read))


def speed(window: Window) -> str | None:
    """Rows a second over the last few seconds; None while unknown."""
    return None if window.rows_per_s is None else rate(window.rows_per_s)


def remaining(window: Window) -> str | None:
    """Time left in whole seconds; None while unknown."""
    if window.remaining_s is None:
        return None
    if not window.remaining_s:
        return say("job.finishing")
    return say("job.left", time=duration(math.ceil(window.remaining_s)))


def elapsed(progress: Progress) -> str:
    """Running time so far; in whole seconds until the job ends."""
    seconds = progress.elapsed_s
    return duration(seconds if progress.state.is_final else math.floor(seconds))
