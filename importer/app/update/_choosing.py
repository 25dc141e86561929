"""What the user chooses about the file and its columns; each choice makes a new plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from importer.app import _actions as actions
from importer.app._model import LINES, Looked
from importer.app.choices import OPENING, ColumnChoice, answers_of, asked_of, wrong_names
from importer.app.effects import MakePlan
from importer.app.update._files import look_again, planned_by
from importer.app.update._next import failing, listing, waiting_for
from importer.core import NO_ROWS, OPTIONS, refilled, row_kinds
from importer.errors import Note, OptionError, SchemaError
from importer.views import say

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._actions import Action
    from importer.app._model import Model
    from importer.app.update._next import Next

TYPED = {"rows", "leave_out"}
"""Options that are typed, so that what is typed may be none."""

ROWS = {"last_row", "rows", "leave_out"}
"""Options that say which rows are imported, whatever the columns are."""

MOST_LINES = 4
"""Rows of a header that can be joined."""

__all__ = [
    "answer",
    "bring_columns",
    "choose",
    "fill_column",
    "find_columns",
    "fix_column",
    "join_header",
    "mark_key",
    "more_columns",
    "plan_made",
    "relax",
    "reset",
    "set_default",
    "use_memory",
    "want_column",
]


def choose(model: Model, action: actions.Choose) -> Next | None:
    """Change options of the plan."""
    choices = model.choices
    if choices is None or model.is_locked:
        return None
    options = dict(action.options)
    if "into" in options:
        model = replace(model, place=None)
    for name in TYPED & options.keys():
        try:
            options[name] = options[name] and OPTIONS[name].check(name, options[name])
        except OptionError as exc:
            said = f"{say(f'preview.{name}_field')} {OPTIONS[name].wrong(options[name])}"
            wrong = failing(model, "preview", OptionError(said, facts=exc.facts))
            return replace(wrong, hand=model.hand), ()  # Who types stays in the field.
    if isinstance(options.get("into"), str):
        # What is shown of the URL has no secrets.
        options["into"] = refilled(options["into"], choices.into)
    choices = choices.but(**options)
    looked = model.looked
    if looked is None or any(name in OPENING for name in action.options):
        # With another header, the columns are different; with other rows, what was chosen for them holds.
        is_same = action.options.keys() <= ROWS
        return look_again(model, choices if is_same else replace(choices.but(defaults=None), columns={}))
    return plan_again(model, replace(looked, choices=choices))


def join_header(model: Model, action: actions.JoinHeader) -> Next | None:
    """Take the row for the header too, with all rows between; a row that belongs to the header already is no more."""
    looked = model.looked
    if looked is None:
        return None
    shown = [number for number, _ in looked.look.rows]
    lines = [number for number, _ in looked.look.reading.header.lines]
    if action.row not in shown or not lines:
        return None
    if action.row not in lines:
        lines = [row for row in shown if min(*lines, action.row) <= row <= max(*lines, action.row)]
    elif len(lines) > 1:
        lines = [row for row in lines if row > action.row] or lines[:-1]
    if len(lines) > MOST_LINES:
        return None
    rows = len(lines) if len(lines) > 1 else None
    return choose(model, actions.Choose(options={"header_row": lines[0], "header_rows": rows}))


def mark_key(model: Model, action: actions.MarkKey) -> Next | None:
    """Make a column part of the key, or not."""
    looked = model.looked
    if looked is None or looked.draft.target is None:
        return None
    before = looked.draft.target.named_before
    key = [before.get(name, name) for name in looked.draft.target.key_of(looked.choices)]
    others = [name for name in key if name != action.column]
    chosen = (*others, action.column) if action.is_key else tuple(others)
    return choose(model, actions.Choose(options={"key": chosen}))


def want_column(model: Model, action: actions.WantColumn, *, later: Action | None = None) -> Next | None:
    """Change what is wanted of a column of the table."""
    looked = model.looked
    if looked is None or looked.draft.target is None or model.is_locked:
        return None
    return _with_column(model, looked, action, later=later)


def _with_column(model: Model, looked: Looked, action: actions.WantColumn, *, later: Action | None = None) -> Next:
    choices = looked.choices.column(action.column, **action.wanted)
    # A choice about the file's columns keeps them, even after the import has created the table.
    brings = choices.brings_columns or looked.draft.inference is not None
    return plan_again(model, replace(looked, choices=replace(choices, brings_columns=brings)), later=later)


def relax(model: Model, action: actions.Relax) -> Next | None:
    """Ask less of a column, and check again."""
    wanted: dict[str, Any] = {"kind": "String", "hints": {}} if action.way == "text" else {"is_required": False}
    return want_column(model, actions.WantColumn(column=action.column, wanted=wanted), later=actions.Check())


def answer(model: Model, action: actions.Answer) -> Next | None:
    """Give the option that answers a question, or let it be."""
    note = next((each for each in model.notes if isinstance(each, Note) and asked_of(each) == action.asked), None)
    if note is None or model.is_locked:
        return None
    if not action.given:
        return replace(model, settled=model.settled | {note.sentence}), ()
    fix = next((fix for fix in answers_of(note) if fix.as_python() == action.given), None)
    if fix is None:
        return None
    if fix.option not in ("metadata", "types"):
        given = {} if model.choices is None else model.choices.options
        value = fix.value
        if fix.option == "leave_out" and value != NO_ROWS:
            value = (*row_kinds(given.get("leave_out", ())), str(value))
        return choose(model, actions.Choose(options={fix.option: value}))
    target = None if model.looked is None else model.looked.draft.target
    matches = () if target is None else target.matches
    name = next((found.column for found in matches if found.label == note.column), None)
    choices = model.choices
    if name is None or choices is None:
        return None
    name = name if target is None else target.named_before.get(name, name)
    told = cast("dict[str, Any]", fix.value)
    wanted: dict[str, Any] = (
        {"kind": next(iter(told.values()))}
        if fix.option == "types"
        else {"hints": {**choices.columns.get(name, ColumnChoice()).hints, **told}}
    )
    if "decimal" in told:
        # With the other mark, whole numbers are none.
        wanted["kind"] = "Float64"
    return want_column(model, actions.WantColumn(column=name, wanted=wanted))


def fill_column(model: Model, action: actions.FillColumn) -> Next | None:
    """Fill a column from another header, or from none; a column that the file brings is left out or taken back."""
    looked = model.looked
    if looked is None or looked.draft.target is None or model.is_locked:
        return None
    column, label, target = action.column, action.label, looked.draft.target
    if not label:
        looked = replace(looked, choices=looked.choices.default(column, ""))
    if looked.draft.inference is not None:
        return _with_column(model, looked, actions.WantColumn(column=column, wanted={"is_left_out": not label}))
    chosen = looked.choices.options.get("mapping", {})
    mapping = {name: other for name, other in chosen.items() if name != column and other != label}
    if label in looked.look.reading.header.labels:
        mapping[column] = label
    constants = {name: text for name, text in looked.choices.options.get("constants", {}).items() if name != column}
    choices = looked.choices.but(mapping=mapping or None, constants=constants or None)
    return plan_again(model, replace(looked, choices=choices.column(column, is_left_out=not label and target.is_there)))


def fix_column(model: Model, action: actions.FixColumn) -> Next | None:
    """Give a column of the table the same text in every row, in place of what the file has for it."""
    looked = model.looked
    if looked is None or looked.draft.target is None or model.is_locked:
        return None
    options = looked.choices.options
    constants = {**options.get("constants", {}), action.column: action.text}
    mapping = {name: label for name, label in options.get("mapping", {}).items() if name != action.column}
    kept = {name: text for name, text in constants.items() if text}
    choices = looked.choices.but(constants=kept or None, mapping=mapping or None).default(action.column, "")
    return plan_again(model, replace(looked, choices=choices.column(action.column, is_left_out=False)))


def set_default(model: Model, action: actions.SetDefault) -> Next | None:
    """Put a text in place of the empty cells of a column."""
    looked = model.looked
    if looked is None or looked.draft.target is None or model.is_locked:
        return None
    return plan_again(model, replace(looked, choices=looked.choices.default(action.column, action.text)))


def find_columns(model: Model, action: actions.FindColumns) -> Next:
    """Show the columns in whose lines a text occurs."""
    return replace(model, find=action.text, lines=LINES), ()


def more_columns(model: Model, _action: actions.MoreColumns) -> Next:
    """Show more of the columns."""
    return replace(model, lines=model.lines + LINES), ()


def bring_columns(model: Model, action: actions.BringColumns) -> Next | None:
    """Take the columns from the file or from the table."""
    looked = model.looked
    if looked is None or model.is_locked:
        return None
    choices = looked.choices.but(key=None, **actions.ABOUT_COLUMNS)
    choices = replace(choices, columns={}, brings_columns=action.is_file)
    return plan_again(model, replace(looked, choices=choices))


def use_memory(model: Model, action: actions.UseMemory) -> Next | None:
    """Apply the remembered choices, or take that back."""
    looked = model.looked
    if looked is None or looked.memory is None or model.is_locked:
        return None
    choices = looked.memory.on(looked.choices) if action.is_taken else looked.before
    if choices is None:
        return None
    before = looked.choices if action.is_taken else None
    return plan_again(replace(model, place=None), replace(looked, choices=choices, before=before, taken=None))


def reset(model: Model, _action: actions.Reset) -> Next | None:
    """Forget all choices about columns."""
    choices = model.choices
    if choices is None or model.is_locked:
        return None
    choices = replace(choices.but(key=None, **actions.ABOUT_COLUMNS), columns={}, brings_columns=False)
    looked = model.looked
    return look_again(model, choices) if looked is None else plan_again(model, replace(looked, choices=choices))


def plan_again(model: Model, looked: Looked, *, later: Action | None = None) -> Next:
    """Make the plan for these choices; until then the earlier one is shown. There is none with a wrong name."""
    if model.place is not None:
        # There is no database yet.
        return replace(model, phase=replace(looked, earlier=None)), ()
    wrong = wrong_names(looked.look.reading.header, looked.choices.columns)
    if wrong:
        error = SchemaError(next(iter(wrong.values())), code="columns-alike")
        return replace(failing(waiting_for(model, "columns"), "columns", error), phase=looked), ()
    shown = replace(looked, earlier=model.planned or looked.earlier)
    # An import has changed the tables.
    model, effects = listing(model, looked.choices, is_new=model.importing is not None)
    model = replace(waiting_for(model, "columns", later=later), phase=shown, outdated=model.last_check)
    return model, (MakePlan(ticket=model.ticket, choices=looked.choices, look=looked.look), *effects)


def plan_made(model: Model, event: events.PlanMade) -> Next | None:
    """Show the plan, or why it cannot be made."""
    if event.ticket != model.ticket or not isinstance(model.phase, Looked):
        return None
    return planned_by(model, model.phase, event.outcome)
