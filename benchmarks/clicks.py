"""Measures clicks and searches in Columns in a real browser, until they are drawn: `python benchmarks/clicks.py`.

It needs JupyterLab, playwright and Chromium, as the browser tests do, whose helpers it uses.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/browser"))

from labs import Notebook, serve  # noqa: E402 - they are beside the tests
from playwright.sync_api import expect, sync_playwright  # noqa: E402

if TYPE_CHECKING:
    from labs import Lab
    from playwright.sync_api import Page

WIDTHS, ROWS, CLICKS, PAUSES_MS = (10, 125, 500), 500, 60, (50, 400, 800)
DRAWN = 60
"""Lines of columns that the page draws at a time."""

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

CLICK = """async ([label, isOn]) => {
  const box = () => document.querySelector(`.im-columns-page input[aria-label="${label}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  const isDrawn = () => box().hasAttribute("checked") === isOn;
  const began = performance.now();
  box().click();
  await frame();
  while (!isDrawn()) await frame();
  const drawn = performance.now();
  return drawn - began;
}"""
"""Ticks a box as a person does, and waits until the kernel's new drawing of it is on the screen."""


FIND = """async ([text, lines]) => {
  const field = document.querySelector(".im-columns-page [data-typing=find]");
  const count = () => document.querySelectorAll(".im-columns-page .im-match tbody tr").length;
  const frame = () => new Promise(requestAnimationFrame);
  const began = performance.now();
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (count() !== lines) await frame();
  return performance.now() - began;
}"""
"""Types a text that this many columns have, and waits until they alone are on the screen."""


CHOOSE = """async ([label, value]) => {
  const list = () => document.querySelector(`.im-columns-page select[aria-label="${label}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  const isDrawn = () => list().querySelector("[selected]")?.value === value;
  const began = performance.now();
  list().focus();
  list().value = value;
  list().dispatchEvent(new Event("change", { bubbles: true }));
  while (!isDrawn()) await frame();
  return performance.now() - began;
}"""
"""Chooses from a list as a person does, and waits until the kernel's new drawing of it is on the screen."""


def file_of(columns: int, folder: Path) -> Path:
    """A file of so many columns: numbers, texts, dates."""
    names = [f"{('amount', 'note', 'day')[n % 3]}_{n}" for n in range(columns)]
    lines = (
        ",".join((str(row * n), f"text {row}", f"2025-01-{row % 28 + 1:02}")[n % 3] for n in range(columns))
        for row in range(ROWS)
    )
    (file := folder / f"wide_{columns}.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    return file


def times_ms(lab: Lab, page: Page, columns: int) -> dict[str, list[float]]:
    """How long each click and each search takes, once the file is checked."""
    file = file_of(columns, lab.root)
    there = f"importer.load({file.name!r}, into='sqlite:///{columns}.db', table='there', listeners=[])"
    lab.write(
        f"{columns}.ipynb",
        "import importer",
        f"importer.App({file.name!r}, into='sqlite:///{columns}.db')",
        f"{there}\nimporter.App({file.name!r}, into='sqlite:///{columns}.db', table='there', if_table_exists='append', "
        "if_imported='again')",
    )
    book = Notebook(page=page, lab=lab, path=f"{columns}.ipynb")
    book.open()
    for cell in range(2):
        book.run(cell)
    app = page.locator(".im-steps")
    expect(app.get_by_role("region", name="Next")).to_contain_text("rows →", timeout=120_000)
    app.get_by_role("button", name="Columns", exact=True).click()
    expect(app.get_by_role("checkbox", name="note_1 is required", exact=True)).to_be_visible(timeout=60_000)
    found: dict[str, list[float]] = {}
    for pause in PAUSES_MS:
        times = found[f"a click, {pause} ms after the last one"] = []
        for n in range(CLICKS):
            page.wait_for_timeout(pause)
            times.append(page.evaluate(CLICK, ["note_1 is required", n % 2 == 0]))
    times = found["another type"] = []
    for n in range(CLICKS):
        page.wait_for_timeout(PAUSES_MS[1])
        times.append(page.evaluate(CHOOSE, ["type of amount_0", ("String", "Int64")[n % 2]]))
    if columns > DRAWN:
        times = found["a search"] = []
        for n in range(CLICKS):
            page.wait_for_timeout(50)
            times.append(page.evaluate(FIND, ["note_1" if n % 2 else "note_10", matching(columns, n)]))
    found["another source"] = matches_ms(book)
    return found


def matches_ms(book: Notebook) -> list[float]:
    """How long each change takes of the header that fills a column of a table that is there."""
    page = book.page
    page.evaluate("document.querySelector('.im-steps').remove()")
    book.run(2)
    app = page.locator(".im-steps")
    expect(app.get_by_role("region", name="Next")).to_contain_text("rows →", timeout=120_000)
    app.get_by_role("button", name="Columns", exact=True).click()
    expect(app.get_by_label("source of note_1", exact=True)).to_be_visible(timeout=60_000)
    times = []
    for n in range(CLICKS):
        page.wait_for_timeout(PAUSES_MS[1])
        times.append(page.evaluate(CHOOSE, ["source of note_1", ("note_4", "note_1")[n % 2]]))
    return times


def matching(columns: int, n: int) -> int:
    """How many columns the text of a search occurs in."""
    names = [f"note_{n}" for n in range(1, columns, 3)]
    return min(sum(("note_1" if n % 2 else "note_10") in name for name in names), DRAWN)


def main(widths: list[int]) -> None:
    """Print a line of the table for each width."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serve(Path(folder), ROOT) as lab,
        sync_playwright() as driver,
        closing(driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])) as browser,
    ):
        print("| columns of the file | | p50 | p95 |\n| ---: | --- | ---: | ---: |")
        for columns in widths:
            with closing(browser.new_page(viewport={"width": 1366, "height": 768})) as page:
                found = times_ms(lab, page, columns)
            for what, times in found.items():
                p95 = sorted(times)[int(0.95 * len(times))]
                print(f"| {columns} | {what} | {statistics.median(times):.0f} ms | {p95:.0f} ms |", flush=True)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or list(WIDTHS))
