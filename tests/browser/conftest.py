"""A real JupyterLab and a headless Chromium: `lab`, `chromium`, `notebook`."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from labs import WAIT_MS, Notebook, profile, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labs import Lab
    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    if not CHROMIUM:
        pytest.skip("the browser tests need chromium or google-chrome, or the variable CHROMIUM that names one")
    playwright.expect.set_options(timeout=WAIT_MS)
    with (
        playwright.sync_playwright() as driver,
        closing(driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)) as browser,
    ):
        yield browser


@pytest.fixture(scope="session")
def lab(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with nothing of the user's in it."""
    pytest.importorskip("jupyterlab", reason="the browser tests need jupyterlab, from the extra 'lab'")
    with serve(tmp_path_factory.mktemp("lab"), ROOT) as found:
        yield found


@pytest.fixture(scope="session")
def browser_context(chromium: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests: JupyterLab's scripts are fetched once."""
    with profile(chromium, viewport={"width": 1200, "height": 800}) as context:
        yield context


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Folder of the screenshots: ``IMPORTER_SHOTS``, or a temporary one."""
    folder = Path(os.environ.get("IMPORTER_SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def notebook(
    lab: Lab, browser_context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """``notebook(*cells)`` opens a notebook of these cells, or of those in the notebook that a path names."""
    opened: list[Notebook] = []

    def make(*cells: str | Path) -> Notebook:
        # The same path would be the same kernel.
        path = f"{request.node.name}-{len(opened)}.ipynb"
        lab.write(path, *cells)
        book = Notebook(page=browser_context.new_page(), lab=lab, path=path)
        opened.append(book)
        book.page.on("pageerror", lambda error: book.errors.append(error.stack or str(error)))
        book.page.on("console", lambda said: book.errors.append(said.text) if said.type == "error" else None)
        book.open()
        book.theme("JupyterLab Light")
        return book

    yield make
    for book in opened:
        book.page.close()
    for kernel in lab.ask("GET", "/api/kernels"):
        lab.ask("DELETE", f"/api/kernels/{kernel['id']}")
