"""Rewrite an old Excel workbook (.xls) as XLSX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.core import letter
from importer.sources.converted._xlsx_writer import Cell, XlsxWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["rewrite_xls"]

TEXT, NUMBER, DATE, TRUTH, ERROR = range(1, 6)
"""Kinds of cells, as xlrd counts them."""


def rewrite_xls(path: Path, target: Path) -> None:
    """Write all worksheets to `target`: values, number formats, errors, merged cells, and what is hidden."""
    import xlrd

    with xlrd.open_workbook(str(path), formatting_info=True, on_demand=True, ragged_rows=True) as book:
        formats = [book.format_map[style.format_key].format_str for style in book.xf_list]
        writer = XlsxWriter(target, is_1904=book.datemode == 1)
        for at, name in enumerate(book.sheet_names()):
            sheet = book.sheet_by_index(at)
            hidden = [column for column, info in sheet.colinfo_map.items() if info.hidden]
            with writer.sheet(name, is_visible=sheet.visibility == 0, hidden_columns=sorted(hidden)) as written:
                for row in range(sheet.nrows):
                    info = sheet.rowinfo_map.get(row)
                    cells = list(_cells(sheet, row, formats, xlrd.error_text_from_code))
                    if cells:
                        written.row(row + 1, cells, is_hidden=bool(info and info.hidden))
                for top, bottom, left, right in sheet.merged_cells:
                    written.merges.append(f"{letter(left)}{top + 1}:{letter(right - 1)}{bottom}")
            book.unload_sheet(at)
        writer.close()


def _cells(sheet: Any, row: int, formats: list[str], errors: dict[int, str]) -> Iterator[Cell]:  # noqa: ANN401 - xlrd has no types
    for at, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
        form = formats[sheet.cell_xf_index(row, at)] if kind else "General"
        match kind:
            case _ if kind == TEXT and value:
                yield Cell(at, "s", value, form)
            case _ if kind in (NUMBER, DATE):
                yield Cell(at, "n", repr(value).removesuffix(".0"), form)
            case _ if kind == TRUTH:
                yield Cell(at, "b", str(int(value)))
            case _ if kind == ERROR:
                yield Cell(at, "e", errors.get(value, "#N/A"))
