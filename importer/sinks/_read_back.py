"""Values that a table would hold as others are refused, each with its reason: `ReadBack`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.core import Refusal
from importer.sinks._limits import NUL
from importer.sinks._meanings import means_the_same
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.core import Table
    from importer.sinks._dialect import Dialect

__all__ = ["Bent", "ReadBack"]


class Bent(NamedTuple):
    """A value that its column would hold as another one.

    Attributes
    ----------
    row, column
        Its place.
    given
        The value, as text.
    held
        What the column would hold, None if it cannot hold anything like it.
    """

    row: int
    column: str
    given: str
    held: str | None


class ReadBack:
    """What a table reads back is what it was given; this finds the rows of which that is not true.

    Parameters
    ----------
    dialect, table
        The table, which exists.
    is_new
        Whether it was made for these values, so that its columns bend none.
    """

    def __init__(self, dialect: Dialect, table: Table, *, is_new: bool) -> None:
        self._dialect, self._table = dialect, table
        dtypes = {column.name: column.dtype for column in table.columns}
        impossible = {name: dialect.cannot_hold(name, dtype) for name, dtype in dtypes.items()}
        self._impossible = {name: found for name, found in impossible.items() if found is not None}
        self._any = [
            (_has_nul(name) if why is NUL else condition.any()).alias(name)
            for name, (condition, why) in self._impossible.items()
        ]
        there = {} if is_new else {one.name: one.declared for one in dialect.columns(table.name)}
        there = {name.casefold(): declared for name, declared in there.items()} | there
        found_as = {name: name if name in there else name.casefold() for name in dtypes}
        self._declared = {name: there[found] for name, found in found_as.items() if found in there}
        doubts = {name: dialect.may_bend(name, dtypes[name], declared) for name, declared in self._declared.items()}
        self._doubts = {name: pl.col(name).is_not_null() & doubt for name, doubt in doubts.items() if doubt is not None}

    def possible(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Refusal, ...]]:
        """The rows without values that the database cannot hold at all, which are refused."""
        if not self._any:
            return frame, ()
        found = frame.select_seq(self._any).row(0, named=True)
        if not any(found.values()):
            return frame, ()
        return _without(frame, self._refused_at_once(frame, [name for name, is_found in found.items() if is_found]))

    def kept(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Refusal, ...]]:
        """The rows without values that the table would hold as others, which are refused."""
        if not self._doubts:
            return frame, ()
        doubtful = self.doubtful(frame)
        if doubtful.is_empty():
            return frame, ()
        bent = (one for one in self._dialect.bent(self._table, doubtful) if not self._is_same(one))
        return _without(frame, map(self._refusal, bent))

    def doubtful(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The values that the table might hold as others."""
        is_doubtful = pl.any_horizontal(pl.lit(value=False), *self._doubts.values())
        return frame.select(ROW, *self._doubts).filter(is_doubtful)

    def _refused_at_once(self, frame: pl.DataFrame, names: Iterable[str]) -> Iterator[Refusal]:
        for name in names:
            condition, why = self._impossible[name]
            for row, value in frame.filter(condition).select(ROW, name).iter_rows():
                yield Refusal(row=row, rule="constraint-error", message=f"{value!r} cannot be kept: {why}", column=name)

    def _is_same(self, bent: Bent) -> bool:
        return bent.held is not None and means_the_same(self._declared[bent.column], bent.given, bent.held)

    def _refusal(self, bent: Bent) -> Refusal:
        declared = self._declared[bent.column]
        message = (
            f"{bent.given!r} does not fit the column {bent.column!r}, which is {declared}"
            if bent.held is None
            else f"{bent.given!r} would become {bent.held!r}: the column {bent.column!r} is {declared}"
        )
        return Refusal(row=bent.row, rule="constraint-error", message=message, column=bent.column)


def _has_nul(column: str) -> pl.Expr:
    """Whether any text has a NUL, which takes a third of the time if it is asked of all together."""
    return pl.col(column).str.join("").str.contains("\0", literal=True)


def _without(frame: pl.DataFrame, found: Iterable[Refusal]) -> tuple[pl.DataFrame, tuple[Refusal, ...]]:
    """The frame without the refused rows, of which each is refused once."""
    refused = {one.row: one for one in reversed(list(found))}
    if not refused:
        return frame, ()
    return frame.filter(~pl.col(ROW).is_in(list(refused))), tuple(refused[row] for row in sorted(refused))
