"""What is shown, and files that the browser fetches."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from importer.app import _actions as actions
from importer.app._model import Done
from importer.app.effects import OfferRows, StopDownload
from importer.app.update._next import failing, waiting_for
from importer.views import say

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._model import Model
    from importer.app.effects import Effect
    from importer.app.update._next import Next

__all__ = [
    "download",
    "effect_done",
    "effect_failed",
    "redraw",
    "set_alert",
    "show_history",
    "show_step",
    "show_steps",
    "stop_download",
    "toggle",
    "unwanted",
]


def toggle(model: Model, action: actions.Toggle) -> Next | None:
    """Expand or collapse a step."""
    return (
        (replace(model, open=model.open ^ {action.step}, is_guided=False), ()) if action.step in actions.STEPS else None
    )


def show_step(model: Model, action: actions.ShowStep) -> Next:
    """Expand a step, and take the user to it."""
    return replace(model, open=model.open | {action.step}, hand=action.step), ()


def set_alert(model: Model, action: actions.Alert) -> Next:
    """Signal the end of a long import, or not."""
    alerts = model.alerts | {action.way} if action.is_on else model.alerts - {action.way}
    return replace(model, alerts=alerts), ()


def show_history(model: Model, action: actions.ShowHistory) -> Next:
    """Show the history."""
    return replace(model, history=action.job_id), ()


def show_steps(model: Model, _action: actions.ShowSteps) -> Next:
    """Show the steps."""
    return replace(model, history=None), ()


def redraw(model: Model, _action: actions.Redraw) -> Next:
    """Change nothing, so that everything is drawn again."""
    return model, ()


def download(model: Model, action: actions.Download) -> Next | None:
    """Write the rejected rows for a browser."""
    if not isinstance(model.phase, Done) or not model.phase.report.progress.rejected:
        return None
    report, stop = model.phase.report, Event()
    model = replace(waiting_for(model, "result"), stop=stop, stopped=None)
    offer = OfferRows(ticket=model.ticket, kind=action.kind, view=action.view, report=report, stop=stop)
    return model, (offer,)


def stop_download(model: Model, _action: actions.Stop) -> Next | None:
    """End the download, and say so; a browser may have ended its own."""
    if model.coming is not None:
        said = say("file.stopped", name=model.coming.label.partition(" ")[2])
        return replace(model, finding=None, coming=None, stop=None, stopped=("file", said)), ()
    if not isinstance(model.phase, Done):
        return None
    if model.stop is not None:
        # What it still does is void.
        model = replace(model, ticket=model.ticket + 1, busy=None, stop=None)
    return replace(model, stopped=("result", say("result.stopped"))), ()


def unwanted(before: Model, after: Model) -> tuple[Effect, ...]:
    """The request to end a download that nobody waits for any more."""
    return () if before.stop is None or before.stop is after.stop else (StopDownload(stop=before.stop),)


def effect_done(model: Model, event: events.EffectDone) -> Next | None:
    """Nothing is under way any more."""
    return (replace(model, busy=None, stop=None), ()) if event.ticket == model.ticket else None


def effect_failed(model: Model, event: events.EffectFailed) -> Next | None:
    """Say why a step could not be done."""
    if event.ticket not in (0, model.ticket):
        return None
    model = replace(model, stop=None)
    if isinstance(model.phase, Done):
        model = replace(model, phase=replace(model.phase, undo=None, undo_job=None))
    return failing(model, event.step, event.error), ()
