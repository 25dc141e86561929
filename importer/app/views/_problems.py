"""The fourth step: a dry run, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.app._model import Checking
from importer.app.views._controls import button, step
from importer.app.views._outcome import draw_outcome
from importer.app.views._picture import draw_picture
from importer.app.views._questions import draw_notes
from importer.core import State
from importer.schema import schema_columns
from importer.views import say, summary
from importer.views.html import note

if TYPE_CHECKING:
    from importer.app._model import Checked, Model
    from importer.views.html import Html

__all__ = ["draw"]


def draw(model: Model) -> Html:
    """The step."""
    checked = model.last_check
    if checked is None:
        return step(model, "problems", summary="", body=())
    now = checked.report.progress
    is_bad = now.state is not State.SUCCEEDED
    is_old = model.checked is None and not (isinstance(model.phase, Checking) and model.phase.again is not None)
    old = [note(say("problems.outdated"), "busy")] if is_old else []
    return step(
        model,
        "problems",
        summary=say("problems.not_done", summary=summary(now)) if is_bad else _summary(checked),
        body=[
            *old,
            *draw_outcome(
                checked.report,
                checked.rows,
                "problems",
                _relaxed(model, checked),
                draw_notes(model, checked.report.notes),
            ),
            *_picture(checked),
        ],
        mark="bad" if is_bad else "warn" if now.rejected else "good",
    )


def _summary(checked: Checked) -> str:
    now = checked.report.progress
    good = now.created + now.updated + now.unchanged
    said = say("problems.summary", n=now.rows_read, good=good, refused=now.rejected)
    return said + say("problems.corrected", rows=checked.rows.corrected_rows) if checked.is_stale else said


def _picture(checked: Checked) -> list[Html]:
    """Where the problems are, and how complete the columns of the sample are."""
    return [draw_picture(checked.rows, checked.planned.looked.look.filled)] if checked.rows.kinds else []


def _relaxed(model: Model, checked: Checked) -> dict[tuple[str | None, str], Html]:
    """Buttons that ask less of a column, if the schema comes from the sample and nothing is written yet."""
    if checked.planned.looked.draft.inference is None or model.importing is not None or not checked.rows.kinds:
        return {}
    plan = checked.planned.plan
    columns = schema_columns(plan.effective_schema)
    whole = say("problems.as_text", n=checked.report.progress.rows_read)
    ways: dict[tuple[str | None, str], Html] = {}
    for found in plan.matches:
        if not isinstance(columns[found.column].dtype, pl.String):
            ways[found.label, "type-error"] = button("relax", whole, value="text", of=found.column)
        ways[found.label, "missing-cell"] = button("relax", say("problems.allow_empty"), value="empty", of=found.column)
    return ways
