"""What is told of a workbook: other sheets, hidden and merged cells, formulas without a value, odd formats."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from test_xlsx import parts, write

from importer.engine import Reading
from importer.errors import SourceError
from importer.sources.xlsx._source import XlsxSource

PRICES = [("item", "price", "since"), ("Pen", 1.5, "2025-01-31"), ("Ink", 4, "2025-02-01"), ("Pad", 3.5, "2025-02-02")]
DATED = [("Report",), (), ("Author", "Ada"), ("on", dt.date(2025, 1, 31)), ("pages", 12)]
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
    [
        [],
        [("Annual report 2025",)],
        COVER,
        DATED,
        [("see the next sheet",), ("thank you",)],
        [("item", "price", "since")],
    ],
    ids=["empty", "title", "labels and values", "labels and a date", "notes", "only a header"],
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


def test_a_list_of_sheets_is_not_the_table(workbook):
    contents = [("sheet", "about"), ("Prices", "the rows"), ("Codes", "their codes")]
    assert XlsxSource(workbook({"Cover": COVER, "Contents": contents, "Prices": many(50)})).book.sheet == "Prices"


def test_a_sheet_that_is_asked_for_is_read_without_a_word(workbook):
    path = workbook({"Cover": COVER, "Prices": PRICES})
    assert XlsxSource(path, sheet="Cover").book.sheet == "Cover"
    assert told(path, sheet=2) == {}
    assert not any(code.startswith("sheet") for code in told(path, sheet="Cover"))


def test_other_tables_are_named_with_their_rows(workbook):
    notes = told(workbook({"Jan": PRICES, "Feb": PRICES, "Mar": many(4), "Notes": COVER, "[Old]": PRICES}))
    assert list(notes) == ["sheets-alike"]
    note = notes["sheets-alike"]
    assert note == "2 other sheets with the same header are not read: 'Feb' (4 rows), 'Mar' (5 rows); give sheet=…"
    assert (note.kind, note.n) == ("rows", 9)


def test_a_sheet_with_another_header_is_told_and_not_asked_about(workbook):
    cities = [("city", "country", "people"), ("Rome", "Italy", 3), ("Oslo", "Norway", 1), ("Bonn", "Germany", 2)]
    notes = told(workbook({"Jan": PRICES, "Feb": PRICES, "Cities": cities}))
    assert list(notes) == ["sheets-alike", "sheets-left-out"]
    assert notes["sheets-alike"] == "1 other sheet with the same header is not read: 'Feb' (4 rows); give sheet='Feb'"
    assert notes["sheets-left-out"] == "1 other sheet is not read: 'Cities' (4 rows); give sheet='Cities'"
    assert [notes[code].kind for code in notes] == ["rows", "told"]


@pytest.mark.parametrize(("name", "says"), [("Data", "the sheet 'Data'"), ("[Data]", "the hidden sheet 'Data'")])
def test_a_much_larger_sheet_is_a_doubt(workbook, name, says):
    notes = told(workbook({"Summary": PRICES, name: many(3_000)}))
    assert list(notes) == ["sheet-larger"]
    assert notes["sheet-larger"].kind == "doubt"
    assert says in notes["sheet-larger"]
    assert "give sheet='Data'" in notes["sheet-larger"]
    assert 2_700 < notes["sheet-larger"].n < 3_300


def test_a_long_list_for_one_column_is_no_doubt(workbook):
    codes = [("code", "name"), *((f"c{at}", f"name {at}") for at in range(300))]
    assert told(workbook({"Prices": PRICES, "[Codes]": codes})) == {}
    wide = [tuple("abcdef"), *[(1, 2, 3, 4, 5, 6)] * 9]
    assert list(told(workbook({"Wide": wide, "Codes": codes}))) == ["sheets-left-out"]


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


# Hidden rows and columns ---------------------------------------------------------------------------------------------


def hide(book):
    sheet = book["Prices"]
    sheet.row_dimensions[1].hidden = sheet.row_dimensions[3].hidden = sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions.group("F", "XFD", hidden=True)


def test_hidden_rows_and_columns_are_imported_and_told(workbook):
    path = workbook({"Prices": PRICES}, hide)
    notes = told(path)
    assert list(notes.values()) == ["1 hidden row is imported: 3", "a hidden column is imported: B 'price'"]
    assert (notes["hidden-rows"].rows, notes["hidden-rows"].n) == ((3,), 1)
    assert sum(chunk.rows.len() for chunk in XlsxSource(path).chunks(10)) == 3


@pytest.mark.parametrize("attribute", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
@pytest.mark.parametrize("odd", ["", "<!-- the exact parser -->"])
def test_rows_are_hidden_in_several_ways(tmp_path, attribute, odd):
    row = '<row r="{0}"{1}><c r="A{0}"><v>{0}</v></c><c r="B{0}"><v>{0}</v></c></row>'
    rows = "".join(row.format(at, f" {attribute}" if at % 3 == 0 else "") for at in range(1, 30))
    path = write(tmp_path / "made.xlsx", parts(f'{rows}<row r="40" {attribute}/>{odd}'))
    note = told(path, header_row=0)["hidden-rows"]
    assert (note, note.n) == ("9 hidden rows are imported: 3, 6, 9, …", 9)


# Merged cells --------------------------------------------------------------------------------------------------------

SHOPS = [
    ("Shops of 2025", None, None, None),
    ("region", "shop", "sales", "note"),
    ("North", "A", 10, "x"),
    (None, "B", 20, "y"),
    (None, "C", 30, None),
    ("South", "D", 40, "z"),
    (None, "E", 50, None),
    ("Source: our own", None, None, None),
]


def merge(book):
    for cells in ("A1:D1", "A3:A5", "A6:A7", "C4:D4", "A8:D8"):
        book["Shops"].merge_cells(cells)


def test_merged_cells_below_the_header_are_told(workbook):
    note = told(workbook({"Shops": SHOPS}, merge))["merged-cells"]
    assert note == (
        "merged cells hold their value in the first cell only, so 4 cells are empty: A3:A5, C4:D4, A6:A7; "
        "give merged='fill'"
    )
    assert (note.kind, note.rows, note.n) == ("doubt", (3, 4, 6), 4)


def test_merged_cells_are_filled_on_request(workbook):
    path = workbook({"Shops": SHOPS}, merge)
    reading = Reading.of(path, merged="fill")
    [chunk] = reading.source.chunks(100)
    assert chunk.frame.rows() == [
        ("North", "A", "10", "x"),
        ("North", "B", "20", "20"),
        ("North", "C", "30", None),
        ("South", "D", "40", "z"),
        ("South", "E", "50", None),
        ("Source: our own", None, None, None),
    ]
    assert "merged-cells" not in {note.code for note in reading.notes}
    assert chunk.numbers["note"].to_list() == [False, True, False, False, False, False]
    assert reading.sample.frame.rows() == chunk.frame.rows()
    rest = [row for chunk in reading.source.chunks(1, after_row=4) for row in chunk.frame.rows()]
    assert rest == chunk.frame.rows()[2:]


def test_a_merged_title_above_the_table_is_not_worth_a_word(workbook):
    path = workbook({"Prices": [("Prices",), *PRICES]}, lambda book: book["Prices"].merge_cells("A1:C1"))
    assert "merged-cells" not in told(path)


@pytest.mark.parametrize("cells", ["A2:A1048576", "A2:XFD1048576", "B2:XFD1048576", "A2:A2", "B2", "none", "A0:A9"])
def test_merged_cells_beyond_the_table_are_cut(tmp_path, cells):
    row = '<row r="{0}"><c r="A{0}" t="str"><v>a</v></c><c r="B{0}"><v>{0}</v></c><c r="C{0}"><v>{0}</v></c></row>'
    sheet = parts("".join(map(row.format, range(1, 6))))["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace("</sheetData>", f'</sheetData><mergeCells><mergeCell ref="{cells}"/></mergeCells>')
    path = write(tmp_path / "made.xlsx", parts(sheet=sheet))
    note = told(path, header_row=0).get("merged-cells")
    assert note is None or note.n < 15
    [chunk] = XlsxSource(path, header_row=0, merged="fill").chunks(9)
    assert chunk.frame.rows() == [("a", str(at), str(at)) for at in range(1, 6)]


def test_filling_spans_blocks(tmp_path):
    text = "x" * 3_000
    row = '<row r="{0}">{1}<c r="B{0}" t="str"><v>{2}</v></c></row>'
    first = '<c r="A{0}" t="str"><v>group {0}</v></c>'
    rows = "".join(row.format(at, first.format(at) if at % 900 == 1 else "", text) for at in range(1, 4_001))
    merges = "".join(f'<mergeCell ref="A{at}:A{at + 899}"/>' for at in range(1, 4_001, 900))
    sheet = parts(rows)["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace("</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>")
    path = write(tmp_path / "made.xlsx", parts(sheet=sheet))
    source = XlsxSource(path, header_row=0, merged="fill")
    groups = [group for chunk in source.chunks(700) for group in chunk.frame.to_series(0)]
    assert groups == [f"group {at // 900 * 900 + 1}" for at in range(4_000)]
    assert source.sample(100).frame.to_series(1).null_count() == 0
    assert [note.code for note in XlsxSource(path, header_row=0).sample(100).notes] == ["merged-cells"]


# Cells ---------------------------------------------------------------------------------------------------------------


def test_formulas_without_a_saved_value_are_refused_and_told(workbook):
    rows = [("item", "total"), ("pen", 3), ("ink", "=1+2"), ("pad", "=2+2"), (None, "=3+3")]
    path = workbook({"Q3": rows})
    note = told(path)["formula-unsaved"]
    assert note == (
        "total: 3 cells with a formula without a saved value, so that the rows are refused: rows 3, 4, 5; "
        "open the workbook in a spreadsheet program and save it"
    )
    assert (note.kind, note.rows, note.column) == ("rows", (3, 4, 5), "total")
    [chunk] = XlsxSource(path).chunks(10)
    assert chunk.faults.select("row", "position", "rule", "severity").rows() == [
        (row, 1, "formula-unsaved", "error") for row in (3, 4, 5)
    ]


FORMATTED = '<row r="{0}"><c r="A{0}" t="str"><v>x</v></c><c r="B{0}" s="{1}"><v>{2}</v></c></row>'


def made(tmp_path, formats, *values):
    """Tells of a column B of values, each with its format."""
    rows = "".join(FORMATTED.format(at, *cell) for at, cell in enumerate(values, 1))
    return told(write(tmp_path / "made.xlsx", parts(rows, formats=formats)), header_row=0)


def test_numbers_that_their_format_shows_otherwise_are_told_once_a_column(tmp_path):
    notes = made(tmp_path, ["00000"], (1, 1067), (1, 99084), (1, 6))
    says = "column_B: numbers are taken as the format '00000' shows them, e.g. '01067' in row 1"
    assert list(notes.values()) == [says]
    assert made(tmp_path, ["0.00", "#,##0"], (1, 5), (2, 1067)) == {}


def test_a_format_longer_than_excel_allows_is_cut(tmp_path):
    made(tmp_path, ["0" * 10_000], (1, 7))
    [chunk] = XlsxSource(tmp_path / "made.xlsx", header_row=0).chunks(9)
    assert len(chunk.frame.item(0, 1)) == 255


def test_several_currencies_in_a_column_are_a_doubt(tmp_path):
    formats = ["#,##0.00 [$€-407]", "[$$-409]#,##0.00", "0.00"]
    note = made(tmp_path, formats, (1, 5), (2, 7), (1, 8), (3, 9))["other-currency"]
    assert "€ in row 1 (2), $ in row 2 (1)" in note
    assert (note.kind, note.rows, note.n) == ("doubt", (1, 2), 1)
    [chunk] = XlsxSource(tmp_path / "made.xlsx", header_row=0).chunks(10)
    assert chunk.faults.select("row", "rule", "severity").rows() == [(2, "other-currency", "warning")]
    assert made(tmp_path, formats, (1, 5), (3, 7), (1, 8)) == {}


def test_zeros_as_dates_and_whole_days_as_times_are_told(tmp_path):
    notes = made(tmp_path, ["yyyy-mm-dd", "hh:mm"], (1, 0), (1, 45660), (2, 1), (2, 0.5))
    assert list(notes.values()) == [
        "column_B: 1 cell with a zero in the format of a date, taken as empty: row 1",
        "column_B: 1 cell with 24 hours shown as 00:00, which is taken: row 3",
    ]


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("00000", "1067", "01067"),
        ("00000", "-1067", "-1067"),
        ("00000", "1067.5", "1067.5"),
        ("00000", "123456", "123456"),
        ("0#", "5", "05"),
        ("00", "0", "00"),
        ("000-000", "79050", "079-050"),
        (r"0000\-000", "12", "0000-012"),
        ("000-00-0000", "78051120", "078-05-1120"),
        (r"[&lt;=9999999]###\-####;\(###\)\ ###\-####", "5551234", "555-1234"),
        (r"[&lt;=9999999]###\-####;\(###\)\ ###\-####", "2125551234", "(212) 555-1234"),
        (r"[&lt;=99999]00000;00000\-0000", "21381234", "02138-1234"),
        (r"[&lt;=99999]00000;00000\-0000", "2138", "02138"),
        ("00000;[Red]-00000", "7", "00007"),
        ("0#&quot; &quot;##&quot; &quot;##&quot; &quot;##&quot; &quot;##", "123456789", "01 23 45 67 89"),
        ("&quot;SKU-&quot;0", "7", "SKU-7"),
        ("&quot;Q&quot;0", "3", "Q3"),
        ("0&quot;/2025&quot;", "12", "12/2025"),
        (r"\A0000_);_(@_)", "12", "A0012"),
        ("00.00", "1.1", "01.10"),
        ("00.00", "1.125", "1.125"),
        (r"00\:00", "830", "08:30"),
        (r"0000\-00\-00", "20250131", "2025-01-31"),
        ("&quot;$1&quot;000", "7", "7"),
        ("General", "1067", "1067"),
        ("0", "1067", "1067"),
        ("#,##0", "1067", "1067"),
        (r"#\ ##0", "1067", "1067"),
        ("# ##0", "1067", "1067"),
        ("0.00", "1.5", "1.5"),
        ("0%", "0.5", "0.5"),
        ("0.0&quot; kg&quot;", "1.5", "1.5"),
        ("0&quot; m2&quot;", "15", "15"),
        ("0&quot;°C&quot;", "15", "15"),
        ("00&quot; min&quot;", "5", "5"),
        ("&quot;kr &quot;0", "15", "15"),
        ("&quot;EUR &quot;#,##0.00", "15", "15"),
        (r"_-* #,##0.00\ &quot;€&quot;_-;\-* #,##0.00\ &quot;€&quot;_-", "15", "15"),
        ("# ?/?", "0.5", "0.5"),
        ("0.00E+00", "1067", "1067"),
        ("#,##0,", "1067", "1067"),
        ("+0;-0;0", "5", "5"),
        ("0;(0)", "-5", "-5"),
        ("0;;", "0", "0"),
        (";;;", "5", "5"),
        ("&quot;Yes&quot;;;&quot;No&quot;", "1", "Yes"),
        ("&quot;Yes&quot;;;&quot;No&quot;", "0", "No"),
        ("&quot;Yes&quot;;;&quot;No&quot;", "2", "2"),
        ("[=1]&quot;Male&quot;;[=2]&quot;Female&quot;;", "2", "Female"),
        ("[=1]&quot;Male&quot;;[=2]&quot;Female&quot;;", "3", "3"),
        ("0;-0;&quot;free&quot;", "0", "0"),
        ("&quot;–&quot;;&quot;–&quot;", "1", "1"),
        ("[=0]?;[h]:mm:ss", "0", "00:00:00"),
        ("[=0]?;[h]:mm:ss", "4.5", "108:00:00"),
        ("[&lt;1]h:mm;[h]:mm", "0.5", "12:00:00"),
        ("[&gt;=366]yyyy-mm-dd;0", "45688", "2025-01-31"),
        ("[&gt;=366]yyyy-mm-dd;0", "7", "7"),
        ("h:mm;;&quot;-&quot;", "0", "00:00:00"),
        ("0;0;yyyy", "0", None),
    ],
)
@pytest.mark.parametrize("odd", ["", "<!-- the exact parser -->"])
def test_a_number_is_what_its_format_shows_unless_that_is_less(tmp_path, code, number, text, odd):
    row = f'<row r="1"><c r="A1" s="1"><v>{number}</v></c>{odd}<c r="B1" t="str"><v>x</v></c></row>'
    source = XlsxSource(write(tmp_path / "made.xlsx", parts(row, formats=[code])), header_row=0)
    [chunk] = source.chunks(1)
    found = dict(zip(source.header.labels, chunk.frame.row(0), strict=True))
    assert found.get("column_A") == text


def test_24_hours_among_lengths_are_a_length(tmp_path):
    notes = made(tmp_path, ["hh:mm"], (1, 0.5), (1, 1), (1, 1.25))
    assert notes == {}
    [chunk] = XlsxSource(tmp_path / "made.xlsx", header_row=0).chunks(10)
    assert chunk.frame.to_series(1).to_list() == ["12:00:00", "24:00:00", "30:00:00"]
    assert chunk.faults is None


@pytest.mark.parametrize(("values", "is_doubt"), [((0, 0, 0), True), (("0.0", "0.0"), True), ((0, 3, 4), False)])
@pytest.mark.parametrize("recalculates", [True, False])
def test_formulas_that_were_never_calculated_are_a_doubt(tmp_path, values, is_doubt, recalculates):
    row = '<row r="{0}"><c r="A{0}" t="str"><v>x</v></c><c r="B{0}"><f>A{0}*2</f><v>{1}</v></c></row>'
    contents = parts("".join(row.format(at, value) for at, value in enumerate(values, 1)))
    if recalculates:
        book = contents["xl/workbook.xml"]
        contents["xl/workbook.xml"] = book.replace("</workbook>", '<calcPr fullCalcOnLoad="1"/></workbook>')
    path = write(tmp_path / "made.xlsx", contents)
    notes = told(path, header_row=0)
    assert list(notes) == (["formula-stale"] if is_doubt and recalculates else [])
    [chunk] = XlsxSource(path, header_row=0).chunks(10)
    assert chunk.frame.to_series(1).to_list() == [str(value).removesuffix(".0") for value in values]
    assert chunk.numbers.to_series(1).all()


def test_a_header_that_is_a_formula_without_a_value_is_told(workbook):
    notes = told(workbook({"Q3": [("item", "price", "=A1"), ("pen", 3, 4), ("ink", 4, 5)]}))
    assert notes["header-unsaved"].startswith("the header of column C is a formula without a saved value")
