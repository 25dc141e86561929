"""A question to the user of a notebook: `choice`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.listeners._notebook import in_notebook
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["choice"]


def choice(question: str, answers: Sequence[str]) -> str | None:
    """The answer that the user types, in full or its first letters; None outside of a notebook or without an answer.

    Examples
    --------
    >>> choice("Again?", ["again", "skip"])
    """
    if not in_notebook():
        return None
    from IPython.core.error import StdinNotImplementedError

    try:
        said = input(say("choice.prompt", question=question, answers=say("choice.or").join(answers))).strip().lower()
    except (StdinNotImplementedError, EOFError):
        return None
    return next((answer for answer in answers if said and answer.startswith(said)), None)
