"""Rewrite a binary workbook (.xlsb) as XLSX."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from typing import TYPE_CHECKING

from importer.core import letter
from importer.sources.converted._biff12 import number_of_rk, records, text_at
from importer.sources.converted._xlsx_writer import Cell, XlsxWriter
from importer.sources.xlsx.book import Archive, relations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sources.converted._xlsx_writer import Sheet

__all__ = ["rewrite_xlsb"]

# Kinds of records, as the specification MS-XLSB numbers them.
ROW, BLANK, LAST_CELL, RICH_TEXT = 0, 1, 18, 62
RK, ERROR, TRUTH, REAL, TEXT, SHARED = range(2, 8)
FORMULAS = {8: TEXT, 9: REAL, 10: TRUTH, 11: ERROR}
SHORT = range(12, 19)
"""Cells to the right of the one before, which do not say their column."""

SHARED_ITEM, FORMAT, CELL_FORMAT, COLUMNS, MERGED = 19, 44, 47, 60, 176
SHEET_DATA, SHEET_DATA_END, BOOK, SHEET = 145, 146, 153, 156
CELL_FORMATS, CELL_FORMATS_END = 617, 618

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
ERRORS |= {43: "#GETTING_DATA"}

EASTERN = dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy/m/d")
EASTERN |= dict.fromkeys((*range(32, 36), 55, 56), "h:mm:ss")
"""Formats that are built in where Excel speaks Chinese, Japanese or Korean."""

IS_HIDDEN = 0x10
MOST_COLUMNS = 16_384


def rewrite_xlsb(path: Path, target: Path) -> None:
    """Write all worksheets to `target`: values, number formats, errors, merged cells, and what is hidden."""
    with Archive(path) as archive:
        book = next((each["Target"] for each in relations(archive, "") if _kind(each) == "officeDocument"), "")
        book = book or "xl/workbook.bin"
        parts = {each["Id"]: each for each in relations(archive, book) if "Id" in each}
        by_kind = {_kind(each): each["Target"] for each in parts.values()}
        strings = list(_strings(archive, by_kind.get("sharedStrings")))
        formats = _formats(archive, by_kind.get("styles"))
        is_1904, sheets = _sheets(archive, book)
        writer = XlsxWriter(target, is_1904=is_1904)
        for name, link, is_visible in sheets:
            if link in parts and _kind(parts[link]) == "worksheet":
                _Rewriting(writer, strings, formats, name, is_visible=is_visible)(archive, parts[link]["Target"])
        writer.close()


class _Rewriting:
    """One worksheet."""

    def __init__(
        self, writer: XlsxWriter, strings: list[str], formats: list[str], name: str, *, is_visible: bool
    ) -> None:
        self._writer, self._strings, self._formats = writer, strings, formats
        self._name, self._is_visible = name, is_visible
        self._hidden: list[int] = []
        self._sheet: Sheet | None = None
        self._row, self._at, self._is_hidden = 0, -1, False
        self._cells: list[Cell] = []

    def __call__(self, archive: Archive, part: str) -> None:
        """Write its rows."""
        with ExitStack() as stack, archive.stream(part) as stream:
            for kind, data in records(stream):
                if kind == COLUMNS:
                    first, last, _, _, flags = struct.unpack_from("<IIIIH", data)
                    self._hidden += range(first, min(last + 1, MOST_COLUMNS)) if flags & 1 else ()
                elif kind == SHEET_DATA:
                    self._open(stack)
                elif self._sheet is None:
                    continue
                elif kind == ROW:
                    self._write()
                    self._row, self._at = struct.unpack_from("<I", data)[0] + 1, -1
                    self._is_hidden = len(data) > 11 and bool(data[11] & IS_HIDDEN)  # noqa: PLR2004 - where the flags are
                elif BLANK <= kind <= LAST_CELL or kind == RICH_TEXT:
                    self._cell(kind, data)
                elif kind == SHEET_DATA_END:
                    self._write()
                elif kind == MERGED:
                    top, bottom, left, right = struct.unpack_from("<IIII", data)
                    self._sheet.merges.append(f"{letter(left)}{top + 1}:{letter(right)}{bottom + 1}")
            self._write()
            self._open(stack)

    def _open(self, stack: ExitStack) -> None:
        if self._sheet is None:
            made = self._writer.sheet(self._name, is_visible=self._is_visible, hidden_columns=self._hidden)
            self._sheet = stack.enter_context(made)

    def _write(self) -> None:
        if self._cells and self._sheet is not None:
            self._sheet.row(self._row, self._cells, is_hidden=self._is_hidden)
        self._cells = []

    def _cell(self, kind: int, data: bytes) -> None:
        is_short = kind in SHORT
        self._at = self._at + 1 if is_short else struct.unpack_from("<I", data)[0]
        if self._at >= MOST_COLUMNS:
            raise ValueError(f"a cell of row {self._row:,} lies outside the grid of {MOST_COLUMNS:,} columns")
        begin = 4 if is_short else 8
        style = int.from_bytes(data[begin - 4 : begin - 1], "little")
        form = self._formats[style] if style < len(self._formats) else "General"
        what = FORMULAS.get(kind, kind - 11 if is_short else kind)
        self._cells += self._made(what, data, begin, form, is_formula=kind in FORMULAS)

    def _made(self, what: int, data: bytes, begin: int, form: str, *, is_formula: bool) -> Iterator[Cell]:
        if what in {RK, REAL}:
            number = number_of_rk(data, begin) if what == RK else struct.unpack_from("<d", data, begin)[0]
            yield Cell(self._at, "n", repr(number).removesuffix(".0"), form, is_formula)
        elif what == TRUTH:
            yield Cell(self._at, "b", str(int(data[begin] != 0)), is_formula=is_formula)
        elif what == ERROR:
            yield Cell(self._at, "e", ERRORS.get(data[begin], "#VALUE!"), is_formula=is_formula)
        elif what in {TEXT, RICH_TEXT, SHARED}:
            text = self._text(what, data, begin)
            if text or is_formula:
                yield Cell(self._at, "s", text, is_formula=is_formula)

    def _text(self, what: int, data: bytes, begin: int) -> str:
        if what != SHARED:
            return text_at(data, begin + (what == RICH_TEXT))[0]
        at: int = struct.unpack_from("<I", data, begin)[0]
        if at >= len(self._strings):
            place = f"{letter(self._at)}{self._row}"
            raise ValueError(f"cell {place} asks for shared string {at} of {len(self._strings)}")
        return self._strings[at]


def _strings(archive: Archive, part: str | None) -> Iterator[str]:
    if part is not None and part in archive:
        with archive.stream(part) as stream:
            yield from (text_at(data, 1)[0] for kind, data in records(stream) if kind == SHARED_ITEM)


def _formats(archive: Archive, part: str | None) -> list[str]:
    """The number format of each cell format."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    codes: dict[int, str] = {**BUILTIN_FORMATS, **EASTERN}
    found: list[str] = []
    inside = False
    if part is None or part not in archive:
        return found
    with archive.stream(part) as stream:
        for kind, data in records(stream):
            if kind == FORMAT:
                codes[struct.unpack_from("<H", data)[0]] = text_at(data, 2)[0]
            elif kind == CELL_FORMAT and inside:
                found.append(codes.get(struct.unpack_from("<H", data, 2)[0], "General"))
            elif kind in {CELL_FORMATS, CELL_FORMATS_END}:
                inside = kind == CELL_FORMATS
    return found


def _sheets(archive: Archive, part: str) -> tuple[bool, list[tuple[str, str, bool]]]:
    """Whether days count from 1904; the name of each sheet, its relation, and whether it is shown."""
    is_1904, sheets = False, []
    with archive.stream(part) as stream:
        for kind, data in records(stream):
            if kind == BOOK:
                is_1904 = bool(data[0] & 1)
            elif kind == SHEET:
                link, end = text_at(data, 8)
                sheets.append((text_at(data, end)[0], link, struct.unpack_from("<I", data)[0] == 0))
    return is_1904, sheets


def _kind(relation: dict[str, str]) -> str:
    return relation.get("Type", "").rpartition("/")[2]
