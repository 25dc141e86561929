"""Which header of the file fills which column of the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rapidfuzz import fuzz

from importer.errors import ColumnNotFoundError, Fix, choices
from importer.schema._schema import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import dataframely as dy

__all__ = ["Match", "best_matches", "match"]

LIKENESS = 80.0
"""Lowest score out of 100 at which a header that only resembles a column is matched to it."""

How = Literal["given", "exact", "folded", "alias", "likeness", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which header fills a column of the table.

    Attributes
    ----------
    column
        Name in the schema and the table.
    label
        The header; None if none fits.
    how
        ``'given'``, ``'exact'``, ``'folded'`` (without case, spaces, punctuation), ``'alias'``,
        ``'likeness'`` or ``'none'``.
    score
        How alike header and name are, 0 to 100; always 100 unless matched by ``'likeness'``.
    """

    column: str
    label: str | None
    how: How
    score: float = 100.0


def fold(name: str) -> str:
    """The name in lower case, without spaces and punctuation.

    Examples
    --------
    >>> fold("Order-No. ") == fold("order_no")
    True
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def match(
    schema: type[dy.Schema], labels: Iterable[str], mapping: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """One `Match` for every column of the schema, as `best_matches` finds them.

    Raises
    ------
    ColumnNotFoundError
        If no header fits a required column, or `mapping` names an unknown column or header.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64()
    ...     quantity = dy.Int64(metadata={"aliases": ["qty"]})
    >>> [(m.column, m.label, m.how) for m in match(Orders, ["Qty", "Order ID"])]
    [('order_id', 'Order ID', 'folded'), ('quantity', 'Qty', 'alias')]
    """
    columns, labels = schema.columns(), tuple(labels)
    found = best_matches(schema, labels, mapping)
    missing = [one.column for one in found if one.label is None and not columns[one.column].nullable]
    if missing:
        raise ColumnNotFoundError.among(missing, labels)
    return found


def best_matches(
    schema: type[dy.Schema], labels: Iterable[str], mapping: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """One `Match` for every column of the schema; a column may find no header, even if it is required.

    Each header is used once. The surest match wins: `mapping` (column to header), then the exact name,
    the folded name, an alias, and last the likeness of the two.

    Raises
    ------
    ColumnNotFoundError
        If `mapping` names an unknown column or header.
    """
    columns = schema.columns()
    free = list(labels)
    labels = tuple(free)
    found: dict[str, Match] = {}
    aliases = {name: Format.of(column).aliases for name, column in columns.items()}
    ways: tuple[tuple[How, Mapping[str, str]], ...] = (
        ("given", _given(mapping or {}, columns, labels)),
        ("exact", {name: name for name in columns}),
        ("folded", _by_folded_name({name: (name,) for name in columns}, labels)),
        ("alias", _by_folded_name(aliases, labels)),
    )
    for how, candidates in ways:
        for name in columns:
            label = candidates.get(name)
            if name not in found and label is not None and label in free:
                free.remove(label)
                found[name] = Match(column=name, label=label, how=how)
    found |= _alike([name for name in columns if name not in found], free)
    return tuple(found.get(name, Match(column=name, label=None, how="none", score=0.0)) for name in columns)


def _given(mapping: Mapping[str, str], columns: Iterable[str], labels: Sequence[str]) -> Mapping[str, str]:
    for column, label in mapping.items():
        if column not in columns:
            raise ColumnNotFoundError(
                f"mapping names the column {column!r}, which the schema lacks: {choices(column, columns)}",
                code="mapping-wrong",
                facts={"column": column, "columns": list(columns)},
                fixes=[Fix("mapping", ..., "with a column of the schema")],
            )
        if label not in labels:
            raise ColumnNotFoundError(
                f"mapping fills {column!r} from the header {label!r}, which the file lacks: {choices(label, labels)}",
                code="mapping-wrong",
                facts={"column": column, "header": label, "headers": list(labels)},
                fixes=[Fix("mapping", {column: ...}, "with a header of the file")],
            )
    return mapping


def _by_folded_name(names: Mapping[str, Iterable[str]], labels: Iterable[str]) -> dict[str, str]:
    by_fold = {fold(label): label for label in reversed(tuple(labels))}
    return {column: by_fold[fold(name)] for column, known in names.items() for name in known if fold(name) in by_fold}


def _alike(names: Sequence[str], labels: Sequence[str]) -> dict[str, Match]:
    """Pairs by likeness, best first; each name and each label is used once."""
    pairs = sorted(
        ((fuzz.ratio(fold(name), fold(label)), name, label) for name in names for label in labels),
        key=lambda pair: -pair[0],
    )
    found: dict[str, Match] = {}
    for score, name, label in pairs:
        if score >= LIKENESS and name not in found and label not in {other.label for other in found.values()}:
            found[name] = Match(column=name, label=label, how="likeness", score=score)
    return found
