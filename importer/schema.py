"""What the table expects: columns, rules, key, and which header fills which column."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Self

import polars as pl
from rapidfuzz import fuzz

from importer.chunks import Table, TableColumn
from importer.errors import ColumnNotFoundError, SchemaError, choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import dataframely as dy

__all__ = [
    "FALSE_WORDS",
    "NULL_WORDS",
    "TRUE_WORDS",
    "Format",
    "Match",
    "best_matches",
    "match",
    "row_rules",
    "table_of",
]

NULL_WORDS = ("", "NA", "N/A", "n/a", "-", "--", "–", "—", "null", "NULL", "None", "nil", "(blank)", "?")
"""Words for nothing, where neither the column's metadata nor the sample say otherwise."""

TRUE_WORDS = tuple(
    "true t yes y 1 on x ✓ wahr ja j vrai oui o verdadero sí si s vero verdadeiro sim prawda tak waar sand sant "
    "да истина evet doğru 是 真 はい 예 نعم כן".split()
)
FALSE_WORDS = tuple(
    "false f no n 0 off ✗ falsch nein faux non falso não nao fałsz nie onwaar nee falsk nej nei "
    "нет ложь hayır yanlış 否 假 いいえ 아니요 لا לא".split()
)
"""Words for yes and no in the languages of the spreadsheets that people send; case does not matter."""

LIKENESS = 80.0
"""Score out of 100 from which a header is taken for a column that it only resembles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the cells of one column are written; None where the file itself has to tell.

    These are the hints that may stand in a column's ``metadata``, under the same names.

    Attributes
    ----------
    aliases
        Other headers under which the column may come.
    decimal
        The decimal mark: ``'.'`` or ``','``.
    day_first
        Whether 03/04/2025 is the third of April.
    formats
        strptime formats to read dates and times with, instead of the usual ones.
    nulls
        Words for nothing, instead of `NULL_WORDS`.
    true, false
        Words for yes and no, instead of `TRUE_WORDS` and `FALSE_WORDS`; case does not matter.
    strip
        Whether white space around a text is taken off, with a warning.
    """

    aliases: tuple[str, ...] = ()
    decimal: Literal[".", ","] | None = None
    day_first: bool | None = None
    formats: tuple[str, ...] = ()
    nulls: tuple[str, ...] | None = None
    true: tuple[str, ...] = TRUE_WORDS
    false: tuple[str, ...] = FALSE_WORDS
    strip: bool = True

    @classmethod
    def of(cls, column: dy.Column) -> Self:
        """Hints in the column's metadata; other entries there are left alone.

        Examples
        --------
        >>> import dataframely as dy
        >>> Format.of(dy.Float64(metadata={"decimal": ",", "owner": "sales"})).decimal
        ','
        """
        known = {field.name for field in fields(cls)}
        hints: dict[str, Any] = {
            name: tuple(hint) if isinstance(hint, list) else hint
            for name, hint in (column.metadata or {}).items()
            if name in known
        }
        return cls(**hints)


How = Literal["given", "exact", "folded", "alias", "likeness", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which header fills a column of the table.

    Attributes
    ----------
    column
        Name in the schema and the table.
    label
        The header, None where none fits.
    how
        ``'given'``, ``'exact'``, ``'folded'`` (without case, spaces, punctuation), ``'alias'``,
        ``'likeness'`` or ``'none'``.
    score
        Likeness of header and name, 0 to 100; 100 for all but ``'likeness'``.
    """

    column: str
    label: str | None
    how: How
    score: float = 100.0


def fold(name: str) -> str:
    """Name without case, spaces and punctuation.

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
        Where a column that may not be empty finds no header, or `mapping` names an unknown one.

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
    """One `Match` for every column of the schema, each header used once, also where a column needs one and finds none.

    Surer ways go first: what `mapping` (column to header) gives, then the exact name, the folded
    name, an alias, and last the likeness of the two.

    Raises
    ------
    ColumnNotFoundError
        Where `mapping` names an unknown column or header.
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
            msg = f"mapping names the column {column!r}, which the schema lacks: {choices(column, columns)}"
            raise ColumnNotFoundError(msg)
        if label not in labels:
            msg = f"mapping fills {column!r} from the header {label!r}, which the file lacks: {choices(label, labels)}"
            raise ColumnNotFoundError(msg)
    return mapping


def _by_folded_name(names: Mapping[str, Iterable[str]], labels: Iterable[str]) -> dict[str, str]:
    by_fold = {fold(label): label for label in reversed(tuple(labels))}
    return {column: by_fold[fold(name)] for column, known in names.items() for name in known if fold(name) in by_fold}


def _alike(names: Sequence[str], labels: Sequence[str]) -> dict[str, Match]:
    """Best pairs first, each name and each label in one pair at most."""
    pairs = sorted(
        ((fuzz.ratio(fold(name), fold(label)), name, label) for name in names for label in labels),
        key=lambda pair: -pair[0],
    )
    found: dict[str, Match] = {}
    for score, name, label in pairs:
        if score >= LIKENESS and name not in found and label not in {other.label for other in found.values()}:
            found[name] = Match(column=name, label=label, how="likeness", score=score)
    return found


def table_of(schema: type[dy.Schema], name: str, key: Sequence[str] | None = None) -> Table:
    """The table that the schema describes, keyed by `key` or else by the schema's primary key.

    Raises
    ------
    SchemaError
        Where `key` names a column that the schema lacks.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64(primary_key=True)
    >>> table_of(Orders, "orders").key
    ('order_id',)
    """
    columns = schema.columns()
    keys = tuple(schema.primary_key() if key is None else key)
    for column in keys:
        if column not in columns:
            msg = f"the key column {column!r} is not in the schema: {choices(column, columns)}"
            raise SchemaError(msg)
    return Table(
        name=name,
        key=keys,
        columns=tuple(
            TableColumn(
                name=label,
                dtype=column.dtype,
                nullable=column.nullable and label not in keys,
                unique=column.unique,
            )
            for label, column in columns.items()
        ),
    )


def row_rules(schema: type[dy.Schema], key: Sequence[str] = ()) -> type[dy.Schema]:
    """The same schema with only the rules that look at one row, key columns never empty.

    A stream sees its rows in chunks, so what holds across rows is kept by the table instead: its
    primary key, its unique columns.

    Raises
    ------
    SchemaError
        Where a custom rule looks across rows, so that its outcome would depend on the chunks.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64(primary_key=True)
    >>> row_rules(Orders).filter(pl.DataFrame({"order_id": [1, 1]})).result.height
    2
    """
    import dataframely as dy

    own: dict[str, dy.Column] = {}
    attributes = {
        value.alias or name: name
        for parent in reversed(schema.__mro__)
        for name, value in vars(parent).items()
        if isinstance(value, dy.Column)
    }
    for name, column in schema.columns().items():
        own[attributes[name]] = replaced = copy(column)
        replaced.unique = replaced.primary_key = False
        replaced.nullable = column.nullable and name not in key
    # dataframely has no public list of a schema's own rules.
    for name, rule in schema._schema_validation_rules().items():  # noqa: SLF001
        if not _looks_at_one_row(rule.expr):
            msg = (
                f"the rule {name!r} of {schema.__name__} looks across rows, so its outcome would depend on how "
                "the file is cut into chunks. Leave it out here and check it in the table"
            )
            raise SchemaError(msg)
    return type(schema.__name__, (schema,), own)


def _looks_at_one_row(rule: pl.Expr) -> bool:
    """Whether the rule's outcome for a row depends on that row alone."""
    if rule.meta.is_literal():
        return True
    try:
        alone = rule.meta.is_row_separable()
    except pl.exceptions.ColumnNotFoundError:
        return True  # A Python function, of which polars knows nothing: it is taken at its word.
    return alone and all(_looks_at_one_row(part) for part in rule.meta.pop())
