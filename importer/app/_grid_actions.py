"""What a user can do in the grid of a step: `GridAction`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BringRows",
    "CorrectCells",
    "FilterRows",
    "GridAction",
    "OnlyRefused",
    "Redo",
    "ReplaceText",
    "SetAll",
    "Undo",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRows:
    """Show the rejected rows with one kind of problem; None shows all."""

    step: str
    kind: tuple[str | None, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyRefused:
    """Show no row that was corrected and has no problem any more, or show them again."""

    step: str
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCells:
    """Replace the texts of cells of rejected rows, as one step.

    Attributes
    ----------
    cells
        Number of the row, place of the column, and text of each.
    left_over
        Cells that were pasted, for which the grid has no place.
    """

    step: str
    cells: tuple[tuple[int, int, str], ...]
    left_over: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAll:
    """Replace all cells that have the kind of problem that is shown by one text."""

    step: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceText:
    """Replace a text in the refused cells of a column; an empty one stands for empty cells."""

    step: str
    place: int
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take the last step back."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """Do the step again that was taken back last."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BringRows:
    """Import those refused rows that were corrected in the result and have no problem any more."""


GridAction = FilterRows | OnlyRefused | CorrectCells | SetAll | ReplaceText | Undo | Redo | BringRows
