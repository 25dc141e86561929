"""The fifth step: the import itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Done
from importer.app.views._controls import alerts, step
from importer.app.views._job import draw_job
from importer.views import MARKS, percent, say, summary

if TYPE_CHECKING:
    from importer.app._model import Model
    from importer.views.html import Html

__all__ = ["draw", "end_message"]

LONG_S = 5.0
"""How long an import must take for its end to be signalled."""


def draw(model: Model) -> Html:
    """The step: the job as it runs, or as it ended."""
    importing = model.importing
    now = None if importing is None else importing.job.progress
    if importing is None or now is None:
        return step(model, "import", summary="", body=(), mark="busy")
    said = summary(now)
    if now.success_rate is not None:
        said = f"{said} · {say('import.rate', share=percent(now.success_rate))}"
    body = [draw_job(importing.job), *([] if importing.job.is_over else [alerts(model)])]
    return step(model, "import", summary=said, body=body, mark=MARKS[now.state])


def end_message(model: Model) -> dict[str, object] | None:
    """What a hidden page says at the end of a long import; None if nobody wants to know."""
    phase = model.phase
    if not isinstance(phase, Done) or not model.alerts or phase.report.progress.elapsed_s < LONG_S:
        return None
    now = phase.report.progress
    text = say("import.ended", label=now.label, summary=summary(now))
    return {"ended": text, "alerts": sorted(model.alerts)}
