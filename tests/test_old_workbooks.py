"""Old Excel workbooks (.xls), which are read by the rules of the new ones."""

from __future__ import annotations

import os
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.errors import SourceError
from importer.sources import list_sheets, open_source
from importer.sources.converted._xlsx_writer import Cell, XlsxWriter
from importer.sources.xlsx import XlsxSource
from importer.testing import check_source
from importer.testing._source_contract import whole

DATA = Path(os.environ.get("IMPORTER_TEST_DATA", ""), "readxl")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="IMPORTER_TEST_DATA names no folder with readxl's workbooks")

OTHERWISE = {
    ("geometry.xls", "warning_AKE6"): "an old sheet has 256 columns, and its twin has cells further right",
    ("iris-excel-xls.xls", "iris"): "the old one holds 0.30000000000000004 where its twin holds 0.3",
}
"""Sheets that are not those of their twins, and why."""


def twins() -> list[tuple[Path, Path]]:
    """Old workbooks, and the new ones with the same cells."""
    pairs = ((old, DATA / f"{old.stem.removesuffix('-xls')}-xlsx.xlsx") for old in sorted(DATA.glob("*-xls.xls")))
    same = ((old, old.with_suffix(".xlsx")) for old in sorted(DATA.glob("*.xls")))
    return [(old, new) for old, new in (*pairs, *same) if new.exists()]


@needs_data
@pytest.mark.parametrize(("old", "new"), twins(), ids=lambda path: path.name)
def test_an_old_workbook_holds_what_its_twin_holds(old, new):
    for sheet in list_sheets(old):
        if (old.name, sheet.name) not in OTHERWISE:
            assert shown(old, sheet.name) == shown(new, sheet.name), sheet.name


def shown(path, sheet):
    """Header, cells, row numbers and notes of a sheet, or why it cannot be read."""
    try:
        source = open_source(path, sheet=sheet)
    except SourceError as exc:
        return str(exc).replace(path.name, "")
    return source.header.labels, whole(source), [note.code for note in source.book.notes]


@needs_data
def test_an_old_workbook_is_imported_as_any_other(tmp_path):
    check_source(lambda: open_source(DATA / "deaths.xls"))
    report = importer.load(DATA / "deaths.xls", into=tmp_path / "a.duckdb", key="Name", listeners=[])
    assert (report.progress.created, report.progress.rejected) == (11, 3)
    assert "deaths.xls, sheet 'arts'" in str(report)
    again = importer.load(DATA / "deaths.xls", into=tmp_path / "a.duckdb", key="Name", if_imported="skip", listeners=[])
    assert again.progress.rows_read == 0


@needs_data
@pytest.mark.parametrize("end", [600, 5_000, 20_000])
def test_an_old_workbook_that_is_cut_short_is_refused(end, tmp_path):
    path = tmp_path / "cut.xls"
    path.write_bytes((DATA / "deaths.xls").read_bytes()[:end])
    with pytest.raises(SourceError, match=r"'cut.xls' begins like an old Excel workbook \(.xls\) but cannot be read"):
        open_source(path)


def test_another_document_in_the_same_container_is_refused(tmp_path):
    (tmp_path / "letter.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_096))
    with pytest.raises(SourceError, match=r"'letter.doc' begins like an old Excel workbook .* save it as .xlsx"):
        open_source(tmp_path / "letter.doc")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9) | st.sampled_from(
    ["_x000D_", "a_x0041_"]
)
NUMBER = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=25)
@given(st.lists(st.lists(TEXT | NUMBER | st.booleans(), min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_is_rewritten_is_what_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    writer = XlsxWriter(path)
    with writer.sheet("a <b> & 'c'") as sheet:
        for number, row in enumerate(rows, start=1):
            sheet.row(number, [cell(at, value) for at, value in enumerate(row)])
    writer.close()
    source = XlsxSource(path, header_row=0)
    cells, numbers, _ = whole(source)
    kept = dict(zip(numbers, cells, strict=True))
    for number, row in enumerate(rows, start=1):
        expected = [said(value) for value in row]
        if any(text.strip() for text in expected):
            found = [text or "" for text in kept[number][: len(row)]]
            assert [same(*pair) for pair in zip(found, expected, strict=False)] == [True] * len(found)


def cell(at, value):
    match value:
        case bool():
            return Cell(at, "b", str(int(value)))
        case str():
            return Cell(at, "s", value)
        case _:
            return Cell(at, "n", repr(value))


def said(value):
    return value if isinstance(value, str) else str(value).upper() if isinstance(value, bool) else repr(value)


def same(found, expected):
    """Whether a cell is the same text, or the same number."""
    if found == expected or (not found.strip() and not expected.strip()):
        return True
    number = re.compile(r"-?[0-9.]+(?:[eE][-+]?[0-9]+)?")
    return bool(number.fullmatch(found) and number.fullmatch(expected)) and float(found) == float(expected)


def test_hidden_rows_and_sheets_dates_and_merged_cells_are_kept(tmp_path):
    writer = XlsxWriter(tmp_path / "a.xlsx", is_1904=True)
    with writer.sheet("shown", hidden_columns=[1]) as sheet:
        sheet.row(1, [Cell(0, "s", "id"), Cell(1, "s", "day")])
        sheet.row(2, [Cell(0, "n", "7", "0000"), Cell(1, "n", "0", "yyyy-mm-dd")], is_hidden=True)
        sheet.row(4, [Cell(0, "n", "8", "0000"), Cell(1, "e", "#N/A")])
        sheet.row(5, [Cell(1, "b", "1")])
        sheet.merges.append("A4:A5")
    with writer.sheet("secret", is_visible=False) as sheet:
        sheet.row(1, [Cell(0, "s", "x")])
    writer.close()
    source = open_source(tmp_path / "a.xlsx", merged="fill")
    assert [(each.name, each.visible) for each in list_sheets(tmp_path / "a.xlsx")] == [
        ("shown", True),
        ("secret", False),
    ]
    rows = pl.concat([chunk.frame for chunk in source.chunks(9)]).rows()
    assert rows == [("0007", "1904-01-01"), ("0008", "#N/A"), ("0008", "TRUE")]
