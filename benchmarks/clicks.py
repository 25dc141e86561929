"""Measures a click in Columns in a real browser, from the click to the drawn change: `python benchmarks/clicks.py`.

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

WIDTHS, ROWS, CLICKS = (10, 125, 500), 500, 60
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


def file_of(columns: int, folder: Path) -> Path:
    """A file of so many columns: numbers, texts, dates."""
    names = [f"{('amount', 'note', 'day')[n % 3]}_{n}" for n in range(columns)]
    lines = (
        ",".join((str(row * n), f"text {row}", f"2025-01-{row % 28 + 1:02}")[n % 3] for n in range(columns))
        for row in range(ROWS)
    )
    (file := folder / f"wide_{columns}.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    return file


def times_ms(lab: Lab, page: Page, columns: int) -> list[float]:
    """How long each of the clicks takes, once the file is checked."""
    file = file_of(columns, lab.root)
    lab.write(f"{columns}.ipynb", "import importer", f"importer.App({file.name!r}, into='sqlite:///{columns}.db')")
    book = Notebook(page=page, lab=lab, path=f"{columns}.ipynb")
    book.open()
    for cell in range(2):
        book.run(cell)
    app = page.locator(".im-steps")
    expect(app.get_by_role("region", name="Next")).to_contain_text("rows →", timeout=120_000)
    app.get_by_role("button", name="Columns", exact=True).click()
    expect(app.get_by_role("checkbox", name="note_1 is required", exact=True)).to_be_visible(timeout=60_000)
    found = []
    for n in range(CLICKS):
        page.wait_for_timeout(50)
        found.append(page.evaluate(CLICK, ["note_1 is required", n % 2 == 0]))
    return found


def main(widths: list[int]) -> None:
    """Print a line of the table for each width."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serve(Path(folder), ROOT) as lab,
        sync_playwright() as driver,
        closing(driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])) as browser,
    ):
        print("| columns of the file | p50 | p95 |\n| ---: | ---: | ---: |")
        for columns in widths:
            with closing(browser.new_page(viewport={"width": 1366, "height": 768})) as page:
                found = sorted(times_ms(lab, page, columns))
            print(
                f"| {columns} | {statistics.median(found):.0f} ms | {found[int(0.95 * len(found))]:.0f} ms |",
                flush=True,
            )


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or list(WIDTHS))
