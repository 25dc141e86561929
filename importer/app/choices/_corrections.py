"""Texts that the user gives to cells of refused rows, with undo and redo: `Corrections`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MOST_CORRECTIONS", "Cell", "Corrections", "Step"]

Cell = tuple[int, str]
"""A cell of the file: number of its row, and header."""

MOST_CORRECTIONS = 100_000
"""Cells that can be corrected at a time, so that all of them fit into memory."""

MOST_STEPS = 100
"""Steps that can be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Cells that changed together: their texts before, if they were corrected, and after."""

    before: Mapping[Cell, str | None]
    after: Mapping[Cell, str | None]

    @property
    def rows(self) -> frozenset[int]:
        """Numbers of its rows."""
        return frozenset(row for row, _ in self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """The corrected cells of a file; a change makes a step that can be undone.

    Attributes
    ----------
    by_row
        Texts by header, of each row that has any; None is an empty cell.
    past, future
        Steps to undo, the newest last, and steps to redo, the next one last.

    Examples
    --------
    >>> one = Corrections().but({(7, "qty"): "5", (8, "qty"): None})
    >>> one.cells, one.undone().cells, one.undone().redone() == one
    ({(7, 'qty'): '5', (8, 'qty'): None}, {}, True)
    """

    by_row: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    @classmethod
    def of(cls, cells: Mapping[Cell, str | None]) -> Self:
        """These cells, with nothing to undo."""
        return cls(by_row=_changed({}, (), cells))

    @property
    def cells(self) -> dict[Cell, str | None]:
        """All texts, by row and header."""
        return {(row, label): text for row, texts in self.by_row.items() for label, text in texts.items()}

    def of_row(self, row: int) -> Mapping[str, str | None]:
        """The corrected cells of a row, by header."""
        return self.by_row.get(row, {})

    def but(self, cells: Mapping[Cell, str | None]) -> Self:
        """The same with other texts in these cells, as one step; what was undone cannot be redone any more."""
        after = {cell: text for cell, text in cells.items() if self._of(cell) != (text,)}
        if not after:
            return self
        step = Step(before={cell: found[0] for cell in after if (found := self._of(cell))}, after=after)
        return replace(self, by_row=_changed(self.by_row, (), after), past=_newest((*self.past, step)), future=())

    def undone(self) -> Self:
        """The same before the last step."""
        if not self.past:
            return self
        *past, step = self.past
        by_row = _changed(self.by_row, step.after, step.before)
        return replace(self, by_row=by_row, past=tuple(past), future=(*self.future, step))

    def redone(self) -> Self:
        """The same after the step that was undone last."""
        if not self.future:
            return self
        *future, step = self.future
        return replace(
            self, by_row=_changed(self.by_row, (), step.after), past=(*self.past, step), future=tuple(future)
        )

    def _of(self, cell: Cell) -> tuple[str | None, ...]:
        """The text of a cell; nothing if it is not corrected."""
        row, label = cell
        texts = self.of_row(row)
        return (texts[label],) if label in texts else ()


def _changed(
    by_row: Mapping[int, Mapping[str, str | None]], gone: Iterable[Cell], cells: Mapping[Cell, str | None]
) -> dict[int, Mapping[str, str | None]]:
    """The texts without some cells, then with others; rows that stay as they were are shared."""
    changed: dict[int, dict[str, str | None]] = {}
    for row, label in gone:
        changed.setdefault(row, dict(by_row.get(row, {}))).pop(label, None)
    for (row, label), text in cells.items():
        changed.setdefault(row, dict(by_row.get(row, {})))[label] = text
    kept = {**by_row, **changed}
    return {row: texts for row, texts in kept.items() if texts}


def _newest(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The newest steps, as many as memory has room for; the last one always stays."""
    kept, cells = 0, 0
    for step in reversed(steps[-MOST_STEPS:]):
        cells += len(step.after)
        if kept and cells > MOST_CORRECTIONS:
            break
        kept += 1
    return steps[-kept:]
