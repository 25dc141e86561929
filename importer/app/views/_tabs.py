"""The tabs of the App: the steps of one import, and the history of all imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.views import say
from importer.views.html import Html, escape

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["draw"]


def draw(model: Model) -> Html:
    """The two tabs."""
    tabs = {"steps": model.history is None, "history": model.history is not None}
    keys = "".join(
        f'<button type="button" class="im-tab" data-action="{name}"{" aria-current=page" if is_shown else ""}>'
        f"{escape(say(f'tabs.{name}'))}</button>"
        for name, is_shown in tabs.items()
    )
    return Html(f'<nav aria-label="{escape(say("tabs.label"))}">{keys}</nav>')
