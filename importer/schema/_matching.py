"""Which header of the file fills which column of the schema."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from rapidfuzz import fuzz

from importer.errors import ColumnNotFoundError, Fix, choices
from importer.schema._names import names, tidied
from importer.schema._schema import Format, schema_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import dataframely as dy

    from importer.core import Header

__all__ = ["Match", "best_matches", "match", "raise_for_rivals", "table_matches", "with_constants", "with_defaults"]

LIKENESS = 80.0
"""Lowest score out of 100 at which a header that only resembles a column is matched to it."""

SHORTEST_CUT = 58
"""Bytes of a name that a database, or an import, may have cut."""

How = Literal["given", "exact", "folded", "alias", "likeness", "constant", "none"]

Fits: TypeAlias = "Callable[[str, str], bool]"
"""Whether the cells under a header are of the type of a column, by the names of both."""

SHARED = 4
"""Letters of the words that a column and a header must share if nothing else of their names is alike."""

LOWEST = 60.0
"""Score of a column and a header that share a word and the type."""

FITTING = 20.0
"""What the same type is worth where several names are alike."""

Ways: TypeAlias = "Sequence[tuple[How, Mapping[str, Sequence[str]]]]"
"""Headers that fit each column, the surest way first."""


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
        ``'likeness'``, ``'constant'`` or ``'none'``.
    score
        How alike header and name are, 0 to 100; always 100 unless matched by ``'likeness'``.
    rivals
        Headers that fit it equally well, none of which fills it.
    constant, unused
        The text of every row in place of a header, and the header that would fill the column without it.
    default
        The text in place of empty cells.
    """

    column: str
    label: str | None
    how: How
    score: float = 100.0
    rivals: tuple[str, ...] = ()
    constant: str | None = None
    unused: str | None = None
    default: str | None = None

    @property
    def is_filled(self) -> bool:
        """Whether the column gets values."""
        return self.label is not None or self.constant is not None


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """The name in lower case, without spaces and punctuation, unless there is nothing else.

    Examples
    --------
    >>> fold("Order-No. ") == fold("order_no"), fold("€")
    (True, '€')
    """
    return re.sub(r"[\W_]+", "", name.casefold()) or name.strip()


def match(
    schema: type[dy.Schema],
    labels: Iterable[str],
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> tuple[Match, ...]:
    """One `Match` for every column of the schema, as `best_matches` finds them; those of `constants` need no header.

    Raises
    ------
    ColumnNotFoundError
        If no header fits a required column, two fit a column equally well, or `mapping`, `constants` or `defaults`
        names an unknown column or header.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64()
    ...     quantity = dy.Int64(metadata={"aliases": ["qty"]})
    >>> [(m.column, m.label, m.how) for m in match(Orders, ["Qty", "Order ID"])]
    [('order_id', 'Order ID', 'folded'), ('quantity', 'Qty', 'alias')]
    """
    columns, labels = schema_columns(schema), tuple(labels)
    found = with_constants(best_matches(schema, labels, mapping), constants or {}, "schema")
    found = with_defaults(found, defaults or {}, "schema")
    raise_for_rivals(found)
    missing = [one.column for one in found if not one.is_filled and not columns[one.column].nullable]
    if missing:
        raise ColumnNotFoundError.among(missing, labels)
    return found


def best_matches(
    schema: type[dy.Schema], labels: Iterable[str], mapping: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """One `Match` for every column of the schema; a column may find no header, even if it is required.

    Each header is used once. The surest match wins: `mapping` (column to header), then the exact name, an exact
    alias, the folded name, a folded alias, and last the likeness of the two. Where several headers fit a column
    in the same way, none of them fills it.

    Raises
    ------
    ColumnNotFoundError
        If `mapping` names an unknown column or header.
    """
    columns = schema_columns(schema)
    labels = tuple(dict.fromkeys(labels))
    aliases = {name: Format.of(column).aliases for name, column in columns.items()}
    ways: Ways = (
        ("given", _given(mapping or {}, columns, labels, "schema")),
        ("exact", _by_name(aliases)),
        ("alias", aliases),
        ("folded", _by_folded_name({name: (name,) for name in columns}, labels)),
        ("alias", _by_folded_name(aliases, labels)),
    )
    return _assigned(list(columns), labels, ways, is_likeness_enough=True)


def table_matches(
    columns: Sequence[str],
    header: Header,
    mapping: Mapping[str, str] | None = None,
    *,
    is_likeness_enough: bool = False,
    fits: Fits | None = None,
) -> tuple[Match, ...]:
    """One `Match` for every column of an existing table; a column may find no header.

    The surest match wins: `mapping`, the name that an import into a new table gives to the header where several
    headers are tidied to one name, the exact name, the tidied name, the folded name, and last a name that the
    database has cut. Where several headers fit a column in the same way, none of them fills it.

    Parameters
    ----------
    is_likeness_enough
        Whether a similar name is enough where nothing else is found.
    fits
        Tells which of several similar names has values of the type; then a word in common is enough, as in Name
        and full_name.

    Raises
    ------
    ColumnNotFoundError
        If `mapping` names an unknown column or header.

    Examples
    --------
    >>> from importer.core import Header
    >>> found = table_matches(["id", "id_2", "class", "qty"], Header(row=1, labels=("ID", "id", "Class")))
    >>> [(one.column, one.label) for one in found]
    [('id', 'ID'), ('id_2', 'id'), ('class', 'Class'), ('qty', None)]
    """
    labels = header.labels
    named = dict(zip(labels, names(header), strict=True))
    together: dict[str, list[str]] = {}
    for label in labels:
        together.setdefault(tidied(label), []).append(label)
    alone = {label for group in together.values() if len(group) == 1 for label in group}
    twins = {
        label
        for group in together.values()
        if len(group) > 1 and all(named[label] in columns for label in group)
        for label in group
    }
    ways: Ways = (
        ("given", _given(mapping or {}, columns, labels, "table")),
        ("folded", {named[label]: [label] for label in twins}),
        ("exact", {name: [name] for name in columns}),
        ("folded", {named[label]: [label] for label in alone}),
        ("folded", _by_folded_name({name: (name,) for name in columns}, labels)),
        ("folded", {name: _cut_to(name, labels) for name in columns}),
    )
    return _assigned(columns, labels, ways, is_likeness_enough=is_likeness_enough, fits=fits)


def with_constants(matches: Sequence[Match], constants: Mapping[str, str], what: str) -> tuple[Match, ...]:
    """The matches with a text for every row in place of the header, for some columns.

    Raises
    ------
    ColumnNotFoundError
        If `constants` names a column that is not there.

    Examples
    --------
    >>> [found] = with_constants([Match(column="shop", label="Shop", how="folded")], {"shop": "North"}, "table")
    >>> found.label, found.constant, found.unused
    (None, 'North', 'Shop')
    """
    _raise_for_unknown(matches, constants, "constants", what)
    return tuple(
        Match(column=one.column, label=None, how="constant", constant=constants[one.column], unused=one.label)
        if one.column in constants
        else one
        for one in matches
    )


def with_defaults(matches: Sequence[Match], defaults: Mapping[str, str], what: str) -> tuple[Match, ...]:
    """The matches with a text in place of empty cells, for some columns; without a header, all cells are empty.

    Raises
    ------
    ColumnNotFoundError
        If `defaults` names a column that is not there.

    Examples
    --------
    >>> found = [Match(column="qty", label="Qty", how="folded"), Match(column="shop", label=None, how="none", score=0)]
    >>> qty, shop = with_defaults(found, {"qty": "0", "shop": "North"}, "table")
    >>> qty.default, shop.constant
    ('0', 'North')
    """
    _raise_for_unknown(matches, defaults, "defaults", what)
    return tuple(
        one
        if one.column not in defaults or one.constant is not None or one.rivals
        else replace(one, default=defaults[one.column])
        if one.label is not None
        else Match(column=one.column, label=None, how="constant", constant=defaults[one.column])
        for one in matches
    )


def _raise_for_unknown(matches: Sequence[Match], given: Iterable[str], option: str, what: str) -> None:
    columns = [one.column for one in matches]
    for column in given:
        if column not in columns:
            raise ColumnNotFoundError(
                f"{option} names the column {column!r}, which the {what} lacks: {choices(column, columns)}",
                code=f"{option.removesuffix('s')}-wrong",
                facts={"column": column, "columns": columns},
                fixes=[Fix(option, ..., f"with a column of the {what}")],
            )


def raise_for_rivals(matches: Iterable[Match]) -> None:
    """Do nothing if no column could be filled from several headers equally well.

    Raises
    ------
    ColumnNotFoundError
        If one could.
    """
    for one in matches:
        if one.rivals:
            named = ", ".join(map(repr, one.rivals))
            raise ColumnNotFoundError(
                f"several headers fit the column {one.column!r}, and nothing says which fills it: {named}",
                code="headers-alike",
                facts={"column": one.column, "headers": list(one.rivals)},
                fixes=[Fix("mapping", {one.column: ...}, "with the right one")],
            )


def _assigned(
    columns: Sequence[str], labels: Sequence[str], ways: Ways, *, is_likeness_enough: bool, fits: Fits | None = None
) -> tuple[Match, ...]:
    """A match for every column, by the first way that finds a free header for it."""
    free = dict.fromkeys(labels)
    found: dict[str, Match] = {}
    for how, candidates in ways:
        for name in columns:
            fitting = [label for label in candidates.get(name, ()) if label in free]
            if name in found or not fitting:
                continue
            if len(fitting) > 1:
                found[name] = Match(column=name, label=None, how="none", score=0.0, rivals=tuple(fitting))
                continue
            del free[fitting[0]]
            found[name] = Match(column=name, label=fitting[0], how=how)
    if is_likeness_enough:
        found |= _alike([name for name in columns if name not in found], list(free), fits)
    return tuple(found.get(name, Match(column=name, label=None, how="none", score=0.0)) for name in columns)


def _cut_to(name: str, labels: Sequence[str]) -> list[str]:
    """The headers that become a name of which this is the beginning, if it is as long as databases allow."""
    if len(name.encode()) < SHORTEST_CUT:
        return []
    return [label for label in labels if (whole := tidied(label)) != name and whole.startswith(name.casefold())]


def _by_name(aliases: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The name of each column, unless it is another header's place: ``id`` for ``ID``, and ``id_2`` for ``id``."""
    places = {alias for name, known in aliases.items() for alias in known if alias != name}
    return {name: [name] for name, known in aliases.items() if not (known and name in places)}


def _given(
    mapping: Mapping[str, str], columns: Iterable[str], labels: Sequence[str], what: str
) -> dict[str, Sequence[str]]:
    for column, label in mapping.items():
        if column not in columns:
            raise ColumnNotFoundError(
                f"mapping names the column {column!r}, which the {what} lacks: {choices(column, columns)}",
                code="mapping-wrong",
                facts={"column": column, "columns": list(columns)},
                fixes=[Fix("mapping", ..., f"with a column of the {what}")],
            )
        if label not in labels:
            raise ColumnNotFoundError(
                f"mapping fills {column!r} from the header {label!r}, which the file lacks: {choices(label, labels)}",
                code="mapping-wrong",
                facts={"column": column, "header": label, "headers": list(labels)},
                fixes=[Fix("mapping", {column: ...}, "with a header of the file")],
            )
    return {column: [label] for column, label in mapping.items()}


def _by_folded_name(names: Mapping[str, Iterable[str]], labels: Iterable[str]) -> dict[str, list[str]]:
    """The headers that fold to what each column is called, unless another column folds alike."""
    by_fold: dict[str, list[str]] = {}
    for label in labels:
        by_fold.setdefault(fold(label), []).append(label)
    folds = {column: {fold(name) for name in known} for column, known in names.items()}
    counts = Counter(one for known in folds.values() for one in known)
    return {
        column: [label for one in known if counts[one] == 1 for label in by_fold.get(one, ())]
        for column, known in folds.items()
    }


def _alike(names: Sequence[str], labels: Sequence[str], fits: Fits | None) -> dict[str, Match]:
    """Pairs by likeness, best first; each name and each label is used once, and not where another is as much alike."""
    pairs = [
        (score, fits is not None and fits(name, label), name, label)
        for name in names
        for label in labels
        # 2024 is not nearly 2025.
        if _digits(name) == _digits(label)
        and ((score := fuzz.ratio(fold(name), fold(label))) >= LIKENESS or (fits is not None and _share(name, label)))
    ]
    # A word in common is enough only if the type is the same too.
    ranked = [
        (max(score, LOWEST) + (FITTING if is_fit else 0.0), max(score, LOWEST), name, label)
        for score, is_fit, name, label in pairs
        if is_fit or score >= LIKENESS
    ]
    found: dict[str, Match] = {}
    used: set[str] = set()
    for rank, score, name, label in sorted(ranked, key=lambda pair: -pair[0]):
        as_good = [1 for other, _, n, at in ranked if other == rank and (n == name) != (at == label)]
        if name not in found and label not in used and not as_good:
            found[name] = Match(column=name, label=label, how="likeness", score=score)
            used.add(label)
    return found


def _share(name: str, label: str) -> bool:
    """Whether all words of the one are words of the other: Name and full_name.

    Examples
    --------
    >>> _share("full_name", "Name"), _share("order_date", "Date of order"), _share("customer_id", "ID")
    (True, True, False)
    """
    one, other = ({*tidied(text).split("_")} for text in (name, label))
    shared = one & other
    return shared in (one, other) and sum(map(len, shared)) >= SHARED


def _digits(name: str) -> list[str]:
    return re.findall(r"\d+", name)
