"""Small files that would fill the memory if all that they say were expanded at once."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from importer.core import letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

LONG = "x" * 30_000
WIDTH = 16_384
ROOM_MB = 300

LOOKS = """
import json, sys
import importer
from importer.errors import ImporterError
from peak import peak_mb

step, file, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
into = options.pop("into", "sqlite:///out.db")
# What any import loads is no memory of this one.
importer.load([{"id": 1}], into=importer.testing.MemorySink(), table="small", listeners=[])
before = peak_mb()
try:
    plan = importer.plan(file, into=into, table="made", listeners=[], **options)
    if step == "preview":
        found = len(plan.preview().rows)
    else:
        now = plan.run().progress
        found = [now.rows_read, now.created, now.rejected]
except ImporterError as exc:
    found = str(exc)
print(json.dumps([found, peak_mb() - before]))
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource module")


@pytest.fixture
def tried(tmp_path):
    """What a preview or an import in a process of its own finds; it takes little memory."""

    path = filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}

    def look(step, file, **options):
        command = [sys.executable, "-c", LOOKS, step, str(file), json.dumps(options)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment)
        found, taken = json.loads(done.stdout.splitlines()[-1])
        assert taken < ROOM_MB, f"{taken} MB"
        return found

    return look


def workbook(path, rows, *, strings=(), around=("", ""), styles=""):
    """A workbook of one sheet, from pieces of XML."""
    kinds = {"worksheet": "sheet1.xml", "sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
    links = "".join(f'<Relationship Id="{k}" Type="{DOCUMENT}/{k}" Target="{name}"/>' for k, name in kinds.items())
    files = {
        "_rels/.rels": [
            f'<Relationships xmlns="{PACKAGE}">',
            f'<Relationship Id="a" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        ],
        "xl/workbook.xml": [
            f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">',
            '<sheets><sheet name="Q3" sheetId="1" r:id="worksheet"/></sheets></workbook>',
        ],
        "xl/_rels/workbook.xml.rels": [f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'],
        "xl/styles.xml": [f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'],
        "xl/sharedStrings.xml": [f'<sst xmlns="{MAIN}">', *(f"<si><t>{text}</t></si>" for text in strings), "</sst>"],
        "xl/sheet1.xml": [
            f'<worksheet xmlns="{MAIN}">{around[0]}<sheetData>',
            *rows,
            f"</sheetData>{around[1]}</worksheet>",
        ],
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in files.items():
            archive.writestr(name, "".join(pieces))
    return path


def cell(name, value):
    kind = "" if isinstance(value, int) else ' t="inlineStr"'
    return f'<c r="{name}"{kind}>' + (f"<v>{value}</v></c>" if not kind else f"<is><t>{value}</t></is></c>")


def row(number, *cells):
    """One row of numbers and texts by column, and of shared strings as they stand in the XML."""
    texts = (each if isinstance(each, str) else cell(f"{each[0]}{number}", each[1]) for each in cells)
    return f'<row r="{number}">{"".join(texts)}</row>'


HEADER = row(1, ("A", "id"), ("B", "name"))


@pytest.fixture
def shared(tmp_path):
    """A workbook in which each row refers to the same long string."""

    def make(rows):
        body = (row(n, ("A", n), f'<c r="B{n}" t="s"><v>0</v></c>') for n in range(2, rows + 2))
        return workbook(tmp_path / "shared.xlsx", [HEADER, *body], strings=[LONG])

    return make


def test_a_million_cells_that_share_a_long_string_are_looked_at_one_at_a_time(tried, shared):
    assert tried("preview", shared(300_000)) == 10


def test_cells_that_share_a_long_string_are_imported_some_at_a_time(tried, shared):
    assert tried("run", shared(4_000)) == [4_000, 4_000, 0]


def test_a_hundred_columns_that_share_a_long_string_are_looked_at_some_rows_at_a_time(tried, tmp_path):
    names = [letter(at) for at in range(100)]
    header = row(1, *((name, f"h{name}") for name in names))
    body = (row(n, *(f'<c r="{name}{n}" t="s"><v>0</v></c>' for name in names)) for n in range(2, 1_002))
    assert tried("preview", workbook(tmp_path / "wide.xlsx", [header, *body], strings=[LONG])) == 10


def test_a_long_text_in_merged_cells_is_held_once(tried, tmp_path):
    body = (row(n, ("A", n)) for n in range(3, 100_000))
    rows = [HEADER, row(2, ("A", 2), ("B", LONG)), *body]
    end = '<mergeCells><mergeCell ref="B2:B1048576"/></mergeCells>'
    assert tried("preview", workbook(tmp_path / "merged.xlsx", rows, around=("", end)), merged="fill") == 10


def test_merged_cells_over_the_whole_grid_fill_the_columns_of_the_header(tried, tmp_path):
    body = (row(n, ("A", n)) for n in range(2, 20_002))
    end = '<mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    file = workbook(tmp_path / "merged.xlsx", [HEADER, *body], around=("", end))
    assert tried("run", file, merged="fill") == [20_000, 20_000, 0]


@pytest.mark.parametrize("header", [("A", "B"), [letter(at) for at in range(WIDTH)]], ids=["two", "all"])
def test_a_cell_in_the_last_column_of_every_row_does_not_fill_the_grid(tried, tmp_path, header):
    body = (row(n, ("A", n), ("XFD", n)) for n in range(2, 100_002))
    file = workbook(tmp_path / "wide.xlsx", [row(1, *((name, f"h{name}") for name in header)), *body])
    assert tried("preview", file) == (
        "'made' would get 16,384 columns, and a table of SQLite has 2,000 at most; give a schema with the columns "
        "that you need, or use DuckDB, which has no limit, or turn columns of one kind into rows"
    )


def test_a_sheet_that_says_to_have_a_billion_cells_has_those_that_it_has(tried, tmp_path):
    rows = [HEADER, row(2, ("A", 1), ("B", "x"))]
    file = workbook(tmp_path / "said.xlsx", rows, around=('<dimension ref="A1:XFD1048576"/>', ""))
    assert tried("run", file) == [1, 1, 0]


@pytest.mark.parametrize("where", ["rows", "start"])
def test_tags_inside_each_other_are_not_followed_for_ever(tried, tmp_path, where):
    deep = "<x>" * 2_000_000 + "</x>" * 2_000_000
    rows = [HEADER, deep] if where == "rows" else [HEADER]
    file = workbook(tmp_path / "deep.xlsx", rows, around=("" if where == "rows" else deep, ""))
    assert tried("preview", file).partition(" near ")[0] == (
        "sheet 'Q3' of 'deep.xlsx' has more than 256 tags inside each other"
    )


@pytest.mark.parametrize(
    ("styles", "says"),
    [
        (
            "<numFmts>" + "".join(f'<numFmt numFmtId="{n}" formatCode="0"/>' for n in range(20_000)) + "</numFmts>",
            "16,384 number formats",
        ),
        ("<cellXfs>" + "<xf/>" * 200_000 + "</cellXfs>", "131,072 cell formats"),
    ],
    ids=["number formats", "cell formats"],
)
def test_more_formats_than_a_workbook_has_are_refused(tried, tmp_path, styles, says):
    file = workbook(tmp_path / "styles.xlsx", [HEADER, row(2, ("A", 1))], styles=styles)
    assert tried("preview", file) == (
        f"the styles of 'styles.xlsx' have more than {says}, which no spreadsheet program writes; "
        "copy the rows into a new workbook, or do not trust the file"
    )


def test_long_texts_in_cells_are_imported_some_at_a_time(tried, tmp_path):
    body = (row(n, ("A", n), ("B", LONG)) for n in range(2, 3_002))
    assert tried("run", workbook(tmp_path / "inline.xlsx", [HEADER, *body])) == [3_000, 3_000, 0]


def csv(path, *pieces):
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as out:
        out.writelines(pieces)
    return path


@pytest.mark.parametrize("name", ["line.csv", "line.csv.gz"])
def test_a_line_without_an_end_is_refused(tried, tmp_path, name):
    file = csv(tmp_path / name, b"id,name\n1,", *[b"x" * 1_000_000] * 100, b"\n")
    assert tried("preview", file) == (
        f"row 2 of '{name}' does not end before 16,777,216 bytes; check that it is a table, with line ends"
    )


@pytest.mark.parametrize("name", ["quote.csv", "quote.csv.gz"])
def test_a_quote_that_is_never_closed_is_text(tried, tmp_path, name):
    file = csv(tmp_path / name, b'id,name\n1,a\n2,"b\n', *[(b"3," + b"c" * 97 + b"\n") * 10_000] * 60)
    assert tried("preview", file) == 10


def test_a_million_columns_are_refused(tried, tmp_path):
    file = csv(tmp_path / "wide.csv", b",".join(b"c%d" % n for n in range(1_000_000)), b"\n1\n")
    assert tried("preview", file) == (
        "row 1 of 'wide.csv' has 1,000,000 cells, and a sheet has at most 16,384; give delimiter=…"
    )


def test_more_columns_than_the_database_allows_are_refused_before_any_row_is_read(tried, tmp_path):
    header = b",".join(b"c%d" % n for n in range(16_000))
    file = csv(tmp_path / "wide.csv", header, *[b"\n" + b"1," * 15_999 + b"1"] * 100)
    assert tried("run", file).startswith("'made' would get 16,000 columns, and a table of SQLite has 2,000 at most")


def test_cells_of_half_a_million_characters_are_looked_at_and_imported_some_at_a_time(tried, tmp_path):
    file = csv(tmp_path / "long.csv", b"id,name\n", *(b"%d," % n + b"x" * 500_000 + b"\n" for n in range(200)))
    assert tried("preview", file) == 10
    assert tried("run", file) == [200, 200, 0]


def test_rows_that_a_small_archive_holds_are_read_some_at_a_time(tried, tmp_path):
    file = csv(tmp_path / "rows.csv.gz", b"id,name\n", *[b"1,a\n" * 100_000] * 5)
    assert tried("run", file) == [500_000, 500_000, 0]
