"""The sample workbook, and what is planted in it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.api._sample import HEADER, planted, sample

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(sample(tmp_path_factory.mktemp("sample") / "punches.xlsx"))["Punches"]


@pytest.fixture(scope="module")
def records(sheet: Any) -> list[Row]:
    rows = sheet.iter_rows(min_row=5, max_row=5_004, values_only=True)
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def test_title_above_header_in_row_4_and_totals_below(sheet: Any, records: list[Row]) -> None:
    first = [[cell.value for cell in row if cell.value is not None] for row in sheet["A1:I4"]]
    assert first[0] == ["Staff punch records, October 2025"]
    assert (len(first[1]), first[2], tuple(first[3])) == (1, [], HEADER)
    assert (sheet.max_row, {cell.value for cell in sheet[5_005]}) == (5_006, {None})
    total = sum(record["Hours"] for record in records if isinstance(record["Hours"], int | float))
    assert [sheet["A5006"].value, sheet["F5006"].value] == ["Total", pytest.approx(total)]


def test_cells_are_what_excel_takes_them_for(sheet: Any) -> None:
    kinds = [(cell.data_type, cell.number_format) for cell in sheet[5]]
    assert kinds[:8] == [
        ("s", "General"),
        ("s", "General"),
        ("d", "dd.mm.yyyy"),
        ("d", "hh:mm"),
        ("d", "hh:mm"),
        ("n", "0.00"),
        ("s", "General"),
        ("s", "General"),
    ]
    assert sheet["G5"].value == "0420"
    errors = [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "e"]
    assert len(errors) == planted().excel_error
    assert set(errors) == {"#REF!", "#N/A"}


def test_what_is_planted_is_what_is_found(records: list[Row]) -> None:
    found = planted()
    dates = [record["Date"] for record in records]
    hours = [record["Hours"] for record in records]
    assert found.text_for_hours == hours.count("eight") + hours.count("7h30")
    assert found.impossible_date == dates.count("31.02.2025")
    assert found.dotted_date == sum(str(date).endswith(".10.2025") for date in dates)
    assert found.iso_date == sum(isinstance(date, str) and date.startswith("2025-10-") for date in dates)
    assert found.worded_date == sum(str(date).endswith(" Oct 2025") for date in dates)
    assert found.empty_key == [record["Employee No."] for record in records].count(None)
    assert found.number_for_code == sum(isinstance(record["Department"], int) for record in records)
    assert found.trailing_space == sum(str(value).endswith(" ") for record in records for value in record.values())


def test_employee_and_date_are_a_key_but_for_the_planted_repeats(records: list[Row]) -> None:
    clean = [record for record in records if isinstance(record["Date"], dt.datetime) and record["Employee No."]]
    times = Counter((record["Employee No."].strip(), record["Date"]) for record in clean)
    assert set(times.values()) == {1, 2}
    twice = [
        [record for record in clean if (record["Employee No."], record["Date"]) == key]
        for key, n in times.items()
        if n == 2
    ]
    alike = sum(one == other for one, other in twice)
    assert (alike, len(twice) - alike) == (planted().repeated, planted().corrected)


def test_every_other_record_is_clean(records: list[Row]) -> None:
    found = planted()
    dirty = sum(getattr(found, name) for name in found.__slots__ if name != "rows")
    assert 0.03 <= dirty / found.rows < 0.04
    assert found.refused == 0.02 * found.rows
    clean = [
        record
        for record in records
        if isinstance(record["Date"], dt.datetime) and isinstance(record["Time out"], dt.time)
    ]
    assert len(clean) >= found.rows - dirty


def test_the_same_cells_come_every_time(tmp_path: Path) -> None:
    books = [openpyxl.load_workbook(sample(tmp_path / name, rows=300))["Punches"] for name in ("a.xlsx", "b.xlsx")]
    first, second = (list(book.iter_rows(values_only=True)) for book in books)
    assert first == second
    assert first[4][:3] == ("PP5000039067", "Zoë Krüger", dt.datetime(2025, 10, 1))


@settings(max_examples=12)
@given(st.integers(0, 3_000))
def test_counts_add_up_for_any_number_of_rows(rows: int) -> None:
    found = planted(rows)
    assert 0 <= found.refused <= found.refused + found.repeated + found.corrected <= found.rows == rows
    assert found.keys >= 0


def test_module_writes_the_workbook_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    done = subprocess.run(
        [sys.executable, "-m", "importer", "sample", path], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"{path}\n"
    assert path.stat().st_size > 100_000
