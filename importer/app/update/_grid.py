"""The rejected rows in the grids: which of them are shown, and what the user makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app import _grid_actions as actions
from importer.app._model import Checked, Done, Importing, Problem
from importer.app.choices import MOST_CORRECTIONS
from importer.app.effects import CheckRows, FindCells, FindRows
from importer.app.update._next import failing, waiting_for
from importer.views import say

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._model import Model
    from importer.app.choices import Corrections
    from importer.app.effects import GridRows
    from importer.app.update._next import Next

__all__ = [
    "cells_found",
    "correct_cells",
    "editable_rows",
    "filter_rows",
    "find_cells",
    "only_refused",
    "redo",
    "rows_checked",
    "rows_filtered",
    "undo",
]


def filter_rows(model: Model, action: actions.FilterRows) -> Next | None:
    """Mark the kind of problem as chosen, and find its rows."""
    rows = _rows(model, action.step)
    return None if rows is None else _finding(model, action.step, replace(rows, chosen=action.kind))


def only_refused(model: Model, action: actions.OnlyRefused) -> Next | None:
    """Leave out the rows that are good now, or find them again."""
    rows = _rows(model, action.step)
    return None if rows is None else _finding(model, action.step, replace(rows, is_only_refused=action.is_on))


def rows_filtered(model: Model, event: events.RowsFiltered) -> Next | None:
    """Show the rows, unless others were asked for meanwhile."""
    rows, asked = _rows(model, event.step), event.rows
    if rows is None or rows.rejects is not asked.rejects:
        return None
    if (rows.chosen, rows.is_only_refused) != (asked.chosen, asked.is_only_refused):
        return None
    return _with_rows(model, event.step, replace(rows, numbers=event.numbers)), ()


def correct_cells(model: Model, action: actions.CorrectCells) -> Next | None:
    """Replace the texts of cells, and check their rows."""
    rows = editable_rows(model, action.step)
    if rows is None or not action.cells:
        return None
    labels = rows.header.labels
    if not all(0 <= place < len(labels) for _, place, _ in action.cells):
        return None
    if not rows.with_all({row for row, *_ in action.cells}):
        return None
    cells = {(row, labels[place]): text or None for row, place, text in action.cells}
    if action.left_over:
        said = say("grid.left_over", n=action.left_over)
    else:
        said = say("grid.changed", n=len(cells)) if len(cells) > 1 else ""
    return _correct(model, action.step, rows, rows.corrections.but(cells), said)


def find_cells(model: Model, action: actions.SetAll | actions.ReplaceText) -> Next | None:
    """Find the cells that an action changes."""
    rows = editable_rows(model, action.step)
    if rows is None:
        return None
    if isinstance(action, actions.SetAll):
        is_legal = rows.chosen is not None and rows.chosen[0] is not None
    else:
        is_legal = 0 <= action.place < len(rows.header.labels)
    if not is_legal:
        return None
    if model.busy is not None:
        return replace(model, later=action), ()
    model = waiting_for(model, action.step)
    return model, (FindCells(ticket=model.ticket, action=action, rows=rows),)


def cells_found(model: Model, event: events.CellsFound) -> Next | None:
    """Replace the texts of the cells that were found; if others were corrected meanwhile, look again."""
    step = event.action.step
    rows = editable_rows(model, step)
    if event.ticket != model.ticket or rows is None:
        return None
    model = replace(model, busy=None)
    if rows.corrections is not event.corrections:
        return find_cells(model, event.action)
    key = "grid.changed" if event.cells else "grid.no_such"
    return _correct(model, step, rows, rows.corrections.but(event.cells), say(key, n=len(event.cells)))


def undo(model: Model, action: actions.Undo) -> Next | None:
    """Take the last step back, and check its rows."""
    rows = editable_rows(model, action.step)
    if rows is None or not rows.corrections.past:
        return None
    cells = rows.corrections.past[-1].after
    said = say("grid.undone", n=len(cells), row=min(row for row, _ in cells))
    return _correct(model, action.step, rows, rows.corrections.undone(), said)


def redo(model: Model, action: actions.Redo) -> Next | None:
    """Do the step again that was taken back last, and check its rows."""
    rows = editable_rows(model, action.step)
    if rows is None or not rows.corrections.future:
        return None
    cells = rows.corrections.future[-1].after
    said = say("grid.redone", n=len(cells), row=min(row for row, _ in cells))
    return _correct(model, action.step, rows, rows.corrections.redone(), said)


def rows_checked(model: Model, event: events.RowsChecked) -> Next | None:
    """Show what is wrong with corrected rows now, except for those that were corrected again meanwhile."""
    rows = editable_rows(model, event.step)
    if rows is None:
        return None
    current = {
        row for row in event.old if rows.corrections.of_row(row) == event.corrections.get(row, {})
    } & rows.unchecked
    if not current:
        return None
    if event.error is None:
        old, new = ({row: of[row] for row in current & of.keys()} for of in (event.old, event.new))
        return _as_whole(_with_rows(model, event.step, rows.rechecked(old, new))), ()
    if isinstance(model.phase, Checked):
        # Nobody knows what is wrong with the rows, so the whole file must be checked.
        problem = Problem(step="columns", error=event.error)
        return replace(model, phase=model.phase.planned, later=None, problem=problem).at("columns"), ()
    model = _with_rows(model, event.step, replace(rows, unchecked=rows.unchecked - current))
    return failing(model, event.step, event.error), ()


def _correct(model: Model, step: str, rows: GridRows, corrections: Corrections, said: str) -> Next:
    """The model with these corrections, and the check of the rows that they change."""
    cells = corrections.cells
    if len(cells) > MOST_CORRECTIONS:
        return _with_rows(model, step, replace(rows, said=say("grid.too_many", n=MOST_CORRECTIONS))), ()
    before = rows.corrections.by_row
    changed = frozenset(
        row for row in before.keys() | corrections.by_row.keys() if before.get(row) != corrections.by_row.get(row)
    )
    rows = replace(rows, corrections=corrections, unchecked=rows.unchecked | changed, said=said)
    model = _with_rows(model, step, rows)
    planned = model.planned
    if planned is None or not changed:
        return model, ()
    if isinstance(model.phase, Checked):
        looked = replace(planned.looked, choices=planned.looked.choices.corrected(cells))
        model = replace(model, phase=replace(model.phase, planned=replace(planned, looked=looked)))
    return model, (CheckRows(step=step, plan=planned.plan, rows=rows, numbers=changed),)


def _as_whole(model: Model) -> Model:
    """The model with the report of the whole file, if all corrections since then were undone."""
    checked = model.phase
    if not isinstance(checked, Checked) or checked.is_stale or checked.rows.again:
        return model
    return replace(model, phase=replace(checked, report=checked.whole))


def _finding(model: Model, step: str, rows: GridRows) -> Next:
    return _with_rows(model, step, rows), (FindRows(step=step, rows=rows),)


def _rows(model: Model, step: str) -> GridRows | None:
    """The rows in the grid of a step."""
    if step == "problems":
        return None if model.last_check is None else model.last_check.rows
    return model.phase.rows if isinstance(model.phase, Done) and step == "result" else None


def editable_rows(model: Model, step: str) -> GridRows | None:
    """The rows in the grid of a step, if they can be corrected there."""
    match model.phase:
        case Checked(rows=rows) if step == "problems":
            return rows
        case Done() as done if step == "result":
            return done.correctable
        case _:
            return None


def _with_rows(model: Model, step: str, rows: GridRows) -> Model:
    match model.phase:
        case Done() as done if step == "result":
            return replace(model, phase=replace(done, rows=rows))
        case Checked() as checked:
            return replace(model, phase=replace(checked, rows=rows))
        case Importing(checked=Checked() as checked) as importing:
            return replace(model, phase=replace(importing, checked=replace(checked, rows=rows)))
        case Done(importing=Importing(checked=Checked() as checked) as importing) as done:
            importing = replace(importing, checked=replace(checked, rows=rows))
            return replace(model, phase=replace(done, importing=importing))
        case _ if model.outdated is not None and step == "problems":
            return replace(model, outdated=replace(model.outdated, rows=rows))
        case _:
            return model
