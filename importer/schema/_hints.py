"""What the metadata of a column may say about its cells, checked: `hints_of`, `raise_for_hints`."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from importer.errors import Fix, SchemaError, choices

if TYPE_CHECKING:
    from collections.abc import Callable

    import dataframely as dy

__all__ = ["hints_of", "raise_for_hints"]

NEAR: Final = 0.8
"""Likeness from which another entry of the metadata is a misspelt hint: ``decimel`` is, ``owner`` is not."""

MARKS: Final = (".", ",")


class _Hint(NamedTuple):
    """A hint: what it has to be, and what puts it into its usual form or raises `TypeError` or `ValueError`."""

    must_be: str
    checked: Callable[[Any], Any]


def _words(hint: object) -> tuple[str, ...]:
    """The words; one may stand alone, and is not taken apart into letters."""
    words = (hint,) if isinstance(hint, str) else hint
    if not isinstance(words, list | tuple | set | frozenset) or not all(isinstance(word, str) for word in words):
        raise TypeError
    return tuple(words)


def _formats(hint: object) -> tuple[str, ...]:
    formats = _words(hint)
    for fmt in formats:
        try:
            written = pl.Series([datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)]).dt.strftime(fmt).item()
        except pl.exceptions.PolarsError as exc:
            raise ValueError(fmt) from exc
        if written == fmt:
            raise ValueError(fmt)  # Nothing in it stands for a part of a date.
    return formats


def _decimal(hint: object) -> str:
    if hint not in MARKS:
        raise ValueError
    return str(hint)


def _boolean(hint: object) -> bool:
    if not isinstance(hint, bool):
        raise TypeError
    return hint


def _year(hint: object) -> int:
    if not isinstance(hint, int) or isinstance(hint, bool):
        raise TypeError
    return hint


def _language(hint: object) -> str:
    from importer.schema.parsing._months import LANGUAGES

    if not isinstance(hint, str) or hint not in LANGUAGES:
        raise ValueError
    return hint


HINTS: Final = {
    "aliases": _Hint("a list of headers", _words),
    "decimal": _Hint("'.' or ','", _decimal),
    "day_first": _Hint("True or False", _boolean),
    "formats": _Hint("a list of formats such as '%d.%m.%Y'", _formats),
    "last_year": _Hint("a year", _year),
    "language": _Hint("a language such as 'pl'", _language),
    "nulls": _Hint("a list of words", _words),
    "true": _Hint("a list of words", _words),
    "false": _Hint("a list of words", _words),
    "strip": _Hint("True or False", _boolean),
}


def hints_of(column: dy.Column) -> dict[str, Any]:
    """The hints in the column's metadata, each in its usual form; entries that are no hints are left out.

    Raises
    ------
    SchemaError
        If a hint cannot have its value, or is misspelt.

    Examples
    --------
    >>> import dataframely as dy
    >>> hints_of(dy.Float64(metadata={"decimal": ",", "owner": "sales"}))
    {'decimal': ','}
    >>> class Orders(dy.Schema):
    ...     price = dy.Float64(metadata={"decimel": ","})
    >>> hints_of(Orders.columns()["price"])
    Traceback (most recent call last):
    importer.errors.SchemaError: the metadata of 'price' has no hint 'decimel': did you mean 'decimal'? There are: \
aliases, decimal, day_first, formats, last_year, language, nulls, true, false, strip
    """
    return {
        name: _checked(column, name, hint) for name, hint in (column.metadata or {}).items() if _is_hint(column, name)
    }


def raise_for_hints(schema: type[dy.Schema]) -> None:
    """Do nothing if every hint of the schema can be used.

    Raises
    ------
    SchemaError
        If one cannot.
    """
    for column in schema.columns().values():
        hints_of(column)


def _is_hint(column: dy.Column, name: str) -> bool:
    if name in HINTS:
        return True
    if get_close_matches(name, HINTS, n=1, cutoff=NEAR):
        raise SchemaError(
            f"the metadata of {column.name!r} has no hint {name!r}: {choices(name, HINTS)}",
            code="hint-unknown",
            facts={"column": column.name, "hint": name, "hints": list(HINTS)},
        )
    return False


def _checked(column: dy.Column, name: str, hint: object) -> Any:  # noqa: ANN401 - each hint has a type of its own
    # An inferred schema writes nothing for what the file decides.
    if hint is None:
        return hint
    try:
        return HINTS[name].checked(hint)
    except (TypeError, ValueError) as exc:
        raise SchemaError(
            f"{name} in the metadata of {column.name!r} must be {HINTS[name].must_be}, not {hint!r}",
            code="hint-invalid",
            facts={"column": column.name, "hint": name, "value": str(hint)},
            fixes=[Fix("metadata", {name: ...}, "in the column")],
        ) from exc
