"""An import is taken out of its table again: first counted, then done."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.core import State
from importer.engine import undo
from importer.errors import UndoError
from importer.sinks import Undone
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.core import Listener
    from importer.engine import UndoReport

__all__ = ["TAKE_OUT", "Offer", "taken_out"]

TAKE_OUT = ("take_out", "take_out_now", "take_out_not")
"""What can be clicked: count it first, do it, leave it."""


class Offer(NamedTuple):
    """What an undo of a job would do, or has done.

    Attributes
    ----------
    sentence
        What is said of it.
    is_open
        Whether it is still to be decided.
    is_done
        Whether it was taken out.
    """

    sentence: str
    is_open: bool
    is_done: bool = False


def taken_out(
    jobs: Sequence[str],
    what: str,
    into: Any = None,  # noqa: ANN401 - a URL, a path, or a sink
    listeners: tuple[Listener, ...] = (),
) -> Offer | None:
    """Count what would be taken back of an import and of its corrected rows, or take it back; None to leave it.

    Parameters
    ----------
    jobs
        The import, and those that brought its corrected rows, in the order in which they ran.
    what
        A word of `TAKE_OUT`.
    into
        The target, with its password.
    listeners
        What to call with each snapshot of what is taken back.

    Raises
    ------
    ImporterError
        If it cannot be taken back.
    """
    if what == "take_out_not":
        return None
    *later, last = _undone(jobs, into, listeners, is_dry=what == "take_out")
    if last.progress.state is not State.SUCCEEDED:
        return Offer(" ".join(one.sentence for one in (*later, last)), is_open=False)
    done = replace(last, done=_sum([*(one.done for one in later), last.done]))
    brought = sum(one.reversed for one in later)
    said = say("take_out.with_corrected", sentence=done.sentence, n=brought) if brought else done.sentence
    is_open = what == "take_out" and done.reversed > 0 and not _is_doubtful(last.done)
    return Offer(say("take_out.first", sentence=said) if is_open else said, is_open, what == "take_out_now")


def _undone(
    jobs: Sequence[str],
    into: Any,  # noqa: ANN401
    listeners: tuple[Listener, ...],
    *,
    is_dry: bool,
) -> Iterator[UndoReport]:
    """The undo of each job, the newest first; corrected rows that were taken out before are no more to be."""
    for job in reversed(jobs):
        try:
            report = _one(job, jobs[1:] if job == jobs[0] else (), into, listeners, is_dry=is_dry)
            yield report
            if report.progress.state is not State.SUCCEEDED:
                return
        except UndoError as exc:
            if exc.code not in {"undo-undone", "undo-nothing"} or job == jobs[0]:
                raise


def _one(
    job: str,
    also: Sequence[str],
    into: Any,  # noqa: ANN401
    listeners: tuple[Listener, ...],
    *,
    is_dry: bool,
) -> UndoReport:
    """The undo of one job; a table that goes with all its rows is forced if as many are there as were written."""
    counted = undo(job, into=into, dry_run=True, also=tuple(also))
    found = counted.done
    is_forced = found.is_whole and not _is_doubtful(found)
    if is_dry and not is_forced:
        return counted
    told = found if is_forced else None
    options = {"force": is_forced, "dry_run": is_dry, "listeners": listeners}
    return undo(job, into=into, also=tuple(also), told=told, **options)


def _is_doubtful(done: Undone) -> bool:
    """Whether rows from elsewhere would go with a table."""
    return done.is_whole and (done.removed != done.wrote or done.others > 0)


def _sum(parts: Sequence[Undone]) -> Undone:
    """What became of the rows of several jobs on one table."""
    added = {
        field.name: sum((getattr(part, field.name) for part in parts), start=type(getattr(parts[0], field.name))())
        for field in fields(Undone)
        if field.name not in {"table", "drops", "is_whole"}
    }
    last = parts[-1]
    return Undone(table=last.table, drops=last.drops, is_whole=last.is_whole, **added)
