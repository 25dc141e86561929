"""What a job says and how it is heard: `Progress`, `State`, `Listener`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Literal, Protocol

__all__ = ["Kind", "Listener", "Progress", "State", "Totals"]

Kind = Literal["import", "check", "undo", "task"]
"""What a job does: write rows, try that in a dry run, take rows out again, or anything else that counts."""


class State(Enum):
    """Where a job stands."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it.

        Examples
        --------
        >>> [state.value for state in State if state.is_final]
        ['succeeded', 'failed', 'cancelled', 'interrupted']
        """
        return self in {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.INTERRUPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a job has done since its start, as it is said, committed and kept alike.

    Attributes
    ----------
    rows_read
        Rows whose fate is known: always created + updated + unchanged + rejected.
    created, updated, unchanged
        Rows that are in the table, by what the import did to them.
    rejected
        Rows that are not in the table, each with its reasons in the report.
    warnings
        Cells that went in with a remark.
    current_key
        Key of the last row written, as text.
    completed
        How much of the source is read, in its own unit.
    elapsed_s
        Seconds at work; pauses do not count.
    """

    rows_read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: int = 0
    current_key: str | None = None
    completed: int = 0
    elapsed_s: float = 0.0

    @property
    def totals(self) -> dict[str, Any]:
        """Each of them by its name."""
        return {field.name: getattr(self, field.name) for field in fields(Totals)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Totals):
    """How far a job is: its totals, and what they are a part of.

    Attributes
    ----------
    job_id, label
        Which job, and what a person calls it.
    kind
        What the job does. A check is a dry run: its counts are those that the import would have.
    state
        Where the job stands.
    seq
        Number of this snapshot; a later one has a higher number.
    total, unit
        How much there is to read (None: nobody knows), counted in what.
    error
        Why the job failed, was interrupted, or waits: one sentence.

    Raises
    ------
    ValueError
        Where the counts do not balance.

    Examples
    --------
    >>> now = Progress(rows_read=50, created=48, rejected=2, completed=1, total=4, elapsed_s=2.0)
    >>> now.fraction, now.rows_per_s, now.remaining_s, now.rows_expected, now.success_rate
    (0.25, 25.0, 6.0, 200, 0.96)
    """

    job_id: str = ""
    label: str = ""
    kind: Kind = "import"
    state: State = State.PENDING
    seq: int = 0
    total: int | None = None
    unit: str = "B"
    error: str | None = None

    def __post_init__(self) -> None:
        """Refuse counts that do not balance."""
        if self.rows_read != self.created + self.updated + self.unchanged + self.rejected:
            msg = f"counts do not balance: {self.rows_read} rows read in {self!r}"
            raise ValueError(msg)

    @property
    def fraction(self) -> float | None:
        """Share of the source that is read, 0 to 1; None where the total is unknown."""
        if self.state is State.SUCCEEDED:
            return 1.0
        if self.total is None:
            return None
        return min(self.completed / self.total, 1.0) if self.total else 0.0

    @property
    def rows_expected(self) -> int | None:
        """Rows that the whole source will have, judged by those read; None before the first."""
        if not self.rows_read or not self.fraction:
            return None
        return round(self.rows_read / self.fraction)

    @property
    def rows_per_s(self) -> float | None:
        """Average speed since the start; None until the first chunk is in."""
        if not self.rows_read or not self.elapsed_s:
            return None
        return self.rows_read / self.elapsed_s

    @property
    def remaining_s(self) -> float | None:
        """Seconds of work left at the average speed; None where that cannot be told."""
        if not self.rows_read or not self.fraction:
            return None
        return self.elapsed_s * (1 - self.fraction) / self.fraction

    @property
    def success_rate(self) -> float | None:
        """Share of the rows read that are in the table; None before the first."""
        if not self.rows_read:
            return None
        return 1 - self.rejected / self.rows_read

    @property
    def in_table(self) -> str:
        """What the job has put into the table, in words.

        Examples
        --------
        >>> Progress(rows_read=1200, created=1000, unchanged=200).in_table
        '1,000 rows created, 0 updated and 200 unchanged are in the table'
        >>> Progress(rows_read=1200, created=1200, kind="check").in_table
        'nothing was written'
        """
        if self.kind == "check":
            return "nothing was written"
        rows = f"{self.created:,} rows created, {self.updated:,} updated and {self.unchanged:,} unchanged"
        return f"{rows} are in the table"


class Listener(Protocol):
    """Anything that can be called with a `Progress`: a function, a bound method, ``seen.append``."""

    def __call__(self, progress: Progress, /) -> object:
        """Take note; the return value is ignored."""
        ...
