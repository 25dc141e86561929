"""How the type and number format of a cell determine its value: `Kind`."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["FORMATTED", "MONEY", "ZEROS", "Kind"]


class Kind(IntEnum):
    """How to read the text in a cell's XML, or what became of it.

    A number whose format needs a look at each value has the number of its format from `FORMATTED` on instead,
    one in a currency the number of its currency from `MONEY` on.
    """

    NUMBER = 0
    DATE = 1
    DATETIME = 2
    TIME = 3
    ELAPSED = 4
    SHARED = 5
    TEXT = 6
    BOOLEAN = 7
    VERBATIM = 8
    UNSAVED = 9
    """A formula without a saved value."""
    DAY_ZERO = 10
    """A zero in the format of a date, which is not a day."""
    WHOLE_DAY = 11
    """A whole day in the format of a time of day, which shows midnight."""
    STALE = (1 << 15) - 1
    """A formula whose saved value is 0, the one that programs write which do not calculate."""


ZEROS = ("0", "0.0")
"""Values of formulas that are not calculated, as programs write them."""

FORMATTED = 16
MONEY = 1 << 15
