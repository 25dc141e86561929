"""A job as the App sees it: `Watch`."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.listeners import ASKED, Window, draw
from importer.views import for_mouse, say
from importer.views.html import Html, escape, rate, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import Progress
    from importer.engine import Job

__all__ = ["Watch"]

NEWEST = 5
"""Refused cells that are shown while there are more to come."""

POINTS = 240
"""Moments of which the plot of the speed shows one each."""


class Watch:
    """A listener that remembers the newest snapshot and the speeds before it.

    Parameters
    ----------
    changed
        Called after each snapshot, on the job's thread.
    broke
        Called where that fails with the last one, after which nobody would hear of the end.
    """

    def __init__(
        self,
        changed: Callable[[Watch], None],
        broke: Callable[[Watch, Exception], None],
    ) -> None:
        self.job: Job | None = None
        self.progress: Progress | None = None
        self._changed, self._broke = changed, broke
        self._window = Window()
        self._speeds: deque[float] = deque(maxlen=POINTS)
        self._asked: str | None = None
        self._newest: list[tuple[object, ...]] = []

    def attach(self, job: Job) -> None:
        """Take the job that the buttons act on."""
        self.job = job

    def __call__(self, progress: Progress, /) -> None:
        """Take note of the next snapshot."""
        if self.progress is None or progress.state is not self.progress.state:
            self._asked = None
        self.progress = progress
        self._window(progress)
        if self._window.rows_per_s and not progress.state.is_final:
            self._speeds.append(self._window.rows_per_s)
        if self.job is not None and progress.rejected:
            newest = self.job.report.found.newest(NEWEST).filter(severity="error")
            self._newest = newest.select("row", "column", "value", "message").rows() or self._newest
        try:
            self._changed(self)
        except Exception as exc:
            if not self.is_over:
                raise
            self._broke(self, exc)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.progress is not None and self.progress.state.is_final

    def ask(self, what: str) -> None:
        """Ask the job to pause, resume or cancel; its next snapshot tells whether it obeyed."""
        if self.job is not None and what in ASKED and not self.is_over:
            self._asked = what
            getattr(self.job, what)()

    def draw(self) -> Html:
        """The job as it stands: bar, counts, buttons, and a plot of its speed."""
        if self.progress is None:
            return Html("")
        error = self.progress.error
        now = self.progress if error is None else replace(self.progress, error=for_mouse(error))
        drawn = draw(now, self._window, buttons=self.job is not None, asked=self._asked)
        return Html(f"{drawn}{self._plot()}{'' if self.is_over else self._refusals()}")

    def _refusals(self) -> Html:
        """The cells that were refused last."""
        if not self._newest:
            return Html("")
        rows = [(row, column or say("grid.whole_row"), value or "", why) for row, column, value, why in self._newest]
        heads = [say(f"import.newest_{name}") for name in ("row", "column", "value", "why")]
        return table(heads, rows, caption=say("import.newest"))

    def _plot(self) -> Html:
        """Rows a second of late, as a line under which the area is filled."""
        speeds = list(self._speeds)
        if len(speeds) < 3:  # noqa: PLR2004 - fewer points are no line
            return Html("")
        top = max(speeds) * 1.1
        points = " ".join(
            f"{n / (len(speeds) - 1) * 300:.1f},{40 - speed / top * 40:.1f}" for n, speed in enumerate(speeds)
        )
        title = say("import.plot", last=rate(speeds[-1]), top=rate(max(speeds)))
        return Html(
            f'<figure class="im-plot"><svg viewBox="0 0 300 40" preserveAspectRatio="none" role="img" '
            f'aria-label="{escape(title)}"><polygon points="0,40 {points} 300,40"></polygon>'
            f'<polyline points="{points}"></polyline></svg><figcaption>{escape(title)}</figcaption></figure>'
        )
