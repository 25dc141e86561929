"""What is wrong with refused rows, summed up: `Fault`, `Kind`, `Density`."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.checking import Rejects

__all__ = ["Density", "Fault", "Kind", "faults_by_row", "recounted"]

Fault = tuple[str | None, str, str]
"""What is wrong with a cell: header, rule, message."""

Faults = tuple[Fault, ...]

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

    @classmethod
    def all_of(cls, rejects: Rejects) -> tuple[Self, ...]:
        """The most frequent kinds, errors first; the cells are read frame by frame."""
        parts = [
            frame.group_by(SUMMED_UP, maintain_order=True).agg(
                pl.len().alias("cells"), pl.col("row", "message").first()
            )
            for frame in rejects.cell_frames()
        ]
        if not parts:
            return ()
        whole = pl.concat(parts).group_by(SUMMED_UP, maintain_order=True)
        counts = whole.agg(pl.col("cells").sum(), pl.col("row", "message").first())
        ranked = counts.sort("severity", "cells", descending=[False, True], maintain_order=True).head(MOST_KINDS)
        return tuple(cls(**kind) for kind in ranked.iter_rows(named=True))


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

    @classmethod
    def of(cls, rejects: Rejects, first: int, last: int) -> Self:
        """Number of rejected cells in each part of the file, frame by frame."""
        rows = max(last - first + 1, 1)
        places = min(PLACES, rows)
        place = ((pl.col("row") - first) * places // rows).clip(0, places - 1)
        cells: dict[str | None, list[int]] = {}
        for frame in rejects.cell_frames():
            counts = frame.filter(severity="error").group_by("column", place.alias("place")).len()
            for column, at, count in counts.iter_rows():
                cells.setdefault(column, [0] * places)[at] += count
        spans = tuple(
            (first - (-at * rows // places), first - (-(at + 1) * rows // places) - 1) for at in range(places)
        )
        return cls(spans=spans, cells={column: tuple(counts) for column, counts in cells.items()})

    @property
    def most(self) -> int:
        """The largest number in any place."""
        return max((count for counts in self.cells.values() for count in counts), default=0)

    def but(self, old: Mapping[int, Faults], new: Mapping[int, Faults]) -> Self:
        """The same after the rejected cells of rows changed."""
        firsts = [first for first, _ in self.spans]
        cells = {column: list(counts) for column, counts in self.cells.items()}
        for faults_of, step in ((old, -1), (new, 1)):
            for row, faults in faults_of.items():
                for column, *_ in faults:
                    cells.setdefault(column, [0] * len(self.spans))[max(bisect_right(firsts, row) - 1, 0)] += step
        return replace(self, cells={column: tuple(counts) for column, counts in cells.items()})


def recounted(kinds: tuple[Kind, ...], old: Mapping[int, Faults], new: Mapping[int, Faults]) -> tuple[Kind, ...]:
    """The kinds after the rejected cells of rows changed."""
    found = {(kind.severity, *kind.name): kind for kind in kinds}
    steps: Counter[tuple[str, str | None, str]] = Counter()
    for faults_of, step in ((old, -1), (new, 1)):
        for row, faults in faults_of.items():
            for column, rule, message in faults:
                name = ("error", column, rule)
                steps[name] += step
                if name not in found:
                    found[name] = Kind(severity="error", column=column, rule=rule, cells=0, row=row, message=message)
    counted = [replace(kind, cells=max(kind.cells + steps[name], 0)) for name, kind in found.items()]
    return tuple(kind for kind in counted if kind.cells)


def faults_by_row(cells: pl.DataFrame) -> dict[int, Faults]:
    """What makes rows be rejected, from a frame of cells."""
    found: dict[int, list[Fault]] = {}
    for row, *fault in cells.filter(severity="error").select("row", "column", "rule", "message").iter_rows():
        found.setdefault(row, []).append(tuple(fault))
    return {row: tuple(faults) for row, faults in found.items()}
