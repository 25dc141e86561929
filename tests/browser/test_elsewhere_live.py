"""The App outside of JupyterLab: in Notebook 7, and as a page of Voilà."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from labs import READY

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs import Lab
    from playwright.sync_api import BrowserContext, Page


def in_notebook(page: Page, path: str) -> None:
    """Run both cells once the kernel answers: a page that runs them earlier does nothing."""
    page.wait_for_function("() => !!window.jupyterapp", timeout=60_000)
    assert page.evaluate(READY, path)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


@pytest.mark.parametrize(
    ("place", "begin", "said"),
    [
        ("notebooks", in_notebook, "It is in the cell below"),
        ("voila/render", lambda *_: None, "Copied: paste it into a cell"),
    ],
)
def test_a_file_is_imported_with_two_clicks(
    lab: Lab, browser_context: BrowserContext, place: str, begin: Callable[[Page, str], object], said: str
) -> None:
    name = place.partition("/")[0]
    # In a folder of its own: the App shows the first files beside a notebook, not all of them.
    (lab.root / name).mkdir()
    lab.write(f"{name}/{name}.ipynb", f"import importer\nimporter.sample('{name}.xlsx')", "importer.App()")
    with closing(browser_context.new_page()) as page:
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(f"{lab.url}/{place}/{name}/{name}.ipynb?token={lab.token}")
        begin(page, f"{name}/{name}.ipynb")
        app = page.locator(".im-steps")
        app.get_by_role("button", name=f"{name}.xlsx").click(timeout=60_000)
        step = app.get_by_role("region", name="Columns", exact=True)
        sync_api.expect(step).to_contain_text("9 of 9 columns filled", timeout=60_000)
        write = app.get_by_role("button", name="Import 4,921 rows")
        sync_api.expect(write).to_be_in_viewport(timeout=60_000)
        sync_api.expect(app.get_by_role("region", name="Problems", exact=True)).to_be_in_viewport()
        write.click()
        result = app.get_by_role("region", name="Result", exact=True)
        sync_api.expect(result).to_contain_text("4,921 created", timeout=60_000)
        sync_api.expect(result.locator(".im-toggle")).to_be_focused()
        sync_api.expect(result.locator(".im-toggle")).to_be_in_viewport()
        sync_api.expect(app.get_by_role("progressbar")).to_have_count(0)
        sync_api.expect(result).to_contain_text(f"{name} now has 4,921 rows")
        browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
        result.get_by_role("button", name="Use the table in a new cell").click()
        sync_api.expect(result.get_by_role("button", name=said)).to_be_visible()
        if "cell below" in said:
            code = page.locator(".jp-Cell").nth(2).locator(".cm-content")
            sync_api.expect(code).to_be_focused()
            page.keyboard.press("Shift+Enter")
            sync_api.expect(page.locator(".jp-Cell").nth(2)).to_contain_text("shape: (4_921, 9)")
        else:
            assert "df = pl.read_database('SELECT * FROM \"voila\"'" in page.evaluate("navigator.clipboard.readText()")
    with closing(sqlite3.connect(lab.root / name / "importer.db")) as database:
        assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (4_921,)
