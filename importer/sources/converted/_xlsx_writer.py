"""Write cells as a workbook that holds exactly what they hold: `XlsxWriter`."""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import IO, TYPE_CHECKING, Literal

from importer.core import letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Cell", "XlsxWriter"]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MOST_CHARACTERS = 8 << 30
"""Limit of the cells of a sheet, as XML."""

FIRST_FORMAT = 164
"""Formats of one's own begin here; 0 is General."""

UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    at
        Its column, counted from 0.
    kind
        ``"n"`` for a number, ``"s"`` for a text, ``"b"`` for a truth value, ``"e"`` for an error, ``"d"`` for a
        date or a time in ISO 8601.
    value
        As text: the shortest one that is this number, or ``0`` and ``1``; None for a formula without a saved value.
    format
        How the cell shows it.
    is_formula
        Whether the value is the result of a formula.
    """

    at: int
    kind: Literal["n", "s", "b", "e", "d"]
    value: str | None
    format: str = "General"
    is_formula: bool = False


class XlsxWriter:
    """A workbook of sheets, written one after another.

    Parameters
    ----------
    path
        Where it goes.
    is_1904
        Whether its dates count from 1904.

    Attributes
    ----------
    is_1904
        The same, to be told later.
    """

    def __init__(self, path: Path, *, is_1904: bool = False) -> None:
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.is_1904 = is_1904
        self._sheets: list[str] = []
        self._formats: dict[str, int] = {"General": 0}

    @contextmanager
    def sheet(self, name: str, *, is_visible: bool = True, hidden_columns: Iterable[int] = ()) -> Iterator[Sheet]:
        """A sheet to write rows to."""
        number = len(self._sheets) + 1
        with self._archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as file:
            columns = "".join(f'<col min="{at + 1}" max="{at + 1}" hidden="1"/>' for at in hidden_columns)
            file.write(f'<worksheet xmlns="{MAIN}">{columns and f"<cols>{columns}</cols>"}<sheetData>'.encode())
            sheet = Sheet(file, self._formats, is_visible=is_visible)
            yield sheet
            merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merges)
            file.write(f"</sheetData>{merges and f'<mergeCells>{merges}</mergeCells>'}</worksheet>".encode())
        state = "" if sheet.is_visible else ' state="hidden"'
        self._sheets.append(f'<sheet name="{escape(_text(name))}" sheetId="{number}"{state} r:id="r{number}"/>')

    def close(self) -> None:
        """Write what the sheets have in common."""
        sheets = range(1, len(self._sheets) + 1)
        links = [(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in sheets]
        own = [(at + FIRST_FORMAT - 1, code) for code, at in self._formats.items() if at]
        formats = "".join(f'<numFmt numFmtId="{at}" formatCode="{escape(_text(code))}"/>' for at, code in own)
        styles = "".join(f'<xf numFmtId="{at}" applyNumberFormat="1"/>' for at, _ in own)
        date1904 = ' date1904="1"' if self.is_1904 else ""
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": _links([("a", "officeDocument", "xl/workbook.xml")]),
            "xl/_rels/workbook.xml.rels": _links([*links, ("s", "styles", "styles.xml")]),
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr{date1904}/>'
            f"<sheets>{''.join(self._sheets)}</sheets></workbook>",
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
            f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
        }
        for name, text in parts.items():
            self._archive.writestr(name, text)
        self._archive.close()


class Sheet:
    """A sheet that is being written.

    Attributes
    ----------
    merges
        Merged cells, such as ``A1:B2``; add to them.
    is_visible
        Whether it is shown.
    """

    def __init__(self, file: IO[bytes], formats: dict[str, int], *, is_visible: bool) -> None:
        self.is_visible = is_visible
        self._file, self._formats = file, formats
        self.merges: list[str] = []
        self._size = 0

    def row(self, number: int, cells: Iterable[Cell], *, is_hidden: bool = False) -> None:
        """Write a row; numbers count from 1 and rise."""
        hidden = ' hidden="1"' if is_hidden else ""
        text = "".join(self._cell(number, cell) for cell in cells)
        self._file.write(f'<row r="{number}"{hidden}>{text}</row>'.encode())
        self._size += len(text)
        if self._size > MOST_CHARACTERS:
            raise ValueError(f"row {number:,} is beyond {MOST_CHARACTERS >> 30} GB of cells in one sheet")

    def _cell(self, number: int, cell: Cell) -> str:
        at = self._formats.setdefault(cell.format, len(self._formats))
        style = f' s="{at}"' if at else ""
        place = f'<c r="{letter(cell.at)}{number}"{style}'
        formula = "<f/>" * cell.is_formula
        if cell.value is None:
            return f"{place}>{formula}</c>"
        if cell.kind == "s":
            text = escape(_text(cell.value))
            if cell.is_formula:
                return f'{place} t="str">{formula}<v>{text}</v></c>'
            return f'{place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        kind = "" if cell.kind == "n" else f' t="{cell.kind}"'
        return f"{place}{kind}>{formula}<v>{escape(_text(cell.value))}</v></c>"


def _links(links: Iterable[tuple[str, str, str]]) -> str:
    found = "".join(f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{part}"/>' for name, kind, part in links)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{found}</Relationships>'


def _text(text: str) -> str:
    r"""The text with what XML cannot hold written as Excel does.

    Examples
    --------
    >>> _text("a\x00b"), _text("_x000D_")
    ('a_x0000_b', '_x005F_x000D_')
    """
    return UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
