"""The panel in a real JupyterLab, fed by a thread of the kernel with whatever the test says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook

FOLLOW = """
import json, threading, time
from pathlib import Path
from importer.listeners import Panel
from importer.core._progress import Progress, State

class Job:
    def pause(self): Path("NAME.asked").write_text("pause")
    def resume(self): Path("NAME.asked").write_text("resume")
    def cancel(self): Path("NAME.asked").write_text("cancel")

panel = Panel(Job())
panel(Progress(label="flights.xlsx → flights"))

def follow():
    said, told = Path("NAME.said"), 0
    while True:
        lines = said.read_text().splitlines() if said.exists() else []
        for told, line in enumerate(lines[told:], told + 1):
            values = json.loads(line)
            panel(Progress(**values | {"state": State(values["state"]), "seq": told}))
        time.sleep(0.02)

threading.Thread(target=follow, daemon=True).start()
"""
"""Cell that opens a panel, and a thread that tells it whatever the test says."""

BUSY = "while not Path('NAME.free').exists(): time.sleep(0.02)"
TEXTS = ".im-title, .im-badge, .im-line span, .im-line b, dt, dd, .im-key, .im-note, button"
ROWS, BYTES = 336_776, 28_000_000
HOSTILE = '<img src=x onerror="window.hacked = 1">\'&amp;.xlsx'


class Kernel:
    """A notebook with a panel, and what its kernel is told.

    Parameters
    ----------
    book
        The notebook; its first cell is `FOLLOW`.
    """

    def __init__(self, book: Notebook, name: str) -> None:
        self.book = book
        self.panel = book.page.locator(".im-panel")
        self._file = book.lab.root / name

    def say(self, share: float, state: str = "running", **more: object) -> None:
        """Tell the panel of so much work done."""
        rows = round(ROWS * share)
        refused = rows // 28_000
        values = {
            "label": "flights.xlsx → flights",
            "state": state,
            "rows_read": rows,
            "created": rows - refused,
            "rejected": refused,
            "warnings": rows // 90_000,
            "current_key": "UA 1545 on 2013-06-14",
            "completed": round(BYTES * share),
            "total": BYTES,
            "elapsed_s": 4.72 * share,
        }
        with self._file.with_suffix(".said").open("a") as said:
            said.write(json.dumps(values | more) + "\n")

    def free(self) -> None:
        """End the busy cell."""
        self._file.with_suffix(".free").touch()

    @property
    def asked(self) -> str | None:
        """What the job was asked for last."""
        file = self._file.with_suffix(".asked")
        return file.read_text() if file.exists() else None


@pytest.fixture
def kernel(notebook: Callable[..., Notebook], request: pytest.FixtureRequest) -> Kernel:
    """A notebook with an open panel, one busy cell below it, and one that shows the panel again."""
    name = request.node.name
    book = notebook(FOLLOW.replace("NAME", name), BUSY.replace("NAME", name), "display(panel)")
    book.run(0)
    return Kernel(book, name)


def test_panel_moves_and_answers_while_a_cell_runs(kernel: Kernel, shots: Path) -> None:
    book, panel, expect = kernel.book, kernel.panel, sync_api.expect
    bar, button = panel.get_by_role("progressbar"), panel.get_by_role("button")
    book.run(1, wait=False)
    for share in (0.01, 0.2, 0.4):
        kernel.say(share)
    expect(bar).to_have_attribute("aria-valuenow", "40")
    kernel.say(0.64)
    expect(bar).to_have_attribute("aria-valuetext", "64%, 215,537 of about 337,000 rows")
    expect(panel).to_contain_text("71,400 rows/s · 2 s left")
    settled(panel)
    panel.screenshot(path=shots / "light-half.png")
    assert book.page.locator(".jp-InputPrompt").nth(1).inner_text() == "[*]:"

    # Whether a busy kernel hears a click depends on its version; the page says which it is.
    button.filter(has_text="Pause").click()
    expect(panel).to_contain_text(re.compile("pausing|The kernel is busy"))
    kernel.free()
    expect(panel).to_contain_text("pausing")
    assert kernel.asked == "pause"
    kernel.say(0.64, "paused")
    expect(button).to_have_text(["Resume", "Cancel"])
    button.filter(has_text="Cancel").click()
    expect(panel).to_contain_text("cancelling")
    expect(button.filter(has_text="Resume")).to_be_disabled()
    assert kernel.asked == "cancel"
    kernel.say(0.64, "cancelled")
    expect(panel).to_contain_text("cancelled")
    expect(button).to_have_count(0)
    assert book.errors == []


def test_panel_outlives_its_kernel(kernel: Kernel, shots: Path) -> None:
    book, panel, expect = kernel.book, kernel.panel, sync_api.expect
    kernel.say(0.5)
    expect(panel).to_contain_text("50%")
    book.run(2)
    expect(panel).to_have_count(2)
    kernel.say(1.0, "succeeded")
    for n in range(2):
        expect(panel.nth(n)).to_contain_text("336,776 rows in 4.7 s")
    settled(panel.first)
    book.page.screenshot(path=shots / "light-end-page.png")
    panel.first.screenshot(path=shots / "light-end.png")
    book.command("docmanager:save")
    book.restart()
    book.open()
    expect(panel).to_have_count(2)
    expect(panel.last).to_contain_text("336,776 rows in 4.7 s")
    assert book.errors == []


def test_panel_is_readable_in_the_dark_when_narrow_and_whatever_the_names(kernel: Kernel, shots: Path) -> None:
    book, panel, expect = kernel.book, kernel.panel, sync_api.expect
    book.theme("JupyterLab Dark")
    kernel.say(0.3)
    kernel.say(0.64)
    expect(panel).to_contain_text("64%")
    settled(panel)
    assert worst_contrast(panel.locator(TEXTS)) > 4.5
    panel.screenshot(path=shots / "dark-half.png")

    panel.locator("xpath=..").evaluate("e => { e.style.width = '400px' }")
    panel.screenshot(path=shots / "dark-narrow.png")
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")

    kernel.say(
        0.64, "failed", label=HOSTILE, current_key=HOSTILE, error=f"{HOSTILE} is full. Make room, then load it again"
    )
    expect(panel.locator(".im-note")).to_contain_text(HOSTILE)
    expect(panel.locator(".im-title")).to_have_text(HOSTILE)
    settled(panel)
    assert worst_contrast(panel.locator(TEXTS)) > 4.5
    panel.screenshot(path=shots / "dark-failed.png")
    assert panel.locator("img").count() == 0
    assert book.page.evaluate("() => window.hacked") is None
    book.theme("JupyterLab Light")
    settled(panel)
    assert worst_contrast(panel.locator(TEXTS)) > 4.5
    panel.screenshot(path=shots / "light-failed.png")
    assert book.errors == []
