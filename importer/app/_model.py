"""Everything that the App shows: `Model`, and the phases that an import goes through.

It is long because `Phase` is one union: each phase holds the one before it, and whoever changes one reads them all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from importer.app._job_view import JobView
from importer.app.choices import Plans, UnreachableError, open_notes
from importer.core import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from threading import Event as Stop

    from importer.app._actions import Action, Answer
    from importer.app._take_out import Offer
    from importer.app.choices import Choices, Corrects, Memory, Place, PlanOffer, Target
    from importer.app.effects import FirstLook, GridRows, Recognised, TableSeen
    from importer.app.transfer import Received
    from importer.core import Progress
    from importer.engine import Plan, Preview, Report, UndoJob
    from importer.errors import Note
    from importer.schema.inference import Inference
    from importer.sinks import Listed
    from importer.sources import Sheet

__all__ = [
    "LINES",
    "Checked",
    "Checking",
    "Chosen",
    "Done",
    "Draft",
    "Importing",
    "JobView",
    "Looked",
    "Model",
    "NoFile",
    "Phase",
    "Planned",
    "Problem",
    "Settings",
    "Tables",
]


LINES = 60
"""Columns that are drawn at a time, so that a click in a wide file is as quick as in a narrow one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a step cannot be done.

    Attributes
    ----------
    sheets
        The sheets of the workbook, if the user may choose another one.
    """

    step: str
    error: Exception
    sheets: tuple[Sheet, ...] = ()

    @property
    def may_pass(self) -> bool:
        """Whether trying again may help, because the cause lies elsewhere."""
        return isinstance(self.error, UnreachableError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of a database.

    Attributes
    ----------
    into
        The database.
    found
        Its tables; None until they are known.
    """

    into: str = field(repr=False)
    found: tuple[Listed, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the choices lead to, as far as it is known without a plan.

    Attributes
    ----------
    misfits
        Why cells among the first rows do not fit, by row and letter.
    """

    target: Target | None = None
    inference: Inference | None = None
    preview: Preview | None = None
    misfits: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFile:
    """No file has been chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A file is chosen: it is being opened, or it cannot be opened.

    Attributes
    ----------
    earlier
        The same file with other options, shown while this one is being opened.
    taken, before
        The plan by which it is opened, and the choices as they were before.
    """

    choices: Choices
    earlier: Looked | None = None
    taken: PlanOffer | None = None
    before: Choices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The file is open: a plan is being made, or cannot be made.

    Attributes
    ----------
    earlier
        The plan of earlier choices, shown while the new one is being made.
    memory
        Choices made for a file with the same headers.
    damaged
        The file of such choices, if it cannot be read.
    plans, taken
        Saved plans for files like this one, and the one that was applied.
    before
        The choices as they were before the remembered ones, or those of a plan, were applied.
    """

    choices: Choices
    look: FirstLook
    draft: Draft = field(default_factory=Draft)
    earlier: Planned | None = None
    memory: Memory | None = None
    damaged: Path | None = None
    plans: Plans = field(default_factory=Plans)
    taken: PlanOffer | None = None
    before: Choices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """There is a plan, so the file can be checked.

    Attributes
    ----------
    plan
        The plan without the user's corrections of single cells, see `corrected`.
    is_row_by_row
        Whether the outcome of a row depends on no other row.
    recognised
        The job that imported this file into the table before, if the user has to decide what to do.
    """

    looked: Looked
    plan: Plan
    is_row_by_row: bool = False
    recognised: Recognised | None = None

    @property
    def corrected(self) -> Plan:
        """The plan with the corrected cells."""
        corrections = self.looked.choices.options.get("corrections")
        return replace(self.plan, corrections=corrections) if corrections else self.plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """A dry run is under way.

    Attributes
    ----------
    again
        The check of the whole file, if only its corrected rows are checked again.
    """

    planned: Planned
    job: JobView
    again: Checked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A dry run has ended.

    Attributes
    ----------
    report
        What the dry run found, updated when corrected rows are checked again.
    whole
        The report of the last dry run of the whole file.
    rows
        The rejected rows, as the grid shows them.
    """

    planned: Planned
    job: JobView
    report: Report
    whole: Report
    rows: GridRows

    @property
    def is_stale(self) -> bool:
        """Whether cells were corrected after the dry run."""
        return self.rows.is_ahead

    @property
    def is_ready(self) -> bool:
        """Whether the import may begin."""
        return self.report.progress.state is State.SUCCEEDED and not self.is_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """An import is under way.

    Attributes
    ----------
    checked
        The dry run before it; None if the job was resumed, or the file is to be skipped.
    resumes
        Id of the job that this one resumes.
    brings
        The import whose rejected rows this one imports, corrected.
    """

    planned: Planned
    job: JobView
    checked: Checked | None = None
    resumes: str | None = None
    brings: Done | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An import has ended.

    Attributes
    ----------
    rows
        The rejected rows, as the grid shows them; None if they cannot be read.
    table
        The table as it is now; None until it is read.
    offer
        What taking the import out again would do, or has done; None until it is asked.
    undo, undo_job
        How far taking it out is, and its handle; None if that does not run.
    anew
        The answer with which the file is imported again once it is taken out.
    brought
        Ids of the jobs that imported its corrected rows.
    saved
        The plan that was saved from it.
    """

    importing: Importing
    report: Report
    rows: GridRows | None
    table: TableSeen | None = None
    offer: Offer | None = None
    undo: JobView | None = None
    undo_job: UndoJob | None = None
    anew: Answer | None = None
    brought: tuple[str, ...] = ()
    saved: Path | None = None

    @property
    def is_taken_out(self) -> bool:
        """Whether its rows are out of the table again."""
        return self.offer is not None and self.offer.is_done

    @property
    def can_save_plan(self) -> bool:
        """Whether a plan for the next file can be made of this import."""
        looked = self.importing.planned.looked
        is_new = self.saved is None and looked.taken is None and looked.choices.corrects is None
        is_named = isinstance(looked.choices.into, str | os.PathLike)
        return is_new and is_named and self.report.progress.state is State.SUCCEEDED

    @property
    def is_unfinished(self) -> bool:
        """Whether the job stopped half way, so that it can be resumed."""
        now = self.report.progress
        return now.state in (State.CANCELLED, State.FAILED, State.INTERRUPTED) and now.rows_read > 0

    @property
    def is_failed(self) -> bool:
        """Whether the job ended by an error, after which it can be tried again."""
        return self.report.progress.state in (State.FAILED, State.INTERRUPTED)

    @property
    def correctable(self) -> GridRows | None:
        """The rejected rows, if they can be corrected and imported after the others."""
        return self.rows if self.report.progress.state is State.SUCCEEDED and not self.is_taken_out else None


Phase = NoFile | Chosen | Looked | Planned | Checking | Checked | Importing | Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for every file of this App.

    Attributes
    ----------
    options
        Options of `importer.plan` that each file starts with.
    auto
        Whether to import without another click if a dry run rejects no row and nothing is in doubt.
    plans
        The folder with saved plans; None for the usual ones.
    """

    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    auto: bool = False
    plans: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The state of the App; `update` makes the next one.

    Attributes
    ----------
    phase
        How far the import of the current file is.
    files, typed
        Paths that complete what the user has typed, and what that is.
    finding
        The path that is being looked up on the server.
    coming, stop
        A file that is fetched from elsewhere, and what ends the download under way, here or to a browser.
    stopped
        The step whose download was ended, and what became of it.
    place
        The form of the database while it names none yet; nothing can be imported then.
    tables
        The tables of the database.
    databases, typed_database
        Paths that complete the path of a database that the user has typed, and what that is.
    waiting
        Uploads that come after the current file.
    together
        Those of them that share the headers of the current file.
    corrects
        The import whose rejected rows the next file brings back.
    alerts
        How a hidden page signals the end of a long import: ``'notify'``, ``'sound'``.
    busy
        The step that waits for an effect.
    ticket
        Number of the newest effect or job; results that carry an older one are ignored.
    later
        What to do once the current effect succeeds.
    open
        Steps that are expanded.
    hand
        The step in hand: the page scrolls to it, and gives it the focus.
    is_guided
        Whether the App still opens and closes the steps by itself, because the user has not.
    settled
        Sentences of the questions about this file whose answer is that it is right as it is.
    declines_plans
        Whether this file is not to be imported by a saved plan.
    outdated
        The last check of the file, shown while its choices are checked anew.
    history
        The job that the history shows, empty for none; None while the steps are shown.
    find, lines
        What is looked for among the columns, and how many of them are drawn.
    """

    phase: Phase = field(default_factory=NoFile)
    settings: Settings = field(default_factory=Settings)
    files: tuple[str, ...] = ()
    typed: str = ""
    finding: str | None = None
    coming: Progress | None = None
    stop: Stop | None = None
    stopped: tuple[str, str] | None = None
    place: Place | None = None
    tables: Tables | None = None
    databases: tuple[str, ...] = ()
    typed_database: str | None = None
    waiting: tuple[Received, ...] = ()
    together: tuple[Received, ...] = ()
    corrects: Corrects | None = None
    alerts: frozenset[str] = frozenset()
    busy: str | None = None
    ticket: int = 0
    later: Action | None = None
    problem: Problem | None = None
    open: frozenset[str] = frozenset({"file"})
    hand: str = "file"
    is_guided: bool = True
    settled: frozenset[str] = frozenset()
    declines_plans: bool = False
    outdated: Checked | None = None
    history: str | None = None
    find: str = ""
    lines: int = LINES

    @property
    def choices(self) -> Choices | None:
        """What is chosen for the current file."""
        match self.phase:
            case NoFile():
                return None
            case Chosen(choices=choices):
                return choices
            case _:
                looked = self.looked
                return None if looked is None else looked.choices

    @property
    def looked(self) -> Looked | None:
        """The open file, as chosen now."""
        planned = self.planned
        if planned is not None:
            return planned.looked
        return self.phase if isinstance(self.phase, Looked) else None

    @property
    def shown(self) -> Looked | None:
        """The open file as it is drawn: with earlier options while it is opened with new ones."""
        return self.phase.earlier if isinstance(self.phase, Chosen) else self.looked

    @property
    def planned(self) -> Planned | None:
        """The plan, as chosen now."""
        match self.phase:
            case Planned():
                return self.phase
            case Checking(planned=planned) | Checked(planned=planned) | Importing(planned=planned):
                return planned
            case Done(importing=importing):
                return importing.planned
            case _:
                return None

    @property
    def recognised(self) -> Recognised | None:
        """The job that imported this file before, also while a new plan is being made."""
        planned = self.planned
        if planned is None and isinstance(self.phase, Looked):
            planned = self.phase.earlier
        return None if planned is None else planned.recognised

    @property
    def checked(self) -> Checked | None:
        """The dry run that ended, if its outcome still holds."""
        importing = self.importing
        if importing is not None:
            return importing.checked
        return self.phase if isinstance(self.phase, Checked) else None

    @property
    def importing(self) -> Importing | None:
        """The import, under way or done."""
        match self.phase:
            case Importing():
                return self.phase
            case Done(importing=importing):
                return importing
            case _:
                return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known about the file, and about what its check found."""
        preview = None if self.shown is None else self.shown.draft.preview
        checked = self.last_check
        return (*(() if preview is None else preview.notes), *(() if checked is None else checked.report.notes))

    @property
    def questions(self) -> list[Note]:
        """What nobody has answered yet."""
        return open_notes(self.notes, {} if self.choices is None else self.choices.options, self.settled)

    @property
    def offered(self) -> tuple[PlanOffer, ...]:
        """The plans for files like this one, until one is taken or none is wanted."""
        looked = self.shown
        is_open = looked is not None and looked.taken is None and not self.declines_plans
        return looked.plans.fitting if looked is not None and is_open else ()

    @property
    def last_check(self) -> Checked | None:
        """The check that is shown: the one that holds, or else the one before it."""
        return self.checked or self.outdated

    @property
    def is_locked(self) -> bool:
        """Whether an import runs, so that its choices may not change. A check is only cancelled."""
        return isinstance(self.phase, Importing)

    @property
    def is_working(self) -> bool:
        """Whether a job runs."""
        return isinstance(self.phase, Checking | Importing)

    def at(self, step: str) -> Self:
        """The model with this step in hand, and every other one folded."""
        return replace(self, hand=step, open=frozenset({step}))

    def guided_to(self, step: str) -> Self:
        """The same, unless the user has begun to open and change steps."""
        return self.at(step) if self.is_guided else replace(self, open=self.open | {step})
