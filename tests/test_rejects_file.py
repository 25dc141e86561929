from __future__ import annotations

import csv

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.errors import ImporterError
from importer.rejects import refused_cells
from importer.rejects_file import WHY, write_rejects
from importer.sources import open_source

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
    return cells, rows


def test_the_workbook_sums_up_marks_and_explains(tmp_path, refused):
    book = openpyxl.load_workbook(write_rejects(tmp_path / "refused.xlsx", *refused))
    assert book.sheetnames == ["Summary", "Refused rows"]
    summary = [row for row in book["Summary"].iter_rows(values_only=True) if row[0]]
    assert ("qty", "type-error", 1, "row 7: '=1+1' is no number") in summary
    sheet = book["Refused rows"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["id", "qty"],
        ["007", "=1+1"],
        [None, 12.5],
    ]
    assert (sheet["B2"].data_type, sheet["B2"].quotePrefix, sheet["B3"].data_type) == ("s", True, "n")
    assert sheet["B2"].comment.text == "'=1+1' is no number"
    assert sheet["A3"].comment.text == "too late"
    assert sheet["B2"].fill.start_color.rgb != sheet["A2"].fill.start_color.rgb


def test_the_csv_tells_why_and_runs_nothing(tmp_path, refused):
    with write_rejects(tmp_path / "refused.csv", *refused).open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["id", "qty", WHY],
            ["007", "'=1+1", "qty: '=1+1' is no number"],
            ["", "12.5", "row: too late"],
        ]


def test_another_ending_is_refused(tmp_path, refused):
    with pytest.raises(ImporterError, match=r"ends in \.xlsx or \.csv"):
        write_rejects(tmp_path / "refused.pdf", *refused)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
@example(
    ["=cmd|' /C calc'!A0", "+1", "-1", "-x", "@a", "\t=1", "\r=1", "_x000D_", "_x005F_", "\x01", "007", "1e5", "1.50"]
)
@example(["#N/A", "TRUE", "2025-01-31", " x ", "a\r\nb", "\ufffe", "12345678901234567890"])
def test_every_text_of_a_workbook_comes_back_as_it_was(tmp_path_factory, texts):
    rows = pl.DataFrame({"row": range(len(texts)), "text": texts, "n": "1"})
    file = write_rejects(tmp_path_factory.mktemp("x") / "refused.xlsx", refused_cells(pl.Series([0])), rows)
    chunks = open_source(file, sheet="Refused rows", header_row=1).chunks(100)
    assert [text for chunk in chunks for text in chunk.frame["text"]] == texts
