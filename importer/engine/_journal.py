"""How far one job is, as its target is told: `Journal`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core import Checkpoint
from importer.errors import ResumeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.core import Written

__all__ = ["Journal"]


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
