"""Rows in the preview of the App that are no data, or may be none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest

import importer
from importer.app import _actions as actions
from importer.app.choices import Choices, Memory, asked_of, recall, remember
from importer.app.views import DRAW

if TYPE_CHECKING:
    from pathlib import Path

SALES = (
    "date,shop,amount\n2025-01-01,North,1\n2025-01-02,North,2\ndate,shop,amount\n"
    + "".join(f"2025-02-{n:02},South,{n}\n" for n in range(1, 20))
    + "Total,,193\n2025-03-01,North,2\n2025-03-02,North,2\nexported by Ann,,\n"
)


class Sales:
    """An App with a file of sales."""

    def __init__(self, folder: Path, text: str = SALES, **options: object) -> None:
        (folder / "sales.csv").write_text(text)
        self.app = importer.App(folder / "sales.csv", into=f"sqlite:///{folder}/a.db", **options)  # type: ignore[arg-type]
        self.app.wait()

    def rows(self, style: str) -> list[str]:
        """The first cells of the rows of a style."""
        model = self.app._controller.model
        html = DRAW["preview"](replace(model, open=frozenset({"preview"})))
        return re.findall(rf'<tr class="{style}">.*?</th><td[^>]*>(.*?)</td>', html)

    def answer(self, code: str, given: str) -> None:
        """Answer the question."""
        [note] = [note for note in self.app._controller.model.questions if note.code == code]
        assert self.app._controller.dispatch(actions.Answer(asked=asked_of(note), given=given))
        self.app.wait()

    def asks(self) -> set[str]:
        return {note.code for note in self.app._controller.model.questions}

    def imported(self) -> int:
        report = self.app.run()
        assert report is not None
        return report.progress.rows_read


def test_rows_are_struck_out_while_they_are_left_out_and_marked_while_that_is_asked(tmp_path: Path) -> None:
    sales = Sales(tmp_path)
    assert sales.rows("im-out") == ["<del>date</del>"]
    assert sales.rows("im-asked") == ["Total", "exported by Ann"]
    sales.answer("rows-of-totals", "leave_out='totals'")
    assert sales.rows("im-out") == ["<del>date</del>", "<del>Total</del>"]
    assert sales.rows("im-asked") == ["exported by Ann"]
    sales.answer("footer", "")
    assert sales.rows("im-asked") == []
    assert 'leave_out=["totals"]' in (sales.app.code() or "")
    assert sales.imported() == 24
    sales.app.close()


def test_rows_that_are_kept_are_neither_struck_out_nor_marked(tmp_path: Path) -> None:
    sales = Sales(tmp_path)
    sales.answer("rows-of-totals", "")
    assert sales.rows("im-asked") == ["exported by Ann"]
    assert sales.rows("im-out") == ["<del>date</del>"]
    sales.answer("rows-of-headers", "leave_out='none'")
    assert sales.rows("im-out") == []
    assert 'leave_out="none"' in (sales.app.code() or "")
    assert sales.imported() == 26
    sales.app.close()


def test_one_kind_of_rows_that_is_left_out_answers_no_question_about_another(tmp_path: Path) -> None:
    text = SALES.replace("2025-03-01,North,2\n2025-03-02,North,2\n", "").replace("2025-02-10", "West,,\n2025-02-10")
    sales = Sales(tmp_path, text)
    assert sales.asks() >= {"rows-of-totals", "rows-of-sections"}
    sales.answer("rows-of-totals", "leave_out='totals'")
    assert "rows-of-sections" in sales.asks()
    sales.answer("rows-of-sections", "leave_out='sections'")
    assert "<del>West</del>" in sales.rows("im-out")
    assert "<del>Total</del>" in sales.rows("im-out")
    assert sales.app._controller.model.choices.options["leave_out"] == ("totals", "sections")  # type: ignore[union-attr]
    sales.app.close()


@pytest.mark.parametrize(("given", "struck"), [("none", 0), ("2,totals", 2), (["totals"], 2)])
def test_rows_that_are_left_out_from_the_start_are_struck_out_too(tmp_path: Path, given: object, struck: int) -> None:
    sales = Sales(tmp_path, leave_out=given)
    assert len(sales.rows("im-out")) >= struck
    assert bool(sales.rows("im-out")) == bool(struck)
    sales.app.close()


def test_kinds_of_rows_are_remembered_for_the_next_file(tmp_path: Path) -> None:
    choices = Choices(path=tmp_path / "sales.csv", said="sales.csv").but(leave_out="totals")
    remember(["date", "shop"], choices)
    known = recall(["date", "shop"], Choices(path=tmp_path / "more.csv", said="more.csv"))
    assert isinstance(known, Memory)
    assert known.on(Choices(path=tmp_path / "more.csv", said="more.csv")).options["leave_out"] == ("totals",)


def test_a_file_that_no_sample_shows_whole_marks_the_rows_that_are_shown(tmp_path: Path) -> None:
    head = "date,shop,amount\n2025-01-01,North,1\n2025-01-02,North,2\nTotal,,3\n"
    text = head + "".join(f"2025-02-{n % 28 + 1:02},{'South' * 90},{n}\n" for n in range(60_000))
    sales = Sales(tmp_path, text)
    assert sales.rows("im-asked") == ["Total"]
    sales.answer("rows-of-totals", "leave_out='totals'")
    assert sales.rows("im-out") == ["<del>Total</del>"]
    sales.app.close()


TWO = [["Staff", "", "2024", "", "2025"], ["id", "name", "plan", "real", "plan"], ["1", "Ann", "2", "3", "4"]]
JOINED = ("Staff id", "Staff name", "2024 plan", "2024 real", "2025 plan")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_second_row_is_joined_to_the_header_and_taken_back(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"plans.{kind}"
    if kind == "csv":
        file.write_text("\n".join(map(",".join, [["Plans", "", "", "", ""], *TWO])))
    else:
        book = openpyxl.Workbook()
        for row in [["Plans"], *TWO]:
            book.active.append([cell or None for cell in row])  # type: ignore[union-attr]
        book.active.merge_cells("C2:D2")  # type: ignore[union-attr]
        book.save(file)
    app = importer.App(file, into=f"sqlite:///{tmp_path}/a.db", header_row=3)
    app.wait()

    def after(action: str, row: int) -> tuple[str, ...]:
        found = actions.parse({"action": action, "value": str(row)})
        assert found is not None
        assert app._controller.dispatch(found)
        app.wait()
        assert app.plan is not None
        return app.plan.source.header.labels

    assert app.plan is not None
    assert app.plan.source.header.labels == ("id", "name", "plan", "real", "plan_2")
    assert after("join_header", 2) == JOINED
    html = DRAW["preview"](replace(app._controller.model, open=frozenset({"preview"})))
    assert re.findall(r'value="(\d)" aria-pressed="true"', html) == ["2", "3"]
    names: dict[str, importer.Plan] = {}
    exec((app.code() or "").replace("report = ", "# "), names)
    assert names["plan"].source.header.labels == JOINED
    assert after("join_header", 2) == ("id", "name", "plan", "real", "plan_2")
    assert after("join_header", 2) == JOINED
    assert after("header_row", 2) == ("Staff", "column_B", "2024", "column_D", "2025")
    assert after("join_header", 1)[0] == "Plans Staff"
    app.close()
