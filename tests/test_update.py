"""What is legal when, and what each action and event makes of the App's model: `update`, without widgets or threads."""

from __future__ import annotations

import queue
import re
import threading
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from importer.app import _actions as actions
from importer.app import _events as events
from importer.app import _grid_actions as grid
from importer.app._model import (
    Checked,
    Checking,
    Chosen,
    Done,
    Importing,
    Looked,
    Model,
    NoFile,
    Planned,
    Settings,
)
from importer.app.choices import Choices
from importer.app.effects import (
    BringRows,
    CheckRows,
    DiscardFile,
    GridRows,
    ListTables,
    LookAtFile,
    MakePlan,
    PlanResume,
    Recognised,
    RequestOfJob,
    StartJob,
    TableSeen,
)
from importer.app.transfer import Received
from importer.app.update import update
from importer.app.update._update import HANDLERS
from importer.app.views import DRAW, page_names
from importer.checking import Rejects
from importer.core import Header, Progress, State
from importer.errors import AlreadyImportedError, ResumeError

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT_S = 60.0


class Bench:
    """Performs effects one after the other, as the controller does in threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._events: queue.Queue[events.Event] = queue.Queue()

    def tell(self, event: events.Event) -> None:
        self._events.put(event)

    def offer(self, _view: str, _name: str, _write: Callable[[Path], object]) -> None:
        raise AssertionError

    def do(self, message: actions.Action | events.Event) -> Model:
        outcome = update(self.model, message)
        self.model = outcome.model
        for effect in outcome.effects:
            try:
                effect.perform(self)
            except Exception as exc:  # noqa: BLE001 - as the controller does
                event = effect.failed(exc)
                assert event is not None
                self.tell(event)
        while self.model.is_working or not self._events.empty():
            self.do(self._events.get(timeout=WAIT_S))
        return self.model


class Direct(Bench):
    """Performs effects at once, in the thread that tells of them."""

    def tell(self, event: events.Event) -> None:
        self.do(event)

    def do(self, message: actions.Action | events.Event) -> Model:
        outcome = update(self.model, message)
        self.model = outcome.model
        for effect in outcome.effects:
            effect.perform(self)
        return self.model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    """A model of every phase, as a real file leads there."""
    return made(tmp_path_factory.mktemp("models"))


def made(folder: Path) -> dict[str, Model]:
    file = folder / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(1, 30)) + "30,many\n31,few\n")
    settings = Settings(options={"into": f"sqlite:///{folder}/shop.db", "key": ("id",)})
    start = Model(settings=settings, finding=str(file))
    found = events.FileFound(said=str(file), choices=Choices(path=file, said=str(file)))
    chosen = update(start, found).model
    nowhere = Bench(replace(start, settings=Settings(options={"into": "nowhere"}))).do(found)
    bench = Bench(start)
    checked = bench.do(found)
    planned = replace(checked, phase=checked.phase.planned)
    error = AlreadyImportedError("the file was imported before", job_id="4c1d8a52", is_done=True)
    recognised = Recognised(how="done", job_id="4c1d8a52", error=error)
    return {
        "no file": Model(),
        "chosen": chosen,
        "looked": nowhere,
        "planned": planned,
        "recognised": replace(planned, phase=replace(planned.phase, recognised=recognised)),
        "checking": update(planned, actions.Check()).model,
        "checked": checked,
        "importing": update(checked, actions.Run()).model,
        "done": bench.do(actions.Run()),
    }


PHASES = {
    "no file": NoFile,
    "chosen": Chosen,
    "looked": Looked,
    "planned": Planned,
    "recognised": Planned,
    "checking": Checking,
    "checked": Checked,
    "importing": Importing,
    "done": Done,
}

FREE = set(PHASES) - {"importing"}
"""Phases in which no import runs."""

MATCHED = {"planned", "recognised", "checking", "checked", "done"}
"""Those in which the columns are known."""

LEGAL: list[tuple[actions.Action, set[str]]] = [
    (actions.Open(said="a.csv"), FREE),
    (actions.OpenFiles(files=(Path("a.csv"), Path("b.csv"))), set(PHASES)),
    (actions.Unlock(password="secret"), {"chosen"}),
    (actions.Complete(typed="a"), set(PHASES)),
    (actions.Receive(file=Received(path=Path("a.csv"))), set(PHASES)),
    (actions.NextFile(), FREE),
    (actions.Stop(), {"done"}),
    (actions.Toggle(step="preview"), set(PHASES)),
    (actions.Toggle(step="nowhere"), set()),
    (actions.Choose(options={"table": "other"}), FREE - {"no file"}),
    (actions.Choose(options={"header_row": 2}), FREE - {"no file"}),
    (actions.JoinHeader(row=2), MATCHED | {"looked"}),
    (actions.JoinHeader(row=700), set()),
    (actions.SetPlace(name="file", value="other.db"), FREE - {"no file"}),
    (actions.SetPlace(name="kind", value="postgresql"), FREE - {"no file"}),
    (actions.CompleteDatabase(typed="a"), set(PHASES) - {"no file", "looked"}),
    (actions.NewTable(), FREE - {"no file"}),
    (actions.MarkKey(column="qty", is_key=True), MATCHED),
    (actions.FixColumn(column="qty", text="5"), MATCHED),
    (actions.SetDefault(column="qty", text="5"), MATCHED),
    (actions.FindColumns(text="qty"), set(PHASES)),
    (actions.MoreColumns(), set(PHASES)),
    (actions.WantColumn(column="qty", wanted={"kind": "String"}), MATCHED),
    (actions.FillColumn(column="qty", label=""), MATCHED),
    (actions.BringColumns(is_file=True), MATCHED | {"looked"}),
    (actions.UseMemory(is_taken=True), set()),
    (actions.UsePlan(path=""), set()),
    (actions.UsePlan(path="plans/none.toml"), set()),
    (actions.SavePlan(), {"done"}),
    (actions.Reset(), FREE - {"no file"}),
    (actions.Relax(column="qty", way="text"), MATCHED),
    (actions.Answer(asked=("nothing", None), given=""), set()),
    (actions.Check(), {"chosen", "planned", "checked", "done"}),
    (actions.Run(), {"checked"}),
    (actions.Skip(), {"recognised"}),
    (actions.Resume(), set()),
    (actions.ControlJob(what="cancel"), {"checking", "importing"}),
    (grid.FilterRows(step="problems", kind=None), {"checked", "importing", "done"}),
    (grid.FilterRows(step="result", kind=("qty", "type-error")), {"done"}),
    (grid.OnlyRefused(step="problems", is_on=True), {"checked", "importing", "done"}),
    (grid.CorrectCells(step="problems", cells=((31, 1, "5"),)), {"checked"}),
    (grid.CorrectCells(step="problems", cells=()), set()),
    (grid.CorrectCells(step="problems", cells=((31, 1, "5"), (2, 1, "5"))), set()),
    (grid.CorrectCells(step="problems", cells=((31, 7, "5"),)), set()),
    (grid.SetAll(step="problems", text="5"), set()),
    (grid.ReplaceText(step="problems", place=1, old="many", new="5"), {"checked"}),
    (grid.ReplaceText(step="problems", place=2, old="many", new="5"), set()),
    (grid.Undo(step="problems"), set()),
    (grid.Redo(step="problems"), set()),
    (grid.CorrectCells(step="result", cells=((31, 1, "5"),)), {"done"}),
    (grid.BringRows(), set()),
    (actions.BringCorrected(), {"done"}),
    (actions.ImportTogether(), set()),
    (actions.ImportApart(), set(PHASES)),
    (actions.TakeOut(what="take_out"), {"done"}),
    (actions.TakeOut(what="take_out_now"), set()),
    (actions.AnswerAnew(answer=actions.Answer(asked=("nothing", None), given="")), set()),
    (actions.Download(kind="csv", view="v"), {"done"}),
    (actions.Alert(way="sound", is_on=True), set(PHASES)),
    (actions.ShowHistory(), set(PHASES)),
    (actions.ShowSteps(), set(PHASES)),
    (actions.ShowStep(step="columns"), set(PHASES)),
    (actions.Redraw(), set(PHASES)),
]


def test_a_download_that_nobody_waits_for_is_ended_with_its_first_piece() -> None:
    comes = events.FileComes(said="http://gone", progress=Progress(), stop=threading.Event())
    [end] = update(Model(finding="http://here"), comes).effects
    end.perform(Bench(Model()))
    assert comes.stop.is_set()


def test_there_is_a_model_of_every_phase(models: dict[str, Model]) -> None:
    assert {name: type(model.phase) for name, model in models.items()} == PHASES
    assert {type(action) for action, _ in LEGAL} == set(get_args(actions.Action))
    assert set(HANDLERS) == {*get_args(actions.Action), *get_args(events.Event)}


@pytest.mark.parametrize(
    ("phase", "action", "is_legal"),
    [
        pytest.param(phase, action, phase in legal, id=f"{phase}-{action}")
        for phase, (action, legal) in product(PHASES, LEGAL)
    ],
)
def test_an_action_is_done_where_it_is_legal_and_else_changes_nothing(
    models: dict[str, Model],
    phase: str,
    action: actions.Action,
    is_legal: bool,  # noqa: FBT001
) -> None:
    outcome = update(models[phase], action)
    assert outcome.is_accepted == is_legal
    if not is_legal:
        assert outcome.model is models[phase]
        assert outcome.effects == ()


STALE: list[Any] = [
    events.FilesListed(typed="long ago", files=("a.csv",)),
    events.DatabasesListed(typed="long ago", files=("a.db",)),
    events.TableRead(report=None, seen=TableSeen()),  # type: ignore[arg-type]
    events.TablesListed(into="long ago", tables=()),
    events.FileFound(said="long ago", choices=None),  # type: ignore[arg-type]
    events.FileMissing(said="long ago", error=OSError()),
    events.FileLooked(ticket=-1, look=None, memory=None, outcome=events.PlanOutcome()),  # type: ignore[arg-type]
    events.LookFailed(ticket=-1, error=OSError()),
    events.PlanMade(ticket=-1, outcome=events.PlanOutcome()),
    events.ResumePlanned(ticket=-1, plan=None, job_id=""),  # type: ignore[arg-type]
    events.EffectDone(ticket=-1),
    events.EffectFailed(ticket=-1, step="preview", error=OSError()),
    events.JobMoved(number=-1, progress=None),  # type: ignore[arg-type]
    events.JobEnded(number=-1, report=None, rows=None),  # type: ignore[arg-type]
    events.RowsRechecked(number=-1, report=None, rows=None),  # type: ignore[arg-type]
    events.JobRecognised(number=-1, recognised=None),  # type: ignore[arg-type]
    events.JobBroke(number=-1, error=OSError()),
    events.RowsChecked(step="problems", corrections={31: {"qty": "long ago"}}, old={31: ()}),
    events.CellsFound(ticket=-1, action=grid.SetAll(step="problems", text=""), corrections=None, cells={}),  # type: ignore[arg-type]
    events.RowsBrought(number=-1, report=None, rows=None, cells={}),  # type: ignore[arg-type]
    events.RowsFiltered(step="problems", rows=GridRows.of(Rejects(), Header(row=1, labels=())), numbers=None),  # type: ignore[arg-type]
    events.TakenOut(ticket=-1, offer=None),
    events.PlanSaved(ticket=-1, path=Path("plans/long_ago.toml")),
    events.FilesCompared(path=Path("another.csv"), alike=()),
]


@pytest.mark.parametrize("event", STALE, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("phase", PHASES)
def test_a_result_that_a_newer_action_made_void_is_ignored(models: dict[str, Model], phase: str, event: Any) -> None:
    others = {events.JobStarted, events.UndoStarted, events.FileComes}
    assert {type(one) for one in STALE} == set(get_args(events.Event)) - others
    outcome = update(models[phase], event)
    assert (outcome.model, outcome.effects) == (models[phase], ())


class Controls(HTMLParser):
    """The messages that the controls of a page can send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        value: Any = True if found.get("type") == "checkbox" else found.get("value") or ""
        if tag == "select" and found.get("data-action") in {"kind", "place"}:
            value = {"kind": "String", "place": "sqlite"}[found["data-action"]]
        if "data-action" in found:
            self.messages.append({"action": found["data-action"], "of": found.get("data-of", ""), "value": value})
        if "data-typing" in found:
            self.messages.append({"action": found["data-typing"], "of": "", "value": "a"})
        if "data-download" in found:
            self.messages.append({"download": found["data-download"], "of": value, "view": "v"})


@pytest.mark.parametrize("phase", PHASES)
def test_every_control_that_is_drawn_is_understood(models: dict[str, Model], phase: str) -> None:
    model = replace(models[phase], open=frozenset(actions.STEPS))
    names = page_names(model)
    for name in names:
        for message in Controls(DRAW[name](model)).messages:
            assert actions.parse(message) is not None, (name, message)
    assert names[:3] == ["tabs", "file", "path"]


def test_the_newest_choice_wins_and_a_check_waits_for_its_plan(models: dict[str, Model]) -> None:
    first = update(models["planned"], actions.Choose(options={"table": "one"}))
    [old] = first.effects
    waiting = update(first.model, actions.Check()).model
    second = update(waiting, actions.Choose(options={"table": "two"}))
    [new] = second.effects
    assert isinstance(old, MakePlan)
    assert isinstance(new, MakePlan)
    outcome = events.PlanOutcome(plan=models["planned"].planned.plan)
    assert not update(second.model, events.PlanMade(ticket=old.ticket, outcome=outcome)).is_accepted
    ended = update(second.model, events.PlanMade(ticket=new.ticket, outcome=outcome))
    assert isinstance(ended.model.phase, Checking)
    started = update(waiting, events.PlanMade(ticket=old.ticket, outcome=outcome))
    assert isinstance(started.model.phase, Checking)
    assert [type(effect) for effect in started.effects] == [StartJob]


def test_a_choice_cancels_the_check_that_it_makes_void(models: dict[str, Model]) -> None:
    job = models["checked"].phase.job.job
    changed = update(models["checking"], actions.Choose(options={"table": "other"}))
    assert [type(effect) for effect in changed.effects] == [MakePlan]  # The check has not started yet.
    late = update(changed.model, events.JobStarted(number=models["checking"].phase.job.number, job=job))
    assert (late.model, late.effects) == (changed.model, (RequestOfJob(job=job, what="cancel"),))
    begun = update(models["checking"], events.JobStarted(number=models["checking"].phase.job.number, job=job)).model
    changed = update(begun, actions.Choose(options={"table": "other"}))
    assert changed.effects[1:] == (RequestOfJob(job=job, what="cancel"),)


def test_the_last_check_stays_in_sight_until_the_next_one_has_ended(models: dict[str, Model]) -> None:
    changed = update(models["checked"], actions.Choose(options={"table": "other"})).model
    assert changed.last_check is models["checked"].phase
    assert "problems" in page_names(changed)
    planned = events.PlanMade(ticket=changed.ticket, outcome=events.PlanOutcome(plan=models["planned"].planned.plan))
    again = update(changed, planned).model
    assert isinstance(again.phase, Checking)
    assert again.last_check is models["checked"].phase


def test_steps_that_the_user_has_opened_stay_open(models: dict[str, Model]) -> None:
    assert models["checked"].open == {"problems"}
    opened = update(models["checked"], actions.Toggle(step="columns")).model
    changed = update(opened, actions.Choose(options={"table": "other"})).model
    outcome = events.PlanOutcome(plan=models["planned"].planned.plan)
    again = update(changed, events.PlanMade(ticket=changed.ticket, outcome=outcome)).model
    checked = models["checked"].phase
    ended = events.JobEnded(number=again.phase.job.number, report=checked.report, rows=checked.rows)
    after = update(again, ended).model
    assert after.open == {"problems", "columns"}
    assert after.hand == opened.hand


def test_a_job_that_is_cancelled_before_it_starts_is_cancelled_when_it_does(models: dict[str, Model]) -> None:
    asked = update(models["checking"], actions.ControlJob(what="cancel"))
    assert asked.effects == ()
    job = models["checked"].phase.job.job
    started = update(asked.model, events.JobStarted(number=asked.model.phase.job.number, job=job))
    assert started.effects == (RequestOfJob(job=job, what="cancel"),)


def test_the_pace_of_a_job_is_changed_once_it_runs(models: dict[str, Model]) -> None:
    faster = actions.ControlJob(what="pace", pace="gentle")
    assert update(models["checking"], faster).effects == ()
    job = models["checked"].phase.job.job
    running = update(models["checking"], events.JobStarted(number=models["checking"].phase.job.number, job=job)).model
    assert update(running, faster).effects == (RequestOfJob(job=job, what="pace", pace="gentle"),)


def test_an_upload_is_deleted_with_its_file(models: dict[str, Model], tmp_path: Path) -> None:
    upload = Received(path=tmp_path / "1" / "a.csv")
    first = update(Model(), actions.Receive(file=upload))
    assert [type(effect) for effect in first.effects] == [LookAtFile, ListTables]
    queued = update(first.model, actions.Receive(file=Received(path=tmp_path / "2" / "b.csv")))
    assert [file.name for file in queued.model.waiting] == ["b.csv"]
    following = update(queued.model, actions.NextFile())
    assert following.effects[0] == DiscardFile(path=upload.path)
    assert following.model.choices.name == "b.csv"


FIVE = grid.CorrectCells(step="problems", cells=((31, 1, "5"),))
CHECKED = events.RowsChecked(step="problems", corrections={31: {"qty": "5"}}, old={31: ()}, new={31: ()})


def test_a_corrected_cell_is_checked_before_the_rows_are_checked_again(models: dict[str, Model]) -> None:
    edited = update(models["checked"], FIVE)
    [effect] = edited.effects
    assert isinstance(effect, CheckRows)
    assert not update(edited.model, actions.Run()).is_accepted
    waiting = update(edited.model, actions.Check())
    assert waiting.effects == ()
    started = update(waiting.model, CHECKED)
    assert isinstance(started.model.phase, Checking)


def test_a_row_that_cannot_be_checked_makes_the_check_void(models: dict[str, Model]) -> None:
    edited = update(models["checked"], FIVE).model
    failed = update(edited, replace(CHECKED, error=OSError("no space left"))).model
    assert isinstance(failed.phase, Planned)
    assert failed.problem.step == "columns"
    assert failed.planned.corrected.corrections == {(31, "qty"): "5"}


def grid_after(model: Model, *messages: actions.Action) -> GridRows:
    """The rows of the check after some actions and everything that they lead to."""
    bench = Bench(model)
    for message in messages:
        bench.do(message)
    assert isinstance(bench.model.phase, Checked)
    assert not bench.model.phase.rows.unchecked
    return bench.model.phase.rows


def test_a_block_of_cells_is_one_change_one_check_and_one_step_to_undo(models: dict[str, Model]) -> None:
    block = grid.CorrectCells(step="problems", cells=((31, 1, "5"), (32, 1, "half"), (31, 0, "99")))
    outcome = update(models["checked"], block)
    assert [type(effect) for effect in outcome.effects] == [CheckRows]
    rows = grid_after(models["checked"], block)
    assert rows.corrections.cells == {(31, "qty"): "5", (32, "qty"): "half", (31, "id"): "99"}
    assert (rows.good, [kind.cells for kind in rows.kinds], rows.is_ahead) == ([31], [1], True)
    before = models["checked"].phase.rows
    undone = grid_after(models["checked"], block, grid.Undo(step="problems"))
    assert (undone.corrections.cells, undone.again, undone.kinds) == ({}, {}, before.kinds)
    assert not undone.is_ahead
    again = grid_after(models["checked"], block, grid.Undo(step="problems"), grid.Redo(step="problems"))
    assert (again.corrections, again.again, again.kinds) == (rows.corrections, rows.again, rows.kinds)


def test_after_everything_is_undone_the_import_may_begin_as_after_the_check(models: dict[str, Model]) -> None:
    bench = Bench(models["checked"])
    bench.do(FIVE)
    assert not update(bench.model, actions.Run()).is_accepted
    bench.do(grid.Undo(step="problems"))
    assert "corrections" not in bench.model.choices.options
    assert update(bench.model, actions.Run()).is_accepted


def test_all_cells_of_the_problem_that_is_shown_are_set_and_no_others(models: dict[str, Model]) -> None:
    chosen = grid.FilterRows(step="problems", kind=("qty", "type-error"))
    rows = grid_after(models["checked"], chosen, grid.SetAll(step="problems", text="7"))
    assert rows.corrections.cells == {(31, "qty"): "7", (32, "qty"): "7"}
    assert (rows.good, rows.kinds, rows.said) == ([31, 32], (), "2 cells changed")
    once = grid_after(models["checked"], FIVE, chosen, grid.SetAll(step="problems", text="7"))
    assert once.corrections.cells == {(31, "qty"): "5", (32, "qty"): "7"}


def test_a_text_is_replaced_in_refused_cells_as_they_are_now(models: dict[str, Model]) -> None:
    many = grid.ReplaceText(step="problems", place=1, old="any", new="y")
    rows = grid_after(models["checked"], many)
    assert rows.corrections.cells == {(31, "qty"): "my"}
    rows = grid_after(models["checked"], many, grid.ReplaceText(step="problems", place=1, old="my", new=""))
    assert rows.corrections.cells == {(31, "qty"): None}
    none = grid_after(models["checked"], grid.ReplaceText(step="problems", place=0, old="1", new="2"))
    assert (none.corrections.cells, none.said) == ({}, "No refused cell has that.")
    empty = grid.ReplaceText(step="problems", place=1, old="", new="0")
    assert grid_after(models["checked"], empty).corrections.cells == {}


def test_cells_that_were_corrected_while_others_were_looked_for_are_looked_at_again(models: dict[str, Model]) -> None:
    asked = update(models["checked"], grid.ReplaceText(step="problems", place=1, old="m", new="n"))
    [find] = asked.effects
    assert not asked.model.phase.is_stale
    bench = Bench(asked.model)
    bench.do(FIVE)
    find.perform(bench)
    bench.do(bench._events.get_nowait())
    while not bench._events.empty():
        bench.do(bench._events.get_nowait())
    assert bench.model.phase.rows.corrections.cells == {(31, "qty"): "5"}


def test_an_import_that_is_asked_for_while_cells_are_looked_for_waits_for_them(models: dict[str, Model]) -> None:
    asked = update(models["checked"], grid.ReplaceText(step="problems", place=1, old="many", new="5"))
    waiting = update(asked.model, actions.Run())
    assert (waiting.effects, waiting.model.later) == ((), actions.Run())
    second = update(asked.model, grid.Undo(step="problems"))
    assert not second.is_accepted


def test_more_cells_than_memory_has_room_for_are_not_corrected_and_that_is_said(
    models: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.app.update._grid.MOST_CORRECTIONS", 1)
    monkeypatch.setattr("importer.app.effects._rows.MOST_CORRECTIONS", 1)
    both = grid.CorrectCells(step="problems", cells=((31, 1, "5"), (32, 1, "6")))
    chosen = grid.FilterRows(step="problems", kind=("qty", "type-error"))
    for given in [both], [chosen, grid.SetAll(step="problems", text="7")]:
        rows = grid_after(models["checked"], *given)
        assert rows.corrections.cells == {}
        assert rows.said.startswith("At most 1 cells can be corrected here.")


def test_rows_that_are_good_now_are_left_out_on_request(models: dict[str, Model]) -> None:
    only = grid.OnlyRefused(step="problems", is_on=True)
    assert grid_after(models["checked"], FIVE, only).numbers.to_list() == [32]
    assert grid_after(models["checked"], only, FIVE).numbers.to_list() == [31, 32]
    back = grid_after(models["checked"], FIVE, only, grid.OnlyRefused(step="problems", is_on=False))
    assert back.numbers.to_list() == [31, 32]
    shown = grid.FilterRows(step="problems", kind=("qty", "type-error"))
    assert grid_after(models["checked"], FIVE, only, shown).numbers.to_list() == [32]


def test_a_click_on_a_problem_while_the_file_is_checked_again_is_not_lost(models: dict[str, Model]) -> None:
    kind = ("qty", "type-error")
    bench = Bench(models["checked"])
    again = update(bench.model, actions.Choose(options={"on_repeated_key": "first"}))
    clicked = update(again.model, grid.FilterRows(step="problems", kind=kind))
    assert clicked.model.last_check.rows.chosen == kind
    bench.model = clicked.model
    for effect in (*again.effects, *clicked.effects):
        effect.perform(bench)
    bench.do(bench._events.get())
    assert isinstance(bench.model.phase, Checked)
    assert bench.model.outdated is None
    assert bench.model.phase.rows.chosen == kind
    assert bench.model.phase.rows.numbers.to_list() == [31, 32]


def test_an_import_that_is_taken_out_shows_how_far_that_is_and_is_paused_from_the_foot(tmp_path: Path) -> None:
    seen = []

    class Pausing(Direct):
        def tell(self, event: events.Event) -> None:
            super().tell(event)
            done = self.model.phase
            if isinstance(done, Done) and done.undo is not None and done.undo.progress is not None:
                seen.append((done.undo.progress.state, re.findall("<button[^>]*>([^<]+)", DRAW["foot"](self.model))))
                if done.undo.progress.state is State.PAUSED:
                    self.do(actions.ControlJob(what="resume"))

    bench = Pausing(made(tmp_path)["done"])
    bench.do(actions.TakeOut(what="take_out"))
    asked = update(bench.model, actions.TakeOut(what="take_out_now"))
    bench.model = update(asked.model, actions.ControlJob(what="pause")).model
    for effect in asked.effects:
        effect.perform(bench)
    assert (State.PAUSED, ["Resume", "Cancel"]) in [(state, keys[:2]) for state, keys in seen]
    assert (bench.model.phase.undo, bench.model.phase.is_taken_out, bench.model.busy) == (None, True, None)


def test_corrected_rows_of_a_result_are_imported_once(models: dict[str, Model]) -> None:
    bench = Bench(models["done"])
    bench.do(grid.CorrectCells(step="result", cells=((31, 1, "5"),)))
    assert bench.model.phase.rows.good == [31]
    begun = update(bench.model, grid.BringRows())
    assert isinstance(begun.model.phase, Importing)
    assert [type(effect) for effect in begun.effects] == [BringRows]
    assert not update(begun.model, grid.BringRows()).is_accepted
    assert not update(begun.model, grid.CorrectCells(step="result", cells=((32, 1, "5"),))).is_accepted
    before = bench.model.phase.report
    done = bench.do(grid.BringRows())
    assert isinstance(done.phase, Done)
    now = done.phase.report.progress
    assert (now.rows_read, now.created, now.rejected) == (31, 30, 1)
    assert before.progress.created == 29
    assert done.phase.rows.numbers.to_list() == done.phase.report.rejected_rows["row"].to_list() == [32]
    assert not update(done, grid.BringRows()).is_accepted
    assert done.planned.corrected.corrections == {(31, "qty"): "5"}


def test_rows_that_may_be_in_the_table_are_not_imported_again(models: dict[str, Model]) -> None:
    bench = Bench(models["done"])
    bench.do(grid.CorrectCells(step="result", cells=((31, 1, "5"),)))
    begun = update(bench.model, grid.BringRows()).model
    number, report = begun.phase.job.number, models["done"].phase.report
    unseen = update(begun, events.JobBroke(number=number, error=OSError("no space left"), report=report)).model
    assert (unseen.phase.rows, unseen.problem.step) == (None, "result")
    unbegun = update(begun, events.JobBroke(number=number, error=OSError("no space left"))).model
    assert unbegun.phase == bench.model.phase


def test_corrections_of_one_file_are_not_applied_to_the_file_that_brings_its_rows_back(
    models: dict[str, Model], tmp_path: Path
) -> None:
    done = models["done"]
    looked = done.looked
    choices = looked.choices.corrected({(31, "qty"): "5"}).but(if_imported="again", header_row=1)
    planned = replace(done.planned, looked=replace(looked, choices=choices))
    done = replace(done, phase=replace(done.phase, importing=replace(done.phase.importing, planned=planned)))
    asked = update(done, actions.BringCorrected()).model
    assert asked.corrects is not None
    back = update(asked, actions.Receive(file=Received(path=tmp_path / "refused.csv"))).model
    assert isinstance(back.phase, Chosen)
    assert back.choices.options == {**done.settings.options, "if_table_exists": "append"}
    assert back.choices.table == "orders"


def test_auto_imports_only_what_is_clean(models: dict[str, Model]) -> None:
    checking = replace(models["checking"], settings=Settings(auto=True))
    number, checked = checking.phase.job.number, models["checked"].phase
    ended = events.JobEnded(number=number, report=checked.report, rows=checked.rows)
    assert isinstance(update(checking, ended).model.phase, Checked)
    clean = replace(checked.report, progress=replace(checked.report.progress, created=31, rejected=0))
    begun = update(checking, replace(ended, report=clean))
    assert isinstance(begun.model.phase, Importing)
    assert clean.progress.state is State.SUCCEEDED


def keys_of(model: Model) -> list[str]:
    """The labels in the foot."""
    return re.findall(r"<button[^>]*>([^<]*)</button>", DRAW["foot"](model))


def test_a_failed_import_says_what_failed_and_is_tried_again(models: dict[str, Model]) -> None:
    done = models["done"]
    now = done.phase.report.progress
    failed = replace(now, state=State.FAILED, error="no space left on the disk", rows_read=5, created=5, rejected=0)
    half = replace(done, phase=replace(done.phase, report=replace(done.phase.report, progress=failed)))
    assert "failed after 5 rows: no space left on the disk" in DRAW["foot"](half)
    assert keys_of(half)[:2] == ["Import another file", "Try again"]
    tried = update(half, actions.Resume())
    [effect] = tried.effects
    assert isinstance(effect, PlanResume)
    lost = update(tried.model, effect.failed(ResumeError("the job is not known any more"))).model
    assert "the job is not known any more" in DRAW["foot"](lost)
    assert keys_of(lost)[:3] == ["Import another file", "Start over", "Try again"]
    [first, *_] = update(lost, actions.Choose(options={"if_imported": "again"})).effects
    assert isinstance(first, MakePlan)
    stopped = replace(half.phase.report.progress, state=State.CANCELLED, error=None)
    cancelled = replace(half, phase=replace(half.phase, report=replace(half.phase.report, progress=stopped)))
    assert keys_of(cancelled)[:2] == ["Import another file", "Resume"]


def test_an_import_that_failed_before_its_first_row_is_begun_again(models: dict[str, Model]) -> None:
    done = models["done"]
    now = done.phase.report.progress
    failed = replace(now, state=State.FAILED, error="the server is gone", rows_read=0, created=0, rejected=0)
    none = replace(done, phase=replace(done.phase, report=replace(done.phase.report, progress=failed)))
    assert keys_of(none)[:2] == ["Import another file", "Try again"]
    again = update(none, actions.Resume())
    assert isinstance(again.model.phase, Importing)
    assert again.model.phase.checked is done.checked
    [effect] = again.effects
    assert isinstance(effect, StartJob)
    broke = update(again.model, effect.failed(OSError("no space left"))).model
    assert isinstance(broke.phase, Checked)
    assert "no space left" in DRAW["foot"](broke)
    assert keys_of(broke)[0] == "Try again"
    assert update(broke, actions.Run()).is_accepted
