"""Which sheet of a workbook holds the table, and what the others hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, Note, SourceError
from importer.sources._book import Sheet
from importer.sources.xlsx.book import Cutter
from importer.sources.xlsx.cells import Kind, Styles
from importer.sources.xlsx.exact import SheetParser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.errors import NoteKind
    from importer.sources.xlsx.book import Archive, Workbook

__all__ = ["NAMED", "Choice", "Glance", "choose", "filled_sheets", "looked_at"]

LOOKED_AT_BYTES = 1 << 16
LOOKED_AT_SHEETS = 30
NAMED = 5
"""Most sheets that a note names."""

LARGER = 2
"""How many times more rows make a sheet more likely the one that is meant."""

EVEN = 0.75
"""Share of cells of one kind in a column that holds values of one kind."""

COVER_ROWS = 40
"""A cover or a list of notes is no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What the first bytes of a sheet show.

    Attributes
    ----------
    name
        The sheet.
    visible
        Whether it is shown.
    rows
        Rows with cells, estimated from the first ones in a large sheet.
    is_whole
        Whether `rows` is exact; if it is not, no rows mean that nothing is known.
    records
        Rows among the first with two cells or more.
    columns
        Columns that most of these rows fill.
    is_text
        Whether no cell of these rows is a number.
    is_uneven
        Whether a column mixes texts, numbers and dates below its first row, as a list of labels and values does.
    head
        Cells of the first record as they are stored, where the workbook's strings are numbers.
    """

    name: str
    visible: bool = True
    rows: int = 0
    is_whole: bool = True
    records: int = 0
    columns: int = 0
    is_text: bool = False
    is_uneven: bool = False
    head: tuple[tuple[str, str], ...] = ()

    @property
    def holds_table(self) -> bool:
        """Whether the rows look like records."""
        return self.records > 1 and not self._is_cover

    @property
    def _is_cover(self) -> bool:
        """Whether these are a title, notes or pairs of a label and its value."""
        others = self.rows - self.records
        narrow = self.columns <= 2 and self.rows <= COVER_ROWS  # noqa: PLR2004 - a label and its value
        return narrow and self.is_whole and (self.is_uneven or 3 * others >= self.rows)

    def explains(self, other: Glance) -> bool:
        """Whether this is more likely a list of words about the other sheet, which is wider and longer."""
        return self.is_text and self.columns <= 2 < other.columns and other.rows > self.rows  # noqa: PLR2004 - as above

    def outweighs(self, other: Glance) -> bool:
        """Whether this may be meant instead: it has many more rows, and is no list for one of the other's columns."""
        wide = self.columns >= other.columns if not self.visible else 2 * self.columns >= other.columns
        return self.columns > 1 and wide and self.rows >= LARGER * other.rows

    @property
    def size(self) -> str:
        """The number of rows in words."""
        return f"{self.rows:,} row{'s' * (self.rows != 1)}" if self.is_whole else f"about {self.rows:,} rows"

    @property
    def sheet(self) -> Sheet:
        """The sheet with its rows and columns."""
        if not (self.rows or self.is_whole):
            return Sheet(name=self.name, visible=self.visible)
        columns = self.columns if self.records else min(self.rows, 1)
        return Sheet(name=self.name, visible=self.visible, rows=self.rows, columns=columns, is_exact=self.is_whole)

    def __str__(self) -> str:
        return f"{self.name!r} ({self.size})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The index of the sheet to read, what to tell about the others, and what was seen of all."""

    at: int
    notes: tuple[Note, ...] = ()
    sheets: tuple[Sheet, ...] = ()


def choose(archive: Archive, workbook: Workbook, styles: Styles) -> Choice:
    """The first visible sheet that holds a table, or else the first one with cells, or the first one."""
    first = workbook.index(None)
    if len(workbook.sheets) == 1 or first in workbook.refused:
        return Choice(at=first, notes=tuple(_notes_of_refused([workbook.sheets[at].name for at in workbook.refused])))
    seen = dict(_glances(archive, workbook, styles))
    visible = {at: each for at, each in seen.items() if each.visible and each.rows}
    tables = [at for at, each in visible.items() if each.holds_table]
    at = first
    if first in seen and visible:
        data = [each for each in tables if not any(seen[each].explains(seen[other]) for other in tables)]
        if first not in data:
            at = next(iter(data or ([first] if first in visible else visible)))
    return Choice(at=at, notes=tuple(_notes(seen, first, at)), sheets=_sheets(workbook, seen))


def looked_at(archive: Archive, workbook: Workbook) -> tuple[Sheet, ...]:
    """The sheets with their rows and columns, as far as a glance shows them."""
    return _sheets(workbook, dict(_glances(archive, workbook, Styles())))


def _sheets(workbook: Workbook, seen: Mapping[int, Glance]) -> tuple[Sheet, ...]:
    return tuple(sheet if at not in seen else seen[at].sheet for at, sheet in enumerate(workbook.sheets))


def filled_sheets(archive: Archive, workbook: Workbook) -> list[Glance]:
    """The sheets with cells."""
    return [each for _, each in _glances(archive, workbook, Styles()) if each.rows]


def _notes_of_refused(names: list[str]) -> Iterator[Note]:
    """A note if refused rows come back in several sheets: nothing else shows that the others are missing."""
    if names[1:]:
        named = ", ".join(map(repr, names[1 : NAMED + 1])) + (", …" if names[NAMED + 1 :] else "")
        yield Note(
            f"the refused rows fill {len(names)} sheets, of which only {names[0]!r} is read; import each of the others "
            f"too: {named}",
            [Fix("sheet", names[1])],
            code="sheets-left-out",
            kind="rows",
        )


def _notes(seen: dict[int, Glance], first: int, at: int) -> Iterator[Note]:
    taken = seen.get(at)
    if taken is None:
        return
    if at != first:
        what = (
            "is empty" if not seen[first].rows else "holds only words" if seen[first].holds_table else "holds no table"
        )
        yield Note(
            f"sheet {taken.name!r} is read, since the first one, {seen[first].name!r}, {what}",
            [Fix("sheet", seen[first].name)] if seen[first].rows else [],
            code="sheet-chosen",
        )
    others = [each for other, each in seen.items() if other not in {at, first} and each.holds_table]
    larger = [each for each in others if each.outweighs(taken)]
    if larger:
        most = max(larger, key=lambda each: each.rows)
        hidden = "" if most.visible else "hidden "
        yield Note(
            f"the {hidden}sheet {most} has more rows than the one that is read, {taken}",
            [Fix("sheet", most.name)],
            code="sheet-larger",
            kind="doubt",
            n=most.rows,
        )
        others.remove(most)
    # Sheets with the same header are likely parts of one table, such as a month each.
    alike = [each for each in others if each.visible and each.head == taken.head]
    if alike:
        yield _left_out(alike, " with the same header", "sheets-alike", "rows")
    others = [each for each in others if each.visible and each.head != taken.head]
    if others:
        yield _left_out(others, "", "sheets-left-out", "told")


def _left_out(sheets: list[Glance], which: str, code: str, kind: NoteKind) -> Note:
    named = ", ".join(map(str, sheets[:NAMED])) + (", …" if sheets[NAMED:] else "")
    return Note(
        f"{len(sheets)} other sheet{'s' * bool(sheets[1:])}{which} {'are' if sheets[1:] else 'is'} not read: {named}",
        [Fix("sheet", ... if sheets[1:] else sheets[0].name)],
        code=code,
        kind=kind,
        n=sum(each.rows for each in sheets),
    )


def _glances(archive: Archive, workbook: Workbook, styles: Styles) -> Iterator[tuple[int, Glance]]:
    for at, (sheet, part) in enumerate(zip(workbook.sheets, workbook.parts, strict=True)):
        if at < LOOKED_AT_SHEETS:
            yield at, replace(_glance(archive, part, sheet.name, styles), visible=sheet.visible)


def _glance(archive: Archive, part: str, name: str, styles: Styles) -> Glance:
    """A look at the first rows of a sheet; a damaged one seems empty, until it is read."""
    try:
        with archive.stream(part) as stream:
            cutter = Cutter(stream, "sheetData", name)
            parser = SheetParser(name, styles.kinds, is_ordered=False)
            parser.feed(cutter.prologue or b"")
            end = f"</{cutter.prefix or ''}row>".encode()
            block, *others = islice(cutter.blocks(end, first=LOOKED_AT_BYTES, size=LOOKED_AT_BYTES), 2)
            parser.feed(block.data)
            is_whole = not others or others[0].data.lstrip().startswith(b"</")
            share = 1.0 if is_whole else archive.size(part) / max(block.completed, 1)
    except SourceError:
        return Glance(name=name, is_whole=False)
    return _seen(parser.take(), name, share=share)


def _seen(cells: pl.DataFrame, name: str, *, share: float) -> Glance:
    filled = cells.filter((pl.col("raw") != "").fill_null(value=False) | (pl.col("kind") == Kind.UNSAVED))
    widths = filled.group_by("row", maintain_order=True).len()
    records = widths.filter(pl.col("len") > 1)["row"]
    first = records[0] if len(records) else 0
    inside = filled.filter(pl.col("row").is_in(records.implode()))
    counts = inside.group_by("position").len().filter(2 * pl.col("len") >= len(records))
    below = inside.filter(pl.col("row") > first, pl.col("position") > pl.col("position").min())
    is_text = pl.col("kind").is_in([Kind.SHARED, Kind.TEXT])
    sort = pl.when(is_text).then(0).when(pl.col("kind").is_between(Kind.DATE, Kind.ELAPSED)).then(1).otherwise(2)
    sorts = below.group_by("position", sort.alias("sort")).len().group_by("position")
    most = sorts.agg((pl.col("len").max() / pl.col("len").sum()).alias("most"))["most"]
    return Glance(
        name=name,
        rows=round(len(widths) * share),
        is_whole=share == 1.0,
        records=len(records),
        columns=counts.height,
        is_text=bool(inside.select(is_text.all()).item()),
        is_uneven=bool((most <= EVEN).any()),
        head=tuple(inside.filter(pl.col("row") == first).select(pl.col("kind", "raw").cast(pl.String)).rows()),
    )
