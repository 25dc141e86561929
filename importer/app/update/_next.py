"""What the handlers of actions and events have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._model import Problem
from importer.app.effects import Effect

if TYPE_CHECKING:
    from importer.app._actions import Action
    from importer.app._model import Model

__all__ = ["Next", "failing", "waiting_for"]

Next = tuple["Model", tuple[Effect, ...]]
"""The next model, and what is to be done."""


def waiting_for(model: Model, step: str, *, later: Action | None = None) -> Model:
    """The model with a new ticket for an effect of this step, then with `later`; earlier effects become void."""
    return replace(model, ticket=model.ticket + 1, busy=step, problem=None, later=later)


def failing(model: Model, step: str, error: Exception) -> Model:
    """The model with a problem at a step, which is open and in hand, and nothing under way."""
    model = replace(model, busy=None, later=None, problem=Problem(step=step, error=error))
    return replace(model, hand=step, open=model.open | {step})
