"""An existing table as the target of an import, without being asked: `Target`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import Fix, Note, SchemaError, TableMismatchError, choices
from importer.schema import (
    Match,
    class_name,
    made,
    raise_for_rivals,
    table_matches,
    tidied,
    with_constants,
    with_defaults,
)
from importer.schema.inference import KEYS_ALIKE
from importer.schema.parsing import parse
from importer.sinks import schema_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import dataframely as dy

    from importer.core import Options
    from importer.engine._reading import Reading
    from importer.schema import Format
    from importer.schema.inference import Guess
    from importer.sinks import Column

    WrittenAs = Callable[[dy.Column, str], Format]

__all__ = ["Target", "raise_if_nothing_fits"]

UNTYPED = {"", "ANY"}
"""Declared types of a column of SQLite that keeps every value as it comes."""

OPEN_ENDED = {"NUMERIC", "DECIMAL"}
"""Declared types of a column that keeps every digit."""

NAMED, NAMED_HEADERS = 3, 8
"""Rows that a note names, and headers that an error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The columns of an existing table that a file fills, with the table's own types and key.

    Attributes
    ----------
    schema
        The columns that are written. All others keep their values, and new rows get their defaults.
    matches
        The header, or the text, that fills each of them.
    guesses
        Why a column is read as it is, where the table and the file agree on its type.
    notes
        What the file shows otherwise.
    mismatch
        Why the table cannot take the file as it is; None if it can.
    """

    schema: type[dy.Schema]
    matches: tuple[Match, ...]
    guesses: tuple[Guess, ...]
    notes: tuple[Note, ...]
    mismatch: TableMismatchError | None = None

    @classmethod
    def of(
        cls, table: str, there: Sequence[Column], reading: Reading, options: Options, written_as: WrittenAs
    ) -> Target:
        """Match the headers of the file with the columns of the table.

        Raises
        ------
        ColumnNotFoundError
            If several headers fit a column equally well, or the mapping names an unknown column or header.
        SchemaError
            If no header fills a column of the key.
        """
        named = table_matches([column.name for column in there], reading.header, options.mapping)
        matches = with_defaults(with_constants(named, options.constants, "table"), options.defaults, "table")
        raise_for_rivals(matches)
        by_label = {found.label: found for found in matches if found.label is not None}
        constants = [found for found in matches if found.constant is not None]
        key = _key(there, by_label, [found.column for found in constants], options.key)
        asked = tuple(label for label, found in by_label.items() if found.column in key)
        labels = {found.column: label for label, found in by_label.items()}
        types = {labels.get(name, name): kind for name, kind in options.types.items()}
        inference = reading.inference(table, key=asked, day_first=options.day_first, types=types)
        guesses = {guess.label: guess for guess in inference.guesses}
        columns = {column.name: column for column in there}
        pairs = [
            _Pair(column=columns[found.column], match=found, guess=guesses[label]) for label, found in by_label.items()
        ]
        unused = {found.unused for found in constants}
        new = [guess for label, guess in guesses.items() if label not in by_label and label not in unused]
        added = list(_named_apart(new, columns)) if options.new_columns == "add" else []
        name = class_name(table)
        same = [(columns[found.column], columns[found.column].dtype or pl.String()) for found in constants]
        typed = [*((pair.column, pair.dtype) for pair in pairs), *same]
        own = schema_with(name, typed, {pair.column.name: pair.hints for pair in pairs}, key=key)
        schema = made(name, own.columns() | {guess.name: guess.column for guess in added})
        free = [found.column for found in matches if not found.is_filled]
        return cls(
            schema=schema,
            matches=(
                *(pair.match for pair in pairs),
                *constants,
                *(Match(column=guess.name, label=guess.label, how="exact") for guess in added),
            ),
            guesses=(*(pair.decided for pair in pairs if pair.is_agreed), *added),
            notes=(
                *_notes_of_twins(pairs),
                *_notes_of_columns(reading, pairs, schema, written_as),
                *_notes_of_new(table, new, options),
                *(_notes_of_unfilled(free) if options.if_table_exists == "replace" else ()),
            ),
            mismatch=_mismatch(table, new, free) if new and options.new_columns == "fail" else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A column of the table, and the header that fills it."""

    column: Column
    match: Match
    guess: Guess

    @property
    def dtype(self) -> pl.DataType:
        """Type of the values that are written."""
        inferred, declared = self.guess.column.dtype, self.column.declared.upper()
        if self.column.dtype is None or declared in UNTYPED:
            return inferred
        is_open = self.column.is_loose or declared in OPEN_ENDED
        if is_open and self.column.dtype.is_numeric() and (inferred.is_float() or inferred.is_decimal()):
            return inferred
        if self.column.is_loose and isinstance(self.column.dtype, pl.Datetime) and isinstance(inferred, pl.Datetime):
            return inferred
        return self.column.dtype

    @property
    def is_agreed(self) -> bool:
        """Whether the file alone would make the same of the column."""
        return bool(self.guess.column.dtype == self.dtype)

    @property
    def decided(self) -> Guess:
        """The guess under the column's name; that the table has text settles every doubt about the type."""
        doubt = self.guess.doubt
        is_of_type = not (isinstance(doubt, Note) and doubt.code == KEYS_ALIKE)
        is_settled = self.dtype == pl.String and is_of_type
        return replace(self.guess, name=self.column.name, doubt=None if is_settled else doubt)

    @property
    def hints(self) -> dict[str, Any]:
        """How the cells are written, and from which header they come."""
        kept = dict(self.guess.column.metadata or {}) if self.is_agreed else {}
        label = self.guess.label
        return {name: hint for name, hint in kept.items() if name != "aliases"} | (
            {} if label == self.column.name else {"aliases": [label]}
        )


def raise_if_nothing_fits(matches: Iterable[Match], table: str, labels: Sequence[str]) -> None:
    """Raise an error if no header of the file fills any column.

    Raises
    ------
    SchemaError
        If none does.
    """
    if all(found.label is None for found in matches):
        named = ", ".join(map(repr, labels[:NAMED_HEADERS])) + (", …" if labels[NAMED_HEADERS:] else "")
        raise SchemaError(
            f"no column of the file fits a column of {table!r}: it has {named}",
            code="nothing-matches",
            facts={"table": table, "labels": list(labels)},
            fixes=[Fix("mapping", ..., "to say which fills which"), Fix("table", ..., "if they belong elsewhere")],
        )


def _key(
    there: Sequence[Column], by_label: Mapping[str, Match], constants: Iterable[str], said: Sequence[str] | None
) -> tuple[str, ...]:
    """Columns of the key: as given, by header or by name, or else the primary key if all of it is filled."""
    filled = {found.column for found in by_label.values()} | {*constants}
    if said is None:
        own = tuple(column.name for column in there if column.is_key)
        return own if filled.issuperset(own) else ()
    names = {name.casefold(): name for name in filled}
    found = []
    for name in said:
        match = by_label.get(name)
        column = names.get(name.casefold()) if match is None else match.column
        if column is None:
            raise SchemaError(
                f"the key column {name!r} is not in the file: {choices(name, by_label)}",
                code="key-not-found",
                facts={"column": name, "columns": list(by_label)},
                fixes=[Fix("key", ..., "with one of those")],
            )
        found.append(column)
    return tuple(found)


def _named_apart(new: Iterable[Guess], columns: Iterable[str]) -> Iterator[Guess]:
    """The guesses, with names that the table does not have yet."""
    taken = {name.casefold() for name in columns}
    for guess in new:
        name, count = guess.name, 1
        while name.casefold() in taken:
            count += 1
            name = f"{guess.name}_{count}"
        taken.add(name.casefold())
        yield replace(guess, name=name)


def _mismatch(table: str, new: Sequence[Guess], free: Sequence[str]) -> TableMismatchError:
    """Error of a file with columns that the table lacks."""
    labels = [guess.label for guess in new]
    there = f": {choices(labels[0], free)}" if free else ""
    return TableMismatchError(
        f"the table {table!r} has no column for {', '.join(map(repr, labels))}{there}",
        code="column-missing",
        facts={"table": table, "columns": labels},
        fixes=[
            Fix("new_columns", "add", "to add it to the table"),
            Fix("new_columns", "ignore", "to leave it out"),
            *([Fix("mapping", ..., "to fill a column of another name")] if free else []),
        ],
    )


def _notes_of_new(table: str, new: Sequence[Guess], options: Options) -> Iterator[Note]:
    """What becomes of the columns that the table lacks."""
    if not new:
        return
    named = ", ".join(repr(guess.label) for guess in new)
    fixes = [Fix("new_columns", name) for name in ("add", "ignore") if name != options.new_columns]
    match options.new_columns:
        case "add":
            sentence = f"the table {table!r} gets new columns for {named}"
            yield Note(sentence, code="columns-added", kind="told", n=len(new))
        case "ignore":
            sentence = f"left out, since the table {table!r} has no column for it: {named}"
            yield Note(sentence, fixes, code="columns-left-out", kind="rows", n=len(new))
        case _:
            sentence = f"the table {table!r} has no column for {named}"
            yield Note(sentence, fixes, code="columns-missing", kind="doubt", n=len(new))


def _notes_of_twins(pairs: Sequence[_Pair]) -> Iterator[Note]:
    """Which headers are told apart by their order alone."""
    alike: dict[str, list[_Pair]] = {}
    for pair in pairs:
        if pair.match.how == "folded":
            alike.setdefault(tidied(pair.guess.label), []).append(pair)
    for twins in alike.values():
        if len(twins) > 1:
            labels, columns = ", ".join(repr(t.guess.label) for t in twins), ", ".join(t.column.name for t in twins)
            sentence = f"the headers {labels} differ only in signs and case: by their order they fill {columns}"
            yield Note(sentence, [Fix("mapping", ..., "if they stand otherwise")], code="headers-alike", n=len(twins))


def _notes_of_unfilled(free: Sequence[str]) -> Iterator[Note]:
    """Which columns of a table whose rows are replaced will be empty."""
    if free:
        sentence = f"nothing fills {', '.join(map(repr, free))}: the rows have their defaults there, or are empty"
        yield Note(sentence, code="columns-unfilled", kind="told", n=len(free))


def _notes_of_columns(
    reading: Reading, pairs: Sequence[_Pair], schema: type[dy.Schema], written_as: WrittenAs
) -> Iterator[Note]:
    """Where the table wants other values than the file alone would show."""
    sample, columns = reading.sample, schema.columns()
    for pair in pairs:
        label, name, cells = pair.guess.label, pair.column.name, sample.frame[pair.guess.label]
        place = f"the column {name!r} of the table, which is {pair.column.declared}"
        if pair.is_agreed or cells.null_count() == cells.len():
            continue
        if pair.dtype == pl.String:
            why = f"{label!r} fills {place}: its cells go in as they are written"
            yield Note(why, code="text-in-table", kind="told", column=label)
            continue
        try:
            failed = parse(cells, pair.dtype, written_as(columns[name], label)).failed
        except SchemaError as exc:
            yield Note(exc.message.sentence, exc.message.fixes, code=exc.code, kind="doubt", column=label)
            continue
        if n := int(failed.sum()):
            rows = sample.rows.filter(failed).head(NAMED).to_list()
            sentence = (
                f"{n:,} of {cells.len() - cells.null_count():,} cells of {label!r} looked at do not fit {place}, "
                f"e.g. {cells.filter(failed)[0]!r} in row {rows[0]:,}: their rows will be refused"
            )
            fixes: list[Fix | str] = [
                "change the type of the column in the database",
                Fix("table", ..., "to use another one"),
            ]
            yield Note(sentence, fixes, code="type-in-table", kind="doubt", rows=rows, n=n, column=label)
