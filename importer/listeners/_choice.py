"""A question to the user of a terminal: `can_ask`, `choice`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from importer.listeners._notebook import in_notebook
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["can_ask", "choice"]


def can_ask() -> bool:
    """Whether somebody types at Python in a terminal; a script and a notebook have to run unattended.

    Examples
    --------
    >>> can_ask()
    False
    """
    if not hasattr(sys, "ps1") or in_notebook():
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def choice(question: str, answers: Sequence[str]) -> str | None:
    """The answer that the user types, in full or its first letters; None without one."""
    try:
        said = input(say("choice.prompt", question=question, answers=say("choice.or").join(answers))).strip().lower()
    except EOFError:
        return None
    return next((answer for answer in answers if said and answer.startswith(said)), None)
