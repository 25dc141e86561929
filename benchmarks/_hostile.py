"""Files that are damaged, or made to do harm: `FILES`, each with a function that makes it in a folder."""

from __future__ import annotations

import gzip
import os
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
MB = 1 << 20


def letter(position: int) -> str:
    """The letters of a column, counted from 0."""
    name = ""
    while position >= 0:
        name, position = chr(65 + position % 26) + name, position // 26 - 1
    return name


def cell(position: int, row: int, text: object) -> str:
    """A cell of text."""
    return f'<c r="{letter(position)}{row}" t="inlineStr"><is><t>{escape(str(text))}</t></is></c>'


def row(number: int, *texts: object) -> str:
    """A row of texts from column A on."""
    return f'<row r="{number}">{"".join(cell(at, number, text) for at, text in enumerate(texts))}</row>'


def sheet(rows: Iterable[str], *, head: str = "", before: str = "") -> bytes:
    """The XML of a sheet."""
    body = f"{before}<sheetData>{''.join(rows)}</sheetData>"
    return f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}">{body}</worksheet>'.encode()


def workbook(path: Path, sheets: Mapping[str, bytes], *, has_parts: bool = True) -> Path:
    """A workbook of these sheets; without their parts, if they follow."""
    links, named = [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, (name, xml) in enumerate(sheets.items(), 1):
            links.append(
                f'<Relationship Id="r{number}" Type="{DOCUMENT}/worksheet" Target="worksheets/s{number}.xml"/>'
            )
            quoted = escape(name, {'"': "&quot;", "\n": "&#10;"})
            named.append(f'<sheet name="{quoted}" sheetId="{number}" r:id="r{number}"/>')
            if has_parts:
                archive.writestr(f"xl/worksheets/s{number}.xml", xml)
        main = f'<Relationship Id="a" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
        book, relations = f'{MAIN}" xmlns:r="{DOCUMENT}', f"{PACKAGE}/relationships"
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{main}</Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{book}"><sheets>{"".join(named)}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">{"".join(links)}</Relationships>',
        }
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def one(path: Path, *rows: str, **more: str) -> Path:
    """A workbook of one sheet."""
    return workbook(path, {"Sheet": sheet(rows, **more)})


USUAL = row(1, "id", "name"), row(2, "1", "Ada")
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


def zip_bomb(path: Path) -> Path:
    """A sheet of 1 GB of blanks, in 4 MB."""
    head, tail = sheet(USUAL).split(b"</sheetData>")
    workbook(path, {"Sheet": b""}, has_parts=False)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/s1.xml", "w", force_zip64=True) as part,
    ):
        part.write(head)
        for _ in range(64):
            part.write(b" " * (16 * MB))
        part.write(b"</sheetData>" + tail)
    return path


def gzip_bomb(path: Path) -> Path:
    """A text of 1 GB without a line end, in 5 MB."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(b"a" * (16 * MB))
    return path


def duplicate(path: Path) -> Path:
    """Two parts of one name."""
    one(path, *USUAL)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/s1.xml", sheet([row(1, "id", "name"), row(2, "2", "Eve")]))
    return path


def lying(path: Path) -> Path:
    """A part that is said to have ten bytes."""
    data = bytearray(one(path, *USUAL).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    return path


def stepping_out(path: Path) -> Path:
    """An archive with a file that wants to be written outside."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../x.csv", "id,name\n1,Ada\n")
        archive.writestr("/etc/y.csv", "id,name\n2,Eve\n")
    return path


def locked(path: Path) -> Path:
    """A file that nobody may read; root may read all, so it is a link to itself for root."""
    path.write_text("id\n1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        path.symlink_to(path)
    return path


def written(data: bytes | str) -> Callable[[Path], Path]:
    """Makes a file that holds this."""

    def make(path: Path) -> Path:
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return make


def unclosed(path: Path) -> Path:
    """A quote that is never closed, and 200 MB behind it."""
    with path.open("wb") as file:
        file.write(b'id,name\n1,"open\n')
        for _ in range(450):
            file.write(b"2,a name that is long enough to fill the file\n" * 10_000)
    return path


def cut(path: Path) -> Path:
    """Half of a workbook."""
    data = one(path, row(1, "id", "name"), *(row(n, n, f"name {n * n}") for n in range(2, 9_000))).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def folder(path: Path) -> Path:
    """A folder with the name of a workbook."""
    path.mkdir()
    return path


def spreadsheet(table: str) -> str:
    """A flat OpenDocument spreadsheet."""
    return (
        f'<?xml version="1.0"?><office:document xmlns:office="{ODF}:office:1.0" xmlns:table="{ODF}:table:1.0" '
        f'xmlns:text="{ODF}:text:1.0" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body>'
        f"<office:spreadsheet>{table}</office:spreadsheet></office:body></office:document>"
    )


ODD_HEADERS = ['say "hi"; DROP', "two\nlines", "😀", "x" * 10_000, "'", "`a`", "a.b", "*", "^.*$", "<b>id</b>"]
ODD_CELLS = [
    "<script>alert(1)</script>",
    "_x0000_",
    "=cmd|' /C calc'!A0",
    "\u202e123",
    "😀" * 9,
    "a" * 32_767,
    "'",
    "`",
    ";",
    "%",
]

FILES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "two cells in the far corners of the grid": (
        "a.xlsx",
        lambda path: one(path, row(1, "id"), f'<row r="{MOST_ROWS}">{cell(MOST_COLUMNS - 1, MOST_ROWS, "far")}</row>'),
    ),
    "a cell outside the grid": ("a.xlsx", lambda path: one(path, *USUAL, row(2_000_000, "3", "out"))),
    "a column outside the grid": (
        "a.xlsx",
        lambda path: one(path, USUAL[0], '<row r="2"><c r="ZZZ2"><v>1</v></c></row>'),
    ),
    "a dimension of the whole grid over one row": (
        "a.xlsx",
        lambda path: one(path, *USUAL, before='<dimension ref="A1:XFD1048576"/>'),
    ),
    "a million empty rows": (
        "a.xlsx",
        lambda path: one(path, *USUAL, *(f'<row r="{n}" ht="15"/>' for n in range(3, 1_000_003))),
    ),
    "a million rows of blank cells": (
        "a.xlsx",
        lambda path: one(
            path, *USUAL, *(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}"/></row>' for n in range(3, 1_000_003))
        ),
    ),
    "rows out of order": ("a.xlsx", lambda path: one(path, USUAL[0], row(5, "5", "e"), row(3, "3", "c"))),
    "zip bomb: 1 GB of blanks in one sheet": ("a.xlsx", zip_bomb),
    "gzip bomb: 1 GB in one line": ("a.csv.gz", gzip_bomb),
    "entity bomb": (
        "a.xlsx",
        lambda path: one(
            path, row(1, "id"), '<row r="2"><c r="A2" t="str"><v>&e9;</v></c></row>', head=f"<!DOCTYPE x [{ENTITIES}]>"
        ),
    ),
    "external entity": (
        "a.xlsx",
        lambda path: one(
            path,
            row(1, "id"),
            '<row r="2"><c r="A2" t="str"><v>&x;</v></c></row>',
            head='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
    ),
    "8,000 repeated headers": ("a.csv", written(",".join(["id"] * 8_000) + "\n" + ",".join(["1"] * 8_000) + "\n")),
    "16,384 columns": (
        "a.xlsx",
        lambda path: one(path, row(1, *(f"c{n}" for n in range(MOST_COLUMNS))), row(2, *range(MOST_COLUMNS))),
    ),
    "20,000 columns of text": ("a.csv", written(",".join(map(str, range(20_000))) + "\n")),
    "10,000 sheets": ("a.xlsx", lambda path: workbook(path, {f"S{n}": sheet(USUAL) for n in range(10_000)})),
    "two parts of one name": ("a.xlsx", duplicate),
    "a part with a false size": ("a.xlsx", lying),
    "../../x.csv in an archive": ("a.zip", stepping_out),
    "headers with quotes, line ends, emoji, 10,000 characters": (
        "a.xlsx",
        lambda path: one(path, row(1, *ODD_HEADERS), row(2, *range(len(ODD_HEADERS)))),
    ),
    "a sheet's name with quotes and a line end": (
        "a.xlsx",
        lambda path: workbook(path, {'a"; DROP TABLE x;--\n😀': sheet(USUAL)}),
    ),
    "cells with HTML, formulas, marks of direction": (
        "a.xlsx",
        lambda path: one(path, row(1, "id", "text"), *(row(n, n, text) for n, text in enumerate(ODD_CELLS, 2))),
    ),
    "NUL in cells of text": ("a.csv", written("id,name\n1,A\0da\n2,Bob\n")),
    "invalid UTF-8": ("a.csv", written(b"id,name\n1,\xc3\xa4\n2,\xff\xfe\x81\n")),
    "lone surrogates in UTF-16": (
        "a.csv",
        written(b"\xff\xfe" + "id,name\n1,".encode("utf-16-le") + b"\x00\xd8" + "\n".encode("utf-16-le")),
    ),
    "lone surrogates in a workbook": (
        "a.xlsx",
        lambda path: one(path, USUAL[0], '<row r="2"><c r="A2" t="str"><v>_xD800_</v></c></row>'),
    ),
    "a quote that is never closed, 200 MB": ("a.csv", unclosed),
    "a workbook cut in half": ("a.xlsx", cut),
    "a PDF called .xls": ("a.xls", written(b"%PDF-1.7\n" + b"\0" * 4_096)),
    "bytes of an old workbook, then nothing": ("a.xls", written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_096)),
    "an HTML table called .xls": ("a.xls", written("<table><tr><th>id<th>name<tr><td>1<td>Ada</table>")),
    "HTML with 100,000 tags inside each other": ("a.xls", written("<table><tr><td>" + "<div>" * 100_000)),
    "a spreadsheet that repeats one row 10^6 times": (
        "a.fods",
        written(
            spreadsheet(
                '<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
                'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
            )
        ),
    ),
    "JSON with 100,000 lists inside each other": ("a.json", written("[" * 100_000 + "]" * 100_000)),
    "a CSV called .xlsx": ("a.xlsx", written("id,name\n1,Ada\n")),
    "a workbook called .csv": ("a.csv", lambda path: one(path, *USUAL)),
    "a folder called .xlsx": ("a.xlsx", folder),
    "no permission": ("a.csv", locked),
    "nothing: 0 bytes": ("a.csv", written(b"")),
    "noise": ("a.csv", written(os.urandom(MB))),
}
"""What each is, the name of its file, and how it is made."""
