"""The fourth step: a dry run, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.app._outcome import draw_outcome
from importer.app._parts import button, step
from importer.app._picture import draw_picture
from importer.core import State
from importer.engine import SAMPLE_ROWS
from importer.listeners import summary as summarised
from importer.views import say

if TYPE_CHECKING:
    from importer.app._flow import Flow
    from importer.app._refused import Refused
    from importer.engine import Plan
    from importer.views.html import Html

__all__ = ["draw"]


def draw(flow: Flow) -> Html:
    """The step."""
    watch, report = flow.check, flow.checked
    if watch is None:
        return step(flow, "check", summary="", body=())
    if report is None or flow.refused is None:
        return step(flow, "check", summary="", body=[watch.draw()], mark="busy")
    now = report.progress
    good = now.created + now.updated + now.unchanged
    summary = say("check.summary", n=now.rows_read, good=good, refused=now.rejected)
    if flow.is_stale:
        summary += say("check.corrected", rows=flow.refused.mended)
    is_bad = now.state is not State.SUCCEEDED
    return step(
        flow,
        "check",
        summary=summary if not is_bad else say("check.not_done", summary=summarised(now)),
        body=[*draw_outcome(report, flow.refused, "check", _relaxed(flow)), *_picture(flow.refused, flow.plan)],
        mark="bad" if is_bad else "warn" if now.rejected else "good",
        code=flow.code("plan.check()"),
    )


def _picture(refused: Refused, plan: Plan | None) -> list[Html]:
    """Where the problems are, and how complete the columns of the sample."""
    if plan is None or not refused.kinds:
        return []
    sample = plan.source.sample(SAMPLE_ROWS).frame
    filled = {column.name: 1 - column.null_count() / max(sample.height, 1) for column in sample.iter_columns()}
    return [draw_picture(refused, filled)]


def _relaxed(flow: Flow) -> dict[tuple[str | None, str], Html]:
    """Buttons that ask less of a column, where the schema is the importer's and nothing is written yet."""
    if flow.plan is None or flow.inference is None or flow.run is not None:
        return {}
    columns = flow.plan.effective_schema.columns()
    ways: dict[tuple[str | None, str], Html] = {}
    for found in flow.plan.matches:
        if not isinstance(columns[found.column].dtype, pl.String):
            ways[found.label, "type-error"] = button("relax", say("check.as_text"), value="text", of=found.column)
        ways[found.label, "missing-cell"] = button("relax", say("check.allow_empty"), value="empty", of=found.column)
    return ways
