"""Polars expressions run on the thread that calls them."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["EACH", "filled", "here", "rewritten", "rises", "select_here"]

EACH: Final = pl.col("each")
"""The cells, in an expression for `here`."""

_MOST = 8
"""Pool size up to which this pays; a larger pool has a thread to spare."""


def select_here(frame: pl.DataFrame, *expressions: pl.Expr) -> pl.DataFrame:
    """The same as ``frame.select``, for expressions that make one value per row.

    Polars runs an expression of several inputs (a literal is one) in its thread pool, unless it gets as
    many expressions as the pool has threads. On busy cores the switch takes longer than ten thousand cells.

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
    """The same for one column, which the expression refers to as `EACH`.

    Examples
    --------
    >>> here(pl.Series(["x1", "y"]), EACH.str.strip_prefix("x")).to_list()
    ['1', 'y']
    """
    return select_here(cells.alias("each").to_frame(), expression.alias("each")).to_series().alias(cells.name)


def filled(are: pl.Series, *, value: bool) -> pl.Series:
    """The series with a value in place of nulls.

    Examples
    --------
    >>> filled(pl.Series([True, None]), value=False).to_list()
    [True, False]
    """
    return are.fill_null(value) if are.null_count() else are


def rewritten(texts: pl.Series, places: pl.Series, values: pl.Series) -> pl.Series:
    """The texts, with one of the values at each of the places.

    Cells that share one text go on sharing it; ``scatter`` gives each cell a copy.

    Examples
    --------
    >>> rewritten(pl.Series(["a", "b", "c"]), pl.Series([2, 0]), pl.Series(["y", "z"])).to_list()
    ['z', 'b', 'y']
    """
    height = len(texts)
    index = pl.int_range(height, eager=True).scatter(places, pl.int_range(height, height + len(values), eager=True))
    # A gather from several parts makes copies too.
    return pl.concat([texts, values.alias(texts.name)], rechunk=True).gather(index)


def rises(numbers: pl.Series) -> bool:
    """Whether each number is greater than the one before, and none is null.

    Examples
    --------
    >>> rises(pl.Series([1, 2, 9])), rises(pl.Series([1, 1])), rises(pl.Series([1, None]))
    (True, False, False)
    """
    return not numbers.null_count() and (numbers.slice(1) > numbers.head(-1)).all()
