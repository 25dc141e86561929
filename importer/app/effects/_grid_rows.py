"""The rejected rows of a job, summed up and a screenful at a time: `GridRows`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.app.choices import Corrections
from importer.app.effects._problems import Density, Kind, faults_by_row, recounted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from importer.app.effects._problems import Faults
    from importer.checking import Rejects
    from importer.core import Header

__all__ = ["GridRows"]

OF_THE_FILE = ("extra-cell", "torn-row")
"""Rules that a row breaks whatever its cells hold."""

ROWS_AT_ONCE = 5_000
"""Rows that are looked through at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRows:
    """What a grid shows of the rejected rows: all of them, or some, and what the user made of them.

    Attributes
    ----------
    density
        Where the problems are.
    kinds
        Kinds of problems, errors first, then by number of cells.
    numbers
        Numbers of the rows that the grid shows, ascending.
    chosen
        The kind of problem that the rows have; None for all.
    is_only_refused
        Whether rows that were corrected, and have no problem any more, are left out.
    corrections
        New texts of cells.
    read_with, checked_with
        The corrected cells of the dry run of the whole file, and of the last one, by row.
    again
        What is still wrong with each corrected row.
    unchecked
        Numbers of the rows that were just corrected and are being checked.
    said
        What came of the last change of several cells.
    """

    rejects: Rejects
    header: Header
    kinds: tuple[Kind, ...]
    density: Density
    numbers: pl.Series
    chosen: tuple[str | None, str] | None = None
    is_only_refused: bool = False
    corrections: Corrections = field(default_factory=Corrections)
    read_with: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    checked_with: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    again: Mapping[int, Faults] = field(default_factory=dict)
    unchecked: frozenset[int] = frozenset()
    said: str = ""

    @classmethod
    def of(cls, rejects: Rejects, header: Header, rows_read: int = 0) -> Self:
        """Sum up what a job rejected of the rows that it read."""
        numbers = rejects.row_numbers()
        last = max(numbers[-1] if len(numbers) else 0, header.row + rows_read)
        density = Density.of(rejects, header.row + 1, last)
        return cls(rejects=rejects, header=header, kinds=Kind.all_of(rejects), density=density, numbers=numbers)

    def read_again(self, corrections: Corrections) -> Self:
        """The same of a dry run that has read these corrections."""
        return replace(self, corrections=corrections, read_with=corrections.by_row, checked_with=corrections.by_row)

    def as_checked(self) -> Self:
        """The same after a dry run with these corrections."""
        return replace(self, checked_with=self.corrections.by_row)

    @property
    def is_ahead(self) -> bool:
        """Whether cells were corrected after the last dry run."""
        return self.corrections.by_row != self.checked_with

    @property
    def good(self) -> list[int]:
        """Numbers of the corrected rows that have no problem any more, ascending."""
        return sorted(row for row, faults in self.again.items() if not faults)

    @property
    def corrected_rows(self) -> int:
        """Number of corrected rows that have no problem any more."""
        return sum(not faults for faults in self.again.values())

    @property
    def chosen_kind(self) -> Kind | None:
        """The kind of problem that is shown, with the number of its cells."""
        return next((kind for kind in self.kinds if kind.severity == "error" and kind.name == self.chosen), None)

    def with_all(self, rows: Collection[int]) -> bool:
        """Whether all of these rows are shown."""
        wanted = pl.Series(sorted(rows), dtype=pl.Int64)
        at = self.numbers.search_sorted(wanted)
        is_inside = at < len(self.numbers)
        return bool(is_inside.all()) and self.numbers.gather(at).equals(wanted)

    def found_numbers(self) -> pl.Series:
        """Numbers of the rows that have the chosen kind of problem, or had it in the dry run."""
        numbers = self.rejects.row_numbers()
        if self.chosen is not None and not self.is_only_refused:
            theirs = pl.concat([self._first_at_fault(*self.chosen), self.at_fault(*self.chosen)])
            return numbers.filter(numbers.is_in(theirs.implode()))
        if self.chosen is not None:
            return numbers.filter(numbers.is_in(self.at_fault(*self.chosen).implode()))
        return numbers.filter(~numbers.is_in(self.good)) if self.is_only_refused else numbers

    def at_fault(self, column: str | None, rule: str | None = None) -> pl.Series:
        """Numbers of the rows whose cell in a column is refused now, by one rule or by any."""
        first = self._first_at_fault(column, rule)
        again = [
            row
            for row, faults in self.again.items()
            if any(fault[0] == column and rule in (None, fault[1]) for fault in faults)
        ]
        kept = first.filter(~first.is_in(list(self.again)))
        return pl.concat([kept, pl.Series("row", again, pl.Int64)]).unique().sort()

    def _first_at_fault(self, column: str | None, rule: str | None) -> pl.Series:
        """Numbers of the rows whose cell in a column was refused in the dry run."""
        is_it = pl.col("column").eq_missing(column) & (pl.col("severity") == "error")
        if rule is not None:
            is_it &= pl.col("rule") == rule
        found = [frame.filter(is_it)["row"] for frame in self.rejects.cell_frames()]
        return pl.concat([pl.Series("row", [], pl.Int64), *found])

    def parts(self, numbers: pl.Series) -> Iterator[tuple[dict[int, Faults], pl.DataFrame]]:
        """Some rows as the dry run read them, after what it found wrong with them; a part of them at a time."""
        for start in range(0, len(numbers), ROWS_AT_ONCE):
            cells, rows = self.rejects.among(numbers[start : start + ROWS_AT_ONCE])
            yield faults_by_row(cells), rows

    def patched(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as the dry run read them, with their corrections."""
        by_label: dict[str, dict[int, str | None]] = {}
        for place, row in enumerate(rows.to_series(0)):
            for label, text in self.corrections.of_row(row).items():
                by_label.setdefault(label, {})[place] = text
        return rows.with_columns(
            rows[label].scatter(list(texts), pl.Series(list(texts.values()), dtype=pl.String)).alias(label)
            for label, texts in by_label.items()
        )

    def is_changed(self, row: int) -> bool:
        """Whether a row has other corrections than when the dry run read it."""
        return self.corrections.of_row(row) != self.read_with.get(row, {})

    def lasting(self, row: int, faults: Faults) -> Faults:
        """What was wrong with a row, and is still: with cells that are as they were, and with the row in the file."""
        changed = {label for label, _ in self.corrections.of_row(row).items() ^ self.read_with.get(row, {}).items()}
        return tuple(
            fault
            for fault in faults
            if (fault[0] is not None and fault[0] not in changed) or (fault[0] is None and fault[1] in OF_THE_FILE)
        )

    def rechecked(self, old: Mapping[int, Faults], new: Mapping[int, Faults]) -> Self:
        """The same after corrected rows were checked.

        Parameters
        ----------
        old
            What the dry run found wrong with them.
        new
            What is wrong with them now; a row that is as the dry run read it again is left out.
        """
        before = {row: self.again.get(row, faults) for row, faults in old.items()}
        after = {**old, **new}
        again = {row: faults for row, faults in self.again.items() if row not in old} | dict(new)
        kinds, density = recounted(self.kinds, before, after), self.density.but(before, after)
        rows = replace(self, again=again, kinds=kinds, density=density, unchecked=self.unchecked - old.keys())
        # Where everything was undone, the dry run of the whole file holds again.
        is_as_read = not again and not rows.unchecked and rows.corrections.by_row == rows.read_with
        return replace(rows, checked_with=rows.read_with) if is_as_read else rows

    def next_at_fault(self, place: int, column: int) -> tuple[int, int] | None:
        """The next refused cell after one, as places of its row and its column, -1 for the whole row; then the first.

        Parameters
        ----------
        place, column
            The cell; the place of a row is that among `numbers`.
        """
        good = self.good
        for start, after in ((place, column), (0, -2)):
            left = self.numbers.slice(max(start, 0))
            left = left.filter(~left.is_in(good)).head(2)
            for row in left:
                [shown] = self._pages(pl.Series([row]))
                found = sorted(map(int, shown["why"]))
                at = int(self.numbers.search_sorted(row))
                ahead = [one for one in found if at != start or one > after]
                if ahead:
                    return at, ahead[0]
        return None

    def page(self, first: int, count: int) -> list[dict[str, Any]]:
        """Some of the rows: number, cells, and what is wrong by the place of the cell, -1 for the whole row."""
        numbers = self.numbers.slice(max(first, 0), max(count, 0))
        return [] if numbers.is_empty() else self._pages(numbers)

    def _pages(self, numbers: pl.Series) -> list[dict[str, Any]]:
        cells, rows = self.rejects.among(numbers)
        places: dict[str | None, int] = {label: place for place, label in enumerate(self.header.labels)}
        faults_of = faults_by_row(cells)
        shown = []
        for row, *texts in rows[[rows.columns[0], *self.header.labels]].iter_rows():
            why: dict[int, list[str]] = {}
            for column, _, message in self.again.get(row, faults_of.get(row, ())):
                why.setdefault(places.get(column, -1), []).append(message)
            mine = {places[label]: text for label, text in self.corrections.of_row(row).items()}
            shown.append(
                {
                    "row": self.rejects.files.within(row),
                    "cells": [mine.get(place, text) for place, text in enumerate(texts)],
                    "why": {str(place): "; ".join(reasons) for place, reasons in why.items()},
                    "mine": list(mine),
                }
            )
        return shown
