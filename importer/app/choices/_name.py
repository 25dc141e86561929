"""A text that stands in code as it is: `Name`."""

from __future__ import annotations

__all__ = ["Name"]


class Name(str):
    """A name, or a call, that stands in code as it is."""

    __slots__ = ()
    __repr__ = str.__str__
