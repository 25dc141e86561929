"""The door decides by what a file holds, and says what it cannot read."""

from __future__ import annotations

import bz2
import gzip
import io
import subprocess
import sys
import zipfile

import polars as pl
import pytest
from openpyxl import Workbook

from importer.errors import SourceError
from importer.sources import open_source
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
    "secret.xlsx": (OLE2 + "EncryptedPackage".encode("utf-16-le"), "is encrypted; .* take the password off"),
    "page.xls": (b"<html><table>", "a web page"),
    "scan.pdf": (b"%PDF-1.4", "a PDF document"),
    "cut.xlsx": (b"PK\x03\x04" + bytes(100), "begins like a workbook but is damaged or cut short"),
    "photo.csv": (b"\x89PNG\r\n\x1a\n", "an image"),
    "book.xlsx.gz": (gzip.compress(b"PK\x03\x04" + bytes(100)), "a zip archive"),
    "empty.xlsx": (b"", "is empty"),
}


@pytest.mark.parametrize(("name", "content", "message"), [(name, *rest) for name, rest in REFUSED.items()], ids=REFUSED)
def test_a_file_that_cannot_be_read_is_refused_by_what_it_is(name, content, message, write):
    with pytest.raises(SourceError, match=f"'{name}' .*{message}|'{name}' is {message}"):
        open_source(write(name, content))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["content.xml"], "an OpenDocument file; save it as .xlsx"),
        (["a.csv", "b.csv"], "a zip archive of 'a.csv', 'b.csv'; unpack it and give a file in it"),
        (["empty/"], "a zip archive of nothing"),
        (["book.xlsx"], "a zip archive, .*unpack it first|is a zip archive"),
    ],
)
def test_an_archive_that_is_not_a_workbook_is_refused_by_what_it_holds(members, message, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, b"PK\x03\x04" + bytes(60) if member.endswith("xlsx") else "id,name\n1,a\n")
    with pytest.raises(SourceError, match=message):
        open_source(path)


def packed(content: bytes, how: str) -> bytes:
    """The content, compressed."""
    if how != "zip":
        return gzip.compress(content) if how == "gzip" else bz2.compress(content)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/a.txt", content)
        archive.writestr("__MACOSX/folder/._a.txt", "x")
    return made.getvalue()


@pytest.mark.parametrize("how", ["gzip", "bzip2", "zip"])
def test_compressed_text_is_read_as_the_text_in_it(how, write):
    rows = "".join(f"{n};n{n}\n" for n in range(30_000))
    path = write("export", packed(f"id;name\n{rows}".encode(), how))
    assert len(whole(open_source(path))[0]) == 30_000
    check_source(lambda: open_source(path))
    assert whole(open_source(write("a", packed(b'[{"id": 7}]', how))))[0] == [("7",)]


@pytest.mark.parametrize("how", ["gzip", "bzip2", "zip"])
def test_compressed_text_that_is_damaged_is_refused(how, write):
    content = packed("".join(f"{n},{n * n % 99_991}\n" for n in range(200_000)).encode(), how)
    middle = len(content) // 2
    with pytest.raises(SourceError, match=r"'export' .*(?:damaged|cut short|cannot be read)"):
        whole(open_source(write("export", content[:middle] + bytes(64) + content[middle + 64 :])))


def test_what_follows_the_end_of_a_bzip2_file_is_not_left_out(write):
    assert len(whole(open_source(write("two", bz2.compress(CSV) + bz2.compress(b"8,Grace\n"))))[0]) == 2
    for rest in b"garbage", bz2.compress(b"8,Grace\n")[:-4]:
        with pytest.raises(SourceError, match=r"'odd' .*(?:cannot be read|damaged or cut short)"):
            whole(open_source(write("odd", bz2.compress(CSV) + rest)))


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
