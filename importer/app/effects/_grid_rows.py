"""The rejected rows of a job, summed up and a screenful at a time: `GridRows`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.checking import Rejects
    from importer.core import Header

__all__ = ["Density", "Fault", "GridRows", "Kind", "faults_of"]

Fault = tuple[str | None, str, str]
"""What is wrong with a cell: header, rule, message."""

SUMMED_UP = ["severity", "column", "rule"]
PLACES = 60
"""Parts of the file for which problems are counted."""

MOST_KINDS = 50
"""Kinds of problems that the summary lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Cells that break one rule in one column.

    Attributes
    ----------
    column
        The header; None means the whole row.
    row, message
        The first of them.
    """

    severity: str
    column: str | None
    rule: str
    cells: int
    row: int
    message: str

    @property
    def name(self) -> tuple[str | None, str]:
        """What tells it from other kinds."""
        return self.column, self.rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Rejected cells by column and by place in the file.

    Attributes
    ----------
    spans
        First and last row of each place.
    cells
        Their number in each place, by header; None is the whole row.
    """

    spans: tuple[tuple[int, int], ...]
    cells: Mapping[str | None, tuple[int, ...]]

    @property
    def most(self) -> int:
        """The largest number in any place."""
        return max((count for counts in self.cells.values() for count in counts), default=0)

    def but(self, row: int, old: Iterable[Fault], new: Iterable[Fault]) -> Self:
        """The same after the rejected cells of a row changed."""
        at = next((at for at, (first, last) in enumerate(self.spans) if first <= row <= last), 0)
        cells = {column: list(counts) for column, counts in self.cells.items()}
        for faults, step in ((old, -1), (new, 1)):
            for column, *_ in faults:
                cells.setdefault(column, [0] * len(self.spans))[at] += step
        return replace(self, cells={column: tuple(counts) for column, counts in cells.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRows:
    """What a grid shows of the rejected rows: all of them, or those with one kind of problem.

    Attributes
    ----------
    density
        Where the problems are.
    kinds
        Kinds of problems, errors first, then by number of cells.
    numbers
        Numbers of the rows that the grid shows, ascending.
    corrected
        New texts of cells, by row and header.
    again
        What is still wrong with each corrected row.
    is_ahead
        Whether cells were corrected after the last dry run.
    chosen
        The kind of problem that the rows have; None for all.
    """

    rejects: Rejects
    header: Header
    kinds: tuple[Kind, ...]
    density: Density
    numbers: pl.Series
    chosen: tuple[str | None, str] | None = None
    corrected: Mapping[tuple[int, str], str | None] = field(default_factory=dict)
    again: Mapping[int, tuple[Fault, ...]] = field(default_factory=dict)
    is_ahead: bool = False

    @classmethod
    def of(cls, rejects: Rejects, header: Header, rows_read: int = 0) -> Self:
        """Sum up what a job rejected of the rows that it read."""
        numbers = rejects.row_numbers()
        last = max(numbers[-1] if len(numbers) else 0, header.row + rows_read)
        density = _density(rejects, header.row + 1, last)
        return cls(rejects=rejects, header=header, kinds=_kinds(rejects), density=density, numbers=numbers)

    def numbers_of(self, kind: tuple[str | None, str] | None) -> pl.Series:
        """Numbers of the rows with one kind of problem; None for all rows."""
        numbers = self.rejects.row_numbers()
        if kind is None:
            return numbers
        column, rule = kind
        is_it = pl.col("column").eq_missing(column) & (pl.col("rule") == rule)
        found = [frame.filter(is_it)["row"] for frame in self.rejects.cell_frames()]
        theirs = pl.concat([pl.Series("row", [], pl.Int64), *found]).unique()
        return numbers.filter(numbers.is_in(theirs.implode()))

    def row(self, number: int) -> pl.DataFrame:
        """One rejected row with its corrections."""
        _, rows = self.rejects.among(pl.Series([number]))
        cells = self.corrected_in(number)
        return rows.with_columns(pl.lit(text, pl.String).alias(label) for label, text in cells.items())

    def corrected_in(self, number: int) -> dict[str, str | None]:
        """The corrected cells of a row, by header."""
        return {label: text for (row, label), text in self.corrected.items() if row == number}

    def faults(self, number: int) -> tuple[Fault, ...]:
        """What is wrong with a row, as far as it was checked."""
        known = self.again.get(number)
        return faults_of(self.rejects.among(pl.Series([number]))[0]) if known is None else known

    def with_faults(self, number: int, old: tuple[Fault, ...], new: tuple[Fault, ...]) -> Self:
        """The same after a corrected row was checked; `old` counts only the first time."""
        old = self.again.get(number, old)
        kinds, density = _recounted(self.kinds, number, old, new), self.density.but(number, old, new)
        return replace(self, again={**self.again, number: new}, kinds=kinds, density=density)

    @property
    def corrected_rows(self) -> int:
        """Number of corrected rows that have no problem any more."""
        return sum(not why for why in self.again.values())

    def page(self, first: int, count: int) -> list[dict[str, Any]]:
        """Some of the rows: number, cells, and what is wrong by the place of the cell, -1 for the whole row."""
        numbers = self.numbers.slice(max(first, 0), max(count, 0))
        if numbers.is_empty():
            return []
        cells, rows = self.rejects.among(numbers)
        places: dict[str | None, int] = {label: place for place, label in enumerate(self.header.labels)}
        why: dict[int, dict[int, list[str]]] = {}
        for row, column, message in cells.filter(severity="error").select("row", "column", "message").iter_rows():
            why.setdefault(row, {}).setdefault(places.get(column, -1), []).append(message)
        for row, faults in self.again.items():
            why[row] = {}
            for column, _, message in faults:
                why[row].setdefault(places.get(column, -1), []).append(message)
        mine: dict[int, dict[int, str | None]] = {}
        for (row, label), text in self.corrected.items():
            mine.setdefault(row, {})[places[label]] = text
        return [
            {
                "row": row,
                "cells": [mine.get(row, {}).get(place, cell) for place, cell in enumerate(cells)],
                "why": {str(place): "; ".join(reasons) for place, reasons in why.get(row, {}).items()},
                "mine": list(mine.get(row, ())),
            }
            for row, *cells in rows[[rows.columns[0], *self.header.labels]].iter_rows()
        ]


def faults_of(cells: pl.DataFrame) -> tuple[Fault, ...]:
    """What makes rows be rejected, from a frame of cells."""
    return tuple(cells.filter(severity="error").select("column", "rule", "message").iter_rows())


def _recounted(kinds: tuple[Kind, ...], row: int, old: Iterable[Fault], new: Iterable[Fault]) -> tuple[Kind, ...]:
    """The kinds after the rejected cells of a row changed."""
    found = {(kind.severity, *kind.name): kind for kind in kinds}
    for faults, step in ((old, -1), (new, 1)):
        for column, rule, message in faults:
            name = ("error", column, rule)
            none = Kind(severity="error", column=column, rule=rule, cells=0, row=row, message=message)
            kind = found.get(name, none)
            found[name] = replace(kind, cells=max(kind.cells + step, 0))
    return tuple(kind for kind in found.values() if kind.cells)


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


def _density(rejects: Rejects, first: int, last: int) -> Density:
    """Number of rejected cells in each part of the file, frame by frame."""
    rows = max(last - first + 1, 1)
    places = min(PLACES, rows)
    place = ((pl.col("row") - first) * places // rows).clip(0, places - 1)
    cells: dict[str | None, list[int]] = {}
    for frame in rejects.cell_frames():
        counts = frame.filter(severity="error").group_by("column", place.alias("place")).len()
        for column, at, count in counts.iter_rows():
            cells.setdefault(column, [0] * places)[at] += count
    spans = tuple((first - (-at * rows // places), first - (-(at + 1) * rows // places) - 1) for at in range(places))
    return Density(spans=spans, cells={column: tuple(counts) for column, counts in cells.items()})
