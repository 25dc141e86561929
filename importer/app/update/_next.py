"""What the handlers of actions and events have in common."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._model import Problem, Tables
from importer.app.effects import Effect, ListTables

if TYPE_CHECKING:
    from importer.app._actions import Action
    from importer.app._model import Model
    from importer.app.choices import Choices

__all__ = ["Next", "failing", "listing", "waiting_for"]

Next = tuple["Model", tuple[Effect, ...]]
"""The next model, and what is to be done."""


def waiting_for(model: Model, step: str, *, later: Action | None = None) -> Model:
    """The model with a new ticket for an effect of this step, then with `later`; earlier effects become void."""
    return replace(model, ticket=model.ticket + 1, busy=step, problem=None, later=later)


def failing(model: Model, step: str, error: Exception) -> Model:
    """The model with a problem at a step, which is open and in hand, and nothing under way."""
    model = replace(model, busy=None, later=None, problem=Problem(step=step, error=error))
    return replace(model, hand=step, open=model.open | {step})


def listing(model: Model, choices: Choices, *, is_new: bool = False) -> Next:
    """The model that asks for the tables of the database, unless they are known and nothing is new."""
    into = os.fspath(choices.into) if isinstance(choices.into, str | os.PathLike) else None
    if into is None:
        return replace(model, tables=None), ()
    if model.tables is not None and model.tables.into == into and not is_new:
        return model, ()
    return replace(model, tables=Tables(into=into)), (ListTables(into=into),)
