"""The App as its cells see it, without a browser."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import dataframely as dy
import openpyxl
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances as widgets
from traitlets.config import Config
from waiting import until

import importer
from importer.app._actions import Download, FillColumn, Stop, TakeOut
from importer.app._model import Done, Importing, JobView, Model
from importer.app.choices import KINDS, Choices, Memory, recall, remember
from importer.app.effects import GridRows
from importer.app.update import update
from importer.app.views import DRAW, end_message
from importer.app.views._job import draw_job
from importer.core import FileRows, Progress, State
from importer.engine import PlanFile
from importer.errors import CancelledError
from importer.sinks import tables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.core import Table
    from importer.sinks import Claim, Found

WIDGET = "application/vnd.jupyter.widget-view+json"
WAIT_S = 60.0


class Page(HTMLParser):
    """What one step of the App shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.controls: list[dict[str, str | None]] = []
        self.html = html
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if "data-action" in (found := dict(attrs)):
            self.controls.append(found)

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def labels(self, action: str) -> list[str]:
        """What stands on the buttons of an action."""
        return re.findall(rf'<button[^>]* data-action="{action}"[^>]*>(.*?)</button>', self.html)


class Desk:
    """An App, and the messages that a page would send it."""

    def __init__(self, app: importer.App) -> None:
        self.app = app
        self.box = app._screen.widget()
        app.wait(WAIT_S)

    @property
    def model(self) -> Model:
        return self.app._controller.model

    def step(self, name: str) -> Page:
        """What the step shows when it is open."""
        return Page(DRAW[name](replace(self.model, open=self.model.open | {name})))

    @property
    def foot(self) -> Page:
        return Page(self.app._screen.pages["foot"].html)

    @property
    def steps(self) -> list[str]:
        names = [name for page in self.box.children for name, known in self.app._screen.pages.items() if known is page]
        return [name for name in names if name not in ("tabs", "path", "foot")]

    def send(self, action: str, value: object = "", of: str = "") -> None:
        self.box.children[0]._handle_custom_msg({"action": action, "of": of, "value": value}, [])

    def ask(self, action: str, value: object = "", of: str = "") -> None:
        self.send(action, value, of)
        self.app.wait(WAIT_S)

    def code(self) -> str:
        """The lines that the foot offers to copy."""
        return re.search(r"<code>(.*?)</code>", self.app._screen.pages["foot"].html, re.DOTALL)[1].replace(
            "&quot;", '"'
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the notebook would be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def desk(place: Path) -> Iterator[Callable[..., Desk]]:
    """``desk(file, **options)`` opens an App; at the end none of its widgets may be left."""
    before = set(widgets)
    opened: list[Desk] = []

    def make(*args: Any, **options: Any) -> Desk:
        opened.append(Desk(importer.App(*args, **options)))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()
    assert set(widgets) == before


@pytest.fixture
def cells() -> Iterator[list[dict[str, Any]]]:
    """What the cells of a notebook are sent."""
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher(parent=shell)  # type: ignore[no-untyped-call]
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


def rows(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def tables(file: Path) -> list[str]:
    return [one.name for one in tables_of(f"sqlite:///{file}")]


def test_the_whole_way_by_clicks_and_its_code_does_the_same(desk: Callable[..., Desk], place: Path) -> None:
    importer.sample("staff.xlsx")
    one = desk()
    assert one.steps == ["file"]
    offered = [control["value"] for control in one.step("path").controls if control["data-action"] == "path"]
    assert offered == ["", "staff.xlsx"]

    one.ask("path", "staff.xlsx")
    assert one.steps == ["file", "preview", "columns", "problems"]
    assert "4,921 rows → staff (new) in sqlite:///importer.db · 80 refused" in one.foot.text
    assert "header in row 4" in one.step("preview").text
    one.ask("key", True, "employee_no")
    one.ask("key", True, "date")
    one.ask("into", "sqlite:///mine.db")
    assert "4,900 of 5,001 rows are good, 101 refused" in one.step("problems").text
    assert (
        "4,895 rows → staff (new) in sqlite:///mine.db · 4,890 new · 5 updated · 5 unchanged · 101 refused"
        in one.foot.text
    )
    assert not (place / "mine.db").exists()
    one.ask("run")
    assert "4,890 created, 5 updated, 101 refused" in one.step("result").text
    assert rows(place / "mine.db", "staff") == 4_890

    code = one.code()
    assert 'plan = importer.plan(\n    "staff.xlsx",\n    into="sqlite:///mine.db",' in code
    names: dict[str, Any] = {}
    exec(code.replace("mine.db", "code.db"), names)
    assert names["report"].progress.created == 4_890
    assert (place / "refused.xlsx").exists()


def test_a_clean_check_is_followed_by_the_import_where_that_is_asked_for(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "clean.csv").write_text("id,qty\n1,5\n2,7\n")
    one = desk("clean.csv", into="sqlite:///clean.db", key="id", auto=True)
    assert one.steps[-1] == "result"
    assert rows(place / "clean.db", "clean") == 2


def test_refused_rows_wait_for_a_click_also_with_auto(desk: Callable[..., Desk], place: Path) -> None:
    (place / "dirty.csv").write_text("id,qty\n1,5\n,7\n")
    one = desk("dirty.csv", into="sqlite:///dirty.db", key="id", auto=True)
    assert one.steps[-1] == "problems"
    assert one.app.report is None
    assert "Import 1 row" in one.foot.text


def test_sheet_header_row_dialect_and_encoding_can_be_changed(desk: Callable[..., Desk], place: Path) -> None:
    (place / "odd.csv").write_text("title\nid;name\n1;Zoë\n", encoding="cp1252")
    one = desk("odd.csv")
    one.ask("header_row", "2")
    assert "header in row 2" in one.step("preview").text
    one.ask("delimiter", ",")
    assert "commas" in one.step("preview").text
    one.ask("delimiter", ";")
    one.ask("encoding", "cp1252")
    assert one.app.plan.source.header.labels == ("id", "name")
    assert all(part in one.code() for part in ("header_row=2", 'delimiter=";"', 'encoding="cp1252"'))


def test_a_check_at_work_does_not_say_that_it_imports() -> None:
    now = importer.Progress(label="a.csv → a", rows_read=9, created=9, state=importer.State.RUNNING)
    for kind, words in ("check", {"checking", "would be created"}), ("import", {"importing", "created"}):
        drawn = draw_job(JobView(number=1).after(replace(now, kind=kind)))
        assert words == {"checking", "importing", "created", "would be created"} & set(re.findall(r">([\w ]+)<", drawn))


class SlowSink(importer.testing.MemorySink):
    """A database that answers only while its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.is_asked = Event(), Event()
        self.gate.set()

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        self.is_asked.set()
        assert self.gate.wait(WAIT_S)
        return super().open(table, claim)


@pytest.mark.parametrize("after", [(), (("if_table_exists", "fail"),)], ids=["alone", "before another choice"])
def test_a_click_on_check_waits_for_the_plan_that_is_being_made(
    desk: Callable[..., Desk], place: Path, after: tuple[tuple[str, str], ...]
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n")
    sink = SlowSink()
    one = desk("a.csv", into=sink)
    sink.gate.clear()
    one.send("if_table_exists", "append")
    one.send("check")
    for choice in after:
        one.send(*choice)
    sink.gate.set()
    one.app.wait(WAIT_S)
    assert one.app.checked.progress.created == 1
    assert one.app.plan.if_table_exists == ("fail" if after else "append")


def test_a_click_is_answered_while_the_database_is_slow(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n")
    sink = SlowSink()
    one = desk("a.csv", into=sink)
    sink.gate.clear()
    sink.is_asked.clear()
    one.send("table", "other")
    assert sink.is_asked.wait(WAIT_S)
    answers: list[dict[str, Any]] = []
    page = one.app._screen.pages["preview"]
    page.send = answers.append
    page._handle_custom_msg({"action": "toggle", "value": "preview", "of": ""}, [])
    assert answers == [{"received": True, "is_accepted": True}]
    assert "im-top" not in page.html
    assert "matching" in one.step("columns").text
    sink.gate.set()
    one.app.wait(WAIT_S)
    assert one.app.plan.table == "other"


def test_a_plan_waits_for_the_next_click_but_not_where_somebody_waits_for_it(
    desk: Callable[..., Desk], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "a.csv").write_text("id,qty\n1,2\n")
    one = desk("a.csv", into="sqlite:///a.db")
    for name in ("REST_S", "LONGEST_REST_S"):
        monkeypatch.setattr(f"importer.app._controller.{name}", 3600.0)
    one.send("kind", "String", "id")
    one.send("kind", "Float64", "id")
    assert one.app.plan is None
    one.app.wait(WAIT_S)
    assert isinstance(one.app.plan.effective_schema.columns()["id"], dy.Float64)


def test_merged_cells_are_filled_by_a_click(desk: Callable[..., Desk], place: Path) -> None:
    book = openpyxl.Workbook()
    for row in [("region", "shop"), ("North", "A"), (None, "B"), ("South", "C")]:
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.save(place / "shops.xlsx")
    one = desk("shops.xlsx", into="sqlite:///shop.db")
    assert "merged cells hold their value in the first cell only, so 1 cell is empty" in one.step("preview").text
    one.ask("merged", "fill")
    assert "Merged cells are filled" in one.step("preview").text
    assert 'merged="fill"' in one.code()
    one.ask("merged", "keep")
    assert "so 1 cell is empty" in one.step("preview").text


def test_what_stands_below_the_table_is_shown_and_left_out_by_a_click(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n3,7\nthat is all\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    assert "row 5, the last one, fills 1 of its cells" in one.step("preview").text
    assert "1 question" in one.foot.text
    [end, keep] = [control for control in one.step("preview").controls if control["data-action"] == "answer"]
    one.ask("answer", keep["value"], keep["data-of"])
    assert "question" not in one.foot.text
    one.ask("answer", end["value"], end["data-of"])
    assert "The table ends with row 4; the rows below it are not imported." in one.step("preview").text
    assert "last_row=4" in one.code()
    assert one.app.checked.progress.rejected == 0
    one.ask("last_row", "")
    assert "last_row" not in one.code()


def test_rows_are_chosen_and_left_out_by_their_numbers(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(2, 9)) + "Total,35\n")
    one = desk("a.csv", into="sqlite:///shop.db", plans="plans")
    one.ask("rows", " 3 - 9 ")
    one.ask("leave_out", "5, totals")
    assert one.app.checked.progress.created == 5
    assert 'rows="3-9"' in one.code()
    assert 'leave_out=["totals", "5"]' in one.code()
    preview = one.step("preview")
    assert re.findall(r"<del>(.*?)</del>", preview.html)[::2] == ["2", "5", "Total"]
    typed = {control["data-action"]: control.get("value") for control in preview.controls}
    assert (typed["rows"], typed["leave_out"]) == ("3-9", "totals, 5")
    one.ask("run")
    one.ask("save_plan")
    kept = PlanFile.read(place / "plans/a.toml").options
    assert (kept.rows, kept.leave_out) == ("3-9", ("totals", "5"))
    # The numbers are those of this file; only what they are holds for the next one.
    (place / "b.csv").write_text("id,qty\n1,5\n2,6\nTotal,11\n")
    other = desk("b.csv", into="sqlite:///shop.db")
    other.ask("memory", "take")
    assert other.model.choices.options["leave_out"] == ("totals",)
    assert "rows" not in other.model.choices.options


def test_rows_below_the_last_one_are_told_in_the_preview(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    one.ask("leave_out", "900")
    said = "the rows to leave out, '900', lie below row 3, the last one, so nothing is left out there"
    assert f"{said}; name other rows in Preview down to row 3" in one.step("preview").text
    one.ask("leave_out", "")
    assert said not in one.step("preview").text


def test_what_is_no_row_is_told_and_the_file_stays_as_it_is(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n")
    one = desk("a.csv", into="sqlite:///shop.db", auto=False)
    before = one.code()
    one.ask("leave_out", "totl")
    preview = one.step("preview")
    assert "Rows to leave out must be headers, totals" in preview.text
    assert "not 'totl': did you mean 'totals'?" in preview.text
    assert 'value="totl"' in preview.html
    assert "aria-invalid" in preview.html
    assert one.app.checked is not None
    assert "run" not in {control["data-action"] for control in one.foot.controls}
    one.ask("leave_out", "")
    assert one.code() == before
    # A plan or Python may bring what the page would not take; the field is there even so.
    (place / "c.csv").write_text("id,qty\n1,5\n")
    one.ask("rows", "1-x")
    one.ask("path", "c.csv")
    assert "1-x" not in one.step("preview").html


def test_with_another_sheet_only_kinds_of_rows_stay_left_out() -> None:
    choices = Choices(path=Path("a.xlsx"), said="a.xlsx").but(rows="3-", leave_out="totals,5", header_row=2, key="id")
    assert choices.but(sheet="Q2").options == {"leave_out": ("totals",), "key": "id", "sheet": "Q2"}
    assert choices.but(sheet="Q2", header_row=7).options["header_row"] == 7
    assert "leave_out" not in choices.but(leave_out="5").but(sheet="Q2").options


def test_files_beside_the_notebook_are_all_offered_and_found_by_typing(desk: Callable[..., Desk], place: Path) -> None:
    for n in range(230):
        (place / f"report {n:03}.csv").touch()
    (place / "sales.csv").touch()
    one = desk()
    path = one.step("path")
    assert "… and 219 more" in path.text
    assert "19 more are found by typing how their names begin." in path.text
    assert path.labels("path")[-1] == "report 211.csv"
    one.ask("complete", "s")
    assert one.step("path").labels("path") == ["sales.csv"]


def test_refused_rows_that_nobody_waits_for_are_not_written_to_the_end(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(9)) + "9,many\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    one.ask("run")
    asked = update(one.model, Download(kind="xlsx", view="1"))
    assert "Cancel the download" in Page(DRAW["result"](replace(asked.model, open=frozenset({"result"})))).text
    stopped = update(asked.model, Stop())
    assert (stopped.model.busy, stopped.model.stop) == (None, None)
    told = Page(DRAW["result"](replace(stopped.model, open=frozenset({"result"})))).text
    assert "The download was cancelled. Nothing of it was kept." in told
    [end] = stopped.effects
    end.perform(one.app._controller)
    with pytest.raises(CancelledError):
        asked.effects[0].perform(one.app._controller)
    assert list(one.app._screen._outbox._folder.iterdir()) == []


def test_a_file_that_is_deleted_after_its_check_is_told_and_imported_once_it_is_back(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    (place / "a.csv").rename(place / "b.csv")
    one.ask("run")
    why = "'a.csv' cannot be read any more: No such file or directory; put it back, or name another file"
    assert why in one.foot.text
    (place / "b.csv").rename(place / "a.csv")
    one.ask("run")
    assert rows(place / "shop.db", "a") == 1


def test_auto_waits_where_something_is_in_doubt(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n2,7\n")
    one = desk("a.csv", into="sqlite:///shop.db", key="id", auto=True)
    assert one.app.report is None
    assert "1 question" in one.foot.text
    one.ask("answer", *answers(one.step("problems"))["Keep the first"])
    assert one.app.report.progress.created == 2


def test_an_answer_to_a_question_that_has_changed_since_is_not_taken(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n3,7\nTotal,18\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    [(label, button)] = [each for each in answers(one.step("preview")).items() if each[0] != "Keep as it is"]
    one.ask("answer", *button)
    code = one.code()
    assert label not in answers(one.step("preview"))
    one.ask("answer", *button)
    one.ask("answer", "leave_out='everything'", button[1])
    one.ask("answer", "", "[" * 100_000)
    assert one.code() == code


@pytest.mark.parametrize("content", ["id,qty\n", ""], ids=["header", "nothing"])
@pytest.mark.parametrize(
    "there", ["", "CREATE TABLE orders (id INTEGER PRIMARY KEY, qty INTEGER)"], ids=["new", "there"]
)
def test_a_file_without_rows_is_imported_as_none(
    desk: Callable[..., Desk], place: Path, content: str, there: str
) -> None:
    with closing(sqlite3.connect(place / "a.db")) as database:
        database.execute(there)
    (place / "orders.csv").write_text(content)
    one = desk("orders.csv", into="sqlite:///a.db")
    assert one.model.problem is None
    one.ask("run")
    assert one.app.report is not None
    assert one.app.report.progress.rows_read == 0
    assert "no rows to import" in one.step("preview").text + one.step("result").text


def test_a_file_whose_rows_are_all_there_says_so(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n")
    importer.load("a.csv", into="sqlite:///shop.db", key="id", listeners=[])
    one = desk("a.csv", into="sqlite:///shop.db", key="id", if_imported="again")
    assert "All 2 rows are in a already" in one.foot.text
    assert "Finish" in one.foot.text


def answers(page: Page) -> dict[str, tuple[str | None, str | None]]:
    """The buttons that answer questions, by their label."""
    keys = [control for control in page.controls if control["data-action"] == "answer"]
    return {label: (key["value"], key["data-of"]) for label, key in zip(page.labels("answer"), keys, strict=True)}


def test_a_question_is_answered_by_a_click_and_its_code_does_the_same(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text('id,price\n1,"1,250"\n2,"3,400"\n2,"5,600"\n')
    one = desk("a.csv", into="sqlite:///shop.db", key="id")
    assert "2 questions" in one.foot.text
    found = answers(one.step("preview")) | answers(one.step("problems"))
    one.ask("answer", *found["The comma is the decimal mark"])
    assert "1 question" in one.foot.text
    one.ask("answer", *found["Keep the first"])
    assert "question" not in one.foot.text
    assert 'on_repeated_key="first"' in one.code()
    code = one.code().replace("shop.db", "code.db")
    one.ask("run")
    exec(code, names := {})
    for file in "shop.db", "code.db":
        with closing(sqlite3.connect(place / file)) as database:
            assert database.execute("SELECT id, price FROM a").fetchall() == [(1, 1.25), (2, 3.4)]
    assert names["report"].progress.created == 2


def test_a_question_about_one_column_stays_while_another_one_is_named(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text('id,price,note\n1,"1,250",x\n2,"3,400",y\n')
    one = desk("a.csv", into="sqlite:///shop.db")
    before = one.model.questions
    one.ask("name", "remark", "note")
    assert one.model.questions == before
    assert "The comma is the decimal mark" in one.step("preview").labels("answer")
    one.ask("name", "cost", "price")
    [(_, button)] = [each for each in answers(one.step("preview")).items() if each[0].startswith("The comma")]
    one.ask("answer", *button)
    assert one.model.questions == []
    # Nor do other rows take back what was chosen for the columns.
    one.ask("rows", "2-3")
    assert one.model.questions == []
    one.ask("run")
    with closing(sqlite3.connect(place / "shop.db")) as database:
        assert database.execute("SELECT id, cost, remark FROM a").fetchall() == [(1, 1.25, "x"), (2, 3.4, "y")]


def test_a_question_that_nobody_answered_is_answered_in_the_result_which_takes_the_import_out_first(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text('id,price\n1,"1,250"\n2,"3,400"\n2,"5,600"\n')
    one = desk("a.csv", into="sqlite:///shop.db", key="id")
    one.ask("run")
    result = one.step("result")
    assert result.labels("answer_anew") == ["The comma is the decimal mark"]
    assert "takes this import out again first" in result.text
    # Which row of a key is kept is no question any more, but what was found.
    assert "2 rows share" in result.text
    [key] = [control for control in result.controls if control["data-action"] == "answer_anew"]
    one.ask("answer_anew", key["value"], key["data-of"])
    assert "Nothing is changed yet." in one.foot.text
    assert one.foot.labels("take_out_now") == ["Take it out and go on"]
    one.ask("take_out_not")
    assert rows(place / "shop.db", "a") == 2
    one.ask("answer_anew", "decimal", key["data-of"])
    one.ask("answer_anew", "", key["data-of"])
    assert one.foot.labels("take_out_now") == []
    one.ask("answer_anew", key["value"], key["data-of"])
    one.ask("take_out_now")
    assert "3 rows → a (new) in sqlite:///shop.db · 2 new · 1 updated" in one.foot.text
    assert not tables(place / "shop.db")
    one.ask("run")
    with closing(sqlite3.connect(place / "shop.db")) as database:
        assert database.execute("SELECT id, price FROM a").fetchall() == [(1, 1.25), (2, 5.6)]


def test_an_answer_in_the_result_of_an_import_that_stays_imports_the_file_again(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n3,7\nTotal,18\n")
    one = desk("a.csv", into="sqlite:///shop.db", undo=False)
    one.ask("run")
    result = one.step("result")
    assert "Each answer imports the file again." in result.text
    assert "cannot be taken out again: nothing was kept to undo it, as it ran with undo=False" in result.text
    [key] = [control for control in result.controls if control["data-action"] == "answer_anew"]
    one.ask("answer_anew", key["value"], key["data-of"])
    assert one.model.choices.options["leave_out"] == ("totals",)
    assert "This file is already in a" in one.step("already_imported").text
    assert rows(place / "shop.db", "a") == 3


def test_a_question_that_is_let_be_in_the_result_is_told_as_what_was_found(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,6\n3,7\nTotal,18\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    one.ask("run")
    [(_, button)] = [each for each in answers(one.step("result")).items() if each[0] == "Keep as it is"]
    one.ask("answer", *button)
    assert not one.step("result").labels("answer_anew")
    assert "looks like" in one.step("result").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nothing.xlsx", "there is no file 'nothing.xlsx'"),
        (".", "'broken.xlsx' begins like a workbook but is damaged"),
        ("broken.xlsx", "'broken.xlsx' begins like a workbook but is damaged"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence(
    desk: Callable[..., Desk], place: Path, typed: str, sentence: str
) -> None:
    (place / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
    one = desk()
    one.ask("path", typed)
    assert sentence in " ".join(one.step(name).text for name in one.steps)
    assert "columns" not in one.steps


def test_a_wrong_path_is_told_in_the_foot_with_what_to_do_whatever_file_is_open(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    one.ask("path", "b.csv")
    assert one.foot.text.startswith("there is no file 'b.csv'. Choose one from the list, or drop one here")
    assert one.foot.labels("show") == ["Show in File"]
    one.ask("path", "a.csv")
    assert one.foot.labels("run") == ["Import 1 row"]


SOURCE = r'<select data-action="from" data-of="(\w+)"[^>]*>.*?<option value="(\w*)" selected'


def test_another_source_of_a_column_is_shown_before_there_is_a_plan(desk: Callable[..., Desk], place: Path) -> None:
    there(place / "a.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, qty INTEGER, n INTEGER)")
    (place / "a.csv").write_text("id,qty,n\n1,5,6\n")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    model = update(one.model, FillColumn(column="qty", label="n")).model
    assert model.planned is None
    drawn = DRAW["columns"](replace(model, open=frozenset({"columns"})))
    sources = dict(re.findall(SOURCE, drawn))
    # A header fills one column at most.
    assert sources == {"id": "id", "qty": "n", "n": ""}
    model = update(one.model, FillColumn(column="qty", label="")).model
    drawn = DRAW["columns"](replace(model, open=frozenset({"columns"})))
    sources = dict(re.findall(SOURCE, drawn))
    assert sources == {"id": "id", "qty": "", "n": "n"}


def test_a_key_that_is_not_there_can_be_taken_back(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", key="order")
    assert "the key column 'order' is not in the file" in one.step("columns").text
    one.ask("reset")
    assert "1 of 1 columns filled" in one.step("columns").text


def test_a_check_that_fails_says_why_and_opens_the_step_where_that_is_corrected(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///a.db", auto=True)
    (place / "a.csv").write_text("id\n2\n")
    one.ask("path", "a.csv")
    assert "the table 'a' exists already" in one.step("problems").text
    assert "check" in [control["data-action"] for control in one.foot.controls]
    assert (one.model.hand, one.steps[-1]) == ("problems", "problems")
    one.ask("if_table_exists", "append")
    assert rows(place / "a.db", "a") == 2


def test_a_rule_can_be_relaxed_from_the_check_which_is_then_done_again(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(20)) + "20,many\n21,\n")
    one = desk("a.csv", into="sqlite:///a.db")
    one.ask("required", True, "qty")
    one.ask("check")
    asked = [control for control in one.step("problems").controls if control["data-action"] == "relax"]
    assert [(control["data-of"], control["value"]) for control in asked] == [("qty", "text"), ("qty", "empty")]
    said = one.step("problems").text
    assert said.index("Correct this cell") < said.index("Take the whole column as text (22 cells)")
    one.ask("relax", "text", "qty")
    assert "21 of 22 rows are good" in one.step("problems").text
    one.ask("relax", "empty", "qty")
    assert "22 of 22 rows are good" in one.step("problems").text
    one.ask("relax", "nothing", "qty")
    assert "22 of 22 rows are good" in one.step("problems").text


def test_another_choice_makes_the_check_void(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv")
    first = one.app.checked
    assert "1 row → a (new)" in one.foot.text
    one.ask("table", "other")
    assert "1 row → other (new)" in one.foot.text
    assert one.app.checked is not first


@pytest.mark.parametrize(
    "message",
    [
        None,
        "check",
        {},
        {"action": None},
        {"action": "flow", "value": ""},
        {"action": "__class__", "value": "", "of": ""},
        {"action": "toggle", "value": "nowhere"},
        {"action": "header_row", "value": "-1"},
        {"action": "key", "of": 1, "value": True},
        {"action": "cancel", "value": ""},
        {"action": "run", "value": ""},
        {"action": "check", "value": ""},
    ],
)
def test_any_other_message_is_ignored(desk: Callable[..., Desk], message: object) -> None:
    one = desk()
    before = one.model
    one.box.children[0]._handle_custom_msg(message, [])
    assert one.model is before


def test_a_message_changes_only_the_steps_that_it_touches(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv")
    one.ask("toggle", "file")
    changed: list[str] = []
    for name in ("file", "path", "preview", "columns"):
        one.app._screen.pages[name].observe(lambda _, name=name: changed.append(name), "html")
    one.ask("complete", "b")
    assert changed == ["path"]
    one.ask("toggle", "columns")
    assert changed == ["path", "columns"]


class Orders(dy.Schema):
    """What the corrected rows must be."""

    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)


class Priced(dy.Schema):
    """Prices with a comma, in a table without a key."""

    price = dy.Float64(nullable=True, metadata={"decimal": ","})
    qty = dy.Int64(nullable=True)


class Counted(dy.Schema):
    """A table without a key."""

    id = dy.Int64(nullable=True)
    qty = dy.Int64(nullable=True)


HOSTILE = "<img src=x onerror='window.hacked = 1'>"


def test_no_name_header_or_cell_becomes_a_tag(desk: Callable[..., Desk], place: Path) -> None:
    name = "<script>alert(1)<⁄script>.csv"
    (place / name).write_text(f'"{HOSTILE}",id\n"{HOSTILE}",1\n"{HOSTILE}",\n')
    one = desk()
    one.ask("path", name)
    one.ask("key", True, "id")
    one.ask("table", HOSTILE)
    one.ask("check")
    one.ask("run")
    for step in one.steps:
        if step not in one.model.open and step != "already_imported":
            one.ask("toggle", step)
        assert not one.step(step).tags & {"img", "script"}
    assert HOSTILE in one.step("preview").text


def test_a_dropped_file_goes_the_same_way_under_its_own_name(desk: Callable[..., Desk], place: Path) -> None:
    data = importer.sample("staff.xlsx").read_bytes()
    one = desk(into="sqlite:///staff.db")
    importer.testing.feed(one.app.upload, "../Staff Punches.xlsx", data)
    one.app.wait(WAIT_S)
    stored = one.model.choices.path
    assert (stored.stat().st_mode & 0o777, stored.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert stored.name == "Staff Punches.xlsx"
    assert "Staff Punches.xlsx" in one.step("file").text
    assert one.app.plan.label == "Staff Punches.xlsx, sheet 'Punches' → staff_punches"
    one.ask("check")
    one.ask("run")
    assert one.app.report.progress.created == 4_921
    assert 'importer.plan("Staff Punches.xlsx", into=' in re.sub(r"\n +", " ", one.code()).replace("( ", "(")
    assert str(stored.parent) not in "".join(page.html for page in one.app._screen.pages.values())
    one.ask("again")
    assert not stored.exists()


def test_an_error_calls_a_dropped_file_by_its_own_name(desk: Callable[..., Desk]) -> None:
    one = desk()
    importer.testing.feed(one.app.upload, "orders.xlsx", b"PK\x03\x04 and no more")
    one.app.wait(WAIT_S)
    assert "'orders.xlsx' begins like a workbook but is damaged" in one.step("preview").text
    assert one.model.problem.error.facts["file"] == "orders.xlsx"


def test_files_that_are_dropped_together_wait_for_their_turn(desk: Callable[..., Desk], place: Path) -> None:
    one = desk(into="sqlite:///all.db", key="id")
    for name in ("a.csv", "b.csv"):
        importer.testing.feed(one.app.upload, name, b"id,qty\n1,5\n2,7\n")
        one.app.wait(WAIT_S)
    one.ask("check")
    one.ask("run")
    assert "Next file: b.csv" in one.foot.text
    one.ask("again")
    assert one.app.plan.table == "b"
    assert one.app.plan.key == ("id",)


def test_files_that_are_dropped_with_the_same_headers_are_imported_together(
    desk: Callable[..., Desk], place: Path
) -> None:
    one = desk(into="sqlite:///all.db", key="id")
    for name, data in {
        "orders 1.csv": b"id,qty\n1,5\n2,x\n3,1\n4,1\n5,1\n6,1\n7,1\n8,1\n9,1\n10,1\n11,1\n12,1\n",
        "orders 2.csv": b"Qty,ID\n6,21\n7,22\n",
        "other.csv": b"colour,size\nred,1\n",
        "orders 10.csv": b"id,qty\n31,8\n",
    }.items():
        importer.testing.feed(one.app.upload, name, data)
        one.app.wait(WAIT_S)
    pages = "".join(page.html for page in one.app._screen.pages.values())
    assert "3 files share these headers" in pages
    old = one.model.choices.path
    one.ask("together")
    assert [file.name for file in one.model.waiting] == ["other.csv"]
    assert not old.exists()
    assert one.app.plan.table == "orders"
    one.ask("check")
    assert [row["row"] for row in one.model.phase.rows.page(0, 5)] == ["3 of 'orders 1.csv'"]
    one.ask("run")
    assert (one.app.report.progress.created, one.app.report.progress.rejected) == (14, 1)
    with closing(sqlite3.connect(place / "all.db")) as database:
        assert database.execute("SELECT id, qty FROM orders WHERE id > 20").fetchall() == [(21, 6), (22, 7), (31, 8)]
    folder = one.model.choices.path
    fill(one, "result", FileRows.number(0, 3), 1, "50")
    one.ask("bring")
    with closing(sqlite3.connect(place / "all.db")) as database:
        assert database.execute("SELECT qty FROM orders WHERE id = 2").fetchall() == [(50,)]
    one.ask("again")
    assert not folder.exists()
    assert one.model.choices.path.name == "other.csv"


def test_files_with_the_same_headers_can_be_imported_one_by_one(desk: Callable[..., Desk], place: Path) -> None:
    one = desk(into="sqlite:///all.db", key="id")
    for name in ("a.csv", "b.csv"):
        importer.testing.feed(one.app.upload, name, b"id,qty\n1,5\n2,7\n")
        one.app.wait(WAIT_S)
    one.ask("apart")
    assert "share these headers" not in "".join(page.html for page in one.app._screen.pages.values())
    assert one.app.plan.table == "a"


def test_types_formats_and_columns_can_be_changed_and_the_code_says_so(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("No;Sold on;Price;Note\n007;03/04/2025;1,5;x\n8;05/06/2025;2,5;\n")
    one = desk("a.csv", into="sqlite:///a.db", key="No")
    one.ask("kind", "String", "sold_on")
    one.ask("kind", "Date", "sold_on")
    one.ask("format", "day_first", "sold_on")
    one.ask("kind", "Int64", "no")
    one.ask("required", True, "price")
    one.ask("from", "", "note")
    assert "Import note" in one.step("columns").text
    assert "as you chose" in one.step("columns").text
    one.ask("check")
    one.ask("run")
    with closing(sqlite3.connect(place / "a.db")) as database:
        assert database.execute("SELECT * FROM a").fetchall() == [(7, "2025-04-03", 1.5), (8, "2025-06-05", 2.5)]
    names: dict[str, Any] = {}
    exec(one.code().replace("a.db", "code.db"), names)
    assert names["report"].progress.created == 2
    one.ask("from", "note", "note")
    assert "note" in one.app.plan.effective_schema.columns()


def test_a_column_gets_another_name_which_the_code_and_the_next_file_keep(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("No,Name\n1,x\n2,\n")
    one = desk("a.csv", into="sqlite:///a.db", key="No")
    one.ask("name", "Full name", "name")
    one.ask("name", "id", "no")
    one.ask("required", True, "name")
    assert one.app.plan.wanted.key == ("id",)
    one.ask("key", False, "no")
    one.ask("key", True, "no")
    one.ask("check")
    one.ask("run")
    with closing(sqlite3.connect(place / "a.db")) as database:
        assert database.execute('SELECT id, "Full name" FROM a').fetchall() == [(1, "x")]
    names: dict[str, Any] = {}
    exec(one.code().replace("a.db", "code.db"), names)
    assert names["report"].progress.created == 1
    assert names["plan"].wanted.key == ("id",)
    (place / "b.csv").write_text("No,Name\n3,y\n")
    two = desk("b.csv", into="sqlite:///b.db")
    two.ask("memory", "take")
    assert [found.column for found in two.app.plan.matches] == ["id", "Full name"]


@pytest.mark.parametrize(("name", "says"), [("ID", "Another column is called ID too"), ("  ", "A column needs a name")])
def test_a_wrong_name_is_told_at_its_field_and_nothing_goes_on_with_it(
    desk: Callable[..., Desk], place: Path, name: str, says: str
) -> None:
    (place / "a.csv").write_text("id,Name\n1,x\n")
    one = desk("a.csv", into="sqlite:///a.db")
    one.ask("name", name, "name")
    [field] = [one for one in one.step("columns").controls if one["data-action"] == "name" and "aria-invalid" in one]
    assert (field["data-of"], field["value"]) == ("name", name.strip())
    assert says in one.step("columns").text
    assert one.app.plan is None
    assert one.app.check() is None
    one.ask("kind", "String", "id")
    assert one.app.plan is None
    one.ask("name", "name", "name")
    assert list(one.app.plan.effective_schema.columns()) == ["id", "name"]


def test_types_are_said_in_plain_words_and_cells_that_do_not_fit_are_marked_in_preview(
    desk: Callable[..., Desk], place: Path
) -> None:
    rows = "".join(f"{n},2025-01-{n % 28 + 1:02},{n}.5,2025-01-02 03:04,12:30,yes,x\n" for n in range(40))
    (place / "a.csv").write_text(f"n,day,price,at,time,paid,note\n{rows.replace('2,2025-01-03', 'two,2025-01-03')}")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    one.ask("kind", "Int64", "n")
    words = ["Whole number", "Date", "Decimal", "Date and time", "Time", "Yes/no", "Text"]
    html = DRAW["preview"](replace(one.model, open=frozenset({"preview"})))
    assert re.findall(r'<span class="im-kind[^"]*" title="[^"]*">([^<]*)<', html) == words
    assert re.findall(r'<td class="([^"]*)" title="([^"]*)">two<', html) == [
        ("im-number im-bad", "&#x27;two&#x27; is not a whole number")
    ]
    assert (
        "1 marked cell does not fit the type of its column: A4: 'two' is not a whole number" in one.step("preview").text
    )
    one.ask("kind", "String", "n")
    assert "im-bad" not in one.app._screen.pages["preview"].html


def test_a_column_among_hundreds_is_found_by_what_its_line_says(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text(f"{','.join(f'reading {n}' for n in range(199))},day\n{'1,' * 199}2025-01-31\n")
    one = desk("a.csv", into="sqlite:///a.db")

    def shown() -> list[str | None]:
        return [one["data-of"] for one in one.step("columns").controls if one["data-action"] == "name"]

    assert (len(shown()), shown()[-1]) == (60, "reading_59")
    one.ask("more_columns")
    assert len(shown()) == 120
    one.ask("find", "reading_19")
    assert shown() == ["reading_19", *(f"reading_19{n}" for n in range(9))]
    assert "10 of 200 columns" in one.step("columns").text
    one.ask("find", "date")
    assert shown() == ["day"]
    one.ask("kind", "String", "day")
    one.ask("find", "")
    assert len(shown()) == 60


def test_with_a_schema_a_column_can_be_filled_from_another_header(desk: Callable[..., Desk], place: Path) -> None:
    class Orders(dy.Schema):
        order_id = dy.Int64(primary_key=True)
        quantity = dy.Int64(nullable=True)

    (place / "a.csv").write_text("order_id,Qty.,Pieces\n1,5,6\n")
    one = desk("a.csv", into="sqlite:///a.db", schema=Orders)
    assert "Not imported: Qty., Pieces" in one.step("columns").text
    one.ask("from", "Pieces", "quantity")
    assert 'mapping={"quantity": "Pieces"}' in one.code()
    assert "schema=Orders" in one.code()
    one.ask("check")
    one.ask("run")
    with closing(sqlite3.connect(place / "a.db")) as database:
        assert database.execute("SELECT * FROM a").fetchall() == [(1, 6)]


def there(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(sql)


def test_the_columns_of_a_table_that_is_there_are_filled_and_the_code_does_the_same(
    desk: Callable[..., Desk], place: Path
) -> None:
    sql = "CREATE TABLE orders (id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, sold DATE, note TEXT DEFAULT 'new')"
    there(place / "a.db", f"{sql}; INSERT INTO orders VALUES (1, 5, '2025-01-01', 'kept')")
    (place / "a.csv").write_text("ID;Quantity ea.;Sold;Colour\n1;7;03.04.2025;red\n2;8;04.04.2025;blue\n3;x;;\n")
    one = desk("a.csv", into="sqlite:///a.db", table="orders")
    said = one.step("columns").text
    assert "3 of 4 columns filled · into orders" in said
    assert all(words in said for words in ("89%", "by a similar name", "left as it is", "Not imported: Colour"))
    code = one.code().removesuffix("report = plan.run()")
    assert "2 of 3 rows are good, 1 refused" in one.step("problems").text
    assert one.app.checked.progress.updated == 1
    one.ask("run")
    with closing(sqlite3.connect(place / "a.db")) as database:
        found = database.execute("SELECT * FROM orders").fetchall()
    assert found == [(1, 7, "2025-04-03", "kept"), (2, 8, "2025-04-04", "new")]
    names: dict[str, Any] = {}
    exec(f"{code}\nreport = plan.check()", names)
    assert names["report"].progress.unchanged == 2

    one.ask("from", "", "sold")
    assert "sold" not in one.app.plan.effective_schema.columns()
    one.ask("columns", "file")
    assert list(one.app.plan.effective_schema.columns()) == ["id", "quantity_ea", "sold", "colour"]
    one.ask("columns", "table")
    assert list(one.app.plan.effective_schema.columns()) == ["id", "quantity", "sold"]


def test_a_required_column_that_the_file_lacks_gets_the_same_value_in_every_row(
    desk: Callable[..., Desk], place: Path
) -> None:
    there(place / "a.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, shop TEXT NOT NULL, day DATE)")
    (place / "a.csv").write_text("id,day\n1,2025-01-31\n2,x\n")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    assert "required: choose where it comes from, or enter a value" in one.step("columns").text
    assert one.app.plan is None
    one.ask("constant", " North ", "shop")
    one.ask("constant", "soon", "day")
    assert "the column 'day' cannot have the value 'soon' in every row" in one.step("columns").text
    fields = [found.get("value") for found in one.step("columns").controls if found["data-action"] == "constant"]
    assert fields == ["North", "soon"]
    one.ask("constant", "2025-02-28", "day")
    drawn = DRAW["columns"](replace(one.model, open=frozenset({"columns"})))
    assert drawn.count(">the same in every row<") == 2
    assert "Not imported: day" in one.step("columns").text
    code = one.code().removesuffix("report = plan.run()")
    one.ask("check")
    one.ask("run")
    with closing(sqlite3.connect(place / "a.db")) as database:
        assert database.execute("SELECT * FROM a").fetchall() == [(n, "North", "2025-02-28") for n in (1, 2)]
    assert "'shop' is 'North' in every row" in one.step("result").text
    names: dict[str, Any] = {}
    exec(f"{code}\nreport = plan.check()", names)
    assert names["report"].progress.unchanged == 2
    (place / "b.csv").write_text("id,day\n3,2025-01-31\n")
    two = desk("b.csv", into="sqlite:///a.db", table="a")
    two.ask("memory", "take")
    assert two.app.plan.constants == {"shop": "North", "day": "2025-02-28"}
    two.ask("from", "day", "day")
    assert two.app.plan.constants == {"shop": "North"}


def test_similar_names_are_told_apart_by_their_values_and_are_a_doubt(desk: Callable[..., Desk], place: Path) -> None:
    sql = "CREATE TABLE a (id INTEGER PRIMARY KEY, full_name TEXT, order_days INTEGER, order_date DATE, rate REAL)"
    there(place / "a.db", sql)
    (place / "a.csv").write_text("id,Name,Order day,Rate text\n1,Ann,2025-01-31,high\n2,Bob,2025-02-28,low\n")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    found = {match.column: match.label for match in one.model.looked.draft.target.matches}
    assert found == {"id": "id", "full_name": "Name", "order_days": None, "order_date": "Order day", "rate": None}
    assert one.step("columns").text.count("is it the right one?") == 2
    assert 'mapping={"full_name": "Name"}' in one.code()


def test_a_column_that_has_to_be_filled_can_be_filled_by_hand(desk: Callable[..., Desk], place: Path) -> None:
    there(place / "a.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, amount REAL NOT NULL)")
    (place / "a.csv").write_text("ID,Betrag\n1,2.5\n")
    one = desk("a.csv", into="sqlite:///a.db")
    assert "the table requires a value in amount" in one.step("columns").text
    assert "Betrag" in one.step("preview").text
    one.ask("check")
    assert one.app.checked is None
    one.ask("from", "Betrag", "amount")
    one.ask("check")
    assert "1 of 1 row is good" in one.step("problems").text
    one.ask("from", "", "id")
    assert "1 of 2 columns filled" in one.step("columns").text


def test_the_key_of_a_table_that_is_there_may_be_said_by_headers(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("Order No,qty\n1,5\n")
    importer.load("a.csv", into="sqlite:///a.db", key="Order No", listeners=[])
    one = desk("a.csv", into="sqlite:///a.db", key="Order No", if_imported="again")
    one.ask("check")
    assert one.app.checked.progress.unchanged == 1


def test_dates_are_read_in_formats_of_ones_own(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,sold\n1,1 of 4 2025\n2,2 of 4 2025\n")
    one = desk("a.csv", into="sqlite:///a.db")
    one.ask("kind", "Date", "sold")
    one.ask("format", "own", "sold")
    assert "own_format" in [control["data-action"] for control in one.step("columns").controls]
    one.ask("own_format", "%d", "sold")
    one.ask("check")
    assert "0 of 2 rows are good" in one.step("problems").text
    one.ask("toggle", "columns")
    one.ask("own_format", "%Y | %d of %m %Y", "sold")
    one.ask("check")
    assert "2 of 2 rows are good" in one.step("problems").text
    assert '"formats": ["%Y", "%d of %m %Y"]' in one.code()


def test_a_database_that_was_misspelt_can_be_written_again(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv")
    one.ask("into", "shop")
    assert "cannot tell what kind of database 'shop' is" in one.step("columns").text
    one.ask("into", "sqlite:///a.db")
    assert "1 of 1 columns filled · into a in sqlite:///a.db" in one.step("columns").text


def test_a_database_that_cannot_be_reached_is_told_and_tried_again(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    (place / "shop.db").write_bytes(b"no database " * 100)
    one = desk("a.csv", into="sqlite:///shop.db")
    said = one.step("columns")
    assert "This file is not a database of this kind" in said.text
    assert "look_again" in [control["data-action"] for control in said.controls]
    assert not {"check", "reset"} & {control["data-action"] for control in said.controls}
    (place / "shop.db").unlink()
    one.ask("look_again")
    assert "1 of 1 columns filled" in one.step("columns").text


def test_a_server_that_refuses_is_told_without_the_password(desk: Callable[..., Desk], place: Path) -> None:
    pytest.importorskip("psycopg", reason="a server needs a driver")
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="postgresql://ann:s3cret@127.0.0.1:1/shop")
    html = one.app._screen.pages["columns"].html
    assert "No server answers at 127.0.0.1, port 1." in html
    assert "s3cret" not in html
    assert "***" not in html
    assert "look_again" in html


def chosen_before(desk: Callable[..., Desk], place: Path) -> Desk:
    """An App that has imported a file with choices of the analyst's own."""
    for name, qty in (("march", 6), ("april", 7)):
        (place / f"{name}.csv").write_text(f"No,qty,note\n1,5,a\n2,{qty},b\n")
    one = desk("march.csv")
    assert one.model.looked.memory is None
    one.ask("table", "orders")
    one.ask("key", True, "no")
    one.ask("kind", "String", "qty")
    one.ask("from", "", "note")
    one.ask("check")
    one.ask("run")
    assert one.app.report.progress.created == 2
    return one


def test_what_was_chosen_is_offered_for_the_next_file_with_the_same_headers_and_can_be_taken_back(
    desk: Callable[..., Desk], place: Path, home: str
) -> None:
    one = chosen_before(desk, place)
    one.ask("path", "april.csv")
    assert one.app.plan.table == "april"
    said = one.step("columns").text
    assert "before: into orders in sqlite:///importer.db; key no; your choices for note, qty" in said
    one.ask("memory", "take")
    assert (one.app.plan.table, one.app.plan.key) == ("orders", ("no",))
    assert str(one.app.plan.effective_schema.columns()["qty"].dtype) == "String"
    assert "note" not in one.app.plan.effective_schema.columns()
    one.ask("memory", "back")
    assert (one.app.plan.table, one.app.plan.key) == ("april", None)
    one.ask("memory", "take")
    one.ask("check")
    one.ask("run")
    assert (one.app.report.progress.unchanged, one.app.report.progress.updated) == (1, 1)
    kept = Path(home) / "mappings.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(kept.read_text())) == 1


def test_no_password_is_remembered(desk: Callable[..., Desk], place: Path, home: str) -> None:
    (place / "a.csv").write_text("id\n1\n")
    kept = {
        "postgresql://ann:s3cret@localhost/shop?sslpassword=s3cret": None,
        "postgresql://ann:s3cret@localhost/shop": "postgresql://ann@localhost/shop",
        "sqlite:///a.db": "sqlite:///a.db",
    }
    for into, url in kept.items():
        choices = Choices(path=place / "a.csv", said="a.csv").but(into=into, key=("id",))
        remember(["id"], choices)
        text = (Path(home) / "mappings.json").read_text()
        assert "s3cret" not in text
        found = recall(["id"], choices.but(key=None))
        assert isinstance(found, Memory)
        assert found.options.get("into") == url
        # The server that is chosen already keeps its password.
        assert found.on(choices).into == into


def test_the_next_file_goes_into_the_database_that_was_chosen(desk: Callable[..., Desk], place: Path) -> None:
    for name in ("a", "b"):
        (place / f"{name}.csv").write_text(f"{name}\n1\n")
    one = desk("a.csv")
    one.ask("into", "sqlite:///chosen.db")
    one.ask("path", "b.csv")
    assert (one.app.plan.into, one.app.plan.table) == ("sqlite:///chosen.db", "b")


def test_a_hundred_kinds_of_files_are_remembered_the_newest(place: Path, home: str) -> None:
    choices = Choices(path=place / "a.csv", said="a.csv").but(key=("id",))
    for n in range(102):
        remember(["id", str(n)], choices)
    assert [recall(["id", str(n)], choices.but(key=None)) is None for n in (0, 1, 2, 101)] == [True, True, False, False]


HINTS = '{"KEY": {"options": {}, "columns": {"a": {"hints": [[]]}}, "brings_columns": true}}'


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[]",
        "{",
        '{"KEY": 1}',
        '{"KEY": {"options": {}, "columns": {"a": {"b": 1}}}}',
        '{"KEY": {"options": {"on_conflict": "drop"}, "columns": {}, "brings_columns": false}}',
        '{"KEY": {"options": {"mapping": {"a": '
        + "[" * 500
        + "]" * 500
        + '}}, "columns": {}, "brings_columns": false}}',
        HINTS,
        "[" * 100_000,
        '{"KEY": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"other": ' + "[" * 100_000 + "]" * 100_000 + "}",
        " " * 21_000_000 + "{}",
    ],
    ids=lambda kept: f"{kept[:50]!r} {len(kept)}",
)
def test_what_is_remembered_may_be_damaged(desk: Callable[..., Desk], place: Path, home: str, kept: str) -> None:
    chosen_before(desk, place)
    file = Path(home) / "mappings.json"
    [key] = json.loads(file.read_text())
    file.write_text(kept.replace("KEY", key))
    one = desk("april.csv", table="orders")
    assert one.model.looked.memory is None
    assert one.model.problem is None
    assert one.step("columns").text.count("Your choices for earlier files cannot be read") == 1
    one.ask("check")
    one.ask("run")
    assert desk("april.csv", table="other").model.looked.damaged is None


def test_a_data_folder_that_cannot_be_written_hurts_no_import(
    desk: Callable[..., Desk], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "no folder").touch()
    monkeypatch.setenv("IMPORTER_HOME", str(place / "no folder"))
    remember(["id"], Choices(path=place / "a.csv", said="a.csv"))
    assert recall(["id"], Choices(path=place / "a.csv", said="a.csv")) is None


def fetched(desk: Desk, kind: str) -> tuple[str, bytes]:
    """What a page gets that fetches the refused rows."""
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    page = desk.app._screen.pages["result"]
    page.send = lambda content, buffers=(): sent.append((content, list(buffers)))
    page._handle_custom_msg({"download": kind, "view": "v"}, [])
    desk.app.wait(WAIT_S)
    file, data = sent[-1][0]["file"], b""
    while len(data) < file["size"]:
        page._handle_custom_msg({"piece": file["key"], "offset": len(data), "view": "v"}, [])
        data += sent[-1][1][0]
    return file["name"], data


def test_refused_rows_go_out_as_a_workbook_and_come_back_corrected(desk: Callable[..., Desk], place: Path) -> None:
    importer.sample("staff.xlsx")
    one = desk("staff.xlsx", into="sqlite:///staff.db", key=["Employee No.", "Date"])
    one.ask("check")
    one.ask("run")
    name, data = fetched(one, "xlsx")
    assert name == "staff refused rows.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["Refused rows"]
    assert sheet.max_row == 102
    for row in sheet.iter_rows(min_row=2):
        if row[5].value in ("eight", "7h30"):
            row[5].value = 8
    book.save(place / "corrected.xlsx")

    one.ask("correct")
    assert "Drop the corrected rows of staff.xlsx" in one.step("path").text
    importer.testing.feed(one.app.upload, "corrected.xlsx", (place / "corrected.xlsx").read_bytes())
    one.app.wait(WAIT_S)
    one.ask("check")
    one.ask("run")
    assert one.app.report.progress.created == 45
    assert one.app.plan.table == "staff"
    assert 'plan = plan.for_file("corrected.xlsx")' in one.code()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_match_shows_the_table_and_the_key_of_the_import_that_a_corrected_file_belongs_to(
    desk: Callable[..., Desk], place: Path, kind: str
) -> None:
    (place / "a.csv").write_text("No,qty\n1,5\n2,6\n,7\n")
    one = desk("a.csv", into="sqlite:///a.db", key="No")
    one.ask("check")
    one.ask("run")
    name, data = fetched(one, kind)
    one.ask("correct")
    importer.testing.feed(one.app.upload, name, data)
    one.app.wait(WAIT_S)
    assert "into a in sqlite:///a.db" in one.step("columns").text
    controls = {
        (control["data-action"], control.get("data-of", "")): control for control in one.step("columns").controls
    }
    assert controls["table", ""]["value"] == "a"
    assert "disabled" in controls["table", ""]
    assert {"checked", "disabled"} <= controls["key", "no"].keys()
    assert "checked" not in controls["key", "qty"]
    one.ask("check")
    assert "0 of 1 row is good" in one.step("problems").text


def test_corrected_cells_are_checked_alone_and_are_part_of_the_plan_and_its_code(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,five\n2,six\n,7\n")
    one = desk("a.csv", into="sqlite:///a.db", key="id", schema=Orders)
    one.ask("check")
    assert "0 of 3 rows are good" in one.step("problems").text
    grid = one.app._screen.grids["problems"]
    sent: list[dict[str, Any]] = []
    grid.send = sent.append

    def edit(row: int, place: int, text: str) -> None:
        message = {"type": "fill", "version": grid.version, "first": row - 2, "last": row - 2}
        grid._handle_custom_msg({**message, "places": [place], "text": text}, [])
        one.app.wait(WAIT_S)

    edit(2, 1, "5")
    edit(3, 1, "half")
    edit(4, 0, "3")
    edit(99, 0, "1")
    edit(2, 7, "1")
    assert "Check again (2 corrected)" in one.foot.text
    assert "the whole file is checked again" in one.foot.text
    grid._handle_custom_msg({"type": "page", "view": "v", "first": 0, "count": 9}, [])
    assert [(row["cells"], row["why"], row["mine"]) for row in sent[-1]["rows"]] == [
        (["1", "5"], {}, [1]),
        (["2", "half"], {"1": "'half' is not a whole number"}, [1]),
        (["3", "7"], {}, [0]),
    ]
    one.ask("run")
    assert one.app.report is None
    one.ask("check")
    assert "2 of 3 rows are good, 1 refused" in one.step("problems").text
    one.ask("run")
    assert one.app.report.progress.created == 2
    assert "'qty' in row 2 is '5'" in one.app.report.notes[0]
    names: dict[str, Any] = {"Orders": Orders}
    exec(one.code().replace("a.db", "code.db"), names)
    assert names["report"].progress.created == 2


def test_without_a_key_only_the_corrected_rows_are_checked_again(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(40)) + "40,many\n41,few\n")
    there(place / "a.db", "CREATE TABLE a (id INTEGER, qty INTEGER CHECK (qty < 99))")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    one.ask("check")
    assert "40 of 42 rows are good, 2 refused" in one.step("problems").text

    def edit(row: int, place: int, text: str) -> None:
        grid = one.app._screen.grids["problems"]
        message = {"type": "fill", "version": grid.version, "first": row - 42, "last": row - 42}
        grid._handle_custom_msg({**message, "places": [place], "text": text}, [])
        one.app.wait(WAIT_S)

    edit(42, 1, "5")
    edit(43, 1, "100")
    assert "type-error" not in one.step("problems").text
    assert "Check again (2 corrected)" in one.foot.text
    one.ask("check")
    assert one.model.checked.job.progress.rows_read == 2
    assert "41 of 42 rows are good, 1 refused" in one.step("problems").text
    assert "CHECK constraint failed" in one.step("problems").text
    edit(43, 1, "98")
    one.ask("check")
    assert "42 of 42 rows are good, 0 refused" in one.step("problems").text
    one.ask("run")
    assert (one.app.report.progress.created, one.app.report.progress.rejected) == (42, 0)


def fill(one: Desk, step: str, row: int, place: int, text: str) -> None:
    """Type a text into a cell of the grid of a step."""
    grid = one.app._screen.grids[step]
    at = grid._shown.numbers.index_of(row)
    message = {"type": "fill", "version": grid.version, "first": at, "last": at, "places": [place], "text": text}
    grid._handle_custom_msg(message, [])
    one.app.wait(WAIT_S)


def workbook(file: Path) -> None:
    """Numbers as text with a comma, and numbers as numbers, some of which look like thousands as text."""
    book = openpyxl.Workbook()
    book.active.append(["price", "qty"])
    for n in range(40):
        book.active.append([f"{n},5", n])
    book.active.append([1.125, "many"])
    book.active.append(["7,5", "few"])
    book.active.append(["8,5", "none yet"])
    book.save(file)


def test_rows_that_are_corrected_in_the_result_are_imported_as_the_file_has_them(
    desk: Callable[..., Desk], place: Path
) -> None:
    workbook(place / "a.xlsx")
    one = desk("a.xlsx", into="sqlite:///a.db", schema=Priced)
    one.ask("check")
    one.ask("run")
    assert "40 created, 0 updated, 3 refused" in one.step("result").text
    assert "Import 1 corrected row" not in one.step("result").text
    fill(one, "result", 42, 1, "41")
    fill(one, "result", 43, 1, "42")
    fill(one, "result", 44, 1, "forty")
    assert "Import 2 corrected rows" in one.step("result").text
    one.ask("bring")
    assert "42 created, 0 updated, 1 refused" in one.step("result").text
    with closing(sqlite3.connect(place / "a.db")) as database:
        found = database.execute("SELECT price, qty FROM a ORDER BY rowid").fetchall()
    assert found[-2:] == [(1.125, 41), (7.5, 42)]
    assert len(found) == 42
    assert one.app.report.rejected_rows["row"].to_list() == [44]
    fill(one, "result", 44, 1, "43")
    one.ask("bring")
    assert rows(place / "a.db", "a") == 43
    names: dict[str, Any] = {"Priced": Priced}
    exec(one.code().replace("a.db", "code.db"), names)
    assert (names["report"].progress.created, names["report"].progress.rejected) == (43, 0)


def test_of_a_file_that_was_written_to_no_corrected_row_is_imported(desk: Callable[..., Desk], place: Path) -> None:
    lines = ["id,qty", "1,5", "2,many", "3,few", "4,6"]
    (place / "a.csv").write_text("\n".join(lines))
    one = desk("a.csv", into="sqlite:///a.db", schema=Orders)
    one.ask("check")
    one.ask("run")
    fill(one, "result", 3, 1, "7")
    (place / "a.csv").write_text("\n".join([lines[0], *lines[2:], lines[1]]))
    one.ask("bring")
    assert "is not what it was when it was refused" in one.step("result").text
    assert "Import 1 corrected row" in one.step("result").text
    assert rows(place / "a.db", "a") == 2
    (place / "a.csv").write_text("\n".join(lines))
    one.ask("bring")
    assert rows(place / "a.db", "a") == 3
    assert "3 created, 0 updated, 1 refused" in one.step("result").text


def test_a_corrected_row_that_the_database_refuses_stays_among_the_refused(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(40)) + "40,many\n41,few\n")
    there(place / "a.db", "CREATE TABLE a (id INTEGER, qty INTEGER CHECK (qty < 99))")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    one.ask("check")
    one.ask("run")
    fill(one, "result", 42, 1, "100")
    fill(one, "result", 43, 1, "41")
    one.ask("bring")
    said = one.step("result").text
    assert "41 created, 0 updated, 1 refused" in said
    assert "CHECK constraint failed" in said
    fill(one, "result", 42, 1, "98")
    one.ask("bring")
    assert "42 created, 0 updated, 0 refused" in one.step("result").text
    assert rows(place / "a.db", "a") == 42


def test_a_row_that_no_correction_mends_is_not_called_good(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,many,extra\n3,few\n")
    one = desk("a.csv", into="sqlite:///a.db", schema=Counted)
    one.ask("check")
    fill(one, "problems", 3, 1, "7")
    assert one.model.checked.rows.good == []
    fill(one, "problems", 4, 1, "8")
    one.ask("check")
    assert "2 of 3 rows are good, 1 refused" in one.step("problems").text
    one.ask("run")
    assert (one.app.report.progress.created, one.app.report.progress.rejected) == (2, 1)


def test_a_check_that_was_cancelled_is_no_leave_to_import(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n" + "\n".join(map(str, range(1_200_000))))
    one = desk("a.csv", into="sqlite:///a.db")
    # A file of more than a million rows is checked when the user wants it.
    assert "about 1,470,000 rows → a (new) in sqlite:///a.db" in one.foot.text
    one.send("check")
    one.ask("cancel")
    assert "cancelled" in one.step("problems").text
    assert [control["data-action"] for control in one.foot.controls] == ["check"]


def test_a_sink_of_ones_own_is_checked_without_being_written(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,7\n,1\n")
    sink = importer.testing.MemorySink()
    one = desk("a.csv", into=sink, key="id")
    assert "into a in memory" in one.step("columns").text
    said = one.step("problems").text
    assert "2 of 3 rows are good, 1 refused" in said
    assert "every good row counts as created" in said
    assert sink.rows == []
    code = one.code().removesuffix("report = plan.run()")
    one.ask("run")
    assert len(sink.rows) == 2
    names: dict[str, Any] = {"sink": importer.testing.MemorySink()}
    exec(f"{code}\nplan.run()", names)
    assert len(names["sink"].rows) == 2


def test_refused_rows_go_out_as_text(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n,7\n")
    one = desk("a.csv", into="sqlite:///a.db", key="id")
    one.ask("check")
    one.ask("run")
    assert fetched(one, "csv") == (
        "a refused rows.csv",
        b'id,qty,Why refused\n,7,"id: the cell is empty, and it is part of the key"\n',
    )


def test_a_closed_app_leaves_no_file_behind(place: Path) -> None:
    app = importer.App()
    importer.testing.feed(app.upload, "a.csv", b"id\n1\n")
    app.wait(WAIT_S)
    folder = app._controller.model.choices.path.parent
    assert folder.is_dir()
    app.close()
    assert not folder.exists()


def test_a_step_that_cannot_be_drawn_says_so_and_can_be_tried_again(
    desk: Callable[..., Desk], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    with monkeypatch.context() as broken:
        broken.setitem(DRAW, "columns", lambda _flow: 1 / 0)
        one.ask("key", value=True, of="id")
        said = Page(one.app._screen.pages["columns"].html)
    assert "Columns cannot be shown: something unexpected went wrong (ZeroDivisionError" in said.text
    assert [control["data-action"] for control in said.controls] == ["redraw", "again"]
    one.ask("redraw")
    assert "key" in [control["data-action"] for control in one.step("columns").controls]
    one.ask("run")
    assert rows(place / "shop.db", "a") == 1


def test_a_file_with_one_row_can_be_said_to_have_no_header(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("one,two\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    said = one.step("preview")
    assert "There is no header" in said.text
    assert "header_row" not in said.text
    one.ask("header_row", "0")
    assert "2 of 2 columns filled" in one.step("columns").text


def test_a_type_in_doubt_is_a_question_that_a_click_answers(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("qty\n=1+1\n-1\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    assert "1 of 2 filled cells are whole numbers, and others are not" in one.step("columns").text
    assert "1 question" in one.foot.text
    one.ask("answer", *answers(one.step("preview"))["Read as Whole number"])
    assert "question" not in one.foot.text
    assert "1 refused" in one.foot.text


def test_json_is_shown_with_its_names_and_imported(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.json").write_text('[{"id": 1, "at": {"city": "Bonn"}}, {"id": 2}]')
    one = desk("a.json", into="sqlite:///shop.db")
    preview = one.step("preview")
    assert "JSON · 2 rows, 2 columns" in preview.text
    assert "at.city" in preview.text
    assert "header_row" not in {control["data-action"] for control in preview.controls}
    one.ask("run")
    assert one.app.report.progress.created == 2


def test_types_that_are_given_stay_when_a_column_is_changed(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("day,n\n20250103,1\n20250104,2\n")
    options = {"into": "sqlite:///shop.db", "types": {"day": "Date"}, "if_table_exists": "append"}
    one = desk("a.csv", **options)
    assert 'types={"day": "Date"}' in one.code()
    one.ask("name", "count", "n")
    assert "day = dy.Date(" in one.code()
    assert "types=" not in one.code()
    one.ask("run")
    assert one.app.report.progress.created == 2
    (place / "b.csv").write_text("day,count\n20250105,1\n")
    two = desk("b.csv", table="a", **options)
    assert "types=" not in two.code()
    two.ask("run")
    assert two.app.report.progress.created == 1


def test_another_sheet_can_be_chosen_where_one_is_empty(desk: Callable[..., Desk], place: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Full").append(["id"])
    book["Full"].append([1])
    book.save(place / "a.xlsx")
    one = desk("a.xlsx", into="sqlite:///shop.db", sheet="Sheet")
    assert "Use sheet Full" in one.step("preview").text
    one.ask("sheet", "Full")
    assert "1 of 1 columns filled" in one.step("columns").text


@pytest.mark.parametrize("chosen", [{}, {"sheet": "Orders"}], ids=["found", "given"])
def test_each_sheet_is_offered_with_its_rows_and_columns(
    desk: Callable[..., Desk], place: Path, chosen: dict[str, str]
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active["A1"] = "Orders of 2025"
    sheets = {"Orders": 4_100, "Codes": 3, "Empty": 0}
    for name, count in sheets.items():
        sheet = book.create_sheet(name)
        for row in range(count):
            sheet.append([f"{name} {column}" if row == 0 else row * column for column in range(9)])
    book["Codes"].sheet_state = "hidden"
    book.save(place / "a.xlsx")
    html = desk("a.xlsx", into="sqlite:///shop.db", **chosen).app._screen.pages["preview"].html
    assert re.findall(r'<option value="\w+"( selected|)>(.*?)</option>', html) == [
        ("", "Cover: 1 row, 1 column"),
        (" selected", "Orders: about 4,320 rows, 9 columns"),
        ("", "Codes (hidden): 3 rows, 9 columns"),
        ("", "Empty: empty"),
    ]


def test_a_file_of_which_nothing_fits_the_table_can_be_matched(desk: Callable[..., Desk], place: Path) -> None:
    with closing(sqlite3.connect(place / "shop.db")) as database:
        database.execute("CREATE TABLE t (kunde TEXT, ort TEXT)")
    (place / "a.csv").write_text("x,y\n1,2\n")
    one = desk("a.csv", into="sqlite:///shop.db", table="t", if_table_exists="append")
    said = one.step("columns").text
    assert "no column of the file fits a column of 't': it has 'x', 'y'; choose from which column" in said
    one.ask("from", "x", "ort")
    one.ask("check")
    assert "1 of 1 row is good" in one.step("problems").text


@pytest.mark.parametrize("step", ["problems", "result"])
def test_a_job_whose_end_cannot_be_shown_leaves_nobody_waiting(
    desk: Callable[..., Desk], place: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///shop.db")
    with monkeypatch.context() as broken:
        broken.setattr(GridRows, "of", full)
        one.ask("check" if step == "problems" else "run")
    where = one.step("columns" if step == "problems" else "result")
    assert "No space left on device" in where.text
    assert {"problems": "show", "result": "again"}[step] in [control["data-action"] for control in one.foot.controls]


@pytest.fixture
def orders(place: Path) -> Path:
    """A file of several chunks, with a row that is refused."""
    (place / "orders.csv").write_text("id,qty\n1,many\n" + "".join(f"{n},{n}\n" for n in range(2, 3_001)))
    return place / "orders.csv"


def asks(page: Page) -> list[str | None]:
    return [control["data-action"] for control in page.controls]


def test_a_file_that_is_in_the_table_is_passed_over_as_the_code_says(desk: Callable[..., Desk], orders: Path) -> None:
    done = importer.load(orders, into="sqlite:///shop.db", key="id", listeners=[])
    one = desk(orders, into="sqlite:///shop.db", key="id")
    assert "This file is already in orders" in one.step("already_imported").text
    assert f"created {done.progress.created:,} and" in one.step("already_imported").text
    assert asks(one.step("already_imported")) == ["skip", "afresh", "history"]
    assert "check" not in asks(one.step("columns"))
    one.app.check()
    assert one.app.checked is None
    one.ask("skip")
    assert "already_imported" not in one.steps
    assert (one.app.report.progress.rows_read, one.app.report.progress.state.value) == (0, "succeeded")
    assert "was imported into this table before" in one.step("result").text
    assert 'if_imported="skip"' in one.code()
    names: dict[str, Any] = {}
    exec(one.code(), names)
    assert names["report"].notes == one.app.report.notes
    one.ask("path", "orders.csv")
    assert "already_imported" in one.steps


def test_a_file_that_is_in_the_table_is_imported_again_as_the_code_says(
    desk: Callable[..., Desk], orders: Path
) -> None:
    importer.load(orders, into="sqlite:///shop.db", key="id", schema=Orders, listeners=[])
    (orders.parent / "copy.csv").write_bytes(orders.read_bytes())
    one = desk("copy.csv", into="sqlite:///shop.db", table="orders", key="id", schema=Orders)
    one.ask("afresh")
    assert "already_imported" not in one.steps
    one.ask("check")
    one.ask("run")
    assert one.app.report.progress.unchanged == 2_999
    assert 'if_imported="again"' in one.code()
    names: dict[str, Any] = {"Orders": Orders}
    exec(one.code(), names)
    assert names["report"].progress.unchanged == 2_999


KILLED = """
import os, sys, importer
from importer.engine._pipeline import Pipeline
write = Pipeline.write
def killed(self, checked, before, now):
    if now.rows_read >= 1_000:
        os.kill(os.getpid(), 9)
    return write(self, checked, before, now)
Pipeline.write = killed
importer.load(sys.argv[1], into="sqlite:///shop.db", table="orders", key="id", chunk_rows=500, listeners=[])
"""


@pytest.mark.parametrize("way", ["cell", "upload", "path"])
def test_a_job_that_died_is_offered_and_gone_on_with_however_its_file_comes(
    desk: Callable[..., Desk], orders: Path, way: str
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(orders)], check=False)
    [job] = importer.jobs()
    assert job.state.value == "interrupted"
    options = {"into": "sqlite:///shop.db", "table": "orders", "key": "id"}
    one = desk("orders.csv", **options) if way == "cell" else desk(**options)
    if way == "upload":
        importer.testing.feed(one.app.upload, "My Orders.csv", orders.read_bytes())
        one.app.wait(WAIT_S)
    elif way == "path":
        one.ask("path", "orders.csv")
    assert (
        f"Job {job.short_id} started to import this file and did not finish: 1,000 rows"
        in one.step("already_imported").text
    )
    assert asks(one.step("already_imported")) == ["go_on", "afresh", "history"]
    one.ask("go_on")
    assert one.app.report.progress.job_id == job.job_id
    assert one.app.report.progress.created == 2_999
    assert rows(orders.parent / "shop.db", "orders") == 2_999
    assert f'report = importer.resume("{job.short_id}", into=' in one.code()
    assert len(importer.jobs()) == 1
    if way == "upload":
        assert "My Orders.csv" in one.step("import").text + one.app.report.progress.label


def test_a_job_that_runs_is_in_the_saved_notebook_now_and_then(
    cells: list[dict[str, Any]], desk: Callable[..., Desk], orders: Path
) -> None:
    one = desk(orders, into="sqlite:///shop.db", key="id")
    one.app._ipython_display_()
    one.ask("check")
    model, before = one.model, len(cells)

    def at(elapsed_s: float) -> str:
        """What is saved once the job runs so long."""
        rows = int(elapsed_s * 10)
        now = Progress(job_id="4c1d8a52", label="orders.csv", rows_read=rows, created=rows, elapsed_s=elapsed_s)
        job = JobView(number=1).after(replace(now, state=State.RUNNING))
        one.app._screen.show(replace(model, phase=Importing(planned=model.planned, job=job)))
        return cells[-1]["data"]["text/html"]

    assert "importing" not in at(0.1)
    assert "50 rows" in at(5.0)
    assert "50 rows" in at(7.0)
    assert "105 rows" in at(10.5)
    assert "Run the cell again to see what became of it." in cells[-1]["data"]["text/html"]
    assert "<button" not in cells[-1]["data"]["text/html"]
    assert len(cells) == before + 2
    one.ask("run")
    assert "2,999" in cells[-1]["data"]["text/html"]
    assert "became of it" not in cells[-1]["data"]["text/html"]


def test_a_failed_import_is_tried_again_once_its_cause_is_gone(desk: Callable[..., Desk], orders: Path) -> None:
    one = desk(orders, into="sqlite:///shop.db", key="id")
    one.ask("check")
    Path("shop.db").write_bytes(b"no database " * 1_000)
    one.ask("run")
    assert "failed before the first row: " in one.foot.text
    assert "is not a database" in one.foot.text
    assert one.foot.labels("go_on") == ["Try again"]
    Path("shop.db").unlink()
    one.ask("go_on")
    assert one.app.report.progress.state.value == "succeeded"
    assert rows(Path("shop.db"), "orders") == 2_999


def test_a_job_that_died_can_be_left_and_its_file_begun_anew(desk: Callable[..., Desk], orders: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(orders)], check=False)
    one = desk(orders, into="sqlite:///shop.db", key="id")
    one.ask("afresh")
    one.ask("check")
    one.ask("run")
    now = one.app.report.progress
    assert (now.rows_read, now.rejected, now.created + now.unchanged) == (3_000, 1, 2_999)


def test_what_cannot_be_resumed_says_why_and_can_be_begun_anew(desk: Callable[..., Desk], orders: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(orders)], check=False)
    one = desk(orders, into="sqlite:///shop.db", key="id")
    importer.prune(older_than=timedelta(seconds=-1))
    one.ask("go_on")
    assert "no job" in one.step("already_imported").text
    assert asks(one.step("already_imported"))[1] == "afresh"


def test_a_file_that_is_just_imported_is_waited_for(desk: Callable[..., Desk], orders: Path) -> None:
    job = importer.plan(orders, into="sqlite:///shop.db", key="id", listeners=[]).job()
    job.pause()
    job.start()
    until(lambda: [known.state.value for known in importer.jobs()] == ["paused"])
    one = desk(orders, into="sqlite:///shop.db", key="id")
    assert f"right now, by job {job.id[:8]}" in one.step("already_imported").text
    assert asks(one.step("already_imported")) == ["look_again", "again", "history"]
    one.ask("look_again")
    assert "right now" in one.step("already_imported").text
    job.resume()
    job.result()
    one.ask("look_again")
    assert "This file is already in orders" in one.step("already_imported").text


def test_a_file_that_somebody_imports_after_the_check_is_asked_about_too(
    desk: Callable[..., Desk], orders: Path
) -> None:
    one = desk(orders, into="sqlite:///shop.db", key="id")
    one.ask("check")
    importer.load(orders, into="sqlite:///shop.db", key="id", listeners=[])
    one.ask("run")
    assert one.steps[-2:] == ["columns", "already_imported"]
    assert "This file is already in orders" in one.step("already_imported").text


def test_a_file_whose_table_is_gone_is_news(desk: Callable[..., Desk], orders: Path) -> None:
    importer.load(orders, into="sqlite:///shop.db", key="id", listeners=[])
    (orders.parent / "shop.db").unlink()
    one = desk(orders, into="sqlite:///shop.db", key="id")
    assert "already_imported" not in one.steps
    assert not (orders.parent / "shop.db").exists()


def test_the_history_is_a_tab_and_a_result_leads_to_its_job_there(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///a.db", auto=True)
    steps = list(one.box.children)
    assert "im-past" not in one.box._dom_classes
    one.ask("history", one.app.report.progress.job_id)
    assert "im-past" in one.box._dom_classes
    history = one.app._screen.history
    history.wait(WAIT_S)
    assert f'value="{one.app.report.progress.job_id}" aria-expanded="true"' in one.box.children[-1].html
    # What is hidden stays in the page, so that an upload goes on.
    assert list(one.box.children[:-1]) == steps
    one.ask("steps")
    assert "im-past" not in one.box._dom_classes
    before = one.box.children[-1].html
    importer.load("a.csv", into="sqlite:///b.db", listeners=[])
    assert one.box.children[-1].html == before
    one.ask("history")
    history.wait(WAIT_S)
    assert "2 imports" in one.box.children[-1].html


def test_an_import_is_taken_out_of_its_table_again_with_two_clicks(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,7\n")
    one = desk("a.csv", into="sqlite:///a.db", key="id", auto=True)
    assert "a now has 2 rows" in one.step("result").text
    one.ask("take_out")
    assert (
        "2 rows would be removed. The table a, which the import made, would be dropped. Nothing is changed yet."
        in one.foot.text
    )
    one.ask("take_out_not")
    assert rows(place / "a.db", "a") == 2
    one.ask("take_out")
    counting = DRAW["foot"](update(one.model, TakeOut(what="take_out_now")).model)
    assert "Counting what will be taken out…" in counting
    assert 'data-action="cancel"' in counting
    assert 'data-action="pause"' not in counting
    one.ask("take_out_now")
    assert not tables(place / "a.db")
    said = one.foot.text
    assert "2 rows removed." in said
    assert "Take it out" not in said


def test_the_foot_offers_to_take_an_import_out_and_the_result_says_why_where_that_is_impossible(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,7\n")
    there(place / "a.db", "CREATE TABLE a (id INTEGER, qty INTEGER); INSERT INTO a VALUES (9, 9)")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    one.ask("check")
    one.ask("run")
    assert one.foot.labels("take_out") == []
    assert "cannot be taken out again: 'a' was there before and has no key" in one.step("result").text
    assert "tick a key next time" in one.step("result").text
    two = desk("a.csv", into="sqlite:///a.db", table="new", if_imported="again", auto=True)
    assert two.foot.labels("take_out") == ["Take it out again"]
    assert "cannot be taken out" not in two.step("result").text
    assert two.step("result").labels("take_out") == []
    two.ask("take_out")
    assert two.foot.labels("take_out_now") == ["Take it out"]
    assert two.foot.labels("take_out_not") == ["Leave it in"]
    assert "2 rows would be" in two.foot.text or "dropped with its 2 rows" in two.foot.text
    assert "importer.undo(report)" in two.code()
    there(place / "a.db", "DROP TABLE new")
    two.ask("take_out_now")
    assert "there is no table" in two.foot.text
    # The way out stays.
    assert two.foot.labels("take_out_not") == ["Leave it in"]
    two.ask("take_out_not")
    assert two.foot.labels("again") == ["Import another file"]


def test_an_import_is_taken_out_with_its_corrected_rows(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,many\n3,7\n4,few\n")
    there(place / "a.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, qty INTEGER); INSERT INTO a VALUES (9, 9)")
    one = desk("a.csv", into="sqlite:///a.db", if_table_exists="append")
    one.ask("check")
    one.ask("run")
    for row, qty in (3, "6"), (5, "8"):
        fill(one, "result", row, 1, qty)
        one.ask("bring")
    assert rows(place / "a.db", "a") == 5
    one.ask("take_out")
    said = one.foot.text
    assert "4 rows would be removed. 2 of them were corrected and imported later. Nothing is changed yet." in said
    one.ask("take_out_now")
    assert "4 rows removed. 2 of them were corrected and imported later." in one.foot.text
    assert rows(place / "a.db", "a") == 1


def test_corrected_rows_that_were_taken_out_in_the_history_do_not_keep_the_rest_in(
    desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id,qty\n1,5\n2,many\n3,7\n")
    one = desk("a.csv", into="sqlite:///a.db", schema=Orders)
    one.ask("check")
    one.ask("run")
    fill(one, "result", 3, 1, "6")
    one.ask("bring")
    importer.undo(importer.jobs()[0].job_id)
    assert rows(place / "a.db", "a") == 2
    one.ask("take_out")
    one.ask("take_out_now")
    assert "2 rows removed." in one.foot.text
    assert not tables(place / "a.db")


def test_the_app_opens_in_a_cell_and_its_result_outlives_it(
    cells: list[dict[str, Any]], desk: Callable[..., Desk], place: Path
) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///a.db")
    one.app._ipython_display_()
    assert WIDGET in cells[0]["data"]
    one.app.check()
    one.app.run()
    assert cells[-1]["update"]
    assert "1" in Page(cells[-1]["data"]["text/html"]).text
    assert "im-saved" in cells[-1]["data"]["text/html"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_that_is_offered_can_be_chosen(desk: Callable[..., Desk], place: Path, kind: str) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv")
    one.ask("kind", kind, "id")
    assert type(one.app.plan.effective_schema.columns()["id"]).__name__ == kind
    assert one.model.problem is None


@pytest.mark.parametrize(
    ("alerts", "took_s", "says"),
    [
        ({"notify"}, 6.0, {"ended": "a.csv → a: done: 7 rows in 6 s", "alerts": ["notify"]}),
        ({"notify", "sound"}, 4.0, None),
        (set(), 60.0, None),
    ],
)
def test_only_the_end_of_a_long_import_is_told_to_who_wants_to_hear(
    alerts: set[str], took_s: float, says: dict[str, Any] | None
) -> None:
    now = importer.Progress(label="a.csv → a", rows_read=7, created=7, elapsed_s=took_s, state=importer.State.SUCCEEDED)
    importing = Importing(planned=None, job=JobView(number=1))
    done = Done(importing=importing, report=importer.Report(progress=now), rows=None)
    assert end_message(Model(phase=done, alerts=frozenset(alerts))) == says


def test_alerts_are_kept_for_the_next_file(desk: Callable[..., Desk], place: Path) -> None:
    (place / "a.csv").write_text("id\n1\n")
    one = desk("a.csv", into="sqlite:///a.db")
    one.ask("sound", True)
    one.ask("notify", True)
    one.ask("notify", False)
    one.ask("path", "a.csv")
    assert one.model.alerts == {"sound"}
