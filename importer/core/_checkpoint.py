"""How far a job is, as the target itself remembers it: `Checkpoint`, and the `Journal` that writes it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from importer.core._progress import Totals

if TYPE_CHECKING:
    from importer.core._progress import Progress

__all__ = ["Checkpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Totals):
    """Where a job stands after a chunk that is committed.

    Attributes
    ----------
    content
        Fingerprint of what is imported; empty where there is none.
    file
        What a person calls it.
    last_row
        Last row that is dealt with, as the spreadsheet numbers it.
    chunks
        How many chunks are committed.
    is_done
        Whether the job wrote everything.

    Examples
    --------
    >>> Checkpoint.of_text(Checkpoint(last_row=7, rows_read=6, created=6).as_text()).last_row
    7
    """

    content: str = ""
    file: str = ""
    last_row: int = 0
    chunks: int = 0
    is_done: bool = False

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The checkpoint that `as_text` wrote; what this version does not know is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in json.loads(text).items() if name in known})

    def as_text(self) -> str:
        """The checkpoint as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def after(self, now: Progress, *, last_row: int) -> Checkpoint:
        """The checkpoint after one more chunk."""
        return replace(self, last_row=last_row, chunks=self.chunks + 1, **now.totals)

    def progress(self, now: Progress) -> Progress:
        """The snapshot with the totals of the checkpoint."""
        return replace(now, **self.totals)
