"""Rows that an option names, by number or by kind: `spans`, `rows_text`, `row_kinds`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import index

__all__ = ["LARGEST", "NO_ROWS", "ROW_KINDS", "row_kinds", "rows_text", "spans"]

ROW_KINDS = ("headers", "totals", "sections", "notes")
"""Kinds of rows that are recognised in a table and may be no data of it."""

NO_ROWS = "none"

LARGEST = 10**12
"""No file has a row of a larger number."""

_SPAN = re.compile(r"\s*(\d{1,12})\s*(?:(-|:|to|–)\s*(\d{1,12})?\s*)?")


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """First and last row of each span, rising and apart.

    Examples
    --------
    >>> spans("5-7,130-,6-9")[0], spans("12")
    ((5, 9), ((12, 12),))
    """
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(text)
        first = int(match[1])
        last = int(match[3]) if match[3] else LARGEST if match[2] else first
        if not 1 <= first <= last:
            raise ValueError(text)
        found.append((first, last))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def rows_text(value: object) -> str:
    """Row numbers and spans in their usual form.

    Examples
    --------
    >>> rows_text("5-120, 130-"), rows_text(range(2, 9)), rows_text({7, 5, 6, 12}), rows_text(3)
    ('5-120,130-', '2-8', '5-7,12', '3')
    """
    if isinstance(value, str):
        return ",".join(_written(first, last) for first, last in spans(value))
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        parts = [one if isinstance(one, str) else _number(one) for one in value]
        return rows_text(",".join(parts))
    return rows_text(_number(value))


def row_kinds(value: object) -> tuple[str, ...]:
    """Kinds of rows and row numbers in their usual form.

    Examples
    --------
    >>> row_kinds("totals"), row_kinds(["notes", "totals", 12, 13]), row_kinds(())
    (('totals',), ('totals', 'notes', '12-13'), ())
    """
    if isinstance(value, str):
        value = () if value.strip() == NO_ROWS else value.split(",")
    if isinstance(value, Mapping):
        raise TypeError
    given = value if isinstance(value, Iterable) else (value,)
    parts = list(chain.from_iterable(one.split(",") if isinstance(one, str) else (_number(one),) for one in given))
    names = {part.strip() for part in parts}
    numbers = [name for name in names if name not in ROW_KINDS]
    return (*(kind for kind in ROW_KINDS if kind in names), *([rows_text(",".join(numbers))] if numbers else []))


def _number(value: object) -> str:
    if isinstance(value, bool):
        raise TypeError
    return str(index(value))  # type: ignore[arg-type]  # raises TypeError


def _written(first: int, last: int) -> str:
    if last == LARGEST:
        return f"{first}-"
    return f"{first}" if first == last else f"{first}-{last}"
