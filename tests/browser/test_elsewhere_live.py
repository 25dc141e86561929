"""A walk through the whole App as a person takes it, in JupyterLab, in Notebook 7, and on a page of Voilà."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from labs import QUIET, READY, serve
from test_app_live import Screen
from test_flow_live import HEIGHTS, foot_is_in_sight, is_in_hand

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labs import Lab
    from playwright.sync_api import Browser, BrowserContext, Page

ORDERS = "order,day,qty\n" + "".join(f"{n},2025-01-{n % 28 + 1:02},{n % 9}\n" for n in range(1, 401))
ORDERS = ORDERS.replace(",7\n", ",seven\n", 1) + "Total,,1600\n"

SLOW = "importer.App(into='sqlite:///walk.db', chunk_rows=50, pace='0.2s')"


@pytest.fixture(scope="module")
def lab(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all three, with the settings that it comes with."""
    with serve(tmp_path_factory.mktemp("walk"), Path(__file__).parents[2], QUIET) as found:
        yield found


@pytest.fixture(scope="module")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """A small screen; scripts are fetched once."""
    with closing(chromium.new_context(viewport={"width": 1366, "height": 768})) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context


def run_all(page: Page, path: str) -> None:
    """Run all cells once the kernel answers: a page that runs them earlier does nothing."""
    page.wait_for_function("() => !!window.jupyterapp", timeout=60_000)
    assert page.evaluate(READY, path)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def stays(app: Screen) -> None:
    """The focus is in the App, and the foot in sight."""
    foot_is_in_sight(app)
    assert app.whole.evaluate("e => e.contains(document.activeElement)")


def answer_and_rename(app: Screen, page: Page) -> None:
    """Leave the total out, and give a column another name, with the keyboard where that is quicker."""
    app.press("1 question")
    is_in_hand(app, "Preview")
    app.click("Preview", "Don't import")
    app.says("Problems", "399 of 400 rows are good, 1 refused")
    sync_api.expect(app.step("Preview").locator("tr.im-out")).to_contain_text("Total")
    sync_api.expect(app.step("Preview").locator(".im-toggle")).to_be_in_viewport()
    stays(app)

    columns = app.step("Columns").locator(".im-toggle")
    columns.focus()
    page.keyboard.press("Enter")
    sync_api.expect(columns).to_have_attribute("aria-expanded", "true")
    field = app.step("Columns").get_by_label("name of qty")
    field.fill("pieces")
    field.press("Enter")
    # The check of before says the same until there is a new one.
    sync_api.expect(app.step("Next").locator("code")).to_contain_text("pieces")
    app.says("Next", "399 rows → orders (new)")
    sync_api.expect(field).to_be_in_viewport()
    sync_api.expect(field).to_be_focused()
    stays(app)


def correct(app: Screen, page: Page) -> None:
    """Correct the refused cell in the grid, and check again."""
    app.click("Problems", "Correct this cell")
    sync_api.expect(app.step("Problems").get_by_role("button", name="Show all")).to_be_visible()
    grid = app.whole.get_by_role("grid", name="Refused rows")
    grid.get_by_role("gridcell", name="seven", exact=True).click()
    sync_api.expect(grid).to_be_focused()
    sync_api.expect(grid).to_be_in_viewport()
    page.keyboard.type("7")
    sync_api.expect(grid.get_by_role("textbox")).to_have_value("7")
    page.keyboard.press("Enter")
    app.press("Check again (1 corrected)")
    app.says("Problems", "400 of 400 rows are good, 0 refused")
    stays(app)


@pytest.mark.parametrize(
    ("place", "begin", "said"),
    [
        ("lab/tree", run_all, "It is in the cell below"),
        ("notebooks", run_all, "It is in the cell below"),
        ("voila/render", lambda *_: None, "Copied: paste it into a cell"),
    ],
    ids=["lab", "notebook", "voila"],
)
def test_a_file_goes_in_and_out_again_with_the_step_in_hand_always_in_sight(
    lab: Lab, profile: BrowserContext, place: str, begin: Callable[[Page, str], object], said: str
) -> None:
    name = place.partition("/")[0]
    (lab.root / name).mkdir()
    lab.write(f"{name}/{name}.ipynb", "import importer", SLOW)
    with closing(profile.new_page()) as page:
        page.goto(f"{lab.url}/{place}/{name}/{name}.ipynb?token={lab.token}")
        begin(page, f"{name}/{name}.ipynb")
        book: Any = SimpleNamespace(page=page)
        app = Screen(book)
        sync_api.expect(app.whole.get_by_role("button", name="Browse…")).to_be_in_viewport(timeout=60_000)
        # Headers of its own: what was chosen for those of another one would be offered.
        app.drop(("orders.csv", f"{name} {ORDERS}"))
        app.says("Problems", "399 of 401 rows are good, 2 refused")
        is_in_hand(app, "Problems")

        answer_and_rename(app, page)
        correct(app, page)

        app.press("Import 400 rows")
        bar = app.step("Import").get_by_role("progressbar")
        sync_api.expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
        assert min(app.step("Import").evaluate(HEIGHTS)) > 0
        is_in_hand(app, "Import")
        app.says("Next", "400 created")
        is_in_hand(app, "Result")
        app.says("Result", "orders now has 400 rows")

        app.click("Result", "Use the table in a new cell")
        sync_api.expect(app.step("Result").get_by_role("button", name=said)).to_be_visible()
        if "cell below" in said:
            sync_api.expect(page.locator(".jp-Cell").nth(2).locator(".cm-content")).to_be_focused()
            page.keyboard.press("Shift+Enter")
            sync_api.expect(page.locator(".jp-Cell").nth(2)).to_contain_text("shape: (400, 3)")
        else:
            assert "df = pl.read_database('SELECT * FROM \"orders\"'" in page.evaluate("navigator.clipboard.readText()")

        app.press("Take it out again")
        app.says("Next", "The table orders, which the import made, would be dropped with its 400 rows.")
        stays(app)
        app.press("Take it out")
        app.says("Next", "The table orders, which the import made, was dropped with its 400 rows.")
        sync_api.expect(app.step("Result")).to_be_in_viewport()
        stays(app)
    with closing(sqlite3.connect(lab.root / name / "walk.db")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'orders'").fetchone() == (0,)
