"""Laws of reading workbooks: both paths give the same cells, and what goes in comes out."""

from __future__ import annotations

import datetime as dt
import io
import math
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_xlsx import MAIN, cells, parts, write

from importer.core._chunk import letter
from importer.errors import SourceError
from importer.sources.xlsx import _strings
from importer.sources.xlsx._sheet import SheetXml
from importer.sources.xlsx._source import XlsxSource
from importer.sources.xlsx._strings import SharedStrings, string_tables
from importer.sources.xlsx.book import _blocks
from importer.sources.xlsx.book._blocks import Cutter
from importer.sources.xlsx.book._xml import BLANKS
from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._kinds import Kind
from importer.sources.xlsx.cells._numbers import numbers
from importer.sources.xlsx.cells._styles import read_styles
from importer.sources.xlsx.cells._values import Texts
from importer.sources.xlsx.exact._sheet_parser import SheetParser
from importer.sources.xlsx.exact._strings_parser import StringsParser
from importer.sources.xlsx.fast import _fast_path
from importer.sources.xlsx.fast._fast_path import MOST_COLUMNS, FastPath
from importer.sources.xlsx.fast._strings import fast_strings

PROLOGUE = f'<worksheet xmlns="{MAIN}" xmlns:a="urn:a"><sheetData>'.encode()
CODES = ("00000", "[=0]?;[h]:mm", "[<9]0-00;yyyy-mm-dd;", "(00) 00", "#,##0.00 [$€-407]", "General", "[$-409]h:mm;@")
STYLES = read_styles(
    (
        f'<styleSheet xmlns="{MAIN}"><numFmts>'
        + "".join(
            f'<numFmt numFmtId="{at}" formatCode="{code.replace("<", "&lt;")}"/>' for at, code in enumerate(CODES, 200)
        )
        + '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/>'
        + "".join(f'<xf numFmtId="{at}"/>' for at in range(200, 200 + len(CODES)))
        + "</cellXfs></styleSheet>"
    ).encode(),
    "",
)


class Sheet(NamedTuple):
    """A sheet's prologue, its prefix and its rows."""

    prologue: bytes
    prefix: str
    rows: bytes


MARKED = "it's|a>b|&amp;|&lt;b&gt;|&#10;x|x&#xA;|&#233;|_x000D_|]]&gt;|]]>|<![CDATA[<c]]>|<!-- c -->|&|&none;"
TEXTS = st.sampled_from([*"a1é漢😀\t\n\xa0", "", "x y", " lead", "trail ", "\r\n", "\x01", *MARKED.split("|")])
NUMBERS = st.sampled_from(
    ["1", "0", "0.0", "2013", "-5", "0.1", "5.0999999999999996", "1E3", "007", "", "-0", "x", "12345678901234567890"]
)
STYLE = st.sampled_from(["", ' s="0"', ' cm="1"', ' s="99"', *(f' s="{at}"' for at in range(1, 3 + len(CODES)))])


@st.composite
def contents(draw, reference):
    """One cell as some program writes it."""
    place = f' r="{reference}"'
    style, number, text = draw(STYLE), draw(NUMBERS), draw(TEXTS)
    formula = draw(
        st.sampled_from(
            ["<f>A1&amp;B1</f>", '<f t="shared" ref="A1:B2" si="0">A1</f>', '<f t="shared" si="3"/>', '<f ca="1"/>']
        )
    )
    return draw(
        st.sampled_from(
            [f"<c{place}{style}><v>{number}</v></c>"] * 4
            + [
                f'<c{place}{style} t="n"><v>{number}</v></c>',
                f'<c{place}{style} t="s"><v>7</v></c>',
                f'<c{place} t="s"{style}><v>7</v></c>',
                f'<c{place}{style} t="str"><v>{text}</v></c>',
                f'<c{place}{style} t="inlineStr"><is><t>{text}</t></is></c>',
                f'<c{place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
                f'<c{place} t="b"><v>1</v></c>',
                f'<c{place} t="e"><v>#N/A</v></c>',
                f"<c{place}{style}>{formula}<v>{number}</v></c>",
                f'<c{place} t="str">{formula}<v>{text}</v></c>',
                f"<c{place}>{formula}</c>",
                f"<c{place}>{formula}<v/></c>",
                f"<c{place}{style}/>",
                f"<c{place}{style} />",
                f"<c{place}></c>",
                f"<c{place}><v/></c>",
                f"<c{place}><v></v></c>",
                f"<c{place}>\n  <v>{number}</v>\n</c>",
                f"<c{style}{place}><v>{number}</v></c>",
                f"<c{style}><v>{number}</v></c>",
                f"<c  r='{reference}'><v>{number}</v></c>",
                f'<c{place} a="b>c"><v>{number}</v></c>',
                f"<c{place}><v>{number}</v><extLst/></c>",
                f'<c{place} t="inlineStr"><is><r><t>{text}</t></r><rPh><t>p</t></rPh></is></c>',
            ]
        )
    )


@st.composite
def sheets(draw):
    """Rows as some program writes them; odd ones among usual ones."""
    row = draw(st.sampled_from([0, 8, 98]))
    kept = draw(
        st.sampled_from(["", ' spans="1:3"', ' ht="15.5" customHeight="1"', ' a:dy="0.25"', ' hidden="1"', ' ht="0"'])
    )
    between = draw(st.sampled_from(["", "", "\n", "\r\n", " <!-- c --> "]))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row += draw(st.sampled_from([1, 1, 1, 3]))
        places = sorted(draw(st.sets(st.sampled_from([0, 1, 2, 3, 25, 26, 27, 701, 702, 16_383]), max_size=4)))
        filled = "".join(draw(contents(f"{letter(place)}{row}")) for place in places)
        hidden = draw(st.sampled_from(["", "", "", ' hidden="true"']))
        tag = draw(
            st.sampled_from(
                [f'<row r="{row}"{kept}>'] * 6
                + [f'<row r="{row}"{hidden}>'] * 2
                + [f'<row{kept} r="{row}">', f"<row{kept}>", f"<row r='{row}'>"]
            )
        )
        empty = draw(st.sampled_from([f'<row r="{row}"{kept}/>', f'<row r="{row}"></row>'])) if not filled else ""
        rows.append(empty or f"{tag}{filled}</row>{between}")
    prologue = PROLOGUE.decode()
    text = "".join(rows).rstrip()
    if draw(st.sampled_from([False, False, False, True])):
        prologue = prologue.replace("<", "<x:").replace("xmlns=", "xmlns:x=")
        for tag in ("row", "c", "v", "is", "t", "f", "r"):
            text = (
                text.replace(f"<{tag} ", f"<x:{tag} ")
                .replace(f"<{tag}>", f"<x:{tag}>")
                .replace(f"<{tag}/>", f"<x:{tag}/>")
            )
            text = text.replace(f"</{tag}>", f"</x:{tag}>")
        return Sheet(prologue.encode(), "x:", text.encode())
    return Sheet(prologue.encode(), "", text.encode())


TAGS = """< > " ' / & = 0 7 A x: <v> </v> </c> /> </row> <is><t> </t></is> <f> </f> <f/> <!----> <![CDATA[ ]]> &amp;"""
SPACED = ['<c r="', '<row r="', '<row r="5"/>', ' r="5"', ' t="s"', ' s="1"', " ", "\n", "<?p?>"]
PIECES = st.sampled_from([b"\xff", b"\xef\xbf\xbf", b"\0", *map(str.encode, [*TAGS.split(), *SPACED])])


@st.composite
def damaged(draw, sheet):
    """The sheet with some bytes put in, left out, or repeated."""
    rows = draw(sheet)
    data = rows.rows
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        source = draw(st.integers(0, len(data)))
        piece = draw(st.one_of(PIECES, st.just(b""), st.just(data[source : source + 4 * length])))
        data = data[:at] + piece + data[at + (length if not piece else 0) :]
    return rows._replace(rows=data)


TABLE = Texts(lambda _: pl.Series([f"string {at}" for at in range(9)]), date1904=False, formats=STYLES.formats)


def exactly(sheet):
    """Text of each cell, and what became of it, by the real parser; None where it refuses the rows."""
    parser = SheetParser("", STYLES.kinds)
    try:
        parser.feed(sheet.prologue)
        parser.feed(sheet.rows)
    except SourceError:
        return None
    if not parser.resting:
        return None
    found = parser.take()
    try:
        made = TABLE(found)
    except SourceError as exc:
        return str(exc)
    return shown(zip(found["row"], found["position"], *made, strict=True), parser.hidden)


def kinds_of(grid, name):
    kinds = grid.kinds[name]
    return kinds if isinstance(kinds, pl.Series) else [kinds] * len(grid.rows)


def shown(cells, hidden):
    """The cells that are worth something: their text, what became of them, and whether their row is hidden."""
    return {
        (row, position): (text, kind, row in hidden)
        for row, position, text, kind in cells
        if text is not None or kind == Kind.UNSAVED
    }


def shown_in(grids):
    """The same of grids."""
    cells = [
        (row, int(name), text, kind)
        for grid in grids
        for name in grid.frame.columns
        for row, text, kind in zip(grid.rows, grid.frame[name], kinds_of(grid, name), strict=True)
    ]
    return shown(cells, {row for grid in grids for row in grid.hidden})


def quickly(sheet):
    """The same by the fast path; None where it does not understand them."""
    try:
        found = FastPath(sheet.prologue, sheet.prefix, STYLES.kinds, TABLE)(sheet.rows)
    except SourceError as exc:
        return str(exc)
    if found is None:
        return None
    return shown_in(found.grids)


@pytest.mark.parametrize("most_columns", [0, MOST_COLUMNS], ids=["by cell", "by column"])
@settings(max_examples=150)
@given(sheets())
def test_the_fast_path_gives_the_same_cells_as_the_exact_one(most_columns, sheet):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fast_path, "MOST_COLUMNS", most_columns)
        found = quickly(sheet)
    assert found is None or found == exactly(sheet)


def test_a_dot_in_a_prefix_stands_for_itself():
    cell = '<x.y:c r="A1"><x.y:v>1</x.y:v></x.y:c>'
    prologue = '<x.y:worksheet xmlns:x.y="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x.y:sheetData>'
    sheet = Sheet(prologue.encode(), "x.y:", f'<x.y:row r="1">{cell}</x.y:row>'.encode())
    assert quickly(sheet) == exactly(sheet) == {(1, 0): ("1", Kind.NUMBER, False)}
    for part in (b"<x.y:c r", b"</x.y:row>"):
        assert quickly(sheet._replace(rows=sheet.rows.replace(part, part.replace(b".", b"-")))) is None


@settings(max_examples=300)
@given(damaged(sheets()))
@example(Sheet(PROLOGUE, "", b'<row r="0"></row>'))
@example(Sheet(PROLOGUE, "", b'<row r="-1"></row>'))
def test_the_fast_path_understands_every_byte_or_nothing(sheet):
    found = quickly(sheet)
    assert found is None or found == exactly(sheet)


USUAL = {
    "Excel": '<row r="{0}" spans="1:4" x14ac:dyDescent="0.25"><c r="A{0}" s="1" t="s"><v>0</v></c>'
    '<c r="B{0}"><v>1.5</v></c>'
    '<c r="C{0}" s="2"/><c r="D{0}" t="str"><f t="shared" si="0"/><v>a &amp; b</v></c></row><row r="{1}" spans="1:4"/>',
    "openpyxl": '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>a</t></is></c><c r="B{0}" t="n"><v>1</v></c>'
    '<c r="C{0}" s="1" />'
    '<c r="D{0}"><f>A1+B1</f><v></v></c><c r="E{0}"><f>A1</f><v /></c></row>',
    "XlsxWriter": '<row r="{0}" spans="1:2"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}" s="1"><v>45688</v></c>'
    '<c r="C{0}" t="inlineStr"><is><t xml:space="preserve"> a</t></is></c></row>',
    "LibreOffice": '<row r="{0}" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" '
    'collapsed="false"><c r="A{0}" s="0" t="n"><v>1</v></c>'
    '<c r="B{0}" s="0" t="n"><f aca="false">A1*2</f><v>2</v></c></row>',
    "POI": '<row r="{0}">\n<c r="A{0}" t="inlineStr"><is><t>a</t></is></c><c r="B{0}" t="n"><v>1.0</v></c></row>\n',
    "another": '<row collapsed="false" r="{0}"><c r="A{0}" t="b"><v>1</v></c><c r="AB{0}" t="e"><v>#N/A</v></c></row>',
}


@pytest.mark.parametrize("program", USUAL)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_the_fast_path_understands_what_usual_programs_write(program, prefix):
    rows = "".join(USUAL[program].format(row, row + 1) for row in range(8, 200, 2))
    rows = rows[: rows.rindex("</row>") + len("</row>")]
    if prefix:
        rows = rows.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:")
    prologue = f'<{prefix}worksheet xmlns{":x" if prefix else ""}="{MAIN}" xmlns:x14ac="urn:a"><{prefix}sheetData>'
    sheet = Sheet(prologue.encode(), prefix, rows.encode())
    assert quickly(sheet) == exactly(sheet) != {}


STRINGS = [
    *["<si><t>{}</t></si>"] * 3,
    '<si><t xml:space="preserve">{}</t></si>',
    "<si/>",
    "<si><t/></si>",
    "\n",
    "<si><r><t>a</t></r><r><t>{}</t></r></si>",
    "<si><t>{}</t><phoneticPr/></si>",
    "<si ><t>{}</t></si>",
]
MISPLACED = st.one_of(
    PIECES, st.sampled_from([b"<si>", b"</si>", b"<si >", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<x>"])
)
SST = f'<sst xmlns="{MAIN}">'.encode()


@st.composite
def shared_strings(draw):
    """Strings as some program writes them, now and then with something out of place."""
    items = "".join(draw(st.sampled_from(STRINGS)).format(draw(TEXTS)) for _ in range(draw(st.integers(0, 4)))).encode()
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(items)))
        items = items[:at] + draw(MISPLACED) + items[at:]
    return items


TWO = '<si><t xml:space="preserve">a</t></si>{}<si><t>a</t></si>'
BALANCED = "<si><x><si><t>b</t></si><si></si></x></si><si ><t>q</t></si>"


@settings(max_examples=200)
@given(shared_strings())
@example(TWO.format("<").encode())
@example(TWO.format("<is><t>").encode())
@example(TWO.format("&").encode())
@example(BALANCED.encode())
def test_shared_strings_are_the_same_by_both_paths(items):
    found = fast_strings(items, SST, "", "")
    if found is not None:
        parser = StringsParser("")
        parser.feed(SST + items)
        assert parser.resting
        assert found.to_list() == parser.take().to_list()


@contextmanager
def small_blocks():
    """Blocks end at any row or string, and where there is none for long, anywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blocks, "_HEAD_BYTES", 16)
        patch.setattr(_blocks, "_ROW_BYTES", 64)
        patch.setattr(_strings, "_FIRST_BYTES", 16)
        patch.setattr(_strings, "_BLOCK_BYTES", 16)
        yield


def by_exact_strings(document):
    parser = StringsParser("")
    parser.feed(document, last=True)
    return parser.take().to_list()


def by_blocks_of_strings(document):
    tables = string_tables(_blocks.Cutter(io.BytesIO(document), "sst", ""), "")
    return [text for table in tables for text in table]


def outcome(read, document):
    try:
        return read(document)
    except SourceError:
        return "refused"


@settings(max_examples=200)
@given(shared_strings())
@example(b"<si><t>a</t></si><!-- </si><si><t>no</t></si> --><si><t>b</t></si>")
@example(b"<si><t>a</t></si><![CDATA[ </si><si><t>no</t></si> ]]><si><t>b</t></si>")
@example(b"<si><t>a</t></si><x><si><t>no</t></si></x><si><t>b</t></si>")
@example(TWO.format("<").encode())
def test_blocks_of_strings_are_read_as_the_whole_part_is(items):
    document = SST + items + b"</sst>"
    with small_blocks():
        found = outcome(by_blocks_of_strings, document)
    assert found == outcome(by_exact_strings, document)


def by_exact_rows(document):
    parser = SheetParser("", STYLES.kinds)
    parser.feed(document, last=True)
    found = parser.take()
    return shown(zip(found["row"], found["position"], *TABLE(found), strict=True), parser.hidden)


def by_blocks_of_rows(document):
    strings = TABLE._strings
    sheet = SheetXml(path=Path(), part="", where="", styles=STYLES, strings=strings, date1904=False)
    cutter = _blocks.Cutter(io.BytesIO(document), "sheetData", "")
    fast = sheet._fast(cutter)
    ahead = ((block, done(fast, block)) for block in cutter.blocks(b"</row>", first=16, size=16))
    return shown_in([grid for grid, _ in sheet._in_order(cutter, ahead)])


def done(read, block):
    future = Future()
    try:
        future.set_result(read(block))
    except SourceError as exc:
        future.set_exception(exc)
    return future


ROW = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
APART = ROW.format(1) + "{}" + ROW.format(2) + "{}" + ROW.format(3)


@settings(max_examples=200)
@given(damaged(sheets()))
@example(Sheet(PROLOGUE, "", APART.format("<!--", "-->").encode()))
@example(Sheet(PROLOGUE, "", APART.format("<![CDATA[", "]]>").encode()))
@example(Sheet(PROLOGUE, "", APART.format("<x>", "</x>").encode()))
@example(Sheet(PROLOGUE, "", APART.format("<", "").encode()))
def test_blocks_of_rows_are_read_as_the_whole_sheet_is(sheet):
    prefix = sheet.prefix.encode()
    document = sheet.prologue + sheet.rows + b"</%bsheetData></%bworksheet>" % (prefix, prefix)
    with small_blocks():
        found = outcome(by_blocks_of_rows, document)
    assert found == outcome(by_exact_rows, document)


# Values --------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_keeps_its_value_in_as_few_digits_as_can_be(values):
    texts = numbers(pl.Series([f"{value:.17g}" for value in values])).to_list()
    assert list(map(float, texts)) == values
    for value, text in zip(values, texts, strict=True):
        assert not text.endswith(".0")
        assert "e" not in text or not value.is_integer() or abs(value) >= 1e17
        # A whole number beyond 2 ** 53 is written with all of its digits.
        assert digits(text) == digits(repr(value)) or (value.is_integer() and abs(value) > 2**53)


def digits(number):
    return number.split("e")[0].replace(".", "").strip("-0")


@given(st.lists(st.integers(), min_size=1))
def test_whole_numbers_of_any_length_stay_as_they_are(values):
    assert numbers(pl.Series(list(map(str, values)))).to_list() == list(map(str, values))


@given(st.lists(st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)), min_size=1), st.booleans())
def test_a_serial_is_the_moment_it_was_made_from(values, date1904):
    values = [value.replace(microsecond=value.microsecond // 1_000 * 1_000) for value in values]
    first = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30)
    values = [max(value, first) for value in values]
    serials = pl.Series([(value - first) / dt.timedelta(days=1) for value in values])
    made = moments(serials, Kind.DATETIME, date1904=date1904).to_list()
    assert made == [value.isoformat(timespec="milliseconds" if value.microsecond else "seconds") for value in values]


# Round trips ---------------------------------------------------------------------------------------------------------


def is_legal(text):
    return "_x" not in text and not any(ord(unit) < 32 and unit not in "\t\n" for unit in text)


LEGAL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\r"), min_size=1, max_size=12)
VALUES = st.one_of(
    LEGAL.filter(is_legal).filter(lambda text: not text.startswith("=")),
    st.sampled_from([" a ", "<b>&amp;", "a\nb", "007", "漢字", "😀\U0010fffd", "'", '"', "\u2028"]),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.15g}")),
    st.booleans(),
    st.dates(dt.date(1900, 3, 1)),
    st.datetimes(dt.datetime(1900, 3, 1)).map(lambda value: value.replace(microsecond=0)),
    st.times().map(lambda value: value.replace(microsecond=0)),
)


def as_text(value):
    match value:
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() else numbers(pl.Series([repr(value)])).item()
        case dt.date() | dt.time():
            return value.isoformat()
        case str() if not value.strip():
            # openpyxl does not mark these to be preserved, so that spreadsheet programs trim them.
            return value.strip(BLANKS)
        case _:
            return str(value)


@settings(max_examples=20)
@given(st.lists(st.lists(st.one_of(st.none(), VALUES), min_size=1, max_size=5), min_size=1, max_size=6))
@example([[" "], ["\xa0\n"]])
def test_what_openpyxl_writes_comes_back(tmp_path_factory, rows):
    book = openpyxl.Workbook()
    for at, values in enumerate(rows, 1):
        for position, value in enumerate(values, 1):
            cell = book.active.cell(at, position, value)
            if isinstance(value, str):
                cell.data_type = "s"
    path = tmp_path_factory.getbasetemp() / "round.xlsx"
    book.save(path)
    expected = {
        (at, position): as_text(value)
        for at, values in enumerate(rows, 1)
        for position, value in enumerate(values)
        if value is not None
    }
    if expected:
        assert filled(cells(XlsxSource(path, header_row=0))) == filled(expected)


def filled(found):
    """Without blanks, which make no row and no column."""
    return {place: text for place, text in found.items() if text.strip()}


@settings(max_examples=15)
@given(st.lists(LEGAL, min_size=1, max_size=20))
def test_shared_strings_of_every_plane_come_back(tmp_path_factory, texts):
    from xml.sax.saxutils import escape

    strings = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts if is_legal(text))
    path = write(tmp_path_factory.getbasetemp() / "strings.xlsx", parts(strings=strings))
    table = SharedStrings(path, "xl/sharedStrings.xml")(len(texts) + 1)
    assert table.to_list() == [text for text in texts if is_legal(text)]


@given(st.binary(max_size=60).map(lambda data: data.replace(b"<", b"")), st.integers(1, 40), st.integers(1, 40))
def test_blocks_are_the_part_cut_into_pieces(data, first, size):
    text = b"<a><sst>" + data.replace(b"&", b"") + b"</si>" + data + b"</si>x"
    cutter = Cutter.__new__(Cutter)
    stream = io.BytesIO(text)
    cutter._stream, cutter._where, cutter._decoder, cutter._rest, cutter._completed = stream, "", None, b"", 0
    blocks = list(cutter.blocks(b"</si>", first=first, size=size))
    assert b"".join(block.data for block in blocks) == text
    assert blocks[-1].completed == len(text)
    ends = [block.completed for block in blocks]
    assert ends == sorted(ends)
    assert math.isclose(sum(len(block.data) for block in blocks), len(text))
