"""Which file is imported: opened by its path, dropped, queued, or the corrected rows of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._model import Chosen, Done, Looked, Model, NoFile, Planned, Problem
from importer.app.choices import Choices, Corrects
from importer.app.effects import DiscardFile, FindFile, ListFiles, LookAtFile
from importer.app.update._jobs import check_by_itself
from importer.app.update._next import failing, listing, waiting_for

if TYPE_CHECKING:
    from importer.app import _actions as actions
    from importer.app import _events as events
    from importer.app._events import PlanOutcome
    from importer.app.effects import Effect
    from importer.app.transfer import Received
    from importer.app.update._next import Next

__all__ = [
    "bring_corrected",
    "complete",
    "file_found",
    "file_looked",
    "file_missing",
    "files_listed",
    "look_again",
    "look_failed",
    "next_file",
    "open_file",
    "planned_by",
    "receive",
]


def open_file(model: Model, action: actions.Open) -> Next | None:
    """Look the path up."""
    if model.is_locked:
        return None
    return replace(model, finding=action.said), (FindFile(said=action.said),)


def file_found(model: Model, event: events.FileFound) -> Next | None:
    """Start with the file."""
    if event.said != model.finding or model.is_locked:
        return None
    return begin(replace(model, finding=None), event.choices)


def file_missing(model: Model, event: events.FileMissing) -> Next | None:
    """Say that there is no such file; the current one stays."""
    if event.said != model.finding:
        return None
    return replace(model, finding=None, problem=Problem(step="file", error=event.error)), ()


def complete(model: Model, action: actions.Complete) -> Next:
    """List the paths that begin with what is typed."""
    return replace(model, typed=action.typed), (ListFiles(typed=action.typed),)


def files_listed(model: Model, event: events.FilesListed) -> Next | None:
    """Offer these paths, unless the user has typed on."""
    return None if event.typed != model.typed else (replace(model, files=event.files), ())


def receive(model: Model, action: actions.Receive) -> Next:
    """Start with an upload, or queue it while another file is being imported."""
    if "file" in model.open and model.busy is None and not model.is_locked:
        return begin(model, _upload(action.file))
    return replace(model, waiting=(*model.waiting, action.file)), ()


def next_file(model: Model, _action: actions.NextFile) -> Next | None:
    """Start with the next upload, or without a file."""
    if model.is_locked:
        return None
    if model.waiting:
        first, *others = model.waiting
        return begin(replace(model, waiting=tuple(others)), _upload(first))
    model, effects = _forget(model)
    return replace(model, typed=""), (*effects, ListFiles(typed=""))


def bring_corrected(model: Model, _action: actions.BringCorrected) -> Next | None:
    """Take the next file for the rejected rows of this import; corrections of corrections go back to the first one."""
    if not isinstance(model.phase, Done):
        return None
    planned = model.phase.importing.planned
    looked = planned.looked
    corrects = looked.choices.corrects or Corrects(
        plan=planned.corrected,
        choices=looked.choices,
        inference=looked.draft.inference,
        target=looked.draft.target,
    )
    return replace(model.at("file"), corrects=corrects, open=frozenset({"file", "result"})), ()


def begin(model: Model, choices: Choices) -> Next:
    """Start with a file, as the corrected rows of the last one if the user asked for that."""
    corrects, before = model.corrects, model.choices
    model, effects = _forget(model)
    chosen = choices.but(**model.settings.options) if corrects is None else choices.correcting(corrects)
    if corrects is None and before is not None and "into" in before.options:
        # The database that was chosen for one file is that of the next.
        chosen = chosen.but(into=before.into)
    model, more = look_again(model, chosen)
    return model, (*effects, *more)


def look_again(model: Model, choices: Choices) -> Next:
    """Open the file as chosen now, and show how it was opened before until then."""
    phase = Chosen(choices=choices, earlier=model.shown)
    model, effects = listing(model, choices, is_new=model.importing is not None)
    model = replace(waiting_for(model, "preview"), phase=phase, outdated=model.last_check)
    return model, (LookAtFile(ticket=model.ticket, choices=choices), *effects)


def file_looked(model: Model, event: events.FileLooked) -> Next | None:
    """Show the file, and the plan as far as it is made; a file that was imported before asks for a decision first."""
    if event.ticket != model.ticket or not isinstance(model.phase, Chosen):
        return None
    looked = Looked(choices=model.phase.choices, look=event.look, memory=event.memory, damaged=event.damaged)
    return planned_by(model.guided_to("preview"), looked, event.outcome)


def look_failed(model: Model, event: events.LookFailed) -> Next | None:
    """Say why the file cannot be opened."""
    if event.ticket != model.ticket or not isinstance(model.phase, Chosen):
        return None
    phase = replace(model.phase, earlier=None)
    model = failing(replace(model, phase=phase, outdated=None), "preview", event.error)
    return replace(model, problem=Problem(step="preview", error=event.error, sheets=event.sheets)), ()


def planned_by(model: Model, looked: Looked, outcome: PlanOutcome) -> Next:
    """The model with the plan, which is checked if that does not take long, or with the reason why there is none."""
    looked = replace(looked, draft=outcome.draft or looked.draft, earlier=None)
    if outcome.plan is None or model.place is not None:
        model = replace(model, busy=None, later=None, phase=looked, outdated=None)
        if outcome.error is None or model.place is not None:
            return model, ()
        return failing(model, "columns", outcome.error), ()
    planned = Planned(
        looked=looked, plan=outcome.plan, is_row_by_row=outcome.is_row_by_row, recognised=outcome.recognised
    )
    model = replace(model, busy=None, phase=planned)
    return check_by_itself(model if outcome.recognised is None else model.at("already_imported"))


def _upload(file: Received) -> Choices:
    return Choices(path=file.path, said=file.name, is_upload=True)


def _forget(model: Model) -> Next:
    """The model without a file; an upload is deleted."""
    old = model.choices
    effects: tuple[Effect, ...] = () if old is None or not old.is_upload else (DiscardFile(path=old.path),)
    fresh = Model(
        phase=NoFile(),
        settings=model.settings,
        files=model.files,
        typed=model.typed,
        waiting=model.waiting,
        alerts=model.alerts,
        ticket=model.ticket + 1,
        history=model.history,
    )
    return fresh, effects
