"""What a sheet says about its columns and merged cells: `Layout`."""

from __future__ import annotations

from dataclasses import dataclass, field

from importer.core import letter
from importer.sources.xlsx.book import BLANKS
from importer.sources.xlsx.cells._places import REFERENCE, position_of

__all__ = ["Layout", "Merge", "is_hidden"]

MERGES = 1 << 18
"""Limit of merged cells that are remembered."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that are merged into one: its first and last row, and the first and last position in each."""

    first_row: int
    last_row: int
    first: int
    last: int

    def __str__(self) -> str:
        """The range as a spreadsheet names it: ``A2:A4``."""
        return f"{letter(self.first)}{self.first_row}:{letter(self.last)}{self.last_row}"


def _merge(reference: str) -> Merge | None:
    """The range, None if it is no range of the grid.

    Examples
    --------
    >>> print(_merge("A2:$B$4"), _merge("A2"))
    A2:B4 None
    """
    found = [REFERENCE.fullmatch(end.replace("$", "").strip(BLANKS)) for end in reference.split(":")]
    if len(found) != 2 or None in found:  # noqa: PLR2004 - from and to
        return None
    (first, last), (top, bottom) = (
        sorted(position_of(each[1]) or 0 for each in found if each),
        sorted(int(each[2]) for each in found if each),
    )
    return Merge(top, bottom, first, last)


def is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no size."""
    return attributes.get("hidden") in {"1", "true", "on"} or attributes.get(size) in {"0", "0.0"}


@dataclass(slots=True)
class Layout:
    """What stands around the rows of a sheet.

    Attributes
    ----------
    hidden
        Positions of the first and last column of each group of hidden ones.
    merges
        Cells that are merged.
    """

    hidden: list[tuple[int, int]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)

    def see(self, parent: str, tag: str, attributes: dict[str, str]) -> None:
        """Take note of a tag outside the rows."""
        if (parent, tag) == ("cols", "col") and is_hidden(attributes, "width"):
            first, last = (attributes.get(name, "").strip(BLANKS) for name in ("min", "max"))
            if first.isdecimal() and last.isdecimal():
                self.hidden.append((int(first[:9]) - 1, int(last[:9]) - 1))
        elif (parent, tag) == ("mergeCells", "mergeCell") and len(self.merges) < MERGES:
            merge = _merge(attributes.get("ref", ""))
            if merge is not None:
                self.merges.append(merge)
