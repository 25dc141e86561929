"""Texts that are two notations of one value, where a column's type says so: `means_the_same`."""

from __future__ import annotations

import ipaddress
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["means_the_same"]


def means_the_same(declared: str, given: str, held: str) -> bool:
    """Whether a column holds what it was given, though its type writes it in another way.

    The order of the keys of an object in JSON and white space in it mean nothing. A key that repeats, of which one
    value would be lost, is a change.

    Examples
    --------
    >>> means_the_same("jsonb", '{"b":1,"a":2.50}', '{"a": 2.50, "b": 1}'), means_the_same("text", "A", "a")
    (True, False)
    >>> means_the_same("jsonb", '{"a":1,"a":2}', '{"a": 2}'), means_the_same("inet", "10.0.0.1", "10.0.0.1/32")
    (False, True)
    """
    kind = declared.casefold()
    notation = NOTATIONS.get("array" if kind.endswith("[]") else kind)
    if notation is None:
        return False
    try:
        return bool(notation(given) == notation(held))
    except (ValueError, RecursionError):
        return False


def _digits(text: str) -> str:
    return text.strip("{}").replace("-", "").casefold()


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key repeats in {found}")
    return found


def _tight(text: str) -> str:
    """An array without white space around its elements, none of which is quoted."""
    if '"' in text:
        raise ValueError(f"{text!r} has elements in quotes")
    return re.sub(r"\s*([{},])\s*", r"\1", text)


NOTATIONS: dict[str, Callable[[str], Any]] = {
    "uuid": _digits,
    "macaddr": lambda text: re.sub("[-:.]", "", text).casefold(),
    "inet": ipaddress.ip_interface,
    "cidr": ipaddress.ip_network,
    "json": _json,
    "jsonb": _json,
    "array": _tight,
}
"""What a text of each type says."""
