"""The last step: what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._outcome import draw_outcome
from importer.app._parts import button, download, step
from importer.views import say

if TYPE_CHECKING:
    from importer.app._flow import Flow
    from importer.engine import Report
    from importer.views.html import Html

__all__ = ["draw"]


def draw(flow: Flow) -> Html:
    """The step."""
    report = flow.report
    if report is None:
        return step(flow, "result", summary="", body=())
    now = report.progress
    lines = ['report.rejects_to("refused.xlsx")'] if now.rejected else []
    return step(
        flow,
        "result",
        summary=say("result.summary", created=now.created, updated=now.updated, refused=now.rejected),
        body=() if flow.left is None else draw_outcome(report, flow.left, "result"),
        mark="bad" if now.error else "warn" if now.rejected else "good",
        code=flow.run_code(*lines),
        actions=[
            *_downloads(report),
            button("history", say("result.history"), value=now.job_id),
            button("again", _next(flow)),
        ],
    )


def _next(flow: Flow) -> str:
    return say("result.next", name=flow.waiting[0].name) if flow.waiting else say("result.again")


def _downloads(report: Report) -> list[Html]:
    """The refused rows as files, and a way back for them."""
    if not report.progress.rejected:
        return []
    kinds = [download(kind, say(f"result.{kind}")) for kind in ("xlsx", "csv")]
    return [*kinds, button("correct", say("result.correct"))]
