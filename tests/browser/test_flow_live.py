"""From a file to a table on a small screen, with JupyterLab as it comes: what is in sight, and what has the focus."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from labs import QUIET, serve
from test_app_live import LARGE, Screen
from waiting import until

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labs import Lab, Notebook

CLEAN = "id,qty\n" + "".join(f"{n},{n * 2}\n" for n in range(300))

DOUBTS = (
    "id,day,price,\n"
    + "".join(f'{n},2025-01-{n % 28 + 1:02},"{n % 8 + 1},250",x{n}\n' for n in range(1, 60))
    + '60,2025-02-01,many,y\n7,2025-03-03,"2,500",again\nTotal,,"9,000",\n'
)
"""A price that may be two, a column without a name, a key that two rows share, a total, and a word for a number."""

HEIGHTS = """e => [...e.querySelectorAll('.im-track, .im-fill, .im-counts, .im-line, button')]
  .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height)"""


@pytest.fixture(scope="module")
def lab(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server whose notebooks draw only the cells that are near, as JupyterLab does."""
    with serve(tmp_path_factory.mktemp("lab"), Path(__file__).parents[2], QUIET) as found:
        yield found


@pytest.fixture
def small(notebook: Callable[..., Notebook]) -> Callable[..., Screen]:
    """``small(*cells)`` runs the cells on a screen of 1366 by 768, with cells above and below."""

    def make(*cells: str) -> Screen:
        book = notebook("import importer", *cells, "above = 1", "below = 2\n" * 30)
        book.page.set_viewport_size({"width": 1366, "height": 768})
        for n in range(len(cells) + 1):
            book.run(n)
        return Screen(book)

    return make


def is_in_hand(app: Screen, name: str) -> None:
    """Wait until a step is in sight and has the focus, and the foot is in sight too."""
    head = app.step(name).locator(".im-toggle")
    sync_api.expect(head).to_be_focused()
    sync_api.expect(head).to_be_in_viewport(ratio=1)
    foot_is_in_sight(app)
    foot = app.step("Next")

    def is_above_the_foot() -> bool:
        # A part that is drawn anew in this moment has no box.
        box, end = head.bounding_box(), foot.bounding_box()
        return box is not None and end is not None and box["y"] + box["height"] <= end["y"]

    until(is_above_the_foot)


def foot_is_in_sight(app: Screen) -> None:
    sync_api.expect(app.step("Next")).to_be_in_viewport(ratio=1)


def count(app: Screen, database: str, table: str) -> int:
    with closing(sqlite3.connect(app.book.lab.root / database)) as opened:
        return int(opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_clean_file_goes_from_drop_to_table_in_one_click(small: Callable[..., Screen]) -> None:
    app = small("importer.App(into='sqlite:///one.db')")
    app.drop(("clean.csv", CLEAN.replace("250,500", "250,5003771")))
    app.says("Next", "300 rows → clean (new) in sqlite:///one.db")
    foot_is_in_sight(app)
    sync_api.expect(app.step("Preview").locator(".im-toggle")).to_be_in_viewport()
    app.press("Import 300 rows")
    app.says("Next", "300 created")
    is_in_hand(app, "Result")
    assert count(app, "one.db", "clean") == 300
    # What was uploaded is no part of the notebook.
    app.book.command("docmanager:save")
    saved = (app.book.lab.root / app.book.path).read_text()
    assert "300 rows read" in saved
    assert "5003771" not in saved
    assert app.book.errors == []


def test_an_import_is_saved_as_a_plan_which_one_click_applies_to_the_next_file(
    small: Callable[..., Screen], shots: Path
) -> None:
    app = small("importer.App(into=None, plans='kinds', key='id', table='kinds')", "importer.App(plans='kinds')")
    app.drop(("april.csv", CLEAN))
    app.press("Import 300 rows")
    app.says("Next", "300 created")
    app.click("Result", "Save as plan")
    app.says("Result", "Saved as kinds/kinds.toml")
    app.shoot(shots / "app-plan-saved.png")
    again = Screen(app.book, 1)
    again.drop(("may.csv", CLEAN + "300,1\n"))
    again.says("Preview", "This looks like 'kinds' (kinds.toml): into kinds in sqlite:///importer.db; key id")
    again.says("Next", "301 rows → may (new)")
    again.shoot_both(shots, "plan")
    again.click("Preview", "Use this plan")
    again.says("Next", "1 row → kinds in sqlite:///importer.db")
    again.says("Preview", "By the plan 'kinds' (kinds.toml)")
    again.press("Import 1 row")
    again.says("Next", "1 created")
    assert count(app, "importer.db", "kinds") == 301
    assert app.book.errors == []


def test_no_click_is_needed_where_that_is_asked_for(small: Callable[..., Screen]) -> None:
    app = small("importer.App(into='sqlite:///none.db', auto=True)")
    app.drop(("clean.csv", CLEAN))
    app.says("Next", "300 created")
    foot_is_in_sight(app)
    assert count(app, "none.db", "clean") == 300


def test_the_step_in_hand_is_in_sight_and_has_the_focus_all_the_way(small: Callable[..., Screen]) -> None:
    app = small("importer.sample('hand.xlsx')", "importer.App(into='sqlite:///hand.db')")
    field = app.whole.get_by_role("combobox", name="Path to a file")
    field.fill("hand.xlsx")
    field.press("Enter")
    app.says("Next", "4,921 rows → hand (new)")
    is_in_hand(app, "Problems")
    page = app.book.page
    page.mouse.move(700, 400)
    for way in 600, 600, -400, 3_000, -9_000:
        page.mouse.wheel(0, way)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.wheel(0, 500)
    foot_is_in_sight(app)
    app.press("Import 4,921 rows")
    app.says("Next", "4,921 created")
    is_in_hand(app, "Result")
    app.press("Import another file")
    sync_api.expect(app.whole.get_by_role("button", name="Browse…")).to_be_in_viewport()
    assert app.book.errors == []


def test_several_dropped_files_do_not_move_the_step_in_hand_and_one_that_is_known_has_the_focus(
    small: Callable[..., Screen],
) -> None:
    app = small("importer.App(into='sqlite:///several.db', key='id')")
    app.drop(*((f"orders {n}.csv", CLEAN) for n in range(12)))
    sync_api.expect(app.whole.get_by_text("12 files share these headers")).to_be_visible()
    sync_api.expect(app.whole.get_by_role("progressbar", name=re.compile("^upload of"))).to_have_count(0)
    app.says("Next", "300 rows → orders_0 (new)")
    is_in_hand(app, "Preview")
    app.whole.get_by_role("button", name="One by one").click()
    app.press("Import 300 rows")
    app.says("Next", "300 created")
    app.press("Next file: orders 1.csv")
    app.says("Next", "300 rows → orders_1 (new)")
    is_in_hand(app, "Preview")
    again = small("importer.App(into='sqlite:///several.db', key='id', table='orders_0')")
    again.drop(("again.csv", CLEAN), ("another.csv", CLEAN + "300,1\n"))
    again.says("Next", "This file is not new")
    sync_api.expect(again.whole.get_by_role("button", name="Skip", exact=True)).to_be_focused()
    foot_is_in_sight(again)
    assert app.book.errors == again.book.errors == []


def test_every_question_is_answered_beside_it_and_the_refused_row_comes_back_as_a_text_file(
    small: Callable[..., Screen], tmp_path: Path
) -> None:
    app = small("importer.App(into='sqlite:///doubts.db', key='id')")
    app.drop(("doubts.csv", DOUBTS))
    app.says("Next", "60 rows → doubts (new)")
    app.press("4 questions")
    is_in_hand(app, "Preview")
    field = app.step("Preview").locator("input[data-action=name_it]")
    field.fill("note")
    field.press("Enter")
    app.says("Next", "3 questions")
    for answer, left in ("The comma is the decimal mark", "2 questions"), ("The table ends with row 62", "1 question"):
        app.click("Preview", answer)
        app.says("Next", left)
        sync_api.expect(app.step("Preview").locator(".im-toggle")).to_be_in_viewport(ratio=1)
        foot_is_in_sight(app)
    app.opens("Problems")
    app.click("Problems", "Keep the first")
    sync_api.expect(app.step("Next").get_by_role("button", name="question")).to_have_count(0)
    app.press(re.compile("^Import "))
    app.says("Next", "59 created")
    is_in_hand(app, "Result")
    with closing(sqlite3.connect(app.book.lab.root / "doubts.db")) as opened:
        assert opened.execute("SELECT price, note FROM doubts WHERE id = 7").fetchall() == [(8.25, "x7")]

    with app.book.page.expect_download() as started:
        app.click("Result", "as CSV")
    started.value.save_as(file := tmp_path / "corrected.csv")
    text = file.read_text()
    assert text.count("many") > 0
    file.write_text(text.replace("many", '"6,5"', 1))
    app.click("Result", "Import the corrected file")
    app.browse(file)
    app.says("Next", "Adds 1 row to doubts")
    app.press("Import 1 row")
    app.says("Next", "1 created")
    is_in_hand(app, "Result")
    assert count(app, "doubts.db", "doubts") == 60
    assert app.book.errors == []


def test_a_sheet_is_chosen_an_order_of_dates_answered_and_a_database_that_is_held_waited_for(
    small: Callable[..., Screen], lab: Lab
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a cover"])
    for name, rows in ("Q1", 5), ("Q2", 4):
        sheet = book.create_sheet(name)
        sheet.append(["id", "day"])
        for number in range(rows):
            sheet.append([number, f"02/{number + 3:02}/2025"])
    book.save(lab.root / "quarters.xlsx")
    app = small("importer.App('quarters.xlsx', into='sqlite:///quarters.db', key='id')")
    app.says("Next", "5 rows → quarters (new)")
    app.opens("Preview")
    sheets = app.step("Preview").get_by_label("Sheet")
    sync_api.expect(sheets).to_have_value("Q1")
    sheets.select_option("Q2")
    app.says("Next", "4 rows → quarters (new)")
    app.says("Preview", "'02/03/2025' may be day first or month first")
    app.click("Preview", "The day comes first")
    app.says("Preview", "Date")
    app.says("Problems", "4 of 4 rows are good")
    sync_api.expect(app.step("Next").get_by_role("button", name="question")).to_have_count(0)
    sync_api.expect(app.step("Next").get_by_role("button", name="Import 4 rows")).to_be_enabled()
    with closing(sqlite3.connect(lab.root / "quarters.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        app.press("Import 4 rows")
        app.says("Import", "waiting")
        foot_is_in_sight(app)
        holder.execute("COMMIT")
        app.says("Next", "4 created")
        is_in_hand(app, "Result")
        assert holder.execute("SELECT day FROM quarters ORDER BY id LIMIT 1").fetchall() == [("2025-03-02",)]
    assert app.book.errors == []


def test_a_file_that_is_all_in_the_table_is_told_to_be_there(small: Callable[..., Screen]) -> None:
    app = small("importer.App(into='sqlite:///there.db', key='id')")
    app.drop(("clean.csv", CLEAN))
    app.press("Import 300 rows")
    app.says("Next", "300 created")
    app.press("Import another file")
    app.drop(("clean.csv", CLEAN))
    app.says("Next", "This file is not new")
    app.whole.get_by_role("button", name="Import it again").click()
    app.says("Next", "All 300 rows are in clean already")
    foot_is_in_sight(app)
    app.press("Finish")
    app.says("Next", "300 unchanged")
    is_in_hand(app, "Result")
    assert app.book.errors == []


def test_a_job_shows_its_bar_at_its_height_and_is_stopped_and_goes_on(small: Callable[..., Screen]) -> None:
    app = small(
        LARGE,
        "importer.App('year.csv', into='sqlite:///year.db', key=['Employee No.', 'Date'], pace='steady')",
    )
    app.says("Next", re.compile("checking · "))
    assert min(app.step("Next").evaluate(HEIGHTS)) > 0
    app.says("Next", "→ year (new)")
    app.press(re.compile("^Import [0-9,]+ rows$"))
    bar = app.step("Import").get_by_role("progressbar")
    sync_api.expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    assert min(app.step("Import").evaluate(HEIGHTS)) > 0
    is_in_hand(app, "Import")
    app.press("Pause")
    app.says("Import", re.compile("paused after [0-9,]+ rows"))
    sync_api.expect(app.step("Next").get_by_role("button", name="Resume")).to_be_focused()
    sync_api.expect(app.step("Import").locator(".im-toggle")).to_be_in_viewport(ratio=1)
    assert min(app.step("Import").evaluate(HEIGHTS)) > 0
    assert min(app.step("Next").evaluate(HEIGHTS)) > 0
    app.press("Cancel")
    app.says("Next", "cancelled after")
    is_in_hand(app, "Result")
    before = count(app, "year.db", "year")
    app.press("Resume")
    app.says("Next", "done")
    assert 0 < before < count(app, "year.db", "year")
    assert app.book.errors == []


def test_a_notebook_that_is_saved_half_way_shows_without_a_kernel_how_far_the_job_was(
    small: Callable[..., Screen],
) -> None:
    app = small(LARGE, "importer.App('year.csv', into='sqlite:///saved.db', pace='steady')")
    app.says("Problems", "of 200,200 rows are good")
    app.press(re.compile("^Import [0-9,]+ rows$"))
    bar = app.step("Import").get_by_role("progressbar")
    sync_api.expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    app.press("Pause")
    app.says("Import", re.compile("paused after [0-9,]+ rows"))
    found = re.search("paused after ([0-9,]+) rows", app.step("Import").inner_text())
    assert found is not None
    saved = app.book.page.locator(".im-saved")
    sync_api.expect(saved).to_contain_text(f"{found[1]} of")
    app.book.command("docmanager:save")
    # Before the kernel ends: the job may end as interrupted first, and then its report is shown.
    created = saved.locator("dd").first.text_content() or ""
    lab = app.book.lab
    for kernel in lab.ask("GET", "/api/kernels"):
        lab.ask("DELETE", f"/api/kernels/{kernel['id']}")
    assert count(app, "saved.db", "year") == int(created.replace(",", ""))
    assert f"{found[1]} of" in (lab.root / app.book.path).read_text()
    app.book.open()
    sync_api.expect(saved).to_be_visible()
    sync_api.expect(saved).to_contain_text(f"{found[1]} of")
    sync_api.expect(saved).to_contain_text("Run the cell again to see what became of it.")
    sync_api.expect(saved.locator("button")).to_have_count(0)


def test_after_a_restart_of_the_kernel_the_foot_says_what_to_do(small: Callable[..., Screen]) -> None:
    app = small("importer.App(into='sqlite:///lost.db')")
    app.drop(("clean.csv", CLEAN))
    app.says("Next", "300 rows → clean (new)")
    app.book.restart()
    foot = app.whole.locator(".im-foot-page")
    sync_api.expect(foot).to_have_text("The kernel was restarted. Run this cell again to go on.")
    sync_api.expect(foot.get_by_role("button")).to_have_count(0)


def test_who_types_elsewhere_keeps_the_focus(small: Callable[..., Screen]) -> None:
    app = small("importer.sample('away.xlsx')", "importer.App('away.xlsx', into='sqlite:///away.db')")
    page = app.book.page
    page.evaluate("""() => {
      const { content } = jupyterapp.shell.currentWidget;
      content.activeCellIndex = 0;
      content.mode = 'edit';
    }""")
    page.keyboard.type("# typed ")
    app.says("Problems", "4,921 of 5,001 rows are good")
    page.keyboard.type("on")
    source = page.evaluate("() => jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.getSource()")
    assert source.count("# typed on") == 1
