"""What is told about the rows that name the columns, and about those above them."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from importer.errors import Fix, Note
from importer.sources._cell_kinds import kind_of
from importer.sources._outline_notes import rows_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.core import Header

__all__ = ["no_rows_note", "notes_of_header"]

SHOWN = 3
"""Rows above the header whose first cell is shown."""

LONGEST, NAMES = 40, 200


def no_rows_note(header: Header) -> Note:
    """Tell that a header is all that the table has."""
    names = shorten(", ".join(header.labels), NAMES, placeholder="…")
    return Note(
        f"nothing stands below row {header.row:,}, the header ({names}), so there are no rows to import",
        [Fix("header_row", 0, "if that is not a header")],
        code="no-rows",
        kind="rows",
        rows=(header.row,),
        n=0,
    )


def notes_of_header(frame: pl.DataFrame, rows: pl.Series, header: Header, *, is_given: bool) -> Iterator[Note]:
    """Notes about rows above the header, which are not imported, and about a header of several rows.

    Parameters
    ----------
    frame, rows
        The first rows with cells, and their numbers.
    is_given
        Whether the analyst said where the header is, and so knows what stands above.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.core import Header
    >>> sheet = pl.DataFrame({"0": ["Staff 2025", "id", "1"], "1": [None, "name", "Ada"]})
    >>> header = Header(row=3, labels=("id", "name"), lines=((3, ("id", "name")),))
    >>> list(notes_of_header(sheet, pl.Series([1, 3, 4]), header, is_given=False))
    ["row 1 stands above the header in row 3 and is not imported ('Staff 2025')"]
    """
    lines = [number for number, _ in header.lines]
    if len(lines) > 1:
        yield Note(
            f"{rows_named(lines)} name the columns together",
            [Fix("header_rows", 1, f"to take the names of row {lines[-1]} alone")],
            code="header-rows",
            rows=lines,
            n=len(lines),
        )
    if is_given or not lines:
        return
    above = [
        (number, [" ".join(cell.split()) for cell in cells if cell and cell.strip()])
        for number, cells in zip(rows, frame.rows(), strict=True)
        if number < lines[0]
    ]
    above = [(number, cells) for number, cells in above if cells]
    if not above:
        return
    numbers, firsts = [number for number, _ in above], [cells[0] for _, cells in above]
    shown = ", ".join(repr(cell if len(cell) <= LONGEST else cell[: LONGEST - 1] + "…") for cell in firsts[:SHOWN])
    does = "stands above the header in row" if len(above) == 1 else "stand above the header in row"
    ending = "is not imported" if len(above) == 1 else "are not imported"
    yield Note(
        f"{rows_named(numbers)} {does} {lines[0]:,} and {ending} ({shown}{', …' if len(firsts) > SHOWN else ''})",
        list(_ways(above, lines[0], len(header.labels))),
        code="rows-above-header",
        kind="rows",
        rows=numbers,
        n=len(numbers),
    )


def _ways(above: list[tuple[int, list[str]]], first: int, width: int) -> Iterator[Fix]:
    """What to do if the rows above are more than titles."""
    number, cells = above[-1]
    if number == first - 1 and len(cells) > 1 and all(kind_of(cell) == "text" for cell in cells):
        yield Fix("header_rows", 2, f"if row {number:,} names columns too")
    # Rows as wide as the table may be a part of it, or another table.
    wide = [number for number, cells in above if len(cells) > 2 and 2 * len(cells) > width]  # noqa: PLR2004 - settings
    if len(wide) > 1:
        yield Fix("header_row", wide[0], "if the table begins there")
