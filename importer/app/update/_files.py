"""Which file is imported: opened by its path, dropped, queued, or the corrected rows of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._model import Chosen, Done, Looked, Model, NoFile, Planned, Problem
from importer.app.choices import Choices, Corrects
from importer.app.effects import CompareFiles, DiscardFile, FindFile, JoinFiles, ListFiles, LookAtFile, StopDownload
from importer.app.transfer import Received
from importer.app.update._jobs import check_by_itself
from importer.app.update._next import failing, listing, waiting_for
from importer.views import say

if TYPE_CHECKING:
    from importer.app import _actions as actions
    from importer.app import _events as events
    from importer.app._events import PlanOutcome
    from importer.app.effects import Effect
    from importer.app.update._next import Next
    from importer.sources.remote import Pages

__all__ = [
    "bring_corrected",
    "complete",
    "file_comes",
    "file_found",
    "file_looked",
    "file_missing",
    "files_compared",
    "files_listed",
    "import_apart",
    "import_together",
    "look_again",
    "look_failed",
    "next_file",
    "open_file",
    "open_files",
    "planned_by",
    "receive",
    "unlock",
]


def open_file(model: Model, action: actions.Open) -> Next | None:
    """Look the path up."""
    if model.is_locked:
        return None
    return _finding(model, action.said, action.pages)


def open_files(model: Model, action: actions.OpenFiles) -> Next | None:
    """Start with the first one, or queue all of them while another file is being imported."""
    files = tuple(Received(path=path, is_upload=False) for path in dict.fromkeys(action.files))
    again = {file.path.absolute() for file in files}
    before = tuple(file for file in model.waiting if file.path.absolute() not in again)
    if model.is_locked:
        return replace(model, waiting=(*before, *files)), ()
    first, *others = files
    return _finding(replace(model, waiting=(*before, *others)), str(first.path))


def _finding(model: Model, said: str, pages: Pages | None = None) -> Next:
    """Look a path up; what was looked for before is not wanted any more."""
    return replace(model, finding=said, coming=None, stop=None, stopped=None), (FindFile(said=said, pages=pages),)


def file_found(model: Model, event: events.FileFound) -> Next | None:
    """Start with the file."""
    if event.said != model.finding or model.is_locked:
        return None
    model, effects = begin(replace(model, finding=None, coming=None, stop=None), event.choices)
    others = tuple(file for file in model.waiting if not file.is_upload)
    alike = (CompareFiles(path=event.choices.path, others=others),) if others else ()
    return model, (*effects, *alike)


def file_comes(model: Model, event: events.FileComes) -> Next | None:
    """Show how much of the file has been fetched."""
    if event.said != model.finding:
        return model, (StopDownload(stop=event.stop),)
    return replace(model, coming=event.progress, stop=event.stop), ()


def file_missing(model: Model, event: events.FileMissing) -> Next | None:
    """Say that there is no such file; the current one stays."""
    if event.said != model.finding:
        return None
    return replace(model, finding=None, coming=None, stop=None, problem=Problem(step="file", error=event.error)), ()


def unlock(model: Model, action: actions.Unlock) -> Next | None:
    """Open the file again with a password, which no model keeps."""
    if model.choices is None or not isinstance(model.phase, Chosen):
        return None
    return look_again(model, model.choices, action.password)


def complete(model: Model, action: actions.Complete) -> Next:
    """List the paths that begin with what is typed."""
    return replace(model, typed=action.typed), (ListFiles(typed=action.typed),)


def files_listed(model: Model, event: events.FilesListed) -> Next | None:
    """Offer these paths, unless the user has typed on."""
    return None if event.typed != model.typed else (replace(model, files=event.files), ())


def receive(model: Model, action: actions.Receive) -> Next:
    """Start with an upload, or queue it while another file is being imported."""
    if "file" in model.open and model.busy is None and not model.is_locked:
        return begin(model, _chosen(action.file))
    model, choices = replace(model, waiting=(*model.waiting, action.file)), model.choices
    if choices is None or not choices.is_upload or choices.corrects is not None or model.corrects is not None:
        return model, ()
    return model, (CompareFiles(path=choices.path, others=model.waiting),)


def files_compared(model: Model, event: events.FilesCompared) -> Next | None:
    """Offer to import those that share the headers of the current file with it."""
    if model.choices is None or model.choices.path != event.path or model.is_locked:
        return None
    return replace(model, together=tuple(file for file in event.alike if file in model.waiting)), ()


def import_together(model: Model, _action: actions.ImportTogether) -> Next | None:
    """Put the files into one folder, and start with that."""
    choices = model.choices
    if model.is_locked or choices is None or not model.together:
        return None
    files = (choices.path, *(file.path for file in model.together))
    waiting = tuple(file for file in model.waiting if file not in model.together)
    model = replace(model, waiting=waiting, together=())
    if not choices.is_upload:
        return begin(model, replace(choices, files=files))
    said = say("file.several", n=len(files))
    return replace(model, finding=said), (JoinFiles(said=said, files=files),)


def import_apart(model: Model, _action: actions.ImportApart) -> Next | None:
    """Leave the uploads in their queue."""
    return replace(model, together=()), ()


def next_file(model: Model, _action: actions.NextFile) -> Next | None:
    """Start with the next upload, or without a file."""
    if model.is_locked:
        return None
    if model.waiting:
        first, *others = model.waiting
        return begin(replace(model, waiting=tuple(others)), _chosen(first))
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
    corrects, before, looked = model.corrects, model.choices, model.looked
    if looked is not None and looked.taken is not None:
        before = looked.before  # The database of a plan is that of its own files.
    model, effects = _forget(model)
    chosen = choices.but(**model.settings.options) if corrects is None else choices.correcting(corrects)
    if corrects is None and before is not None and "into" in before.options:
        # The database that was chosen for one file is that of the next.
        chosen = chosen.but(into=before.into)
    model, more = look_again(model, chosen)
    return model, (*effects, *more)


def look_again(model: Model, choices: Choices, password: str | None = None) -> Next:
    """Open the file as chosen now, and show how it was opened before until then."""
    phase = Chosen(choices=choices, earlier=model.shown)
    model, effects = listing(model, choices, is_new=model.importing is not None)
    model = replace(waiting_for(model, "preview"), phase=phase, outdated=model.last_check)
    return model, (_look(model, choices, password), *effects)


def _look(model: Model, choices: Choices, password: str | None) -> LookAtFile:
    settings = model.settings
    return LookAtFile(
        ticket=model.ticket,
        choices=choices,
        plans=settings.plans,
        given=frozenset(settings.options),
        password=password,
    )


def file_looked(model: Model, event: events.FileLooked) -> Next | None:
    """Show the file, and the plan as far as it is made; a file that was imported before asks for a decision first."""
    if event.ticket != model.ticket or not isinstance(model.phase, Chosen):
        return None
    looked = Looked(
        choices=model.phase.choices,
        look=event.look,
        memory=event.memory,
        damaged=event.damaged,
        plans=event.plans,
        taken=model.phase.taken,
        before=model.phase.before,
    )
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


def _chosen(file: Received) -> Choices:
    said = file.name if file.is_upload else str(file.path)
    return Choices(path=file.path, said=said, is_upload=file.is_upload)


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
