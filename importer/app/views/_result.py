"""The last step: what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Done
from importer.app.views._controls import button, download, step
from importer.app.views._outcome import draw_outcome
from importer.app.views._questions import draw_told
from importer.app.views._table import draw_seen
from importer.app.views._take_out import why_not
from importer.core import State
from importer.errors import Note
from importer.views import MARKS, say
from importer.views.html import note

if TYPE_CHECKING:
    from collections.abc import Iterable

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
            *(() if done.rows is None else draw_outcome(done.report, done.rows, "result", notes=_told(model, done))),
            # Beside the button that asked for it, so that it is in sight.
            *(() if done.saved is None else (note(say("plans.saved", file=done.saved)),)),
            *((note(model.stopped[1]),) if model.stopped is not None and model.stopped[0] == "result" else ()),
            why_not(done.report),
        ),
        mark=mark,
        actions=[
            *_brings(done),
            *_downloads(model, done.report),
            *_saves_plan(done),
            button("history", say("result.history"), value=now.job_id),
        ],
    )


def _told(model: Model, done: Done) -> Iterable[Html]:
    """What is to be known about the import, but for what `why_not` says."""
    notes = [each for each in done.report.notes if not isinstance(each, Note) or each.code != "undo-impossible"]
    can_go = done.report.can_undo and not done.is_taken_out
    return draw_told(model, notes, say("result.anew_undo" if can_go else "result.anew"))


def _brings(done: Done) -> list[Html]:
    """The corrected rows, once there are any."""
    count = 0 if done.correctable is None else done.correctable.corrected_rows
    return [button("bring", say("result.bring", n=count), is_main=True)] if count else []


def _saves_plan(done: Done) -> list[Html]:
    """The same for the next file of its kind."""
    return [button("save_plan", say("plans.save"))] if done.can_save_plan else []


def _downloads(model: Model, report: Report) -> list[Html]:
    """The rejected rows as files, and the way back for them; while one is written, the way to end that."""
    if not report.progress.rejected:
        return []
    if model.stop is not None:
        return [button("stop", say("result.stop"))]
    kinds = [download(kind, say(f"result.{kind}")) for kind in ("xlsx", "csv")]
    return [*kinds, button("correct", say("result.correct"))]
