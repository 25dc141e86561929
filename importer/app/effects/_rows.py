"""Effects on rejected rows: `CheckRow`, `FindRows`, `OfferRows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.app._events import EffectDone, EffectFailed, RowChecked, RowsFiltered
from importer.app.effects._grid_rows import faults_of
from importer.views import say

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.effects._grid_rows import GridRows
    from importer.app.effects._port import Port
    from importer.engine import Plan, Report

__all__ = ["CheckRow", "FindRows", "OfferRows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """Check one row of the grid after a correction."""

    plan: Plan
    rows: GridRows
    row: int

    def perform(self, port: Port) -> None:
        """Check it without a look at the database."""
        new = faults_of(self.plan.refused_in(self.rows.row(self.row)))
        cells = self.rows.corrected_in(self.row)
        port.tell(RowChecked(row=self.row, cells=cells, old=self.rows.faults(self.row), new=new))

    def failed(self, error: Exception) -> Event:
        """The row could not be checked."""
        return RowChecked(row=self.row, cells=self.rows.corrected_in(self.row), error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRows:
    """Find the rows with one kind of problem."""

    step: str
    rows: GridRows
    kind: tuple[str | None, str] | None

    def perform(self, port: Port) -> None:
        """Look through all rejected cells."""
        numbers = self.rows.numbers_of(self.kind)
        port.tell(RowsFiltered(step=self.step, kind=self.kind, rejects=self.rows.rejects, numbers=numbers))

    def failed(self, error: Exception) -> Event:
        """The rejected cells cannot be read."""
        return EffectFailed(ticket=0, step=self.step, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRows:
    """Write the rejected rows of an import as a file that a browser can fetch."""

    ticket: int
    kind: str
    view: str
    report: Report

    def perform(self, port: Port) -> None:
        """Write the file."""
        name = say("result.refused_file", table=self.report.table, kind=self.kind)
        port.offer(self.view, name, self.report.rejects_to)
        port.tell(EffectDone(ticket=self.ticket))

    def failed(self, error: Exception) -> Event:
        """The file cannot be written."""
        return EffectFailed(ticket=self.ticket, step="result", error=error)
