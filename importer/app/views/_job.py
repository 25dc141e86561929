"""A job as it runs: bar, counts, buttons, the plot of its speed, and the newest rejected cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.views import draw_panel, say
from importer.views.html import Html, escape, rate, table

if TYPE_CHECKING:
    from importer.app._job_view import JobView

__all__ = ["draw_job"]


def draw_job(job: JobView) -> Html:
    """The job; empty before its first snapshot."""
    now = job.progress
    if now is None:
        return Html("")
    now = now if now.error is None else replace(now, error=worded(now.error))
    drawn = draw_panel(now, job.window, requested=job.requested)
    return Html(f"{drawn}{_plot(job)}{'' if job.is_over else _rejected(job)}")


def _rejected(job: JobView) -> Html:
    """The newest rejected cells."""
    if not job.rejected:
        return Html("")
    rows = [(row, column or say("grid.whole_row"), value or "", why) for row, column, value, why in job.rejected]
    heads = [say(f"import.newest_{name}") for name in ("row", "column", "value", "why")]
    return table(heads, rows, caption=say("import.newest"))


def _plot(job: JobView) -> Html:
    """Rows per second so far, as a filled line."""
    speeds = job.speeds
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
