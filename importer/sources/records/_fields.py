"""A record as cells: `fields`, `cell`, and `Number`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Name", "Number", "as_json", "cell", "fields", "is_half"]

Name = tuple[str, ...]
"""The names on the way to a value: ``("address", "city")``."""


HALF = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number as it is written; as a float it could lose digits."""

    __slots__ = ()


def fields(record: dict[str, Any], before: Name = ()) -> Iterator[tuple[Name, Any]]:
    """The values of a record that are no objects, each with the names on the way to it.

    Examples
    --------
    >>> list(fields({"id": 1, "at": {"city": "Bonn"}}))
    [(('id',), 1), (('at', 'city'), 'Bonn')]
    """
    for name, value in record.items():
        if isinstance(value, dict):
            yield from fields(value, (*before, name))
        else:
            yield (*before, name), value


def is_half(text: str) -> bool:
    """Whether half of a character is in the text, which UTF-8 cannot hold."""
    return HALF.search(text) is not None


def cell(value: object) -> str | None:
    """A value as the text of a cell.

    Examples
    --------
    >>> cell(True), cell(None), cell([Number("1.50"), "a"])
    ('TRUE', None, '[1.50, "a"]')
    """
    match value:
        case None:
            return None
        case bool():
            return str(value).upper()
        case str():
            return str(value)
        case _:
            return as_json(value)


def as_json(value: object) -> str:
    """A value in JSON, with its numbers as they are written.

    Examples
    --------
    >>> as_json({"id": Number("1.10"), "of": [None, True]})
    '{"id": 1.10, "of": [null, true]}'
    """
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(as_json, value))}]"
    if isinstance(value, dict):
        inside = (f"{json.dumps(name, ensure_ascii=False)}: {as_json(one)}" for name, one in value.items())
        return f"{{{', '.join(inside)}}}"
    return json.dumps(value, ensure_ascii=False)
