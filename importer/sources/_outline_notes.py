"""What is told about rows that are no data, or may be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import LARGEST
from importer.errors import Fix, Note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from importer.sources._outline import Outline
    from importer.sources._row_limits import RowLimits

__all__ = ["notes_beyond", "notes_of_outline", "row_message", "rows_named"]

NAMED = 5
"""Rows that a note names."""

_ONE = {
    "headers": "repeats the header or explains it",
    "totals": "looks like a total",
    "sections": "fills one cell only, as a heading or a second line does",
    "notes": "fills few of the cells that the other rows fill",
}
_SEVERAL = {
    "headers": "repeat the header or explain it",
    "totals": "look like totals",
    "sections": "fill one cell only, as headings and second lines do",
    "notes": "fill few of the cells that the other rows fill",
}


def notes_of_outline(outline: Outline, left_out: Collection[str], told: Collection[int] = ()) -> Iterator[Note]:
    """One note for each kind of rows, with their numbers and the option that changes it.

    Parameters
    ----------
    left_out
        Kinds of rows that are left out.
    told
        Rows of which another note tells.
    """
    if outline.tables and outline.is_whole:
        row, looks = outline.tables[0], "looks" if len(outline.tables) == 1 else "look"
        yield Note(
            f"{rows_named(outline.tables)} {looks} like the header of another table",
            [
                Fix("last_row", row - 1, "to read the first table alone"),
                Fix("header_row", row, "to read the other one"),
            ],
            code="another-table",
            kind="doubt",
            rows=outline.tables[:NAMED],
            n=len(outline.tables),
        )
    for kind, rows in outline.found.items():
        numbers = [row for row in rows if kind in left_out or row not in told]
        if not numbers:
            continue
        is_one = len(numbers) == 1
        does = (_ONE if is_one else _SEVERAL)[kind]
        names = ", ".join(repr(name) for name in outline.names[kind])
        shown = f" ({names})" if names and kind != "headers" else ""
        subject = rows_named(numbers) if outline.is_whole else "there are rows that"
        says = (does if outline.is_whole else _SEVERAL[kind]) + shown
        if kind in left_out:
            ending = "and is left out" if is_one and outline.is_whole else "and are left out"
            fixes = [Fix("leave_out", "none", "to import every row")]
        else:
            ending, fixes = "", [Fix("leave_out", kind, "to leave it out" if is_one else "to leave them out")]
        yield Note(
            f"{subject} {says} {ending}".strip(),
            fixes,
            code=f"rows-of-{kind}",
            kind="rows",
            rows=numbers[:NAMED] if outline.is_whole else (),
            n=len(numbers) if outline.is_whole else None,
        )


def notes_beyond(limits: RowLimits, last: int) -> Iterator[Note]:
    """One note for each option that names rows below the last one.

    A span without an end is no such name where rows are left out: it means whatever may follow.

    Examples
    --------
    >>> from importer.sources import RowLimits
    >>> [str(note) for note in notes_beyond(RowLimits.of(rows="900-"), 301)]
    ["the rows to import, '900-', lie below row 301, the last one, so nothing is imported; give rows=… down to row 301"]
    >>> list(notes_beyond(RowLimits.of(leave_out=("5", "900-")), 301))
    []
    """
    wanted = limits.wanted or ()
    if beyond := [span for span in wanted if span[0] > last]:
        is_all = len(beyond) == len(wanted)
        ending = "nothing is imported" if is_all else "only the others are imported"
        yield _beyond(Fix("rows", ..., f"down to row {last:,}"), "to import", beyond, last, ending)
    if beyond := [span for span in limits.left_out if span[0] > last and span[1] < LARGEST]:
        fix = Fix("leave_out", ..., f"down to row {last:,}")
        yield _beyond(fix, "to leave out", beyond, last, "nothing is left out there")


def _beyond(fix: Fix, what: str, spans: Sequence[tuple[int, int]], last: int, ending: str) -> Note:
    named = ",".join(
        f"{first}-" if end == LARGEST else str(first) if first == end else f"{first}-{end}" for first, end in spans
    )
    return Note(
        f"the rows {what}, {named!r}, lie below row {last:,}, the last one, so {ending}",
        [fix],
        code="rows-beyond",
        kind="doubt",
        rows=[first for first, _ in spans][:NAMED],
    )


def row_message(kind: str, *, is_left_out: bool) -> str:
    """What is told about one row."""
    return f"the row {_ONE[kind]}" + (", and was left out" if is_left_out else "")


def rows_named(numbers: Sequence[int]) -> str:
    """The first of these rows, and how many more there are.

    Examples
    --------
    >>> rows_named([7]), rows_named([7, 8]), rows_named([2, 3, 4]), rows_named([1, 3, 5, 7, 9, 11, 1300])
    ('row 7', 'rows 7 and 8', 'rows 2 to 4', 'rows 1, 3, 5, 7, 9 and 2 more')
    """
    if len(numbers) == 1:
        return f"row {numbers[0]:,}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:  # noqa: PLR2004 - three in a row
        return f"rows {numbers[0]:,} to {numbers[-1]:,}"
    shown = [f"{number:,}" for number in numbers[:NAMED]]
    if len(numbers) > NAMED:
        return f"rows {', '.join(shown)} and {len(numbers) - NAMED:,} more"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"
