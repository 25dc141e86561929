"""How far a job is, as the target itself stores it: `Checkpoint`."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from importer.core._progress import Totals

if TYPE_CHECKING:
    from importer.core._progress import Progress

__all__ = ["Checkpoint", "Claim"]


REQUIRED = {"rows_read", "chunks", "last_row"}
"""Fields without which nobody knows where a job stands."""


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
        try:
            found = json.loads(text)
        except RecursionError:
            found = None
        if not isinstance(found, dict) or not found.keys() >= REQUIRED:
            raise ValueError(f"not a checkpoint: {text[:80]!r}")
        names = {field.name for field in fields(cls)}
        made = cls(**{name: value for name, value in found.items() if name in names})
        made._raise_for_values()
        return made

    def _raise_for_values(self) -> None:
        """Check what somebody may have edited: a wrong count would lose rows, or write them twice."""
        for name, default in asdict(Checkpoint()).items():
            value = getattr(self, name)
            match default:
                case bool() | str():
                    is_good = isinstance(value, type(default))
                case int():
                    is_good = type(value) is int and 0 <= value <= sys.maxsize
                case float():
                    is_good = type(value) in {int, float} and math.isfinite(value)
                case _:
                    is_good = value is None or isinstance(value, str)
            if not is_good:
                raise ValueError(f"{name} cannot be {str(value)[:80]!r}")
        if self.rows_read != self.created + self.updated + self.unchanged + self.rejected:
            raise ValueError(f"its counts do not add up to {self.rows_read:,} rows read")

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
