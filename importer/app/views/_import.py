"""The fifth step: the import itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._actions import ALERTS
from importer.app._model import Done
from importer.app.views._code import import_code
from importer.app.views._controls import button, check_box, step
from importer.app.views._job import draw_job
from importer.views import MARKS, say, summary
from importer.views.html import Html, escape, note, percent

if TYPE_CHECKING:
    from importer.app._model import Checked, Importing, Model
    from importer.core import Progress

__all__ = ["draw", "end_message"]

LONG_S = 5.0
"""How long an import must take for its end to be signalled."""


def draw(model: Model) -> Html:
    """The step."""
    importing = model.importing
    if importing is not None and importing.job.progress is not None:
        return _job(model, importing, importing.job.progress)
    checked = model.checked if importing is None else None
    body = [*_whole(checked), _alerts(model)]
    actions = [] if checked is None else [_start(checked)]
    return step(model, "import", summary="", body=body, mark="busy", code=import_code(model), actions=actions)


def end_message(model: Model) -> dict[str, object] | None:
    """What a hidden page says at the end of a long import; None if nobody wants to know."""
    phase = model.phase
    if not isinstance(phase, Done) or not model.alerts or phase.report.progress.elapsed_s < LONG_S:
        return None
    now = phase.report.progress
    text = say("import.ended", label=now.label, summary=summary(now))
    return {"ended": text, "alerts": sorted(model.alerts)}


def _job(model: Model, importing: Importing, now: Progress) -> Html:
    """The job as it runs, or as it ended."""
    said = summary(now)
    if now.success_rate is not None:
        said = f"{said} · {say('import.rate', share=percent(now.success_rate))}"
    body = [draw_job(importing.job), *([] if importing.job.is_over else [_alerts(model)])]
    return step(model, "import", summary=said, body=body, mark=MARKS[now.state], code=import_code(model))


def _whole(checked: Checked | None) -> list[Html]:
    """Why the whole file is checked again after a single row was corrected."""
    is_whole = checked is not None and checked.is_stale and not checked.planned.is_row_by_row
    return [note(say("import.whole"), "quiet")] if is_whole else []


def _alerts(model: Model) -> Html:
    """How the end is signalled to a user who looks elsewhere."""
    boxes = (
        f"<label>{check_box(name, say(f'import.{name}'), of='', is_on=name in model.alerts)} "
        f"<span>{escape(say(f'import.{name}'))}</span></label>"
        for name in ALERTS
    )
    return Html(f'<div class="im-alerts"><span>{escape(say("import.alerts"))}</span>{"".join(boxes)}</div>')


def _start(checked: Checked) -> Html:
    """The button that starts the import and says what it will do; after a correction, the one that checks again."""
    if checked.is_stale:
        return button("check", say("problems.again", rows=checked.rows.corrected_rows), is_main=True)
    count = checked.report.progress.created + checked.report.progress.updated
    label = say("import.write", n=count, table=checked.report.table) if count else say("import.write_none")
    return button("run", label, is_main=True)
