"""Binary workbooks of Excel (.xlsb), which are read by the rules of XLSX."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.errors import SourceError
from importer.sources import list_sheets, open_source
from importer.sources.converted._xlsb import rewrite_xlsb
from importer.sources.xlsx import XlsxSource
from importer.testing import check_source
from importer.testing._source_contract import whole

MADE_BY_ANOTHER = Path(__file__).parent / "fixtures" / "another.xlsb"
"""Written by pyxlsbwriter 0.1.0."""

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
NA = b"\x2a"


def record(kind, data=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size, length = len(data), b""
    while True:
        length += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + data


def text(value):
    encoded = value.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I", len(encoded) // 2) + encoded


def rk(raw):
    return struct.pack("<I", raw & 0xFFFF_FFFF)


def cell(kind, column, data, style=0):
    return record(kind, struct.pack("<II", column, style) + data)


def real(column, value, style=0):
    return cell(5, column, struct.pack("<d", value), style)


def string(column, value):
    return cell(6, column, text(value))


def row(number, *cells, hidden=False):
    return record(0, struct.pack("<IIHBBB", number - 1, 0, 300, 0, 0x10 * hidden, 0) + bytes(4)) + b"".join(cells)


def relations(*links):
    made = "".join(f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{part}"/>' for name, kind, part in links)
    return f'<Relationships xmlns="{PACKAGE}">{made}</Relationships>'


def write(path, *sheets, strings=(), formats=(), is_1904=False, before=b"", after=b""):  # noqa: PLR0913 - what a workbook may have
    """A workbook of sheets, each a name, its state and its rows."""
    links = [(f"r{at}", "worksheet", f"worksheets/sheet{at}.bin") for at in range(len(sheets))]
    bundles = b"".join(
        record(156, struct.pack("<II", state, at + 1) + text(f"r{at}") + text(name))
        for at, (name, state, _) in enumerate(sheets)
    )
    styles = (
        record(615, struct.pack("<I", len(formats)))
        + b"".join(record(44, struct.pack("<H", 164 + at) + text(code)) for at, code in enumerate(formats))
        + record(616)
    )
    styles += (
        record(626, struct.pack("<I", 1))
        + record(47, struct.pack("<HH", 0xFFFF, 0) + bytes(12))
        + record(627)
        + record(617, struct.pack("<I", 2 + len(formats)))
    )
    for code in (0, *(164 + at for at in range(len(formats))), 14):
        styles += record(47, struct.pack("<HH", 0, code) + bytes(12))
    styles += record(618)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relations(("r1", "officeDocument", "xl/workbook.bin")))
        others = [("s", "sharedStrings", "sharedStrings.bin"), ("t", "styles", "styles.bin")]
        archive.writestr("xl/_rels/workbook.bin.rels", relations(*links, *others))
        prologue = record(131) + record(153, struct.pack("<I", is_1904) + bytes(8))
        archive.writestr("xl/workbook.bin", prologue + record(143) + bundles + record(144) + record(132))
        archive.writestr("xl/styles.bin", record(278) + styles + record(279))
        items = b"".join(record(19, b"\0" + text(each)) for each in strings)
        archive.writestr("xl/sharedStrings.bin", record(159, bytes(8)) + items + record(160))
        for at, (_, _, rows) in enumerate(sheets):
            content = (
                record(129) + record(148, bytes(16)) + before + record(145) + rows + record(146) + after + record(130)
            )
            archive.writestr(f"xl/worksheets/sheet{at}.bin", content)
    return path


def read(path):
    """Cells by place, as in A1, rewritten without a process of its own."""
    rewrite_xlsb(path, path.with_suffix(".xlsx"))
    source = XlsxSource(path.with_suffix(".xlsx"), header_row=0)
    found = {}
    for chunk in source.chunks(100):
        for name, cells in zip(source.header.labels, chunk.frame.iter_columns(), strict=True):
            found |= {f"{name[7:]}{at}": each for at, each in zip(chunk.rows, cells, strict=True) if each is not None}
    return found


@pytest.fixture
def orders(tmp_path):
    rows = row(1, cell(7, 0, rk(0)), string(1, "n"), string(2, "day"))
    rows += row(2, cell(7, 0, rk(1)), real(1, 0.1), real(2, 45688, 2)) + row(3, string(0, "b"), real(1, 2), hidden=True)
    secret = row(1, string(0, "x"))
    return write(tmp_path / "orders.xlsb", ("S", 0, rows), ("secret", 2, secret), strings=["id", "a"], formats=["0"])


def test_a_binary_workbook_is_read_whatever_its_name(orders):
    assert [(sheet.name, sheet.visible) for sheet in list_sheets(orders)] == [("S", True), ("secret", False)]
    check_source(lambda: open_source(orders))
    renamed = orders.rename(orders.with_suffix(".xlsx"))
    assert whole(open_source(renamed))[0] == [("a", "0.1", "2025-01-31"), ("b", "2", None)]


def test_it_is_imported_with_notes_and_corrections_as_any_workbook(orders, tmp_path):
    report = importer.load(
        orders, into=tmp_path / "a.db", key="id", corrections={(3, "day"): "2025-02-01"}, listeners=[]
    )
    assert (report.progress.created, report.progress.rejected) == (2, 0)
    assert "hidden row" in str(report)


CELLS = {
    "a whole number": (cell(2, 1, rk(-7 << 2 | 2)), "-7"),
    "hundredths": (cell(2, 1, rk(12_345 << 2 | 3)), "123.45"),
    "half of a float": (cell(2, 1, struct.pack("<d", 0.5)[4:]), "0.5"),
    "half of a float in hundredths": (cell(2, 1, rk(struct.unpack("<I", struct.pack("<d", 0.5)[4:])[0] | 1)), "0.005"),
    "17 digits": (real(1, 0.1 + 0.2), "0.30000000000000004"),
    "a large number": (real(1, 1e300), "1e300"),
    "true": (cell(4, 1, b"\1"), "TRUE"),
    "an error": (cell(3, 1, NA), "#N/A"),
    "an unknown error": (cell(3, 1, b"\x63"), "#VALUE!"),
    "a text": (string(1, " a\tb_x000D_ & <c>\r\n"), " a\tb_x000D_ & <c>\r\n"),
    "a text in several fonts": (cell(62, 1, b"\1" + text("rich") + struct.pack("<IHH", 1, 2, 1)), "rich"),
    "half of a character": (string(1, "a\ud83d"), "a_xD83D_"),
    "a formula of a text": (cell(8, 1, text("made") + bytes(10)), "made"),
    "a formula of a number": (cell(9, 1, struct.pack("<d", 2.5) + bytes(10)), "2.5"),
    "a formula of a truth value": (cell(10, 1, b"\0" + bytes(10)), "FALSE"),
    "a formula of an error": (cell(11, 1, b"\x07" + bytes(10)), "#DIV/0!"),
    "a cell without a column": (record(13, bytes(4) + rk(7 << 2 | 2)), "7"),
    "a text without a column": (record(17, bytes(4) + text("short")), "short"),
}


@pytest.mark.parametrize(("made", "shown"), CELLS.values(), ids=CELLS)
def test_a_cell_is_its_value(made, shown, tmp_path):
    path = write(tmp_path / "a.xlsb", ("S", 0, row(1, string(0, "x"), made)))
    found = read(path)
    assert found == {"A1": "x", "B1": shown.replace("_xD83D_", "\ufffd") if "\ufffd" in found["B1"] else shown}


@pytest.mark.parametrize(
    ("code", "value", "shown", "since_1904"),
    [
        ("00000", 7.0, "00007", "00007"),
        ("yyyy-mm-dd", 45_688.0, "2025-01-31", "2029-02-01"),
        ("d.m.yy h:mm", 45_688.5, "2025-01-31T12:00:00", "2029-02-01T12:00:00"),
        ("h:mm", 0.25, "06:00:00", "06:00:00"),
        ("[h]:mm", 1.25, "30:00:00", "30:00:00"),
        ("#,##0.00 [$€]", 1234.5, "1234.5", "1234.5"),
        ("yyyy-mm-dd", 60.0, "1900-02-29", "1904-03-01"),
    ],
)
def test_a_number_is_what_its_format_shows(code, value, shown, since_1904, tmp_path):
    for is_1904, expected in (False, shown), (True, since_1904):
        path = tmp_path / "a.xlsb"
        write(path, ("S", 0, row(1, real(0, value, 1))), formats=[code], is_1904=is_1904)
        assert read(path) == {"A1": expected}


def test_hidden_columns_and_merged_cells_are_kept(tmp_path):
    before = record(60, struct.pack("<IIIIH", 1, 1, 0, 0, 1))
    after = record(177, bytes(4)) + record(176, struct.pack("<IIII", 1, 2, 0, 0)) + record(178)
    rows = row(1, string(0, "id"), string(1, "n")) + row(2, string(0, "a"), real(1, 1)) + row(3, real(1, 2))
    path = write(tmp_path / "a.xlsb", ("S", 0, rows), before=before, after=after)
    source = open_source(path, merged="fill")
    assert whole(source)[0] == [("a", "1"), ("a", "2")]
    assert "hidden-columns" in {note.code for note in source.sample(9).notes}


def test_what_another_program_wrote_is_read():
    assert [(sheet.name, sheet.visible) for sheet in list_sheets(MADE_BY_ANOTHER)] == [
        ("Orders", True),
        ("Hidden", False),
    ]
    source = open_source(MADE_BY_ANOTHER)
    assert source.header.labels == ("id", "n", "day", "at", "ok")
    assert whole(source)[0] == [
        ("a", "-123", "2025-01-31", "2025-01-31T08:30:15", "TRUE"),
        ("ß€", "2147483648", "1999-12-31", "2000-02-29T00:00:01", "FALSE"),
        ("a", "0.1", None, None, None),
        ("x", "3.25", "2030-01-01", "2030-01-01T12:00:00", "TRUE"),
    ]


DAMAGED = {
    "cut in a record": (row(1, string(0, "x"))[:-3], "asks for|ends in the middle|longer than"),
    "a text longer than its record": (row(1, cell(6, 0, struct.pack("<I", 9))), "a text is longer than its record"),
    "a huge record": (b"\x06\xff\xff\xff\x7f", "a record has 268,435,455 bytes"),
    "a shared string that is not there": (row(1, cell(7, 0, rk(9))), "cell A1 asks for shared string 9 of 0"),
    "too far right": (row(1, string(16_384, "x")), "outside the grid of 16,384 columns"),
    "a short cell": (row(1, record(5, b"\0")), "unpack"),
}


@pytest.mark.parametrize(("rows", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_one_is_refused(rows, message, tmp_path):
    path = write(tmp_path / "a.xlsb", ("S", 0, rows))
    with pytest.raises((ValueError, struct.error), match=message):
        rewrite_xlsb(path, tmp_path / "a.xlsx")


def test_its_process_says_what_is_wrong(tmp_path):
    path = write(tmp_path / "a.xlsb", ("S", 0, row(1, cell(7, 0, rk(9)))))
    with pytest.raises(SourceError, match=r"'a.xlsb' is a binary Excel workbook .* cannot be read: cell A1 asks"):
        open_source(path)


def test_more_than_the_memory_of_its_process_is_an_error_in_words(tmp_path):
    path = write(tmp_path / "a.xlsb", ("S", 0, row(1, string(0, "x"))), strings=["é€" * 16_000] * 9_000)
    with zipfile.ZipFile(path) as archive:
        assert sum(each.file_size for each in archive.infolist()) > 500 << 20
    with pytest.raises(SourceError, match=r"it needs more than 400 MB of memory; open it and save it as .xlsx"):
        open_source(path)


@settings(max_examples=30)
@given(st.data())
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("bytes")
    rows = bytearray(row(1, string(0, "x"), real(1, 2), cell(7, 2, rk(0)), cell(2, 3, rk(30))) * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        rows[data.draw(st.integers(0, len(rows) - 1))] = data.draw(st.integers(0, 255))
    path = write(folder / "a.xlsb", ("S", 0, bytes(rows)), strings=["s"])
    try:
        rewrite_xlsb(path, folder / "a.xlsx")
    except (ValueError, struct.error, IndexError):
        return
    assert XlsxSource.__name__  # it was written


NUMBER = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@settings(max_examples=30)
@given(st.lists(st.lists(NUMBER | TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_a_workbook_holds_is_what_is_read_also_by_calamine(tmp_path_factory, cells):
    made = b"".join(
        row(at, *(string(n, each) if isinstance(each, str) else real(n, each) for n, each in enumerate(values)))
        for at, values in enumerate(cells, start=2)
    )
    path = write(tmp_path_factory.mktemp("book") / "a.xlsb", ("S", 0, row(1, string(0, "x")) + made))
    found = read(path)
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    for at, values in enumerate(cells, start=2):
        # A row of blanks is none.
        for n, value in enumerate(values if any(str(each).strip() for each in values) else ()):
            mine = found.get(f"{'ABCD'[n]}{at}", "")
            assert (mine if isinstance(value, str) else float(mine)) == value == sheet[at - 1][n]
