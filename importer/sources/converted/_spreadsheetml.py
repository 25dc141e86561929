"""Rewrite a workbook that Excel 2003 and many exporting programs write as one XML file, mostly called .xls, as XLSX."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core import letter
from importer.sources.converted._ods_cells import iso_moment
from importer.sources.converted._xlsx_writer import Cell, Sheet, XlsxWriter
from importer.sources.xlsx.book import XmlParser
from importer.sources.xlsx.cells import Kind, NumberFormat

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["rewrite_spreadsheetml"]

ROWS, COLUMNS = 1_048_576, 16_384
"""The grid of a sheet."""

PIECE = 1 << 16
ROW_CHARACTERS = 64 << 20
"""Limit of the texts in one row."""

DEEPEST = 32
"""Styles that come from each other, and tags of fonts inside a cell."""

FORMATS = {
    "General": "General",
    "General Number": "General",
    "General Date": "m/d/yyyy h:mm",
    "Long Date": "dddd, mmmm d, yyyy",
    "Medium Date": "d-mmm-yy",
    "Short Date": "m/d/yyyy",
    "Long Time": "h:mm:ss AM/PM",
    "Medium Time": "h:mm AM/PM",
    "Short Time": "h:mm",
    "Currency": "#,##0.00",
    "Euro Currency": "[$€-2] #,##0.00",
    "Fixed": "0.00",
    "Standard": "#,##0.00",
    "Percent": "0.00%",
    "Scientific": "0.00E+00",
    "Yes/No": '"Yes";"Yes";"No"',
    "True/False": '"True";"True";"False"',
    "On/Off": '"On";"On";"Off"',
}
"""Formats that have names there."""

FIRST_YEAR = 1900
FIRST_DAY, DAYS_TO_MARCH = dt.datetime(1899, 12, 31, tzinfo=dt.UTC), 60  # Excel counts a day in 1900 that never was.
FIRST_DAY_1904 = dt.datetime(1904, 1, 1, tzinfo=dt.UTC)


def rewrite_spreadsheetml(path: Path, target: Path) -> None:
    """Write all worksheets to `target`: values, number formats, errors, merged cells, and what is hidden.

    Raises
    ------
    ValueError
        If it has cells where no sheet has any, or no worksheet.
    """
    with ExitStack() as stack, path.open("rb") as file:
        writer = XlsxWriter(target)
        book = _Book(writer, stack)
        parser = XmlParser(path.name)
        parser.events.StartElementHandler, parser.events.EndElementHandler = book.start, book.end
        parser.events.CharacterDataHandler = book.characters
        book.parser = parser
        # Some programs begin with a line end, before which XML allows nothing.
        piece = file.read(PIECE).lstrip(b" \t\r\n")
        while piece:
            parser.feed(piece)
            piece = file.read(PIECE)
        parser.feed(b"", last=True)
    if not book.sheets:
        raise ValueError("it has no worksheet")
    writer.close()


@dataclass(slots=True)
class _Row:
    """The row that is being read."""

    number: int
    span: int
    is_hidden: bool
    style: str | None
    cells: list[Cell] = field(default_factory=list)
    at: int = 0
    size: int = 0


class _Book:
    """Handlers of the parser's events, which write rows as soon as they end."""

    def __init__(self, writer: XlsxWriter, stack: ExitStack) -> None:
        self.parser: XmlParser | None = None
        self.sheets = 0
        self._writer, self._stack = writer, stack
        self._path: list[str] = []
        self._styles: dict[str, tuple[str | None, str | None]] = {}
        self._style = ""
        self._sheet: Sheet | None = None
        self._columns: list[tuple[int, int, str | None]] = []
        self._hidden: list[int] = []
        self._name = ""
        self._table_style: str | None = None
        self._column = self._number = 0
        self._row: _Row | None = None
        self._cell: dict[str, str] = {}
        self._kind: str | None = None
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        tag, given = name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        parent = self._path[-1] if self._path else ""
        self._path.append(tag)
        if self.parser is not None:
            self.parser.check_depth(len(self._path))
        self._text = [] if (parent, tag) in {("Cell", "Data"), ("WorksheetOptions", "Visible")} else self._text
        match parent, tag:
            case ("Styles", "Style") | ("Style", "NumberFormat"):
                self._add_style(tag, given)
            case "ExcelWorkbook", "Date1904":
                self._writer.is_1904 = True
            case "Workbook", "Worksheet":
                self._begin_sheet(given)
            case "Worksheet", "Table":
                self._table_style = given.get("StyleID")
            case "Table", "Column":
                self._add_column(given)
            case "Table", "Row":
                self._begin_row(given)
            case "Row", "Cell":
                self._cell, self._kind = given, None
            case "Cell", "Data":
                self._kind = given.get("Type", "String")

    def end(self, _: str) -> None:
        """An element ends."""
        tag = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if (parent, tag) == ("Row", "Cell") and self._row is not None:
            self._end_cell(self._row)
        elif (parent, tag) == ("Table", "Row") and self._row is not None:
            row, self._row = self._row, None
            if row.cells:
                self._opened().row(row.number, row.cells, is_hidden=row.is_hidden)
            self._number = row.number + row.span
        elif (parent, tag) == ("WorksheetOptions", "Visible"):
            self._opened().is_visible = "".join(self._text).strip() not in {"SheetHidden", "SheetVeryHidden"}
        elif (parent, tag) == ("Workbook", "Worksheet"):
            self._opened()
            self._stack.close()

    def characters(self, text: str) -> None:
        """Text between elements: that of a cell, also of words with a font of their own, but of no comment."""
        if "Data" in self._path[-DEEPEST:] and "Comment" not in self._path:
            self._text.append(text)
            if self._row is not None:
                self._row.size += len(text)
                if self._row.size > ROW_CHARACTERS:
                    raise ValueError(f"row {self._row.number:,} has more than {ROW_CHARACTERS >> 20} MB of text")
        elif self._path[-1:] == ["Visible"]:
            self._text.append(text)

    def _add_style(self, tag: str, given: dict[str, str]) -> None:
        if tag == "Style":
            self._style = given.get("ID", "")
            self._styles[self._style] = given.get("Parent"), None
        elif self._style in self._styles:
            self._styles[self._style] = self._styles[self._style][0], given.get("Format")

    def _begin_sheet(self, given: dict[str, str]) -> None:
        self.sheets += 1
        self._name, self._table_style = given.get("Name") or f"Sheet{self.sheets}", None
        self._sheet, self._columns, self._hidden, self._column, self._number = None, [], [], 0, 0

    def _add_column(self, given: dict[str, str]) -> None:
        first = _number(given.get("Index"), self._column + 1) - 1
        last = min(first + _number(given.get("Span"), 0), COLUMNS - 1)
        self._column = last + 1
        self._columns.append((first, last, given.get("StyleID")))
        if given.get("Hidden") == "1":
            self._hidden += range(first, last + 1)

    def _begin_row(self, given: dict[str, str]) -> None:
        number = _number(given.get("Index"), self._number + 1)
        if number <= self._number:
            raise ValueError(f"row {number:,} of sheet {self._name!r} comes after row {self._number:,}")
        if number > ROWS:
            raise ValueError(f"row {number:,} of sheet {self._name!r} lies outside the grid of {ROWS:,} rows")
        span, is_hidden = _number(given.get("Span"), 0), given.get("Hidden") == "1"
        self._row = _Row(number, span, is_hidden, given.get("StyleID"))

    def _end_cell(self, row: _Row) -> None:
        given, text = self._cell, "".join(self._text) if self._kind is not None else ""
        at = _number(given.get("Index"), row.at + 1) - 1
        across, down = _number(given.get("MergeAcross"), 0), _number(given.get("MergeDown"), 0)
        if at < row.at:
            raise ValueError(
                f"cell {letter(at)}{row.number} of sheet {self._name!r} comes after one to the right of it"
            )
        if at >= COLUMNS:
            raise ValueError(f"a cell of row {row.number:,} lies outside the grid of {COLUMNS:,} columns")
        row.at = at + across + 1
        made = self._made(at, text, self._format(at, given))
        if made is not None:
            row.cells.append(made)
            if across or down:
                last = f"{letter(min(at + across, COLUMNS - 1))}{min(row.number + down, ROWS)}"
                self._opened().merges.append(f"{letter(at)}{row.number}:{last}")

    def _made(self, at: int, text: str, form: str) -> Cell | None:
        """The cell, None if it is empty."""
        is_formula = "Formula" in self._cell
        match self._kind:
            case "Number":
                return Cell(at, "n", text.strip(), form, is_formula)
            case "DateTime":
                return self._moment(at, text.strip(), form, is_formula=is_formula)
            case "Boolean":
                return Cell(at, "b", text.strip(), is_formula=is_formula)
            case "Error":
                return Cell(at, "e", text.strip(), is_formula=is_formula)
            case None:
                return Cell(at, "n", None, is_formula=True) if is_formula else None
            case _:
                return Cell(at, "s", text, is_formula=is_formula) if text or is_formula else None

    def _moment(self, at: int, text: str, form: str, *, is_formula: bool) -> Cell:
        """A date as it is written; times, and what Excel counts before all dates, as the number that they are."""
        is_clock = NumberFormat.of(form).usual in {Kind.TIME, Kind.ELAPSED}
        try:
            moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        except ValueError:
            return Cell(at, "d", text, is_formula=is_formula)
        if not is_clock and moment.year >= FIRST_YEAR:
            return Cell(at, "d", iso_moment(text), is_formula=is_formula)
        days = (moment - (FIRST_DAY_1904 if self._writer.is_1904 else FIRST_DAY)) / dt.timedelta(days=1)
        days += days >= DAYS_TO_MARCH and not self._writer.is_1904
        return Cell(at, "n", repr(days).removesuffix(".0"), form, is_formula)

    def _format(self, at: int, given: dict[str, str]) -> str:
        """The number format of a cell: its own, or that of its row, its column or the table."""
        style = given.get("StyleID") or (self._row.style if self._row is not None else None)
        style = style or next((name for first, last, name in self._columns if first <= at <= last), None)
        name: str | None = style or self._table_style or "Default"
        for _ in range(DEEPEST):
            parent, form = self._styles.get(name or "", (None, None))
            if form is not None or parent is None:
                return FORMATS.get(form or "General", form or "General")
            name = parent
        return "General"

    def _opened(self) -> Sheet:
        """The sheet to write to, which begins once its columns are known."""
        if self._sheet is None:
            self._sheet = self._stack.enter_context(self._writer.sheet(self._name, hidden_columns=self._hidden))
        return self._sheet


def _number(text: str | None, otherwise: int) -> int:
    """A number that counts rows or columns; what no grid has is beyond it."""
    if text is None or not (text.isascii() and text.isdigit()):
        return otherwise
    return int(text[:9])
