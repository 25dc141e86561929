"""How a report and a preview read, in a terminal and in a notebook."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

import importer
from importer.api._sample import planted, sample
from importer.testing import MemorySink
from importer.views.terminal import width

KEY = ["Employee No.", "Date"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return sample(tmp_path_factory.mktemp("report") / "staff_punches.xlsx", rows=1_000)


@pytest.fixture(scope="module")
def sink():
    return MemorySink()


@pytest.fixture(scope="module")
def report(file, sink):
    return importer.load(file, into=sink, key=KEY, listeners=[])


@pytest.fixture(params=[80, 100, 140])
def room(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


def test_an_import_finds_what_is_planted_and_a_line_of_totals(report, sink):
    found, now = planted(1_000), report.progress
    assert (now.rows_read, now.rejected) == (found.rows + 1, found.refused + 1)
    assert (now.created, now.unchanged, now.updated) == (found.keys, found.repeated, found.corrected)
    assert now.warnings == found.trailing_space + found.dotted_date + found.iso_date + found.worded_date
    assert {"0042", "0420", "0815", "1200"} <= {row["department"] for row in sink.rows}
    assert sink.rows[0]["department"] == "0420"


def test_no_line_is_longer_than_the_terminal(report, file, room, tmp_path):
    plan = importer.plan(file, into=tmp_path / "a_folder_with_a_long_name.db", key=KEY, listeners=[])
    for text in str(report), str(plan.check()), str(plan.preview()):
        assert max(map(width, text.splitlines())) <= room


def test_a_report_sums_up_errors_then_warnings_then_shows_the_first_cells(report, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    head, kinds, cells = str(report).split("\n\n")
    assert head.splitlines()[1].split(", ")[-1] == f"{report.progress.rejected} refused"
    words = [line.split()[:2] for line in kinds.splitlines()]
    most = report.rejects.filter(severity="error").group_by("column", "rule").len()["len"].max()
    assert words[:2] == [["cells", "severity"], [str(most), "error"]]
    assert [kind for _, kind in words[1:]] == sorted(kind for _, kind in words[1:])
    assert sum(int(count) for count, _ in words[1:]) == report.rejects.height
    assert cells.splitlines()[1].split() == ["row", "column", "value", "reason"]
    assert [line.split()[0] for line in cells.splitlines()[2:]] == [
        str(row) for row in report.rejects.filter(severity="error")["row"].head(10)
    ]


def test_where_nothing_is_refused_there_is_no_table():
    report = importer.load(pl.DataFrame({"n": [1, 2]}), into=MemorySink(), listeners=[])
    assert len(str(report).splitlines()) == 3
    assert "<table" not in report._repr_html_()


def test_no_cell_moves_the_cursor_of_a_terminal():
    file = pl.DataFrame({"n\x1b[2J": ["1", "2\x1b[31m", *map(str, range(3, 40))]})
    report = importer.load(file, into=MemorySink(), listeners=[])
    for text in str(report), str(importer.preview(file)):
        assert all(line.isprintable() for line in text.splitlines())


def test_a_preview_names_the_columns_that_find_no_room(file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert str(importer.preview(file)).splitlines()[-1] == "  and 2 more: Overtime, Note"
    monkeypatch.setenv("COLUMNS", "140")
    assert "more" not in str(importer.preview(file)).splitlines()[-1]


def test_an_empty_cell_is_shown_empty(report, file):
    assert ">null<" not in report._repr_html_()
    assert ">null<" not in importer.preview(file)._repr_html_()


def test_every_correction_is_in_the_report_and_the_screen_names_the_first(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,name\n" + "x,y\n" * 30)
    corrections = {(row, "id"): str(row) for row in range(2, 32)}
    plan = importer.plan(file, into=MemorySink(), listeners=[])
    report = replace(plan, corrections=corrections).run()
    assert report.corrections == corrections
    assert json.loads(json.dumps(report.as_dict()))["corrections"][-1] == [31, "id", "31"]
    assert ", and 10 more" in report.notes[0]
