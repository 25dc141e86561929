"""The columns of the table, and the headers that fill them: `Target`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.errors import SinkError
from importer.schema import Match, best_matches, schema_columns, table_matches, with_constants
from importer.sinks import SqlSink, columns_of, open_sink, schema_with
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dataframely as dy

    from importer.app.choices._choices import Choices
    from importer.engine import Reading
    from importer.sinks import Column

    TableColumns = Sequence[tuple[Column, pl.DataType]]

__all__ = ["Target", "UnreachableError", "columns_there"]


def columns_there(choices: Choices) -> TableColumns:
    """Columns of the table into which the rows go; none if the import creates it, or they are given otherwise.

    Raises
    ------
    SinkError
        If the target cannot be used, or `UnreachableError` if the database does not answer.
    """
    sink = open_sink(choices.into)
    is_given = choices.corrects is not None or "schema" in choices.options
    if is_given and not isinstance(sink, SqlSink):
        return ()
    try:
        found = columns_of(sink, choices.table)
    except SinkError as exc:
        raise UnreachableError(say("columns.unreachable", why=exc), code=exc.code, facts=exc.facts) from exc
    return () if is_given else found


class UnreachableError(SinkError):
    """The database does not answer, perhaps for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Columns that can be filled, known even if no plan can be made yet.

    Attributes
    ----------
    schema
        All of them.
    matches
        What fills each.
    is_there
        Whether they are the columns of an existing table.
    exists
        Whether the table exists, so that its columns could be used.
    written
        Columns of that table that are filled or must be filled; the others keep their values.
    missing
        Columns that must be filled, but are not.
    mapping
        Headers of the columns that their names alone would not find.
    renamed
        New names of columns that the file brings, by the names made from their headers.
    """

    schema: type[dy.Schema]
    matches: tuple[Match, ...]
    is_there: bool = False
    exists: bool = False
    written: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, choices: Choices, reading: Reading, there: TableColumns) -> Self | None:
        """Columns of the given schema or of the existing table; None if the columns come from the file."""
        mapping, constants = choices.options.get("mapping", {}), choices.options.get("constants", {})
        header = reading.header
        if (given := choices.options.get("schema")) is not None:
            found = with_constants(best_matches(given, header.labels, mapping), constants, "schema")
            columns = schema_columns(given)
            missing = tuple(one.column for one in found if not one.is_filled and not columns[one.column].nullable)
            return cls(schema=given, matches=found, missing=missing, mapping=mapping)
        return None if choices.brings_columns or not there else cls._there(choices, there, reading, mapping)

    @classmethod
    def _there(cls, choices: Choices, there: TableColumns, reading: Reading, mapping: Mapping[str, str]) -> Self:
        header, dtypes = reading.header, {one.name: dtype for one, dtype in there}

        def fits(name: str, label: str) -> bool:
            return _sort(dtypes[name]) == _sort(reading.dtype(label))

        hints = {name: choice.hints for name, choice in choices.columns.items()}
        left_out = {name for name, choice in choices.columns.items() if choice.is_left_out}
        schema = schema_with(choices.table, there, hints)
        offered = [one.name for one, _ in there if one.name not in left_out]
        found = table_matches(offered, header, mapping, is_likeness_enough=True, fits=fits)
        by_column = {one.column: one for one in found}
        none = {name: Match(column=name, label=None, how="none", score=0.0) for name in left_out}
        named = [(by_column | none)[one.name] for one, _ in there]
        matches = with_constants(named, choices.options.get("constants", {}), "table")
        filled = {found.column: found.label for found in matches if found.label is not None}
        complete = {found.column for found in matches if found.is_filled}
        needed = {one.name for one, _ in there if one.is_required}
        written = tuple(one.name for one, _ in there if one.name in complete | needed)
        missing = tuple(name for name in written if name not in complete)
        plain = schema_with(choices.table, [one for one in there if one[0].name in written], hints)
        by_name = {found.column: found.label for found in best_matches(plain, header.labels, mapping)}
        return cls(
            schema=schema,
            matches=matches,
            is_there=True,
            exists=True,
            written=written,
            missing=missing,
            mapping={**mapping, **{name: label for name, label in filled.items() if by_name[name] != label}},
        )

    def key(self, said: Sequence[str]) -> tuple[str, ...]:
        """Columns of the key; each name may be a header or a column, also by the name before it was changed."""
        by_label = {found.label: found.column for found in self.matches}
        return tuple(by_label.get(name) or self.renamed.get(name, name) for name in said)

    @property
    def named_before(self) -> dict[str, str]:
        """The names of columns before they were changed, by the names that they have now."""
        return {new: name for name, new in self.renamed.items()}

    def key_of(self, choices: Choices) -> tuple[str, ...]:
        """Columns of the key: as chosen, or else as the schema has them."""
        chosen = choices.options.get("key")
        if chosen is not None:
            return self.key(chosen)
        columns = schema_columns(self.schema)
        mine = self.written if self.is_there else columns
        return tuple(name for name, column in columns.items() if column.primary_key and name in mine)

    def chosen(self, choices: Choices) -> dict[str, Any]:
        """Arguments for `importer.schema_of`."""
        hints = {name: dict(choice.hints) for name, choice in choices.columns.items() if choice.hints}
        is_all = len(self.written) == len(self.matches)
        columns = {} if is_all else {"columns": self.written}
        return {**columns, **({"hints": hints} if hints else {})}


def _sort(dtype: pl.DataType) -> str:
    """What kind of values a type has, however large or exact."""
    return "number" if dtype.is_numeric() else "day" if dtype in (pl.Date, pl.Datetime) else type(dtype).__name__
