"""What the App remembers in a file, damaged in every way: it says so, and the import goes on."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer.app.choices import Choices, remember
from importer.app.views import DRAW
from importer.core import home

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("id", "qty")


def holds(content: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(content)


def entry(options: str = "{}", columns: str = "{}") -> bytes:
    """The memory of this file's headers, with options and columns as JSON."""
    return f'{{"KEY": {{"options": {options}, "columns": {columns}, "brings_columns": false}}}}'.encode()


DEEP = "[" * 20_000 + "]" * 20_000
DAMAGES = {
    "not UTF-8": holds(b"\xff\xfe\x00{"),
    "NUL": holds(b"\0" * 100),
    "half": holds(b'{"KEY": {"options": {"table'),
    "deep": holds(entry(columns=DEEP)),
    "a deep option": holds(entry(f'{{"mapping": {{"id": {DEEP}}}}}')),
    "NaN": holds(b"NaN"),
    "NaN in an option": holds(entry('{"table": NaN, "key": [Infinity]}')),
    "a number of 10,000 digits": holds(entry(columns=f'{{"id": {"9" * 10_000}}}')),
    "half a character": holds(entry('{"table": "\\ud800", "into": "sqlite:///\\udcff.db", "on_conflict": "\\ud800"}')),
    "NUL in a URL": holds(entry('{"into": "sqlite:///a\\u0000.db", "on_conflict": "\\u0000"}')),
    "wrong types": holds(entry('{"key": {"a": 1}, "mapping": [1], "table": []}')),
    "a list for a column": holds(entry(columns='{"id": []}')),
    "a folder": lambda file: file.mkdir(),
    "a FIFO": os.mkfifo,
    "a link to itself": lambda file: file.symlink_to(file),
    "a device": lambda file: file.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_memory_is_told_and_stops_no_import(
    damage: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("id,qty\n1,5\n2,7\n")
    file = home() / "mappings.json"
    remember(LABELS, Choices(path=Path("a.csv"), said="a.csv", options={"into": "sqlite:///a.db"}))
    [key] = json.loads(file.read_text())
    file.unlink()
    damage(file)
    if file.is_file():
        file.write_bytes(file.read_bytes().replace(b"KEY", key.encode()))
    app = importer.App("a.csv", into="sqlite:///a.db")
    app._screen.widget()
    app.wait(60)
    assert app.plan is not None
    assert app.plan.source.header.labels == LABELS
    said = DRAW["columns"](replace(app._controller.model, open=frozenset({"columns"})))
    app.close()
    assert said.count("Your choices for earlier files cannot be read") == 1
