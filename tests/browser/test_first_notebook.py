"""The first notebook in a real JupyterLab, as an analyst sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs import Notebook

FILE = Path(__file__).parents[2] / "notebooks/01_first_import.ipynb"


def test_first_notebook_runs_to_its_end_and_looks_right(notebook: Callable[..., Notebook], shots: Path) -> None:
    book, expect = notebook(FILE), sync_api.expect
    book.run_all()
    assert [output for output in book.outputs() if output["output_type"] in ("error", "stream")] == []
    badges = book.page.locator(".im-panel .im-badge")
    expect(badges).to_have_text(["done"] * 5)
    for name in "Light", "Dark":
        book.theme(f"JupyterLab {name}")
        book.page.set_viewport_size({"width": 1200, "height": 9000})
        book.page.locator(".jp-NotebookPanel").screenshot(path=shots / f"whole-{name.lower()}.png")
    assert book.errors == []
