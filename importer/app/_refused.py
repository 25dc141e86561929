"""The refused rows of a job, summed up and a screenful at a time: `Refused`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.chunks import Header
    from importer.rejects import Rejects

__all__ = ["Kind", "Refused"]

SUMMED_UP = ["severity", "column", "rule"]
MOST_KINDS = 50
"""Kinds of problems that are told apart in the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Cells that break one rule in one column.

    Attributes
    ----------
    column
        The header, None where the whole row is meant.
    row, message
        Of the first of them.
    """

    severity: str
    column: str | None
    rule: str
    cells: int
    row: int
    message: str

    @property
    def name(self) -> tuple[str | None, str]:
        """By which it is told from the others."""
        return self.column, self.rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a grid shows of the refused rows: all of them, or those of one kind.

    Attributes
    ----------
    kinds
        What was found, errors first, then most first.
    numbers
        Numbers of the rows that the grid shows, rising.
    chosen
        The kind of which they are, None for all.
    """

    rejects: Rejects
    header: Header
    kinds: tuple[Kind, ...]
    numbers: pl.Series
    chosen: tuple[str | None, str] | None = None

    @classmethod
    def of(cls, rejects: Rejects, header: Header) -> Self:
        """Sum up what a job refused."""
        return cls(rejects=rejects, header=header, kinds=_kinds(rejects), numbers=rejects.row_numbers())

    def only(self, chosen: tuple[str | None, str] | None) -> Self:
        """The rows with a problem of one kind; those of all kinds where it is None."""
        numbers = self.rejects.row_numbers()
        if chosen is not None:
            column, rule = chosen
            is_it = pl.col("column").eq_missing(column) & (pl.col("rule") == rule)
            found = [frame.filter(is_it)["row"] for frame in self.rejects.cell_frames()]
            theirs = pl.concat([pl.Series("row", [], pl.Int64), *found]).unique()
            numbers = numbers.filter(numbers.is_in(theirs.implode()))
        return replace(self, numbers=numbers, chosen=chosen)

    def page(self, first: int, count: int) -> list[dict[str, Any]]:
        """So many rows from a place on: number, cells, and what is wrong, by the cell's place; -1 for the whole row."""
        numbers = self.numbers.slice(max(first, 0), max(count, 0))
        if numbers.is_empty():
            return []
        cells, rows = self.rejects.among(numbers)
        places = {label: place for place, label in enumerate(self.header.labels)}
        why: dict[int, dict[int, list[str]]] = {}
        for row, column, message in cells.filter(severity="error").select("row", "column", "message").iter_rows():
            why.setdefault(row, {}).setdefault(places.get(column, -1), []).append(message)
        empty: Mapping[int, list[str]] = {}
        return [
            {
                "row": row,
                "cells": cells,
                "why": {str(place): "; ".join(reasons) for place, reasons in why.get(row, empty).items()},
            }
            for row, *cells in rows.select("row", *self.header.labels).iter_rows()
        ]


def _kinds(rejects: Rejects) -> tuple[Kind, ...]:
    """Number of cells by severity, column and rule, frame by frame."""
    parts = [
        frame.group_by(SUMMED_UP, maintain_order=True).agg(pl.len().alias("cells"), pl.col("row", "message").first())
        for frame in rejects.cell_frames()
    ]
    if not parts:
        return ()
    whole = pl.concat(parts).group_by(SUMMED_UP, maintain_order=True)
    counts = whole.agg(pl.col("cells").sum(), pl.col("row", "message").first())
    ranked = counts.sort("severity", "cells", descending=[False, True], maintain_order=True).head(MOST_KINDS)
    return tuple(Kind(**kind) for kind in ranked.iter_rows(named=True))
