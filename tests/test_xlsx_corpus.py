"""Real workbooks, cell by cell as other readers see them."""

from __future__ import annotations

import datetime as dt
import warnings

import openpyxl
import polars as pl
import pytest
import python_calamine
from openpyxl.styles.numbers import is_datetime
from test_xlsx import cells

from importer.errors import SourceError
from importer.sources import open_source
from importer.sources.xlsx._source import XlsxSource, list_sheets
from importer.testing._source_contract import SOURCE_CONTRACT

KNOWN = {
    # openpyxl takes a cached empty text for nothing, and does not mind a lacking xml:space="preserve", as Excel does.
    "Ekaterinburg_IP_9.xlsx": lambda ours, theirs: ours == (theirs or "").strip(),
    # openpyxl knows formats in lower case only.
    "dates-1900-LibreOffice.xlsx": lambda ours, theirs: theirs == f"{ours}T00:00:00",
    # The 29th of February 1900 is a day in spreadsheets, not in Python.
    "dates-leap-year-1900-xlsx.xlsx": lambda ours, theirs: (
        (ours, theirs) == ("1900-02-29T08:00:00", "1900-02-28T08:00:00")
    ),
    # openpyxl leaves escapes of control characters.
    "new_line_errors.xlsx": lambda ours, theirs: theirs.replace("_x000D_", "\r") == ours,
}
"""How our cell and openpyxl's differ, and why ours is right."""

UNREADABLE = {"los-angeles-arrests-xlsx.xlsx": "its styles are beyond openpyxl"}


def as_text(cell):
    value = cell.value
    if isinstance(value, dt.datetime) and is_datetime(cell.number_format) == "date" and value.time() == dt.time():
        return value.date().isoformat()
    match value:
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case dt.datetime() | dt.time():
            return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        case _:
            return None if value is None else str(value)


def ours(path, sheet):
    try:
        return cells(XlsxSource(path, sheet=sheet, header_row=0))
    except SourceError as exc:
        assert "has no cells" in str(exc)  # noqa: PT017 - the only reason there may be
        return {}


def workbooks(data):
    return sorted((data / "readxl").glob("*.xlsx"))


def test_every_cell_is_what_openpyxl_reads_but_for_known_differences(data):
    compared, unknown = 0, []
    for path in workbooks(data):
        if path.name in UNREADABLE:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True)
        assert [sheet.name for sheet in list_sheets(path)] == [sheet.title for sheet in book.worksheets]
        for sheet in book.worksheets:
            theirs = {(cell.row, cell.column - 1): as_text(cell) for row in sheet.iter_rows() for cell in row}
            found = ours(path, sheet.title)
            for place in theirs.keys() | found.keys():
                pair = found.get(place), theirs.get(place)
                # Blanks outside the columns and in rows of their own are no cells.
                is_blank = pair[0] is None and not (pair[1] or "").strip()
                if pair[0] != pair[1] and not is_blank and not KNOWN.get(path.name, lambda *_: False)(*pair):
                    unknown.append((path.name, sheet.title, place, *pair))
                compared += pair != (None, None)
    assert unknown == []
    assert compared > 35_000


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_openpyxl_cannot_read_is_what_calamine_reads(data, name):
    path = data / "readxl" / name
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    top, left = sheet.start
    theirs = {
        (top + row + 1, left + at): str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for row, values in enumerate(sheet.to_python(skip_empty_area=True))
        for at, value in enumerate(values)
        if str(value).strip()
    }
    found = {place: text for place, text in ours(path, 1).items() if text.strip()}
    assert {place: found[place] for place in theirs if not is_moment(found[place])} == {
        place: text for place, text in theirs.items() if not is_moment(found[place])
    }
    assert found.keys() == theirs.keys()


def is_moment(text):
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return not text.isdecimal()


def test_every_workbook_is_read_or_refused_in_words(data):
    for path in workbooks(data):
        for number, _ in enumerate(list_sheets(path), 1):
            try:
                source = open_source(path, sheet=number)
                rows = sum(chunk.rows.len() for chunk in source.chunks(7))
                assert rows > 0 or "no-rows" in {note.code for note in source.book.notes}
            except SourceError as exc:
                assert "give sheet=" in str(exc) or "give header_row=0" in str(exc)  # noqa: PT017


@pytest.mark.parametrize("name", ["Ekaterinburg_IP_9.xlsx", "deaths.xlsx", "inlineStr.xlsx", "geometry.xlsx"])
@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
def test_real_workbooks_keep_the_promises_of_a_source(data, promise, name):
    promise(lambda: open_source(data / "readxl" / name))


def test_the_flights_are_whole(data):
    source = open_source(data / "flights.xlsx")
    rows, distance, no_departure, last = 0, 0, 0, 1
    for chunk in source.chunks(50_000):
        assert chunk.rows[0] == last + 1
        last = chunk.rows[-1]
        rows += chunk.rows.len()
        distance += chunk.frame["distance"].cast(pl.Int64).sum()
        no_departure += chunk.frame["dep_time"].null_count()
    assert (rows, last, distance, no_departure) == (336_776, 336_777, 350_217_607, 8_255)
    assert chunk.completed == source.total
    sample = source.sample(400)
    assert (sample.rows[0], sample.rows[-1]) == (2, 336_777)
    assert sample.frame["month"].n_unique() > 9
