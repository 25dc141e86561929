from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest

import importer

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the files that the README speaks of."""
    monkeypatch.chdir(tmp_path)
    importer.sample("staff_punches.xlsx")
    book = openpyxl.Workbook()
    book.active.title = "Q3"
    book.active.append(["Order ID", "Quantity", "Ordered", "Shipped"])
    for number in range(1, 60):
        book.active.append([number, number, dt.date(2025, 7, 1), dt.date(2025, 7, number % 28 + 1)])
    book.save("orders.xlsx")


def test_the_python_of_the_readme_runs(desk):
    blocks = re.findall(r"```python\n(.+?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = {"__name__": "readme"}
    for block in blocks:
        exec(block, names)
    assert names["report"].progress.created == 4_890
    assert names["job"].result().progress.created == 59
    assert Path("refused.xlsx").exists()


def test_the_tests_that_the_readme_names_are_there():
    section = README.read_text(encoding="utf-8").partition("## What it promises")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:\w+/)?test_\w+\.py)`", section)
    assert len(named) > 10
    assert [name for name in named if not Path(__file__).parent.joinpath(name).exists()] == []
