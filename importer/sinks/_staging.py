"""Rows that reach their table through a staging table, counted as if they came one by one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import polars as pl

from importer.core import Refusal, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core import OnConflict, Table

__all__ = ["ROW", "STAGE", "Repeats", "Stage", "merge_staged", "take_apart", "without_rows"]

# Random, so that no column and no table of anybody can have these names.
ROW = f"importer row {secrets.token_hex(8)}"
"""Column of a row's number in the file, in the frames that a dialect gets."""

STAGE = f"importer stage {secrets.token_hex(8)}"
"""Name of the staging table."""


def without_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without its column of row numbers."""
    return pl.DataFrame([column for column in frame if column.name != ROW])


@runtime_checkable
class Stage(Protocol):
    """What a dialect with a staging table can do."""

    def stage(self, frame: pl.DataFrame) -> str:
        """Replace the staged rows by these, and return the quoted name of the staging table."""
        ...

    def merge_stage(self, table: Table, *, updates: bool) -> tuple[int, int]:
        """Write the staged rows, whose keys are unique, and return how many were created and updated."""
        ...

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement."""
        ...

    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert all rows."""
        ...

    def quote(self, name: str) -> str:
        """The name as an identifier."""
        ...

    def names(self, names: Iterable[str], prefix: str = "") -> str:
        """Quoted names, separated by commas."""
        ...

    def target(self, table: str) -> str:
        """The table's name as a statement needs it."""
        ...


def merge_staged(dialect: Stage, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
    """`Dialect.merge` by way of a staging table."""
    apart = take_apart(frame, table.key, without=ROW)
    if on_conflict == "reject":
        return _insert_new(dialect, table, frame, apart.firsts)
    updates = on_conflict == "update"
    dialect.stage(apart.firsts)
    created, updated = dialect.merge_stage(table, updates=updates)
    if updates:
        if not apart.lasts.is_empty():
            dialect.stage(apart.lasts)
            dialect.merge_stage(table, updates=True)
        updated += apart.updated
    return Written(created=created, updated=updated, unchanged=frame.height - created - updated)


def _insert_new(dialect: Stage, table: Table, frame: pl.DataFrame, firsts: pl.DataFrame) -> Written:
    """Insert the keys that the table lacks, and refuse all other rows."""
    stage, row = dialect.stage(firsts), dialect.quote(ROW)
    on = " AND ".join(f"t.{name} = s.{name}" for name in map(dialect.quote, table.key))
    existing = dialect.execute(f"SELECT s.{row} FROM {stage} s JOIN {dialect.target(table.name)} t ON {on}")
    new = firsts.filter(~pl.col(ROW).is_in([number for (number,) in existing]))
    dialect.insert(table, new)
    refused = frame.join(new.select(ROW), on=ROW, how="anti", maintain_order="left")[ROW]
    message = "the database refused the row: its key must not repeat"
    return Written(
        created=new.height,
        refused=tuple(Refusal(row=number, rule="unique-error", message=message) for number in refused),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """The rows of a chunk, each key at most once in a frame.

    Attributes
    ----------
    firsts
        The first row of each key; the database says what these do.
    lasts
        The last row of each key that repeats; what these do is counted here.
    updated, unchanged
        Number of repeated rows that differ from the row of that key before them, and that do not.
    """

    firsts: pl.DataFrame
    lasts: pl.DataFrame
    updated: int = 0
    unchanged: int = 0


def take_apart(frame: pl.DataFrame, key: Sequence[str], *, without: str = "") -> Repeats:
    """Split the rows by whether their key came before; the column `without` is ignored.

    Examples
    --------
    >>> rows = pl.DataFrame({"id": [1, 2, 1, 1], "qty": [5, 5, 6, 6]})
    >>> apart = take_apart(rows, ["id"])
    >>> apart.firsts.rows(), apart.lasts.rows(), apart.updated, apart.unchanged
    ([(1, 5), (2, 5)], [(1, 6)], 1, 1)
    """
    is_first = frame.select(pl.struct(key).is_first_distinct()).to_series() if key else None
    if is_first is None or is_first.all():
        return Repeats(firsts=frame, lasts=frame.head(0))
    rest = [name for name in frame.columns if name not in key and name != without]
    again = frame.filter(frame.select(pl.struct(key).is_duplicated()).to_series())
    differs = pl.struct(rest).ne_missing(pl.struct(rest).shift().over(key)) if rest else pl.lit(value=False)
    later = again.select(differs=differs, is_later=~pl.struct(key).is_first_distinct()).filter("is_later")
    updated = later.filter("differs").height
    return Repeats(
        firsts=frame.filter(is_first),
        lasts=again.unique(key, keep="last", maintain_order=True),
        updated=updated,
        unchanged=later.height - updated,
    )
