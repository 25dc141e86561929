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
from sources_contract import CONTRACT, whole

from importer.errors import SheetNotFoundError, SourceError
from importer.sources import open_source
from importer.sources._xlsx import Sheet, XlsxSource, list_sheets
from importer.sources._xlsx_styles import Kind, format_kind

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
    """Text of the only cell of a sheet; a second one keeps the sheet from being empty."""

    def reader(cell, **options):
        return read(f'<row r="5">{cell}<c r="B5"><v>0</v></c></row>', **options).get((5, 0))

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
    usual = '<row r="{0}" spans="1:4"><c r="A{0}"><v>{0}</v></c><c r="B{0}" t="s"><v>{1}</v></c><c r="D{0}"><v>.5</v></c></row>'
    rows = [(odd if row % 4_000 == 7 else usual).format(row, row % 3) for row in range(3, 20_000) if row % 10]
    head = '<row r="1">' + "".join(f'<c r="{x}1" t="inlineStr"><is><t>{x}</t></is></c>' for x in "ABCD") + "</row>"
    strings = "<si><t>one</t></si><si><t>two &amp; more</t></si><si><r><t>thr</t></r><r><t>ee</t></r></si>"
    return write(folder / "tall.xlsx", parts(head + "".join(rows), strings=strings))


def prefixed(folder):
    rows = "".join(
        f'<x:row r="{row}"><x:c r="A{row}" t="str"><x:v>v{row}</x:v></x:c><x:c r="C{row}"><x:v>{row}</x:v></x:c></x:row>\n'
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


@pytest.mark.parametrize("promise", CONTRACT, ids=lambda promise: promise.__name__)
def test_a_workbook_keeps_the_promises_of_a_source(promise, opened):
    promise(opened)


def test_a_title_above_and_a_note_beside_the_table_are_told_from_it(tmp_path):
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


def test_nothing_runs_on_when_reading_ends_early(tmp_path):
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
        ('<c r="A5" t="inlineStr"><is><r><t>ri</t></r><r><rPr/><t>ch</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>', "rich"),
        ('<c r="A5" t="str"><v>a_x000D_b_x005F_x0041_ _x00zz_ _xD83D__xDE00_ _xD83D_</v></c>', "a\rb_x0041_ _x00zz_ 😀 _xD83D_"),
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


def test_shared_strings_are_told_by_number(read):
    strings = [
        "<si><t>plain</t></si>",
        '<si><t xml:space="preserve"> kept </t></si>',
        "<si><t> not kept </t></si>",
        "<si><t/></si>",
        "<si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh sb='0' eb='1'><t>phonetic</t></rPh></si>",
        "<si><t>a &amp;amp; b_x000A_c</t><phoneticPr fontId='1'/></si>",
        "<si><t><![CDATA[<si>]]></t></si>",
        "<si/>",
        "<si><t>last 😀</t></si>",
    ]
    row = "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCDEFGHI"))
    expected = ["plain", " kept ", "not kept", "", "rich", "a &amp; b\nc", "<si>", "", "last 😀"]
    for kept in (slice(None), slice(0, 6)):
        found = read(f'<row r="1">{row}</row>' if kept == slice(None) else f'<row r="1">{row[:6 * 30]}</row>',
                     strings="\n".join(strings[kept])) if kept == slice(None) else None
        if found is not None:
            assert [found.get((1, at)) for at in range(9)] == expected
