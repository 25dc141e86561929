"""Where the analyst stands: `Flow`, from which every step is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core import State

if TYPE_CHECKING:
    from importer.app._choices import Choices, Corrects
    from importer.app._inbox import Received
    from importer.app._known import Known
    from importer.app._look import Look
    from importer.app._memory import Memory
    from importer.app._refused import Refused
    from importer.app._target import Target
    from importer.app._watch import Watch
    from importer.engine import Plan, Preview, Report
    from importer.schema.inference import Inference

__all__ = ["Flow", "Problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a step cannot be done, in one sentence.

    Attributes
    ----------
    may_pass
        Whether the cause lies elsewhere, so that the same may be tried again.
    offers
        Options of the file by which it might do.
    """

    step: str
    sentence: str
    may_pass: bool = False
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Everything that the steps are drawn from; each change makes a new one.

    Attributes
    ----------
    choices, look, target, plan, inference, preview
        The file and its options, what it looks like, and what would be done with it and why.
    known
        The job that brought the file to the table before, where it is to be said what is wanted now.
    check, checked
        The dry run as it goes, and its outcome, put right by what was corrected since.
    whole
        The outcome of the last dry run of the whole file.
    run, report, resumed
        The import as it goes, its outcome, and the id of the job that it goes on with.
    refused, left
        The refused rows of the dry run and of the import, as the grids show them.
    memory, before
        What was chosen for a file with the same headers; the choices before that was taken.
    files
        Files on the server that the analyst may mean.
    waiting
        Files that were dropped together with this one, and come after it.
    corrects
        The import whose refused rows the next file brings back.
    alerts
        How a hidden page tells the end of a long import: ``'notify'``, ``'sound'``.
    busy, problem
        The step that is being worked on, and the one that cannot be done.
    open
        Steps that are shown whole.
    history
        The job at which the history is shown, empty for none; None while the steps are shown instead.
    """

    choices: Choices | None = None
    look: Look | None = None
    target: Target | None = None
    plan: Plan | None = None
    inference: Inference | None = None
    preview: Preview | None = None
    known: Known | None = None
    check: Watch | None = None
    checked: Report | None = None
    whole: Report | None = None
    run: Watch | None = None
    report: Report | None = None
    resumed: str | None = None
    refused: Refused | None = None
    left: Refused | None = None
    memory: Memory | None = None
    before: Choices | None = None
    files: tuple[str, ...] = ()
    waiting: tuple[Received, ...] = ()
    corrects: Corrects | None = None
    alerts: frozenset[str] = frozenset()
    busy: str | None = None
    problem: Problem | None = None
    open: frozenset[str] = frozenset({"file"})
    history: str | None = None

    def code(self, *lines: str) -> str | None:
        """Python that does what was clicked, None before a file is chosen."""
        return None if self.choices is None else self.choices.code(*lines, inference=self.inference, target=self.target)

    def run_code(self, *lines: str) -> str | None:
        """Python that imports, and goes on with these lines."""
        if self.resumed is None or self.choices is None:
            return self.code("report = plan.run()", *lines)
        return self.choices.resume_code(self.resumed, *lines)

    @property
    def is_locked(self) -> bool:
        """Whether a job runs, so that what it was given may not change."""
        jobs = ((self.check, self.checked), (self.run, self.report))
        return any(watch is not None and report is None for watch, report in jobs)

    @property
    def steps(self) -> tuple[str, ...]:
        """Steps that are there to be seen: each opens when the one before it is good."""
        known = {
            "look": self.choices is not None,
            "match": self.look is not None,
            "check": self.check is not None,
            "import": self.run is not None or self.is_ready or self.is_stale,
            "result": self.report is not None,
        }
        return ("file", *(name for name, is_there in known.items() if is_there))

    @property
    def is_ready(self) -> bool:
        """Whether the dry run went through, so that the import may begin."""
        is_whole = self.checked is not None and self.checked.progress.state is State.SUCCEEDED
        return is_whole and not self.is_stale

    @property
    def is_stale(self) -> bool:
        """Whether cells were corrected since the dry run."""
        return self.refused is not None and self.refused.is_ahead
