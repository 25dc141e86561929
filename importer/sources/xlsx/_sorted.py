"""A sheet whose rows stand in another order than that of their numbers, written again in that order: `in_order`."""

from __future__ import annotations

import re
import shutil
import weakref
import zipfile
from array import array
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO, TYPE_CHECKING

from importer.errors import Note, SourceError
from importer.sources.xlsx.book import Archive, Cutter, XmlParser, local
from importer.sources.xlsx.cells import REFERENCE
from importer.sources.xlsx.exact import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["InOrder", "in_order"]

LOOKED_AT = 4 << 20
"""Bytes at the beginning in which rows out of order show that a sheet has to be written again."""

MOST_BYTES = 4 << 30
"""Limit of the sheet that is written again."""

BLOCK_BYTES = 1 << 20
ROWS_DEPTH = 2
ROW = re.compile(rb"""<(?:[\w.-]+:)?row\s(?:[^>]*?\s)?r\s*=\s*["']\s*(\d{1,9})\s*["']""")


class InOrder:
    """The part of a sheet in an archive of its own, with its rows in order; it is deleted with this object.

    Attributes
    ----------
    path
        The archive, which has the name of the workbook.
    """

    def __init__(self, file: Path, part: str, where: str) -> None:
        folder = mkdtemp(prefix="importer-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = Path(folder) / file.name
        with (
            TemporaryFile(dir=folder) as copy,
            zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as to,
        ):
            rows = _copied(file, part, where, copy)
            with to.open(part, "w", force_zip64=True) as target:
                for begin, end in rows:
                    copy.seek(begin)
                    for at in range(begin, end, BLOCK_BYTES):
                        target.write(copy.read(min(BLOCK_BYTES, end - at)))

    @staticmethod
    def note(where: str) -> Note:
        """Tell that the rows were sorted."""
        return Note(
            f"the rows of {where} are not in the order of their numbers; they are read in that order",
            code="rows-sorted",
        )


def in_order(path: Path, part: str, where: str) -> InOrder | None:
    """The sheet with its rows in order; None if the first ones are, as nearly everywhere.

    Raises
    ------
    SourceError
        If the sheet is damaged, or too large to be written again.
    """
    if _rises(path, part, where):
        return None
    state = path.stat()
    return _in_order(path.absolute(), part, where, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _in_order(path: Path, part: str, where: str, changed: int, size: int) -> InOrder:  # noqa: ARG001 - another file has others
    return InOrder(path, part, where)


def _rises(path: Path, part: str, where: str) -> bool:
    last = 0
    with Archive(path) as archive, archive.stream(part) as stream:
        for data in _pieces(Cutter(stream, "sheetData", where), LOOKED_AT):
            numbers = list(map(int, ROW.findall(data)))
            if any(before > after for before, after in pairwise([last, *numbers])):
                return False
            last = numbers[-1] if numbers else last
    return True


def _pieces(cutter: Cutter, most: int) -> Iterator[bytes]:
    """The rows in pieces that end behind one, up to about so many bytes."""
    taken = 0
    for block in cutter.blocks(f"</{cutter.prefix or ''}row>".encode(), first=1 << 16, size=BLOCK_BYTES):
        yield block.data
        taken += len(block.data)
        if taken >= most:
            return


def _copied(file: Path, part: str, where: str, copy: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Copy the part in UTF-8; where the pieces of it are, in the order in which they belong."""
    index = _Index(where)
    with Archive(file) as archive, archive.stream(part) as stream:
        cutter = Cutter(stream, "sheetData", where)
        size = 0
        for piece in chain([cutter.prologue or b""], _pieces(cutter, MOST_BYTES + 1)):
            index.feed(piece)
            copy.write(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise SourceError(
                    f"{where} has rows out of order, and more than {MOST_BYTES >> 30} GB",
                    code="file-suspicious",
                    facts={"part": where},
                    fixes=["open it in a spreadsheet program and save it again, if you trust the file"],
                )
        index.feed(b"", last=True)
    return index.in_order(size)


class _Index:
    """Where each row of a sheet begins."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._begins, self._numbers = array("Q"), array("Q")
        self._end = 0
        self._depth = self._number = 0
        self._in_rows = self._is_unnumbered = False
        self._parser = XmlParser(where, "utf-8", near=lambda: f"row {self._number}")
        self._parser.events.StartElementHandler, self._parser.events.EndElementHandler = self._start_tag, self._end_tag

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Parse the next piece."""
        self._parser.feed(data, last=last)

    def in_order(self, size: int) -> Iterator[tuple[int, int]]:
        """What stands before the rows, each row by its number, and what follows them."""
        begins, end = self._begins, self._end
        yield 0, begins[0] if begins else end
        for at in sorted(range(len(begins)), key=self._numbers.__getitem__):
            yield begins[at], begins[at + 1] if at + 1 < len(begins) else end
        yield end, size

    def _start_tag(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._parser.check_depth(self._depth)
        if self._depth == ROWS_DEPTH and local(name) == "sheetData":
            self._in_rows = True
        elif not self._in_rows:
            return
        elif self._depth == ROWS_DEPTH + 1 and local(name) == "row":
            self._row(attributes.get("r"))
        elif self._is_unnumbered and local(name) == "c":
            # A row without a number has that of its first cell.
            found = REFERENCE.fullmatch(attributes.get("r", "").strip())
            self._number = max(int(found[2]), self._number) if found else self._number
            self._numbers[-1] = self._number
            self._is_unnumbered = False

    def _row(self, number: str | None) -> None:
        digits = (number or "").strip()
        # What is no number is told when the row is read.
        self._number = int(digits) if digits.isdecimal() and len(digits) < 10 else self._number + 1  # noqa: PLR2004 - as in the grid
        self._is_unnumbered = number is None
        self._begins.append(self._parser.events.CurrentByteIndex)
        self._numbers.append(self._number)
        if len(self._begins) > ROWS:
            raise SourceError(
                f"{self._where} has more than {ROWS:,} rows",
                code="file-damaged",
                facts={"part": self._where},
                fixes=["open the file in a spreadsheet program, which may repair it, and save it again"],
            )

    def _end_tag(self, name: str) -> None:
        if self._depth == ROWS_DEPTH and local(name) == "sheetData":
            self._in_rows, self._end = False, self._parser.events.CurrentByteIndex
        self._depth -= 1
