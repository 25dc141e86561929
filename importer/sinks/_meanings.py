"""Texts that are two notations of one value, where a column's type says so: `means_the_same`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

__all__ = ["means_the_same"]


def means_the_same(declared: str, given: str, held: str) -> bool:
    """Whether a column of UUIDs or of JSON holds what it was given, though it writes it in another way.

    The order of the keys of an object and white space mean nothing. A key that repeats, of which one value would be
    lost, is a change.

    Examples
    --------
    >>> means_the_same("jsonb", '{"b":1,"a":2.50}', '{"a": 2.50, "b": 1}'), means_the_same("text", "A", "a")
    (True, False)
    >>> means_the_same("jsonb", '{"a":1,"a":2}', '{"a": 2}')
    False
    """
    kind = declared.casefold()
    if kind == "uuid":
        return _digits(given) == _digits(held)
    if kind not in {"json", "jsonb"}:
        return False
    try:
        return bool(_json(given) == _json(held))
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
