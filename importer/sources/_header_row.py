"""Which row of a sheet names its columns."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["header_index"]

WIDEST = 256
"""Columns to search. A sheet may have 16,384."""

_NUMBER = re.compile(r"[-+(]?\s*[$€£¥₹]?\s*[-+]?[.,]?\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*[%$€£¥₹]?\)?")
_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ].*)?"
    r"|\d{1,2}:\d{2}(?::\d{2}\S*)?(?:\s?[AaPp]\.?[Mm]\.?)?"
    r"|\d{1,2}[-. ]+[^\W\d]{3,9}\.?[-., ]+\d{2,4}"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NOTHING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "–", "—", "?"})


def header_index(cells: Sequence[Sequence[str]], numbers: Sequence[int]) -> int | None:
    """Index of the first of the widest rows of names above the data, None if data come first.

    Parameters
    ----------
    cells
        The first rows with cells, all equally wide. An empty cell is the empty text.
    numbers
        Their numbers in the spreadsheet.

    Examples
    --------
    >>> header_index([("Staff", ""), ("id", "name"), ("7", "Ada")], [1, 3, 4])
    1
    >>> header_index([("7", "Ada"), ("8", "Grace")], [1, 2]) is None
    True
    """
    cells = [row[:WIDEST] for row in cells]
    widths = [sum(map(bool, row)) for row in cells]
    usual = _usual_width(widths)
    edge = _usual_edge([row for row, width in zip(cells, widths, strict=True) if width == usual])
    typed = _typed_columns(cells[len(cells) // 2 :])
    names: list[int] = []
    for index, row in enumerate(cells):
        nearly_full = widths[index] >= usual - usual // 5
        one_name_short = widths[index] == usual - 1 > 0 and row[edge] != ""
        if not nearly_full and not one_name_short:
            continue
        if _reads_like_data(row, typed):
            # Rows above a gap, such as "printed on | 2025-01-31", do not belong to the table.
            if not names and _gap_follows(numbers, index):
                continue
            touches = index > 0 and numbers[index - 1] + 1 == numbers[index]
            if not names and touches and _names_half(cells[index - 1], widths[index - 1], usual):
                return index - 1
            break
        if _are_names(row, widths[index]):
            if names and numbers[index] - numbers[names[-1]] > index - names[-1]:
                names = [earlier for earlier in names if widths[earlier] > widths[index]]
            names.append(index)
            if not typed:
                break
    return max(names, key=lambda index: (widths[index], -index)) if names else None


def _gap_follows(numbers: Sequence[int], index: int) -> bool:
    """Whether empty rows follow this one, in the upper half of the rows searched."""
    upper = numbers[index : len(numbers) // 2 + 1]
    return any(after > before + 1 for before, after in pairwise(upper))


def _names_half(row: Sequence[str], width: int, usual: int) -> bool:
    """Whether the row names at least half of the columns, so that the others have none."""
    return width > 1 and 2 * width >= usual and all(_kind(cell) == "text" for cell in row if cell)


def _usual_width(widths: Iterable[int]) -> int:
    """The most common number of filled cells. Lines of text count only if there is nothing else."""
    counts = Counter(width for width in widths if width > 1)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 1


def _usual_edge(cells: Iterable[Sequence[str]]) -> int:
    """The column in which most of the rows end."""
    ends = Counter(max((at for at, cell in enumerate(row) if cell), default=0) for row in cells)
    return max(ends, key=lambda end: (ends[end], end), default=0)


def _kind(cell: str) -> str:
    if _DATE.fullmatch(cell):
        return "date"
    if _NUMBER.fullmatch(cell):
        return "number"
    return "boolean" if cell.casefold() in {"true", "false"} else "text"


def _typed_columns(cells: Sequence[Sequence[str]]) -> dict[int, str]:
    """The kind of every column that holds mostly numbers, dates or booleans."""
    typed: dict[int, str] = {}
    for position in range(max(map(len, cells), default=0)):
        kinds = Counter(_kind(row[position]) for row in cells if row[position])
        for kind, count in kinds.most_common():
            if kind != "text" and 2 * count >= kinds.total():
                typed[position] = kind
                break
    return typed


def _reads_like_data(row: Sequence[str], typed: dict[int, str]) -> bool:
    """Whether most of the cells in typed columns are of that type."""
    filled = [position for position in typed if row[position].casefold() not in _NOTHING]
    same = sum(_kind(row[position]) == typed[position] for position in filled)
    return 2 * same > len(filled) and not _are_periods(row)


def _are_names(row: Sequence[str], width: int) -> bool:
    """Whether the cells are mostly distinct texts, or periods such as years."""
    texts = sum(_kind(cell) == "text" for cell in row if cell)
    return (3 * texts >= 2 * width or _are_periods(row)) and 2 * len({cell for cell in row if cell}) > width


def _are_periods(row: Sequence[str]) -> bool:
    """Whether the row names the columns of a table spread over time: 2019, 2020, 2021."""
    values = [cell for cell in row if cell and _kind(cell) != "text"]
    if len(values) < 3:  # noqa: PLR2004 - two numbers may rise by chance
        return False
    if all(_YEAR.fullmatch(cell) for cell in values):
        return len({int(after) - int(before) for before, after in pairwise(values)}) == 1 and values[0] < values[1]
    return all(_kind(cell) == "date" for cell in values) and all(a < b for a, b in pairwise(values))
