"""A job as the App shows it: `JobView`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from importer.views import Window

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.engine import Job

__all__ = ["JobView"]

RECENT = 64
"""Snapshots that are kept, more than a job sends in the time by which its speed is judged."""

SPEEDS = 240
"""Points of the plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A dry run, an import or an undo, and its newest snapshots.

    Attributes
    ----------
    number
        Tells this job from earlier ones.
    job
        The handle; None until the job has started, and of an undo.
    recent
        Its newest snapshots, oldest first.
    speeds
        Rows per second so far.
    rejected
        The newest rejected cells: row, column, value, message.
    requested
        What the user requested of the job, until its state changes.
    """

    number: int
    job: Job | None = None
    recent: tuple[Progress, ...] = ()
    speeds: tuple[float, ...] = ()
    rejected: tuple[tuple[object, ...], ...] = ()
    requested: str | None = None

    @property
    def progress(self) -> Progress | None:
        """The newest snapshot."""
        return self.recent[-1] if self.recent else None

    @property
    def is_over(self) -> bool:
        """Whether no further snapshot will come."""
        return bool(self.recent) and self.recent[-1].state.is_final

    @property
    def window(self) -> Window:
        """The speed over the last few seconds."""
        window = Window()
        for progress in self.recent:
            window(progress)
        return window

    def after(self, progress: Progress, rejected: tuple[tuple[object, ...], ...] = ()) -> Self:
        """The view after one more snapshot."""
        old = self.progress
        is_same = old is not None and old.state is progress.state
        now = replace(
            self,
            recent=(*self.recent, progress)[-RECENT:],
            rejected=rejected or self.rejected,
            requested=self.requested if old is None or is_same else None,
        )
        rows_per_s = now.window.rows_per_s
        if not rows_per_s or progress.state.is_final:
            return now
        return replace(now, speeds=(*self.speeds, rows_per_s)[-SPEEDS:])
