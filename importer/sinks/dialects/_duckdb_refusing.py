"""Rows that a DuckDB table refuses: queries find them, and one row of each kind is tried for its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.core import Refusal
from importer.sinks._pointing import ancestors, descendants, generations
from importer.sinks._rivals import reached, taken
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core import Table
    from importer.sinks._driver_errors import RefusedError
    from importer.sinks._foresight import Foreseeable
    from importer.sinks._pointing import Pointing
    from importer.sinks.dialects._duckdb_rules import Pointer, Rules

__all__ = ["in_turns", "refusing"]

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

POINTED = pl.Schema([("row", pl.Int64()), ("at", pl.Int64()), ("kind", pl.String()), ("text", pl.String())])
"""Rows that point at what the table does not have: at which row of the chunk, and the words of their refusal."""


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
    unsure, pairs = rows.unsure[ROW], list[tuple[int, int | None]]()
    if rules.unique or rules.pointers or rows.on_conflict in {"skip", "reject"}:
        unsure = pl.concat([unsure, _known(file, table, held)])
        broken = pl.concat([broken, *(_broken(file.frame(sql)) for sql in _nowhere(file, rules, held))])
        aims = [file.frame(sql) for sql in pointing(file, table, rules, held)]
        pointed = pl.concat([pl.DataFrame(schema=POINTED), *aims])
        pairs = list(zip(pointed["row"].to_list(), pointed["at"].to_list(), strict=True))
        unsure = pl.Series(sorted(descendants(pairs, unsure, at_none=False)), dtype=pl.Int64)
        rivals, touched = _rivals(file, table, rules, held, broken["row"], unsure, pairs)
        unsure = pl.concat([unsure, touched])
        unsure = pl.Series(sorted(descendants(pairs, unsure, at_none=False)), dtype=pl.Int64)
        broken = pl.concat([broken, rivals])
        # In DuckDB, a row does not see itself.
        lost = descendants(pairs, [*broken["row"], *(row for row, at in pairs if row == at)])
        is_lost = pl.col("row").is_in(list(lost)) & (
            pl.col("at").is_null() | (pl.col("at") >= pl.col("row")) | pl.col("at").is_in(list(lost))
        )
        broken = pl.concat([broken, _broken(pointed.filter(is_lost))])
    broken = broken.filter(~pl.col("row").is_in(unsure.implode()))
    # What breaks several rules is refused for the one that DuckDB looks at first.
    several = broken.sort("row", "kind").group_by("row", maintain_order=True).agg("kind", "text", pl.col("rival").max())
    for those in several.partition_by("kind", maintain_order=True)[:MOST]:
        yield from _told(those, tried(rows.sure.filter(pl.col(ROW).is_in(_needed(those[0], pairs)))))


def in_turns(
    file: _File, table: Table, frame: pl.DataFrame, rules: Rules, types: Mapping[str, str]
) -> Iterator[pl.DataFrame]:
    """The rows in parts to write one after another: no row of a part points at another of it."""
    held = _held(file, table, file.stage(frame), types)
    pairs = [(row, at) for sql in pointing(file, table, rules, held) for row, at, *_ in file.frame(sql).iter_rows()]
    after = list[tuple[int, int]]()
    if table.key and pairs:
        before = pl.col(ROW).shift().over(table.key)
        after = [(row, at) for row, at in frame.select(ROW, before.alias("at")).iter_rows() if at is not None]
    turns = generations(pairs, after)
    if not turns:
        yield frame
        return
    turn = frame[ROW].replace_strict(turns, default=0, return_dtype=pl.Int64)
    for number in turn.unique().sort():
        yield frame.filter(turn == number)


def _needed(first: pl.DataFrame, pointing: Pointing) -> list[int]:
    """A row, the one that has the value that it wants, and those at which they point."""
    rows = [row for row in (first["row"].item(), first["rival"].item()) if row is not None]
    return [*rows, *ancestors(pointing, rows)]


def _told(those: pl.DataFrame, refused: RefusedError | None) -> Iterator[Refusal]:
    """The refusals of rows that break the same, as the first of them is refused."""
    if refused is None:
        return
    start, _, words = str(refused).partition(": ")
    texts = [those["text"].list.get(at) for at in range(len(those["text"][0]))]
    same = [text for text in texts if text[0] == words]
    if same:
        messages = (start + ": " + same[0]).to_list()
    elif _is_alone(refused) and any(text[0] is None for text in texts):
        messages = [str(refused)] * those.height
    else:
        return
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
    for index, pointer in enumerate(rules.pointers):
        if not pointer.is_own:
            yield (
                f"{held} SELECT h.{file.quote(ROW)} AS row, {_pointing_words(file, index, pointer)} FROM h "
                f"ANTI JOIN {file.target(pointer.parent)} p ON {_on(file, pointer, 'p')} WHERE {_filled(file, pointer)}"
            )


def pointing(file: _File, table: Table, rules: Rules, held: str) -> Iterator[str]:
    """For each foreign key of the table's own, a query for what `_pointing.Pointing` says, with the words."""
    row = file.quote(ROW)
    for index, pointer in enumerate(rules.pointers):
        if pointer.is_own:
            theirs = file.names(pointer.theirs)
            yield (
                f"{held}, n AS (SELECT h.* FROM h ANTI JOIN {file.target(table.name)} p ON {_on(file, pointer, 'p')} "
                f"WHERE {_filled(file, pointer)}), "
                f"b AS (SELECT {theirs}, min({row}) AS {row} FROM h GROUP BY {theirs}) "
                f"SELECT h.{row} AS row, b.{row} AS at, {_pointing_words(file, index, pointer, 'h.')} FROM n h "
                f"LEFT JOIN b ON {_on(file, pointer, 'b')}"
            )


def _on(file: _File, pointer: Pointer, other: str) -> str:
    names = zip(pointer.own, pointer.theirs, strict=True)
    return " AND ".join(f"{other}.{file.quote(name)} = h.{file.quote(mine)}" for mine, name in names)


def _filled(file: _File, pointer: Pointer) -> str:
    return " AND ".join(f"h.{file.quote(name)} IS NOT NULL" for name in pointer.own)


def _pointing_words(file: _File, index: int, pointer: Pointer, prefix: str = "") -> str:
    key = _values(file, pointer.own, pointer.theirs, prefix)
    words = f"'Violates foreign key constraint because key \"', {key}, '\" does not exist in the referenced table'"
    return f"'points {index}' AS kind, {_line(words)} AS text"


def _values(file: _File, names: Sequence[str], shown: Sequence[str] = (), prefix: str = "") -> str:
    """Expression for the values of a row as DuckDB writes them, each with a name if there are any."""
    given = [f"{prefix}{file.quote(name)}::VARCHAR" for name in names]
    if shown:
        texts = [name.replace("'", "''") for name in shown]
        given = [f"'{text}: ', {value}" for text, value in zip(texts, given, strict=True)]
    return "concat(" + ", ', ', ".join(given) + ")"


def _rivals(  # noqa: PLR0913, PLR0917 - what `refusing` knows
    file: _File, table: Table, rules: Rules, held: str, broken: pl.Series, unsure: pl.Series, pairs: Pointing
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
    return each.with_columns(taken(each, broken, pairs)).filter(is_there | pl.col("rival").is_not_null()).select(
        row=ROW,
        kind=pl.format("{} {}", pl.when(is_there).then(pl.lit("there")).otherwise(pl.lit("here")), "index"),
        text=pl.when(is_there).then(NAMED).otherwise(BARE),
        rival=pl.when(~is_there).then("rival"),
    ), touched
