"""Rows that a DuckDB table refuses: queries find them, and one row of each kind is tried for its words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl

from importer.sinks._driver_errors import RefusedError
from importer.sinks._rivals import reached, wants
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from importer.core import Refusal, Table
    from importer.sinks._foresight import Foreseeable
    from importer.sinks.dialects._duckdb_rules import Rules

__all__ = ["refusing"]

MOST = 100
"""Sets of rules at most of which one row is tried."""


class _File(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def names(self, names: Iterable[str], prefix: str = "") -> str: ...

    def target(self, table: str) -> str: ...

    def stage(self, frame: pl.DataFrame) -> str: ...


class _Broken(NamedTuple):
    """What a row breaks: rows of one kind are refused with the same words, but for their values.

    Attributes
    ----------
    kind
        What tells it from others.
    text
        The words; empty if only the database knows them.
    rival
        The row that has its value.
    """

    kind: str
    text: str = ""
    rival: int | None = None


def refusing(  # noqa: PLR0913, PLR0917 - what `DuckdbDialect` knows
    file: _File,
    table: Table,
    rows: Foreseeable,
    rules: Rules,
    types: Mapping[str, str],
    tried: Callable[[pl.DataFrame], RefusedError | None],
) -> Iterator[Refusal]:
    """The rows that the table refuses.

    Parameters
    ----------
    file
        The database.
    table, rows, tried
        As for `Dialect.foreseen`.
    rules
        What rows may break.
    types
        Types of the columns, by their names in lower case.
    """
    held = _held(file, table, file.stage(rows.all), types)
    broken = defaultdict[int, list[_Broken]](list)
    for number, kind in file.execute(
        f"SELECT * FROM ({held} SELECT {file.quote(ROW)}, concat({', '.join(rules.alone) or 'NULL'}) AS rules FROM h) "
        "WHERE contains(rules, '1')"
    ):
        broken[number].append(_Broken(kind))
    unsure = set(rows.unsure[ROW])
    if rules.unique or rules.pointers:
        unsure |= _known(file, table, held)
        for sql in _nowhere(file, rules, held):
            for number, kind, text in file.execute(sql):
                broken[number].append(_Broken(kind, _line(text)))
        unsure |= _rivals(file, table, rules, held, broken, unsure)
    alike = defaultdict[str, list[tuple[int, _Broken]]](list)
    for number, found in sorted(broken.items()):
        if number not in unsure and len(found) == 1:
            alike[found[0].kind].append((number, found[0]))
    for those in [*alike.values()][:MOST]:
        number, first = those[0]
        refused = tried(rows.sure.filter(pl.col(ROW).is_in([number, first.rival])))
        if refused is None or (str(refused).partition(": ")[2] != first.text if first.text else not _is_alone(refused)):
            continue
        for number, one in those:
            words = f"{str(refused).partition(': ')[0]}: {one.text}" if one.text else str(refused)
            yield RefusedError(refused.rule, words, refused.column).refusal(number)


def _is_alone(refused: RefusedError) -> bool:
    return refused.rule == "missing-cell" or "CHECK constraint failed" in str(refused)


def _line(text: str) -> str:
    """The words as they are told: without what follows the first line."""
    return f"Constraint Error: {text}".partition("\n")[0]


def _held(file: _File, table: Table, stage: str, types: Mapping[str, str]) -> str:
    """The staged rows as the table would hold them, as a query named ``h``."""
    names = [column.name for column in table.columns]
    cast = {name: f"TRY_CAST({file.quote(name)} AS {types[name.casefold()]})" for name in names}
    # What does not fit its column is refused for that.
    fits = " AND ".join(f"({file.quote(name)} IS NULL OR {cast[name]} IS NOT NULL)" for name in names)
    columns = ", ".join(f"{cast[name]} AS {file.quote(name)}" for name in names)
    return f"WITH h AS MATERIALIZED (SELECT {file.quote(ROW)}, {columns} FROM {stage} WHERE {fits})"


def _known(file: _File, table: Table, held: str) -> set[int]:
    """The rows whose keys are in the table, or come twice."""
    if not table.key:
        return set()
    row, key = file.quote(ROW), file.names(table.key)
    found = file.execute(
        f"{held} SELECT {row} FROM h QUALIFY count(*) OVER (PARTITION BY {key}) > 1 UNION ALL "
        f"SELECT {row} FROM h SEMI JOIN {file.target(table.name)} USING ({key})"
    )
    return {number for (number,) in found}


def _nowhere(file: _File, rules: Rules, held: str) -> Iterator[str]:
    """For each foreign key, a query for the rows that point at none, with the words."""
    for index, (own, parent, theirs) in enumerate(rules.pointers):
        names = dict(zip(own, theirs, strict=True))
        on = " AND ".join(f"p.{file.quote(name)} = h.{file.quote(mine)}" for mine, name in names.items())
        filled = " AND ".join(f"h.{file.quote(name)} IS NOT NULL" for name in own)
        key = _values(file, own, theirs)
        yield (
            f"{held} SELECT h.{file.quote(ROW)}, 'points {index}', concat('Violates foreign key constraint because "
            f"key \"', {key}, '\" does not exist in the referenced table') "
            f"FROM h ANTI JOIN {file.target(parent)} p ON {on} WHERE {filled}"
        )


def _values(file: _File, names: Sequence[str], shown: Sequence[str] = ()) -> str:
    """Expression for the values of a row as DuckDB writes them, each with a name if there are any."""
    given = [f"{file.quote(name)}::VARCHAR" for name in names]
    if shown:
        texts = [name.replace("'", "''") for name in shown]
        given = [f"'{text}: ', {value}" for text, value in zip(texts, given, strict=True)]
    return "concat(" + ", ', ', ".join(given) + ")"


def _rivals(  # noqa: PLR0913, PLR0917 - what `refusing` knows
    file: _File, table: Table, rules: Rules, held: str, broken: dict[int, list[_Broken]], unsure: set[int]
) -> set[int]:
    """Note which rows want a value that is taken; return the rows of which that depends on unsure ones."""
    row, target = file.quote(ROW), file.target(table.name)
    # As random as the name of the row, so that no column has them.
    first, many, there, held_by = (file.quote(f"{ROW} {name}") for name in ("first", "many", "there", "holder"))
    wanted, each = list[pl.DataFrame](), defaultdict[int, list[tuple[int, int, bool, str, str]]](list)
    for index, (of, kind) in enumerate(rules.unique):
        columns, filled = file.names(of), " AND ".join(f"{file.quote(name)} IS NOT NULL" for name in of)
        key = file.names(table.key)
        found = file.execute(
            f"{held}, w AS (SELECT *, min({row}) OVER p AS {first}, count(*) OVER p AS {many} FROM h WHERE {filled} "
            f"WINDOW p AS (PARTITION BY {columns})), there AS (SELECT {row} AS {there} FROM w SEMI JOIN {target} "
            f"USING ({columns})) SELECT {row}, {first}, {there} IS NOT NULL, {_values(file, of, of)}, "
            f"{_values(file, of)} FROM w LEFT JOIN there ON {row} = {there} "
            f"WHERE {many} > 1 OR {there} IS NOT NULL ORDER BY {row}"
        )
        for number, value, is_held, named, bare in found:
            taken_there = f'Duplicate key "{named}" violates {kind} constraint.'
            taken_here = f'PRIMARY KEY or UNIQUE constraint violation: duplicate key "{bare}"'
            each[number].append((index, value, is_held, _line(taken_there), _line(taken_here)))
        wanted.append(wants(index, [(number, value) for number, value, *_ in found]))
        if table.key:
            by = (
                f"{held}, t AS (SELECT x.{row} AS {held_by}, {file.names(of, 'g.')} FROM {target} g "
                f"JOIN h x USING ({key})) SELECT {held_by}, min({row}) FROM h JOIN t USING ({columns}) GROUP BY ALL"
            )
            wanted.append(wants(index, file.execute(by)))
    touched = set(reached(pl.concat(wanted), pl.Series(sorted(unsure), dtype=pl.Int64))) if wanted else set()
    taken: dict[tuple[int, int], int] = {}
    for number, those in sorted(each.items()):
        if number in touched or number in unsure:
            continue
        met = [
            _Broken(f"there {index}", words) if is_held else _Broken(f"here {index}", others, taken[index, value])
            for index, value, is_held, words, others in those
            if is_held or (index, value) in taken
        ]
        if met:
            broken[number] += met
        elif number not in broken:
            taken |= {(index, value): number for index, value, *_ in those}
    return touched
