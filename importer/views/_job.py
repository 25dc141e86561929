"""What a view says about a job, in words: the same in a terminal and in a notebook."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import State
from importer.views._catalogue import by_kind, say
from importer.views._numbers import duration, percent, rate, rounded, size
from importer.views.terminal import printable

if TYPE_CHECKING:
    from importer.core import Kind, Progress
    from importer.views._window import Window

__all__ = ["elapsed", "in_hand", "is_transfer", "left_out", "remaining", "rows", "speed", "stage", "summary", "word"]


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
    >>> summary(Progress(kind="task", unit="rows", completed=20, total=50, state=State.FAILED))
    'failed after 20 rows'
    """
    said = word(progress.state, progress.kind)
    if progress.state is State.SUCCEEDED:
        return say("job.within", done=f"{said}: {rows(progress)}", time=elapsed(progress))
    if is_transfer(progress) and progress.state.is_final:
        here = rows(replace(progress, total=None))
        return say("job.after", word=said, rows=here) if progress.completed else said
    if not progress.rows_read:
        return say(by_kind("job.before", progress.kind), word=said) if progress.state.is_final else said
    done = rows(replace(progress, total=None))
    return (
        say("job.rows_so_far", rows=done) if progress.state is State.RUNNING else say("job.after", word=said, rows=done)
    )


def is_transfer(progress: Progress) -> bool:
    """Whether bytes or rows are fetched, and none are read yet."""
    return progress.kind == "task" and progress.unit in {"B", "rows"} and not progress.rows_read


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
    if is_transfer(progress) and progress.unit == "rows":
        done, total = progress.completed, progress.total
        if total is None or total < done or progress.state is State.SUCCEEDED:
            return say("count.rows", n=done)
        return say("job.of", rows=done, about="", n=total)
    if is_transfer(progress):
        here = size(progress.completed)
        return here if progress.total is None else say("job.transferred", here=here, total=size(progress.total))
    if progress.kind == "task":
        return say("count.rows_task", n=progress.rows_read)
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
    return None if window.rows_per_s is None else rate(window.rows_per_s, of=by_kind("unit.rate", window.kind))


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


def stage(progress: Progress) -> str | None:
    """The stage that an operation is in, and how far that stage is; None if there is nothing to say.

    Examples
    --------
    >>> from importer.core import Progress, StageInHand
    >>> now = StageInHand(name="cache images", number=2, count=3, completed=1_200, total=4_000)
    >>> stage(Progress(kind="task", stage=now)), stage(Progress(kind="task"))
    ('2 of 3: cache images, 1,200 of 4,000', None)
    """
    now = progress.stage
    if now is None:
        return None
    name = printable(now.name)
    total = None if now.total is None else max(now.total, now.completed)
    done = (
        say("job.stage_done", done=now.completed, total=total)
        if total is not None
        else say("count.rows_task", n=now.completed)
        if now.completed
        else ""
    )
    if not name:
        return done or None
    if now.count is None or now.count == 1:
        return say("job.stage", name=name, done=done) if done else name
    at = {"number": now.number, "count": now.count, "name": name}
    return say("job.stage_at_done", **at, done=done) if done else say("job.stage_at", **at)


def left_out(progress: Progress) -> str | None:
    """How many of several files are not imported; None if all are.

    Examples
    --------
    >>> from importer.core import Progress
    >>> left_out(Progress(files=(("a.csv", 10), ("b.csv", 30)), left_out=1))
    '1 of 3 files is left out'
    """
    if not progress.left_out:
        return None
    return say("job.left_out", n=progress.left_out, count=progress.left_out + max(len(progress.files), 1))


def in_hand(progress: Progress) -> str | None:
    """Which of several files is being read, and how much of it.

    Examples
    --------
    >>> from importer.core import Progress
    >>> in_hand(Progress(completed=15, total=30, files=(("a.csv", 10), ("b.csv", 30))))
    'file 2 of 2: b.csv, 25%'
    """
    file = progress.in_hand
    if file is None:
        return None
    about = {"number": file.number, "count": file.count, "name": printable(file.name)}
    return say("job.file", **about, share=percent(file.fraction))
