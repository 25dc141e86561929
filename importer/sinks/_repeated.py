"""Rows of one file that have the same key are told, and those that the database refuses for it: `Repeated`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import Refusal
from importer.sinks._driver_errors import LEFT_OUT
from importer.sinks._look_alikes import LookAlikes
from importer.sinks._seen_keys import SeenKeys
from importer.sinks._shared_keys import REPEATED, SHARES
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core import OnConflict, Table, Written
    from importer.sinks._dialect import Dialect
    from importer.sinks._shared_keys import Which

__all__ = ["Repeated", "left_out"]


class Repeated:
    """What a job knows about keys and other unique columns of the rows that it wrote."""

    def __init__(self) -> None:
        self._seen: list[SeenKeys] = []
        self._dialect: Dialect | None = None
        self._table: Table | None = None
        self._alike: LookAlikes | None = None
        self._key: tuple[str, ...] = ()

    def prepare(self, dialect: Dialect, table: Table, *, is_empty: bool) -> None:
        """Learn what the table keeps unique, before the first chunk."""
        self._dialect, self._table = dialect, table
        if self._seen or not table.key:
            return
        names = {column.name.casefold(): column.name for column in table.columns}
        unique = [{column.casefold() for column in columns} for columns in dialect.unique(table.name)]
        known = [tuple(sorted(names[column] for column in columns)) for columns in unique if columns <= names.keys()]
        others = {columns for columns in known if columns and set(columns) != set(table.key)}
        self._key = table.key
        self._seen = [SeenKeys(columns) for columns in (table.key, *sorted(others))]
        self._alike = LookAlikes(dialect, table, self._seen[0], is_new=is_empty)

    def remember(self, frame: pl.DataFrame) -> None:
        """Take note of rows that are in the table."""
        for seen in self._seen:
            seen.add(seen.keys(frame, frame[ROW]))
        if self._alike is not None:
            self._alike.remember(frame)

    def look_up(self, frame: pl.DataFrame) -> None:
        """Learn what the table has of these rows, before they are written."""
        if self._alike is not None:
            self._alike.look_up(frame)

    def told(self, frame: pl.DataFrame, written: Written, on_conflict: OnConflict) -> Written:
        """The same with a warning for each row whose key an earlier row has, and the row that a refused one repeats.

        Parameters
        ----------
        frame
            The rows with their numbers in `ROW`.
        written
            What became of them.
        on_conflict
            What the job does with a key that is in the table.
        """
        if not self._seen:
            return written
        refused = {one.row: one for one in written.refused}
        kept = frame.filter(~pl.col(ROW).is_in(list(refused))) if refused else frame
        keys = [seen.keys(kept, kept[ROW]) for seen in self._seen]
        warned: tuple[Refusal, ...] = ()
        if written.created < kept.height:
            warned = (*self._respelled(kept), *self._warned(kept, keys[0], on_conflict))
        if self._alike is not None:
            one_key = {one.row for one in warned if one.rule == "key-spelling"}
            warned = (*warned, *(one for one in self._alike.told(kept) if one.row not in one_key))
        unique = [row for row, one in sorted(refused.items()) if one.rule == "unique-error"]
        if unique:
            is_other = pl.col(ROW).is_in(list(refused)) & ~pl.col(ROW).is_in(unique)
            tried = frame.filter(~is_other)
            refused |= self._named(tried, {row: refused[row] for row in unique}, is_key=on_conflict == "reject")
        for seen, those in zip(self._seen, keys, strict=True):
            seen.add(those)
        return replace(written, refused=tuple(refused.values()), warned=(*written.warned, *warned))

    def _respelled(self, kept: pl.DataFrame) -> Iterator[Refusal]:
        """A warning for each row whose key the table has in another spelling."""
        if self._dialect is not None and self._table is not None:
            for one in self._dialect.other_spellings(self._table, kept):
                message = f"the table has the key {one.given!r} as {one.held!r}, which stays"
                yield Refusal(row=one.row, rule="key-spelling", column=one.column, message=message)

    def _warned(self, kept: pl.DataFrame, keys: pl.DataFrame, on_conflict: OnConflict) -> tuple[Refusal, ...]:
        kept_one: Which = "first" if on_conflict == "skip" else "last"
        before = self._seen[0].before(keys, which=kept_one)
        if before.null_count() == kept.height:
            return ()
        is_repeated = before.is_not_null()
        repeated = kept.filter(is_repeated)
        named = zip(*(repeated[name] for name in self._key), strict=True)
        texts = (_text(self._key, key) for key in named)
        told = zip(repeated[ROW], before.filter(is_repeated), texts, strict=True)
        column = _single(self._key)
        return tuple(
            Refusal(row=row, rule=REPEATED, column=column, message=SHARES.format(key=text, row=earlier, kept=kept_one))
            for row, earlier, text in told
        )

    def _named(self, tried: pl.DataFrame, refused: dict[int, Refusal], *, is_key: bool) -> dict[int, Refusal]:
        """The refusals with the value that is there already, and the row of the file that has it."""
        is_written = ~tried[ROW].is_in(list(refused))
        rows, named = tried.filter(~is_written), dict(refused)
        is_left = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True)
        for seen in self._seen if is_key else self._seen[1:]:
            before = seen.before(seen.keys(tried, tried[ROW]), is_written).filter(~is_written)
            is_met = is_left & before.is_not_null()
            places = [f"in row {earlier} already" for earlier in before.filter(is_met)]
            named |= _naming(refused, rows.filter(is_met), seen.columns, places)
            is_left &= ~is_met
        rows = rows.filter(is_left)
        if is_key and len(self._seen) == 1:
            return named | _naming(refused, rows, self._key, ["in the table already"] * rows.height)
        columns = pl.Series([refused[row].column for row in rows[ROW]], dtype=pl.String)
        for column in columns.unique():
            if column in rows.columns:
                those = rows.filter(columns == column)
                named |= _naming(refused, those, (column,), ["in the table already"] * those.height)
        return named


def left_out(dialect: Dialect, table: Table, frame: pl.DataFrame, written: Written) -> Written:
    """The same, with those rows refused that seem unchanged, but are not in the table: a trigger leaves them out."""
    if not dialect.has_triggers(table.name):
        return written
    there = " AND ".join(f"{dialect.quote(name)} = ?" for name in table.key)
    sql = f"SELECT 1 FROM {dialect.target(table.name)} WHERE {there}"
    keys = zip(*(dialect.bound(frame[name]) for name in table.key), strict=True)
    missing = [row for row, key in zip(frame[ROW], keys, strict=True) if not dialect.execute(sql, key)]
    refused = tuple(Refusal(row=row, rule="constraint-error", message=LEFT_OUT) for row in missing)
    return replace(written, unchanged=written.unchanged - len(missing), refused=(*written.refused, *refused))


def _naming(
    refused: Mapping[int, Refusal], rows: pl.DataFrame, columns: Sequence[str], places: Sequence[str]
) -> dict[int, Refusal]:
    """The refusals of these rows with names and values of the columns as a person reads them, and where they are."""
    texts = (_text(columns, values) for values in zip(*(rows[name].to_list() for name in columns), strict=True))
    column = _single(columns)
    return {
        row: Refusal(
            row=row,
            rule=refused[row].rule,
            message=f"{text} is {place}: {refused[row].message}",
            column=refused[row].column or column,
        )
        for row, text, place in zip(rows[ROW].to_list(), texts, places, strict=True)
    }


def _text(columns: Sequence[str], values: Sequence[object]) -> str:
    return ", ".join(f"{name} {value!s}" for name, value in zip(columns, values, strict=True))


def _single(columns: Sequence[str]) -> str | None:
    return columns[0] if len(columns) == 1 else None
