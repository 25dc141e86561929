"""Rows that a DuckDB table refuses: queries find them, and one row of each kind is tried for its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.core import Refusal
from importer.sinks._rivals import reached, taken
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core import Table
    from importer.sinks._driver_errors import RefusedError
    from importer.sinks._foresight import Foreseeable
    from importer.sinks.dialects._duckdb_rules import Rules

__all__ = ["refusing"]

MOST = 100
"""Sets of rules at most of which one row is tried."""


# As random as the name of the row, so that no column has them.
FIRST, MANY, THERE, HOLDER, NAMED, BARE = (f"{ROW} {name}" for name in ("first", "many", "there", "holder", "a", "b"))


class _File(Protocol):
    def frame(self, sql: str) -> pl.DataFrame: ...

    def quote(self, name: str) -> str: ...

    def names(self, names: Iterable[str], prefix: str = "") -> str: ...

    def target(self, table: str) -> str: ...

    def stage(self, frame: pl.DataFrame) -> str: ...


BROKEN = pl.Schema([("row", pl.Int64()), ("kind", pl.String()), ("text", pl.String()), ("rival", pl.Int64())])
"""What rows break: rows of one kind are refused with the same words, but for their values.

``text`` has these words, null if only the database knows them; ``rival`` is the row that has the value.
"""


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
    broken = _broken(
        file.frame(
            f"SELECT * FROM ({held} SELECT {file.quote(ROW)} AS row, "
            f"concat({', '.join(rules.alone) or 'NULL'}) AS kind FROM h) WHERE contains(kind, '1')"
        )
    )
    unsure = rows.unsure[ROW]
    if rules.unique or rules.pointers or rows.on_conflict in {"skip", "reject"}:
        unsure = pl.concat([unsure, _known(file, table, held)])
        broken = pl.concat([broken, *(_broken(file.frame(sql)) for sql in _nowhere(file, rules, held))])
        rivals, touched = _rivals(file, table, rules, held, broken["row"], unsure)
        broken, unsure = pl.concat([broken, rivals]), pl.concat([unsure, touched])
    is_sure = ~pl.col("row").is_in(unsure.implode()) & ~pl.col("row").is_duplicated()
    alike = broken.filter(is_sure).sort("row").partition_by("kind", maintain_order=True)
    for those in alike[:MOST]:
        first, text = those[0], those["text"]
        refused = tried(rows.sure.filter(pl.col(ROW).is_in([first["row"].item(), first["rival"].item()])))
        if refused is None:
            continue
        start, _, words = str(refused).partition(": ")
        if _is_alone(refused) if text[0] is None else words == text[0]:
            messages = [str(refused)] * text.len() if text[0] is None else (start + ": " + text).to_list()
            for number, message in zip(those["row"].to_list(), messages, strict=True):
                yield Refusal(row=number, rule=refused.rule, message=message, column=refused.column)


def _broken(found: pl.DataFrame) -> pl.DataFrame:
    """The same with all columns of `BROKEN`."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in BROKEN.items() if name not in found.columns]
    return found.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in BROKEN.items())


def _is_alone(refused: RefusedError) -> bool:
    return refused.rule == "missing-cell" or "CHECK constraint failed" in str(refused)


def _line(text: str) -> str:
    """Expression for the words as they are told: without what follows the first line."""
    return f"split_part(concat('Constraint Error: ', {text}), chr(10), 1)"


def _held(file: _File, table: Table, stage: str, types: Mapping[str, str]) -> str:
    """The staged rows as the table would hold them, as a query named ``h``."""
    names = [column.name for column in table.columns]
    cast = {name: f"TRY_CAST({file.quote(name)} AS {types[name.casefold()]})" for name in names}
    # What does not fit its column is refused for that.
    fits = " AND ".join(f"({file.quote(name)} IS NULL OR {cast[name]} IS NOT NULL)" for name in names)
    columns = ", ".join(f"{cast[name]} AS {file.quote(name)}" for name in names)
    return f"WITH h AS MATERIALIZED (SELECT {file.quote(ROW)}, {columns} FROM {stage} WHERE {fits})"


def _known(file: _File, table: Table, held: str) -> pl.Series:
    """The rows whose keys are in the table, or come twice."""
    if not table.key:
        return pl.Series(dtype=pl.Int64)
    row, key = file.quote(ROW), file.names(table.key)
    return file.frame(
        f"{held} SELECT {row} FROM h QUALIFY count(*) OVER (PARTITION BY {key}) > 1 UNION ALL "
        f"SELECT {row} FROM h SEMI JOIN {file.target(table.name)} USING ({key})"
    ).to_series()


def _nowhere(file: _File, rules: Rules, held: str) -> Iterator[str]:
    """For each foreign key, a query for the rows that point at none, with the words."""
    for index, (own, parent, theirs) in enumerate(rules.pointers):
        names = dict(zip(own, theirs, strict=True))
        on = " AND ".join(f"p.{file.quote(name)} = h.{file.quote(mine)}" for mine, name in names.items())
        filled = " AND ".join(f"h.{file.quote(name)} IS NOT NULL" for name in own)
        key = _values(file, own, theirs)
        words = f"'Violates foreign key constraint because key \"', {key}, '\" does not exist in the referenced table'"
        yield (
            f"{held} SELECT h.{file.quote(ROW)} AS row, 'points {index}' AS kind, {_line(words)} AS text FROM h "
            f" ANTI JOIN {file.target(parent)} p ON {on} WHERE {filled}"
        )


def _values(file: _File, names: Sequence[str], shown: Sequence[str] = ()) -> str:
    """Expression for the values of a row as DuckDB writes them, each with a name if there are any."""
    given = [f"{file.quote(name)}::VARCHAR" for name in names]
    if shown:
        texts = [name.replace("'", "''") for name in shown]
        given = [f"'{text}: ', {value}" for text, value in zip(texts, given, strict=True)]
    return "concat(" + ", ', ', ".join(given) + ")"


def _rivals(  # noqa: PLR0913, PLR0917 - what `refusing` knows
    file: _File, table: Table, rules: Rules, held: str, broken: pl.Series, unsure: pl.Series
) -> tuple[pl.DataFrame, pl.Series]:
    """The rows that want a value that is taken, and those of which that depends on unsure ones."""
    row, first, many, there, holder, named, bare = map(file.quote, (ROW, FIRST, MANY, THERE, HOLDER, NAMED, BARE))
    target, key, wanted, wanting = file.target(table.name), file.names(table.key), list[pl.DataFrame](), []
    for index, (of, kind) in enumerate(rules.unique):
        columns, filled = file.names(of), " AND ".join(f"{file.quote(name)} IS NOT NULL" for name in of)
        taken_there = f"'Duplicate key \"', {_values(file, of, of)}, '\" violates {kind} constraint.'"
        taken_here = f"'PRIMARY KEY or UNIQUE constraint violation: duplicate key \"', {_values(file, of)}, '\"'"
        found = file.frame(
            f"{held}, w AS (SELECT *, min({row}) OVER p AS {first}, count(*) OVER p AS {many} FROM h WHERE {filled} "
            f"WINDOW p AS (PARTITION BY {columns})), there AS (SELECT {row} AS {there} FROM w SEMI JOIN {target} "
            f"USING ({columns})) SELECT {row}, {first} AS value, {there} IS NOT NULL AS is_held, "
            f"{_line(taken_there)} AS {named}, {_line(taken_here)} AS {bare} FROM w LEFT JOIN there ON {row} = {there} "
            f"WHERE {many} > 1 OR {there} IS NOT NULL"
        ).with_columns(index=pl.lit(index, pl.Int64))
        wanting.append(found)
        wanted.append(found.select(ROW, "value", "index"))
        if table.key:
            by = (
                f"{held}, t AS (SELECT x.{row} AS {holder}, {file.names(of, 'g.')} FROM {target} g "
                f"JOIN h x USING ({key})) SELECT {holder} AS {row}, min({row}) AS value FROM h "
                f"JOIN t USING ({columns}) GROUP BY ALL"
            )
            wanted.append(file.frame(by).with_columns(index=pl.lit(index, pl.Int64)))
    if not wanted:
        return pl.DataFrame(schema=BROKEN), unsure.clear()
    touched = reached(pl.concat(wanted), unsure)
    is_unsure = pl.col(ROW).is_in(touched.implode()) | pl.col(ROW).is_in(unsure.implode())
    each = pl.concat(wanting).filter(~is_unsure).sort(ROW, "index")
    is_there = pl.col("is_held")
    return each.with_columns(taken(each, broken)).filter(is_there | pl.col("rival").is_not_null()).select(
        row=ROW,
        kind=pl.format("{} {}", pl.when(is_there).then(pl.lit("there")).otherwise(pl.lit("here")), "index"),
        text=pl.when(is_there).then(NAMED).otherwise(BARE),
        rival=pl.when(~is_there).then("rival"),
    ), touched
