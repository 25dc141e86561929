"""What is shown, and the rows in the grids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app import _actions as actions
from importer.app._model import Checked, Done, Importing, Problem
from importer.app.effects import CheckRow, FindRows, OfferRows
from importer.app.update._next import failing, waiting_for

if TYPE_CHECKING:
    from importer.app import _events as events
    from importer.app._model import Model
    from importer.app.choices import Choices
    from importer.app.effects import GridRows
    from importer.app.update._next import Next

__all__ = [
    "correct_cell",
    "download",
    "effect_done",
    "effect_failed",
    "filter_rows",
    "redraw",
    "row_checked",
    "rows_filtered",
    "set_alert",
    "show_history",
    "show_step",
    "show_steps",
    "toggle",
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
    report, model = model.phase.report, waiting_for(model, "result")
    return model, (OfferRows(ticket=model.ticket, kind=action.kind, view=action.view, report=report),)


def effect_done(model: Model, event: events.EffectDone) -> Next | None:
    """Nothing is under way any more."""
    return (replace(model, busy=None), ()) if event.ticket == model.ticket else None


def effect_failed(model: Model, event: events.EffectFailed) -> Next | None:
    """Say why a step could not be done."""
    return (failing(model, event.step, event.error), ()) if event.ticket in (0, model.ticket) else None


def filter_rows(model: Model, action: actions.FilterRows) -> Next | None:
    """Mark the kind of problem as chosen, and find its rows."""
    rows = _rows(model, action.step)
    if rows is None:
        return None
    model = _with_rows(model, action.step, replace(rows, chosen=action.kind))
    return model, (FindRows(step=action.step, rows=rows, kind=action.kind),)


def rows_filtered(model: Model, event: events.RowsFiltered) -> Next | None:
    """Show the rows, unless another kind was chosen meanwhile."""
    rows = _rows(model, event.step)
    if rows is None or rows.rejects is not event.rejects or rows.chosen != event.kind:
        return None
    return _with_rows(model, event.step, replace(rows, numbers=event.numbers)), ()


def correct_cell(model: Model, action: actions.CorrectCell) -> Next | None:
    """Replace the text of a cell, and check its row."""
    checked = model.phase
    if not isinstance(checked, Checked):
        return None
    planned = checked.planned
    labels = planned.plan.source.header.labels
    if not (0 <= action.place < len(labels) and action.row in checked.rows.numbers):
        return None
    choices = planned.looked.choices.correct(action.row, labels[action.place], action.text or None)
    rows = replace(checked.rows, corrected=choices.options["corrections"], is_ahead=True)
    checked = replace(_with_choices(checked, choices), rows=rows, unchecked=checked.unchecked | {action.row})
    return replace(model, phase=checked), (CheckRow(plan=planned.plan, rows=rows, row=action.row),)


def row_checked(model: Model, event: events.RowChecked) -> Next | None:
    """Show what is wrong with a corrected row now, unless it was corrected again meanwhile."""
    checked = model.phase
    if not isinstance(checked, Checked) or checked.rows.corrected_in(event.row) != event.cells:
        return None
    if event.error is not None:
        # Nobody knows what is wrong with the row, so the whole file must be checked.
        problem = Problem(step="columns", error=event.error)
        return replace(model, phase=checked.planned, later=None, problem=problem).at("columns"), ()
    rows = checked.rows.with_faults(event.row, event.old, event.new)
    return replace(model, phase=replace(checked, rows=rows, unchecked=checked.unchecked - {event.row})), ()


def _rows(model: Model, step: str) -> GridRows | None:
    """The rows in the grid of a step."""
    if step == "problems":
        return None if model.last_check is None else model.last_check.rows
    return model.phase.rows if isinstance(model.phase, Done) else None


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
        case _:
            return model


def _with_choices(checked: Checked, choices: Choices) -> Checked:
    looked = replace(checked.planned.looked, choices=choices)
    return replace(checked, planned=replace(checked.planned, looked=looked))
