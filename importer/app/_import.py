"""The fifth step: the import itself, as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer._html import duration, percent
from importer.app._parts import button, step
from importer.app._words import say
from importer.listeners._draw import MARKS

if TYPE_CHECKING:
    from importer._html import Html
    from importer.app._flow import Flow

__all__ = ["draw"]


def draw(flow: Flow) -> Html:
    """The step."""
    watch = flow.run
    code = flow.code("report = plan.run()")
    if watch is None or watch.progress is None:
        return step(flow, "import", summary="", body=(), mark="busy", code=code, actions=_begin(flow))
    now = watch.progress
    summary = say(f"import.{now.state.value}", rows=now.rows_read, took=duration(now.elapsed_s))
    if now.success_rate is not None:
        summary = f"{summary} · {say('import.rate', share=percent(now.success_rate))}"
    return step(flow, "import", summary=summary, body=[watch.draw()], mark=MARKS[now.state], code=code)


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
