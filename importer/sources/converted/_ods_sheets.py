"""The rows of an OpenDocument spreadsheet, event by event: `SheetsParser`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core import letter
from importer.sources.converted._ods_cells import CellText, cell_of
from importer.sources.converted._xlsx_writer import Cell

if TYPE_CHECKING:
    from contextlib import ExitStack

    from importer.sources.converted._ods_formats import Formats
    from importer.sources.converted._xlsx_writer import Sheet, XlsxWriter
    from importer.sources.xlsx.book import XmlParser

__all__ = ["SheetsParser"]

ROWS, COLUMNS = 1_048_576, 16_384
"""The grid of a sheet."""

MOST_REPEATED = 5_000_000
"""Most cells that stand for others, so that a short file does not become a huge one."""

ROW_CHARACTERS = 64 << 20
"""Limit of the texts in one row."""

STYLES = {"automatic-styles", "styles"}

FOREIGN = {"tracked-changes", "dde-links", "shapes", "forms", "content-validations", "named-expressions", "annotation"}
FOREIGN |= {"label-ranges", "database-ranges", "data-pilot-tables", "consolidation", "detective", "scenario", "note"}
FOREIGN |= {"ruby-text", "table-source", "cell-range-source", "dde-source", "master-styles", "font-face-decls"}
"""Elements whose content is no cell's: what was deleted, comments, drawings, tables of other files."""


@dataclass(slots=True)
class _Row:
    """The row that is being read."""

    repeated: int
    is_hidden: bool
    style: str | None
    cells: list[Cell] = field(default_factory=list)
    at: int = 0
    shown: int = 0
    extra: int = 0


class SheetsParser:
    """Handlers of a parser's events, which write rows as soon as they end.

    Parameters
    ----------
    writer
        Where the sheets go.
    formats
        Told of all styles, and asked for those of the cells.
    stack
        Closes the sheet that is open.
    """

    def __init__(self, writer: XlsxWriter, formats: Formats, stack: ExitStack) -> None:
        self._writer, self._formats, self._stack = writer, formats, stack
        self._parser: XmlParser | None = None
        self._has_rows = True
        self._depth = self._foreign = self._styles = 0
        self._said: list[str] | None = None
        self._tables = 0
        self._sheet: Sheet | None = None
        self._named: tuple[str, bool] = ("", True)
        self._columns: list[tuple[int, str | None]] = []
        self._hidden: list[int] = []
        self._number = self._made = 0
        self._row: _Row | None = None
        self._cell: dict[str, str] | None = None
        self._text = CellText()

    def begin(self, parser: XmlParser, *, has_rows: bool) -> None:
        """Listen to the parser of another part."""
        self._parser, self._has_rows = parser, has_rows
        self._depth = self._foreign = self._styles = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._parser is not None:
            self._parser.check_depth(self._depth)
        namespace, _, tag = name.rpartition(" ")
        if self._foreign:
            return
        if self._styles:
            self._said = []
            self._formats.start(tag, _bare(attributes))
        elif tag in FOREIGN or namespace.endswith(":drawing:1.0"):
            self._foreign = self._depth
        elif self._cell is not None:
            self._text.start(tag, attributes)
        elif tag in STYLES:
            self._styles = self._depth
        elif namespace.endswith(":table:1.0") and self._has_rows:
            self._structure(tag, _bare(attributes))

    def end(self, name: str) -> None:
        """An element ends."""
        tag = name.rpartition(" ")[2]
        self._depth -= 1
        if self._foreign:
            self._foreign = 0 if self._depth < self._foreign else self._foreign
        elif self._styles:
            self._formats.end(tag, "".join(self._said or ()))
            self._said = None
            self._styles = 0 if self._depth < self._styles else self._styles
        elif self._cell is not None:
            if tag in {"table-cell", "covered-table-cell"}:
                self._end_cell(self._cell)
            else:
                self._text.end(tag)
        elif tag == "table-row" and self._row is not None:
            self._end_row(self._row)
        elif tag == "table" and self._tables:
            self._end_table()

    def characters(self, text: str) -> None:
        """Text between elements."""
        if self._foreign:
            return
        if self._cell is not None:
            self._text.add(text)
            if self._text.size > ROW_CHARACTERS:
                raise ValueError(f"row {self._number + 1} has more than {ROW_CHARACTERS >> 20} MB of text")
        elif self._said is not None:
            self._said.append(text)

    def _structure(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self._tables += 1
            if self._tables > 1:
                raise ValueError("it has a table inside a table")
            self._named = given.get("name", "Sheet"), given.get("style-name", "") not in self._formats.hidden_tables
            self._sheet, self._columns, self._hidden, self._number = None, [], [], 0
        elif not self._tables:
            return
        elif tag == "table-column":
            count = min(_count(given.get("number-columns-repeated")), COLUMNS)
            first = self._columns[-1][0] if self._columns else 0
            last = min(first + count, COLUMNS)
            self._columns.append((last, given.get("default-cell-style-name")))
            if given.get("visibility", "visible") != "visible":
                self._hidden += range(first, last)
        elif tag == "table-row":
            is_hidden = given.get("visibility", "visible") != "visible"
            repeated = _count(given.get("number-rows-repeated"))
            self._row = _Row(repeated, is_hidden, given.get("default-cell-style-name"))
            self._text.size = 0
        elif tag in {"table-cell", "covered-table-cell"} and self._row is not None:
            self._cell = given
            self._text.begin()

    def _end_cell(self, given: dict[str, str]) -> None:
        row = self._row
        self._cell = None
        if row is None:
            return
        at, repeated = row.at, _count(given.get("number-columns-repeated"))
        row.at += repeated
        made = cell_of(at, given, self._text.take(), self._format(at, given))
        if made is None:
            return
        if row.at > COLUMNS:
            raise ValueError(f"a cell of row {self._number + 1} lies outside the grid of {COLUMNS:,} columns")
        self._count_made(repeated - 1)
        row.cells += (Cell(place, made.kind, made.value, made.format, made.is_formula) for place in range(at, row.at))
        down, right = _count(given.get("number-rows-spanned")), _count(given.get("number-columns-spanned"))
        if down * right > 1:
            last = f"{letter(min(at + right, COLUMNS) - 1)}{min(self._number + down, ROWS)}"
            self._opened().merges.append(f"{letter(at)}{self._number + 1}:{last}")

    def _end_row(self, row: _Row) -> None:
        self._row = None
        if row.cells:
            if self._number + row.repeated > ROWS:
                raise ValueError(f"row {self._number + row.repeated:,} lies outside the grid of {ROWS:,} rows")
            self._count_made(len(row.cells) * (row.repeated - 1))
            for number in range(self._number + 1, self._number + row.repeated + 1):
                self._opened().row(number, row.cells, is_hidden=row.is_hidden)
        self._number += row.repeated

    def _end_table(self) -> None:
        self._tables -= 1
        self._opened()
        self._stack.close()

    def _opened(self) -> Sheet:
        """The sheet to write to, which begins once its columns are known."""
        if self._sheet is None:
            name, is_visible = self._named
            made = self._writer.sheet(name, is_visible=is_visible, hidden_columns=self._hidden)
            self._sheet = self._stack.enter_context(made)
        return self._sheet

    def _count_made(self, count: int) -> None:
        self._made += count
        if self._made > MOST_REPEATED:
            raise ValueError(
                f"row {self._number + 1:,} of sheet {self._named[0]!r} repeats cells until they are more than "
                f"{MOST_REPEATED:,}"
            )

    def _format(self, at: int, given: dict[str, str]) -> str:
        style = given.get("style-name") or (self._row.style if self._row is not None else None)
        if style is None:
            style = next((name for end, name in self._columns if at < end), None)
        return self._formats.of(style)


def _bare(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes by their local names; those of extensions give way to those of the standard."""
    found: dict[str, str] = {}
    for name, value in attributes.items():
        namespace, _, tag = name.rpartition(" ")
        if ":calcext:" in namespace:
            found[f"calcext:{tag}"] = value
        elif ":tc:opendocument:" in namespace or tag not in found:
            found[tag] = value
    return found


def _count(text: str | None) -> int:
    """How often something is repeated."""
    return max(int(text), 1) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 1  # noqa: PLR2004 - digits of a number that no grid has
