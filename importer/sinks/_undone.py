"""What an undo takes back and what it leaves: `Undone`, `Left`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Left", "Undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A row that an undo leaves as it is.

    Attributes
    ----------
    key
        Its key, by column.
    why
        ``'edited'`` or ``'gone'`` if it was changed or deleted since, ``'pointed'`` if rows of another table point at
        it, ``'trigger'`` if deleting it runs one, ``'unknown'`` if its former values are not known.
    because
        The other table, or the triggers.
    was_created
        Whether the job created it; otherwise the job updated it.
    wrote, now
        What the job wrote and what stands there now, for the columns in which both differ; `now` is None if the row
        is gone.
    """

    key: Mapping[str, object]
    why: str
    because: str = ""
    was_created: bool = False
    wrote: Mapping[str, object]
    now: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What became of the rows that a job changed: removed + restored + edited + gone + impossible.

    Attributes
    ----------
    table
        The table.
    removed, restored
        Rows that the job created, and rows that it updated, which are as before.
    edited, gone
        Rows that were changed or deleted since, and stay so.
    impossible
        Rows that cannot be taken back.
    reasons
        Why not: `Left.why`, `Left.because`, and how many rows.
    left
        Some of the rows that stay.
    bent
        Rows that got other values than their former ones, because the table has triggers.
    drops
        Whether the table goes, because the import made it.
    is_whole
        Whether it goes with all its rows, of which it is not known whether they were changed since; it takes force.
    wrote, others
        For such a table: rows that the import wrote, and other imports that wrote to it.
    """

    table: str = ""
    removed: int = 0
    restored: int = 0
    edited: int = 0
    gone: int = 0
    impossible: int = 0
    reasons: tuple[tuple[str, str, int], ...] = ()
    left: tuple[Left, ...] = ()
    bent: int = 0
    drops: bool = False
    is_whole: bool = False
    wrote: int = 0
    others: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.removed + self.restored + self.edited + self.gone + self.impossible
