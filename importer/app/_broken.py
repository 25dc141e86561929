"""What the App says where something went wrong: `sentence_of` an error, and a step that cannot be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._parts import STEPS, button
from importer.errors import ImporterError
from importer.views import for_mouse, say
from importer.views.html import Html, escape, note

if TYPE_CHECKING:
    from importer.app._flow import Flow

__all__ = ["draw", "sentence_of"]


def sentence_of(exc: Exception) -> str:
    """What an error says to a person."""
    return for_mouse(exc) if isinstance(exc, ImporterError | OSError) else say("app.unexpected", error=repr(exc))


def draw(flow: Flow, name: str, exc: Exception) -> Html:
    """In place of a step that could not be drawn: why, and the ways on."""
    title = say(f"{name}.title") if name in STEPS else say("file.title")
    asks = [("redraw", "app.try_again")]
    if flow.run is not None and not flow.run.is_over:
        asks.append(("cancel", "job.cancel"))
    elif flow.choices is not None and not flow.is_locked:
        asks.append(("again", "result.again"))
    keys = "".join(button(ask, say(word), is_main=n == 0) for n, (ask, word) in enumerate(asks))
    said = say("app.broken", step=title, error=sentence_of(exc))
    return Html(
        f'<section class="im-step" aria-label="{escape(title)}"><div role="alert">{note(said, "bad")}</div>'
        f'<div class="im-actions"><span></span><span class="im-keys">{keys}</span></div></section>'
    )
