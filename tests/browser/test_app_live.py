"""The App in a real JupyterLab, used as a person would use it."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import settled, worst_contrast
from waiting import until

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs import Notebook
    from playwright.sync_api import Locator

MESSY = """Sales of 2025,,,
Created by Ann,,,
,,,
date,shop,amount,code
2025-01-03,North,"€1,200.00",007
2025-01-04,South,"$1,150.00",123
2025-01-05,East,£990.00,124
2025-01-06,West,"€5,000.00",125
Total,,"8,340.00",
"""

TEXTS = ".im-steptitle, .im-summary, .im-no, .im-badge, .im-note, dt, dd, th, td, button:enabled, label span"


class Screen:
    """The App on the page."""

    def __init__(self, book: Notebook, number: int = 0) -> None:
        self.book = book
        self.whole = book.page.locator(".im-steps").nth(number)

    def step(self, name: str) -> Locator:
        """One step."""
        return self.whole.get_by_role("region", name=name, exact=True)

    def says(self, name: str, text: str | re.Pattern[str]) -> None:
        """Wait until a step says so."""
        sync_api.expect(self.step(name)).to_contain_text(text)

    def click(self, name: str, label: str | re.Pattern[str]) -> None:
        """Click on a button of a step."""
        self.step(name).get_by_role("button", name=label).click()

    def press(self, label: str | re.Pattern[str]) -> None:
        """Click on a button of the foot."""
        self.step("Next").get_by_role("button", name=label).click()

    def opens(self, *names: str) -> None:
        """Open steps that are folded."""
        for name in names:
            toggle = self.step(name).get_by_role("button", name=name, exact=True)
            if toggle.get_attribute("aria-expanded") == "false":
                toggle.click()

    def narrow(self, pixels: int) -> None:
        """Leave so much room for the App."""
        self.whole.evaluate("(e, pixels) => { e.style.width = `${pixels}px` }", pixels)

    def drop(self, *files: tuple[str, str]) -> None:
        """Drop files of these names and texts on the App."""
        self.whole.locator(".im-drop").evaluate(DROP, [[name, [text]] for name, text in files])

    def browse(self, *files: Path) -> None:
        """Choose files with the browser's own dialog."""
        with self.book.page.expect_file_chooser() as chooser:
            self.whole.get_by_role("button", name="Browse…").click()
        chooser.value.set_files(files)

    def shoot_both(self, shots: Path, name: str) -> None:
        """Take a picture in the dark theme and in the light one."""
        for theme in "Dark", "Light":
            self.book.theme(f"JupyterLab {theme}")
            self.shoot(shots / f"app-{name}-{theme.lower()}.png")

    def shoot(self, path: Path) -> None:
        """Take a picture, and see to it that all of it can be read."""
        settled(self.whole)
        # A part that is drawn anew in this moment has no colours yet.
        until(lambda: worst_contrast(self.whole.locator(TEXTS)) > 4.5, tries=500)
        self.whole.screenshot(path=path)


WITHIN = """buttons => buttons.map(one => {
  const around = one.closest(".im-scroll").getBoundingClientRect();
  const box = one.getBoundingClientRect();
  return box.width > 0 && around.left <= box.left && box.right <= around.right;
})"""
"""Whether each button is in sight without scrolling to its side."""

HASH = """
import hashlib
with app._controller.model.choices.path.open("rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())
"""
"""Cell that tells what arrived; it is run once it has."""

STALLED = """
from importer.app.transfer import Outbox
real = Outbox.piece
Outbox.piece = lambda outbox, key, offset: None if offset else real(outbox, key, 0)[:1000]
"""
"""Code after which a browser gets no more than the first piece of a file."""

APPEND = """
from importer.app._actions import Choose
app._controller.dispatch(Choose(options={"if_table_exists": "append"}))
app._controller.wait()
"""
"""Code that takes a line off the page."""

DROP = """(zone, files) => {
  const data = new DataTransfer();
  for (const [name, parts] of files) data.items.add(new File(parts, name));
  for (const type of ["dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
"""What a person does who drags files from a folder onto the page."""


@pytest.fixture
def screen(notebook: Callable[..., Notebook]) -> Callable[..., Screen]:
    """``screen(*cells)`` runs the cells, of which one shows an App."""

    def make(*cells: str, later: str = "") -> Screen:
        book = notebook("import importer", *cells, later)
        book.command("application:toggle-left-area")
        book.page.set_viewport_size({"width": 1200, "height": 2400})
        for n in range(len(cells) + 1):
            book.run(n)
        return Screen(book)

    return make


def test_three_clicks_import_a_file_that_lies_on_the_server(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen("importer.sample('three_clicks.xlsx')", "importer.App()")
    app.shoot_both(shots, "file")
    app.whole.get_by_role("button", name="three_clicks.xlsx").click()
    app.says("Preview", "header in row 4")
    app.says("Columns", "9 of 9 columns filled")
    app.says("Problems", "4,921 of 5,001 rows are good, 80 refused")
    grid = app.whole.get_by_role("grid", name="Refused rows")
    sync_api.expect(grid.locator(".im-bad").first).to_have_attribute("title", "'eight' is not a number")
    app.step("Problems").get_by_text("Where the problems are").click()
    sync_api.expect(app.step("Problems").get_by_role("img", name="55 cells")).to_be_visible()
    app.shoot_both(shots, "check")
    app.click("Problems", "Problems")
    app.opens("Preview", "Columns")
    app.shoot_both(shots, "match")
    app.opens("Problems")

    grid.get_by_role("gridcell", name="eight", exact=True).first.dblclick()
    grid.get_by_role("textbox").fill("8")
    grid.get_by_role("textbox").press("Enter")
    sync_api.expect(grid.locator(".im-mine")).to_have_text("8")
    grid.press("ArrowDown")
    grid.press("Enter")
    grid.get_by_role("textbox").press("Escape")
    app.shoot_both(shots, "corrected-cell")
    app.press("Check again (1 corrected)")
    app.says("Problems", "4,922 of 5,001 rows are good")
    app.press("Import 4,922 rows")
    app.says("Result", "4,922 created")
    app.shoot_both(shots, "result")
    with closing(sqlite3.connect(app.book.lab.root / "importer.db")) as database:
        assert database.execute("SELECT count(*) FROM three_clicks").fetchone() == (4_922,)
    assert app.book.errors == []


def test_what_a_messy_file_hides_is_told_before_it_is_written(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen("importer.App(into='sqlite:///messy.db')")
    app.drop(("sales.csv", MESSY))
    app.says("Problems", "rows are good")
    app.opens("Preview")
    app.says("Preview", "rows 1 and 2 stand above the header")
    app.says("Next", "question")
    sync_api.expect(app.step("Preview").locator("tr.im-asked")).to_contain_text("Total")
    app.shoot_both(shots, "notes-look")
    app.says("Columns", "4 of 4 columns filled")
    app.opens("Problems")
    app.says("Problems", "rows 1 and 2 stand above the header")
    app.says("Problems", re.compile("amount: .*(€|curren)"))
    app.shoot_both(shots, "notes-check")
    numbers = app.step("Preview").locator("button.im-rownumber")
    numbers.get_by_text("5", exact=True).click(modifiers=["Shift"])
    pressed = app.step("Preview").locator("button.im-rownumber[aria-pressed=true]")
    sync_api.expect(pressed).to_have_text(["4", "5"])
    numbers.get_by_text("4", exact=True).click()
    sync_api.expect(pressed).to_have_text(["4"])
    rows = app.step("Preview").get_by_role("textbox", name="Rows to leave out")
    rows.fill("totl")
    rows.press("Enter")
    app.says("Preview", "not 'totl': did you mean 'totals'?")
    sync_api.expect(rows).to_be_focused()
    rows.fill("totals, 6")
    rows.press("Enter")
    app.says("Next", "3 rows → sales (new)")
    sync_api.expect(rows).to_have_value("totals, 6")
    sync_api.expect(app.step("Preview").locator("tr.im-out del").first).to_have_text("2025-01-04")
    app.shoot_both(shots, "rows")
    assert app.book.errors == []


def test_refused_rows_are_downloaded_corrected_and_dropped_again(
    screen: Callable[..., Screen], tmp_path: Path, shots: Path
) -> None:
    app = screen("importer.sample('again.xlsx')", "importer.App('again.xlsx', into='sqlite:///again.db')")
    app.says("Columns", "9 of 9 columns filled")
    app.press("Import 4,921 rows")
    app.says("Result", "80 refused")
    app.book.execute(STALLED)
    app.click("Result", "Refused rows as a workbook")
    app.click("Result", re.compile(r"^Cancel the download \(\d+%\)$"))
    app.says("Result", "The download was cancelled. Nothing of it was kept.")
    app.book.execute("Outbox.piece = real")
    with app.book.page.expect_download() as started:
        app.click("Result", "Refused rows as a workbook")
    assert started.value.suggested_filename == "again refused rows.xlsx"
    file = tmp_path / "corrected.xlsx"
    started.value.save_as(file)
    book = openpyxl.load_workbook(file)
    for row in book["Refused rows"].iter_rows(min_row=2):
        if row[5].value in ("eight", "7h30"):
            row[5].value = 8
    book.save(file)
    app.click("Result", "Import the corrected file")
    sync_api.expect(app.whole).to_contain_text("Drop the corrected rows of again.xlsx")
    app.browse(file)
    app.says("File", "corrected.xlsx")  # The Match step of the import before reads the same.
    app.says("Columns", "9 of 9 columns filled · into again")
    app.says("Next", "Adds 45 rows to again")
    app.press("Import 45 rows")
    app.says("Result", "45 created")
    app.shoot(shots / "app-corrected-light.png")
    # A browser tells nothing of the same file chosen again, unless its field was cleared.
    app.press("Import another file")
    app.browse(file)
    app.says("File", "corrected.xlsx")
    assert app.book.errors == []


def test_every_step_is_readable_in_the_dark_when_narrow_and_can_be_gone_back_to(
    screen: Callable[..., Screen], shots: Path
) -> None:
    app = screen("file = importer.sample('narrow.xlsx')", "importer.App(file, into='sqlite:///narrow.db')")
    app.book.theme("JupyterLab Dark")
    app.says("Problems", "4,921 of 5,001 rows are good")
    for pixels in 960, 780, 400:
        app.narrow(pixels)
        buttons = app.step("Problems").locator(".im-found button")
        assert buttons.count() == 6
        assert all(buttons.evaluate_all(WITHIN))
    app.opens("Preview", "Columns")
    app.shoot(shots / "app-match-narrow.png")
    assert app.whole.evaluate("e => e.scrollWidth <= e.clientWidth")
    app.step("Columns").get_by_label("type of overtime").select_option("String")
    app.says("Columns", "as you chose")
    app.step("Columns").get_by_label("type of overtime").select_option("Bool")
    app.step("Columns").get_by_label("source of note").select_option("Don't import")
    app.click("Columns", "Import note")
    app.step("Columns").get_by_label("employee_no is part of the key").check()
    app.step("Columns").get_by_label("date is part of the key").check()
    app.says("Columns", "If a key exists")
    app.says("Problems", "4,900 of 5,001 rows are good, 101 refused")
    app.shoot(shots / "app-check-narrow.png")
    app.press("Import 4,895 rows")
    app.says("Result", "4,890 created, 5 updated, 101 refused")
    app.shoot(shots / "app-result-narrow.png")
    for name in "Preview", "Columns", "Problems", "Import":
        app.opens(name)
        sync_api.expect(app.step(name).locator(".im-toggle")).to_have_attribute("aria-expanded", "true")
    app.shoot(shots / "app-all-narrow.png")
    assert app.whole.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert app.book.errors == []


@pytest.mark.parametrize("pixels", [960, 400])
def test_a_file_of_many_columns_is_matched_within_a_screen(
    screen: Callable[..., Screen], shots: Path, pixels: int
) -> None:
    file = "wide/columns.csv"
    text = f"{','.join(f'reading {n}' for n in range(60))}\\n{','.join(map(str, range(60)))}\\n"
    app = screen(
        f"import os; os.makedirs('wide', exist_ok=True); open('{file}', 'w').write('{text}')", f"importer.App('{file}')"
    )
    app.says("Columns", "60 of 60 columns filled")
    app.says("Next", "1 row → columns (new)")
    app.opens("Columns")
    app.narrow(pixels)
    table = app.step("Columns").locator(".im-scroll")
    last = table.get_by_role("row").last
    last.scroll_into_view_if_needed()
    sync_api.expect(last.get_by_label("name of reading_59")).to_have_value("reading_59")
    sync_api.expect(table.get_by_role("columnheader", name="column", exact=True)).to_be_in_viewport()
    head, row, box = (part.bounding_box() for part in (table.locator("thead"), last, table))
    assert head["y"] <= box["y"] + 1 < row["y"] < box["y"] + box["height"] < box["y"] + 700
    app.shoot_both(shots, f"wide-{pixels}")


def test_on_a_small_screen_the_check_is_in_view_when_the_steps_above_it_close(screen: Callable[..., Screen]) -> None:
    app = screen("importer.sample('small.xlsx')", "importer.App('small.xlsx', into='sqlite:///small.db')")
    app.book.page.set_viewport_size({"width": 1366, "height": 768})
    app.says("Columns", "9 of 9 columns filled")
    app.says("Problems", "4,921 of 5,001 rows are good")
    sync_api.expect(app.step("Problems")).to_be_in_viewport()
    assert app.book.errors == []


def test_a_click_is_not_lost_when_the_page_moves_meanwhile(screen: Callable[..., Screen]) -> None:
    (file := "moves.csv", text := "id,qty\\n1,5\\n")
    app = screen(
        f"open('{file}', 'w').write('{text}'); importer.load('{file}', into='sqlite:///moves.db', listeners=[])",
        f"app = importer.App('{file}', into='sqlite:///moves.db', if_imported='again')\napp",
    )
    app.says("Problems", "the table 'moves' exists already")
    app.opens("Columns")
    app.says("Columns", "The table exists, and without a key")
    box = app.step("Problems").get_by_role("button", name="Problems").bounding_box()
    app.book.page.mouse.move(box["x"] + 10, box["y"] + 10)
    app.book.page.mouse.down()
    app.book.execute(APPEND)
    app.book.page.mouse.up()
    sync_api.expect(app.step("Problems").locator(".im-toggle")).to_have_attribute("aria-expanded", "false")
    app.says("Problems", "1 of 1 row is good")
    sync_api.expect(app.step("Columns")).not_to_contain_text("without a key")


def test_dropped_files_are_imported_one_after_the_other(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen("importer.App(into='sqlite:///dropped.db', key='id', auto=True)")
    app.drop(("first.csv", "id,qty\n1,5\n2,7\n"), ("second.csv", "id,qty\n3,1\n"))
    app.says("Columns", "into first in sqlite:///dropped.db")
    app.says("Result", "2 created")
    app.press("Next file: second.csv")
    app.says("Columns", "into second")
    app.says("Result", "1 created")
    app.press("Import another file")
    app.drop(("empty.csv", ""))
    sync_api.expect(app.whole.locator(".im-upload")).to_contain_text("'empty.csv': the file is empty")
    app.shoot(shots / "app-refused-light.png")
    assert app.book.errors == []


def test_dropped_files_with_the_same_headers_are_imported_together(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen("importer.App(into='sqlite:///together.db', key='id')")
    first = "id,qty\n" + "".join(f"{n},{n}\n" for n in range(20)) + "20,many\n"
    app.drop(("orders 1.csv", first), ("orders 2.csv", "qty,id\n5,31\n"), ("orders 10.csv", "id,qty\n41,5\n"))
    question = app.whole.get_by_text("3 files share these headers")
    sync_api.expect(question).to_be_visible()
    app.shoot_both(shots, "together")
    app.whole.get_by_role("button", name="Import all 3 together").click()
    sync_api.expect(question).to_have_count(0)
    app.says("Columns", "into orders in sqlite:///together.db")
    app.says("Problems", "22 of 23 rows are good")
    app.opens("Preview", "Problems")
    app.shoot_both(shots, "together-checked")
    app.press("Import 22 rows")
    app.says("Result", "22 created")
    assert app.book.errors == []


def test_a_large_upload_survives_a_lost_connection(screen: Callable[..., Screen], tmp_path: Path, shots: Path) -> None:
    line = b"%07d," + b"x" * 992 + b"\n"
    file = tmp_path / "large.csv"
    with file.open("wb") as out:
        out.write(b"id,text\n")
        out.writelines(line % n for n in range(150_000))
    app = screen("app = importer.App(into='sqlite:///large.db')\napp", later=HASH)
    sockets = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel._ws.close()"
    app.browse(file)
    bar = app.whole.get_by_role("progressbar", name="upload of large.csv")
    sync_api.expect(bar).to_have_attribute("aria-valuenow", re.compile("^([1-9]|[1-4][0-9])$"))
    app.book.page.evaluate(sockets)
    app.whole.screenshot(path=shots / "app-upload-light.png")
    app.says("Preview", "about 150,000 rows")
    app.book.run(2)
    with file.open("rb") as sent:
        assert app.book.printed(2).strip() == hashlib.file_digest(sent, "sha256").hexdigest()


MILLION = """
import dataframely as dy, polars as pl
numbers = pl.int_range(1_000_000, eager=True)
pl.DataFrame({"id": numbers, "qty": "many", "note": "<b>" + numbers.cast(pl.String)}).write_csv("million.csv")
class Orders(dy.Schema):
    id, qty, note = dy.Int64(), dy.Int64(nullable=True), dy.String(nullable=True)
"""


def test_a_million_refused_rows_are_shown_a_screenful_at_a_time(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen(MILLION, "importer.App('million.csv', into='sqlite:///million.db', schema=Orders)")
    app.says("Columns", "3 of 3 columns filled")
    app.press("Check")
    app.says("Problems", "0 of 1,000,000 rows are good, 1,000,000 refused")
    grid = app.whole.get_by_role("grid", name="Refused rows")
    sync_api.expect(grid).to_have_attribute("aria-rowcount", "1000001")
    sync_api.expect(grid.get_by_role("rowheader").first).to_have_text("2")
    grid.press("Control+End")
    sync_api.expect(grid.get_by_role("rowheader").last).to_have_text("1,000,001")
    grid.press("ArrowLeft")
    sync_api.expect(grid.locator(".im-at")).to_have_text("many")
    sync_api.expect(app.whole.locator(".im-gridreason")).to_have_text(
        re.compile("row 1,000,001, B qty: 'many' is not a")
    )
    app.shoot(shots / "app-grid-light.png")
    grid.evaluate("e => { e.scrollTop = e.scrollHeight / 2 }")
    sync_api.expect(grid.get_by_role("rowheader").first).to_have_text(re.compile("^(49|50).,..."))
    assert grid.locator("b").count() == 0
    assert app.book.errors == []


LARGE = """
import polars as pl
one = importer.read(importer.sample("one.xlsx", rows=1_000))
year = pl.concat(one.with_columns(pl.col("Employee No.") + f"-{n:03}") for n in range(200))
year.write_csv("year.csv")
"""
"""Cell that writes a file of 200,200 rows; at a steady pace its import lasts long enough to be watched."""


def test_a_job_is_paused_seen_after_a_reload_and_in_a_second_tab_and_cancelled(
    screen: Callable[..., Screen], shots: Path
) -> None:
    cell = "importer.App('year.csv', into='sqlite:///year.db', key=['Employee No.', 'Date'], pace='steady')"
    app = screen(LARGE, cell, later="print('the kernel is free')")
    expect = sync_api.expect
    app.says("Columns", "9 of 9 columns filled")
    app.press(re.compile("^Import [0-9,]+ rows$"))
    bar = app.step("Import").get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    expect(app.step("Import")).to_contain_text("Last refused")
    expect(app.step("Import").locator(".im-plot")).to_be_visible()
    running = app.step("Import").evaluate(
        "e => [e.querySelector('.im-badge').textContent, ...['.im-track', '.im-fill']"
        ".map(part => e.querySelector(part).getBoundingClientRect()).flatMap(box => [box.height, box.width])]"
    )
    assert running[0] == "importing"
    assert min(running[1:]) > 0
    expect(bar).to_have_accessible_name("progress")
    for name, value in (("min", "0"), ("max", "100"), ("text", re.compile(r"^\d+%, [0-9,]+ of about [0-9,]+ rows$"))):
        expect(bar).to_have_attribute(f"aria-value{name}", value)
    app.press("Pause")
    app.says("Import", re.compile("paused after [0-9,]+ rows"))
    app.shoot_both(shots, "import")
    app.book.run(3)
    assert app.book.printed(3) == "the kernel is free\n"
    app.step("File").get_by_role("button", name="File").click()
    expect(app.whole.get_by_role("button", name="Browse…")).to_be_disabled()

    app.book.command("docmanager:save")
    app.book.open()
    app.says("Import", re.compile("paused after [0-9,]+ rows"))
    second = Screen(replace(app.book, page=app.book.page.context.new_page()))
    second.book.open()
    second.says("Import", re.compile("paused after [0-9,]+ rows"))
    second.press("Resume")
    expect(app.step("Next").get_by_role("button", name="Pause")).to_be_visible()
    app.press("Pace: steady")
    expect(app.step("Next").get_by_role("button", name="Pace: gentle")).to_be_visible()
    app.press("Cancel")
    for one in app, second:
        one.says("Import", re.compile("cancelled after [0-9,]+ rows"))
        one.says("Result", "created")
    second.book.page.close()
    assert app.book.errors == []


def test_second_notebook_runs_to_its_end(notebook: Callable[..., Notebook], shots: Path) -> None:
    book = notebook(Path(__file__).parents[2] / "notebooks/02_upload_validate_import.ipynb")
    book.page.set_viewport_size({"width": 1200, "height": 2400})
    book.run_all()
    assert [output for output in book.outputs() if output["output_type"] == "error"] == []
    book.page.screenshot(path=shots / "notebook-02.png")
    assert book.errors == []


HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"


SHEET = "<img src=x onerror=hacked()>"
BOOK = f"""
import openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.title = "{SHEET}"
book.create_sheet("{SHEET}2").append(["id", "no"])
for n in range(40):
    sheet.append([n, f"{{n}} {SHEET}"])
sheet.append(["{SHEET}", None])
book.save("sheets.xlsx")
"""


def test_hostile_sheets_values_and_errors_do_nothing(screen: Callable[..., Screen]) -> None:
    app = screen(BOOK, "importer.App('sheets.xlsx', into='sqlite:///sheets.db', header_row=0)")
    app.book.page.evaluate("() => { window.hacked = () => { window.wasHacked = true } }")
    app.says("Problems", f"'{SHEET}' is not a whole number")
    app.opens("Preview", "Columns")
    app.says("Columns", SHEET)
    sync_api.expect(app.step("Preview").get_by_label("Sheet")).to_contain_text(f"{SHEET}2")
    app.opens("File")
    path = app.whole.get_by_role("combobox", name="Path to a file")
    path.fill(f"{SHEET}.csv")
    path.press("Enter")
    sync_api.expect(app.whole).to_contain_text(f"there is no file '{SHEET}.csv'")
    app.opens("Columns")
    app.step("Columns").get_by_label("Kind of database").select_option("url")
    into = app.step("Columns").get_by_label("URL", exact=True)
    into.fill(SHEET)
    into.press("Enter")
    app.says("Columns", f"what kind of database '{SHEET}' is")
    assert app.whole.locator("img").count() == 0
    assert app.book.page.evaluate("() => window.wasHacked") is None
    assert app.book.errors == []


PLACES = f"""
import dataframely as dy, os
os.makedirs("places", exist_ok=True)
from importer.store import JobRecord, open_store
from importer.core._progress import State
open_store().write(JobRecord(
    job_id="0057113e-0000-4000-8000-000000000000", label="{SHEET} → t", table_name="{SHEET}", target="{SHEET}",
    state=State.FAILED, error="{SHEET}<script>hacked()</script>",
))
class Kinds(dy.Schema):
    kind = dy.Enum(["{SHEET}", "<script>hacked()</script>"], alias="kind")
with open("places/kinds.csv", "w") as file:
    file.write("kind,{SHEET}\\n{SHEET},1\\nother,2\\n")
with open("places/first.csv", "w") as file:
    file.write("id,{SHEET}\\n1,2\\n")
with open("places/second.csv", "w") as file:
    file.write("id,{SHEET}\\n2,3\\n")
before = importer.App("places/first.csv", into="sqlite:///before.db", table="{SHEET.replace(" ", "")}", key="id")
before.wait(); before.run(); before.close()
"""
"""Cell after which a job's name and error, categories, and what is remembered of headers are hostile."""


@pytest.mark.parametrize("file", ["kinds.csv", "second.csv"])
def test_hostile_categories_jobs_and_remembered_headers_do_nothing(screen: Callable[..., Screen], file: str) -> None:
    schema = ", schema=Kinds" if file == "kinds.csv" else ""
    app = screen(PLACES, f"importer.App('places/{file}', into='sqlite:///places.db'{schema})")
    app.book.page.evaluate("() => { window.hacked = () => { window.wasHacked = true } }")
    app.says("Columns", "columns filled")
    if schema:
        app.says("Problems", "1 of 2 rows are good, 1 refused")
        app.says("Problems", SHEET)
    else:
        app.opens("Columns")
        app.says("Columns", "You imported a file with these headers before")
        app.says("Columns", SHEET.replace(" ", ""))
        app.click("Columns", "Do as before")
        app.says("Columns", "As before")
    app.whole.get_by_role("button", name="History", exact=True).or_(
        app.whole.get_by_role("tab", name="History", exact=True)
    ).click()
    job = app.whole.get_by_role("listitem").filter(has_text=SHEET).first
    sync_api.expect(app.whole.locator("#im-job-0057113e")).to_contain_text("<script>hacked()</script>")
    sync_api.expect(job).to_be_visible()
    assert app.whole.locator("img, script").count() == 0
    assert app.book.page.evaluate("() => window.wasHacked") is None
    assert app.book.errors == []


def test_hostile_names_headers_and_cells_do_nothing(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen("app = importer.App(into='sqlite:///hostile.db', key='id', table='a')\napp")
    app.drop((f"{HOSTILE.replace('/', '')}.csv", f'"{HOSTILE}",id,n\n"{HOSTILE}",1,1\n"{HOSTILE}",,2\n'))
    app.says("Problems", "rows are good")
    app.opens("Preview", "Columns")
    app.says("Preview", HOSTILE)
    field = app.step("Columns").get_by_label("Table", exact=True)
    field.fill(HOSTILE)
    field.press("Enter")
    app.says("Columns", f"into {HOSTILE}")
    app.says("Problems", "1 of 2 rows are good, 1 refused")
    grid = app.whole.get_by_role("grid", name="Refused rows")
    sync_api.expect(grid.get_by_role("gridcell", name=HOSTILE, exact=True)).to_be_visible()
    app.press("Import 1 row")
    app.says("Result", "1 created")
    for name in "File", "Preview", "Columns", "Problems", "Import":
        app.opens(name)
        sync_api.expect(app.step(name).locator(".im-toggle")).to_have_attribute("aria-expanded", "true")
    app.shoot(shots / "app-hostile-light.png")
    assert app.whole.locator("img, script").count() == 0
    assert app.book.page.evaluate("() => window.hacked") is None
    assert app.book.errors == []


def test_the_result_is_still_there_when_the_kernel_is_gone(screen: Callable[..., Screen], shots: Path) -> None:
    app = screen(
        "from pathlib import Path\nPath('gone.csv').write_text('id\\n1\\n2\\n')", "importer.App('gone.csv', auto=True)"
    )
    app.says("Columns", "1 of 1 columns filled")
    app.says("Result", "2 created")
    saved = app.book.page.locator(".im-saved")
    sync_api.expect(saved).to_be_hidden()
    app.book.command("docmanager:save")
    app.book.restart()
    app.book.open()
    sync_api.expect(saved).to_be_visible()
    sync_api.expect(saved).to_contain_text("gone.csv → gone")
    app.book.page.screenshot(path=shots / "app-gone-light.png")


TOLD = """() => {
  Object.assign(window, { told: [], asked: 0, sounds: 0, isAway: false });
  Object.defineProperty(document, "hidden", { get: () => window.isAway });
  window.Notification = class extends window.Notification {
    static requestPermission() { window.asked += 1; return super.requestPermission(); }
    constructor(...given) {
      super(...given);
      this.addEventListener("show", () => window.told.push(this.title));
    }
  };
  window.AudioContext = class extends window.AudioContext {
    constructor() {
      super();
      // It is closed once the tone was heard to its end.
      this.addEventListener("statechange", () => { window.sounds += this.state === "closed"; });
    }
  };
}"""
"""A browser that remembers what it shows and plays; whether its page is hidden is for the test to say."""

LONG = """
import os, tempfile
import importer.app.views._import
importer.app.views._import.LONG_S = 0.0
from pathlib import Path
# The App offers the first files of a folder, not all of them.
folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
for name in ("seen", "quiet", "told"):
    Path(f"{name}.csv").write_text(f"{name}\\n1\\n2\\n")
"""


def test_the_end_of_a_long_import_is_told_where_the_page_is_hidden_and_that_is_wanted(
    screen: Callable[..., Screen],
) -> None:
    app = screen(LONG, "importer.App(into='sqlite:///told.db')")
    page = app.book.page
    page.context.grant_permissions(["notifications"])
    page.evaluate(TOLD)

    def told(name: str, *, is_away: bool, wants: bool) -> list[object]:
        for label in ("notify me", "play a sound") if wants else ():
            app.whole.get_by_label(label).check()
        app.whole.get_by_role("button", name=f"{name}.csv").click()
        app.says("Next", "2 rows → ")
        page.evaluate("isAway => { window.isAway = isAway }", is_away)
        app.press("Import 2 rows")
        app.says("Result", "2 created")
        app.press("Import another file")
        # What is told comes behind the result, and before the answer to the next click.
        sync_api.expect(app.whole.get_by_role("button", name=f"{name}.csv")).to_be_visible()
        page.evaluate("() => { window.isAway = false }")
        found: list[object] = page.evaluate("() => [window.asked, window.told, window.sounds]")
        return found

    assert told("quiet", is_away=True, wants=False) == [0, [], 0]
    assert told("seen", is_away=False, wants=True) == [1, [], 0]
    told("told", is_away=True, wants=False)
    page.wait_for_function("() => window.told.length && window.sounds")
    asked, [text], sounds = page.evaluate("() => [window.asked, window.told, window.sounds]")
    assert (asked, sounds) == (1, 1)
    assert re.fullmatch(r"told\.csv → told: done: 2 rows in [0-9.]+ s", text)
    assert app.book.errors == []
    page.context.clear_permissions()


REACH = """() => {
  const all = [...document.querySelectorAll(".im-steps :is(button, input, select, summary, [tabindex='0'])")];
  return all.filter(e => !e.disabled && e.checkVisibility() && e.tabIndex >= 0).length;
}"""
AT = """() => {
  const e = document.activeElement;
  if (!e.closest(".im-steps")) return null;
  const [{ top, bottom }, from] = [e, e.closest(".im-steps")].map(one => one.getBoundingClientRect());
  const all = [...document.querySelectorAll(".im-steps *")];
  const { outlineStyle } = getComputedStyle(e);
  const list = e.closest(".im-scroll");
  const scrolled = [all.indexOf(list), list?.scrollTop ?? 0];
  return [all.indexOf(e), top - from.top, bottom - from.top, outlineStyle, e.outerHTML.slice(0, 90), ...scrolled];
}"""


def is_above(after: list[Any], before: list[Any]) -> bool:
    """Whether a control stands above the one before it; a list may have scrolled between the two."""
    moved = after[6] - before[6] if after[5] == before[5] else 0
    return bool(after[2] + moved < before[1])


def test_every_control_is_reached_by_tab_in_the_order_of_reading_and_its_focus_is_seen(
    screen: Callable[..., Screen],
) -> None:
    app = screen("importer.sample('reach.xlsx')", "importer.App('reach.xlsx', into='sqlite:///reach.db')")
    app.says("Columns", "9 of 9 columns filled")
    app.says("Problems", "4,921 of 5,001 rows are good")
    app.opens("Preview", "Columns")
    sync_api.expect(app.step("Columns").get_by_label("name of employee_no")).to_be_visible()
    app.step("File").get_by_role("button", name="File").focus()
    page, seen = app.book.page, []
    for _ in range(page.evaluate(REACH)):
        page.keyboard.press("Tab")
        if (at := page.evaluate(AT)) is None:
            break
        seen.append(at)
    assert [one[4] for one in seen if one[3] != "solid"] == []
    assert [one[0] for one in seen] == sorted({one[0] for one in seen})
    assert [after[4] for before, after in pairwise(seen) if is_above(after, before)] == []
    assert len(seen) >= page.evaluate(REACH) - 3


def faults(app: Screen) -> list[str]:
    """What axe calls serious or critical in the App, as wide as it is and narrow."""
    whole = _faults(app)
    app.narrow(400)
    narrow = [f"narrow: {fault}" for fault in _faults(app)]
    app.whole.evaluate("e => { e.style.width = '' }")
    return whole + narrow


def _faults(app: Screen) -> list[str]:
    found = Axe().run(app.book.page, context=".im-steps").response
    assert found["passes"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_the_whole_way_by_keyboard_and_axe_finds_nothing_serious(screen: Callable[..., Screen]) -> None:
    app = screen("importer.sample('keys.xlsx')", "importer.App(into='sqlite:///keys.db')")
    keys, expect = app.book.page.keyboard, sync_api.expect
    assert faults(app) == []
    field = app.whole.get_by_role("combobox", name="Path to a file")
    field.focus()
    keys.type("keys.xlsx")
    keys.press("Enter")
    app.says("Columns", "9 of 9 columns filled")
    write = app.step("Next").get_by_role("button", name="Import 4,921 rows")
    expect(write).to_be_visible()
    expect(app.step("Problems").locator(".im-toggle")).to_be_focused()
    app.opens("Preview", "Columns")
    assert faults(app) == []
    grid = app.whole.get_by_role("grid")
    grid.focus()
    keys.press("ArrowDown")
    expect(app.whole.locator(".im-gridreason")).to_contain_text("row 111")
    for _ in range(9):
        keys.press("Tab")
        if write.evaluate("e => e === document.activeElement"):
            break
    expect(write).to_be_focused()
    assert write.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    keys.press("Enter")
    app.says("Result", "4,921 created")
    expect(app.step("Result").locator(".im-toggle")).to_be_focused()
    assert faults(app) == []
    assert app.book.errors == []
