"""Snapshots of a job and who receives them: `Progress`, `State`, `Listener`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Literal, Protocol

__all__ = ["Kind", "Listener", "Progress", "State", "Totals"]

Kind = Literal["import", "check", "undo", "task"]
"""What a job does: import rows, check them in a dry run, undo an import, or any other task with a progress."""


class State(Enum):
    """State of a job."""

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
        """Whether the job has ended.

        Examples
        --------
        >>> [state.value for state in State if state.is_final]
        ['succeeded', 'failed', 'cancelled', 'interrupted']
        """
        return self in {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.INTERRUPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a job has done since its start: the same totals in progress, checkpoints and the history.

    Attributes
    ----------
    rows_read
        Rows that are done: always created + updated + unchanged + rejected.
    created, updated, unchanged
        Rows that are in the table, by what the job did with them.
    rejected
        Rows that are not in the table; the report has the reasons.
    warnings
        Cells that were imported with a warning.
    current_key
        Key of the last written row, as text.
    completed
        How much of the source is read, in `unit`.
    elapsed_s
        Running time in seconds, without pauses.
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
        """The totals by name."""
        return {field.name: getattr(self, field.name) for field in fields(Totals)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Totals):
    """Snapshot of a job: its totals, and the whole that they are part of.

    Attributes
    ----------
    job_id, label
        Id of the job, and its name for a person.
    kind
        What the job does. A check is a dry run: its counts are those of the import that would follow.
    state
        State of the job.
    seq
        Number of the snapshot; later snapshots have higher numbers.
    total, unit
        Size of the source, None if unknown, and its unit.
    error
        Why the job failed, was interrupted or is waiting, in one sentence.

    Raises
    ------
    ValueError
        If the counts do not add up.

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
        """Refuse counts that do not add up."""
        if self.rows_read != self.created + self.updated + self.unchanged + self.rejected:
            msg = f"counts do not balance: {self.rows_read} rows read in {self!r}"
            raise ValueError(msg)

    @property
    def fraction(self) -> float | None:
        """Share of the source that is read, 0 to 1; None if the total is unknown."""
        if self.state is State.SUCCEEDED:
            return 1.0
        if self.total is None:
            return None
        return min(self.completed / self.total, 1.0) if self.total else 0.0

    @property
    def rows_expected(self) -> int | None:
        """Estimated rows of the whole source; None before the first row."""
        if not self.rows_read or not self.fraction:
            return None
        return round(self.rows_read / self.fraction)

    @property
    def rows_per_s(self) -> float | None:
        """Average speed since the start; None before the first row."""
        if not self.rows_read or not self.elapsed_s:
            return None
        return self.rows_read / self.elapsed_s

    @property
    def remaining_s(self) -> float | None:
        """Seconds left at the average speed; None if unknown."""
        if not self.rows_read or not self.fraction:
            return None
        return self.elapsed_s * (1 - self.fraction) / self.fraction

    @property
    def success_rate(self) -> float | None:
        """Share of the rows that are in the table; None before the first row."""
        if not self.rows_read:
            return None
        return 1 - self.rejected / self.rows_read

    @property
    def in_table(self) -> str:
        """What the job wrote to the table, in words.

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
    """Any callable that takes a `Progress`: a function, a bound method, ``seen.append``."""

    def __call__(self, progress: Progress, /) -> object:
        """Handle the snapshot; the return value is ignored."""
        ...
