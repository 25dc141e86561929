"""Several rows that name the columns together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sources._cell_kinds import NOTHING, are_units, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["header_lines", "joined_names", "lines_below"]

LINE = frozenset("-=_+:| ")
"""What a line under a header is drawn with."""

MOST_LINES = 4
LOOKED_AT = 20


def header_lines(cells: Sequence[Sequence[str]], numbers: Sequence[int], found: int) -> tuple[int, int]:
    """Indices of the first and the last row of the header to which the row that was found belongs.

    Rows belong together if they touch, and joining them gives names to columns that had none, or different ones
    to columns that shared one.

    Examples
    --------
    >>> header_lines([("", "2024", ""), ("id", "Q1", "Q2"), ("7", "1", "2")], [1, 2, 3], 1)
    (1, 1)
    >>> header_lines([("id", "2023", "", "2024", ""), ("", "Q1", "Q2", "Q1", "Q2"), ("7", *"1234")], [1, 2, 3], 1)
    (0, 1)
    """
    first = last = found
    while first > 0 and last - first + 1 < MOST_LINES and numbers[first - 1] + 1 == numbers[first]:
        if not _is_upper(cells[first - 1], cells[first : last + 1]):
            break
        first -= 1
    if last + 1 < len(cells) and numbers[last + 1] == numbers[last] + 1:
        below = cells[last + 1]
        if _is_lower(below, cells[first : last + 1], cells[last + 2 :]):
            last += 1
    return first, last


def joined_names(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name a column from the rows of a header; an upper cell reaches over the blanks beside it.

    Examples
    --------
    >>> joined_names([("id", "2023", "", "2024"), ("", "Q1", "Q2", "Q1")])
    ('id', '2023 Q1', '2023 Q2', '2024 Q1')
    """
    names = list(lines[-1])
    for upper in reversed(lines[:-1]):
        reaching = ""
        for at, cell in enumerate(upper):
            if cell:
                reaching = cell if names[at] else ""
            elif not names[at]:
                reaching = ""
            over = cell or reaching
            names[at] = names[at] if not over or over == names[at] else f"{over} {names[at]}".strip()
    return tuple(names)


def lines_below(cells: Sequence[Sequence[str]], numbers: Sequence[int], last: int) -> tuple[int, ...]:
    """Indices of the rows next to the header that explain it: units, types, questions, marks, a line.

    Such a row has texts where all rows below it have numbers or dates.

    Examples
    --------
    >>> lines_below([("id", "weight"), ("-", "kg"), ("7", "1.5"), ("8", "2")], [1, 2, 3, 4], 0)
    (1,)
    """
    touching = 0
    while last + touching + 2 < len(cells) and numbers[last + touching + 1] == numbers[last + touching] + 1:
        touching += 1
    for count in range(min(touching, MOST_LINES), 0, -1):
        below = cells[last + 1 + count :]
        # Above marks of a program, such as {"ImportId": …}, there are no data.
        if (
            (_are_marks(cells[last + count]) and not _are_marks(below[0]))
            or (count == 1 and _is_line(cells[last + 1]))
            or all(_explains(row, below) for row in cells[last + 1 : last + 1 + count])
        ):
            return tuple(range(last + 1, last + 1 + count))
    return ()


def _are_marks(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) > 1 and all(cell[0] in "{[" and cell[-1] in "}]" for cell in filled)


def _is_line(row: Sequence[str]) -> bool:
    """Whether it is a line under the header, as terminals and Markdown draw it: ``----+------``."""
    return any(len(cell) > 2 for cell in row) and all(set(cell) <= LINE for cell in row)  # noqa: PLR2004 - shorter marks stand for nothing


def _explains(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    filled = [cell for cell in row if cell]
    if not filled:
        return False
    looked_at = below[:LOOKED_AT]
    texts = 0
    for at, cell in enumerate(row):
        others = [kind_of(other[at]) for other in looked_at if other[at] and other[at].casefold() not in NOTHING]
        if cell and len(others) > 1 and 5 * sum(kind != "text" for kind in others) >= 4 * len(others):
            if kind_of(cell) != "text":
                return False
            texts += cell.casefold() not in NOTHING
    begins = next((at for at in range(len(row)) if all(other[at] for other in looked_at)), None)
    if texts == len(filled) and begins is not None and not row[begins]:
        # It has nothing but texts above numbers, and begins later than all others.
        return True
    return (texts > 1 and len(set(filled)) == len(filled)) or (texts > 0 and are_units(filled))


def _faults(names: Sequence[str]) -> int:
    """Columns between the first and the last name that have no name of their own."""
    filled = [name for name in names if name]
    return sum(not name for name in names) + len(filled) - len(set(filled))


def _is_upper(upper: Sequence[str], lines: Sequence[Sequence[str]]) -> bool:
    filled = [cell for cell in upper if cell]
    if len(filled) < 2 or any(cell.endswith(":") or kind_of(cell) == "date" for cell in filled):  # noqa: PLR2004
        return False
    names = joined_names(lines)
    return _faults(joined_names([upper, *lines])) < _faults(names)


def _is_lower(lower: Sequence[str], lines: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> bool:
    names, filled = joined_names(lines), [cell for cell in lower if cell]
    if _faults(joined_names([*lines, lower])) >= _faults(names) or any(kind_of(cell) != "text" for cell in filled):
        return False
    looked_at = below[:LOOKED_AT]
    numbers = [
        at
        for at, cell in enumerate(lower)
        if cell and 2 * sum(bool(row[at]) and kind_of(row[at]) != "text" for row in looked_at) > len(looked_at)
    ]
    return bool(numbers)
