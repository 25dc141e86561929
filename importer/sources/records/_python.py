"""Records made of Python's own values: `python_records`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.errors import SourceError
from importer.sources.records._fields import Number, is_half

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["python_records"]


def python_records(rows: Iterable[object]) -> Iterator[dict[str, Any]]:
    """The rows with each value as the text that loses nothing.

    Raises
    ------
    SourceError
        If a row is no mapping, or holds something that fits into no cell.

    Examples
    --------
    >>> from datetime import date
    >>> list(python_records([{"id": 1, "day": date(2025, 1, 3), "at": {"x": 2.0}}]))
    [{'id': '1', 'day': '2025-01-03', 'at': {'x': '2'}}]
    """
    for count, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise SourceError(
                f"row {count:,} is of the type {type(row).__qualname__}, not a dictionary",
                code="source-unknown",
                facts={"row": count},
                fixes=["give a dictionary for each row, such as {'id': 1}"],
            )
        yield {str(name): _value(value, count, name) for name, value in row.items()}


def _value(value: object, count: int, name: object) -> object:
    found: object
    match value:
        case str() if is_half(value):
            raise _unfit(value, count, name)
        case None | bool() | str():
            found = value
        case int() | Decimal():
            found = Number(value)
        case float():
            found = Number(repr(value).removesuffix(".0"))
        case datetime() | date() | time():
            found = value.isoformat()
        case Mapping():
            found = {str(inner): _value(one, count, inner) for inner, one in value.items()}
        case list() | tuple():
            found = [_value(one, count, name) for one in value]
        case _ if hasattr(value, "item"):
            # A number of numpy.
            found = _value(value.item(), count, name)
        case _:
            raise _unfit(value, count, name)
    return found


def _unfit(value: object, count: int, name: object) -> SourceError:
    return SourceError(
        f"{name!r} of row {count:,} is of the type {type(value).__qualname__}, which does not fit into a cell",
        code="column-type-unusable",
        facts={"row": count, "column": str(name)},
        fixes=["turn it into a text or a number first"],
    )
