"""The dry run, the import, and the rows that they reject."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app import _actions as actions
from importer.app._model import (
    Checked,
    Checking,
    Done,
    Importing,
    JobView,
    Planned,
    Problem,
)
from importer.app.choices import Corrections
from importer.app.effects import FindRows, PlanResume, RequestOfJob, StartJob, SumUp, SumUpAgain
from importer.app.update._bring import broken, done_with, sum_up
from importer.app.update._next import waiting_for

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._model import Model
    from importer.app.effects import Effect
    from importer.app.update._next import Next
    from importer.engine import Job, Plan, UndoJob

AUTOMATIC_ROWS = 1_000_000
"""Expected rows up to which a file is checked without a click: some ten seconds."""

__all__ = [
    "abandoned",
    "check",
    "check_by_itself",
    "control_job",
    "job_broke",
    "job_ended",
    "job_moved",
    "job_recognised",
    "job_started",
    "resume",
    "resume_planned",
    "rows_rechecked",
    "run",
    "skip",
    "undo_started",
]


def check(model: Model, action: actions.Check) -> Next | None:
    """Start the dry run; after a change, as soon as the plan is made."""
    checked = model.phase if isinstance(model.phase, Checked) else None
    if model.busy is not None or (checked is not None and checked.rows.unchecked):
        return replace(model, later=action), ()
    planned = model.planned
    if planned is None or planned.recognised is not None or model.is_working:
        return None
    job = JobView(number=model.ticket + 1)
    only = None
    is_again = checked is not None and checked.is_stale and planned.is_row_by_row
    if checked is not None and is_again and not checked.rows.good:
        # All corrected rows are known to be refused, as they were.
        return replace(model, phase=replace(checked, report=checked.whole, rows=checked.rows.as_checked())), ()
    if checked is not None and is_again:
        only, phase = checked.rows, Checking(planned=planned, job=job, again=checked)
    else:
        phase = Checking(planned=planned, job=job)
    model = replace(_starting(model), phase=phase, outdated=model.last_check)
    plan = planned.plan if only is not None else planned.corrected
    return model, (StartJob(number=job.number, plan=plan, is_dry_run=True, only=only),)


def check_by_itself(model: Model) -> Next:
    """Start the dry run of a new plan without a click, if it does not take long."""
    planned = model.phase
    if not isinstance(planned, Planned) or planned.recognised is not None:
        return model, ()
    preview = planned.looked.draft.preview
    expected = None if preview is None else preview.rows_expected
    is_quick = expected is None or expected <= AUTOMATIC_ROWS
    return (check(model, actions.Check()) if is_quick else None) or (model, ())


def run(model: Model, action: actions.Run) -> Next | None:
    """Start the import after a dry run that succeeded."""
    checked = model.phase
    if not isinstance(checked, Checked) or not checked.is_ready:
        return None
    if model.busy is not None:
        return replace(model, later=action), ()
    return _import(model, checked.planned, checked=checked)


def skip(model: Model, _action: actions.Skip) -> Next | None:
    """Run an import that skips the file, so that its report and code say so."""
    planned = model.planned
    if planned is None or planned.recognised is None or planned.recognised.how != "done" or model.is_locked:
        return None
    looked = replace(planned.looked, choices=planned.looked.choices.but(if_imported="skip"))
    skipped = replace(planned, looked=looked, plan=replace(planned.plan, if_imported="skip"), recognised=None)
    return _import(model, skipped)


def resume(model: Model, _action: actions.Resume) -> Next | None:
    """Plan to resume the job that imported a part of this file: an earlier one, or the one that just ended."""
    planned, done = model.planned, model.phase
    if isinstance(done, Done) and planned is not None and done.is_unfinished:
        job_id = done.report.progress.job_id
        model = waiting_for(model, "result")
        choices = planned.looked.choices
        return model, (PlanResume(ticket=model.ticket, choices=choices, job_id=job_id, step="result"),)
    if isinstance(done, Done) and planned is not None and done.is_failed:
        # Nothing was imported, so there is nothing to resume.
        return _import(model, planned, checked=done.importing.checked, resumes=done.importing.resumes)
    if planned is None or planned.recognised is None or planned.recognised.how != "begun" or model.is_locked:
        return None
    model = waiting_for(model, "already_imported")
    choices, job_id = planned.looked.choices, planned.recognised.job_id
    return model, (PlanResume(ticket=model.ticket, choices=choices, job_id=job_id),)


def resume_planned(model: Model, event: events.ResumePlanned) -> Next | None:
    """Resume the job."""
    planned = model.planned
    if event.ticket != model.ticket or planned is None or not isinstance(model.phase, Planned | Done):
        return None
    resumed = replace(planned, plan=event.plan, recognised=None)
    return _import(model, resumed, plan=event.plan, resumes=event.job_id)


def control_job(model: Model, action: actions.ControlJob) -> Next | None:
    """Pause, resume or cancel the job; if it is still starting, as soon as it runs."""
    now = _at_work(model)
    if now is None or now.is_over:
        return None
    job = model.phase.undo_job if isinstance(model.phase, Done) else now.job
    effects = () if job is None else (RequestOfJob(job=job, what=action.what, pace=action.pace),)
    if action.what == "pace":
        return model, effects
    return _with_job(model, replace(now, requested=action.what)), effects


def _at_work(model: Model) -> JobView | None:
    """The check, the import or the undo that runs."""
    match model.phase:
        case Checking(job=job) | Importing(job=job):
            return job
        case Done(undo=undo):
            return undo
        case _:
            return None


def _with_job(model: Model, job: JobView) -> Model:
    """The model with another view of what runs."""
    if isinstance(model.phase, Done):
        return replace(model, phase=replace(model.phase, undo=job))
    assert isinstance(model.phase, Checking | Importing)  # noqa: S101 - nothing else runs
    return replace(model, phase=replace(model.phase, job=job))


def abandoned(before: Model, after: Model) -> tuple[Effect, ...]:
    """The request to cancel a check that nobody waits for any more."""
    check = before.phase.job if isinstance(before.phase, Checking) else None
    if check is None or check.job is None or check.is_over:
        return ()
    phase = after.phase
    is_wanted = isinstance(phase, Checking | Importing) and phase.job.number == check.number
    return () if is_wanted else (RequestOfJob(job=check.job, what="cancel"),)


def job_started(model: Model, event: events.JobStarted) -> Next | None:
    """Keep the handle, and pass on what was requested meanwhile."""
    now = _at_work(model)
    if now is None or now.number != event.number:
        # Only a check can be left behind, by a change of its choices.
        return model, (RequestOfJob(job=event.job, what="cancel"),)
    return _with_job(model, replace(now, job=event.job)), _requested(now, event.job)


def undo_started(model: Model, event: events.UndoStarted) -> Next | None:
    """The same of an undo."""
    done = model.phase
    if not isinstance(done, Done) or done.undo is None or done.undo.number != event.number:
        # Nobody could see it any more.
        return model, (RequestOfJob(job=event.job, what="cancel"),)
    return replace(model, phase=replace(done, undo_job=event.job)), _requested(done.undo, event.job)


def _requested(now: JobView, job: Job | UndoJob) -> tuple[Effect, ...]:
    """What was requested before there was a handle."""
    return () if now.requested is None else (RequestOfJob(job=job, what=now.requested),)


def job_moved(model: Model, event: events.JobMoved) -> Next | None:
    """Show the next snapshot; after the last one, sum up."""
    phase, now = model.phase, _at_work(model)
    if now is None or now.number != event.number:
        return None
    job = now.after(event.progress, event.rejected)
    model = _with_job(model, job)
    if not isinstance(phase, Checking | Importing) or not job.is_over or job.job is None:
        return model, ()
    if isinstance(phase, Checking) and phase.again is not None:
        again = phase.again
        return model, (SumUpAgain(number=job.number, job=job.job, whole=again.whole, rows=again.rows),)
    if isinstance(phase, Importing) and phase.brings is not None:
        return model, sum_up(phase)
    choices = phase.planned.looked.choices if isinstance(phase, Importing) else None
    return model, (SumUp(number=job.number, job=job.job, header=phase.planned.plan.source.header, choices=choices),)


def job_ended(model: Model, event: events.JobEnded) -> Next | None:
    """Show the outcome; a clean dry run is followed by the import if the user wants that."""
    phase = model.phase
    if not isinstance(phase, Checking | Importing) or phase.job.number != event.number:
        return None
    rows = event.rows.read_again(Corrections.of(phase.planned.looked.choices.options.get("corrections", {})))
    if isinstance(phase, Importing):
        return done_with(model, Done(importing=phase, report=event.report, rows=rows))
    report = event.report
    shown = None if model.outdated is None else model.outdated.rows.chosen
    shows: tuple[FindRows, ...] = ()
    if any(kind.severity == "error" and kind.name == shown for kind in rows.kinds):
        # What was clicked in the check before this one.
        rows = replace(rows, chosen=shown)
        shows = (FindRows(step="problems", rows=rows),)
    checked = Checked(planned=phase.planned, job=phase.job, report=report, whole=report, rows=rows)
    model = replace(model, phase=checked, outdated=None)
    is_clean = checked.is_ready and not report.progress.rejected
    if not is_clean and model.is_guided:
        model = model.at("problems")
    is_doubted = bool(model.questions or model.offered or model.problem) or _destroys(model)
    begun = run(model, actions.Run()) if model.settings.auto and is_clean and not is_doubted else None
    return begun or (model, shows)


def _destroys(model: Model) -> bool:
    """Whether the import replaces rows because of a choice on the page, which nobody has confirmed yet."""
    way, asked = "if_table_exists", model.settings.options
    chosen = {} if model.choices is None else model.choices.options
    return chosen.get(way) == "replace" != asked.get(way)


def rows_rechecked(model: Model, event: events.RowsRechecked) -> Next | None:
    """Show the outcome of the whole file after its corrected rows were checked again."""
    phase = model.phase
    if not isinstance(phase, Checking) or phase.job.number != event.number or phase.again is None:
        return None
    # The whole stays as it was: the next check merges all corrected rows into it again.
    checked = replace(phase.again, job=phase.job, report=event.report, rows=event.rows)
    return replace(model, phase=checked, outdated=None), ()


def job_recognised(model: Model, event: events.JobRecognised) -> Next | None:
    """Let the user decide what to do with a file that another job has imported meanwhile."""
    phase = model.phase
    if not isinstance(phase, Importing) or phase.job.number != event.number:
        return None
    planned = replace(phase.planned, recognised=event.recognised)
    return replace(model, phase=planned).at("already_imported"), ()


def job_broke(model: Model, event: events.JobBroke) -> Next | None:
    """Say that a job could not start, or that its end cannot be shown; what it wrote is in the table all the same."""
    phase = model.phase
    if not isinstance(phase, Checking | Importing) or phase.job.number != event.number:
        return None
    if isinstance(phase, Checking):
        problem = Problem(step="columns", error=event.error)
        return replace(model, phase=phase.planned, problem=problem).at("columns"), ()
    if phase.brings is not None:
        return broken(model, phase.brings, event)
    if event.report is None:
        if phase.checked is None:
            problem = Problem(step="columns", error=event.error)
            return replace(model, phase=phase.planned, problem=problem).at("columns"), ()
        # Without an import there is no step of it, so the foot says why.
        problem = Problem(step="import", error=event.error)
        return replace(model, phase=phase.checked, problem=problem).at("problems"), ()
    problem = Problem(step="result", error=event.error)
    return done_with(replace(model, problem=problem), Done(importing=phase, report=event.report, rows=None))


def _import(
    model: Model,
    planned: Planned,
    *,
    plan: Plan | None = None,
    checked: Checked | None = None,
    resumes: str | None = None,
) -> Next:
    job = JobView(number=model.ticket + 1)
    phase = Importing(planned=planned, job=job, checked=checked, resumes=resumes)
    start = StartJob(number=job.number, plan=plan or planned.corrected, is_dry_run=False)
    return replace(_starting(model), phase=phase, outdated=None).at("import"), (start,)


def _starting(model: Model) -> Model:
    """The model before a job starts; everything else that is under way becomes void."""
    return replace(model, ticket=model.ticket + 1, busy=None, later=None, problem=None)
