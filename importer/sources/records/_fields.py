"""A record as cells: `fields`, `cell`, and `Number`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Name", "Number", "cell", "fields", "is_half"]

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
            return _json(value)


def _json(value: object) -> str:
    """A list as it is written in JSON, with its numbers as they are."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        return (
            f"{{{', '.join(f'{json.dumps(name, ensure_ascii=False)}: {_json(one)}' for name, one in value.items())}}}"
        )
    return json.dumps(value, ensure_ascii=False)
