"""The door decides by what a file holds, and says what it cannot read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import polars as pl
import pytest
from backports import zstd
from openpyxl import Workbook

from importer.errors import SourceError
from importer.sources import open_source
from importer.sources._open import list_sheets
from importer.testing import check_source
from importer.testing._source_contract import whole

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
CSV = b"id,name\n7,Ada\n"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def book(tmp_path):
    workbook = Workbook()
    workbook.active.append(["id", "name"])
    workbook.active.append([7, "Ada"])
    workbook.create_sheet("Q3").append(["note"])
    workbook["Q3"].append(["x"])
    path = tmp_path / "book.xlsx"
    workbook.save(path)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv", "a.xlsx", "a"])
def test_text_is_read_as_csv_whatever_its_name(name, write):
    assert whole(open_source(write(name, CSV)))[0] == [("7", "Ada")]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_gzipped_text_is_read_whatever_its_name(name, write):
    assert whole(open_source(write(name, gzip.compress(CSV))))[0] == [("7", "Ada")]


@pytest.mark.parametrize("name", ["book.xlsx", "book.csv", "book"])
def test_a_workbook_is_read_whatever_its_name(name, book):
    path = book.rename(book.with_name(name))
    assert whole(open_source(path))[0] == [("7", "Ada")]
    assert open_source(str(path), sheet="Q3").header.labels == ("note",)


def test_a_name_that_misleads_is_told(write, book):
    def told(path):
        return [note for note in open_source(path).book.notes if note.code == "name-misleads"]

    assert told(write("a.csv", CSV)) == told(write("a", CSV)) == told(write("a.csv.gz", gzip.compress(CSV))) == []
    assert told(write("a.xls", CSV)) == ["'a.xls' is a text file, whatever its name says"]
    assert told(book) == []
    assert told(book.rename(book.with_name("b.csv"))) == [
        "'b.csv' is an Excel workbook (.xlsx), whatever its name says"
    ]


def test_options_reach_the_source(write):
    source = open_source(
        write("a.csv", "x\n1;é\n2;ü\n".encode("cp1252")), header_row=0, delimiter=";", encoding="cp1252"
    )
    assert whole(source)[0] == [("x", None), ("1", "é"), ("2", "ü")]


@pytest.mark.parametrize("frame", [pl.DataFrame({"a": [1]}), pl.LazyFrame({"a": [1]})], ids=["eager", "lazy"])
def test_a_frame_is_a_source(frame):
    assert whole(open_source(frame))[0] == [("1",)]


def test_an_open_source_is_returned_as_it_is():
    source = open_source(pl.DataFrame({"a": [1]}))
    assert open_source(source) is source


REFUSED = {
    "old.xls": (
        OLE2,
        r"begins like an old Excel workbook \(.xls\) but cannot be read: .*; open it and save it as .xlsx",
    ),
    "feed.xls": (b"<?xml version='1.0'?><rows/>", "an XML document"),
    "scan.pdf": (b"%PDF-1.4", "a PDF document"),
    "cut.xlsx": (b"PK\x03\x04" + bytes(100), "begins like a workbook but is damaged or cut short"),
    "photo.csv": (b"\x89PNG\r\n\x1a\n", "an image"),
    "book.xlsx.gz": (gzip.compress(b"PK\x03\x04" + bytes(100)), "begins like a workbook but is damaged"),
    "empty.xlsx": (b"", "is empty"),
}


@pytest.mark.parametrize(("name", "content", "message"), [(name, *rest) for name, rest in REFUSED.items()], ids=REFUSED)
def test_a_file_that_cannot_be_read_is_refused_by_what_it_is(name, content, message, write):
    with pytest.raises(SourceError, match=f"'{name}' .*{message}|'{name}' is {message}"):
        open_source(write(name, content))


def test_a_workbook_inside_a_compressed_file_is_read(write, tmp_path):
    book = Workbook()
    for values in (["id", "name"], [7, "Ada"]):
        book.active.append(values)
    book.save(tmp_path / "book.xlsx")
    content = (tmp_path / "book.xlsx").read_bytes()
    page = b"<table><tr><th>id<th>name<tr><td>7<td>Ada</table>"
    of_2003 = (
        b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' "
        b"xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet ss:Name='a'><Table>"
        b"<Row><Cell><Data ss:Type='String'>id</Data></Cell><Cell><Data ss:Type='String'>name</Data></Cell></Row>"
        b"<Row><Cell><Data ss:Type='Number'>7</Data></Cell><Cell><Data ss:Type='String'>Ada</Data></Cell></Row>"
        b"</Table></Worksheet></Workbook>"
    )
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("book.xlsx", content)
    packed = [write("a.xlsx.gz", gzip.compress(content)), write("a.xls.gz", gzip.compress(of_2003))]
    for path in [*packed, write("b.xls.bz2", bz2.compress(page)), tmp_path / "book.zip"]:
        source = open_source(path)
        assert (whole(source)[0], source.header.labels, path.name in source.label) == (
            [("7", "Ada")],
            ("id", "name"),
            True,
        )
        assert [sheet.rows for sheet in list_sheets(path)] == [2]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["mimetype", "content.xml"], "an OpenDocument file but no spreadsheet; copy its table into a spreadsheet"),
        (["a.csv", "b.csv"], "a zip archive of 'a.csv', 'b.csv'; unpack it and give a file in it"),
        (["empty/"], "a zip archive of nothing"),
        (["book.xlsx"], "begins like a workbook but is damaged"),
    ],
)
def test_an_archive_that_is_not_a_workbook_is_refused_by_what_it_holds(members, message, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, b"PK\x03\x04" + bytes(60) if member.endswith("xlsx") else "id,name\n1,a\n")
    with pytest.raises(SourceError, match=message):
        open_source(path)


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}


def packed(content: bytes, how: str) -> bytes:
    """The content, compressed."""
    if how != "zip":
        return PACKERS[how](content)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/a.txt", content)
        archive.writestr("__MACOSX/folder/._a.txt", "x")
    return made.getvalue()


@pytest.mark.parametrize("how", [*PACKERS, "zip"])
def test_compressed_text_is_read_as_the_text_in_it(how, write):
    rows = "".join(f"{n};n{n}\n" for n in range(30_000))
    path = write("export", packed(f"id;name\n{rows}".encode(), how))
    assert len(whole(open_source(path))[0]) == 30_000
    check_source(lambda: open_source(path))
    assert whole(open_source(write("a", packed(b'[{"id": 7}]', how))))[0] == [("7",)]


@pytest.mark.parametrize("how", [*PACKERS, "zip"])
def test_compressed_text_that_is_damaged_is_refused(how, write):
    content = packed("".join(f"{n},{n * n % 99_991}\n" for n in range(200_000)).encode(), how)
    middle = len(content) // 2
    with pytest.raises(SourceError, match=r"'export' .*(?:damaged|cut short|cannot be read)"):
        whole(open_source(write("export", content[:middle] + bytes(64) + content[middle + 64 :])))


@pytest.mark.parametrize("how", ["bzip2", "xz", "zstd"])
def test_what_follows_the_end_of_a_compressed_part_is_not_left_out(how, write):
    pack = PACKERS[how]
    assert len(whole(open_source(write("two", pack(CSV) + pack(b"8,Grace\n"))))[0]) == 2
    for rest in b"garbage", pack(b"8,Grace\n")[:-4]:
        with pytest.raises(SourceError, match=r"'odd' .*(?:cannot be read|damaged or cut short)"):
            whole(open_source(write("odd", pack(CSV) + rest)))


def test_xz_may_be_padded_and_zstandard_may_have_something_to_skip(write):
    assert whole(open_source(write("a", lzma.compress(CSV) + bytes(8))))[0] == [("7", "Ada")]
    with pytest.raises(SourceError, match="damaged or cut short"):
        open_source(write("a", lzma.compress(CSV) + bytes(7)))
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    assert whole(open_source(write("a", skipped + zstd.compress(CSV) + skipped)))[0] == [("7", "Ada")]


def test_an_xz_file_that_asks_for_too_much_memory_is_refused(write):
    made = bytearray(lzma.compress(CSV, preset=9))
    assert whole(open_source(write("a", bytes(made))))[0] == [("7", "Ada")]
    # The header of its block, behind that of the file, says the size of the dictionary and ends in a checksum.
    end = 12 + 4 * (made[12] + 1)
    made[made.index(b"\x21\x01", 12) + 2] = 40
    made[end - 4 : end] = zlib.crc32(made[12 : end - 4]).to_bytes(4, "little")
    with pytest.raises(SourceError, match="'a' cannot be read: Memory usage limit exceeded"):
        open_source(write("a", bytes(made)))


@pytest.mark.parametrize("how", [*PACKERS, "zip"])
def test_a_compressed_file_that_inflates_without_end_is_refused_with_little_memory(how, write):
    # One cell of 300 MB.
    path = write("bomb", packed(b"id,name\n1," + b"x" * (300 << 20), how))
    code = f"""import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from peak import peak_mb
from importer.errors import SourceError
from importer.sources import open_source
from importer.sources._open import list_sheets
before = peak_mb()
try:
    sum(len(chunk.rows) for chunk in open_source({str(path)!r}).chunks(100))
except SourceError as exc:
    print(exc)
print(peak_mb() - before)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, peak = done.stdout.strip().rsplit("\n", 1)
    assert "row 2 of 'bomb' does not end before" in said
    assert int(peak) < 500


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"no file 'gone.csv'"):
        open_source(tmp_path / "gone.csv")
    with pytest.raises(SourceError, match="is a folder"):
        open_source(tmp_path)


def test_options_that_do_not_apply_to_the_format_are_refused(write, book):
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(SourceError, match="the sheet 'Q3' means nothing for a text file; leave it out"):
        open_source(write("a.csv", CSV), sheet="Q3")
    with pytest.raises(SourceError, match="the delimiter ';' means nothing for a workbook"):
        open_source(book, delimiter=";")
    with pytest.raises(SourceError, match="the header row 3 means nothing for a frame"):
        open_source(frame, header_row=3)
    with pytest.raises(SourceError, match="the sheet 1 means nothing for a source that is open"):
        open_source(open_source(frame), sheet=1)


def test_an_object_that_is_not_a_file_is_refused_by_its_type():
    with pytest.raises(SourceError, match=r"builtins.int cannot be read; give a path, a polars frame, a list of dict"):
        open_source(1)


def test_importing_the_room_imports_no_format(tmp_path):
    code = """import sys, importer.sources
heavy = {"clevercsv", "openpyxl", "python_calamine"} & set(sys.modules)
formats = {name for name in sys.modules if name.startswith(("importer.sources.xlsx", "importer.sources._frame"))}
sys.exit(", ".join(heavy | formats) or 0)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
