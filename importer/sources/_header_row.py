"""Which row of a sheet names its columns."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.sources._cell_kinds import NOTHING, are_units, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["header_index"]

LONGEST_NAME = 60
MOST_YEARS = 5
"""Where one number in so many reads like a year, the first ones may be data."""

LEAST_CLASSES = 4
"""Numbers that rise evenly by chance are fewer."""

WIDEST = 256
"""Columns to search. A sheet may have 16,384."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_LABEL = re.compile(r"\d{1,6}|(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?")


def header_index(cells: Sequence[Sequence[str]], numbers: Sequence[int]) -> int | None:
    """Index of the row of names above the data, None if data come first.

    A row of names is judged by what is below it: texts, or numbers that may be labels, over columns of one
    kind each. Where several stand together, titles and settings lose to the names next to the data.

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
        touches = index > 0 and numbers[index - 1] + 1 == numbers[index]
        are_labels = _are_labels(row, cells[index + 1 :], typed, is_first=not names)
        if _reads_like_data(row, typed) and not are_labels:
            if not names and touches and _names_half(cells[index - 1], usual, is_first=index == 1):
                return index - 1
            # Rows above a gap, such as "printed on | 2025-01-31", do not belong to the table.
            if not names and (_gap_follows(numbers, index) or _names_follow(cells, numbers, index, typed)):
                continue
            break
        if not names and not typed and index == 1 and touches and _names_some(cells, widths, usual):
            return 0
        if are_labels or _are_names(row, widths[index]):
            names = _with(index, names, cells, widths, numbers)
            if not typed:
                break
    return _nearest(cells, widths, names, typed) if names else None


def _with(
    index: int, names: list[int], cells: Sequence[Sequence[str]], widths: Sequence[int], numbers: Sequence[int]
) -> list[int]:
    """The rows of names and this one; those above a gap or above settings, unless wider, are farther from the data."""
    if any(cells[index] == cells[earlier] for earlier in names):
        return names
    if names:
        has_gap = numbers[index] - numbers[names[-1]] > index - names[-1]
        if has_gap or any(width >= widths[index] for width in widths[names[-1] + 1 : index]):
            names = [earlier for earlier in names if widths[earlier] > widths[index]]
    return [*names, index]


def _nearest(cells: Sequence[Sequence[str]], widths: Sequence[int], names: Sequence[int], typed: dict[int, str]) -> int:
    """The first of the widest rows of names, unless it is a title or a setting above the names."""
    best = max(names, key=lambda index: (widths[index], -index))
    for index in names:
        if index > best and widths[index] == widths[best] and _is_title_of(cells[best], cells[index], typed):
            best = index
    return best


def _is_title_of(row: Sequence[str], below: Sequence[str], typed: dict[int, str]) -> bool:
    """Whether the row reads like a title or a setting, and the one below it like names.

    A first row of data may hold a text where the others have a number, such as "sold out".
    """
    above, names = [cell for cell in row if cell], [cell for cell in below if cell]
    is_odd = (cell[0] in "{[" or len(cell) > LONGEST_NAME or cell.casefold() in NOTHING for cell in names)
    if are_units(names) or any(is_odd):
        return False
    length, words = sum(map(len, above)), sum(len(cell.split()) for cell in above)
    if len(names) == 2 and above[0].endswith(":"):  # noqa: PLR2004 - a setting is a name and a value
        return True
    if not all(kind_of(below[at]) == "text" for at in typed) or len(typed) < min(len(names), 2):
        return False
    numbers = [cell for cell in above if kind_of(cell) == "number" and not _YEAR.fullmatch(cell)]
    if numbers and all(kind_of(cell) == "text" for cell in names):
        return True
    if len(names) == 2:  # noqa: PLR2004 - both stand above numbers
        return length > sum(map(len, names)) or kind_of(above[1]) != "text"
    return words >= 2 * len(above) and length >= 2 * sum(map(len, names))


def _are_labels(row: Sequence[str], below: Sequence[Sequence[str]], typed: dict[int, str], *, is_first: bool) -> bool:
    """Whether numbers in the row are names, such as years: what is beside or below them shows it.

    Below a row of names, a number and a text may be data.
    """
    filled = [cell for cell in row if cell]
    values = [cell for cell in filled if kind_of(cell) != "text"]
    if not values or len(set(filled)) < len(filled) or not all(_LABEL.fullmatch(cell) for cell in values):
        return False
    below = [other for other in below if other != row]  # A header may come again.
    return (is_first and _is_beside_a_name(row, below, typed)) or _are_steps(row, values, below, typed)


def _is_beside_a_name(row: Sequence[str], below: Sequence[Sequence[str]], typed: dict[int, str]) -> bool:
    """Whether a text stands above nothing but numbers: it is the name of that column, and so are its neighbours."""
    for position, kind in typed.items():
        cell = row[position]
        if cell.casefold() not in NOTHING and kind_of(cell) == "text" and not re.search(r"\d", cell):
            kinds = Counter(kind_of(other[position]) for other in below if other[position].casefold() not in NOTHING)
            if kinds[kind] == kinds.total() > 1:
                return True
    return False


def _are_steps(
    row: Sequence[str], values: Sequence[str], below: Sequence[Sequence[str]], typed: dict[int, str]
) -> bool:
    """Whether the numbers are years, classes or dates that rise, above columns of other values."""
    above = [at for at in typed if row[at] and _LABEL.fullmatch(row[at])]
    is_beside = len(values) < len([cell for cell in row if cell]) or (not row[0] and all(other[0] for other in below))
    if len(values) < 2 or not is_beside:  # noqa: PLR2004 - one number may be a value
        return False
    if all(kind_of(cell) == "date" for cell in values):
        return all(typed[at] == "number" for at in above) and len(above) == len(values)
    if not above or not all(cell.isdecimal() for cell in values):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(values)}
    if len(steps) != 1 or steps == {0}:
        return False
    if all(_YEAR.fullmatch(cell) for cell in values):
        beside = [bool(_YEAR.fullmatch(other[at])) for other in below for at in above]
        return MOST_YEARS * sum(beside) < len(beside)
    return len(values) >= LEAST_CLASSES and not any(map(_rise_evenly, below[:5]))


def _rise_evenly(row: Sequence[str]) -> bool:
    values = [int(cell) for cell in row if cell.isdecimal()]
    return len({after - before for before, after in pairwise(values)}) == 1


def _names_follow(cells: Sequence[Sequence[str]], numbers: Sequence[int], index: int, typed: dict[int, str]) -> bool:
    """Whether the next row has texts above columns of numbers: then this one is no data, it stands above the names."""
    if index + 1 >= len(cells) or numbers[index + 1] != numbers[index] + 1 or not typed:
        return False
    row = cells[index + 1]
    filled = [position for position in typed if row[position].casefold() not in NOTHING]
    texts = sum(kind_of(row[position]) == "text" for position in filled)
    return texts > 1 and 4 * texts >= 3 * max(len(filled), len(typed))


def _names_some(cells: Sequence[Sequence[str]], widths: Sequence[int], usual: int) -> bool:
    """Whether the first row names some columns of a table of texts, whose second row looks like those below."""
    first, second, below = cells[0], cells[1], cells[2:]
    if widths[0] < 2 or 3 * widths[0] < usual or any(cell.endswith(":") for cell in first) or not below:  # noqa: PLR2004
        return False
    return all(
        _shape(cell) == Counter(_shape(row[at]) for row in below if row[at]).most_common(1)[0][0]
        for at, cell in enumerate(second)
        if cell and any(row[at] for row in below)
    )


def _shape(cell: str) -> str:
    return "upper" if cell[:1].isupper() else "lower" if cell[:1].islower() else "other"


def _gap_follows(numbers: Sequence[int], index: int) -> bool:
    """Whether empty rows follow this one, in the upper half of the rows searched."""
    upper = numbers[index : len(numbers) // 2 + 1]
    return any(after > before + 1 for before, after in pairwise(upper))


def _names_half(row: Sequence[str], usual: int, *, is_first: bool) -> bool:
    """Whether the row names at least half of the columns, or as the first row a third, so that the others have none."""
    names = [cell for cell in row if cell]
    most = 3 if is_first and not any(cell.endswith(":") for cell in names) else 2
    return len(names) > 1 and most * len(names) >= usual and all(kind_of(cell) == "text" for cell in names)


def _usual_width(widths: Iterable[int]) -> int:
    """The most common number of filled cells. Lines of text count only if there is nothing else."""
    counts = Counter(width for width in widths if width > 1)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 1


def _usual_edge(cells: Iterable[Sequence[str]]) -> int:
    """The column in which most of the rows end."""
    ends = Counter(max((at for at, cell in enumerate(row) if cell), default=0) for row in cells)
    return max(ends, key=lambda end: (ends[end], end), default=0)


def _typed_columns(cells: Sequence[Sequence[str]]) -> dict[int, str]:
    """The kind of every column that holds mostly numbers, dates or booleans."""
    typed: dict[int, str] = {}
    for position in range(max(map(len, cells), default=0)):
        kinds = Counter(kind_of(row[position]) for row in cells if row[position])
        for kind, count in kinds.most_common():
            if kind != "text" and 2 * count >= kinds.total():
                typed[position] = kind
                break
    return typed


def _reads_like_data(row: Sequence[str], typed: dict[int, str]) -> bool:
    """Whether most of the cells in typed columns are of that type."""
    filled = [position for position in typed if row[position].casefold() not in NOTHING]
    same = sum(kind_of(row[position]) == typed[position] for position in filled)
    return 2 * same > len(filled) and not _are_periods(row)


def _are_names(row: Sequence[str], width: int) -> bool:
    """Whether the cells are mostly distinct texts, or periods such as years."""
    texts = sum(kind_of(cell) == "text" for cell in row if cell)
    return (3 * texts >= 2 * width or _are_periods(row)) and 2 * len({cell for cell in row if cell}) > width


def _are_periods(row: Sequence[str]) -> bool:
    """Whether the row names the columns of a table spread over time: 2019, 2020, 2021."""
    values = [cell for cell in row if cell and kind_of(cell) != "text"]
    if len(values) < 3:  # noqa: PLR2004 - two numbers may rise by chance
        return False
    if all(_YEAR.fullmatch(cell) for cell in values):
        return len({int(after) - int(before) for before, after in pairwise(values)}) == 1 and values[0] < values[1]
    return all(kind_of(cell) == "date" for cell in values) and all(a < b for a, b in pairwise(values))
