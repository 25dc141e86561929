"""How far a job is, as the target itself stores it: `Checkpoint`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from importer.core._progress import Totals

if TYPE_CHECKING:
    from importer.core._progress import Progress

__all__ = ["Checkpoint", "Claim"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Totals):
    """Where a job stands after its last committed chunk.

    Attributes
    ----------
    content
        Fingerprint of the file; empty if there is none.
    file
        Label of the file, for people.
    last_row
        Last row that was processed, as the spreadsheet numbers it.
    chunks
        Number of committed chunks.
    is_done
        Whether the job has written everything.
    owner
        Token of the run that may continue the job; see `Claim`.

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
    owner: str = ""

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The checkpoint that `as_text` wrote; fields that this version does not know are ignored.

        Raises
        ------
        ValueError
            If the text is not a checkpoint.
        """
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError(f"not a checkpoint: {text[:80]!r}")  # noqa: TRY004 - like any other text
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if name in names})

    def as_text(self) -> str:
        """The checkpoint as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def progress(self, now: Progress) -> Progress:
        """The snapshot with the totals of the checkpoint."""
        return replace(now, **self.totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to continue a job: a run takes it when it opens the target, and loses it to the next run.

    Attributes
    ----------
    job_id
        The job.
    owner
        Token of this run. It is stored in the job's checkpoint, so a run that was frozen while another one
        took over the job fails at its next commit.
    takes_over
        Whether the claim ends that of an earlier run. A run that only connects again does not.
    """

    job_id: str
    owner: str
    takes_over: bool = True
