"""The history of jobs in a real JupyterLab."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook
    from playwright.sync_api import Locator, Page

TEXTS = ".im-badge, .im-jobname, .im-jobinto, .im-line span, time, .im-note, dt, dd, th, td, button:enabled, label span"

JOBS = """
import os, tempfile, threading, importer
folder = tempfile.TemporaryDirectory(prefix="shop-")
os.chdir(folder.name)
os.environ["IMPORTER_HOME"] = folder.name
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
pl.DataFrame({"order": range(60_000), "qty": 5}).write_csv("year.csv")
hurry = threading.Event()
slow = {"chunk_rows": 1_000, "listeners": [lambda _: hurry.wait(0.3)]}
importer.plan("year.csv", into="sqlite:///shop.db", key="order", **slow).start()
"""


def shoot(shown: Locator, path: Path) -> None:
    """Take a picture, and see to it that all of it can be read."""
    settled(shown)
    assert worst_contrast(shown.locator(TEXTS)) > 4.5
    shown.screenshot(path=path)


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical in the history."""
    found = Axe().run(page, context=".im-jobs").response
    assert found["passes"]
    return [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]


HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1<⁄script>"

LATER = f"""
from pathlib import Path
Path({HOSTILE + ".csv"!r}).write_text("id\\n<img src=x onerror='window.hacked = 1'>\\n1\\n")
hurry.set()
importer.load({HOSTILE + ".csv"!r}, into="sqlite:///shop.db", table="later", listeners=[], max_rejects=9)
"""


def test_jobs_are_followed_paused_resumed_and_outlive_the_kernel(
    notebook: Callable[..., Notebook], shots: Path
) -> None:
    expect = sync_api.expect
    book = notebook(JOBS, "history = importer.History()\nhistory", LATER)
    book.command("application:toggle-left-area")
    book.page.set_viewport_size({"width": 1200, "height": 2000})
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
    assert faults(book.page) == []
    shown.evaluate("e => { e.closest('.im-app').style.width = '400px' }")
    shoot(shown, shots / "history-narrow.png")
    assert faults(book.page) == []
    assert shown.evaluate("e => e.scrollWidth <= e.clientWidth")
    with book.page.expect_download() as started:
        shown.get_by_role("button", name="as CSV").click()
    assert started.value.suggested_filename == "staff_punches refused rows.csv"

    keys = book.page.keyboard
    year.get_by_role("button", name=re.compile("^year.csv")).focus()
    keys.press("Tab")
    resume = year.get_by_role("button", name="Resume")
    expect(resume).to_be_focused()
    assert resume.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    keys.press("Enter")
    book.run(2)
    expect(year).to_contain_text("done")
    expect(shown.get_by_role("listitem").first).to_contain_text(HOSTILE)
    shown.get_by_role("button", name=re.compile("onerror")).click()
    expect(shown.get_by_text("later in sqlite")).to_be_visible()
    field = shown.get_by_label("File or table")
    field.fill("YEAR")
    expect(shown.get_by_role("listitem")).to_have_count(1)
    assert book.page.locator(".im-app").locator("img, script").count() == 0
    assert book.page.evaluate("() => window.hacked") is None

    book.command("docmanager:save")
    book.restart()
    book.open()
    saved = book.page.locator(".im-saved")
    expect(saved).to_be_visible()
    expect(saved).to_contain_text("year.csv")
    expect(saved).to_contain_text("succeeded")
    assert book.page.evaluate("() => window.hacked") is None
    assert book.errors == []


HALF = """
import os, importer, polars as pl
if not os.path.exists("half.csv"):
    pl.DataFrame({"order": range(100_000), "qty": 5}).write_csv("half.csv")
app = importer.App("half.csv", into="sqlite:///half.db", key="order", chunk_rows=1_000)
app
"""

PAUSED = """
import time
app.wait()
app.check()
app._controller.dispatch(importer.app._actions.Run())
while app.job is None or not app.job.progress.rows_read:
    time.sleep(0.01)
app.job.pause()
"""
"""Cell that leaves the job half way, however fast the machine is."""


def test_after_a_restart_the_cell_goes_on_with_its_job_and_leads_to_it_in_the_history(
    notebook: Callable[..., Notebook], shots: Path
) -> None:
    expect = sync_api.expect
    book = notebook(HALF, PAUSED)
    book.command("application:toggle-left-area")
    book.page.set_viewport_size({"width": 1200, "height": 1600})
    book.run(0)
    shown = book.page.locator(".im-steps")
    step = shown.get_by_role("region", name="Import")
    book.run(1)
    expect(step).to_contain_text(re.compile("paused after [0-9,]+ rows"))
    book.restart()
    book.open()
    book.run(0)
    known = shown.get_by_role("region", name="This file is not new")
    expect(known).to_contain_text(re.compile("started to import this file and did not finish: [0-9,]+ rows"))
    for theme in "Dark", "Light":
        book.theme(f"JupyterLab {theme}")
        shoot(shown, shots / f"app-known-{theme.lower()}.png")
    known.get_by_role("button", name="Show the job").click()
    expect(shown.get_by_role("listitem").filter(has_text="half.csv").first).to_contain_text("interrupted")
    shown.get_by_role("navigation").get_by_role("button", name="Import").click()
    known.get_by_role("button", name="Resume").click()
    result = shown.get_by_role("region", name="Result")
    expect(result).to_contain_text("100,000 created")

    result.get_by_role("button", name="Show it in the history").click()
    expect(result).to_be_hidden()
    mine = shown.get_by_role("listitem").filter(has_text="half.csv")
    expect(mine.get_by_role("button", name="Copy as code")).to_be_visible()
    book.command("docmanager:save")
    book.page.close()
    again = replace(book, page=book.page.context.new_page())
    again.open()
    shown = again.page.locator(".im-steps")
    expect(shown.get_by_role("region", name="History")).to_contain_text("100,000 created")
    shown.get_by_role("navigation").get_by_role("button", name="Import").click()
    expect(shown.get_by_role("region", name="Result")).to_contain_text("100,000 created")
    expect(shown.get_by_role("region", name="History")).to_be_hidden()
    again.page.close()
    assert book.errors == []
