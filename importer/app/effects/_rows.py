"""Effects on rejected rows: `CheckRows`, `FindCells`, `FindRows`, `OfferRows`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.app._events import CellsFound, EffectDone, EffectFailed, RowsChecked, RowsFiltered
from importer.app._grid_actions import ReplaceText, SetAll
from importer.app.choices import MOST_CORRECTIONS
from importer.app.effects._problems import faults_by_row
from importer.checking import write_rejects
from importer.errors import CancelledError
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event as Stop

    from importer.app._events import Event
    from importer.app.choices import Cell
    from importer.app.effects._grid_rows import GridRows
    from importer.app.effects._port import Port
    from importer.app.effects._problems import Faults
    from importer.engine import Plan, Report

__all__ = ["CheckRows", "FindCells", "FindRows", "OfferRows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRows:
    """Check rows of the grid of a step after corrections, all at once."""

    step: str
    plan: Plan
    rows: GridRows
    numbers: frozenset[int]

    def perform(self, port: Port) -> None:
        """Check them without a look at the database."""
        old: dict[int, Faults] = dict.fromkeys(self.numbers, ())
        new: dict[int, Faults] = {}
        for faults, read in self.rows.parts(pl.Series(sorted(self.numbers), dtype=pl.Int64)):
            numbers = read.to_series(0)
            old |= {row: faults.get(row, ()) for row in numbers}
            is_changed = pl.Series([self.rows.is_changed(row) for row in numbers], dtype=pl.Boolean)
            changed = self.rows.patched(read.filter(is_changed))
            found = faults_by_row(self.plan.refused_in(changed)) if changed.height else {}
            for row in changed.to_series(0):
                new[row] = tuple(dict.fromkeys((*found.get(row, ()), *self.rows.lasting(row, old[row]))))
        port.tell(RowsChecked(step=self.step, corrections=self.rows.corrections.by_row, old=old, new=new))

    def failed(self, error: Exception) -> Event:
        """The rows could not be checked."""
        old: dict[int, Faults] = dict.fromkeys(self.numbers, ())
        return RowsChecked(step=self.step, corrections=self.rows.corrections.by_row, old=old, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCells:
    """Find the refused cells that an action changes, and what it makes of them."""

    ticket: int
    action: SetAll | ReplaceText
    rows: GridRows

    def perform(self, port: Port) -> None:
        """Look through the rows that the grid shows, a part of them at a time."""
        cells: dict[Cell, str | None] = {}
        for cell, text in _changes(self.action, self.rows):
            cells[cell] = text
            if len(cells) > MOST_CORRECTIONS:
                break
        port.tell(CellsFound(ticket=self.ticket, action=self.action, corrections=self.rows.corrections, cells=cells))

    def failed(self, error: Exception) -> Event:
        """The rejected rows cannot be read."""
        return EffectFailed(ticket=self.ticket, step=self.action.step, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRows:
    """Find the rows that the grid of a step is to show."""

    step: str
    rows: GridRows

    def perform(self, port: Port) -> None:
        """Look through all rejected cells."""
        port.tell(RowsFiltered(step=self.step, rows=self.rows, numbers=self.rows.found_numbers()))

    def failed(self, error: Exception) -> Event:
        """The rejected cells cannot be read."""
        return EffectFailed(ticket=0, step=self.step, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRows:
    """Write the rejected rows of an import as a file that a browser can fetch, until `stop` is set."""

    ticket: int
    kind: str
    view: str
    report: Report
    stop: Stop

    def perform(self, port: Port) -> None:
        """Write the file."""
        name = say("result.refused_file", table=self.report.table, kind=self.kind)
        write = partial(write_rejects, rejects=self.report.found, used=self.report.used, told=self._go_on)
        port.offer(self.view, name, write)
        port.tell(EffectDone(ticket=self.ticket))

    def _go_on(self, _rows: int) -> None:
        if self.stop.is_set():
            raise CancelledError("the download was cancelled")

    def failed(self, error: Exception) -> Event:
        """The file cannot be written."""
        return EffectFailed(ticket=self.ticket, step="result", error=error)


def _changes(action: SetAll | ReplaceText, rows: GridRows) -> Iterator[tuple[Cell, str | None]]:
    """The cells that an action changes, among those that the grid shows, and their new texts."""
    match action:
        case SetAll(text=text):
            column, rule = rows.chosen or (None, "")
            if column is not None:
                yield from (((row, column), text or None) for row in _shown(rows, rows.at_fault(column, rule)))
        case ReplaceText(place=place, old=old, new=new):
            label = rows.header.labels[place]
            for _, read in rows.parts(_shown(rows, rows.at_fault(label))):
                now = rows.patched(read)
                for row, text in zip(now.to_series(0), now[label], strict=True):
                    if old in text if old and text is not None else not old and not text:
                        yield (row, label), (text.replace(old, new) if text and old else new) or None


def _shown(rows: GridRows, numbers: pl.Series) -> pl.Series:
    """Those of the rows that the grid shows."""
    return numbers.filter(numbers.is_in(rows.numbers.implode()))
