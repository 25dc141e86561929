"""Snapshots of a job and who receives them: `Progress`, `State`, `Listener`."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from importer.core._pace import FULL, Pace

if TYPE_CHECKING:
    from importer.core._stage import StageInHand

__all__ = ["FileInHand", "Kind", "Listener", "Progress", "State", "Totals"]

Kind = Literal["import", "check", "undo", "task"]
"""What a job does: import rows, check them in a dry run, undo an import, or another operation, see `importer.track`."""


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
class FileInHand:
    """The one of several files that is being read.

    Attributes
    ----------
    name
        The file.
    number, count
        Which of how many it is, from 1.
    fraction
        Share of it that is read.
    """

    name: str
    number: int
    count: int
    fraction: float


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
    files
        Several files, each with how much is read at its end; empty for one.
    left_out
        How many more files were given and are not imported; the report says why.
    error
        Why the job failed, was interrupted or is waiting, in one sentence.
    pace
        How fast it may go, see the option `pace`.
    stage
        The stage that an operation is in; None for an import.

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
    files: tuple[tuple[str, int], ...] = ()
    left_out: int = 0
    error: str | None = None
    pace: str = FULL
    stage: StageInHand | None = None

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
    def in_hand(self) -> FileInHand | None:
        """The file that is being read; None if there is one alone, or the job has ended.

        Examples
        --------
        >>> Progress(completed=15, total=30, files=(("a.csv", 10), ("b.csv", 30))).in_hand
        FileInHand(name='b.csv', number=2, count=2, fraction=0.25)
        """
        if not self.files or self.state.is_final:
            return None
        at = min(bisect_left(self.files, self.completed, key=lambda file: file[1]), len(self.files) - 1)
        (name, end), begin = self.files[at], self.files[at - 1][1] if at else 0
        fraction = (self.completed - begin) / (end - begin) if end > begin else 1.0
        return FileInHand(name=name, number=at + 1, count=len(self.files), fraction=min(max(fraction, 0.0), 1.0))

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
        """Seconds left at the average speed, or at the pace if that is slower; None if unknown."""
        if not self.rows_read or not self.fraction:
            return None
        return self.at_least_s(self.elapsed_s * (1 - self.fraction) / self.fraction)

    def at_least_s(self, seconds: float) -> float:
        """So many seconds, or more if the pace lets no job read the rest of the rows in this time.

        Examples
        --------
        >>> Progress(rows_read=50, created=50, completed=1, total=4, pace="10/s").at_least_s(1.0)
        15.0
        """
        most = None if self.pace == FULL else Pace.of(self.pace).rows_per_s
        if most is None or self.rows_expected is None:
            return seconds
        return max(seconds, (self.rows_expected - self.rows_read) / most)

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
