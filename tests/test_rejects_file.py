from __future__ import annotations

import csv
import re

import dataframely as dy
import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import importer
from importer.checking import _rejects_file as rejects_file
from importer.checking._rejects import Rejects, refused_cells
from importer.checking._rejects_file import write_rejects
from importer.core._literals import WHY
from importer.errors import CancelledError, ImporterError
from importer.sources import open_source
from importer.testing import MemorySink

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@pytest.fixture
def refused():
    rows = pl.DataFrame({"row": [7, 9], "id": ["007", None], "qty": ["=1+1", "12.5"]})
    cells = pl.concat(
        [
            refused_cells(
                pl.Series([7]), column="qty", letter="B", value="=1+1", rule="type-error", message="'=1+1' is no number"
            ),
            refused_cells(pl.Series([9]), rule="row-constraint", message="too late"),
            refused_cells(pl.Series([9]), column="qty", rule="white-space", message="trimmed", severity="warning"),
        ]
    )
    return kept(cells, rows)


def kept(cells, rows):
    """The refused rows, kept row by row."""
    rejects = Rejects(in_memory=1)
    for row in rows["row"]:
        rejects.add(cells.filter(row=row), rows.filter(row=row))
    return rejects


def test_the_workbook_sums_up_marks_and_explains(tmp_path, refused):
    book = openpyxl.load_workbook(write_rejects(tmp_path / "refused.xlsx", refused))
    assert book.sheetnames == ["Summary", "Refused rows"]
    summary = [row for row in book["Summary"].iter_rows(values_only=True) if row[0]]
    assert ("qty", "type-error", 1, "row 7: '=1+1' is no number") in summary
    sheet = book["Refused rows"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["id", "qty", WHY],
        ["007", "=1+1", "qty: '=1+1' is no number"],
        [None, 12.5, "row: too late"],
    ]
    assert (sheet["B2"].data_type, sheet["B2"].quotePrefix, sheet["B3"].data_type) == ("s", True, "n")
    assert sheet["B2"].comment.text == "'=1+1' is no number"
    assert sheet["A3"].comment.text == "too late"
    assert sheet["B2"].fill.start_color.rgb != sheet["A2"].fill.start_color.rgb


def test_the_csv_tells_why_and_runs_nothing(tmp_path, refused):
    with write_rejects(tmp_path / "refused.csv", refused).open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["id", "qty", WHY],
            ["007", "'=1+1", "qty: '=1+1' is no number"],
            ["", "12.5", "row: too late"],
        ]


def test_the_rows_of_a_clean_import_are_a_file_without_any(tmp_path):
    assert write_rejects(tmp_path / "refused.csv", Rejects()).read_text() == f"{WHY}\n"
    book = openpyxl.load_workbook(write_rejects(tmp_path / "refused.xlsx", Rejects()))
    assert book["Summary"]["A1"].value == "0 rows were refused"


class Stop:
    """A listener that cancels at once."""

    def attach(self, job):
        self.job = job

    def __call__(self, _now):
        self.job.cancel()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_progress_of_writing_is_told_and_who_cancels_it_keeps_the_former_file(tmp_path, kind):
    rows = pl.DataFrame({"id": range(3_000), "qty": "x"})
    options = {"types": {"qty": "Int64"}, "table": "a", "chunk_rows": 1_000, "listeners": []}
    report = importer.load(rows, into=MemorySink(), **options)
    seen = []
    file = report.rejects_to(tmp_path / f"all.{kind}", listeners=[seen.append])
    assert (seen[-1].label, seen[-1].rows_read, seen[-1].state.value) == (f"writing {file.name}", 3_000, "succeeded")
    whole = file.read_bytes()
    with pytest.raises(CancelledError):
        report.rejects_to(file, listeners=[Stop()])
    assert file.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_named_and_left_as_it_was(tmp_path, refused):
    (tmp_path / "refused.csv").mkdir()
    with pytest.raises(ImporterError, match=r"refused\.csv'.*name another file"):
        write_rejects(tmp_path / "refused.csv", refused)
    assert [file.name for file in tmp_path.iterdir()] == ["refused.csv"]


def test_beyond_the_first_rows_the_reasons_stand_in_the_last_column_alone(tmp_path, refused, monkeypatch):
    monkeypatch.setattr(rejects_file, "COMMENTED", 1)
    sheet = openpyxl.load_workbook(write_rejects(tmp_path / "refused.xlsx", refused))["Refused rows"]
    assert sheet["B2"].comment is not None
    assert sheet["A3"].comment is None
    assert (sheet["A3"].fill.fill_type, sheet["C3"].value) == ("solid", "row: too late")


@pytest.mark.parametrize("rows_of_a_sheet", [1, 2, 3, 7])
def test_more_rows_than_a_sheet_holds_fill_several_which_all_come_back(tmp_path, rows_of_a_sheet):
    rows = pl.DataFrame({"row": range(1, 8), "id": [f"{n:03}" for n in range(1, 8)], "qty": ["x"] * 7})
    cells = refused_cells(rows["row"], column="qty", rule="type-error", message="no number")
    rejects = Rejects()
    for part in rows.iter_slices(3):
        rejects.add(cells.filter(pl.col("row").is_in(part["row"].implode())), part)
    file = write_rejects(tmp_path / "refused.xlsx", rejects, rows_of_a_sheet=rows_of_a_sheet)
    first, *others = openpyxl.load_workbook(file).sheetnames[1:]
    assert [first, *others] == ["Refused rows", *(f"Refused rows {n}" for n in range(2, -(-7 // rows_of_a_sheet) + 1))]
    back = []
    for sheet in (None, *others):
        source = open_source(file, sheet=sheet)
        assert source.header.labels == ("id", "qty")
        told = [note.sentence for note in source.book.notes if note.code == "sheets-left-out"]
        assert bool(told) == bool(sheet is None and others)
        assert all(repr(name) in told[0] for name in others[:4] if told)
        back += [row for chunk in source.chunks(100) for row in chunk.frame.rows()]
    assert back == rows[:, 1:].rows()


def test_a_text_that_a_cell_of_a_workbook_would_cut_is_not_written_to_one(tmp_path):
    rows = pl.DataFrame({"row": [7], "note": ["x" * 32_768], "n": "1"})
    rejects = kept(refused_cells(rows["row"], rule="x", message="why"), rows)
    with pytest.raises(ImporterError, match=r"column 'note' in row 7 has 32,768 characters, .*write them to a \.csv"):
        write_rejects(tmp_path / "refused.xlsx", rejects)
    [chunk] = open_source(write_rejects(tmp_path / "refused.csv", rejects)).chunks(10)
    assert chunk.frame["note"].to_list() == ["x" * 32_768]
    assert [file.name for file in tmp_path.iterdir()] == ["refused.csv"]


def test_more_columns_than_a_sheet_holds_are_not_written_to_one(tmp_path):
    rows = pl.DataFrame({"row": [7]} | {f"c{n}": ["1"] for n in range(16_384)})
    rejects = kept(refused_cells(rows["row"], rule="x", message="why"), rows)
    with pytest.raises(ImporterError, match=r"16,384 columns and the reasons, and a workbook holds 16,384"):
        write_rejects(tmp_path / "refused.xlsx", rejects)


def test_another_ending_is_refused(tmp_path, refused):
    with pytest.raises(ImporterError, match=r"ends in \.xlsx or \.csv"):
        write_rejects(tmp_path / "refused.pdf", refused)


@settings(max_examples=20)
@given(st.lists(TEXTS, min_size=1, max_size=8))
@example(
    ["=cmd|' /C calc'!A0", "+1", "-1", "-x", "@a", "\t=1", "\r=1", "_x000D_", "_x005F_", "\x01", "007", "1e5", "1.50"]
)
@example([" "])
@example(["\xa0", "  ", " \n ", "\t ", "\u2028", " \r"])
@example(["#N/A", "TRUE", "2025-01-31", " x ", "a\r\nb", "\ufffe", "12345678901234567890"])
def test_every_text_comes_back_as_it_was(tmp_path_factory, texts):
    rows = pl.DataFrame({"row": range(len(texts)), "text": texts, "n": "1"})
    # A text file cannot hold control characters, and says so.
    is_text = not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "".join(texts))
    for name in ("refused.xlsx", "refused.csv")[: 1 + is_text]:
        cells = refused_cells(rows["row"], rule="x", message="why")
        source = open_source(write_rejects(tmp_path_factory.mktemp("x") / name, kept(cells, rows)))
        assert source.header.labels == ("text", "n")
        assert [text for chunk in source.chunks(100) for text in chunk.frame["text"]] == texts


class Orders(dy.Schema):
    order_id = dy.Int64(primary_key=True)
    qty = dy.Int64(max=9)
    day = dy.Date()


@pytest.mark.parametrize("name", ["refused.xlsx", "refused.csv"])
def test_refused_rows_corrected_in_their_file_fit_with_the_same_plan(tmp_path, name):
    file = pl.DataFrame({"Order ID": ["1", "2", "3"], "qty": ["5", "many", "99"], "day": ["03/04/2025"] * 3})
    sink = MemorySink()
    plan = importer.plan(file, into=sink, table="orders", schema=Orders, day_first=True, listeners=[])
    refused = plan.run().rejects_to(tmp_path / name)
    assert plan.for_file(refused).run().progress.rejected == 2
    correct(refused, {"many": "7", "99": "9"})
    assert plan.for_file(refused).run().progress.created == 2
    assert [(row["qty"], row["day"].month) for row in sink.rows] == [(5, 4), (7, 4), (9, 4)]


def correct(file, values):
    """What a person does who opens the file, mends the cells and saves."""
    if file.suffix == ".csv":
        text = file.read_text(encoding="utf-8")
        for wrong, right in values.items():
            text = text.replace(f",{wrong},", f",{right},")
        file.write_text(text, encoding="utf-8")
        return
    book = openpyxl.load_workbook(file)
    for row in book["Refused rows"].iter_rows():
        for cell in row:
            if str(cell.value) in values:
                cell.value = int(values[str(cell.value)])
    book.save(file)
