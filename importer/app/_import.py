"""The fifth step: the import itself, as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._again import is_row_by_row
from importer.app._parts import button, check_box, step
from importer.listeners import MARKS, summary
from importer.views import say
from importer.views.html import Html, escape, note, percent

if TYPE_CHECKING:
    from importer.app._flow import Flow

__all__ = ["draw", "ended"]

LONG_S = 5.0
"""Seconds from which on an import is long."""


def draw(flow: Flow) -> Html:
    """The step."""
    watch = flow.run
    code = flow.run_code()
    if watch is None or watch.progress is None:
        return step(
            flow,
            "import",
            summary="",
            body=[*_whole(flow), _alerts(flow)],
            mark="busy",
            code=code,
            actions=_begin(flow),
        )
    now = watch.progress
    said = summary(now)
    if now.success_rate is not None:
        said = f"{said} · {say('import.rate', share=percent(now.success_rate))}"
    body = [watch.draw(), *([] if watch.is_over else [_alerts(flow)])]
    return step(flow, "import", summary=said, body=body, mark=MARKS[now.state], code=code)


def _whole(flow: Flow) -> list[Html]:
    """Why the whole file is checked again where a single row was corrected."""
    is_whole = flow.is_stale and flow.plan is not None and not is_row_by_row(flow.plan)
    return [note(say("import.whole"), "quiet")] if is_whole else []


def ended(flow: Flow) -> dict[str, object] | None:
    """What a hidden page tells of an import that took long; None where nobody wants to hear."""
    if flow.report is None or not flow.alerts or flow.report.progress.elapsed_s < LONG_S:
        return None
    now = flow.report.progress
    text = say("import.ended", label=now.label, summary=summary(now))
    return {"ended": text, "alerts": sorted(flow.alerts)}


def _alerts(flow: Flow) -> Html:
    """How the end is told to a person who is elsewhere."""
    boxes = (
        f"<label>{check_box(name, say(f'import.{name}'), of='', is_on=name in flow.alerts)} "
        f"<span>{escape(say(f'import.{name}'))}</span></label>"
        for name in ("notify", "sound")
    )
    return Html(f'<div class="im-alerts"><span>{escape(say("import.alerts"))}</span>{"".join(boxes)}</div>')


def _begin(flow: Flow) -> list[Html]:
    """The button that begins, which says what it will do; after a correction the one that checks again."""
    checked = flow.checked
    if checked is None:
        return []
    if flow.is_stale and flow.refused is not None:
        return [button("check", say("check.again", rows=flow.refused.mended), is_main=True)]
    count = checked.progress.created + checked.progress.updated
    which = {0: "write_none", 1: "write_one"}.get(count, "write")
    return [button("run", say(f"import.{which}", rows=count, table=checked.table), is_main=True)]
