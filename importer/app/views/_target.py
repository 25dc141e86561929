"""Where the rows go: the form of the database, its tables, and what happens to the rows that are there."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from importer.app._messages import sentence_of
from importer.app.choices import FILES, PLACES, Place
from importer.app.views._controls import Option, button, fields, secret, select, text
from importer.core import OPTIONS
from importer.schema import tidied
from importer.sinks import label_of
from importer.views import catalogue, rounded, say
from importer.views.html import Html, exact, note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.app._model import Model, Problem
    from importer.app.choices import Choices, Target
    from importer.sinks import Listed

__all__ = ["draw_target", "losses", "said_of", "tells_problem"]

SHOWN = {
    "sqlite": ("file",),
    "duckdb": ("file",),
    "postgresql": ("host", "port", "database", "user", "password"),
    "url": ("url",),
    "own": (),
}
"""The fields of each kind of database."""

MOST = 2_000
"""Tables in the list."""

NAMED = 5
"""Columns that a sentence names."""

ENOUGH = 0.5
"""Share of the headers that a table has if it is offered."""


def draw_target(model: Model, choices: Choices, target: Target | None) -> Html:
    """The database, the table, and what happens to the rows that are in it."""
    place = model.place or Place.of(choices.into)
    parts = [fields(*_database(model, choices, place))]
    if model.place is None:
        table = _listed(model, choices)
        parts += [fields(*_table(model, choices, target, table)), *_offer(model, choices)]
        lost = losses(model)
        if lost is not None:
            parts.append(note(lost, "bad"))
        elif _is_undecided(choices, target):
            parts.append(note(say("columns.exists_hint"), "warn"))
    return Html(f'<div class="im-target">{"".join(parts)}</div>')


def losses(model: Model) -> str | None:
    """What the import would destroy, with numbers; None if nothing.

    It is a sentence such as "Replaces 298 rows in kunden.", to be said in red wherever the import can be started.
    """
    choices, looked = model.choices, model.looked
    if choices is None or looked is None or choices.options.get("if_table_exists") != "replace":
        return None
    listed, target = _listed(model, choices), looked.draft.target
    if listed is None and (target is None or not target.exists):
        return None
    if listed is not None and listed.rows == 0 and listed.is_exact:
        return None
    rows = say("target.all_rows") if listed is None or listed.rows is None else _rows(listed)
    lost = say("target.replaces", rows=rows, table=choices.table)
    if listed is None or target is None:
        return lost
    filled = {found.column.casefold() for found in target.matches if found.label is not None}
    empty = [name for name in listed.columns if name.casefold() not in filled]
    if not empty:
        return lost
    names = ", ".join(empty[:NAMED]) + (", …" if empty[NAMED:] else "")
    return f"{lost} {say('target.empties', n=len(empty), columns=len(listed.columns), names=names)}"


def tells_problem(model: Model) -> bool:
    """Whether the form says what is wrong, at the field that it concerns."""
    problem, choices = model.problem, model.choices
    if problem is None or choices is None or problem.step != "columns" or model.place is not None:
        return False
    place = Place.of(choices.into)
    return place.at(problem.error) in SHOWN[place.kind]


def said_of(model: Model, problem: Problem) -> str:
    """What is wrong, as the form says it at a field, or else as the error does."""
    choices = model.choices
    if choices is None or not tells_problem(model):
        return sentence_of(problem.error)
    return _wrong(Place.of(choices.into), problem)


def _database(model: Model, choices: Choices, place: Place) -> Iterator[Html]:
    """The kind of the database, and its fields."""
    kinds = [Option(value=kind, text=say(f"target.{kind}")) for kind in PLACES]
    if place.kind == "own":
        kinds.insert(0, Option(value="own", text=label_of(choices.into)))
    yield select("place", say("target.kind"), kinds, place.kind, of="kind")
    wrong = model.problem if tells_problem(model) else None
    at = None if wrong is None else place.at(wrong.error)
    for name in SHOWN[place.kind]:
        drawn = _password(place) if name == "password" else _field(model, place, name)
        if wrong is None or name != at:
            yield drawn
            continue
        again = button("look_again", say("app.try_again")) if wrong.may_pass else ""
        said = note(_wrong(place, wrong), "bad")
        yield Html(f'<div class="im-field im-wrong">{drawn}<div role="alert">{said}{again}</div></div>')


def _field(model: Model, place: Place, name: str) -> Html:
    value = label_of(place.url) if name == "url" and place.url else getattr(place, name)
    hint = say(f"target.{name}_hint")
    if name != "file":
        return text("place", say(f"target.{name}"), value, of=name, hint=hint)
    # Two Apps on a page must not share a list unless it is the same.
    known = f"im-databases-{hash(model.databases):x}"
    names = "".join(f'<option value="{exact(one)}"></option>' for one in model.databases)
    drawn = text("place", say("target.file"), value, of=name, hint=hint, among=known, typing="complete_database")
    return Html(f'{drawn}<datalist id="{known}">{names}</datalist>')


def _password(place: Place) -> Html:
    hint = say("target.password_given" if place.password else "target.password_hint")
    return secret("place", say("target.password"), of="password", hint=hint)


def _wrong(place: Place, problem: Problem) -> str:
    """What is wrong with a field, in words."""
    code = str(getattr(problem.error, "code", "")).replace("-", "_")
    if place.at(problem.error) == "port":
        code = "port"
    if code not in catalogue()["wrong"]:
        return sentence_of(problem.error)
    host, port = place.host or say("target.host_hint"), place.port or say("target.port_hint")
    return say(f"wrong.{code}", host=host, port=port, database=place.database)


def _table(model: Model, choices: Choices, target: Target | None, listed: Listed | None) -> Iterator[Html]:
    """The table, and what happens to its rows."""
    found = () if model.tables is None else model.tables.found or ()
    is_fixed = choices.corrects is not None
    if found and not is_fixed:
        yield select("into_table", say("columns.table"), _options(found[:MOST]), "" if listed is None else listed.name)
    if listed is None or is_fixed:
        label = say("target.new_name") if found and not is_fixed else say("columns.table")
        yield text("table", label, choices.table, off=is_fixed)
    exists = listed is not None or (target is not None and target.exists)
    if exists:
        ways = ("", "append", "fail", "replace")
        offered = [Option(value=value, text=say(f"columns.exists_{value or 'auto'}")) for value in ways]
        yield select("if_table_exists", say("columns.exists"), offered, choices.options.get("if_table_exists", ""))
    if target is not None and target.exists:
        owners = [Option(value=value, text=say(f"columns.columns_{value}")) for value in ("table", "file")]
        yield select("columns", say("columns.columns"), owners, "table" if target.is_there else "file")
    if target is not None and target.key_of(choices):
        conflict = [Option(value=way, text=say(f"columns.conflict_{way}")) for way in OPTIONS["on_conflict"].choices]
        chosen = choices.options.get("on_conflict", "update")
        yield select("on_conflict", say("columns.conflict"), conflict, chosen)


def _is_undecided(choices: Choices, target: Target | None) -> bool:
    """Whether the table exists, and nothing says what happens to its rows."""
    is_there = target is not None and target.exists and not target.key_of(choices)
    return is_there and "if_table_exists" not in choices.options


def _listed(model: Model, choices: Choices) -> Listed | None:
    """The chosen table, if the database has it."""
    found: Sequence[Listed] = () if model.tables is None else model.tables.found or ()
    exact_name = next((one for one in found if one.name == choices.table), None)
    if exact_name is not None or Place.of(choices.into).kind not in FILES:
        return exact_name
    return next((one for one in found if one.name.casefold() == choices.table.casefold()), None)


def _described(listed: Listed) -> str:
    """A table with its rows and columns."""
    columns = say("count.columns", n=len(listed.columns))
    if listed.rows is None:
        return say("target.table_columns", table=listed.name, columns=columns)
    return say("target.table", table=listed.name, rows=_rows(listed), columns=columns)


def _rows(listed: Listed) -> str:
    rows = listed.rows or 0
    if listed.is_exact:
        return say("count.rows", n=rows)
    return say("preview.roughly") + say("count.rows", n=rounded(rows))


def _offer(model: Model, choices: Choices) -> Iterator[Html]:
    """The table that has most of the headers, if no table was chosen."""
    looked, found = model.shown, () if model.tables is None else model.tables.found or ()
    if looked is None or "table" in choices.options or choices.corrects is not None or _listed(model, choices):
        return
    labels = looked.look.reading.header.labels
    best, same = _best(found, labels)
    if best is None or same < ENOUGH * len(labels):
        return
    said = note(say("target.fits", table=best.name, same=same, all=say("count.columns", n=len(labels))))
    yield Html(f'<div class="im-picks">{said}{button("into_table", say("target.take"), value=best.name)}</div>')


@lru_cache(maxsize=4)
def _best(found: tuple[Listed, ...], labels: tuple[str, ...]) -> tuple[Listed | None, int]:
    """The table that has most of the headers, the narrowest of several, and how many it has."""
    wanted = {tidied(label) for label in labels} - {""}
    same = {one: len(wanted.intersection(map(tidied, one.columns))) for one in found}
    best = max(found, key=lambda one: (same[one], -len(one.columns)), default=None)
    return best, 0 if best is None else same[best]


@lru_cache(maxsize=4)
def _options(found: tuple[Listed, ...]) -> tuple[Option, ...]:
    """All tables, and a new one."""
    return (Option(value="", text=say("target.new")), *(Option(value=one.name, text=_described(one)) for one in found))
