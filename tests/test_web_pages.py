"""Tables of web pages, which many programs export with the name of a workbook."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.errors import SourceError
from importer.sources import list_sheets, open_source
from importer.sources.converted import _html
from importer.sources.converted._html import rewrite_html
from importer.sources.xlsx import XlsxSource
from importer.testing import check_source
from importer.testing._source_contract import whole

EXCEL = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv=Content-Type content="text/html; charset=windows-1252">
<style>td {mso-number-format:"\\@";}</style>
<!--[if gte mso 9]><xml><x:ExcelWorkbook></x:ExcelWorkbook></xml><![endif]--></head><body>
<table border=0><tr><th>id</th><th>Größe</th><th>day</th></tr>
<tr><td>007</td><td>1&nbsp;234,50</td><td>31.01.2025</td></tr>
<tr><td>008<td> 2 <td>&nbsp;</tr></table></body></html>"""


@pytest.fixture
def page(tmp_path):
    def write(text, name="export.xls", encoding="cp1252"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def read(path):
    """Cells by place, as in A1, rewritten without a process of its own."""
    rewrite_html(path, path.with_suffix(".xlsx"))
    source = XlsxSource(path.with_suffix(".xlsx"), header_row=0)
    found = {}
    for chunk in source.chunks(100):
        for name, cells in zip(source.header.labels, chunk.frame.iter_columns(), strict=True):
            found |= {f"{name[7:]}{at}": each for at, each in zip(chunk.rows, cells, strict=True) if each is not None}
    return found


@pytest.mark.parametrize("name", ["export.xls", "export.html", "export.csv"])
def test_the_table_of_a_page_is_read_whatever_its_name(name, page):
    path = page(EXCEL, name)
    source = open_source(path)
    assert source.header.labels == ("id", "Größe", "day")
    assert whole(source)[0] == [("007", "1\xa0234,50", "31.01.2025"), ("008", "2", None)]
    check_source(lambda: open_source(path))


def test_it_is_imported_as_any_workbook(page, tmp_path):
    report = importer.load(
        page(EXCEL), into=tmp_path / "a.db", key="id", corrections={(3, "day"): "1.2.2025"}, listeners=[]
    )
    assert (report.progress.created, report.progress.rejected) == (2, 0)


def test_each_table_is_a_sheet(page):
    rows = "<tr><td>a<td>b</tr><tr><td>1<td>2</tr>"
    path = page(
        f"<table id=menu><tr><td><table><caption>Orders <b>2025</b></caption>{rows}</table></td></tr></table>"
        f"<table></table><table id='Orders 2025'>{rows}</table><table>{rows}{rows}</table>"
    )
    assert [sheet.name for sheet in list_sheets(path)] == ["menu", "Orders 2025", "Orders 2025 (4)", "table 5"]
    assert open_source(path).book.sheet == "Orders 2025"
    assert len(whole(open_source(path, sheet="table 5"))[0]) == 2


CELLS = {
    "white space": ("  a \n\t b ", "a b"),
    "line ends": ("a<br>b<br/> c", "a\nb\nc"),
    "paragraphs": ("<p>a</p> <p>b</p>c", "a\nb\nc"),
    "entities": ("&lt;b&gt; &amp;amp; &euro; &#x41;", "<b> &amp; € A"),
    "markup": ("<b>a</b><i>b</i> <a href=x>c</a>", "ab c"),
    "what is hidden": ("a<span style='display: none'>no</span><script>no</script><!-- no -->b", "ab"),
    "what Excel hides": ("a<span style='mso-hide:all'>no</span>", "a"),
    "a blank that does not break": ("a&nbsp;b", "a\xa0b"),
    "a formula": ("=1+1", "=1+1"),
    "an escape of workbooks": ("_x000D_", "_x000D_"),
    "zeros": ("007", "007"),
}


@pytest.mark.parametrize(("inside", "text"), CELLS.values(), ids=CELLS)
def test_a_cell_is_the_text_that_it_shows(inside, text, page):
    assert read(page(f"<table><tr><td>x</td><td>{inside}</td></tr></table>", encoding="utf-8")) == {
        "A1": "x",
        "B1": text,
    }


def test_a_cell_with_text_and_a_table_shows_both(page):
    inner = "<table><caption>kg</caption><tr><td>x<td>y</tr><tr><td>z</table>"
    file = page(
        f"<table id=o><tr><th>id<th>n</tr><tr><td>1<td>2{inner}</td></tr><tr><td>3<td>{inner}</td></tr></table>"
    )
    found = importer.read(file, sheet="o")
    assert found["n"].to_list() == ["2\nkg\nx y\nz", None]


def test_a_table_of_more_rows_than_a_sheet_has_is_refused(monkeypatch, page):
    monkeypatch.setattr(_html, "MOST_ROWS", 2)
    file = page("<table><tr><td>1<tr><td>2<tr><td>3</table>")
    with pytest.raises(ValueError, match="has 3 rows, and a sheet has at most 2"):
        rewrite_html(file, file.with_suffix(".out"))


def test_cells_that_span_others_leave_their_places_empty_or_fill_them(page):
    rows = "<tr><th>a<th>b<th>c</tr><tr><td rowspan=2>1<td colspan=2>2</tr><tr><td>3<td>4</tr>"
    path = page(f"<table>{rows}</table>")
    assert whole(open_source(path))[0] == [("1", "2", None), (None, "3", "4")]
    assert whole(open_source(path, merged="fill"))[0] == [("1", "2", "2"), ("1", "3", "4")]


def test_odd_spans_are_bounded(page):
    rows = "<tr><td rowspan=0>a<td colspan=99999999>b<td rowspan=-1 colspan=x>c</tr><tr><td>d</tr>"
    assert read(page(f"<table>{rows}</table>")) == {"A1": "a", "B1": "b", "ALN1": "c", "B2": "d"}
    with pytest.raises(ValueError, match="row 1 of 'table 1' has more than 16,384 columns"):
        read(page(f"<table><tr>{'<td colspan=1000>a' * 18}</tr></table>"))


@pytest.mark.parametrize(
    ("head", "encoding", "text"),
    [
        ("", "utf-8", "Grüße €"),
        ("", "cp1252", "Grüße €"),
        ("", "utf-8-sig", "Grüße €"),
        ("", "utf-16", "Grüße €"),
        ("<meta charset='iso-8859-1'>", "cp1252", "Grüße €"),
        ("<meta charset=windows-1251>", "cp1251", "Привет"),
        ("<meta charset=shift_jis>", "shift_jis", "日本"),
        ("<meta charset=nonsense>", "utf-8", "日本"),
    ],
)
def test_the_encoding_is_that_of_the_page(head, encoding, text, page):
    made = f"{head}<table><tr><td>{text}</td></tr></table>"
    assert read(page(made, encoding=encoding)) == {"A1": text}


REFUSED = {
    "no table": ("<html><body>Sign in", "it has no table with rows"),
    "an empty table": ("<html><table></table>", "it has no table with rows"),
    "too deep": (f"<table><tr><td>{'<b><i>' * 400}x", "more than 500 tags inside each other"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_page_without_a_table_is_refused(text, message, page):
    with pytest.raises(SourceError, match=rf"'export.xls' is a web page \(HTML\) but cannot be read: .*{message}"):
        open_source(page(text))


def test_a_web_archive_is_refused_by_what_it_is(page):
    with pytest.raises(SourceError, match=r"'export.xls' is a web archive"):
        open_source(page('MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n'))


def test_more_than_the_memory_of_its_process_is_an_error_in_words(tmp_path):
    path = tmp_path / "a.xls"
    with path.open("w") as file:
        file.write("<table>")
        for _ in range(30):
            file.write("<tr><td>a</td></tr>" * 100_000)
    with pytest.raises(SourceError, match=r"it needs more than 400 MB of memory"):
        open_source(path)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufffe\uffff"), min_size=1)


@settings(max_examples=30)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_a_page_shows_is_what_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("page") / "a.html"
    made = "".join(f"<tr>{''.join(f'<td>{escape(each)}' for each in cells)}" for cells in rows)
    path.write_text(f"<meta charset=utf-8><table><tr><td>x{made}</table>", encoding="utf-8")
    found = read(path)
    for at, cells in enumerate(rows, start=2):
        assert [found.get(f"{'ABCD'[n]}{at}") for n in range(len(cells))] == cells


@pytest.mark.parametrize("tags", ["<div>", "<b>", "<table><tr><td>"])
def test_a_page_with_tags_deep_inside_each_other_is_refused_at_once(tmp_path, tags):
    path = tmp_path / "page.html"
    path.write_text("<table><tr><td>" + tags * 100_000)
    with pytest.raises(ValueError, match="more than 500 tags inside each other"):
        rewrite_html(path, tmp_path / "page.xlsx")


def test_tags_that_need_no_end_are_not_inside_each_other(tmp_path):
    path = tmp_path / "page.html"
    rows = "<tr><td><div>a<p>b<br><img>" * 6_000
    path.write_text(f"<!-- {'<div>' * 6_000} --><script>{'<b>' * 6_000}</script><table>{rows}</table>")
    rewrite_html(path, tmp_path / "page.xlsx")
    assert len(whole(XlsxSource(tmp_path / "page.xlsx", header_row=1))[0]) == 5_999
