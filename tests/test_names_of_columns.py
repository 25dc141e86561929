"""Every name can be a column's: nothing of ours shares the namespace of a file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import openpyxl
import polars as pl
import pytest

import importer
from importer.cli import main

NAMES = ["row", "row (2)", "Why refused", "value", "index", "cells", "column", "severity", "why", "text", "qty"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "names.csv"
    rows = [["1" if name == "qty" else f"{name} {at}" for name in NAMES] for at in range(20)]
    rows[1][-1] = "x"
    pl.DataFrame(rows, schema=NAMES, orient="row").write_csv(path)
    return path


def stored(database):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT * FROM t ORDER BY row").fetchall()


def test_a_preview_shows_them_beside_the_row_numbers(file):
    assert importer.preview(file).rows.columns == ["row (3)", *NAMES]
    assert "Why refused" in str(importer.preview(file))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_refused_rows_come_back_under_their_own_names(file, tmp_path, suffix):
    database, refused = tmp_path / "t.db", tmp_path / f"refused.{suffix}"
    report = importer.load(file, into=database, table="t", listeners=[])
    assert (report.progress.created, report.progress.rejected) == (19, 1)
    assert report.rejected_rows.columns == ["row (3)", *NAMES]
    report.rejects_to(refused)
    correct(refused)
    again = importer.plan(file, into=database, table="t", if_table_exists="append", listeners=[])
    assert again.for_file(refused).run().progress.created == 1
    assert len(stored(database)) == 20
    assert stored(database)[12][:3] == ("row 2", "row (2) 2", "Why refused 2")


def correct(refused):
    if refused.suffix == ".csv":
        header, row = refused.read_text(encoding="utf-8").splitlines()
        assert header.endswith(",Why refused (2)")
        refused.write_text("\n".join([header, row.replace(",x,", ",5,")]), encoding="utf-8")
        return
    book = openpyxl.load_workbook(refused)
    sheet = book["Refused rows"]
    assert sheet.cell(1, len(NAMES) + 1).value == "Why refused (2)"
    sheet.cell(2, len(NAMES)).value = 5
    book.save(refused)


OURS = ["count", "len", "literal", "key", "before", "is_before", "earlier", "index", "cell", "loose", "shape", "s", "t"]


@pytest.mark.parametrize("name", ["row", "row_number", "written", "action", "old", "new", "excluded", *OURS])
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_column_of_any_name_is_judged_and_written_like_another(tmp_path, kind, name):
    file = tmp_path / "named.csv"
    file.write_text(f"{name},x,y z\n1,yes,2025-01-31\n2,no,2025-02-01\n2,yes,\n<5,no,2025-02-03\n", encoding="utf-8")
    into = f"{kind}:///{tmp_path / 't.db'}"
    for _ in range(2):
        report = importer.load(file, into=into, table="t", key=name, if_imported="again", listeners=[])
        assert (report.progress.rows_read, report.progress.rejected) == (4, 0)
    plan = importer.plan(file, into=into, table="t", key="x", if_table_exists="replace", listeners=[])
    assert name in str(plan.preview())


def test_a_schema_may_name_them_too(file, tmp_path):
    schema = importer.infer(file).schema
    report = importer.load(file, into=tmp_path / "t.db", table="t", schema=schema, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (19, 1)


def test_a_last_column_of_that_name_is_the_files_own_unless_it_gives_reasons(tmp_path):
    loans = tmp_path / "loans.csv"
    loans.write_text("id,Why refused\n1,bad credit\n2,\n", encoding="utf-8")
    assert importer.read(loans).rows() == [("1", "bad credit"), ("2", None)]
    loans.write_text("id,Why refused\n1,id: 'x' is not a whole number\n2,\n", encoding="utf-8")
    assert importer.read(loans).columns == ["id"]


def test_a_name_that_polars_takes_for_a_pattern_is_a_name(tmp_path):
    file = tmp_path / "pattern.csv"
    file.write_text("id,^x$,y\n1,a,b\n2,c,d\n", encoding="utf-8")
    assert importer.read(file).columns == ["id", "^x$_", "y"]
    importer.load(file, into=tmp_path / "t.db", table="t", listeners=[])
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [("a",), ("c",)]


def test_json_is_printed_whatever_is_raised(file, tmp_path, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("importer.engine._pipeline_of.notes_of", broken)
    status = main(["load", str(file), "--into", str(tmp_path / "t.db"), "--json"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (status, said["state"], said["code"]) == (1, "failed", "unexpected")
    assert "ZeroDivisionError: division by zero" in said["error"]
    monkeypatch.setattr("importer.api.plan", broken)
    with pytest.raises(ZeroDivisionError):
        main(["load", str(file), "--into", str(tmp_path / "t.db"), "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"] == "ZeroDivisionError: division by zero"
