"""What a grid's page asks for, as actions: `action_of`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from importer.app._grid_actions import CorrectCells, FilterRows, OnlyRefused, Redo, ReplaceText, SetAll, Undo
from importer.app.choices import MOST_CORRECTIONS
from importer.app.widgets._clipboard import cells_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.app._grid_actions import GridAction
    from importer.app.effects import GridRows

__all__ = ["action_of"]


def action_of(message: object, rows: GridRows, step: str) -> GridAction | None:  # noqa: PLR0911 - one for each kind
    """The action that a message asks for; None if it asks for none.

    Cells come as the place of their row among those that the grid shows, and the places of their columns.
    """
    match message:
        case {"type": "fill", "first": int(first), "last": int(last), "places": [*places], "text": str(text)}:
            numbers = _numbers(rows, first, last, len(places))
            cells = tuple((row, int(place), text) for row, place in product(numbers, places))
            return CorrectCells(step=step, cells=cells)
        case {"type": "paste", "first": int(first), "places": [*places], "text": str(text)}:
            return _pasted(rows, step, first, places, cells_of(text))
        case {"type": "down", "first": int(first), "last": int(last), "places": [*places]}:
            top = rows.page(first, 1)
            numbers = _numbers(rows, first + 1, last, len(places))
            texts = {int(place): top[0]["cells"][place] or "" for place in places} if top else {}
            cells = tuple((row, place, texts[place]) for row, place in product(numbers, texts))
            return CorrectCells(step=step, cells=cells)
        case {"type": "set", "text": str(text)}:
            return SetAll(step=step, text=text)
        case {"type": "replace", "place": int(place), "old": str(old), "new": str(new)}:
            return ReplaceText(step=step, place=place, old=old, new=new)
        case {"type": "undo"}:
            return Undo(step=step)
        case {"type": "redo"}:
            return Redo(step=step)
        case {"type": "all"}:
            return FilterRows(step=step, kind=None)
        case {"type": "only", "is_on": bool(is_on)}:
            return OnlyRefused(step=step, is_on=is_on)
        case _:
            return None


def _numbers(rows: GridRows, first: int, last: int, columns: int) -> list[int]:
    """Numbers of the rows at these places, of which no more are taken than show that there are too many."""
    most = MOST_CORRECTIONS // max(columns, 1) + 1
    found: list[int] = rows.numbers.slice(max(first, 0), max(min(last - first + 1, most), 0)).to_list()
    return found


def _pasted(
    rows: GridRows, step: str, first: int, places: Sequence[int], block: Sequence[Sequence[str]]
) -> CorrectCells:
    """A block of cells, from a place on to the right and down."""
    numbers = _numbers(rows, first, first + len(block) - 1, max(map(len, block)))
    cells = tuple(
        (row, int(place), text)
        for row, texts in zip(numbers, block, strict=False)
        for place, text in zip(places, texts, strict=False)
    )
    return CorrectCells(step=step, cells=cells, left_over=sum(map(len, block)) - len(cells))
