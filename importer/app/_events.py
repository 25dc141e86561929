"""What effects report back: `Event`.

It is long because `Event` is one union: `update` has a handler for each member, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.app.choices import Plans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from threading import Event as Stop

    import polars as pl

    from importer.app._grid_actions import ReplaceText, SetAll
    from importer.app._model import Draft
    from importer.app._take_out import Offer
    from importer.app.choices import Cell, Choices, Corrections, Memory
    from importer.app.effects import Faults, FirstLook, GridRows, Recognised, TableSeen
    from importer.app.transfer import Received
    from importer.core import Progress
    from importer.engine import Job, Plan, Report, UndoJob
    from importer.sinks import Listed
    from importer.sources import Sheet

__all__ = [
    "CellsFound",
    "DatabasesListed",
    "EffectDone",
    "EffectFailed",
    "Event",
    "FileComes",
    "FileFound",
    "FileLooked",
    "FileMissing",
    "FilesCompared",
    "FilesListed",
    "JobBroke",
    "JobEnded",
    "JobMoved",
    "JobRecognised",
    "JobStarted",
    "LookFailed",
    "PlanMade",
    "PlanOutcome",
    "PlanSaved",
    "ResumePlanned",
    "RowsBrought",
    "RowsChecked",
    "RowsFiltered",
    "RowsRechecked",
    "TableRead",
    "TablesListed",
    "TakenOut",
    "UndoStarted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesListed:
    """Paths on the server that complete the typed one."""

    typed: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasesListed:
    """Paths on the server that complete the typed one of a database."""

    typed: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesListed:
    """The tables of a database; none if they cannot be known."""

    into: str = field(repr=False)
    tables: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """The first rows of the table were read after an import, or cannot be read."""

    report: Report
    seen: TableSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFound:
    """The path that was asked for is a file."""

    said: str
    choices: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesCompared:
    """Uploads that wait were held against the current file.

    Attributes
    ----------
    path
        The current file.
    alike
        Those that share its headers.
    """

    path: Path
    alike: tuple[Received, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileComes:
    """The file behind a URL is on its way, until `stop` is set."""

    said: str
    progress: Progress
    stop: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMissing:
    """The path that was asked for cannot be imported."""

    said: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutcome:
    """The plan, or why it cannot be made.

    Attributes
    ----------
    draft
        None if nothing new is known, so that the earlier one stays.
    """

    draft: Draft | None = None
    plan: Plan | None = None
    is_row_by_row: bool = False
    recognised: Recognised | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLooked:
    """The file is open, and its plan is made as far as possible."""

    ticket: int
    look: FirstLook
    memory: Memory | None
    outcome: PlanOutcome
    damaged: Path | None = None
    plans: Plans = field(default_factory=Plans)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFailed:
    """The file cannot be opened."""

    ticket: int
    error: Exception
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    """The plan for other choices is made, or cannot be made."""

    ticket: int
    outcome: PlanOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePlanned:
    """The plan that resumes an earlier job is ready."""

    ticket: int
    plan: Plan
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDone:
    """An effect that changes nothing in the model has succeeded."""

    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFailed:
    """A step cannot be done; the phase stays."""

    ticket: int
    step: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    """The job has a handle."""

    number: int
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStarted:
    """The undo has a handle."""

    number: int
    job: UndoJob


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMoved:
    """A new snapshot, and the newest rejected cells."""

    number: int
    progress: Progress
    rejected: tuple[tuple[object, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """The job is over, and its rejected rows are summed up."""

    number: int
    report: Report
    rows: GridRows


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRechecked:
    """The corrected rows were checked again, and the report of the whole file is updated."""

    number: int
    report: Report
    rows: GridRows


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecognised:
    """The job failed because the file had been imported before."""

    number: int
    recognised: Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBroke:
    """The job could not start, or its end cannot be shown.

    Attributes
    ----------
    report
        What the job did; None if it did not start.
    """

    number: int
    error: Exception
    report: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsChecked:
    """Corrected rows were checked.

    Attributes
    ----------
    corrections
        The corrected cells at that time, by row.
    old, new
        What was wrong with the rows in the dry run, and what is wrong with them now; those that are as the dry run
        read them have nothing new.
    error
        Why the rows could not be checked.
    """

    step: str
    corrections: Mapping[int, Mapping[str, str | None]]
    old: Mapping[int, Faults]
    new: Mapping[int, Faults] = field(default_factory=dict)
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsFound:
    """The cells that an action changes, as they were with these corrections."""

    ticket: int
    action: SetAll | ReplaceText
    corrections: Corrections
    cells: Mapping[Cell, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsBrought:
    """Corrected rows were imported, or some of them.

    Attributes
    ----------
    report, rows
        What the import of the whole file has done by now, and the rows that are still refused.
    cells
        The corrected cells of the rows that are in the table now.
    error
        Why the others are not.
    job_id
        The job that changed the table for them; None if nothing was.
    """

    number: int
    report: Report
    rows: GridRows
    cells: Mapping[Cell, str | None]
    error: Exception | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsFiltered:
    """The numbers of the rows that a grid is to show."""

    step: str
    rows: GridRows
    numbers: pl.Series


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """What taking the import out would do, or has done."""

    ticket: int
    offer: Offer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSaved:
    """The plan lies here."""

    ticket: int
    path: Path


Event = (
    FilesListed
    | DatabasesListed
    | TablesListed
    | TableRead
    | FileFound
    | FileComes
    | FilesCompared
    | FileMissing
    | FileLooked
    | LookFailed
    | PlanMade
    | ResumePlanned
    | EffectDone
    | EffectFailed
    | JobStarted
    | JobMoved
    | JobEnded
    | RowsRechecked
    | JobRecognised
    | JobBroke
    | RowsChecked
    | CellsFound
    | RowsBrought
    | RowsFiltered
    | TakenOut
    | UndoStarted
    | PlanSaved
)
