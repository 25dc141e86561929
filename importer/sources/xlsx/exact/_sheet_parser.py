"""Cells of a sheet by a real XML parser, for blocks that the fast path does not understand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.core import letter
from importer.errors import SourceError
from importer.sources.xlsx.book import BLANKS, XmlParser, local
from importer.sources.xlsx.cells import CELLS, REFERENCE, ZEROS, Kind, Layout, cell_kind, is_hidden, position_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "ROWS", "SheetParser"]

ROWS, COLUMNS = 1_048_576, 16_384
"""The grid of a sheet."""

ROW_BYTES = 64 << 20
"""Limit of the texts in one row."""

_ROWS_DEPTH = 2
"""Elements around a row: the root and ``sheetData``."""

_NUMBER = re.compile(r"[0-9]{1,9}")
_SPACE = "http://www.w3.org/XML/1998/namespace space"
_TEXTS = frozenset({("c", "v"), ("is", "t"), ("r", "t")})


class SheetParser:
    """Parses a sheet piece by piece, from its beginning.

    Attributes
    ----------
    row
        Number of the last row that has begun.
    numbered
        Whether every row so far had a number of its own.
    hidden
        Numbers of the hidden rows that have begun since the cells were taken last.
    layout
        Hidden columns, and merged cells once the rows are over.

    Parameters
    ----------
    where
        Name of the sheet in messages.
    styles
        Kind of a number by style.
    row
        Number of the row before the first, in case rows are not numbered.
    is_ordered
        Whether rows must come in the order of their numbers.
    """

    def __init__(self, where: str, styles: Sequence[int], *, row: int = 0, is_ordered: bool = True) -> None:
        self.row = row
        self._is_ordered = is_ordered
        self.numbered = True
        self.hidden: list[int] = []
        self.layout = Layout()
        self._where = where
        self._styles = tuple(styles)
        self._tags: dict[str, str] = {}
        self._kinds: dict[tuple[str | None, str | None], int] = {}
        self._cells: list[tuple[int, int, int, str | None]] = []
        self._path: list[str] = []
        self._in_rows = False
        self._size = 0
        self._inside = False
        self._digits: str | None = None
        self._position = -1
        self._taken: set[int] = set()
        self._type: str | None = None
        self._style: str | None = None
        self._value: str | None = None
        self._inline: str | None = None
        self._text: list[str] | None = None
        self._keeps_blanks = True
        self._is_formula = False
        self._parser = XmlParser(where, "utf-8", near=lambda: f"row {self.row}")
        self._parser.events.StartElementHandler = self._start
        self._parser.events.EndElementHandler = self._end
        self._parser.events.CharacterDataHandler = self._characters

    @property
    def resting(self) -> bool:
        """Whether it is between two rows, so that another parser can continue from here."""
        return self._in_rows and len(self._path) == _ROWS_DEPTH and self._parser.is_drained

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Parse the next piece. The last one must end the document."""
        self._parser.feed(data, last=last)

    def take(self) -> pl.DataFrame:
        """The cells of rows that were completed since the last call, as `CELLS`."""
        end = len(self._cells)
        while self._inside and end and self._cells[end - 1][0] == self.row:
            end -= 1
        cells, self._cells = self._cells[:end], self._cells[end:]
        return pl.DataFrame(cells, schema=CELLS, orient="row")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags.get(name)
        if tag is None:
            tag = self._tags[name] = local(name)
        path = self._path
        parent = path[-1] if path else ""
        path.append(tag)
        self._parser.check_depth(len(path))
        if self._inside:
            if tag == "c" and parent == "row":
                self._start_cell(attributes)
            elif tag == "f" and parent == "c":
                self._is_formula = True
            elif (parent, tag) in _TEXTS:
                self._text = []
                self._keeps_blanks = tag == "v" or attributes.get(_SPACE) == "preserve"
        elif tag == "row" and self._in_rows and len(path) == _ROWS_DEPTH + 1:
            self._inside = True
            self._start_row(attributes)
        elif tag == "row" and self._in_rows:
            raise self._contradiction("a row stands inside another tag than that of the rows")
        elif tag == "sheetData" and len(path) == _ROWS_DEPTH:
            self._in_rows = True
        else:
            self.layout.see(parent, tag, attributes)

    def _end(self, _: str) -> None:
        path = self._path
        tag = path.pop()
        if self._inside:
            if tag == "c" and path[-1] == "row":
                self._end_cell()
            elif self._text is not None and tag in {"v", "t"}:
                self._end_text(is_value=tag == "v")
            elif tag == "row" and len(path) == _ROWS_DEPTH:
                self._inside = False
        elif tag == "sheetData" and len(path) == _ROWS_DEPTH - 1:
            self._in_rows = False

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._size += len(text)
            if self._size > ROW_BYTES:
                raise self._too_large()

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._size, self._position, self._digits = 0, -1, number
        self._taken.clear()
        if number is None:
            self.numbered = False
            self._go_to(self.row + 1)
        elif _NUMBER.fullmatch(number.strip(BLANKS)):
            self._go_to(int(number))
        else:
            raise self._contradiction(f"a row is numbered {number[:40]!r}")
        if is_hidden(attributes, "ht"):
            self.hidden.append(self.row)

    def _go_to(self, row: int) -> None:
        if self._is_ordered and not self.row < row:
            raise self._contradiction(f"row {row} comes after row {self.row}")
        if row > ROWS:
            raise self._contradiction(f"row {row} lies outside the grid of {ROWS} rows")
        self.row = row

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._type, self._style = attributes.get("t"), attributes.get("s")
        self._value = self._inline = None
        self._is_formula = False
        reference = attributes.get("r")
        position = self._position + 1 if reference is None else self._place(reference)
        if position >= COLUMNS:
            raise self._contradiction(f"a cell of row {self.row} lies outside the grid of {COLUMNS} columns")
        if position in self._taken:
            raise self._contradiction(f"cell {letter(position)}{self.row} is there twice")
        self._taken.add(position)
        self._position = position

    def _place(self, reference: str) -> int:
        """Position of a cell of this row."""
        digits = self._digits
        if digits is not None and reference.endswith(digits):
            position = position_of(reference[: -len(digits)])
            if position is not None:
                return position
        found = REFERENCE.fullmatch(reference.strip(BLANKS))
        position = None if found is None else position_of(found[1])
        if found is None or position is None:
            raise self._contradiction(f"{reference[:40]!r} is not a cell of the grid")
        row = int(found[2])
        if digits is None and row > self.row and not self._taken:
            self._go_to(row)
        if row != self.row:
            raise self._contradiction(f"cell {reference!r} stands in row {self.row}")
        return position

    def _end_text(self, *, is_value: bool) -> None:
        text = "".join(self._text or ())
        self._text = None
        if not self._keeps_blanks:
            text = text.strip(BLANKS)
        if is_value and self._value is not None:
            raise self._contradiction(f"cell {letter(self._position)}{self.row} has two values")
        if is_value:
            self._value = text
        else:
            self._inline = (self._inline or "") + text

    def _end_cell(self) -> None:
        if self._inline is not None and (self._type == "inlineStr" or self._value is None):
            self._cells.append((self.row, self._position, Kind.TEXT, self._inline))
            return
        key = self._type, self._style
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = cell_kind(*key, self._styles)
        if self._is_formula and (self._value is None or (kind != Kind.TEXT and not self._value.strip(BLANKS))):
            kind = Kind.UNSAVED
        elif self._is_formula and kind == Kind.NUMBER and self._value in ZEROS:
            kind = Kind.STALE
        self._cells.append((self.row, self._position, kind, self._value))

    def _contradiction(self, what: str) -> SourceError:
        return SourceError(
            f"{self._where} contradicts itself: {what}",
            code="file-damaged",
            facts={"part": self._where},
            fixes=["open the file in a spreadsheet program, which may repair it, and save it again"],
        )

    def _too_large(self) -> SourceError:
        return SourceError(
            f"{self._where} has more than {ROW_BYTES >> 20} MB in one row near cell {letter(max(self._position, 0))}"
            f"{self.row}",
            code="file-suspicious",
            facts={"part": self._where, "row": self.row},
            fixes=["split the cell if that is meant", "do not trust the file"],
        )
