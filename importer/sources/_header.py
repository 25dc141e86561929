"""The header of a sheet, and the rows below it as chunks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import EACH, EXTRA, Chunk, Header, filled, here, letter
from importer.errors import Fix, SourceError
from importer.sources._header_lines import header_lines, joined_names, lines_below
from importer.sources._header_row import header_index
from importer.sources._row_limits import EVERY_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.sources._row_limits import RowLimits

__all__ = ["chunk_of", "find_header", "labels_of"]

PATTERN = re.compile(r"\*|\^.*\$", re.DOTALL)
"""Names that polars takes for a pattern."""


def find_header(
    frame: pl.DataFrame,
    rows: pl.Series,
    header_row: int | None,
    header_rows: int | None = None,
    limits: RowLimits = EVERY_ROW,
) -> Header:
    """Names of the columns, and the rows that gave them.

    Parameters
    ----------
    frame
        The first non-empty rows of a sheet, a hundred or so, as text columns ``"0"``, ``"1"``, ….
    rows
        Their numbers in the spreadsheet.
    header_row
        Number of the header row, or of the first one if there are several; 0 if there is none, None to find it.
    header_rows
        How many rows name the columns; None to find it.
    limits
        Which rows may be rows of the table; the others show no columns.

    Raises
    ------
    SourceError
        If the given row is empty or not among these.

    Examples
    --------
    >>> sheet = pl.DataFrame({"0": ["Staff 2025", "id", "1"], "1": [None, "name", "Ada"]})
    >>> find_header(sheet, pl.Series([1, 3, 4]), None)
    Header(row=3, labels=('id', 'name'), first=0)
    """
    numbers = rows.to_list()
    cells = [tuple(map(_squeezed, row)) for row in frame.rows()]
    if header_row is None:
        found = _found(cells, numbers, limits)
    elif header_row == 0:
        found = None
    elif header_row in numbers and any(cells[numbers.index(header_row)]):
        found = numbers.index(header_row)
    else:
        span = f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
        raise SourceError(
            f"row {header_row!r} is empty or too far down to be the header, the first rows with cells are {span}",
            code="header-row-wrong",
            facts={"header_row": header_row, "rows": numbers[:1] + numbers[-1:]},
            fixes=[Fix("header_row", ..., "with one of those"), Fix("header_row", 0, "if there is no header")],
        )
    positions = [int(name) for name in frame.columns]
    if found is None:
        shown = limits.shown_by(numbers)
        return _headless(positions, [row for number, row in zip(numbers, cells, strict=True) if number in shown])
    if header_rows is not None:
        first = found if header_row is not None else max(found - header_rows + 1, 0)
        last = min(first + header_rows, len(cells)) - 1
    else:
        first, last = header_lines(cells, numbers, found) if header_row is None else (found, found)
    lines = tuple(zip(numbers[first : last + 1], cells[first : last + 1], strict=True))
    shown = limits.shown_by(numbers[last + 1 :])
    below = [row for number, row in zip(numbers, cells, strict=True) if number > numbers[last] and number in shown]
    header = _headed(positions, joined_names(cells[first : last + 1]), below, numbers[last])
    return replace(
        header,
        lines=tuple((number, _within(header, positions, line)) for number, line in lines),
        below=tuple(numbers[index] for index in lines_below(cells, numbers, last)),
    )


def _found(cells: Sequence[tuple[str, ...]], numbers: Sequence[int], limits: RowLimits) -> int | None:
    """Index of the row of names, as if rows below the first of the table that are not its own were deleted."""
    are = limits.mask(pl.Series(numbers, dtype=pl.Int64)).to_list()
    first = are.index(True) if True in are else len(are)
    kept = [at for at, is_kept in enumerate(are) if is_kept or at < first]
    # Rows that are deleted leave no gap.
    moved = [numbers[at] - (at - index) for index, at in enumerate(kept)]
    found = header_index([cells[at] for at in kept], moved)
    return None if found is None else kept[found]


def _within(header: Header, positions: Sequence[int], line: Sequence[str]) -> tuple[str, ...]:
    """The cells of a row under the labels of the header."""
    by_position = dict(zip(positions, line, strict=True))
    return tuple(by_position.get(header.first + at, "") for at in range(len(header.labels)))


def chunk_of(  # noqa: PLR0913 - the parts of a chunk
    frame: pl.DataFrame,
    rows: pl.Series,
    header: Header,
    completed: int,
    *,
    numbers: pl.DataFrame | None = None,
    faults: pl.DataFrame | None = None,
) -> Chunk:
    """Cells of a sheet by position, as a chunk under the header's labels.

    Columns that the frame lacks are null. Cells outside the header's columns go into ``extra``. The
    header, the rows above it and rows without anything but white space are left out, but for rows with an
    error among the `faults`. `numbers` tells by position which cells are numbers.

    Examples
    --------
    >>> sheet = pl.DataFrame({"0": ["id", None, "1"], "1": [None, None, "x"]})
    >>> chunk = chunk_of(sheet, pl.Series([1, 2, 3]), Header(row=1, labels=("id",)), 9)
    >>> chunk.frame.rows(), chunk.rows.to_list(), chunk.extra.rows()
    ([('1',)], [3], [(3, 1, 'x')])
    """
    if rows.len() and rows[0] <= header.row:
        below = rows > header.row
        frame, rows = frame.filter(below), rows.filter(below)
        numbers = None if numbers is None else numbers.filter(below)
    filled = _filled(frame)
    if filled is not None:
        if faults is not None:
            filled = filled | rows.is_in(faults.filter(severity="error")["row"].implode())
        frame, rows = frame.filter(filled), rows.filter(filled)
        numbers = None if numbers is None else numbers.filter(filled)

    positions = [str(position) for position in range(header.first, header.first + len(header.labels))]
    missing = set(positions) - set(frame.columns)
    if missing:
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        frame = frame.hstack([nothing.alias(position) for position in missing])
    columns = [frame[position].alias(label) for position, label in zip(positions, header.labels, strict=True)]
    rows = rows.cast(pl.Int64).alias("row")
    if numbers is not None:
        nowhere = pl.Series([False]).new_from_index(0, frame.height)
        known = {column.name: column for column in numbers}
        numbers = pl.DataFrame(
            [
                known.get(position, nowhere).alias(label)
                for position, label in zip(positions, header.labels, strict=True)
            ]
        )
    return Chunk(
        frame=pl.DataFrame(columns),
        rows=rows,
        completed=completed,
        extra=_extra(frame, rows, header),
        numbers=numbers,
        faults=None if faults is None else faults.filter(pl.col("row").is_in(rows.implode())),
    )


def _filled(frame: pl.DataFrame) -> pl.Series | None:
    """Which rows hold more than white space; None if all do."""
    # Most columns of most files have a cell in every row, and one such column is enough.
    columns = sorted(frame.iter_columns(), key=pl.Series.null_count)
    blank: pl.Series | None = None
    for column in columns:
        is_blank = filled(here(column, EACH.str.strip_chars().str.len_bytes() == 0), value=True)
        blank = is_blank if blank is None else blank & is_blank
        if not blank.any():
            return None
    return None if blank is None else ~blank


def _extra(frame: pl.DataFrame, rows: pl.Series, header: Header) -> pl.DataFrame | None:
    inside = range(header.first, header.first + len(header.labels))
    outside = [
        column
        for column in frame.iter_columns()
        if int(column.name) not in inside and column.null_count() < column.len()
    ]
    if not outside:
        return None
    cells = pl.DataFrame([rows, *outside]).unpivot(index="row", variable_name="position").drop_nulls("value")
    cells = cells.filter(pl.col("value").str.strip_chars() != "")
    found = cells.cast({"position": pl.Int64}).sort("row", "position").match_to_schema(EXTRA)
    return None if found.is_empty() else found


def _squeezed(cell: str | None) -> str:
    return " ".join(cell.split()) if cell else ""


def _headed(positions: Sequence[int], names: Sequence[str], below: Sequence[Sequence[str]], row: int) -> Header:
    """Header from the row of names, as wide as those and the columns that the rows below fill."""
    counts = Counter(index for cells in below for index, cell in enumerate(cells) if cell)
    named = [index for index, name in enumerate(names) if name]
    # A cell to the left is a column without a name; to the right, a stray cell unless most rows have one.
    first = min([*named, *counts])
    last = max([*named, *(index for index, count in counts.items() if 2 * count >= len(below))])
    by_position = dict(zip(positions, names, strict=True))
    span = range(positions[first], positions[last] + 1)
    return Header(row=row, labels=labels_of((by_position.get(p, "") for p in span), span.start), first=span.start)


def _headless(positions: Sequence[int], cells: Sequence[Sequence[str]]) -> Header:
    used = {positions[index] for row in cells for index, cell in enumerate(row) if cell} or {0}
    span = range(min(used), max(used) + 1)
    return Header(row=0, labels=labels_of(("" for _ in span), span.start), first=span.start)


def labels_of(names: Iterable[str], first: int) -> tuple[str, ...]:
    """Unique labels. A repeated name gets a number, an empty one is made from the column's letter.

    polars takes ``*`` and a name such as ``^x$`` for a pattern, so it gets an underscore.
    """
    plain = (f"{name}_" if PATTERN.fullmatch(name) else name for name in names)
    wanted = [name or f"column_{letter(position)}" for position, name in enumerate(plain, first)]
    names_given, counts = set(wanted), dict.fromkeys(wanted, 1)
    labels: dict[str, None] = {}
    for name in wanted:
        label = name
        while label in labels or (label != name and label in names_given):
            counts[name] += 1
            label = f"{name}_{counts[name]}"
        labels[label] = None
    return tuple(labels)
