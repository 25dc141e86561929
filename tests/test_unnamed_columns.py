"""Columns that have values and no name, which the App asks about."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl

import importer
from importer.app import _actions as actions
from importer.app.choices import asked_of
from importer.app.views import DRAW

if TYPE_CHECKING:
    from pathlib import Path


def opened(folder: Path, text: str, **options: Any) -> importer.App:
    (folder / "a.csv").write_text(text)
    app = importer.App(folder / "a.csv", into=f"sqlite:///{folder}/a.db", **options)
    app.wait()
    return app


def send(app: importer.App, action: str, value: str, of: str) -> bool:
    """What the page sends."""
    found = actions.parse({"action": action, "value": value, "of": of})
    is_accepted = found is not None and app._controller.dispatch(found)
    app.wait()
    return is_accepted


def asked(app: importer.App) -> list[str]:
    return [note.sentence for note in app._controller.model.questions if note.code == "column-unnamed"]


def preview(app: importer.App) -> str:
    return DRAW["preview"](replace(app._controller.model, open=frozenset({"preview"})))


TEXT = "id,,qty\n1,red,5\n2,blue,6\n3,,7\n"


def test_a_column_without_a_name_is_named_beside_the_question(tmp_path: Path) -> None:
    app = opened(tmp_path, TEXT)
    assert asked(app) == ["Column B has 2 values and no name, such as 'red', 'blue'."]
    assert re.search(r'<input[^>]*data-action="name_it" data-of="column_b"', preview(app))
    assert not send(app, "name_it", "  ", "column_b")
    assert send(app, "name_it", "colour", "column_b")
    assert asked(app) == []
    code = app.code() or ""
    assert 'colour = dy.String(nullable=True, metadata={"aliases": ["column_B"]})' in code
    app.run()
    app.close()
    again = opened(tmp_path, TEXT.replace("red", "green"))
    assert again._controller.model.looked is not None
    assert send(again, "memory", "take", "")
    assert asked(again) == []
    again.run()
    again.close()


def test_a_column_without_a_name_is_left_out_or_keeps_the_name_that_it_gets(tmp_path: Path) -> None:
    app = opened(tmp_path, TEXT)
    assert send(app, "from", "", "column_b")
    assert asked(app) == []
    assert "column_b" not in (app.code() or "")
    assert send(app, "reset", "", "")
    assert len(asked(app)) == 1
    [note] = [note for note in app._controller.model.questions if note.code == "column-unnamed"]
    assert send(app, "answer", "", json.dumps(asked_of(note)))
    assert asked(app) == []
    report = app.run()
    assert report is not None
    app.close()


def test_a_name_that_another_column_has_is_refused_with_a_reason(tmp_path: Path) -> None:
    app = opened(tmp_path, TEXT)
    assert send(app, "name_it", "QTY", "column_b")
    assert "Another column is called QTY too." in DRAW["columns"](app._controller.model)
    assert send(app, "name_it", "colour", "column_b")
    assert app._controller.model.problem is None
    app.close()


def test_what_has_a_name_or_no_values_is_not_asked_about(tmp_path: Path) -> None:
    for text in "id,%,qty\n1,2,3\n", "id,,qty\n1,,3\n", "1,2,3\n4,5,6\n":
        app = opened(tmp_path, text)
        assert asked(app) == []
        app.close()


def test_a_name_in_one_of_two_header_rows_is_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ["", "2024", "", "2025"], ["id", "Q1", "Q2", "Q1"], [1, 2, 3, 4], [2, 3, 4, 5]:
        book.active.append([cell or None for cell in row])  # type: ignore[union-attr]
    book.save(tmp_path / "b.xlsx")
    app = importer.App(tmp_path / "b.xlsx", into=f"sqlite:///{tmp_path}/a.db", header_row=1, header_rows=2)
    app.wait()
    assert app.plan is not None
    assert app.plan.source.header.labels == ("id", "2024 Q1", "2024 Q2", "2025 Q1")
    assert asked(app) == []
    app.close()


def test_a_file_with_a_nameless_column_is_not_imported_without_a_click(tmp_path: Path) -> None:
    app = opened(tmp_path, TEXT, auto=True)
    assert app.report is None
    assert send(app, "name_it", "colour", "column_b")
    assert app.report is not None
    app.close()
