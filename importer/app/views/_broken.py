"""In place of a step that cannot be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._actions import STEPS
from importer.app._messages import sentence_of
from importer.app._model import Importing
from importer.app.views._controls import button
from importer.views import say
from importer.views.html import Html, escape, note

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["draw"]


def draw(model: Model, name: str, exc: Exception) -> Html:
    """Why the step cannot be drawn, and what the user can do."""
    title = say(f"{name}.title") if name in STEPS else say("file.title")
    actions = [("redraw", "app.try_again")]
    if isinstance(model.phase, Importing):
        actions.append(("cancel", "job.cancel"))
    elif model.choices is not None and not model.is_locked:
        actions.append(("again", "result.again"))
    keys = "".join(button(name, say(word), is_main=n == 0) for n, (name, word) in enumerate(actions))
    said = say("app.broken", step=title, error=sentence_of(exc))
    return Html(
        f'<section class="im-step" aria-label="{escape(title)}"><div role="alert">{note(said, "bad")}</div>'
        f'<div class="im-actions"><span></span><span class="im-keys">{keys}</span></div></section>'
    )
