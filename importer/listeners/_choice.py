"""A question to whoever sits before the notebook: `choice`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["choice"]


def choice(question: str, answers: Sequence[str]) -> str | None:
    """One of the answers, or the first letters of it; None where nobody can be asked, or nothing is answered.

    Examples
    --------
    >>> choice("Again?", ["again", "skip"])
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if "ZMQInteractiveShell" not in {kind.__name__ for kind in type(shell).__mro__}:
        return None
    from IPython.core.error import StdinNotImplementedError

    try:
        said = input(f"{question}\n{' or '.join(answers)}? ").strip().lower()
    except (StdinNotImplementedError, EOFError):
        return None
    return next((answer for answer in answers if said and answer.startswith(said)), None)
