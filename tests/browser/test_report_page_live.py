"""A report page in a browser: it loads nothing, saves the refused rows, and everybody can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from labs import profile

import importer
from importer.api import sample
from importer.testing import MemorySink

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

KEY = ["Employee No.", "Date"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> importer.Report:
    file = sample(tmp_path_factory.mktemp("page") / "staff_punches.xlsx", rows=5_000)
    return importer.load(file, into=MemorySink(), table="staff_punches", key=KEY, chunk_rows=250, listeners=[])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_read_and_its_refused_rows_are_saved(
    chromium: Browser, report: importer.Report, tmp_path: Path, shots: Path, scheme: str
) -> None:
    file = report.to_html(tmp_path / "report.html")
    asked: list[str] = []
    said: list[str] = []
    with profile(chromium, color_scheme=scheme, viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(file.as_uri())
        page.screenshot(path=shots / f"report-page-{scheme}.png", full_page=True)
        with page.expect_download() as saving:
            page.get_by_role("link", name="Save the 101 refused rows as a workbook").click()
        saved = tmp_path / saving.value.suggested_filename
        saving.value.save_as(saved)
        is_wide = page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found = [] if scheme == "dark" else page.pdf()
    assert saved.name == "staff_punches refused rows.xlsx"
    assert importer.read(saved).height == report.progress.rejected == 101
    assert asked == [file.as_uri()]
    assert said == []
    assert not is_wide
    assert scheme == "dark" or bytes(found).startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_can_be_read_by_everybody(
    chromium: Browser, report: importer.Report, tmp_path: Path, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = report.to_html(tmp_path / "report.html")
    # Axe runs as a script of the page, which the page's own policy does not allow.
    with profile(chromium, color_scheme=scheme, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        broken = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in broken] == []
