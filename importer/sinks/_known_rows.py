"""Rows of a file whose keys are in the table already: `BlankCells`, `only_known`, `keeping`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Refusal
from importer.sinks._staging import ROW, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.core import Table
    from importer.sinks._dialect import Dialect

__all__ = ["BlankCells", "keeping", "only_known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankCells:
    """Empty cells of rows that are in the table.

    Attributes
    ----------
    rows
        Numbers of those rows.
    warned
        A warning for each of the cells in whose place the table has a value.
    """

    rows: tuple[int, ...] = ()
    warned: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, dialect: Dialect, table: Table, frame: pl.DataFrame, *, keeps: bool) -> BlankCells:
        """Look them up; `keeps` says whether the table keeps its values there."""
        blank = [name for name in _rest(table) if frame[name].null_count()]
        if not blank:
            return cls()
        partly = frame.filter(pl.any_horizontal(pl.col(blank).is_null()))
        empties = {row: cells for row, *cells in partly.select(ROW, pl.col(blank).is_null()).iter_rows()}
        found = list(_there(dialect, table, partly, blank))
        became = "stays in the table" if keeps else "of the table is gone"
        return cls(
            rows=tuple(row for row, *_ in found),
            warned=tuple(
                Refusal(
                    row=row, rule="empty-cell", column=name, message=f"the cell is empty, and {str(value)!r} {became}"
                )
                for row, *values in found
                for name, is_empty, value in zip(blank, empties[row], values, strict=True)
                if is_empty and value is not None
            ),
        )


def only_known(dialect: Dialect, table: Table, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Refusal, ...]]:
    """The rows whose keys are in the table, and the others as refusals."""
    known = [row for row, *_ in _there(dialect, table, frame, table.key[:1])]
    is_known = frame[ROW].is_in(known)
    message = "no row of the table has its key, and only such rows are to be updated"
    refused = (Refusal(row=row, rule="unknown-key", message=message) for row in frame[ROW].filter(~is_known))
    return frame.filter(is_known), tuple(refused)


def keeping(table: Table, frame: pl.DataFrame, rows: Sequence[int]) -> Iterator[tuple[Table, pl.DataFrame]]:
    """The frame in parts, in the order in which to write them: each with the columns that it may change.

    Parameters
    ----------
    rows
        Numbers of the rows whose empty cells leave what the table has.
    """
    rest = _rest(table)
    if not any(frame[name].null_count() for name in rest):
        yield table, frame
        return
    if frame.select(pl.struct(table.key).is_duplicated().any()).item():
        # As if they came one by one: an empty cell leaves what an earlier row of that key has written.
        frame = frame.with_columns(pl.col(rest).forward_fill().over(table.key))
    is_partly = frame.select(pl.col(ROW).is_in(rows) & pl.any_horizontal(pl.col(rest).is_null())).to_series()
    partly = frame.filter(is_partly)
    filled = partly.select(pl.concat_str(pl.col(rest).is_not_null().cast(pl.Int8).cast(pl.String))).to_series()
    # A later row of a key has fewer empty cells than an earlier one.
    for pattern in sorted(filled.unique(), key=lambda pattern: pattern.count("1")):
        empty = {name for name, is_filled in zip(rest, pattern, strict=True) if is_filled == "0"}
        columns = tuple(column for column in table.columns if column.name not in empty)
        yield replace(table, columns=columns), partly.filter(filled == pattern).drop(empty)
    yield table, frame.filter(~is_partly)


def _rest(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in table.key]


def _there(
    dialect: Dialect, table: Table, frame: pl.DataFrame, names: Sequence[str]
) -> Iterator[tuple[int, *tuple[Any, ...]]]:
    """The numbers of the rows whose keys are in the table, each with what the table has in these columns."""
    shown = [dialect.shown(f"t.{dialect.quote(name)}") for name in names]
    target = f"{dialect.target(table.name)} t"
    keys = [dialect.quote(name) for name in table.key]
    if isinstance(dialect, Stage):
        stage, on = dialect.stage(frame), " AND ".join(f"t.{name} = s.{name}" for name in keys)
        found = f"SELECT s.{dialect.quote(ROW)}, {', '.join(shown)} FROM {stage} s JOIN {target} ON {on}"
        yield from ((row, *values) for row, *values in dialect.execute(found))
        return
    sql = f"SELECT {', '.join(shown)} FROM {target} WHERE {' AND '.join(f't.{name} = ?' for name in keys)}"
    for row, *key in zip(frame[ROW], *(dialect.bound(frame[name]) for name in table.key), strict=True):
        yield from ((row, *values) for values in dialect.execute(sql, key))
