"""Effects that lead to a plan: `LookAtFile`, `MakePlan`, `PlanResume`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.app._events import EffectFailed, FileLooked, LookFailed, PlanMade, PlanOutcome, ResumePlanned
from importer.app._messages import offers_of
from importer.app._model import Draft
from importer.app.choices import Memory, Target, columns_there, plan_folders, plans_for, recall
from importer.app.effects._first_look import FirstLook, sheets_of
from importer.app.effects._misfits import misfits_of
from importer.app.effects._recheck import is_row_by_row
from importer.app.effects._recognised import recognise
from importer.app.effects._unnamed import unnamed_notes
from importer.errors import ImporterError, SchemaError, sorted_notes
from importer.sources import remember_password
from importer.views import say

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.choices import Choices
    from importer.app.effects._port import Port
    from importer.engine import Plan
    from importer.schema.inference import Inference
    from importer.sources import Sheet

__all__ = ["LookAtFile", "MakePlan", "PlanResume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtFile:
    """Open a file, find the saved plans for it, and plan its import.

    Attributes
    ----------
    plans
        The folder with saved plans; None for the usual ones.
    given
        Options that no saved plan changes.
    """

    ticket: int
    choices: Choices
    plans: Path | None = None
    given: frozenset[str] = frozenset()
    password: str | None = field(default=None, repr=False)

    def perform(self, port: Port) -> None:
        """Read the top of the file and a sample, then make the plan."""
        for file in self.choices.files or (self.choices.path,):
            remember_password(file, self.password)
        look = FirstLook.of(self.choices)
        found = recall(look.reading.header.labels, self.choices)
        memory = found if isinstance(found, Memory) else None
        damaged = found if isinstance(found, Path) else None
        plans = plans_for(look.reading, self.choices, plan_folders(self.plans), self.given)
        try:
            outcome = plan_for(self.choices, look)
        except Exception as exc:  # noqa: BLE001 - the file is open all the same
            outcome = PlanOutcome(error=exc)
        port.tell(
            FileLooked(ticket=self.ticket, look=look, memory=memory, damaged=damaged, plans=plans, outcome=outcome)
        )

    def failed(self, error: Exception) -> Event:
        """The file cannot be opened."""
        return LookFailed(ticket=self.ticket, error=error, sheets=self._sheets(error))

    def _sheets(self, error: Exception) -> tuple[Sheet, ...]:
        """The sheets of the workbook, if another one may do."""
        if "sheet" not in offers_of(error):
            return ()
        try:
            return sheets_of(self.choices)
        except ImporterError:
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePlan:
    """Plan the import of an open file with other choices."""

    ticket: int
    choices: Choices
    look: FirstLook

    def perform(self, port: Port) -> None:
        """Make the plan."""
        port.tell(PlanMade(ticket=self.ticket, outcome=plan_for(self.choices, self.look)))

    def failed(self, error: Exception) -> Event:
        """The plan cannot be made."""
        return PlanMade(ticket=self.ticket, outcome=PlanOutcome(error=error))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResume:
    """Plan to resume the job that imported a part of this file.

    Attributes
    ----------
    step
        Where the user asked for it.
    """

    ticket: int
    choices: Choices
    job_id: str
    step: str = "already_imported"

    def perform(self, port: Port) -> None:
        """Make the plan."""
        plan = self.choices.resume_plan(self.job_id)
        port.tell(ResumePlanned(ticket=self.ticket, plan=plan, job_id=self.job_id))

    def failed(self, error: Exception) -> Event:
        """The job cannot be resumed."""
        return EffectFailed(ticket=self.ticket, step=self.step, error=error)


def plan_for(choices: Choices, look: FirstLook) -> PlanOutcome:
    """The plan of these choices, or why it cannot be made."""
    target: Target | None = None
    inference: Inference | None = None
    draft = Draft()
    try:
        there = columns_there(choices)
        # A file that holds nothing has no columns to choose among: the plan takes those of the table.
        is_blank = not look.reading.header.labels
        target = None if choices.corrects is not None or is_blank else Target.of(choices, look.reading, there)
        draft = Draft(target=target)
        if target is not None and target.missing:
            raise SchemaError(say("columns.missing", columns=", ".join(target.missing)))
        plan, inference = choices.plan(look.reading, target)
        # A default that does not fit is told beside the columns.
        shown = replace(plan, defaults={}) if plan.defaults else plan
        matches = shown.matches
        if is_blank:
            inference, matches = None, ()
        target = target or Target(
            schema=plan.effective_schema, matches=matches, exists=bool(there), renamed=choices.renamed
        )
        draft = Draft(target=target, inference=inference)
        preview = plan.preview()
        if inference is not None:
            asked = unnamed_notes(choices, look, preview.rows_expected)
            # A column that was renamed gives the plan a schema, which settles no doubt about the others.
            doubts = () if plan.guesses else (guess.note for guess in inference.guesses if guess.note is not None)
            told = sorted_notes(dict.fromkeys([*doubts, *preview.notes]))
            preview = replace(preview, notes=(*asked, *told))
        draft = Draft(target=target, inference=inference, preview=preview, misfits=misfits_of(plan))
        return _outcome(plan, draft)
    except ImporterError as exc:
        return PlanOutcome(draft=draft, error=exc)


def _outcome(plan: Plan, draft: Draft) -> PlanOutcome:
    """The plan, with everything that takes long worked out."""
    _ = plan.formats
    return PlanOutcome(draft=draft, plan=plan, is_row_by_row=is_row_by_row(plan), recognised=recognise(plan))
