"""The history of jobs in a real JupyterLab."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook
    from playwright.sync_api import Locator

TEXTS = ".im-badge, .im-jobname, .im-jobinto, .im-line span, time, .im-note, dt, dd, th, td, button:enabled, label span"

JOBS = """
import os, importer
os.environ["IMPORTER_HOME"] = os.path.abspath("past")
import polars as pl
from contextlib import suppress
importer.sample("staff_punches.xlsx")
importer.load("staff_punches.xlsx", into="sqlite:///staff.db", key=["Employee No.", "Date"], listeners=[])
pl.DataFrame({"order": range(2_000), "qty": 5}).write_csv("orders.csv")
importer.load("orders.csv", into="sqlite:///shop.db", key="order", listeners=[])
with suppress(importer.ImporterError):
    importer.load("orders.csv", into="postgresql://ann:secret@localhost:1/shop", key="order", listeners=[])
with suppress(importer.ImporterError):
    importer.load("staff_punches.xlsx", into="sqlite:///small.db", table="punches", max_rejects=5, listeners=[])
pl.DataFrame({"order": range(400_000), "qty": 5}).write_csv("year.csv")
importer.plan("year.csv", into="sqlite:///shop.db", key="order", listeners=[], chunk_rows=5_000).start()
"""


def shoot(shown: Locator, path: Path) -> None:
    """Take a picture, and see to it that all of it can be read."""
    settled(shown)
    assert worst_contrast(shown.locator(TEXTS)) > 4.5
    shown.screenshot(path=path)


def test_jobs_are_followed_paused_cancelled_and_resumed(notebook: Callable[..., Notebook], shots: Path) -> None:
    expect = sync_api.expect
    book = notebook(JOBS, "history = importer.History()\nhistory")
    book.command("application:toggle-left-area")
    book.page.set_viewport_size({"width": 1200, "height": 1600})
    book.run(0)
    book.run(1)
    shown = book.page.get_by_role("region", name="History")
    year = shown.get_by_role("listitem").filter(has_text="year.csv")
    year.get_by_role("button", name="Pause").click()
    expect(year).to_contain_text("paused")
    shown.get_by_role("button", name=re.compile("^staff_punches.xlsx.*→ staff_punches")).click()
    expect(shown.get_by_text("'eight' is not a number").first).to_be_visible()
    for theme in "Dark", "Light":
        book.theme(f"JupyterLab {theme}")
        shoot(shown, shots / f"history-{theme.lower()}.png")
    shown.evaluate("e => { e.closest('.im-app').style.width = '400px' }")
    shoot(shown, shots / "history-narrow.png")
    assert book.errors == []


def test_a_result_leads_to_its_job_in_the_history_and_back(notebook: Callable[..., Notebook], shots: Path) -> None:
    expect = sync_api.expect
    book = notebook(f"{JOBS}\nimporter.App('staff_punches.xlsx', into='sqlite:///tab.db', auto=True)")
    book.command("application:toggle-left-area")
    book.page.set_viewport_size({"width": 1200, "height": 1600})
    book.run(0)
    shown = book.page.locator(".im-steps")
    expect(shown).to_contain_text("9 of 9 columns filled")
    shown.get_by_role("button", name="Check", exact=True).click()
    shown.get_by_role("button", name="Write 4,921 rows").click()
    shown.get_by_role("button", name="Show it in the history").click()
    expect(shown.get_by_role("region", name="Result")).to_be_hidden()
    mine = shown.get_by_role("listitem").filter(has_text="tab.db")
    expect(mine.get_by_role("button", name="Copy as code")).to_be_visible()
    shoot(shown, shots / "history-tab-light.png")
    book.command("docmanager:save")
    book.page.close()
    again = replace(book, page=book.page.context.new_page())
    again.open()
    shown = again.page.locator(".im-steps")
    expect(shown.get_by_role("region", name="History")).to_contain_text("4,921 created", timeout=60_000)
    shown.get_by_role("navigation").get_by_role("button", name="Import").click()
    expect(shown.get_by_role("region", name="Result")).to_contain_text("4,921 created")
    expect(shown.get_by_role("region", name="History")).to_be_hidden()
    shoot(shown, shots / "history-steps-light.png")
    again.page.close()
    assert book.errors == []
