"""``sheet="all"``: one table over the sheets of a workbook."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import polars as pl
import pytest
from waiting import heard_at_once

import importer
from importer.core import State
from importer.errors import SourceError

MONTHS = {
    "Jan": [["id", "qty"], ["a", 1], ["b", 2]],
    "Feb": [["id", "qty", "note"], ["c", 3, "late"], ["d", "many", None]],
    "Mar": [["qty", "ID"], [5, "e"]],
}


def workbook(path, sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


def rows_of(into, table="year"):
    return pl.read_database_uri(f"SELECT * FROM {table} ORDER BY id", f"sqlite://{into}", engine="adbc").rows()


def test_all_sheets_are_one_import_and_a_refusal_names_its_sheet(tmp_path):
    path = workbook(tmp_path / "year.xlsx", MONTHS)
    report = importer.load(
        path, into=tmp_path / "a.db", key="id", sheet="all", file_column="month", types={"qty": "Int64"}, listeners=[]
    )
    assert (report.progress.created, report.progress.rejected) == (4, 1)
    assert report.rejects.select("file", "row", "column", "value").rows() == [("Feb", 3, "qty", "many")]
    assert "year.xlsx, 3 sheets" in str(report)


def test_the_name_of_the_sheet_is_a_column_on_request(tmp_path):
    path = workbook(tmp_path / "year.xlsx", MONTHS)
    shown = importer.preview(path, sheet="all", file_column="month")
    assert [column.label for column in shown.columns][-1] == "month"
    sink = importer.testing.MemorySink()
    importer.load(path, into=sink, table="t", sheet="all", file_column="month", listeners=[])
    assert [(row["id"], row["month"]) for row in sink.rows][:3] == [("a", "Jan"), ("b", "Jan"), ("c", "Feb")]


def test_a_cover_an_empty_sheet_and_a_hidden_one_are_left_out_and_told(tmp_path):
    sheets = {"Cover": [["Sales report"], ["made by Ada"]], **MONTHS, "Empty": [], "Old": MONTHS["Jan"]}
    path = workbook(tmp_path / "year.xlsx", sheets, hidden=["Old"])
    planned = importer.plan(path, into=tmp_path / "a.db", sheet="all", listeners=[])
    told = "\n".join(planned.preview().notes)
    assert "'Cover'" in told
    assert "1 hidden sheet of 'year.xlsx' is not read: 'Old'" in told
    assert planned.run().progress.rows_read == 5


def test_a_sheet_that_is_called_all_is_that_sheet(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"x": MONTHS["Jan"], "all": MONTHS["Mar"]})
    assert importer.preview(path, sheet="all").columns[0].label == "qty"


def test_one_sheet_is_all_sheets(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"only": MONTHS["Jan"]})
    assert importer.load(path, into=tmp_path / "a.db", sheet="all", listeners=[]).progress.created == 2


def test_all_sheets_of_several_workbooks_are_read(tmp_path):
    folder = tmp_path / "years"
    folder.mkdir()
    for year in "2024", "2025":
        workbook(folder / f"{year}.xlsx", MONTHS)
    report = importer.load(folder, into=tmp_path / "a.db", table="t", sheet="all", file_column="from", listeners=[])
    assert report.progress.rows_read == 10


def test_what_is_no_workbook_has_no_sheets(tmp_path):
    (tmp_path / "a.csv").write_text("id,n\n1,2\n")
    with pytest.raises(SourceError):
        importer.load(tmp_path / "a.csv", into=tmp_path / "a.db", sheet="all", listeners=[])
    with pytest.raises(SourceError, match=r"no visible sheet of 'a.xlsx' has cells"):
        importer.preview(workbook(tmp_path / "a.xlsx", {"x": []}), sheet="all")


def test_an_import_of_all_sheets_is_resumed_where_it_stopped(tmp_path):
    sheets = {name: [["id", "n"], *([f"{name}{n}", n] for n in range(60))] for name in ("A", "B", "C")}
    path = workbook(tmp_path / "many.xlsx", sheets)
    planned = importer.plan(
        path, into=tmp_path / "a.db", key="id", sheet="all", file_column="sheet", chunk_rows=20, listeners=[]
    )
    job = heard_at_once(replace(planned, listeners=(lambda now: now.rows_read >= 80 and job.cancel(),)).job())
    job.start().result()
    assert job.progress.state is State.CANCELLED
    report = importer.resume(job.id, listeners=[])
    assert (report.progress.rows_read, report.progress.created) == (180, 180)
