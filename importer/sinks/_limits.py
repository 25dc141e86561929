"""What a database allows at most: `NameLimit`, and the check of a table's width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import polars as pl

from importer.errors import SinkError

if TYPE_CHECKING:
    from importer.sinks._dialect import Dialect

__all__ = ["FINER", "NUL", "NameLimit", "beyond", "beyond_microseconds", "raise_if_too_wide"]

NUL = "it holds a NUL character, at which many programs end the text"
"""Why a text cannot be held."""


def beyond(column: str, most: int) -> pl.Expr:
    """Whole numbers that are larger than `most`, or less than its negative."""
    return ~pl.col(column).is_between(-most, most)


FINER = "the database keeps microseconds"


def beyond_microseconds(column: str, dtype: pl.DataType) -> pl.Expr | None:
    """Values finer than a microsecond; None if the type has none.

    Examples
    --------
    >>> beyond_microseconds("at", pl.Datetime("us")) is None
    True
    """
    is_fine = isinstance(dtype, pl.Time) or (isinstance(dtype, pl.Datetime | pl.Duration) and dtype.time_unit == "ns")
    return pl.col(column).to_physical() % 1_000 != 0 if is_fine else None


class NameLimit(NamedTuple):
    """Length of the longest name that a database keeps whole.

    Examples
    --------
    >>> NameLimit(63, "bytes").allows("ü" * 32), str(NameLimit(64, "characters"))
    (False, '64 characters at most')
    """

    length: int
    unit: Literal["bytes", "characters"]

    def __str__(self) -> str:
        """The limit in words."""
        return f"{self.length} {self.unit} at most"

    def allows(self, name: str) -> bool:
        """Whether the database keeps the name whole."""
        return len(name.encode() if self.unit == "bytes" else name) <= self.length


def raise_if_too_wide(dialect: Dialect, table: str, wanted: int) -> None:
    """Raise an error if the database has no tables of so many columns.

    Raises
    ------
    SinkError
        If it has none.
    """
    most = dialect.most_columns
    if most is not None and wanted > most:
        raise SinkError(
            f"{table!r} would get {wanted:,} columns, and a table of {dialect.product} has {most:,} at most",
            code="too-many-columns",
            facts={"table": table, "columns": wanted, "most": most},
            fixes=[
                "give a schema with the columns that you need",
                "use DuckDB, which has no limit",
                "turn columns of one kind into rows",
            ],
        )
