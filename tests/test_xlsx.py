"""What the cells of a workbook become, where its parts are, and what hostile ones end in."""

from __future__ import annotations

import datetime as dt
import struct
import threading
import zipfile
from contextlib import closing

import openpyxl
import polars as pl
import pytest
from openpyxl.styles import numbers

from importer.core._chunk import letter
from importer.errors import SheetNotFoundError, SourceError
from importer.sources import open_source
from importer.sources._book import Sheet
from importer.sources.xlsx._source import XlsxSource, list_sheets
from importer.sources.xlsx.book import _blocks
from importer.sources.xlsx.cells._kinds import Kind
from importer.sources.xlsx.cells._sections import format_kind
from importer.testing._source_contract import SOURCE_CONTRACT, whole

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}"><sheetData>'
TAIL = "</sheetData></worksheet>"


def relations(*targets):
    tags = "".join(
        f'<Relationship Id="rId{at}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{tags}</Relationships>'


def parts(rows="", *, strings="", formats=(), date1904=False, sheet=None):
    """Parts of a workbook of one sheet; each format is a style, counted from 1."""
    number_formats = "".join(f'<numFmt numFmtId="{at}" formatCode="{code}"/>' for at, code in enumerate(formats, 200))
    styles = "".join(f'<xf numFmtId="{at}"/>' for at in [0, *range(200, 200 + len(formats))])
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><workbookPr date1904="{int(date1904)}"/>'
        '<sheets><sheet name="Q3" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": HEAD + rows + TAIL if sheet is None else sheet,
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{number_formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }


def write(path, contents, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
    return path


def cells(source):
    """Every cell that is not empty, by row and position."""
    found = {}
    for chunk in source.chunks(1_000):
        for row, values in zip(chunk.rows, chunk.frame.rows(), strict=True):
            found |= {(row, at): value for at, value in enumerate(values, source.header.first) if value is not None}
        if chunk.extra is not None:
            found |= {(row, at): value for row, at, value in chunk.extra.rows()}
    return found


@pytest.fixture
def read(tmp_path):
    """Cells of a sheet of raw XML."""

    def reader(rows="", **options):
        path = write(tmp_path / "made.xlsx", parts(rows, **options))
        return cells(XlsxSource(path, header_row=0))

    return reader


@pytest.fixture
def one(read):
    """Text of the only cell of a sheet; others keep its row and its column from being empty."""

    def reader(cell, **options):
        beside = '<c r="B5"><v>0</v></c></row><row r="6"><c r="A6"><v>0</v></c></row>'
        return read(f'<row r="5">{cell}{beside}', **options).get((5, 0))

    return reader


# Sources -------------------------------------------------------------------------------------------------------------


def staff(folder):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B2"] = "Staff, October 2025"
    for row in [("id", "name", "since", "share"), (1, "Ada", dt.date(2025, 1, 31), 0.5), (2, "Åsa", None, None)]:
        sheet.append((None, *row))
    sheet["J5"] = "a stray note"
    for at in range(20):
        sheet.append((None, at + 3, f"name {at}", dt.date(2025, 3, 1 + at), at / 8))
    sheet["B60"] = "Total"
    book.save(folder / "staff.xlsx")
    return folder / "staff.xlsx"


def tall(folder):
    """Enough rows for several blocks, some in ways that only the real parser reads."""
    odd = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><r><t>rich</t></r></is></c><!-- </row> --><c r="C{0}"/></row>'
    usual = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}" t="s"><v>{1}</v></c><c r="D{0}"><v>.5</v></c></row>'
    rows = [(odd if row % 1_000 == 7 else usual).format(row, row % 3) for row in range(3, 6_000) if row % 10]
    head = '<row r="1">' + "".join(f'<c r="{x}1" t="inlineStr"><is><t>{x}</t></is></c>' for x in "ABCD") + "</row>"
    strings = "<si><t>one</t></si><si><t>two &amp; more</t></si><si><r><t>thr</t></r><r><t>ee</t></r></si>"
    return write(folder / "tall.xlsx", parts(head + "".join(rows), strings=strings))


def prefixed(folder):
    rows = "".join(
        f'<x:row r="{row}"><x:c r="A{row}" t="str"><x:v>v{row}</x:v></x:c>'
        f'<x:c r="C{row}"><x:v>{row}</x:v></x:c></x:row>\n'
        for row in range(1, 200)
    )
    sheet = f'\ufeff<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    return write(folder / "prefixed.xlsx", parts(sheet=sheet))


def unnumbered(folder):
    rows = "".join(f"<row><c><v>{row}</v></c><c/><c><v>2</v></c></row>" for row in range(500))
    return write(folder / "unnumbered.xlsx", parts(rows))


@pytest.fixture(scope="module", params=[staff, tall, prefixed, unnumbered], ids=lambda make: make.__name__)
def opened(request, tmp_path_factory):
    path = request.param(tmp_path_factory.mktemp("contract"))
    return lambda: open_source(path)


@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
def test_a_workbook_keeps_the_promises_of_a_source(promise, opened):
    promise(opened)


def test_a_title_above_and_a_note_beside_the_table_do_not_belong_to_it(tmp_path):
    source = XlsxSource(staff(tmp_path))
    assert (source.label, source.unit) == ("staff.xlsx, sheet 'Sheet'", "B")
    assert source.header.row == 3
    assert source.header.labels == ("id", "name", "since", "share")
    assert source.header.letter("id") == "B"
    found, rows, extras = whole(source)
    assert found[:2] == [("1", "Ada", "2025-01-31", "0.5"), ("2", "Åsa", None, None)]
    assert (rows[:2], rows[-1]) == ([4, 5], 60)
    assert extras == [(5, 9, "a stray note")]


def test_a_sample_of_a_large_sheet_comes_from_all_over_it(tmp_path):
    text = "x" * 5_000
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}" t="str"><v>{text}</v></c></row>'
        for row in range(1, 3_001)
    )
    source = XlsxSource(write(tmp_path / "large.xlsx", parts(rows)), header_row=0)
    sample = source.sample(200)
    assert source.total > 8 << 20
    numbers_ = sample.rows.to_list()
    assert numbers_ == sorted(set(numbers_))
    assert sample.frame.to_series(0).to_list() == [str(row) for row in numbers_]
    assert (numbers_[0], numbers_[-1], sample.completed) == (1, 3_000, source.total)
    assert all(any(low < row <= low + 500 for row in numbers_) for low in range(0, 3_000, 500))


def test_no_thread_survives_when_reading_ends_early(tmp_path):
    before = set(threading.enumerate())
    with closing(XlsxSource(tall(tmp_path)).chunks(10)) as chunks:
        next(chunks)
    assert set(threading.enumerate()) == before


# Cells ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("5.0999999999999996", "5.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("100", "100"),
        ("100.0", "100"),
        ("1E3", "1000"),
        ("1.5E-3", "0.0015"),
        ("1e-7", "1e-7"),
        ("-0", "0"),
        ("+5", "5"),
        (".5", "0.5"),
        ("007", "7"),
        (" 12 ", "12"),
        ("12345678901234567890", "12345678901234567890"),
        ("12345678901234567", "12345678901234567"),
        ("9.9999999999999992E+22", "1e23"),
        ("1E16", "10000000000000000"),
        ("1e400", "1e400"),
        ("NaN", "NaN"),
        ("abc", "abc"),
        ("", None),
    ],
)
def test_a_number_is_its_shortest_exact_form(one, raw, text):
    assert one(f'<c r="A5"><v>{raw}</v></c>') == text
    assert one(f'<c r="A5" t="n" s="0"><v>{raw}</v><!-- by the other path --></c>') == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A5" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A5" t="b"><v>false</v></c>', "FALSE"),
        ('<c r="A5" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A5" t="d"><v>2025-01-31T08:30:00</v></c>', "2025-01-31T08:30:00"),
        ('<c r="A5" t="str"><f>A1&amp;"x"</f><v>a &lt; b</v></c>', "a < b"),
        ('<c r="A5" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="A5" t="str"><f>""</f><v/></c>', ""),
        ('<c r="A5" t="str"><f>1+1</f></c>', None),
        ('<c r="A5"><f t="shared" ref="A5:A9" si="0">B5*2</f><v>0.1</v></c>', "0.1"),
        ('<c r="A5"><f t="shared" si="0"/><v>7</v></c>', "7"),
        ('<c r="A5" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="A5" s="3"/>', None),
        ('<c r="A5"></c>', None),
        ('<c r="A5" t="s"/>', None),
        ('<c r="A5" t="inlineStr"><is><t>007</t></is></c>', "007"),
        ('<c r="A5" t="inlineStr"><is><t> a </t></is></c>', "a"),
        ('<c r="A5" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>', " a "),
        ('<c r="A5" t="inlineStr"><is><t/></is></c>', ""),
        ('<c r="A5" t="str"><v> a </v></c>', " a "),
        (
            '<c r="A5" t="inlineStr"><is><r><t>ri</t></r><r><rPr/><t>ch</t></r><rPh sb="0"><t>x</t></rPh></is></c>',
            "rich",
        ),
        (
            '<c r="A5" t="str"><v>a_x000D_b_x005F_x0041_ _x00zz_ _xD83D__xDE00_ _xD83D_</v></c>',
            "a\rb_x0041_ _x00zz_ 😀 _xD83D_",
        ),
        ('<c r="A5" t="str"><v>&#233;&#x1F600;&quot;&apos;&gt;</v></c>', "é😀\"'>"),
        ('<c r="A5" t="str"><v><![CDATA[a</row>b & c]]></v></c>', "a</row>b & c"),
        ('<c r="A5" t="str"><v>a<!-- </row> -->b</v></c>', "ab"),
        ("<c r='A5' t='str'><v>x</v></c>", "x"),
        ('<c t="str" r="A5"><v>x</v><extLst><ext><v>y</v></ext></extLst></c>', "x"),
        ('<c r="A5" t="inlineStr"><v>x</v></c>', "x"),
        ('<c r="A5"><is><t>x</t></is></c>', "x"),
    ],
)
def test_a_cell_is_its_text(one, cell, text):
    assert one(cell) == text


STRINGS = {
    "<si><t>plain</t></si>": "plain",
    '<si><t xml:space="preserve"> kept </t></si>': " kept ",
    "<si><t> not kept </t></si>": "not kept",
    "<si><t/></si>": "",
    "<si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh sb='0' eb='1'><t>phonetic</t></rPh></si>": "rich",
    "<si><t>a &amp;amp; b_x000A_c</t><phoneticPr fontId='1'/></si>": "a &amp; b\nc",
    "<si/>": "",
    "<si><t>last 😀</t></si>": "last 😀",
}


@pytest.mark.parametrize("unusual", ["", "<!-- <si> -->", "<si><t><![CDATA[<si>]]></t></si>"])
def test_shared_strings_are_found_by_number(read, unusual):
    strings = "\n".join([*STRINGS, unusual])
    found = read(
        "".join(
            f'<row r="{at}"><c r="A{at}" t="s"><v>{at - 1}</v></c><c r="B{at}"><v>0</v></c></row>'
            for at in range(1, len(STRINGS) + 1)
        ),
        strings=strings,
    )
    assert [found.get((at, 0)) for at in range(1, len(STRINGS) + 1)] == list(STRINGS.values())


@pytest.mark.parametrize("number", ["3", "-1", "abc"])
def test_a_missing_shared_string_is_an_error_that_names_its_cell(read, number):
    with pytest.raises(SourceError, match=rf"cell B7 asks for shared string '{number}' of 3.*save it again"):
        read(f'<row r="7"><c r="B7" t="s"><v>{number}</v></c></row>', strings="<si><t>a</t></si>" * 3)


@pytest.mark.parametrize(
    ("code", "serial", "text"),
    [
        ("yyyy-mm-dd", "45688", "2025-01-31"),
        ("yyyy-mm-dd", "45688.5", "2025-01-31T12:00:00"),
        ("d/m/yy h:mm", "45688", "2025-01-31T00:00:00"),
        ("d/m/yy h:mm", "45688.354166666664", "2025-01-31T08:30:00"),
        ("d/m/yy h:mm", "45688.35416666782", "2025-01-31T08:30:00"),
        ("d/m/yy h:mm", "45688.354172453706", "2025-01-31T08:30:00.500"),
        ("d/m/yy h:mm", "45688.9999999999", "2025-02-01T00:00:00"),
        ("h:mm", "0.354166666666667", "08:30:00"),
        ("h:mm", "0", "00:00:00"),
        ("h:mm", "0.99999999999", "23:59:59.999"),
        ("h:mm", "1", "00:00:00"),
        ("h:mm", "1.25", "30:00:00"),
        ("h:mm", "45688.25", "2025-01-31T06:00:00"),
        ("[h]:mm:ss", "1.25", "30:00:00"),
        ("[h]:mm:ss", "0.354166666666667", "08:30:00"),
        ("[mm]:ss", "123.000005787037", "2952:00:00.500"),
        ("yyyy-mm-dd", "1", "1900-01-01"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
        ("yyyy-mm-dd", "60", "1900-02-29"),
        ("yyyy-mm-dd", "60.25", "1900-02-29T06:00:00"),
        ("yyyy-mm-dd", "61", "1900-03-01"),
        ("yyyy-mm-dd", "0", None),
        ("d/m/yy h:mm", "0", None),
        ("yyyy-mm-dd", "0.25", "06:00:00"),
        ("yyyy-mm-dd", "2958465", "9999-12-31"),
        ("yyyy-mm-dd", "2958465.99999999999", "2958466"),
        ("yyyy-mm-dd", "2958466", "2958466"),
        ("yyyy-mm-dd", "-1.50", "-1.5"),
        ("yyyy-mm-dd", "1e300", "1e300"),
        ("yyyy-mm-dd", "tomorrow", "tomorrow"),
        ("yyyy-mm-dd", "", None),
    ],
)
def test_a_number_in_the_format_of_a_date_is_a_date(one, code, serial, text):
    assert one(f'<c r="A5" s="1"><v>{serial}</v></c>', formats=[code]) == text


@pytest.mark.parametrize(
    ("code", "serial", "text"),
    [
        ("yyyy-mm-dd", "44226", "2025-01-31"),
        ("yyyy-mm-dd", "0", "1904-01-01"),
        ("yyyy-mm-dd", "60", "1904-03-01"),
        ("yyyy-mm-dd", "2957003", "9999-12-31"),
        ("yyyy-mm-dd", "2957004", "2957004"),
        ("h:mm", "0.25", "06:00:00"),
        ("h:mm", "1.25", "30:00:00"),
        ("[h]:mm", "1.25", "30:00:00"),
    ],
)
def test_days_may_count_from_1904(one, code, serial, text):
    assert one(f'<c r="A5" s="1"><v>{serial}</v></c>', formats=[code], date1904=True) == text


def test_a_text_in_the_format_of_a_date_stays_a_text(one):
    assert one('<c r="A5" s="1" t="str"><v>45688</v></c>', formats=["yyyy-mm-dd"]) == "45688"


def test_a_cell_without_a_style_has_the_first_one(tmp_path):
    contents = parts('<row r="1"><c r="A1"><v>45688</v></c><c r="B1" s="99"><v>45688</v></c></row>')
    contents["xl/styles.xml"] = contents["xl/styles.xml"].replace(
        '<cellXfs><xf numFmtId="0"/>', '<cellXfs><xf numFmtId="14"/>'
    )
    found = cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0))
    assert found == {(1, 0): "2025-01-31", (1, 1): "45688"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", Kind.NUMBER),
        ("@", Kind.NUMBER),
        ("0.00E+00", Kind.NUMBER),
        ("#,##0;[Red]-#,##0", Kind.NUMBER),
        ('_-* #,##0.00\\ "kr"_-;\\-* #,##0.00', Kind.NUMBER),
        ("#,##0.00 [$DM-407]", Kind.NUMBER),
        ('0 "days"', Kind.NUMBER),
        ("0\\d", Kind.NUMBER),
        ("# ?/?", Kind.NUMBER),
        ("", Kind.NUMBER),
        ("yyyy", Kind.DATE),
        ("MMM", Kind.DATE),
        ("DD/MM/YY", Kind.DATE),
        ("[$-409]d\\-mmm\\-yy;@", Kind.DATE),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", Kind.DATE),
        ("[$-411]ge.m.d", Kind.DATE),
        ('yyyy"年"m"月"d"日"', Kind.DATE),
        ("[Red]dd.mm.", Kind.DATE),
        ("m/d/yy h:mm", Kind.DATETIME),
        ("yyyy-mm-ddThh:mm:ss", Kind.DATETIME),
        ('d "at" h AM/PM', Kind.DATETIME),
        ("h:mm", Kind.TIME),
        ("mm:ss.0", Kind.TIME),
        ("ss.000", Kind.TIME),
        ("[$-F400]h:mm:ss\\ AM/PM", Kind.TIME),
        ('h"时"mm"分"', Kind.TIME),
        ("[h]:mm", Kind.ELAPSED),
        ("[HH]:MM:SS", Kind.ELAPSED),
        ("[mm]", Kind.ELAPSED),
        ("[ss].00", Kind.ELAPSED),
    ],
)
def test_a_format_shows_numbers_dates_or_times(code, kind):
    assert format_kind(code) is kind


@pytest.mark.parametrize("number_format", [14, 22, 21, 46, 57])
def test_formats_that_are_built_in_need_no_code(tmp_path, number_format):
    contents = parts('<row r="1"><c r="A1" s="1"><v>1.25</v></c></row>')
    contents["xl/styles.xml"] = contents["xl/styles.xml"].replace(
        "</cellXfs>", f'<xf numFmtId="{number_format}"/></cellXfs>'
    )
    found = cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0))
    moment = "1900-01-01T06:00:00"
    assert found[1, 0] == {21: "30:00:00", 46: "30:00:00"}.get(number_format, moment)


# The grid ------------------------------------------------------------------------------------------------------------


def test_two_cells_at_the_corners_make_two_rows_and_two_columns(read):
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert read(corners) == {(1, 0): "1", (1_048_576, 16_383): "2"}


def test_cells_on_a_diagonal_do_not_fill_the_square(read):
    rows = "".join(f'<row r="{at + 1}"><c r="{letter(at)}{at + 1}"><v>{at}</v></c></row>' for at in range(3_000))
    assert read(rows) == {(at + 1, at): str(at) for at in range(3_000)}


def test_a_row_may_be_larger_than_a_block(read):
    text = "x" * 1_000
    row = "".join(f'<c r="{letter(at)}2" t="str"><v>{text}</v></c>' for at in range(10_000))
    found = read(
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{row}</row><row r="3"><c r="B3"><v>3</v></c></row>'
    )
    assert found == {(1, 0): "1", (3, 1): "3"} | {(2, at): text for at in range(10_000)}


def test_thousands_of_columns_of_one_name_are_told_apart(tmp_path):
    width = 8_192
    cell = '<c t="str"><v>same</v></c>'
    rows = "".join(f'<row r="{row}">{cell * width}</row>' for row in (1, 2, 3))
    source = XlsxSource(write(tmp_path / "wide.xlsx", parts(rows)), header_row=1)
    [chunk] = source.chunks(100)
    assert (chunk.frame.shape, len(set(source.header.labels))) == ((2, width), width)


def test_rows_keep_the_numbers_of_the_sheet(read):
    found = read(
        '<row r="3"><c r="B3"><v>1</v></c></row><row r="4"/><row r="5" ht="20"></row><row r="6"><c r="A6" s="0"/></row>'
        '<row><c><v>2</v></c></row><row><c r="C9"><v>3</v></c><c><v>4</v></c></row>'
    )
    assert found == {(3, 1): "1", (7, 0): "2", (9, 2): "3", (9, 3): "4"}


def test_the_dimension_of_a_sheet_is_ignored(read):
    sheet = f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{{}}</sheetData></worksheet>'
    rows = "".join(f'<row r="{row}"><c r="C{row}"><v>{row}</v></c></row>' for row in range(1, 1_001))
    assert len(read(sheet=sheet.format(rows))) == 1_000


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="B2"><v>1</v></c></row>', "row 2 comes after row 2"),
        ('<row r="2"><c r="A3"><v>1</v></c></row>', "cell 'A3' stands in row 2"),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', "cell A2 is there twice"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "outside the grid"),
        ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "outside the grid"),
        ('<row r="1"><c r="1A"><v>1</v></c></row>', "'1A' is not a cell of the grid"),
        ('<row r="one"/>', "numbered 'one'"),
        ('<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>', "cell A1 has two values"),
        ('<x:a xmlns:x="urn:x"><row r="1"><c r="A1"><v>1</v></c></row></x:a>', "a row stands inside another tag"),
        ("<row>" + "<c/>" * 16_385 + "</row>", "outside the grid"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(read, rows, message):
    with pytest.raises(SourceError, match=f"sheet 'Q3' of 'made.xlsx'.*{message}.*save it again"):
        read(rows)


@pytest.mark.parametrize("width", [1, 1_000], ids=["one_block", "several_blocks"])
@pytest.mark.parametrize("odd", ["", "<!-- <row r='9'> -->"], ids=["fast", "exact"])
def test_rows_out_of_order_are_read_in_order_and_told(tmp_path, width, odd):
    numbers = [*range(1, 1_000, 2), *range(1_000, 0, -2)]
    rows = [f'<row r="{n}"><c r="A{n}" t="str"><v>{n:0{width}}</v></c></row>\n{odd}' for n in numbers]
    path = write(tmp_path / "made.xlsx", parts("".join(rows)))
    source = XlsxSource(path, header_row=1)
    assert [note.code for note in source.book.notes] == ["rows-sorted"]
    chunks = list(source.chunks(300))
    assert [row for chunk in chunks for row in chunk.rows] == list(range(2, 1_001))
    assert [int(cell) for chunk in chunks for cell in chunk.frame.to_series()] == list(range(2, 1_001))
    [rest] = source.chunks(300, after_row=997)
    assert (rest.rows.to_list(), rest.completed) == ([998, 999, 1_000], source.total)
    assert source.sample(100).rows.is_sorted()


def test_rows_without_numbers_stay_behind_theirs(read):
    one, two = '<row r="5"><c><v>5</v></c></row><row><c><v>6</v></c></row>', '<row><c r="B3"><v>3</v></c></row>'
    found = {(5, 0): "5", (6, 0): "6", (3, 1): "3", (2, 0): "2"}
    assert read(f'{one}<row r="2"><c><v>2</v></c></row>{two}') == found


def test_a_sheet_with_rows_out_of_order_counts_among_the_others(tmp_path):
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in (5, 4, 3, 2, 1))
    assert list_sheets(write(tmp_path / "made.xlsx", parts(cells)))[0].rows == 5


def test_two_parts_of_shared_strings_are_refused(tmp_path):
    both = relations(("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "a.xml"), ("sharedStrings", "b.xml"))
    path = write(tmp_path / "made.xlsx", {**parts(), "xl/_rels/workbook.xml.rels": both})
    with pytest.raises(SourceError, match="two parts of the kind sharedStrings"):
        XlsxSource(path)


def test_rows_out_of_order_far_down_a_large_sheet_are_refused(read):
    text = "x" * 1_000
    rows = [f'<row r="{row}"><c r="A{row}" t="str"><v>{text}</v></c></row>' for row in range(1, 6_000)]
    with pytest.raises(SourceError, match="row 1 comes after row 5999"):
        read("".join([*rows, rows[0]]))


def test_a_sheet_that_is_blanks_for_long_is_refused(read, monkeypatch):
    monkeypatch.setattr(_blocks, "_BARREN_BYTES", 1 << 20)
    with pytest.raises(SourceError, match="more than 1 MB in which no row ends"):
        read('<row r="1"><c r="A1"><v>1</v></c></row>' + " " * (2 << 20))


# Parts ---------------------------------------------------------------------------------------------------------------


def test_sheets_are_listed_in_order_with_their_visibility(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Front & back"
    for name, state in [("Q1", "hidden"), ("Q2", "visible"), ("Chart", None), ("Q3", "veryHidden")]:
        if state is None:
            book.create_chartsheet(name)
        else:
            book.create_sheet(name).sheet_state = state
    book.save(tmp_path / "book.xlsx")
    names = [("Front & back", True), ("Q1", False), ("Q2", True), ("Q3", False)]
    empty = {"rows": 0, "columns": 0, "is_exact": True}
    found = tuple(Sheet(name=name, visible=visible, **empty) for name, visible in names)
    assert list_sheets(tmp_path / "book.xlsx") == found


@pytest.fixture
def quarters(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.sheet_state = "hidden"
    for name in ("Q1", "Q3", "q3 old"):
        book.create_sheet(name).append([name, "x"])
        book[name].append([1, 2])
    book.active = 1
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


@pytest.mark.parametrize(("sheet", "name"), [(None, "Q1"), ("Q3", "Q3"), ("q1", "Q1"), (2, "Q1"), (4, "q3 old")])
def test_a_sheet_is_chosen_by_name_or_number(quarters, sheet, name):
    source = XlsxSource(quarters, sheet=sheet)
    assert (source.label, source.header.labels[0]) == (f"book.xlsx, sheet {name!r}", name)


@pytest.mark.parametrize("sheet", ["Q33", 0, 5, -1])
def test_the_error_for_a_missing_sheet_names_the_others(quarters, sheet):
    with pytest.raises(
        SheetNotFoundError, match=f"no sheet {sheet!r}, only 'Notes', 'Q1', 'Q3', 'q3 old'; give sheet="
    ):
        XlsxSource(quarters, sheet=sheet)


def test_a_sheet_without_cells_or_rows_is_refused(quarters, read):
    with pytest.raises(SourceError, match=r"sheet 'Notes' has no cells; give sheet='Q1' \(2 rows\), or"):
        XlsxSource(quarters, sheet="Notes")
    with pytest.raises(SourceError, match="no cells; save the table in the workbook again: no sheet has cells"):
        read(sheet=f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>')
    with pytest.raises(SourceError, match="row 9 is empty"):
        XlsxSource(quarters, header_row=9)


def test_parts_may_be_missing_or_elsewhere(tmp_path):
    contents = parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    for name in ("[Content_Types].xml", "_rels/.rels", "xl/styles.xml", "xl/sharedStrings.xml"):
        del contents[name]
    contents["xl/_rels/workbook.xml.rels"] = relations(("worksheet", "/Other%20place/../Data.XML"))
    contents["data.xml"] = contents.pop("xl/worksheets/sheet1.xml")
    assert cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0)) == {(1, 0): "1"}


def test_names_of_parts_may_have_backslashes(tmp_path):
    contents = parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    path = write(tmp_path / "made.xlsx", {name.replace("/", "\\"): text for name, text in contents.items()})
    assert cells(XlsxSource(path, header_row=0)) == {(1, 0): "1"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_may_be_in_another_encoding(tmp_path, encoding):
    contents = parts(
        "<row r='1'><c r='A1' t='str'><v>Åsa</v></c><c r='B1' t='s'><v>0</v></c></row>", strings="<si><t>é</t></si>"
    )
    for name in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
        contents[name] = (declared + contents[name].removeprefix('<?xml version="1.0" encoding="UTF-8"?>')).encode(
            encoding
        )
    assert cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0)) == {(1, 0): "Åsa", (1, 1): "é"}


@pytest.mark.parametrize("at", [60, 200_000])
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_utf16_with_half_a_character_is_told_as_damage(tmp_path, name, at):
    contents = parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=f"<si><t>{'a' * 300_000}</t></si>")
    declared = '<?xml version="1.0" encoding="utf-16"?>'
    text = (declared + contents[name].removeprefix('<?xml version="1.0" encoding="UTF-8"?>')).encode("utf-16")
    at = min(at, len(text) // 4)
    contents[name] = text[: 2 * at] + b"\x00\xdc" + text[2 * at :]
    with pytest.raises(SourceError, match="not all text in its encoding"):
        cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0))


def test_strict_workbooks_are_read(tmp_path):
    contents = parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>a</t></si>")
    contents = {
        name: text.replace(MAIN, STRICT).replace(DOCUMENT, "http://purl.oclc.org/ooxml/officeDocument/relationships")
        for name, text in contents.items()
    }
    assert cells(XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0)) == {(1, 0): "a"}


# Hostile files -------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_a_workbook_is_refused_by_what_it_is(tmp_path):
    path = tmp_path / "book.xlsx"
    for start, message in [
        (b"id,name\n1,Ada\n", "not a workbook: it begins with b'id,name"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old .xls"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"PK\x03\x04 cut", "cut short"),
        (b"", "not a workbook"),
    ]:
        path.write_bytes(start)
        with pytest.raises(SourceError, match=message):
            XlsxSource(path)
    with pytest.raises(SourceError, match="No such file"):
        XlsxSource(tmp_path / "none.xlsx")


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_a_missing_part_is_named(tmp_path, name):
    contents = parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    del contents[name]
    with pytest.raises(
        SourceError, match="not an Excel workbook" if name == "xl/workbook.xml" else f"lacks its part '{name}'"
    ):
        XlsxSource(write(tmp_path / "made.xlsx", contents))


def test_a_binary_workbook_is_refused(tmp_path):
    contents = {"_rels/.rels": relations(("officeDocument", "xl/workbook.bin")), "xl/workbook.bin": "x"}
    with pytest.raises(SourceError, match="binary workbook"):
        XlsxSource(write(tmp_path / "made.xlsx", contents))


@pytest.mark.parametrize("at", range(5, 95, 10))
def test_a_file_cut_anywhere_is_refused(tmp_path, at):
    whole_file = staff(tmp_path).read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole_file[: len(whole_file) * at // 100])
    with pytest.raises(SourceError, match="cut short"):
        XlsxSource(path)


def test_a_damaged_part_is_named(tmp_path):
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row * 7919 % 1000}</v></c></row>' for row in range(1, 20_000))
    path = write(tmp_path / "made.xlsx", parts(rows), zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"<v>", 0, data.find(b"</worksheet>"))
    data[at + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"damaged at 'xl/worksheets/sheet1.xml' \(Bad CRC-32"):
        whole(XlsxSource(path, header_row=0))


@pytest.mark.parametrize("field", ["CRC", "file_size"])
def test_a_part_that_inflates_to_other_bytes_than_promised_is_named(tmp_path, field):
    path = staff(tmp_path)
    with zipfile.ZipFile(path) as archive:
        promised = getattr(archive.getinfo("xl/worksheets/sheet1.xml"), field).to_bytes(4, "little")
    data = bytearray(path.read_bytes())
    data[data.rfind(promised)] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"damaged at 'xl/worksheets/sheet1.xml' \(Bad CRC-32 or size"):
        whole(XlsxSource(path))


def test_an_encrypted_part_is_refused(tmp_path):
    path = write(tmp_path / "made.xlsx", parts())
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 1)
    path.write_bytes(data)
    with pytest.raises(SourceError, match="without a password"):
        XlsxSource(path)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"]
)
def test_document_types_and_their_entities_are_refused(tmp_path, name):
    contents = parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>a</t></si>")
    text = contents[name]
    at = text.find(">") + 1 if text.startswith("<?") else 0
    contents[name] = text[:at] + BOMB + text[at:]
    with pytest.raises(SourceError, match=r"declares a document type.*save it again"):
        XlsxSource(write(tmp_path / "made.xlsx", contents), header_row=0)


@pytest.mark.parametrize(
    "end",
    [
        "",
        "</row>",
        "</sheetData>",
        "<row r='8'><c r='A8'><v>&unknown;</v></c></row>" + TAIL,
        "<v></row>" + TAIL,
        "\x01" + TAIL,
        TAIL + "x",
    ],
)
def test_broken_xml_is_refused_with_the_row(read, end):
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 8))
    with pytest.raises(SourceError, match=r"sheet 'Q3' of 'made\.xlsx' is broken near row [78]"):
        read(sheet=HEAD + rows + end)


def test_a_bomb_in_one_cell_is_refused_before_it_fills_the_memory(tmp_path):
    path = write(tmp_path / "bomb.xlsx", parts(f'<row r="1"><c r="A1" t="str"><v>{"0" * (80 << 20)}</v></c></row>'))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(SourceError, match="more than 64 MB in one row near cell A1"):
        XlsxSource(path)


def test_a_bomb_in_one_tag_is_refused(tmp_path):
    path = write(tmp_path / "bomb.xlsx", parts(f'<row r="1"><c r="A1" a="{"0" * (80 << 20)}"/></row>'))
    with pytest.raises(SourceError, match=r"a tag of more than 1 MB near row [01]"):
        XlsxSource(path)


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/styles.xml"])
def test_a_part_that_is_read_whole_has_a_limit(tmp_path, name):
    contents = parts()
    contents[name] += " " * (65 << 20)
    with pytest.raises(SourceError, match=f"'{name}' in 'bomb.xlsx' inflates to more than 64 MB"):
        XlsxSource(write(tmp_path / "bomb.xlsx", contents))


def test_shared_strings_have_a_limit(tmp_path):
    path = write(tmp_path / "bomb.xlsx", parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si/>"))
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02", data.rfind(b"xl/sharedStrings.xml") - 60)
    data[at + 24 : at + 28] = struct.pack("<L", 2 << 30)
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"the shared strings of 'bomb\.xlsx' are larger than 1 GiB"):
        XlsxSource(path, header_row=0)


def test_a_list_of_too_many_parts_is_refused(tmp_path):
    path = write(tmp_path / "bomb.xlsx", parts())
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<L", 64 << 20)
    path.write_bytes(data)
    with pytest.raises(SourceError, match="list of parts of 64 MB"):
        XlsxSource(path)


def test_frames_of_a_workbook_are_text(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["number", "share", "date", "time", "text", "yes", "span"])
    book.active.append([7, 0.125, dt.date(2025, 1, 31), dt.time(8, 30), "007", True, dt.timedelta(hours=30)])
    book.active["B2"].number_format = numbers.FORMAT_PERCENTAGE
    book.active["A3"] = "=A2+1"
    book.save(tmp_path / "book.xlsx")
    [chunk] = XlsxSource(tmp_path / "book.xlsx").chunks(10)
    assert chunk.frame.rows() == [
        ("7", "0.125", "2025-01-31", "08:30:00", "007", "TRUE", "30:00:00"),
        (None, None, None, None, None, None, None),
    ]
    assert chunk.faults.select("row", "position", "rule").rows() == [(3, 0, "formula-unsaved")]
    assert set(chunk.frame.dtypes) == {pl.String}


def test_a_workbook_with_two_parts_of_one_name_is_refused_if_they_differ(tmp_path):
    made = write(tmp_path / "a.xlsx", parts('<row r="1"><c r="A1"><v>1</v></c></row>'))
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/styles.xml", archive.read("xl/styles.xml"))
    assert cells(XlsxSource(made, header_row=0)) == {(1, 0): "1"}
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", HEAD + '<row r="1"><c r="A1"><v>2</v></c></row>' + TAIL)
    with pytest.raises(SourceError, match=r"'a.xlsx' has two parts of the name .*, which differ"):
        XlsxSource(made)
