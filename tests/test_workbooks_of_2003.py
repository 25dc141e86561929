"""Workbooks that are one XML file, as Excel 2003 and many exporting programs write them, mostly called .xls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_xlsx import cells

import importer
from importer.errors import SourceError
from importer.sources import open_source
from importer.sources.converted._kinds import kind_of
from importer.sources.converted._spreadsheetml import rewrite_spreadsheetml
from importer.sources.xlsx._source import XlsxSource

if TYPE_CHECKING:
    from pathlib import Path

STYLES = {"d": "Short Date", "t": "h:mm:ss", "e": "[h]:mm", "n": "00000", "p": "Percent", "g": "General Date"}


def document(rows: str, *, before: str = "", after: str = "", name: str = "Orders", head: str = "") -> str:
    styles = "".join(f'<Style ss:ID="{key}"><NumberFormat ss:Format="{code}"/></Style>' for key, code in STYLES.items())
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">'
        f'{head}<Styles><Style ss:ID="Default"/>{styles}<Style ss:ID="c" ss:Parent="d"/></Styles>'
        f'<Worksheet ss:Name="{name}"><Table>{before}{rows}</Table>'
        f'<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">{after}</WorksheetOptions></Worksheet>'
        "</Workbook>"
    )


def row(*made: str, given: str = "") -> str:
    return f"<Row{given}>{''.join(made)}</Row>"


def cell(value: str, kind: str = "String", given: str = "") -> str:
    return f'<Cell{given}><Data ss:Type="{kind}">{value}</Data></Cell>'


HEADER = row(cell("id"), cell("name"), cell("day"))


@pytest.fixture
def saved(tmp_path: Path):
    def save(text: str | bytes, name: str = "export.xls") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return save


def test_an_export_called_xls_is_imported_by_the_rules_of_a_workbook(saved, tmp_path: Path) -> None:
    path = saved(
        document(
            HEADER
            + row(
                cell("7", "Number", ' ss:StyleID="n"'),
                cell("Ada"),
                cell("2024-01-31T00:00:00.000", "DateTime", ' ss:StyleID="d"'),
            )
            + row(
                cell("8", "Number", ' ss:StyleID="n"'),
                cell("Bob &amp; Co"),
                cell("2024-02-01T00:00:00.000", "DateTime", ' ss:StyleID="c"'),
            )
        )
    )
    source = open_source(path)
    assert (source.header.labels, source.book.sheet) == (("id", "name", "day"), "Orders")
    assert [chunk.frame.rows() for chunk in source.chunks(9)] == [
        [("00007", "Ada", "2024-01-31"), ("00008", "Bob & Co", "2024-02-01")]
    ]
    report = importer.load(path, into=tmp_path / "shop.db", listeners=[])
    assert report.progress.created == 2
    assert "'export.xls' is an Excel 2003 workbook in XML, whatever its name says" in report.notes


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (cell("1.5", "Number"), "1.5"),
        (cell("0.25", "Number", ' ss:StyleID="p"'), "0.25"),
        (cell("1", "Boolean"), "TRUE"),
        (cell("#N/A", "Error"), "#N/A"),
        (cell("2024-01-31T13:45:10.250", "DateTime", ' ss:StyleID="g"'), "2024-01-31T13:45:10.250"),
        (cell("2024-01-31T00:00:00.000", "DateTime"), "2024-01-31"),
        (cell("1899-12-31T13:45:10.000", "DateTime", ' ss:StyleID="t"'), "13:45:10"),
        (cell("1900-01-01T06:00:00.000", "DateTime", ' ss:StyleID="e"'), "30:00:00"),
        (cell("7", "String"), "7"),
        (cell(" two&#10;lines "), " two\nlines "),
        ('<Cell><ss:Data ss:Type="String"><html:B>Bold</html:B> and not</ss:Data></Cell>', "Bold and not"),
        ('<Cell><Data ss:Type="String">x</Data><Comment><ss:Data>not me</ss:Data></Comment></Cell>', "x"),
        ("<Cell><Comment><ss:Data>not me</ss:Data></Comment></Cell>", None),
        (cell("12", "Number", ' ss:Formula="=A1"'), "12"),
        ("<Cell/>", None),
    ],
)
def test_a_cell_is_what_excel_shows_of_it(saved, made: str, shown: str | None) -> None:
    source = XlsxSource(rewritten(saved(document(row(cell("a"), cell("b")) + row(cell("k"), made)))), header_row=1)
    [chunk] = source.chunks(9)
    assert chunk.frame.rows() == [("k", shown)]


def test_places_follow_what_is_said_of_them(saved) -> None:
    rows = (
        HEADER + row(cell("x", given=' ss:Index="3"'), given=' ss:Index="4" ss:Hidden="1"') + row(given=' ss:Span="2"')
    )
    rows += row(cell("m", given=' ss:MergeAcross="1" ss:MergeDown="1"'), cell("n"))
    source = XlsxSource(rewritten(saved(document(rows, before='<Column ss:Index="2" ss:Hidden="1"/>'))))
    assert cells(source) == {(4, 2): "x", (8, 0): "m", (8, 2): "n"}
    assert [note.code for note in source.sample(9).notes] == ["merged-cells", "hidden-rows", "hidden-columns"]


def rewritten(path: Path) -> Path:
    target = path.with_suffix(".xlsx")
    rewrite_spreadsheetml(path, target)
    return target


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_its_text_is_in_the_encoding_that_it_names(saved, encoding: str) -> None:
    text = document(HEADER + row(cell("1", "Number"), cell("Jürgen"), cell("x")))
    named = text.replace('version="1.0"', f'version="1.0" encoding="{encoding.removesuffix("-sig")}"')
    assert kind_of(named.encode(encoding)) == "spreadsheetml"
    [chunk] = XlsxSource(rewritten(saved(named.encode(encoding)))).chunks(9)
    assert chunk.frame.rows() == [("1", "Jürgen", "x")]


def test_a_line_end_before_the_declaration_and_a_prefix_make_no_difference(saved) -> None:
    text = document(HEADER + row(cell("1", "Number"), cell("Ada"), cell("x")))
    for tag in ("Workbook", "Worksheet", "Table", "Row", "Cell", "Data"):
        text = text.replace(f"<{tag}", f"<ss:{tag}").replace(f"</{tag}", f"</ss:{tag}")
    assert kind_of(b"\r\n" + text.encode()) == "spreadsheetml"
    [chunk] = XlsxSource(rewritten(saved("\r\n" + text))).chunks(9)
    assert chunk.frame.rows() == [("1", "Ada", "x")]


def test_dates_count_from_1904_where_the_workbook_says_so(saved) -> None:
    head = '<ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook>'
    made = cell("1904-01-01T12:30:00.000", "DateTime", ' ss:StyleID="t"')
    path = saved(document(row(cell("a"), cell("b")) + row(cell("k"), made), head=head))
    [chunk] = XlsxSource(rewritten(path)).chunks(9)
    assert chunk.frame.rows() == [("k", "12:30:00")]


def test_a_hidden_sheet_is_not_the_one_that_is_read(saved) -> None:
    hidden = document(row(cell("no")) + row(cell("x")), after="<Visible>SheetHidden</Visible>", name="Settings")
    shown = document(HEADER + row(cell("1", "Number"), cell("Ada"), cell("x")))
    both = hidden.replace("</Workbook>", shown[shown.index("<Worksheet ") :])
    assert XlsxSource(rewritten(saved(both))).book.sheet == "Orders"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            document(row(cell("a"), given=' ss:Index="5"') + row(cell("b"), given=' ss:Index="2"')),
            "row 2 .* comes after row 5",
        ),
        (
            document(row(cell("a", given=' ss:Index="3"') + cell("b", given=' ss:Index="1"'))),
            "A1 .* comes after one to the right",
        ),
        (document(row(cell("a"), given=' ss:Index="2000000"')), "outside the grid of 1,048,576 rows"),
        (document(row(cell("a", given=' ss:Index="20000"'))), "outside the grid of 16,384 columns"),
        (document(HEADER)[:-40], "is broken near line"),
        (document("<Row>" * 300), "tags inside each other"),
        (document(HEADER).replace("<Workbook", '<!DOCTYPE x [<!ENTITY a "b">]><Workbook', 1), "document type|DOCTYPE"),
    ],
)
def test_a_damaged_or_hostile_one_is_refused_with_its_reason(saved, text: str, why: str) -> None:
    with pytest.raises((SourceError, ValueError), match=why):
        rewritten(saved(text))


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9
)


@given(
    st.lists(st.lists(st.none() | TEXT.filter(str.strip), min_size=3, max_size=3).filter(any), min_size=1, max_size=6)
)
@settings(max_examples=12)
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, table: list[list[str | None]]) -> None:
    from xml.sax.saxutils import escape

    path = tmp_path_factory.mktemp("made") / "made.xls"
    made = "".join(row(*("<Cell/>" if one is None else cell(escape(one)) for one in each)) for each in table)
    path.write_text(document(made), encoding="utf-8")
    found = cells(XlsxSource(rewritten(path), header_row=0))
    wanted = {(at, place): one for at, each in enumerate(table, 1) for place, one in enumerate(each) if one}
    assert found == wanted
