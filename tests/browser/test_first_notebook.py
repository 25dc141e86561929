"""The first notebook in a real JupyterLab, as an analyst sees it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from labs import worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs import Notebook

FILE = Path(__file__).parents[2] / "notebooks/01_first_import.ipynb"

SHOWN = {"preview": 0, "report": 2, "inference": 8}
"""Which of the results has its picture taken."""

TEXTS = ".im-title, .im-badge, .im-note, dt, dd, caption, tr:first-child > *, th small, .im-bad"

LARGE = """
import tempfile
from pathlib import Path

import polars as pl

import importer

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)
one = importer.read(importer.sample(folder / "staff_punches.xlsx", rows=1_000))
year = pl.concat(one.with_columns(pl.col("Employee No.") + f"-{n:03}") for n in range(200))
year.write_csv(folder / "staff_punches_2025.csv")
plan = importer.plan(
    folder / "staff_punches_2025.csv", into=folder / "staff.db", table="punches", key=["Employee No.", "Date"],
    pace="steady",
)
"""
"""Cell that plans the import of 200,200 rows, which lasts long enough to be watched."""


def test_first_notebook_runs_to_its_end_and_looks_right(notebook: Callable[..., Notebook], shots: Path) -> None:
    book, expect = notebook(FILE), sync_api.expect
    book.run_all()
    assert [output for output in book.outputs() if output["output_type"] in ("error", "stream")] == []
    expect(book.page.locator(".im-panel .im-badge")).to_have_text(["done", "done", "checked", "done", "done"])

    results = book.page.locator(".jp-OutputArea-output .importer")
    expect(results).to_have_count(11)
    book.command("application:toggle-left-area")
    # A picture of something taller than the page would show its edges.
    book.page.set_viewport_size({"width": 1200, "height": 1200})
    for theme in "Light", "Dark":
        book.theme(f"JupyterLab {theme}")
        for name, place in SHOWN.items():
            result = results.nth(place)
            assert worst_contrast(result.locator(TEXTS)) > 4.5
            result.locator("xpath=..").screenshot(path=shots / f"{name}-{theme.lower()}.png")
    assert book.errors == []


def test_a_large_import_is_watched_paused_resumed_and_cancelled(notebook: Callable[..., Notebook], shots: Path) -> None:
    book, expect = notebook(LARGE, "job = plan.start()", "job.result().progress.state.value"), sync_api.expect
    book.run(0)
    book.run(1)
    panel = book.page.locator(".im-panel")
    bar, badge, button = panel.get_by_role("progressbar"), panel.locator(".im-badge"), panel.get_by_role("button")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"^[4-9]\d$"))
    panel.screenshot(path=shots / "panel-light.png")
    button.filter(has_text="Pause").click()
    expect(badge).to_have_text("paused")
    book.theme("JupyterLab Dark")
    button.filter(has_text="Resume").click()
    expect(badge).to_have_text("importing")
    panel.screenshot(path=shots / "panel-dark.png")
    button.filter(has_text="Cancel").click()
    expect(badge).to_have_text("cancelled")
    expect(bar).not_to_have_attribute("aria-valuenow", "100")
    book.run(2)
    assert book.outputs()[-1]["data"]["text/plain"] == "'cancelled'"
    assert book.errors == []
