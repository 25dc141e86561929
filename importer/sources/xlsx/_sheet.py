"""The cells of one sheet in order: several threads parse its XML block by block."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.sources.xlsx.book import Archive, Block, Cutter
from importer.sources.xlsx.cells import Grid, Texts, grids
from importer.sources.xlsx.exact import SheetParser
from importer.sources.xlsx.fast import FastPath, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from importer.sources.xlsx._strings import SharedStrings
    from importer.sources.xlsx.cells import Layout, Styles

__all__ = ["SheetXml"]

FIRST_BYTES, BLOCK_BYTES, SPOT_BYTES = 1 << 16, 3 << 20, 1 << 18
THREADS = max(2, min(4, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetXml:
    """One sheet of a workbook, readable any number of times.

    Attributes
    ----------
    where
        Name of the sheet in messages.
    styles
        What numbers are in each cell format.
    """

    path: Path
    part: str
    where: str
    styles: Styles
    strings: SharedStrings
    date1904: bool

    def grids(
        self, *, first: int = FIRST_BYTES, size: int = BLOCK_BYTES, ahead: int = THREADS
    ) -> Generator[tuple[Grid, int]]:
        """The non-empty rows, with the bytes read so far; at the end an empty grid.

        Closing the iterator closes the file and ends the threads.

        Parameters
        ----------
        first, size
            Bytes of the first block, and of the next ones.
        ahead
            Blocks to parse in advance.
        """
        with (
            Archive(self.path) as archive,
            archive.stream(self.part) as stream,
            closing(self.strings),
            ThreadPoolExecutor(THREADS, "xlsx") as pool,
        ):
            cutter = Cutter(stream, "sheetData", self.where)
            fast = self._fast(cutter)
            blocks = self._blocks(cutter, first, size)
            parsed = _ahead(pool, fast, blocks, ahead)
            try:
                yield from self._in_order(cutter, parsed)
            finally:
                pool.shutdown(cancel_futures=True)

    def layout(self) -> Layout:
        """What stands around the rows. Reads through the whole part, but parses none of them."""
        with Archive(self.path) as archive, archive.stream(self.part) as stream:
            cutter = Cutter(stream, "sheetData", self.where)
            return self._around(cutter, deque(self._blocks(cutter, BLOCK_BYTES, BLOCK_BYTES), maxlen=1))

    def spots(self, count: int) -> list[tuple[Grid, int]] | None:
        """Rows of the first block, the last and some evenly between; None if only the whole sheet makes sense.

        At the end is an empty grid, as in `grids`.
        """
        with Archive(self.path) as archive, archive.stream(self.part) as stream, closing(self.strings):
            cutter = Cutter(stream, "sheetData", self.where)
            total = archive.size(self.part)
            if cutter.prologue is None:
                return None
            tail: deque[Block] = deque(maxlen=1)
            blocks = _kept(self._blocks(cutter, SPOT_BYTES, SPOT_BYTES), tail)
            fast = self._fast(cutter)
            found = [self._spot(cutter, fast, block) for block in _spread(blocks, count, total)]
            end = _end(self._around(cutter, tail)), total
        return None if None in found else [*(grid for spot in found if spot is not None for grid in spot), end]

    @staticmethod
    def _blocks(cutter: Cutter, first: int, size: int) -> Iterator[Block]:
        return cutter.blocks(f"</{cutter.prefix or ''}row>".encode(), first=first, size=size)

    def _around(self, cutter: Cutter, tail: Iterable[Block]) -> Layout:
        """What the prologue and the end say."""
        exact = self._exact(cutter, 0)
        if cutter.prologue is not None:
            with suppress(SourceError):  # Damage is told when the rows are read.
                exact.feed(b"".join(block.data for block in tail), last=True)
        return exact.layout

    def _spot(
        self, cutter: Cutter, fast: Callable[[Block], Rows | None], block: Block
    ) -> list[tuple[Grid, int]] | None:
        """Rows of one block, None if they depend on the rows before."""
        found = fast(block)
        if found is None:
            exact = self._exact(cutter, 0)
            try:
                exact.feed(block.data)
                found = self._rows(exact) if exact.numbered and exact.resting else None
            except SourceError:
                return None
        return None if found is None else [(grid, block.completed) for grid in found.grids]

    def _fast(self, cutter: Cutter) -> Callable[[Block], Rows | None]:
        if cutter.prologue is None or cutter.prefix is None:
            return lambda _: None
        path = FastPath(cutter.prologue, cutter.prefix, self.styles.kinds, self._texts)
        return lambda block: path(block.data)

    def _in_order(
        self, cutter: Cutter, ahead: Iterator[tuple[Block, Future[Rows | None]]]
    ) -> Iterator[tuple[Grid, int]]:
        exact: SheetParser | None = None
        row = completed = 0
        for block, future in ahead:
            parsed = future.result() if exact is None else None
            if parsed is None:
                exact = exact or self._exact(cutter, row)
                exact.feed(block.data)
                parsed = self._rows(exact)
                row = exact.row
                if exact.resting and cutter.prologue is not None:
                    exact = None
            else:
                if parsed.first <= row:
                    raise SourceError(
                        f"{self.where} contradicts itself: row {parsed.first} comes after row {row}",
                        code="file-damaged",
                        facts={"part": self.where, "row": row},
                        fixes=["open the file in a spreadsheet program, which may repair it, and save it again"],
                    )
                row = parsed.last
            completed = block.completed
            yield from ((grid, completed) for grid in parsed.grids)
        exact = exact or self._exact(cutter, row)
        exact.feed(b"", last=True)
        yield from ((grid, completed) for grid in self._rows(exact).grids)
        yield _end(exact.layout), completed

    def _exact(self, cutter: Cutter, row: int) -> SheetParser:
        exact = SheetParser(self.where, self.styles.kinds, row=row)
        exact.feed(cutter.prologue or b"")
        return exact

    def _rows(self, exact: SheetParser) -> Rows:
        """The rows that the parser has completed."""
        cells = exact.take()
        found = list(grids(*self._texts.placed(cells)))
        if exact.hidden:
            hidden = pl.Series(exact.hidden, dtype=pl.Int64)
            found = [replace(grid, hidden=hidden) for grid in found]
            exact.hidden = [row for row in exact.hidden if row == exact.row]
        found = [grid.settled() for grid in found]
        return Rows(found, *((cells["row"][0], cells["row"][-1]) if cells.height else (0, 0)))

    @property
    def _texts(self) -> Texts:
        return Texts(self.strings, date1904=self.date1904, formats=self.styles.formats)


def _end(layout: Layout) -> Grid:
    """What follows the last row."""
    return Grid(pl.DataFrame(), pl.Series("row", [], dtype=pl.Int64), {}, layout=layout)


def _kept(blocks: Iterable[Block], last: deque[Block]) -> Iterator[Block]:
    """The blocks, the last of which is kept."""
    for block in blocks:
        last.append(block)
        yield block


def _spread(blocks: Iterator[Block], count: int, total: int) -> Iterator[Block]:
    """The first block, the last but one, which holds the last rows, and some evenly between."""
    target = 0
    before = skipped = None
    for block in blocks:
        if before is not None:
            skipped = before
            if before.completed >= target:
                yield before
                skipped, target = None, before.completed + total // count
        before = block
    if skipped is not None:
        yield skipped


def _ahead(
    pool: ThreadPoolExecutor, fast: Callable[[Block], Rows | None], blocks: Iterator[Block], ahead: int
) -> Iterator[tuple[Block, Future[Rows | None]]]:
    """Each block with its future, in order; `ahead` of them are parsed in advance."""
    waiting: deque[tuple[Block, Future[Rows | None]]] = deque()
    for block in blocks:
        waiting.append((block, pool.submit(fast, block)))
        while len(waiting) > ahead or (waiting and waiting[0][1].done()):
            yield waiting.popleft()
    yield from waiting
