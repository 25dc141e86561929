"""An import is taken out of its table again: first counted, then done."""

from __future__ import annotations

from typing import Any, NamedTuple

from importer.engine import undo
from importer.views import say

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
    """

    sentence: str
    is_open: bool


def taken_out(job_id: str, what: str, into: Any = None) -> Offer | None:  # noqa: ANN401 - a URL, a path, or a sink
    """Count what would be taken back, or take it back; None to leave it.

    Raises
    ------
    ImporterError
        If it cannot be taken back.
    """
    if what == "take_out_not":
        return None
    done = undo(job_id, into=into, dry_run=what == "take_out")
    is_open = what == "take_out" and done.reversed > 0
    return Offer(say("take_out.first", sentence=done.sentence) if is_open else done.sentence, is_open)
