"""Named tables and named ranges of a workbook, which are chosen as sheets are: `Area`."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import REFUSED_NAME
from importer.sources.xlsx.book import XmlParser, elements, local, relations, workbook_part
from importer.sources.xlsx.cells import position_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.sources.xlsx.book import Archive, Workbook
    from importer.sources.xlsx.cells import Grid

__all__ = ["Area", "areas"]

CORNERS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
QUOTED = re.compile(r"(?:'((?:[^']|'')+)'|([^'!\[\]]+))!(.+)")
BUILT_IN = "_xlnm."
"""How the names begin that Excel gives, such as that of a filter."""

MOST = 10_000
"""Names to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of a sheet.

    Attributes
    ----------
    name
        What the workbook calls it.
    what
        ``"table"`` or ``"range"``.
    sheet
        Index of its sheet.
    top, bottom
        Numbers of its first and last row, without a row of totals.
    left, right
        Its first and last column, counted from 0.
    header_row
        The row that names the columns, 0 if there is none; None if nothing says so.
    """

    name: str
    what: str
    sheet: int
    top: int
    bottom: int
    left: int
    right: int
    header_row: int | None = None

    def header_of(self, given: int | None) -> int | None:
        """The row of the header, unless another one is given."""
        return self.header_row if given is None else given

    def within(self, grids: Iterable[tuple[Grid, int]]) -> Iterator[tuple[Grid, int]]:
        """The cells inside it."""
        for grid, completed in grids:
            yield (self._cut(grid) if len(grid.rows) else grid), completed

    def _cut(self, grid: Grid) -> Grid:
        names = [name for name in grid.frame.columns if self.left <= int(name) <= self.right]
        cut = replace(
            grid,
            frame=grid.frame.select(names),
            kinds={name: grid.kinds[name] for name in names},
            odd=tuple(name for name in grid.odd if name in names),
        )
        if not names:
            return cut.filter(pl.Series([False]).new_from_index(0, len(grid.rows)))
        is_filled = cut.frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        return cut.filter(is_filled & grid.rows.is_between(self.top, self.bottom))


def areas(archive: Archive, workbook: Workbook) -> list[Area]:
    """All named tables and ranges; one that is damaged, or lies elsewhere, is left out."""
    return [*_tables(archive, workbook), *_ranges(archive, workbook)]


def _tables(archive: Archive, workbook: Workbook) -> Iterator[Area]:
    for sheet, part in enumerate(workbook.parts):
        folder, name = posixpath.split(part)
        if posixpath.join(folder, "_rels", f"{name}.rels") not in archive:
            continue
        for link in relations(archive, part):
            if not link.get("Type", "").endswith("/table") or link["Target"] not in archive:
                continue
            _, given = next(elements(archive.read(link["Target"]), f"{link['Target']!r} in {archive.name!r}"))
            corners = _corners(given.get("ref", ""))
            if corners is not None:
                left, top, right, bottom = corners
                yield Area(
                    name=given.get("displayName") or given.get("name", ""),
                    what="table",
                    sheet=sheet,
                    top=top,
                    bottom=bottom - (given.get("totalsRowCount", "0") != "0"),
                    left=left,
                    right=right,
                    header_row=0 if given.get("headerRowCount") == "0" else top,
                )


def _ranges(archive: Archive, workbook: Workbook) -> Iterator[Area]:
    names = [sheet.name for sheet in workbook.sheets]
    for name, text in _defined(archive)[:MOST]:
        found = QUOTED.fullmatch(text.strip())
        corners = None if found is None else _corners(found[3])
        if found is None or corners is None or name.startswith(BUILT_IN) or name == REFUSED_NAME:
            continue
        sheet = found[1].replace("''", "'") if found[1] else found[2]
        if sheet in names:
            left, top, right, bottom = corners
            yield Area(
                name=name, what="range", sheet=names.index(sheet), top=top, bottom=bottom, left=left, right=right
            )


def _defined(archive: Archive) -> list[tuple[str, str]]:
    """The defined names, and what each stands for."""
    found: list[tuple[str, list[str]]] = []
    is_inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal is_inside
        is_inside = local(tag) == "definedName" and attributes.get("hidden", "0") not in {"1", "true"}
        if is_inside:
            found.append((attributes.get("name", ""), []))

    def end(_: str) -> None:
        nonlocal is_inside
        is_inside = False

    def characters(text: str) -> None:
        if is_inside:
            found[-1][1].append(text)

    part = workbook_part(archive)
    parser = XmlParser(f"{part!r} in {archive.name!r}")
    parser.events.StartElementHandler = start
    parser.events.EndElementHandler = end
    parser.events.CharacterDataHandler = characters
    parser.feed(archive.read(part), last=True)
    return [(name, "".join(text)) for name, text in found]


def _corners(ref: str) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of a range such as ``$A$3:$F$120``."""
    found = CORNERS.fullmatch(ref.strip())
    if found is None:
        return None
    left, right = position_of(found[1].upper()), position_of(found[3].upper())
    top, bottom = int(found[2]), int(found[4])
    if left is None or right is None or not (top and left <= right and top <= bottom):
        return None
    return left, top, right, bottom
