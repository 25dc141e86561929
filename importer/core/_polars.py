"""Polars expressions run on the thread that calls them."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["EACH", "filled", "here", "rises", "select_here"]

EACH: Final = pl.col("each")
"""What `here` calls the cells."""

_MOST = 8
"""Threads of polars up to which this pays; a pool of more has one to spare."""


def select_here(frame: pl.DataFrame, *expressions: pl.Expr) -> pl.DataFrame:
    """The same as ``frame.select``, for expressions that make one value a row.

    What takes several inputs, and be one a literal, polars hands to its own pool of threads unless it
    is asked for as many expressions as that has threads. Where the cores are busy, the way there and
    back takes longer than ten thousand cells.

    Examples
    --------
    >>> select_here(pl.DataFrame({"a": ["x1", "y"]}), pl.col("a").str.strip_prefix("x").alias("b")).rows()
    [('1',), ('y',)]
    """
    spare = min(pl.thread_pool_size(), _MOST) - len(expressions)
    if spare <= 0:
        return frame.select_seq(*expressions)
    first = pl.col(frame.columns[0])
    made = frame.select_seq(*expressions, *(first.alias(f"spare {at}") for at in range(spare)))
    return pl.DataFrame(made.get_columns()[: len(expressions)])


def here(cells: pl.Series, expression: pl.Expr) -> pl.Series:
    """The same for one column, which the expression calls `EACH`.

    Examples
    --------
    >>> here(pl.Series(["x1", "y"]), EACH.str.strip_prefix("x")).to_list()
    ['1', 'y']
    """
    return select_here(cells.alias("each").to_frame(), expression.alias("each")).to_series().alias(cells.name)


def filled(are: pl.Series, *, value: bool) -> pl.Series:
    """The same with a value where there is none.

    Examples
    --------
    >>> filled(pl.Series([True, None]), value=False).to_list()
    [True, False]
    """
    return are.fill_null(value) if are.null_count() else are


def rises(numbers: pl.Series) -> bool:
    """Whether each number is greater than the one before, and none is null.

    Examples
    --------
    >>> rises(pl.Series([1, 2, 9])), rises(pl.Series([1, 1])), rises(pl.Series([1, None]))
    (True, False, False)
    """
    return not numbers.null_count() and (numbers.slice(1) > numbers.head(-1)).all()
