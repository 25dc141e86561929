"""Cells of a sheet's XML by a real parser, for whatever the fast path does not understand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.chunks import letter
from importer.errors import SourceError
from importer.sources._xlsx_styles import Kind, cell_kind
from importer.sources._xlsx_values import BLANKS, CELLS
from importer.sources._xlsx_xml import XmlParser, local

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "ROWS", "SheetParser", "position_of"]

ROWS, COLUMNS = 1_048_576, 16_384
"""The grid of a sheet."""

ROW_BYTES = 64 << 20
"""Bound of the texts of one row."""

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_NUMBER = re.compile(r"[0-9]{1,9}")
_TEXTS = frozenset({("c", "v"), ("is", "t"), ("r", "t")})


def position_of(letters: str) -> int:
    """Position of a column, counted from 0.

    Examples
    --------
    >>> position_of("A"), position_of("XFD")
    (0, 16383)
    """
    position = 0
    for each in letters.upper():
        position = 26 * position + ord(each) - 64
    return position - 1


class SheetParser:
    """Takes a sheet's XML piece by piece, from its beginning, and gives its cells.

    Attributes
    ----------
    row
        Number of the last row that began.
    resting
        Whether it stands between two rows, so that another parser may go on from here.
    numbered
        Whether every row so far had a number of its own.

    Parameters
    ----------
    where
        What is parsed, for messages.
    styles
        Kind of a number by style.
    row
        Number of the row before the first, where rows are not numbered.
    """

    def __init__(self, where: str, styles: Sequence[Kind], *, row: int = 0) -> None:
        self.row = row
        self.resting = False
        self.numbered = True
        self._where = where
        self._styles = tuple(styles)
        self._cells: list[tuple[int, int, int, str | None]] = []
        self._path: list[str] = []
        self._size = 0
        self._inside = False
        self._numbered = True
        self._position = -1
        self._taken: set[int] = set()
        self._type: str | None = None
        self._style: str | None = None
        self._value: list[str] | None = None
        self._inline: list[str] | None = None
        self._text: list[str] | None = None
        self._keeps_blanks = True
        self._parser = XmlParser(where, "utf-8", near=lambda: f"row {self.row}")
        self._parser.events.StartElementHandler = self._start
        self._parser.events.EndElementHandler = self._end
        self._parser.events.CharacterDataHandler = self._characters

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Take the next piece; the last one has to end the document."""
        self._parser.feed(data, last=last)

    def take(self) -> pl.DataFrame:
        """The cells of rows that were completed since the last call, as `CELLS`."""
        end = len(self._cells)
        while self._inside and end and self._cells[end - 1][0] == self.row:
            end -= 1
        cells, self._cells = self._cells[:end], self._cells[end:]
        return pl.DataFrame(cells, schema=CELLS, orient="row")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag, path = local(name), self._path
        parent = path[-1] if path else ""
        path.append(tag)
        if tag == "row" and self.resting and parent == "sheetData":
            self.resting, self._inside = False, True
            self._start_row(attributes.get("r"))
        elif tag == "c" and self._inside and parent == "row":
            self._start_cell(attributes)
        elif tag == "sheetData" and len(path) == 2:  # noqa: PLR2004 - a child of the root
            self.resting = True
        elif self._inside and (parent, tag) in _TEXTS:
            self._text = []
            keeps = attributes.get("http://www.w3.org/XML/1998/namespace space") == "preserve"
            self._keeps_blanks = keeps or tag == "v"

    def _end(self, _: str) -> None:
        path = self._path
        tag = path.pop()
        if self._inside:
            if tag in {"v", "t"} and self._text is not None:
                self._end_text(is_value=tag == "v")
            elif tag == "c" and path[-1] == "row":
                self._end_cell()
            elif tag == "row" and path[-1] == "sheetData":
                self.resting, self._inside = True, False
        elif tag == "sheetData":
            self.resting = False

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._size += len(text)
            if self._size > ROW_BYTES:
                raise self._too_large()

    def _start_row(self, number: str | None) -> None:
        self._size, self._position = 0, -1
        self._taken.clear()
        self._numbered = number is not None
        if number is None:
            self.numbered = False
            self._go_to(self.row + 1)
        elif _NUMBER.fullmatch(number.strip(BLANKS)):
            self._go_to(int(number))
        else:
            raise self._contradiction(f"a row is numbered {number[:40]!r}")

    def _go_to(self, row: int) -> None:
        if not self.row < row:
            raise self._contradiction(f"row {row} comes after row {self.row}")
        if row > ROWS:
            raise self._contradiction(f"row {row} lies outside the grid of {ROWS} rows")
        self.row = row

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._type, self._style = attributes.get("t"), attributes.get("s")
        self._value = self._inline = None
        reference = attributes.get("r")
        if reference is None:
            self._position += 1
        else:
            self._place(reference)
        if self._position >= COLUMNS:
            raise self._contradiction(f"a cell of row {self.row} lies outside the grid of {COLUMNS} columns")
        if self._position in self._taken:
            raise self._contradiction(f"cell {letter(self._position)}{self.row} is there twice")
        self._taken.add(self._position)

    def _place(self, reference: str) -> None:
        found = _REFERENCE.fullmatch(reference.strip(BLANKS))
        if found is None:
            raise self._contradiction(f"{reference[:40]!r} is no cell of the grid")
        row, position = int(found[2]), position_of(found[1])
        if not self._numbered and row > self.row and not self._taken:
            self._go_to(row)
        if row != self.row:
            raise self._contradiction(f"cell {reference!r} stands in row {self.row}")
        self._position = position

    def _end_text(self, *, is_value: bool) -> None:
        text = "".join(self._text or ())
        self._text = None
        if not self._keeps_blanks:
            text = text.strip(BLANKS)
        if is_value:
            self._value = [*(self._value or ()), text]
        else:
            self._inline = [*(self._inline or ()), text]

    def _end_cell(self) -> None:
        inline = self._inline is not None and (self._type == "inlineStr" or self._value is None)
        texts = self._inline if inline else self._value
        kind = Kind.TEXT if inline else cell_kind(self._type, self._style, self._styles)
        self._cells.append((self.row, self._position, kind, None if texts is None else "".join(texts)))

    def _contradiction(self, what: str) -> SourceError:
        return SourceError(
            f"{self._where} contradicts itself: {what}; open the file in a spreadsheet program, which may repair it, "
            "and save it again"
        )

    def _too_large(self) -> SourceError:
        return SourceError(
            f"{self._where} has more than {ROW_BYTES >> 20} MB in one row near cell {letter(max(self._position, 0))}"
            f"{self.row}; split the cell if that is meant, or do not trust the file"
        )
