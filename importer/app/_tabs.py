"""The tabs of the App: the steps of an import, and the history of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.views import say
from importer.views.html import Html, escape

if TYPE_CHECKING:
    from importer.app._flow import Flow

__all__ = ["draw"]


def draw(flow: Flow) -> Html:
    """The two tabs, of which one is shown."""
    tabs = {"steps": flow.history is None, "history": flow.history is not None}
    keys = "".join(
        f'<button type="button" class="im-tab" data-ask="{name}"{" aria-current=page" if is_shown else ""}>'
        f"{escape(say(f'tabs.{name}'))}</button>"
        for name, is_shown in tabs.items()
    )
    return Html(f'<nav aria-label="{escape(say("tabs.label"))}">{keys}</nav>')
