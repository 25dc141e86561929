"""Names with dots in an answer: `named`."""

from __future__ import annotations

import re
from typing import Any

from importer.sources.records import Number

__all__ = ["ABSENT", "FAULTS", "NUMBER", "fault_in", "named", "said_in"]

ABSENT: Any = object()
"""What stands at a name that is not there."""

MESSAGES = (
    *("error.message", "error_description", "error", "errors.0.message", "errors.0.detail", "errors.0.title"),
    *("errors.0", "message", "detail", "title"),
)
"""Where interfaces say what is wrong."""

FAULTS = ("errors", "error", "warnings")
"""Names of lists that are no rows."""

NUMBER = re.compile("[0-9]{1,15}", re.ASCII)
"""A count of rows or pages."""

PLACE = re.compile("-?[0-9]{1,6}", re.ASCII)
"""The place of a value in a list; from its end with a minus."""

MOST = 200
"""Letters of that which are shown."""


def named(value: Any, name: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What stands at a name with dots; a name that holds a dot itself is found too, and ``-1`` is the last of a list.

    Examples
    --------
    >>> answer = {"paging": {"next": "x"}, "@odata.nextLink": "y"}
    >>> named(answer, "paging.next"), named(answer, "@odata.nextLink"), named(answer, "nothing") is ABSENT
    ('x', 'y', True)
    >>> named({"data": [{"id": 1}, {"id": 2}]}, "data.-1.id")
    2
    """
    if isinstance(value, list):
        place, _, rest = name.partition(".")
        if not PLACE.fullmatch(place) or not -len(value) <= int(place) < len(value):
            return ABSENT
        return named(value[int(place)], rest) if rest else value[int(place)]
    if not isinstance(value, dict):
        return ABSENT
    if name in value:
        return value[name]
    for at in (at for at, letter in enumerate(name) if letter == "."):
        found = named(value.get(name[:at], ABSENT), name[at + 1 :])
        if found is not ABSENT:
            return found
    return ABSENT


def said_in(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """What an interface says is wrong; empty if it says nothing.

    Examples
    --------
    >>> said_in({"error": {"message": "no such account"}})
    'no such account'
    """
    found = (named(value, name) for name in MESSAGES)
    return next((one[:MOST] for one in found if isinstance(one, str) and one), "")


def fault_in(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """What is wrong, if an answer says that something is; empty if it does not.

    Examples
    --------
    >>> fault_in({"data": None, "errors": [{"message": "timed out"}]}), fault_in({"data": [], "errors": []})
    ('timed out', '')
    """
    found = [named(value, name) for name in FAULTS[:2]]
    if not any(isinstance(one, str | list | dict) and one and not isinstance(one, Number) for one in found):
        return ""
    return said_in(value) or "an error"
