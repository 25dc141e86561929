"""Named tables and named ranges of a workbook are chosen as sheets are."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

import importer
from importer.errors import SourceError
from importer.sources import open_source
from importer.testing import check_source
from importer.testing._source_contract import whole


@pytest.fixture
def path(tmp_path):
    """A sheet with two tables side by side, notes around them, and a range."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "It's all"
    rows = [
        ["Report", None, None, None, None],
        [None, "id", "qty", None, "town"],
        ["x", "a", 1, None, "Rome"],
        [None, "b", 2, None, "Oslo"],
        [None, "Total", 3, None, "Bern"],
        ["note", None, None, None, "Kyiv"],
    ]
    for row in rows:
        sheet.append(row)
    orders = Table(displayName="Orders", ref="B2:C5", totalsRowCount=1)
    sheet.add_table(orders)
    sheet.add_table(Table(displayName="Bare", ref="B3:C4", headerRowCount=0))
    book.defined_names["Towns"] = DefinedName("Towns", attr_text="'It''s all'!$E$2:$E$5")
    book.defined_names["Elsewhere"] = DefinedName("Elsewhere", attr_text="[1]Other!$A$1:$B$2")
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_a_table_is_read_without_what_stands_around_it(path):
    source = open_source(path, sheet="Orders")
    assert (source.label, source.header.labels, source.header.row) == ("a.xlsx, table 'Orders'", ("id", "qty"), 2)
    assert whole(source)[:2] == ([("a", "1"), ("b", "2")], [3, 4])
    assert all(chunk.extra is None or chunk.extra.is_empty() for chunk in source.chunks(9))
    check_source(lambda: open_source(path, sheet="orders"))


def test_a_table_may_have_no_header(path):
    assert whole(open_source(path, sheet="Bare"))[0] == [("a", "1"), ("b", "2")]


def test_a_range_is_read_as_a_small_sheet(path):
    source = open_source(path, sheet="Towns")
    assert (source.label, source.header.labels) == ("a.xlsx, range 'Towns'", ("town",))
    assert whole(source)[:2] == ([("Rome",), ("Oslo",), ("Bern",)], [3, 4, 5])


def test_an_unknown_name_is_an_error_that_names_them_all(path):
    with pytest.raises(
        SourceError, match=r"no sheet 'Ordes', only \"It's all\", 'Orders', 'Bare', 'Towns'; give sheet="
    ):
        open_source(path, sheet="Ordes")


def test_a_table_is_imported_and_refused_rows_have_their_numbers(path, tmp_path):
    report = importer.load(
        path, into=tmp_path / "a.db", table="t", key="id", sheet="Orders", corrections={(4, "qty"): "x"},
        types={"qty": "Int64"}, listeners=[],
    )  # fmt: skip
    assert (report.progress.created, report.rejects["row"].to_list()) == (1, [4])
    assert importer.job(report.progress.job_id).sheet == "Orders"
