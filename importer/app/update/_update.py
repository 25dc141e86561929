"""One pure function for every change: `update`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.app import _actions as actions
from importer.app import _events as events
from importer.app import _grid_actions as grid_actions
from importer.app._model import Checked, Done
from importer.app.update import _bring, _choosing, _files, _grid, _jobs, _page, _plans, _target

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._actions import Action
    from importer.app._events import Event
    from importer.app._model import Model
    from importer.app.effects import Effect
    from importer.app.update._next import Next

__all__ = ["Outcome", "update"]


class Outcome(NamedTuple):
    """What an action or an event leads to.

    Attributes
    ----------
    effects
        What is to be done outside the lock.
    is_accepted
        Whether it was legal; an action that was not changes nothing.
    """

    model: Model
    effects: tuple[Effect, ...]
    is_accepted: bool


def update(model: Model, message: Action | Event) -> Outcome:
    """The next model, and what is to be done; without I/O.

    Examples
    --------
    >>> from importer.app._model import Model
    >>> update(Model(), actions.Check()).is_accepted
    False
    >>> update(Model(), actions.Toggle(step="preview")).model.open == {"file", "preview"}
    True
    """
    found = HANDLERS[type(message)](model, message)
    if found is None:
        return Outcome(model, (), is_accepted=False)
    before, (model, effects) = model, found
    if isinstance(message, CHOICES):
        model = replace(model, is_guided=False)
    effects += _jobs.abandoned(before, model) + _page.unwanted(before, model)
    if model.later is None or not _is_idle(model):
        return Outcome(model, effects, is_accepted=True)
    later = update(replace(model, later=None), model.later)
    return Outcome(later.model, (*effects, *later.effects), is_accepted=True)


def _is_idle(model: Model) -> bool:
    """Whether nothing is under way that a later action waits for."""
    rows = model.phase.rows if isinstance(model.phase, Checked | Done) else None
    return model.busy is None and not (rows is not None and rows.unchecked)


CHOICES = (
    actions.Choose,
    actions.JoinHeader,
    actions.SetPlace,
    actions.NewTable,
    actions.MarkKey,
    actions.WantColumn,
    actions.FillColumn,
    actions.SetDefault,
    actions.BringColumns,
    actions.UseMemory,
    actions.UsePlan,
    actions.Reset,
    actions.Relax,
    actions.Answer,
)
"""What a user does who works on a step; from then on the App folds none of them."""

HANDLERS: dict[type, Callable[[Any, Any], Next | None]] = {
    actions.Open: _files.open_file,
    actions.OpenFiles: _files.open_files,
    actions.Unlock: _files.unlock,
    actions.Complete: _files.complete,
    actions.Receive: _files.receive,
    actions.NextFile: _files.next_file,
    actions.ImportTogether: _files.import_together,
    actions.ImportApart: _files.import_apart,
    actions.BringCorrected: _files.bring_corrected,
    actions.Choose: _choosing.choose,
    actions.JoinHeader: _choosing.join_header,
    actions.SetPlace: _target.set_place,
    actions.CompleteDatabase: _target.complete_database,
    actions.NewTable: _target.new_table,
    actions.MarkKey: _choosing.mark_key,
    actions.WantColumn: _choosing.want_column,
    actions.FillColumn: _choosing.fill_column,
    actions.FixColumn: _choosing.fix_column,
    actions.SetDefault: _choosing.set_default,
    actions.FindColumns: _choosing.find_columns,
    actions.MoreColumns: _choosing.more_columns,
    actions.BringColumns: _choosing.bring_columns,
    actions.UseMemory: _choosing.use_memory,
    actions.UsePlan: _plans.use_plan,
    actions.SavePlan: _plans.save_plan,
    actions.Reset: _choosing.reset,
    actions.Relax: _choosing.relax,
    actions.Answer: _choosing.answer,
    actions.Check: _jobs.check,
    actions.Run: _jobs.run,
    actions.Skip: _jobs.skip,
    actions.Resume: _jobs.resume,
    actions.ControlJob: _jobs.control_job,
    actions.Toggle: _page.toggle,
    grid_actions.FilterRows: _grid.filter_rows,
    grid_actions.OnlyRefused: _grid.only_refused,
    grid_actions.CorrectCells: _grid.correct_cells,
    grid_actions.SetAll: _grid.find_cells,
    grid_actions.ReplaceText: _grid.find_cells,
    grid_actions.Undo: _grid.undo,
    grid_actions.Redo: _grid.redo,
    grid_actions.BringRows: _bring.bring_rows,
    actions.TakeOut: _bring.take_out,
    actions.AnswerAnew: _bring.answer_anew,
    actions.Download: _page.download,
    actions.Stop: _page.stop_download,
    actions.Alert: _page.set_alert,
    actions.ShowHistory: _page.show_history,
    actions.ShowSteps: _page.show_steps,
    actions.ShowStep: _page.show_step,
    actions.Redraw: _page.redraw,
    events.FileFound: _files.file_found,
    events.FilesCompared: _files.files_compared,
    events.FileComes: _files.file_comes,
    events.FileMissing: _files.file_missing,
    events.FilesListed: _files.files_listed,
    events.DatabasesListed: _target.databases_listed,
    events.TablesListed: _target.tables_listed,
    events.TableRead: _bring.table_read,
    events.FileLooked: _files.file_looked,
    events.LookFailed: _files.look_failed,
    events.PlanMade: _choosing.plan_made,
    events.ResumePlanned: _jobs.resume_planned,
    events.JobStarted: _jobs.job_started,
    events.JobMoved: _jobs.job_moved,
    events.JobEnded: _jobs.job_ended,
    events.RowsRechecked: _jobs.rows_rechecked,
    events.JobRecognised: _jobs.job_recognised,
    events.JobBroke: _jobs.job_broke,
    events.EffectDone: _page.effect_done,
    events.EffectFailed: _page.effect_failed,
    events.RowsChecked: _grid.rows_checked,
    events.CellsFound: _grid.cells_found,
    events.RowsBrought: _bring.rows_brought,
    events.RowsFiltered: _grid.rows_filtered,
    events.TakenOut: _bring.taken_out,
    events.UndoStarted: _jobs.undo_started,
    events.PlanSaved: _plans.plan_saved,
}
"""The one place that decides what is legal when."""
