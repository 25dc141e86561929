"""An import is taken back from the history: first counted, then done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from importer.core import located
from importer.engine import undo
from importer.views import say

if TYPE_CHECKING:
    from importer.store import JobRecord

__all__ = ["UNDO", "Offer", "undo_of"]

UNDO = ("undo", "undo_now", "undo_not")
"""What can be clicked: count it first, do it, leave it."""


class Offer(NamedTuple):
    """What an undo of a job would do, or has done.

    Attributes
    ----------
    sentence
        What is said of it.
    is_open
        Whether it is still to be decided.
    """

    sentence: str
    is_open: bool


def undo_of(record: JobRecord, what: str, into: Any) -> Offer | None:  # noqa: ANN401 - a URL, a path, or a sink
    """Count what would be taken back, or take it back; None to leave it.

    Raises
    ------
    ImporterError
        If it cannot be taken back.
    """
    if what == "undo_not":
        return None
    is_mine = into is not None and located(str(into)) == record.target
    done = undo(record.job_id, into=into if is_mine else None, dry_run=what == "undo")
    is_open = what == "undo" and done.reversed > 0
    return Offer(say("history.undo_first", sentence=done.sentence) if is_open else done.sentence, is_open)
