"""Every file that we write, opened through every door that reads files."""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

import importer
from importer.app.views import DRAW
from importer.cli import main
from importer.core._literals import WHY
from importer.sources import Book, open_source, patched
from importer.testing import MemorySink, feed

ODD = ("id", 'say "so"', "two\nlines", "a;b", "c,d", "qty")
ROWS = [("1", "x", "y", "p;q", "r,s", "many"), ("2", '"', "'", "=1+1", "-2", "none"), ("3", "x", "\n", " ", ";", "5")]
WAIT_S = 60.0


def refused(folder, name):
    """The refused rows of a file whose headers and cells are hard to write."""
    frame = pl.DataFrame(dict(zip(ODD, zip(*ROWS, strict=True), strict=True)))
    report = importer.load(frame, into=MemorySink(), table="t", schema=schema(), listeners=[])
    assert report.progress.rejected == 2
    return report.rejects_to(folder / name)


def schema():
    import dataframely as dy

    columns = {name: dy.String(nullable=True, alias=name) for name in ODD[:-1]}
    return type("Odd", (dy.Schema,), {**{f"c{at}": c for at, c in enumerate(columns.values())}, "qty": dy.Int64()})


def corrected(file):
    """The same file after a person typed numbers into the last column and saved it."""
    if file.suffix == ".csv":
        text = file.read_text(encoding="utf-8")
        text = text.replace(",many,", ",7,").replace(",none,", ",8,")
        target = file.with_name("corrected.csv")
        target.write_text(text, encoding="utf-8")
        return target
    book = openpyxl.load_workbook(file)
    for row in book["Refused rows"].iter_rows():
        for cell in row:
            if cell.value in ("many", "none"):
                cell.value = {"many": 7, "none": 8}[cell.value]
    target = file.with_name("corrected.xlsx")
    book.save(target)
    return target


FILES = ["refused.xlsx", "refused.csv", "corrected.xlsx", "corrected.csv", "as semicolons.csv", "sample.xlsx"]


@pytest.fixture(params=FILES)
def file(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = request.param
    if name == "sample.xlsx":
        return importer.sample(name).absolute()
    if name.startswith("as semicolons"):
        return with_semicolons(corrected(refused(tmp_path, "refused.csv")))
    made = refused(tmp_path, f"refused{name[name.index('.') :]}")
    return corrected(made) if name.startswith("corrected") else made


def with_semicolons(file):
    """The file as a spreadsheet program saves it where the comma is the decimal mark."""
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    target = file.with_name("as semicolons.csv")
    with target.open("w", newline="", encoding="utf-8-sig") as text:
        csv.writer(text, delimiter=";").writerows(rows)
    return target


def labels(file):
    """The headers that every door should show."""
    if file.name == "sample.xlsx":
        return open_source(file).header.labels
    # White space in a header is squeezed.
    return tuple(" ".join(label.split()) for label in ODD)


def quantities(file):
    return ["many", "none"] if file.name.startswith("refused") else ["7", "8"]


def test_a_source_says_what_it_is(file):
    source = open_source(file)
    assert source.header.labels == labels(file)
    is_workbook = file.suffix == ".xlsx"
    assert source.book.format == ("xlsx" if is_workbook else "csv")
    assert (source.book.sheet in {sheet.name for sheet in source.book.sheets}) is is_workbook
    assert (source.book.dialect is None) is is_workbook


def test_the_cells_are_as_they_were_refused(file):
    if file.name == "sample.xlsx":
        return
    [chunk] = open_source(file).chunks(100)
    assert [row[:-1] for row in chunk.frame.rows()] == [row[:-1] for row in ROWS[:2]]
    assert chunk.frame["qty"].to_list() == quantities(file)
    assert chunk.numbers is None or chunk.numbers.columns == chunk.frame.columns


def test_preview_read_and_infer_show_the_columns_of_the_table(file):
    assert WHY not in importer.preview(file).rows.columns
    assert tuple(importer.preview(file).rows.columns[-len(labels(file)) :]) == labels(file)
    inferred = importer.infer(file)
    assert [guess.label for guess in inferred.guesses] == list(labels(file))
    assert importer.read(file).width == len(labels(file))


def test_load_fills_a_table(file):
    report = importer.load(file, into="sqlite:///all.db", table="t", listeners=[])
    assert report.progress.created + report.progress.rejected == report.progress.rows_read > 0
    with closing(sqlite3.connect("all.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(t)")]
    assert len(columns) == len(labels(file))


def test_the_shell_previews_and_loads(file, capsys):
    assert main(["preview", str(file)]) == 0
    assert WHY not in capsys.readouterr().out
    assert main(["load", str(file), "--into", "sqlite:///shell.db", "--json"]) in (0, 3)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["rows_read"] > 0


def test_the_app_takes_it_by_drop(file):
    app = importer.App(into="sqlite:///app.db")
    try:
        app._screen.widget()
        feed(app.upload, file.name, file.read_bytes())
        app.wait(WAIT_S)
        page = text_of(app)
        assert file.name in page
        assert f"{len(labels(file))} columns" in page
        controls = DRAW["preview"](replace(app._controller.model, open=frozenset({"preview"})))
        assert ('data-action="delimiter"' in controls) is (file.suffix == ".csv")
        assert ('data-action="sheet"' in controls) is (file.suffix == ".xlsx")
        assert app.plan.source.header.labels == labels(file)
        assert app.plan.check().progress.rows_read > 0
    finally:
        app.close()


def text_of(app):
    return re.sub(r"<[^>]+>", " ", "".join(page.html for page in app._screen.pages.values()))


@pytest.mark.parametrize("name", ["refused.xlsx", "refused.csv"])
def test_what_a_source_is_made_from_survives_every_derivation(name, tmp_path):
    file = refused(tmp_path, name)
    plain = open_source(file)
    for source in (open_source(file, last_row=2), patched(plain, {(2, "qty"): "9"}), open_source(patched(plain, {}))):
        assert source.book == plain.book
        assert (source.unit, source.total, source.label) == (plain.unit, plain.total, plain.label)


def test_a_file_that_only_mentions_the_reasons_is_read_as_it_is(tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text(f"\nid,{WHY},note\n1,a,b\n2,{WHY},d\n", encoding="utf-8")
    assert open_source(file).header.labels == ("id", WHY, "note")


def test_refused_rows_are_recognised_in_a_gzipped_file_too(tmp_path):
    file = refused(tmp_path, "refused.csv")
    packed = tmp_path / "refused.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    [there], [here] = open_source(packed).chunks(100), open_source(file).chunks(100)
    assert there.frame.equals(here.frame)


class Bare:
    """A source of somebody's own, written before `Source.book`."""

    label, unit, total = "mine", "rows", None

    def __init__(self):
        inner = open_source(pl.DataFrame({"id": [1]}))
        self.header, self.chunks, self.sample = inner.header, inner.chunks, inner.sample


def test_a_source_of_ones_own_need_not_say_what_it_is_made_from():
    assert open_source(Bare()).book == Book()
    assert importer.read(Bare()).height == 1
    assert importer.load(Bare(), into=MemorySink(), table="t", listeners=[]).progress.created == 1
