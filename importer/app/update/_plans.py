"""Saved plans: one is applied, taken back, or made from what was chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._model import Chosen, Done
from importer.app.choices import OPENING
from importer.app.effects import SavePlanFile
from importer.app.update._choosing import plan_again
from importer.app.update._files import look_again
from importer.app.update._next import waiting_for

if TYPE_CHECKING:
    from importer.app import _actions as actions
    from importer.app import _events as events
    from importer.app._model import Looked, Model
    from importer.app.choices import Choices, PlanOffer
    from importer.app.update._next import Next

__all__ = ["plan_saved", "save_plan", "use_plan"]


def use_plan(model: Model, action: actions.UsePlan) -> Next | None:
    """Apply a plan; without a path take it back, or offer no more."""
    looked = model.looked
    if looked is None or model.is_locked or isinstance(model.phase, Done):
        return None
    if action.path:
        offer = next((one for one in model.offered if str(one.path) == action.path), None)
        return None if offer is None else _with(model, looked, offer.memory.on(looked.choices), taken=offer)
    if looked.taken is not None and looked.before is not None:
        return _with(model, looked, looked.before, taken=None)
    return (replace(model, declines_plans=True), ()) if model.offered else None


def _with(model: Model, looked: Looked, choices: Choices, *, taken: PlanOffer | None) -> Next:
    """The model with a plan or without; the file is opened anew if it has to be."""
    model, before = replace(model, place=None), None if taken is None else looked.choices
    old, new = looked.choices.options, choices.options
    if all(old.get(name) == new.get(name) for name in OPENING):
        return plan_again(model, replace(looked, choices=choices, before=before, taken=taken))
    model, effects = look_again(model, choices)
    if isinstance(model.phase, Chosen):
        model = replace(model, phase=replace(model.phase, taken=taken, before=before))
    return model, effects


def save_plan(model: Model, _action: actions.SavePlan) -> Next | None:
    """Save how this file was imported."""
    done = model.phase
    if not isinstance(done, Done) or not done.can_save_plan or model.busy is not None:
        return None
    planned, model = done.importing.planned, waiting_for(model, "result")
    return model, (
        SavePlanFile(
            ticket=model.ticket, plans=model.settings.plans, choices=planned.looked.choices, plan=planned.plan
        ),
    )


def plan_saved(model: Model, event: events.PlanSaved) -> Next | None:
    """Say where it is."""
    if event.ticket != model.ticket or not isinstance(model.phase, Done):
        return None
    return replace(model, busy=None, phase=replace(model.phase, saved=event.path)), ()
