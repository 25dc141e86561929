"""Names of cells: ``B7``."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["REFERENCE", "position_of"]

REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_LETTERS = re.compile(r"[A-Za-z]{1,3}")


@cache
def position_of(letters: str) -> int | None:
    """Position of a column from 0; None unless given one to three letters.

    Examples
    --------
    >>> position_of("A"), position_of("XFD"), position_of("A1")
    (0, 16383, None)
    """
    if not _LETTERS.fullmatch(letters):
        return None
    position = 0
    for each in letters.upper():
        position = 26 * position + ord(each) - 64
    return position - 1
