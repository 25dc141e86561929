"""Where the rows go: the form of the database, and the list of its tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app import _actions as actions
from importer.app._model import Draft, Tables
from importer.app.choices import FILES, Place
from importer.app.effects import ListDatabases
from importer.app.update._choosing import choose, plan_again

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._model import Looked, Model
    from importer.app.update._next import Next

__all__ = ["complete_database", "databases_listed", "new_table", "set_place", "tables_listed"]


def set_place(model: Model, action: actions.SetPlace) -> Next | None:
    """Fill in a field; once the form names a database, plan the import into it."""
    choices, looked = model.choices, model.looked
    if choices is None or model.is_locked:
        return None
    own = Place.of(choices.into)
    if action.name != "kind":
        place = (model.place or own).but(action.name, action.value)
    else:
        place = own if own.kind == action.value else Place(kind=action.value)
    model = replace(model, databases=(), typed_database=None)
    if place.into is None:
        return _without_database(model, looked, place), ()
    model = replace(model, place=None)
    if looked is None:
        return choose(model, actions.Choose(options={"into": place.into}))
    return plan_again(model, replace(looked, choices=choices.but(into=place.into, **actions.ABOUT_COLUMNS)))


def _without_database(model: Model, looked: Looked | None, place: Place) -> Model:
    """The model with a form that names no database; every plan for the earlier one is void."""
    if looked is None:
        return replace(model, place=place)
    phase = replace(looked, draft=Draft(preview=looked.draft.preview), earlier=None)
    ticket = model.ticket + 1
    return replace(model, place=place, phase=phase, ticket=ticket, busy=None, later=None, problem=None, outdated=None)


def new_table(model: Model, _action: actions.NewTable) -> Next | None:
    """Import into a new table, whose name no table has."""
    choices = model.choices
    if choices is None:
        return None
    found = () if model.tables is None else model.tables.found or ()
    taken = {one.name.casefold() for one in found}
    name, count = choices.usual_table, 1
    free = name
    while free.casefold() in taken:
        count += 1
        free = f"{name}_{count}"
    return choose(model, actions.Choose(options={"table": free, "mapping": None}))


def tables_listed(model: Model, event: events.TablesListed) -> Next | None:
    """Offer the tables, unless another database was chosen meanwhile."""
    if model.tables is None or model.tables.into != event.into:
        return None
    return replace(model, tables=Tables(into=event.into, found=event.tables)), ()


def complete_database(model: Model, action: actions.CompleteDatabase) -> Next | None:
    """List the database files whose paths begin with what is typed."""
    choices = model.choices
    if choices is None:
        return None
    kind = (model.place or Place.of(choices.into)).kind
    if kind not in FILES:
        return None
    return replace(model, typed_database=action.typed), (ListDatabases(typed=action.typed, kind=kind),)


def databases_listed(model: Model, event: events.DatabasesListed) -> Next | None:
    """Offer these paths, unless the user has typed on."""
    return None if event.typed != model.typed_database else (replace(model, databases=event.files), ())
