"""What is told of a workbook: other sheets, hidden and merged cells, formulas without a value, odd formats."""

from __future__ import annotations

import openpyxl
import pytest
from test_xlsx import parts, write

from importer.engine import Reading
from importer.errors import SourceError
from importer.sources.xlsx._source import XlsxSource

PRICES = [("item", "price", "since"), ("Pen", 1.5, "2025-01-31"), ("Ink", 4, "2025-02-01"), ("Pad", 3.5, "2025-02-02")]
COVER = [("Annual report",), (), ("Author", "Ada"), (), ("Pages", 12)]


@pytest.fixture
def workbook(tmp_path):
    """A workbook of these sheets; a name in brackets is hidden."""

    def make(sheets, shape=None):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name.strip("[]"))
            sheet.sheet_state = "hidden" if name.startswith("[") else "visible"
            for row in rows:
                sheet.append(row)
        if shape is not None:
            shape(book)
        book.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return make


def told(path, **options):
    """What is told, by its code."""
    return {note.code: note for note in Reading.of(path, **options).notes}


def many(count):
    return [PRICES[0], *((f"item {at}", at / 4, "2025-01-31") for at in range(count))]


# Sheets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [[], [("Annual report 2025",)], COVER, [("see the next sheet",), ("thank you",)], [("item", "price", "since")]],
    ids=["empty", "title", "labels and values", "notes", "only a header"],
)
def test_the_sheet_that_holds_the_table_is_read(workbook, first):
    path = workbook({"Cover": first, "Prices": PRICES, "Notes": [("nothing",)]})
    assert XlsxSource(path).book.sheet == "Prices"
    assert list(told(path)) == ["sheet-chosen"]
    assert "sheet 'Prices' is read, since the first one, 'Cover'," in told(path)["sheet-chosen"]


def test_a_list_of_words_about_a_longer_table_is_not_the_table(workbook):
    words = [("column", "meaning"), ("item", "what it is"), ("price", "in euros"), ("since", "first day")]
    assert XlsxSource(workbook({"Read me": words, "Prices": many(50)})).book.sheet == "Prices"
    assert XlsxSource(workbook({"Codes": words, "Notes": [("x",)]})).book.sheet == "Codes"


def test_a_sheet_that_is_asked_for_is_read_without_a_word(workbook):
    path = workbook({"Cover": COVER, "Prices": PRICES})
    assert XlsxSource(path, sheet="Cover").book.sheet == "Cover"
    assert told(path, sheet="Cover") == told(path, sheet=2) == {}


def test_other_tables_are_named_with_their_rows(workbook):
    notes = told(workbook({"Jan": PRICES, "Feb": PRICES, "Mar": many(4), "Notes": COVER, "[Old]": PRICES}))
    assert list(notes) == ["sheets-left-out"]
    note = notes["sheets-left-out"]
    assert note == "2 other sheets are not read: 'Feb' (4 rows), 'Mar' (5 rows); give sheet=… to read another one"
    assert (note.kind, note.n) == ("rows", 9)


@pytest.mark.parametrize(("name", "says"), [("Data", "the sheet 'Data'"), ("[Data]", "the hidden sheet 'Data'")])
def test_a_much_larger_sheet_is_a_doubt(workbook, name, says):
    notes = told(workbook({"Summary": PRICES, name: many(3_000)}))
    assert list(notes) == ["sheet-larger"]
    assert notes["sheet-larger"].kind == "doubt"
    assert says in notes["sheet-larger"]
    assert "give sheet='Data' to read that one" in notes["sheet-larger"]
    assert 2_700 < notes["sheet-larger"].n < 3_300


def test_an_empty_sheet_that_is_asked_for_names_those_with_cells(workbook):
    path = workbook({"Cover": [], "Prices": PRICES, "[Old]": many(9)})
    with pytest.raises(SourceError, match=r"'Cover' has no cells; give sheet='Prices' \(4 rows\), or give sheet='Old'"):
        XlsxSource(path, sheet="Cover")


def test_a_workbook_whose_only_filled_sheet_is_hidden_says_so(workbook):
    with pytest.raises(SourceError, match=r"'Cover' has no cells; give sheet='Prices' \(4 rows\)"):
        XlsxSource(workbook({"Cover": [], "[Prices]": PRICES}))


def test_a_damaged_sheet_does_not_keep_another_from_being_read(tmp_path, workbook):
    import zipfile

    path = workbook({"Prices": PRICES, "Broken": PRICES})
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["xl/worksheets/sheet2.xml"] = b"<worksheet><sheetData><row></c>"
    made = write(tmp_path / "broken.xlsx", contents)
    assert XlsxSource(made).book.sheet == "Prices"
    assert told(made) == {}


def test_a_workbook_with_nothing_odd_tells_nothing(workbook, tmp_path):
    assert told(workbook({"Prices": PRICES})) == told(workbook({"Prices": PRICES, "Notes": COVER})) == {}
    rows = '<row r="1"><c r="A1" t="str"><v>id</v></c></row><row r="2"><c r="A2"><v>7</v></c></row>'
    assert told(write(tmp_path / "made.xlsx", parts(rows))) == {}
