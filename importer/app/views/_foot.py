"""The foot, which stays in sight: what happens next in one sentence, and the button that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from importer.app._actions import STEPS
from importer.app._messages import sentence_of, worded
from importer.app._model import Checked, Checking, Chosen, Done, Importing, Looked, NoFile, Planned
from importer.app.views._code import import_code, model_code
from importer.app.views._controls import button, copied
from importer.app.views._take_out import offer_keys
from importer.app.views._target import losses, said_of
from importer.core import State, next_pace
from importer.sinks import label_of
from importer.views import draw_bar, pace_word, remaining, rounded, rows, say, summary, word
from importer.views.html import Html, escape, note, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.app._job_view import JobView
    from importer.app._model import Model, Phase, Problem
    from importer.core import Control, Progress

__all__ = ["draw"]


class Foot(NamedTuple):
    """What the foot shows: a sentence, buttons, Python that does the same, and the bar of a job or of a download."""

    said: str
    keys: tuple[Html, ...] = ()
    code: str | None = None
    job: JobView | None = None
    progress: Progress | None = None


def draw(model: Model) -> Html:
    """The foot; empty before a file is chosen."""
    found = _foot(model)
    if found is None:
        return Html("")
    now = found.progress if found.job is None else found.job.progress
    lost = losses(model) if isinstance(model.phase, Planned | Checked) else None
    red = "" if lost is None else note(lost, "bad")
    bar = "" if now is None else draw_bar(now, "busy", label=say("foot.progress"))
    # The panel of a job speaks for itself, and not ten times a second.
    live = "" if found.job is not None else ' role="status"'
    return Html(
        f'<section class="im-next" aria-label="{escape(say("foot.label"))}">{bar}{red}'
        f'<div class="im-do"><p class="im-said"{live}>{escape(found.said)}</p>'
        f'<span class="im-keys">{"".join(found.keys)}</span>{copied(found.code)}</div></section>'
    )


def _foot(model: Model) -> Foot | None:
    if model.coming is not None:
        return _fetching(model.coming)
    if model.problem is not None and model.problem.step in STEPS and not isinstance(model.phase, Done):
        return _stuck(model, model.problem)
    return FEET[type(model.phase)](model, model.phase)


def _fetching(now: Progress) -> Foot:
    """A file that is on its way from elsewhere."""
    done = rows(now) if now.state is not State.WAITING else worded(now.error or "")
    said = say("foot.fetching", name=now.label.partition(" ")[2], done=done)
    return Foot(said, (button("stop", say("job.cancel")),), progress=now)


def _stuck(model: Model, problem: Problem) -> Foot:
    """What is in the way, and where."""
    said, step = said_of(model, problem), problem.step
    if step == "import":
        again = button("run", say("app.try_again"), is_main=True, off=model.busy is not None)
        return Foot(said, (again,), import_code(model))
    show = button("show", say("foot.show", step=say(f"{step}.title")), value=step, is_main=True)
    return Foot(said, (show,), model_code(model, "plan.preview()"))


def _planning(model: Model) -> Foot:
    """Where there is no plan yet, or no database to plan for."""
    if model.place is None:
        return Foot(say("foot.planning"), code=model_code(model, "plan.preview()"))
    show = button("show", say("foot.show", step=say("columns.title")), value="columns", is_main=True)
    return Foot(say("foot.no_database"), (show,))


def _unchecked(model: Model, planned: Planned) -> Foot:
    """A file that is not new, or too large to be checked without a click."""
    if planned.recognised is not None:
        return Foot(say("foot.known"))
    preview = planned.looked.draft.preview
    expected = None if preview is None else preview.rows_expected
    count = (
        say("foot.some_rows") if expected is None else say("preview.roughly") + say("count.rows", n=rounded(expected))
    )
    check = button("check", say("foot.check"), is_main=True, off=model.busy is not None)
    return Foot(_into(planned, count), (check,), model_code(model, "plan.check()"))


def _checked(model: Model, checked: Checked) -> Foot:
    """What the import will do; after a correction, that it has to be checked."""
    now, planned = checked.report.progress, checked.planned
    if now.state is not State.SUCCEEDED:
        said = say("problems.not_done", summary=summary(now))
        return Foot(said, (button("check", say("foot.check_again"), is_main=True),), model_code(model, "plan.check()"))
    if checked.is_stale:
        rows = checked.rows.corrected_rows
        said = say("problems.whole") if not planned.is_row_by_row else say("foot.corrected", n=rows)
        check = button("check", say("problems.again", rows=rows), is_main=True)
        return Foot(said, (check,), model_code(model, "plan.check()"))
    count = now.created + now.updated
    run = button("run", say("foot.run", n=count) if count else say("foot.finish"), is_main=True)
    return Foot(" · ".join(_effect(checked, now)), (*_questions(model, planned), run), import_code(model))


def _effect(checked: Checked, now: Progress) -> Iterator[str]:
    """What the import does to the table, and what stays as it is."""
    count, table = now.created + now.updated, checked.report.table
    if now.unchanged and now.unchanged == now.rows_read:
        yield say("foot.all_there", n=now.unchanged, table=table)
        return
    yield _into(checked.planned, say("count.rows", n=count)) if count else say("foot.nothing", table=table)
    split = [("new", now.created), ("changed", now.updated)] if now.created and now.updated else []
    for name, n in (*split, ("unchanged", now.unchanged), ("refused", now.rejected)):
        if n:
            yield say(f"foot.{name}", count=number(n))


def _questions(model: Model, planned: Planned) -> Iterator[Html]:
    """The way to what nobody has answered yet."""
    questions, looked = model.questions, planned.looked
    remembers = looked.memory is not None and looked.before is None
    offers = bool(model.offered)
    if not questions and not remembers and not offers:
        return
    preview = looked.draft.preview
    is_seen = preview is not None and any(one in preview.notes for one in questions)
    place = "preview" if is_seen or offers else "problems" if questions else "columns"
    yield button("show", say("foot.questions", n=len(questions) + (remembers or offers)), value=place)


def _into(planned: Planned, count: str) -> str:
    """How many rows go where."""
    choices, target = planned.looked.choices, planned.looked.draft.target
    is_new = target is not None and not target.exists
    key = "foot.corrected_into" if choices.corrects is not None else "foot.into_new" if is_new else "foot.into"
    return say(key, rows=count, table=choices.table, into=label_of(choices.into))


def _working(model: Model, phase: Checking | Importing) -> Foot:
    """A job that runs."""
    is_import = isinstance(phase, Importing)
    keys = _controls(phase.job, *(("pause", "cancel") if is_import else ("cancel",)))
    code = import_code(model) if is_import else model_code(model, "plan.check()")
    return Foot(_moving(phase.job), keys, code, phase.job)


def _moving(job: JobView) -> str:
    """How far a job is."""
    now = job.progress
    if now is None:
        return say("foot.starting")
    left = remaining(job.window) if now.state is State.RUNNING else None
    return " · ".join(filter(None, [word(now.state, now.kind), rows(now), left]))


def _controls(job: JobView, *controls: Control) -> tuple[Html, ...]:
    """Buttons that pause, resume or cancel the job."""
    is_paused = job.progress is not None and job.progress.state is State.PAUSED
    names = ["resume" if name == "pause" and is_paused else name for name in controls]
    keys = tuple(
        button(name, say(f"job.{name}"), off=job.is_over or job.requested in (name, "cancel")) for name in names
    )
    if job.progress is None or job.progress.kind != "import":
        return keys
    pace = job.progress.pace
    return (button("pace", pace_word(pace), value=next_pace(pace), off=job.is_over), *keys)


def _done(model: Model, done: Done) -> Foot:
    """What was done, and the way on."""
    if done.undo is not None:
        is_counting = done.undo.progress is None
        # Nothing is changed while it is counted, so there is nothing to pause.
        keys = _controls(done.undo, *(("cancel",) if is_counting else ("pause", "cancel")))
        said = say("foot.counting") if is_counting else _moving(done.undo)
        return Foot(said, keys, import_code(model, "importer.undo(report)"), done.undo)
    now, problem = done.report.progress, model.problem
    figures = [
        ("created", now.created),
        ("updated", now.updated),
        ("unchanged", now.unchanged),
        ("refused", now.rejected),
    ]
    counts = [say(f"foot.{name}", count=number(n)) for name, n in figures if n]
    said = " · ".join([summary(now), *counts])
    if problem is not None:
        said = sentence_of(problem.error)
    elif done.is_failed and now.error is not None:
        said = say("foot.failed", summary=summary(now), why=worded(now.error))
    lines = ['report.rejects_to("refused.xlsx")'] if now.rejected else []
    if done.offer is not None:
        said = said if problem is not None else done.offer.sentence
        lines = ["importer.undo(report)"]
    if done.offer is not None and done.offer.is_open:
        return Foot(said, tuple(offer_keys(done.offer, is_anew=done.anew is not None)), import_code(model, *lines))
    label = say("result.next", name=model.waiting[0].name) if model.waiting else say("result.again")
    return Foot(said, tuple(_on(model, done, label)), import_code(model, *lines))


def _on(model: Model, done: Done, label: str) -> Iterator[Html]:
    """The ways on: to the next file, and to what is left of this one."""
    is_left = done.is_unfinished or done.is_failed
    yield button("again", label, is_main=not is_left)
    off = model.busy is not None
    if is_left and model.problem is not None:
        # The job cannot be resumed, so the file is imported from its first row.
        yield button("afresh", say("already_imported.anew"), off=off)
    if is_left:
        yield button("go_on", say("app.try_again" if done.is_failed else "foot.go_on"), is_main=True, off=off)
    if done.report.can_undo and done.offer is None:
        yield button("take_out", say("take_out.take_out"), off=off)


FEET: dict[type[Phase], Callable[[Model, Any], Foot | None]] = {
    NoFile: lambda _model, _phase: None,
    Chosen: lambda _model, chosen: Foot(say("foot.opening", name=chosen.choices.name)),
    Looked: lambda model, _phase: _planning(model),
    Planned: _unchecked,
    Checking: _working,
    Checked: _checked,
    Importing: _working,
    Done: _done,
}
"""The foot of each phase."""
