"""The grid of refused rows in a real JupyterLab, edited with mouse and keyboard as a spreadsheet is."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook
    from playwright.sync_api import Locator

ORDERS = """
import importer
from pathlib import Path
lines = [f"{n},shop {n % 7},{n},{n}.5" for n in range(1, 201)]
for n in range(10, 101):
    lines[n] = f"{n + 1},shop {n % 7},{n} pcs,free" if n % 2 else f"{n + 1},shop {n % 7},{n} pcs,{n}.5"
Path("NAME.csv").write_text("id,shop,qty,price\\n" + "\\n".join(lines) + "\\n")
import dataframely as dy
class Orders(dy.Schema):
    id, shop = dy.Int64(), dy.String()
    qty, price = dy.Int64(nullable=True), dy.Float64(nullable=True)
app = importer.App("NAME.csv", into="sqlite:///NAME.db", schema=Orders)
app.wait()
found = app.check()
app
"""
"""Cell that shows an App after its check: 91 of 200 rows are refused, 45 with two cells; the first is row 12."""

SEEN = "print([[row, label, text] for (row, label), text in app.plan.corrections.items()])"


class Sheet:
    """The grid on the page."""

    def __init__(self, book: Notebook) -> None:
        self.book, self.page, self.keys = book, book.page, book.page.keyboard
        self.whole = book.page.locator(".im-app:has(> .im-grid):not([hidden])").first
        self.grid = self.whole.get_by_role("grid", name="Refused rows")
        self.at = self.grid.locator(".im-at")
        self.line = self.grid.get_by_role("textbox")

    def press(self, *keys: str) -> None:
        """Press keys one after the other; each finds the focus inside the grid's widget."""
        for key in keys:
            self.keys.press(key)
            assert self.whole.evaluate("e => e.contains(document.activeElement)"), key

    def cell(self, row: int, label: str) -> Locator:
        """A cell of a row that is in sight, by the number of its row."""
        heads = self.grid.get_by_role("columnheader").all_text_contents()
        place = next(n for n, head in enumerate(heads) if head.endswith(f" {label}"))
        line = self.grid.locator(".im-gridrow").filter(
            has=self.page.get_by_role("rowheader", name=f"{row:,}", exact=True)
        )
        return line.locator("> div").nth(place)

    def tool(self, name: str | re.Pattern[str]) -> Locator:
        """A button of the grid."""
        return self.whole.get_by_role("toolbar").get_by_role("button", name=name)

    def refused(self, count: int) -> None:
        """Wait until so many rows are still refused."""
        sync_api.expect(self.whole.locator(".im-gridcount")).to_contain_text(f"{count} of 91 still refused")

    def corrections(self) -> list[list[Any]]:
        """The corrected cells, as the kernel knows them."""
        self.book.run(1)
        found: list[list[Any]] = ast.literal_eval(self.book.outputs()[-1]["text"])
        return found

    def shoot_both(self, shots: Path, name: str) -> None:
        """Take a picture in the dark theme and in the light one, and see to it that all of it can be read."""
        for theme in "Dark", "Light":
            self.book.theme(f"JupyterLab {theme}")
            settled(self.whole)
            assert worst_contrast(self.whole.locator("button:not([aria-disabled]), p, [data-row]")) > 4.5
            self.page.screenshot(path=shots / f"grid-{name}-{theme.lower()}.png")


@pytest.fixture
def sheet(notebook: Callable[..., Notebook]) -> Callable[..., Sheet]:
    """``sheet(name)`` shows an App whose check refused rows, in a window as an analyst has it."""

    def make(name: str, cell: str = ORDERS) -> Sheet:
        book = notebook(cell.replace("NAME", name), SEEN)
        book.command("application:toggle-left-area")
        book.page.set_viewport_size({"width": 1366, "height": 768})
        book.run(0)
        found = Sheet(book)
        found.grid.scroll_into_view_if_needed()
        sync_api.expect(found.at).to_have_class(re.compile("im-bad"))
        return found

    return make


def test_typing_edits_a_cell_and_enter_and_tab_go_on(sheet: Callable[..., Sheet], shots: Path) -> None:
    one = sheet("typing")
    expect = sync_api.expect
    one.refused(91)
    one.grid.focus()
    expect(one.at).to_have_text("10 pcs")
    one.keys.type("10")
    expect(one.line).to_have_value("10")
    one.press("Enter")
    expect(one.cell(12, "qty")).to_have_class(re.compile("im-mine"))
    expect(one.at).to_have_text("11 pcs")
    one.refused(90)

    one.keys.type("11")
    one.press("Tab")
    expect(one.at).to_have_text("free")
    one.keys.type("1")
    one.keys.type("1.5")
    one.press("Enter")
    # Enter goes on below where the run of tabs began.
    expect(one.at).to_have_text("12 pcs")
    one.refused(89)

    one.press("F2")
    expect(one.line).to_have_value("12 pcs")
    one.press("End", "Backspace", "Backspace", "Backspace", "Backspace", "Escape")
    expect(one.line).to_have_count(0)
    expect(one.at).to_have_text("12 pcs")
    one.press("Enter", "Home", "Shift+End")
    one.keys.type("12")
    one.press("Shift+Enter")
    expect(one.at).to_have_text("11")
    one.press("Delete")
    expect(one.at).to_have_text("")
    one.refused(88)
    one.shoot_both(shots, "typing")
    assert one.corrections() == [[12, "qty", "10"], [13, "qty", None], [13, "price", "11.5"], [14, "qty", "12"]]
    assert one.book.errors == []


def test_a_block_is_pasted_copied_filled_down_and_undone_as_one_step(sheet: Callable[..., Sheet], shots: Path) -> None:
    one = sheet("block")
    expect = sync_api.expect
    one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    one.page.evaluate("text => navigator.clipboard.writeText(text)", "1\t1.5\r\n2\t2.5\r\n3\t3.5\r\n")
    one.grid.focus()
    one.press("Control+v")
    expect(one.cell(14, "price")).to_have_text("3.5")
    one.refused(88)
    expect(one.whole.locator(".im-gridcount")).to_contain_text("6 cells changed")
    one.press("Control+z")
    one.refused(91)
    expect(one.cell(14, "qty")).to_have_text("12 pcs")
    one.press("Control+y")
    one.refused(88)
    one.press("Control+z")
    one.press("Control+Shift+Z")
    one.refused(88)

    one.press("Shift+ArrowRight", "Shift+ArrowDown")
    expect(one.grid.locator(".im-picked")).to_have_count(4)
    expect(one.whole.locator(".im-gridreason")).to_have_text("4 cells selected")
    one.press("Control+c")
    assert one.page.evaluate("() => navigator.clipboard.readText()").replace("\r", "") == "1\t1.5\n2\t2.5\n"

    one.press("ArrowDown", "ArrowDown", "ArrowDown")
    one.keys.type("4")
    one.press("Enter", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d")
    expect(one.cell(17, "qty")).to_have_text("4")
    one.press("Escape")
    box, far = one.cell(18, "qty").bounding_box(), one.cell(19, "price").bounding_box()
    one.page.mouse.move(box["x"] + 20, box["y"] + 10)
    one.page.mouse.down()
    one.page.mouse.move(far["x"] + 20, far["y"] + 10, steps=5)
    one.page.mouse.up()
    expect(one.grid.locator(".im-picked")).to_have_count(4)
    one.shoot_both(shots, "block")
    # One cell fills what is selected.
    one.page.evaluate("text => navigator.clipboard.writeText(text)", "5\r\n")
    one.press("Control+v")
    expect(one.cell(19, "price")).to_have_text("5")
    four = [[row, "qty", "4"] for row in (15, 16, 17)]
    five = [[row, label, "5"] for row in (18, 19) for label in ("qty", "price")]
    block = [[12, "qty", "1"], [12, "price", "1.5"], [13, "qty", "2"], [13, "price", "2.5"], [14, "qty", "3"]]
    assert one.corrections() == [*block, [14, "price", "3.5"], *four, *five]
    one.page.evaluate("text => navigator.clipboard.writeText(text)", "1\t2\t3\n")
    one.grid.focus()
    one.press("Control+v")
    expect(one.whole.locator(".im-gridcount")).to_contain_text("1 pasted cell did not fit")
    assert one.book.errors == []


def test_all_cells_of_a_problem_are_set_and_a_text_is_replaced_in_a_column(
    sheet: Callable[..., Sheet], shots: Path
) -> None:
    one = sheet("all")
    expect = sync_api.expect
    one.grid.focus()
    one.tool("Replace…").click()
    form = one.whole.locator(".im-gridform")
    expect(form.get_by_label("Find in the refused cells of C qty")).to_be_focused()
    one.keys.type(" pcs")
    one.shoot_both(shots, "replace")
    one.press("Enter")
    expect(one.whole.locator(".im-gridcount")).to_contain_text("91 cells changed")
    one.refused(45)
    one.press("Escape")
    expect(one.grid).to_be_focused()
    one.press("Control+z")
    one.refused(91)
    one.press("Control+y")
    one.refused(45)

    one.page.get_by_role("button", name="Show these").first.click()
    expect(one.grid).to_have_attribute("aria-rowcount", "46")
    one.tool("Set all 45…").click()
    one.keys.type("0.5")
    one.press("Enter")
    one.refused(0)
    expect(one.tool(re.compile("^Set all"))).to_be_hidden()
    expect(one.whole.locator(".im-gridcount")).to_contain_text("45 cells changed")
    one.tool("Show all rows").click()
    expect(one.grid).to_have_attribute("aria-rowcount", "92")
    one.shoot_both(shots, "all")
    one.tool("Only rows still refused").click()
    expect(one.whole.locator(".im-gridnote")).to_contain_text("None of these rows is refused any more.")
    one.tool("Undo").click()
    one.refused(45)
    assert len(one.corrections()) == 91
    assert one.book.errors == []


def test_the_next_error_is_found_over_pages_and_only_what_is_wrong_is_shown(
    sheet: Callable[..., Sheet], shots: Path
) -> None:
    one = sheet("next")
    expect = sync_api.expect
    one.grid.focus()
    one.press("F8")
    expect(one.at).to_have_text("11 pcs")
    one.press("F8")
    expect(one.at).to_have_text("free")
    one.press("Control+End", "F8")
    # After the last one comes the first one.
    expect(one.at).to_have_text("10 pcs")
    one.press("Shift+Control+ArrowDown")
    one.keys.type("7")
    one.press("Control+Enter")
    one.refused(45)
    one.press("Escape", "F8")
    expect(one.at).to_have_text("free")
    expect(one.at).to_have_attribute("aria-invalid", "true")
    one.press("Control+End", "ArrowUp", "F8")
    expect(one.at).to_have_text("free")
    one.tool("Only rows still refused").click()
    expect(one.grid).to_have_attribute("aria-rowcount", "46")
    one.tool("Only columns with errors").click()
    expect(one.grid.get_by_role("columnheader")).to_have_text(["row", "why refused", "D price"])
    one.shoot_both(shots, "only")
    one.tool("Only columns with errors").click()
    one.tool("Only rows still refused").click()
    expect(one.grid).to_have_attribute("aria-rowcount", "92")
    assert one.book.errors == []


DONE = ORDERS.replace("\napp\n", "\ndone = app.run()\napp\n")
"""Cell that shows an App after its import."""


def test_rows_that_are_corrected_in_the_result_are_imported_on_the_spot(
    sheet: Callable[..., Sheet], shots: Path
) -> None:
    one = sheet("result", DONE)
    expect = sync_api.expect
    expect(one.page.get_by_role("button", name=re.compile(r"^Import \d+ corrected"))).to_have_count(0)
    one.grid.focus()
    one.keys.type("10")
    one.press("Enter")
    one.refused(90)
    one.press("ArrowDown")
    one.keys.type("12")
    one.press("Enter")
    one.refused(89)
    one.shoot_both(shots, "result")
    bring = one.page.get_by_role("button", name="Import 2 corrected rows")
    bring.click()
    expect(one.whole.locator(".im-gridcount")).to_contain_text("89 of 89 still refused")
    expect(bring).to_have_count(0)
    expect(one.grid.get_by_role("rowheader").first).to_have_text("13")
    assert one.corrections() == [[12, "qty", "10"], [14, "qty", "12"]]
    assert one.book.errors == []


MANY = """
import importer, dataframely as dy, polars as pl
numbers = pl.int_range(200_000, eager=True)
pl.DataFrame({"id": numbers, "qty": "many"}).write_csv("NAME.csv")
class Orders(dy.Schema):
    id, qty = dy.Int64(), dy.Int64(nullable=True)
app = importer.App("NAME.csv", into="sqlite:///NAME.db", schema=Orders)
app.wait()
found = app.check()
app
"""


def test_many_refused_rows_are_edited_a_screenful_at_a_time(sheet: Callable[..., Sheet]) -> None:
    one = sheet("many", MANY)
    expect = sync_api.expect
    one.grid.focus()
    one.press("Control+End")
    expect(one.at).to_have_text("many")
    one.keys.type("7")
    one.press("Enter")
    expect(one.whole.locator(".im-gridcount")).to_contain_text("199,999 of 200,000 still refused")
    one.press("F8")
    expect(one.at).to_have_attribute("data-row", "0")
    one.press("Control+Shift+ArrowDown", "Delete")
    expect(one.whole.locator(".im-gridcount")).to_contain_text("At most 100,000 cells can be corrected here.")
    one.press("Escape")
    one.tool("Replace…").click()
    one.keys.type("many")
    one.press("Enter")
    expect(one.whole.locator(".im-gridcount")).to_contain_text("At most 100,000 cells can be corrected here.")
    assert one.corrections() == [[200_001, "qty", "7"]]
    assert one.book.errors == []


def test_the_grid_is_one_stop_of_tab_and_axe_finds_nothing_serious(sheet: Callable[..., Sheet]) -> None:
    one = sheet("stops")
    expect = sync_api.expect
    one.tool("Next error").focus()
    one.press("ArrowRight", "ArrowRight", "ArrowRight")
    expect(one.tool("Only rows still refused")).to_be_focused()
    one.press("Tab")
    expect(one.grid).to_be_focused()
    one.press("Shift+Tab")
    expect(one.tool("Only rows still refused")).to_be_focused()
    one.press("Tab", "Enter")
    expect(one.line).to_be_focused()
    found = Axe().run(one.page, context=".im-app:has(> .im-grid)").response
    assert found["passes"]
    assert [each["id"] for each in found["violations"]] == []
    one.press("Escape")
    expect(one.grid).to_be_focused()
    # JupyterLab has commands for these keys, and must not run them.
    for key in "dd", "x", "m":
        one.keys.type(key)
        expect(one.line).to_have_value(key)
        one.press("Escape")
    for key in "Control+Enter", "Alt+Enter", "Control+b":
        one.press(key)
        expect(one.grid).to_be_focused()
    one.keys.press("Tab")
    assert not one.whole.evaluate("e => e.contains(document.activeElement)")
    assert one.book.page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.length") == 2
    assert one.book.errors == []
