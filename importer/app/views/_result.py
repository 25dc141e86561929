"""The last step: what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Done
from importer.app.views._controls import button, download, step
from importer.app.views._outcome import draw_outcome
from importer.app.views._table import draw_seen
from importer.app.views._take_out import draw_offer
from importer.core import State
from importer.views import MARKS, say

if TYPE_CHECKING:
    from importer.app._model import Model
    from importer.engine import Report
    from importer.views.html import Html, Mark

__all__ = ["draw"]


def draw(model: Model) -> Html:
    """The step."""
    done = model.phase
    if not isinstance(done, Done):
        return step(model, "result", summary="", body=())
    now = done.report.progress
    mark: Mark = MARKS[now.state]
    if now.state is State.SUCCEEDED and now.rejected:
        mark = "warn"
    return step(
        model,
        "result",
        summary=say("result.summary", created=now.created, updated=now.updated, refused=now.rejected),
        body=(
            *draw_seen(done.table, done.report.table),
            *(() if done.rows is None else draw_outcome(done.report, done.rows, "result")),
            # Beside the button that asked for it, so that it is in sight.
            *(() if done.offer is None else (draw_offer(done.offer, now.job_id),)),
        ),
        mark=mark,
        actions=[
            *_brings(done),
            *_downloads(done.report),
            *_take_out(done),
            button("history", say("result.history"), value=now.job_id),
        ],
    )


def _brings(done: Done) -> list[Html]:
    """The corrected rows, once there are any."""
    count = 0 if done.correctable is None else done.correctable.corrected_rows
    return [button("bring", say("result.bring", n=count), is_main=True)] if count else []


def _take_out(done: Done) -> list[Html]:
    """The way back, until it is taken."""
    is_there = done.report.can_undo and done.offer is None
    return [button("take_out", say("take_out.take_out"))] if is_there else []


def _downloads(report: Report) -> list[Html]:
    """The rejected rows as files, and the way back for them."""
    if not report.progress.rejected:
        return []
    kinds = [download(kind, say(f"result.{kind}")) for kind in ("xlsx", "csv")]
    return [*kinds, button("correct", say("result.correct"))]
