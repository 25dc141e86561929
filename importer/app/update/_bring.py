"""The result: the table, and refused rows that are corrected and imported there."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app import _actions as app_actions
from importer.app._model import Done, Importing, JobView, Problem
from importer.app.choices import answers_of, asked_of
from importer.app.effects import BringRows, ReadTable, SumUpBrought, TakeItOut
from importer.app.update._next import waiting_for
from importer.errors import Note

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app import _grid_actions as actions
    from importer.app._model import Model
    from importer.app.update._next import Next

__all__ = [
    "answer_anew",
    "bring_rows",
    "broken",
    "done_with",
    "rows_brought",
    "sum_up",
    "table_read",
    "take_out",
    "taken_out",
]


def done_with(model: Model, done: Done) -> Next:
    """Show the result, and read the table unless it is as it was; a sink of the user's own may have none."""
    model, into = replace(model, phase=done).at("result"), done.importing.planned.looked.choices.into
    is_as_it_was = done.is_failed and not done.is_unfinished
    if is_as_it_was or not isinstance(into, str | os.PathLike):
        return model, ()
    return model, (ReadTable(into=into, report=done.report),)


def table_read(model: Model, event: events.TableRead) -> Next | None:
    """Show the table."""
    done = model.phase
    if not isinstance(done, Done) or done.report is not event.report:
        return None
    return replace(model, phase=replace(done, table=event.seen)), ()


def take_out(model: Model, action: app_actions.TakeOut) -> Next | None:
    """Count what taking the import out again would do, do it once that was said, or leave it in."""
    done = model.phase
    if not isinstance(done, Done) or not done.report.can_undo or model.busy is not None:
        return None
    is_asked = done.offer is not None and done.offer.is_open
    if is_asked is (action.what == "take_out"):
        return None
    if action.what == "take_out_not":
        return replace(model, phase=replace(done, offer=None, anew=None)), ()
    model, jobs = waiting_for(model, "result"), (done.report.progress.job_id, *done.brought)
    into = done.importing.planned.looked.choices.into
    if action.what == "take_out_now":
        model = replace(model, phase=replace(done, undo=JobView(number=model.ticket)))
    return model, (TakeItOut(ticket=model.ticket, jobs=jobs, what=action.what, into=into),)


def answer_anew(model: Model, action: app_actions.AnswerAnew) -> Next | None:
    """Import the file again with an answer; what can be taken out is taken out first, once that was said."""
    done = model.phase
    if not isinstance(done, Done) or model.busy is not None or not _is_offered(model, action.answer):
        return None
    if not done.report.can_undo or done.is_taken_out:
        return replace(model.at("preview"), later=action.answer), ()
    fresh = replace(model, phase=replace(done, offer=None, anew=action.answer))
    return take_out(fresh, app_actions.TakeOut(what="take_out"))


def _is_offered(model: Model, answer: app_actions.Answer) -> bool:
    """Whether the answer is one of those to a question that is shown; nothing is taken out for any other."""
    asked = (each for each in model.notes if isinstance(each, Note) and asked_of(each) == answer.asked)
    return any(fix.as_python() == answer.given for each in asked for fix in answers_of(each))


def taken_out(model: Model, event: events.TakenOut) -> Next | None:
    """Say what it would do, or what it did, after which the table is another one."""
    done = model.phase
    if not isinstance(done, Done) or event.ticket != model.ticket:
        return None
    offer, model, done = event.offer, replace(model, busy=None), replace(done, undo=None, undo_job=None)
    if offer is None or offer.is_open:
        return replace(model, phase=replace(done, offer=offer)), ()
    anew, done = done.anew, replace(done, offer=offer, anew=None)
    if offer.is_done and anew is not None:
        model, effects = done_with(model, replace(done, table=None))
        return replace(model.at("preview"), later=anew), effects
    return done_with(model, replace(done, table=None))


def bring_rows(model: Model, action: actions.BringRows) -> Next | None:
    """Import the corrected rows that have no problem any more, each of them once."""
    done = model.phase
    rows = done.correctable if isinstance(done, Done) else None
    if not isinstance(done, Done) or rows is None:
        return None
    if model.busy is not None or rows.unchecked:
        return replace(model, later=action), ()
    if not rows.good:
        return None
    job = JobView(number=model.ticket + 1)
    phase = replace(done.importing, job=job, resumes=None, brings=done)
    model = replace(model, ticket=job.number, later=None, problem=None, phase=phase).at("import")
    return model, (BringRows(number=job.number, plan=done.importing.planned.plan, rows=rows),)


def sum_up(phase: Importing) -> tuple[SumUpBrought, ...]:
    """What follows the last snapshot of the job."""
    done, job = phase.brings, phase.job.job
    if done is None or done.rows is None or job is None:
        return ()
    return (SumUpBrought(number=phase.job.number, job=job, whole=done.report, rows=done.rows),)


def rows_brought(model: Model, event: events.RowsBrought) -> Next | None:
    """Show the result of the whole file; its code corrects the rows before it imports them."""
    phase = model.phase
    if not isinstance(phase, Importing) or phase.brings is None or phase.job.number != event.number:
        return None
    importing = phase.brings.importing
    looked = importing.planned.looked
    corrections = {**looked.choices.options.get("corrections", {}), **event.cells}
    looked = replace(looked, choices=looked.choices.corrected(corrections))
    importing = replace(importing, planned=replace(importing.planned, looked=looked))
    problem = None if event.error is None else Problem(step="result", error=event.error)
    brought = (*phase.brings.brought, *([] if event.job_id is None else [event.job_id]))
    done = Done(importing=importing, report=event.report, rows=event.rows, brought=brought)
    return done_with(replace(model, problem=problem), done)


def broken(model: Model, done: Done, event: events.JobBroke) -> Next:
    """Say why the rows could not be imported; if they may be in the table, none can be imported again."""
    problem = Problem(step="result", error=event.error)
    done = done if event.report is None else replace(done, rows=None)
    return replace(model, phase=done, problem=problem).at("result"), ()
