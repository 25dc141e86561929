"""Spreadsheets of OpenDocument (.ods, .fods), which are read by the rules of XLSX."""

from __future__ import annotations

import zipfile
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.errors import SourceError
from importer.sources import list_sheets, open_source
from importer.sources.converted import _ods_sheets
from importer.sources.converted._ods import rewrite_fods, rewrite_ods
from importer.sources.xlsx import XlsxSource
from importer.testing import check_source
from importer.testing._source_contract import whole

SPACES = {
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
MADE_BY_LIBREOFFICE = Path(__file__).parent / "fixtures" / "libreoffice.ods"


def document(sheets, styles="", root="document-content"):
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in SPACES.items())
    return (
        f'<?xml version="1.0"?><office:{root} {spaces} office:mimetype="{MIMETYPE}"><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
        f"</office:{root}>"
    )


def table(rows, name="S", columns=""):
    return f'<table:table table:name="{name}">{columns}{rows}</table:table>'


def row(*cells, **attributes):
    given = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<table:table-row{given}>{''.join(cells)}</table:table-row>"


def cell(kind="string", text="", more="", **values):
    given = "".join(f' office:{name.replace("_", "-")}="{value}"' for name, value in values.items())
    inside = text if text.startswith("<") else f"<text:p>{text}</text:p>" if text else ""
    return f'<table:table-cell office:value-type="{kind}"{given}{more}>{inside}</table:table-cell>'


@pytest.fixture
def ods(tmp_path):
    def write(sheets, styles="", *, name="a.ods", **parts):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", MIMETYPE)
            archive.writestr("content.xml", document(sheets, styles))
            for part, text in parts.items():
                archive.writestr(part.replace("_", "/").replace("/xml", ".xml"), text)
        return path

    return write


def read(path):
    """Cells by place, as in A1, rewritten without a process of its own."""
    target = path.with_suffix(".xlsx")
    rewrite_ods(path, target)
    return filled(XlsxSource(target, header_row=0))


def filled(source):
    found = {}
    for chunk in source.chunks(100):
        for name, cells in zip(source.header.labels, chunk.frame.iter_columns(), strict=True):
            found |= {f"{name[7:]}{at}": text for at, text in zip(chunk.rows, cells, strict=True) if text is not None}
    return found


def test_what_libreoffice_wrote_is_read_as_it_shows_it():
    assert [(sheet.name, sheet.visible) for sheet in list_sheets(MADE_BY_LIBREOFFICE)] == [
        ("S", True),
        ("hidden & odd", False),
        ("empty", True),
    ]
    found = filled(open_source(MADE_BY_LIBREOFFICE, header_row=0))
    assert {place: found[place] for place in found if place.endswith("2")} == {
        "A2": "00007",
        "B2": "555-0123",
        "C2": "00042",
        "D2": "00043",
        "E2": "-1.5",
        "F2": "0.125",
        "G2": "30:05:00.250",
        "H2": "13:05:00",
        "I2": "2025-01-31T08:30:00.130",
        "J2": "1904-10-14",
        "K2": "TRUE",
        "L2": "#N/A",
        "M2": "Err:511",
        "N2": "2",
        "O2": "0.3",
    }
    assert found["A1"] == "ab"
    assert found["C1"] == "x   yz boldlink"
    assert [found[f"A{at}"] for at in (3, 4, 5)] == ["same"] * 3
    assert len(found) == 23


def test_a_spreadsheet_keeps_the_promises_of_a_source():
    check_source(lambda: open_source(MADE_BY_LIBREOFFICE, header_row=1))


def test_it_is_read_whatever_its_name_also_as_one_xml_file(ods, tmp_path):
    rows = table(row(cell(text="id"), cell(text="n")) + row(cell(text="a"), cell("float", value="7")))
    assert whole(open_source(ods(rows, name="a.xlsx")))[0] == [("a", "7")]
    (tmp_path / "flat.xml").write_text(document(rows, root="document"))
    assert whole(open_source(tmp_path / "flat.xml"))[0] == [("a", "7")]


def test_it_is_imported_with_notes_and_corrections_as_any_workbook(ods, tmp_path):
    rows = row(cell(text="id"), cell(text="day")) + row(cell(text="a"), cell("date", date_value="2025-01-31"))
    rows += row(cell(text="b"), cell(text="soon"), visibility="collapse")
    report = importer.load(
        ods(table(rows)), into=tmp_path / "a.db", key="id", corrections={(3, "day"): "2025-02-01"}, listeners=[]
    )
    assert (report.progress.created, report.progress.rejected) == (2, 0)
    assert "a hidden row is imported: 3" in str(report) or "hidden row" in str(report)


NO = "<text:p>no</text:p>"
RUBY = "<text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text></text:ruby>"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (cell("float", value="12345678901234567"), "12345678901234567"),
        (cell("float", value="1E+300"), "1e300"),
        (cell("float", value="0.1"), "0.1"),
        (cell("float", value="abc"), "abc"),
        (cell("float", text="7"), "7"),
        (cell("percentage", value="0.07", text="7%"), "0.07"),
        (cell("currency", value="12.5", currency="EUR"), "12.5"),
        (cell("boolean", boolean_value="false"), "FALSE"),
        (cell("float", value="1", text="WAHR", more=' table:formula="of:=A1=A1"'), "TRUE"),
        (cell("date", date_value="2025-01-31T00:00:00"), "2025-01-31"),
        (cell("date", date_value="2025-01-31T23:59:59.9999"), "2025-01-31T23:59:59.9999"),
        (cell("date", date_value="0044-03-15"), "0044-03-15"),
        (cell("date", date_value="31.1.2025"), "31.1.2025"),
        (cell("time", time_value="PT08H30M00S"), "08:30:00"),
        (cell("time", time_value="PT100H00M00S"), "100:00:00"),
        (cell("time", time_value="P1DT1H"), "25:00:00"),
        (cell("time", time_value="-PT1H"), "-PT1H"),
        (cell(text="<text:p>a</text:p><text:p/><text:p>b</text:p>"), "a\n\nb"),
        (cell(text='<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d</text:p>'), "a  b\tc\nd"),
        (cell(text="<text:p> a  b </text:p>"), " a  b "),
        (cell(text="<text:p>a<office:annotation><text:p>no</text:p></office:annotation></text:p>"), "a"),
        (cell(text="<office:annotation><dc:date>1</dc:date>" + NO + "</office:annotation><text:p>a</text:p>"), "a"),
        (cell(text=f"<draw:frame><draw:text-box>{NO}</draw:text-box></draw:frame><text:p>a</text:p>"), "a"),
        (cell(text=f"<text:p>{RUBY}</text:p>"), "漢"),
        (cell(text="<text:p><text:span>a</text:span><text:a>b</text:a><text:title>c</text:title></text:p>"), "abc"),
        (cell(text="<text:p>_x000D_&lt;b&gt; &amp;amp;</text:p>"), "_x000D_<b> &amp;"),
        (cell(text="shown", string_value="meant"), "meant"),
        (cell(text="#DIV/0!", string_value="", more=' calcext:value-type="error"'), "#DIV/0!"),
        (cell(text="#NOM ?", string_value="", more=' calcext:value-type="error"'), "#VALUE!"),
        (cell(text="=1+1"), "=1+1"),
    ],
)  # fmt: skip
def test_a_cell_is_its_value(made, text, ods):
    assert read(ods(table(row(cell(text="x"), made)))) == {"A1": "x", "B1": text}


EMBEDDED = '<number:embedded-text number:position="4">-</number:embedded-text>'
FORMATS = {
    "leading zeros": ('<number:number number:min-integer-digits="5" number:decimal-places="0"/>', "7", "00007"),
    "text between digits": (
        f'<number:number number:min-integer-digits="7" number:decimal-places="0">{EMBEDDED}</number:number>',
        "5550123",
        "555-0123",
    ),
    "text before and behind": (
        '<number:text>PO </number:text><number:number number:min-integer-digits="4" number:decimal-places="0"/>',
        "12",
        "PO 0012",
    ),
    "grouping": ('<number:number number:grouping="true" number:min-integer-digits="1"/>', "1234567", "1234567"),
    "exponent": ('<number:scientific-number number:min-exponent-digits="2"/>', "1234567", "1234567"),
}


@pytest.mark.parametrize(("parts", "value", "text"), FORMATS.values(), ids=FORMATS)
def test_a_number_is_what_its_format_shows(parts, value, text, ods):
    styles = f'<number:number-style style:name="N">{parts}</number:number-style>'
    styles += '<style:style style:name="one" style:family="table-cell" style:data-style-name="N"/>'
    styles += '<style:style style:name="two" style:family="table-cell" style:parent-style-name="one"/>'
    columns = '<table:table-column/><table:table-column table:default-cell-style-name="two"/>'
    number = cell("float", value=value)
    own = cell("float", value=value, more=' table:style-name="one"')
    path = ods(
        table(row(own, number) + row("<table:table-cell/>", number, default_cell_style_name="one"), columns=columns),
        styles,
    )
    assert read(path) == {"A1": text, "B1": text, "B2": text}


def test_styles_of_the_whole_document_count_too(ods):
    styles = (
        '<number:number-style style:name="N"><number:number number:min-integer-digits="3" number:decimal-places="0"/>'
    )
    styles += (
        '</number:number-style><style:style style:name="one" style:family="table-cell" style:data-style-name="N"/>'
    )
    path = ods(table(row(cell("float", value="7", more=' table:style-name="one"'))), styles_xml=document("", styles))
    assert read(path) == {"A1": "007"}


def test_a_formula_without_a_saved_value_is_told(ods):
    rows = row(cell(text="id"), cell(text="n"))
    rows += row(cell(text="a"), '<table:table-cell table:formula="of:=1+1"/>') + row(
        cell(text="b"), cell("float", value="1")
    )
    source = open_source(ods(table(rows)))
    assert [note.code for note in source.sample(10).notes] == ["formula-unsaved"]


def test_what_was_deleted_or_belongs_to_other_files_is_no_cell(ods):
    deleted = "<table:tracked-changes><table:deletion><table:table-cell><text:p>x</text:p></table:table-cell>"
    deleted += "</table:deletion></table:tracked-changes>"
    linked = f"<table:dde-links>{table(row(cell(text='x')))}</table:dde-links>"
    path = ods(deleted + table("<table:shapes><draw:frame/></table:shapes>" + row(cell(text="a"))) + linked)
    assert (read(path), [sheet.name for sheet in list_sheets(path.with_suffix(".xlsx"))]) == ({"A1": "a"}, ["S"])


def test_repeated_and_covered_cells_stand_where_the_sheet_shows_them(ods):
    empty = '<table:table-cell table:number-columns-repeated="3"/>'
    twice = cell(text="b", more=' table:number-columns-repeated="2"')
    wide = cell(text="c", more=' table:number-columns-spanned="2" table:number-rows-spanned="2"')
    covered = "<table:covered-table-cell/>"
    rows = row(empty, twice, wide, covered, '<table:table-cell table:number-columns-repeated="16377"/>')
    rows += row(empty, twice, covered, covered)
    rows += row(empty, number_rows_repeated="4") + row(cell(text="d"), number_rows_repeated="2")
    rows += row('<table:table-cell table:number-columns-repeated="16384"/>', number_rows_repeated="1048560")
    expected = {"D1": "b", "E1": "b", "F1": "c", "D2": "b", "E2": "b", "A7": "d", "A8": "d"}
    assert read(ods(table(rows))) == expected


BOMBS = {
    "rows": (row(*[cell(text="c")] * 9, number_rows_repeated="1000000"), "repeats cells until"),
    "both": (
        row(cell(text="a", more=' table:number-columns-repeated="16384"'), number_rows_repeated="1048576"),
        "repeats cells until they are more than 5,000,000",
    ),
    "beyond the grid": (row(cell(text="a"), number_rows_repeated="1048577"), "row 1,048,577 lies outside the grid"),
    "too wide": (row(cell(text="a", more=' table:number-columns-repeated="16385"')), "outside the grid of 16,384"),
    "a table in a table": (row(f"<table:table-cell>{table(row(cell(text='x')))}</table:table-cell>"), None),
    "spaces": (row(cell(text='<text:p><text:s text:c="999999999"/>x</text:p>')), None),
    "deep": (row(cell(text=f"<text:p>{'<text:span>' * 300}x{'</text:span>' * 300}</text:p>")), "more than 256 tags"),
    "a huge cell": (row(cell(text=f"<text:p>{'x' * (65 << 20)}</text:p>")), "more than 64 MB of text"),
    "not closed": (row(cell(text="a")).replace("</table:table-row>", ""), "is broken near"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), BOMBS.values(), ids=BOMBS)
def test_a_hostile_spreadsheet_ends_in_an_error_or_in_its_cells(rows, message, ods):
    path = ods(table(rows))
    if message is None:
        assert len(read(path)) == 1
    else:
        with pytest.raises((SourceError, ValueError), match=message):
            read(path)


def test_cells_that_are_repeated_in_row_after_row_are_too_many_together(ods, monkeypatch):
    monkeypatch.setattr(_ods_sheets, "MOST_REPEATED", 200_000)
    wide = row(cell(text="a", more=' table:number-columns-repeated="16384"'))
    with pytest.raises(ValueError, match=r"row 13 .*repeats cells until they are more than 200,000"):
        read(ods(table(wide * 20)))


def test_more_than_the_memory_of_its_process_is_an_error_in_words(ods):
    styles = "".join(
        f'<style:style style:name="{"n" * 5_000}{n}" style:family="table-cell" style:data-style-name="N{n}"/>'
        for n in range(100_000)
    )
    with pytest.raises(SourceError, match=r"it needs more than 400 MB of memory; open it and save it as .xlsx"):
        open_source(ods(table(row(cell(text="a"))), styles))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_one_that_is_cut_short_is_refused(share, tmp_path):
    content = MADE_BY_LIBREOFFICE.read_bytes()
    (tmp_path / "cut.ods").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceError, match=r"'cut.ods' begins like a workbook but is damaged or cut short"):
        open_source(tmp_path / "cut.ods")


def test_a_document_type_and_a_password_are_refused(ods):
    path = ods("")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest><file-entry><encryption-data/></file-entry></manifest>")
    with pytest.raises(
        SourceError, match=r"'a.ods' is an OpenDocument spreadsheet .* cannot be read: it has a password"
    ):
        open_source(path)
    bomb = document(table(row(cell(text="&a;")))).replace(
        '<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", bomb)
    with pytest.raises(SourceError, match="declares a document type"):
        read(path)


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=9
)
NUMBER = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=30)
@given(st.lists(st.lists(TEXT | NUMBER | st.booleans(), min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_a_spreadsheet_holds_is_what_is_rewritten(tmp_path_factory, rows):
    made = "".join(row(*map(value_cell, cells)) for cells in rows)
    folder = tmp_path_factory.mktemp("ods")
    (folder / "a.fods").write_text(document(table(row(cell(text="x")) + made), root="document"), encoding="utf-8")
    rewrite_fods(folder / "a.fods", folder / "a.xlsx")
    found = filled(XlsxSource(folder / "a.xlsx", header_row=0))
    for at, cells in enumerate(rows, start=2):
        for letter, value in zip("ABCD", cells, strict=False):
            # A row of blanks is none.
            if any(str(each).strip() for each in cells):
                text = found.get(f"{letter}{at}", "")
                assert (str(value).upper() if isinstance(value, bool) else value) == (
                    text if isinstance(value, bool | str) else type(value)(text)
                )


def value_cell(value):
    match value:
        case bool():
            return cell("boolean", boolean_value=str(value).lower())
        case str():
            return cell(text=f"<text:p>{escape(value)}</text:p>")
        case _:
            return cell("float", value=repr(value))
