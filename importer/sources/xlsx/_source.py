"""One sheet of an XLSX or XLSM workbook as a source."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, SheetNotFoundError, SourceError
from importer.sources._blocks import LEAST_ROWS, joined, lighter, part_of, regroup, sample_of, spread
from importer.sources._book import Book, Sheet
from importer.sources._header import chunk_of, find_header
from importer.sources._header_notes import no_rows_note, notes_of_header
from importer.sources._row_limits import EVERY_ROW
from importer.sources._size import MOST_BYTES, cuts, shortened, text_bytes
from importer.sources.xlsx._areas import Area, areas
from importer.sources.xlsx._faults import Faults
from importer.sources.xlsx._merged import Filling
from importer.sources.xlsx._sheet import SheetXml
from importer.sources.xlsx._sheets import NAMED, Choice, choose, filled_sheets, looked_at
from importer.sources.xlsx._sorted import InOrder, in_order
from importer.sources.xlsx._strings import SharedStrings
from importer.sources.xlsx._tally import Tally, fillable
from importer.sources.xlsx.book import Archive, Workbook, read_workbook
from importer.sources.xlsx.cells import SLOTS, Styles, read_styles

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Iterator

    from importer.core import Chunk, Header, Merged
    from importer.sources._row_limits import RowLimits
    from importer.sources.xlsx.cells import Grid, Merge

__all__ = ["XlsxSource", "list_sheets"]

LOOKED_AT = 100
"""Rows at the beginning to search for the header."""

LOOKED_AT_CELLS = 1 << 18
"""Cells to search for the header in a wide sheet."""

SMALL_BYTES = 8 << 20
"""Up to this size, all rows are sampled."""

SPOTS = 12
"""Places to sample in a larger sheet."""

_PROBE_BYTES = 1 << 16


def list_sheets(path: str | os.PathLike[str]) -> tuple[Sheet, ...]:
    """Worksheets of a workbook in its order, also hidden ones but no chart sheets, and what a glance shows of each.

    Raises
    ------
    SourceError
        If the file is not a workbook.
    """
    with Archive(Path(path)) as archive:
        return looked_at(archive, read_workbook(archive))


class XlsxSource:
    """One sheet, inflated and parsed in blocks. Rows keep the numbers that the sheet gives them.

    Every cell becomes text: a number in its shortest exact form, a date in ISO 8601, an error as its text.
    A formula becomes its cached result. Of merged cells, the first one has the value.

    Parameters
    ----------
    path
        The workbook.
    original
        What has to be there as long as this source is, such as the folder of a workbook that was rewritten.
    sheet
        Name of the sheet, of a table or of a range, or the number of the sheet from 1; by default the first visible
        sheet that holds a table.
    header_row
        Number of the header row, or of the first one if there are several; 0 if there is none.
    header_rows
        How many rows name the columns; None to find it.
    merged
        ``"fill"`` to give all merged cells below the header the value of the first one.
    limits
        Where the table ends, and which of its rows show what it is.

    Raises
    ------
    SourceError
        If the file cannot be read as a workbook, or the sheet has no rows.
    SheetNotFoundError
        If the workbook has no such sheet.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "staff.xlsx")
    >>> _ = pl.DataFrame({"id": ["007", "8"], "name": ["Ada", "Grace"]}).write_csv(path.with_suffix(".csv"))
    >>> import openpyxl
    >>> book = openpyxl.Workbook()
    >>> book.active.append(["id", "name"]), book.active.append([7, "Ada"]), book.save(path)
    (None, None, None)
    >>> source = XlsxSource(path)
    >>> source.label, source.header.labels
    ("staff.xlsx, sheet 'Sheet'", ('id', 'name'))
    >>> [chunk.frame.rows() for chunk in source.chunks(100)]
    [[('7', 'Ada')]]
    """

    unit = "B"

    def __init__(  # noqa: PLR0913 - what a workbook does not say
        self,
        path: str | os.PathLike[str],
        *,
        original: object = None,
        sheet: str | int | None = None,
        header_row: int | None = None,
        header_rows: int | None = None,
        merged: Merged = "keep",
        limits: RowLimits = EVERY_ROW,
    ) -> None:
        self._original = original
        self._path = Path(path)
        self._fills, self._limits = merged == "fill", limits
        with Archive(self._path) as archive:
            workbook = read_workbook(archive)
            styles_of = f"the styles of {self._path.name!r}"
            styles = read_styles(archive.read(workbook.styles), styles_of) if workbook.styles else Styles()
            self._area = _area_named(archive, workbook, sheet)
            if sheet is None:
                choice = choose(archive, workbook, styles)
            else:
                choice = Choice(at=workbook.index(sheet) if self._area is None else self._area.sheet)
            at, self._recalculates = choice.at, workbook.recalculates
            name, what = workbook.sheets[at].name, "sheet"
            if self._area is not None:
                name, what, header_row = self._area.name, self._area.what, self._area.header_of(header_row)
            sheets = choice.sheets or workbook.sheets
            sheets = sheets if self._area is None else (*sheets, Sheet(name=name))
            self.book = Book(format="xlsx", sheet=name, sheets=sheets, notes=choice.notes)
            self.label = f"{self._path.name}, {what} {name!r}"
            part, where = workbook.parts[at], f"sheet {name!r} of {self._path.name!r}"
            self._total = archive.size(part)
            self._in_order = in_order(self._path, part, where)
            if self._in_order is not None:
                self.book = replace(self.book, notes=(*self.book.notes, InOrder.note(where)))
                with Archive(self._in_order.path) as sheet_only:
                    self._total = sheet_only.size(part)
            self._xml = SheetXml(
                path=self._path if self._in_order is None else self._in_order.path,
                part=part,
                where=where,
                styles=styles,
                strings=SharedStrings(self._path, workbook.strings),
                date1904=workbook.date1904,
            )
        is_refused = at in workbook.refused and header_row is None
        self.header = self._find_header(1 if is_refused else header_row, header_rows)

    @property
    def total(self) -> int:
        """Bytes of the sheet's XML, inflated."""
        return self._total

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        return regroup(self._read(after_row), size)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet: the first, the last and some spread between."""
        last_row = self._limits.last
        layout = None if last_row is None else self._xml.layout()
        tally = Tally(
            self.header, self._xml.styles, recalculates=self._recalculates, limits=self._limits, layout=layout
        )
        passed: list[int] = []

        def thinned(grids: Iterable[tuple[Grid, int]]) -> Iterator[tuple[Grid, int]]:
            """Counted grids, without most rows where all cells under the header would fill the memory."""
            for grid, completed in grids:
                seen, height = tally.see(grid), len(grid.rows)
                most = height * MOST_BYTES // max(text_bytes(grid.frame), 1)
                most = min(most, size // 4) if height > self._tallest else most
                if height > max(most, LEAST_ROWS):
                    kept = spread(height, max(most, LEAST_ROWS))
                    passed.append(height - len(kept))
                    seen = seen.filter(pl.int_range(height, eager=True).is_in(kept))
                yield seen, completed

        # A part of a sheet may lie between the spots.
        spots = self._xml.spots(SPOTS) if self._total > SMALL_BYTES and self._area is None else None
        if spots is not None and last_row is not None:
            # Without the rows in which the table ends they show too little.
            spots = _down_to(spots, last_row) if spots[-2][0].rows[0] <= last_row else None
        is_whole = spots is None or len(spots) <= 3  # noqa: PLR2004 - the first, the last and the end
        if spots is None or is_whole:
            with closing(self._grids()) as grids:
                sample = sample_of(self._chunks(thinned(grids)), size)
            sample = replace(sample, is_whole=sample.is_whole and not passed)
        else:
            first, *others, last, _ = self._chunks(thinned(spots))
            ends = size // 4
            middle = [sample_of([chunk], (size - 2 * ends) // len(others)) for chunk in others]
            end = part_of(last, max(last.rows.len() - ends, 0), ends)
            sample = lighter(joined([part_of(first, 0, ends), *middle, end], self._total))
        return replace(sample, notes=tally.notes(is_whole=is_whole, fills=self._fills))

    @property
    def _tallest(self) -> int:
        """Most rows of which all cells under the header are in memory at once."""
        return max(SLOTS // len(self.header.labels), 1)

    @cached_property
    def _merges(self) -> list[Merge]:
        """Merged cells to fill."""
        return fillable(self._xml.layout().merges, self.header) if self._fills else []

    def _read(self, after_row: int) -> Iterator[Chunk]:
        with closing(self._grids()) as grids:
            yield from self._chunks(grids, after_row)

    def _grids(self, **how: int) -> Generator[tuple[Grid, int]]:
        """The non-empty rows of the sheet, or of the part of it that is read."""
        with closing(self._xml.grids(**how)) as grids:
            within = grids if self._area is None else self._area.within(grids)
            last = self._limits.last
            yield from within if last is None else _ended(within, last, self._total)

    def _chunks(self, grids: Iterable[tuple[Grid, int]], after_row: int = 0) -> Iterator[Chunk]:
        fill, faults = Filling(self._merges), Faults(self.header, self._xml.styles.currencies)
        done = 0
        for grid, completed in grids:
            filled = fill(grid)
            for begin, height in cuts(filled.frame, self._tallest):
                part, left = filled.slice(begin, height), len(grid.rows) - begin - height
                read = completed - (completed - done) * left // max(len(grid.rows), 1)
                yield self._chunk(part, read, after_row, faults(part))
            done = completed

    def _chunk(self, grid: Grid, completed: int, after_row: int, faults: pl.DataFrame | None) -> Chunk:
        if len(grid.rows) and grid.rows[0] <= after_row:
            grid = grid.filter(grid.rows > after_row)
        return chunk_of(grid.frame, grid.rows, self.header, completed, numbers=grid.numbers, faults=faults)

    def _empty(self) -> SourceError:
        with Archive(self._path) as archive:
            others = filled_sheets(archive, read_workbook(archive))
        fixes = [Fix("sheet", each.name, f"({each.size})") for each in others[:NAMED]]
        return SourceError(
            f"{self.label} has no cells",
            code="sheet-empty",
            facts={"sheet": self.label, "sheets": [each.name for each in others]},
            fixes=fixes or ["save the table in the workbook again: no sheet has cells"],
        )

    def _find_header(self, header_row: int | None, header_rows: int | None) -> Header:
        frames: list[pl.DataFrame] = []
        height = 0
        with closing(self._grids(first=_PROBE_BYTES, size=_PROBE_BYTES, ahead=0)) as grids:
            for grid, _ in grids:
                table = grid.frame.with_columns(grid.rows.alias("row"))
                frames.append(table.filter(pl.col("row") >= (header_row or 0)).head(LOOKED_AT - height))
                height += frames[-1].height
                if height == LOOKED_AT or height * table.width > LOOKED_AT_CELLS:
                    break
        top = pl.concat(frames, how="diagonal")
        if not height and not header_row:
            self._limits.refuse_nothing(self.label)
            raise self._empty()
        names = sorted((name for name in top.columns if name != "row"), key=int)
        cells = shortened(top.select(names))
        header = find_header(cells, top["row"], header_row, header_rows, self._limits)
        told = notes_of_header(cells, top["row"], header, is_given=header_row is not None)
        self.book = replace(self.book, notes=(*self.book.notes, *told))
        if header.row == top["row"][-1]:
            self.book = replace(self.book, notes=(*self.book.notes, no_rows_note(header)))
        return header


def _down_to(grids: Iterable[tuple[Grid, int]], last_row: int) -> list[tuple[Grid, int]]:
    """The rows down to that one."""
    return [(grid.filter(grid.rows <= last_row) if len(grid.rows) else grid, completed) for grid, completed in grids]


def _ended(grids: Iterator[tuple[Grid, int]], last_row: int, total: int) -> Iterator[tuple[Grid, int]]:
    """The rows down to that one, with which everything is read."""
    for grid, completed in grids:
        is_last = len(grid.rows) > 0 and grid.rows[-1] >= last_row
        yield from _down_to([(grid, total if is_last else completed)], last_row)
        if is_last:
            return


def _area_named(archive: Archive, workbook: Workbook, sheet: str | int | None) -> Area | None:
    """The table or range of this name; None if that is a sheet's."""
    if not isinstance(sheet, str):
        return None
    try:
        workbook.index(sheet)
    except SheetNotFoundError:
        named = areas(archive, workbook)
        found = next((each for each in named if each.name.casefold() == sheet.casefold()), None)
        if found is None:
            names = [*(each.name for each in workbook.sheets), *(each.name for each in named)]
            raise SheetNotFoundError.among(sheet, names) from None
        return found
    return None
