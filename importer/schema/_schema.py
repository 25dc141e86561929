"""What a table expects: columns, rules, key, and how cells are written."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, Self
from weakref import WeakKeyDictionary

import polars as pl

from importer.core import Table, TableColumn
from importer.errors import Fix, SchemaError, choices
from importer.schema._hints import hints_of
from importer.schema._words import FALSE_WORDS, NULL_WORDS, TRUE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dataframely as dy

__all__ = [
    "FALSE_WORDS",
    "NULL_WORDS",
    "TRUE_WORDS",
    "Format",
    "Writing",
    "raise_for_twins",
    "row_rules",
    "schema_columns",
    "table_of",
]


class Writing(Protocol):
    """How every cell of an inferred column is written. Equal and hashable by value."""

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells are written so: a Boolean for each trimmed cell that is not empty."""
        ...

    def is_sure(self, cells: pl.Series) -> bool:  # noqa: ARG002 - for those that know
        """Whether a quick look shows that every cell in canonical form is written so."""
        return False

    def otherwise(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values of cells that are written otherwise and can mean only one thing; null for all others."""
        return pl.Series([None], dtype=dtype).new_from_index(0, len(cells))

    def why(self, cell: str) -> str:
        """Explain, as a sentence with a way on, why this cell is refused."""
        ...

    def told(self, cell: str) -> str:
        """Explain why this cell, which is written otherwise, is taken with a warning."""
        return f"{cell!r} is written differently from the column, and means only one thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the cells of one column are written; None if the file decides.

    A column's ``metadata`` can hold these hints under the same names.

    Attributes
    ----------
    aliases
        Other headers for the column.
    decimal
        The decimal mark: ``'.'`` or ``','``.
    day_first
        Whether 03/04/2025 is the third of April.
    formats
        strptime formats for dates and times, instead of the usual ones.
    last_year
        The last of the hundred years that two digits may mean; by default, ten years from today.
    language
        Language of the names of months, such as ``'pl'``, where they are not clear without it.
    nulls
        Words that mean an empty cell, instead of `NULL_WORDS`.
    true, false
        Words for yes and no, instead of `TRUE_WORDS` and `FALSE_WORDS`; case does not matter.
    strip
        Whether to strip white space around text, with a warning.
    writing
        What the sample showed of the column: of an inferred one, cells of another writing are refused. None reads
        every writing whose value is not in doubt. It is no hint, and metadata cannot hold it.
    """

    aliases: tuple[str, ...] = ()
    decimal: Literal[".", ","] | None = None
    day_first: bool | None = None
    formats: tuple[str, ...] = ()
    last_year: int | None = None
    language: str | None = None
    nulls: tuple[str, ...] | None = None
    true: tuple[str, ...] = TRUE_WORDS
    false: tuple[str, ...] = FALSE_WORDS
    strip: bool = True
    writing: Writing | None = field(default=None, compare=False)

    @classmethod
    def of(cls, column: dy.Column) -> Self:
        """The hints in the column's metadata; other entries are ignored.

        Raises
        ------
        SchemaError
            If a hint cannot have its value, or is misspelt.

        Examples
        --------
        >>> import dataframely as dy
        >>> Format.of(dy.Float64(metadata={"decimal": ",", "owner": "sales"})).decimal
        ','
        """
        return cls(**hints_of(column))


def schema_columns(schema: type[dy.Schema]) -> Mapping[str, dy.Column]:
    """The columns of a schema by their names, looked up once, since dataframely takes milliseconds for hundreds.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64()
    >>> list(schema_columns(Orders)), schema_columns(Orders) is schema_columns(Orders)
    (['order_id'], True)
    """
    found = _COLUMNS.get(schema)
    if found is None:
        _COLUMNS[schema] = found = schema.columns()
    return found


_COLUMNS: WeakKeyDictionary[type[dy.Schema], Mapping[str, dy.Column]] = WeakKeyDictionary()


def table_of(schema: type[dy.Schema], name: str, key: Sequence[str] | None = None) -> Table:
    """The table that the schema describes, with `key` or else the schema's primary key as its key.

    Raises
    ------
    SchemaError
        If `key` names a column that the schema lacks, or two of its columns differ only in case.

    Examples
    --------
    >>> import dataframely as dy
    >>> class Orders(dy.Schema):
    ...     order_id = dy.Int64(primary_key=True)
    >>> table_of(Orders, "orders").key
    ('order_id',)
    """
    raise_for_twins(schema)
    columns = schema_columns(schema)
    keys = tuple(schema.primary_key() if key is None else key)
    for column in keys:
        if column not in columns:
            raise SchemaError(
                f"the key column {column!r} is not in the schema: {choices(column, columns)}",
                code="key-not-found",
                facts={"column": column, "columns": list(columns)},
                fixes=[Fix("key", ..., "with one of those")],
            )
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


def raise_for_twins(schema: type[dy.Schema]) -> None:
    """Do nothing if no two columns differ only in case, which databases ignore.

    Raises
    ------
    SchemaError
        If two do.
    """
    known: dict[str, str] = {}
    for name in schema_columns(schema):
        if (other := known.setdefault(name.casefold(), name)) != name:
            raise SchemaError(
                f"the columns {other!r} and {name!r} of {schema.__name__} differ only in case, which databases ignore",
                code="columns-alike",
                facts={"schema": schema.__name__, "columns": [other, name]},
                fixes=["rename one, and make its header an alias of the column"],
            )


def row_rules(schema: type[dy.Schema], key: Sequence[str] = ()) -> type[dy.Schema]:
    """The same schema with only the rules that look at one row; key columns are required.

    Rows come in chunks, so the table itself enforces what holds across rows: its primary key and
    its unique columns.

    Raises
    ------
    SchemaError
        If a custom rule looks across rows, so that its outcome would depend on the chunks.

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
    for name, column in schema_columns(schema).items():
        own[attributes[name]] = replaced = copy(column)
        replaced.unique = replaced.primary_key = False
        replaced.nullable = column.nullable and name not in key
    # dataframely has no public list of a schema's own rules.
    for name, rule in schema._schema_validation_rules().items():  # noqa: SLF001
        if not _looks_at_one_row(rule.expr):
            raise SchemaError(
                f"the rule {name!r} of {schema.__name__} looks across rows, so its outcome would depend on the chunks",
                code="rule-across-rows",
                facts={"rule": name, "schema": schema.__name__},
                fixes=["leave it out here and check it in the table"],
            )
    return type(schema.__name__, (schema,), own)


def _looks_at_one_row(rule: pl.Expr) -> bool:
    """Whether the rule's outcome for a row depends on that row alone."""
    if rule.meta.is_literal():
        return True
    try:
        alone = rule.meta.is_row_separable()
    except pl.exceptions.ColumnNotFoundError:
        return True  # A Python function, which polars cannot look into, is trusted.
    return alone and all(_looks_at_one_row(part) for part in rule.meta.pop())
