"""How far a job is, as the target itself remembers it: `Checkpoint`, and the `Journal` that writes it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from importer.errors import ResumeError
from importer.progress import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.chunks import Written
    from importer.progress import Progress

__all__ = ["Checkpoint", "Journal"]


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


class Journal:
    """One job's own checkpoint, as a sink asks for it.

    Parameters
    ----------
    job_id, content, file
        Of the job, and of what it imports.
    is_begun
        Whether rows of the job are known to be in the table.
    recognise
        Hears the checkpoints of other jobs that wrote to the same table, and raises where this one should not.
    """

    def __init__(
        self,
        job_id: str,
        *,
        content: str = "",
        file: str = "",
        is_begun: bool = False,
        recognise: Callable[[Mapping[str, Checkpoint]], object] = lambda _: None,
    ) -> None:
        self.job_id = job_id
        self.committed = Checkpoint(content=content, file=file)
        self._recognise = recognise
        self.is_begun = is_begun
        self._next: Callable[[Written], Checkpoint] | None = None
        self._coming: Checkpoint | None = None

    def recall(self, checkpoints: Mapping[str, str]) -> bool:
        """Go on from this job's own checkpoint where the target has one."""
        known = {job_id: Checkpoint.of_text(text) for job_id, text in checkpoints.items()}
        own = known.pop(self.job_id, None)
        self._recognise(known)
        if own is not None:
            self.committed, self._coming = own, None
        elif self.is_begun:
            raise ResumeError(
                "the target no longer remembers this job: its table was replaced, or its row in _importer_checkpoints "
                "deleted. Import the file again with if_imported='again'"
            )
        return own is not None

    def checkpoint(self, written: Written | None) -> str:
        """The checkpoint that commits with the rows."""
        if written is None:
            self._coming = replace(self.committed, is_done=True)
        elif self._next is not None:
            self._coming, self._next = self._next(written), None
        return (self._coming or self.committed).as_text()

    def expect(self, following: Callable[[Written], Checkpoint]) -> None:
        """Say how the next checkpoint is made, once it is known what was written."""
        self._next = following

    def commit(self, written: Written) -> Checkpoint:
        """Take the chunk for committed, also where the sink keeps no checkpoints."""
        self.checkpoint(written)
        if self._coming is not None:
            self.committed, self._coming = self._coming, None
        self.is_begun = True
        return self.committed
