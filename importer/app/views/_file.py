"""The first step: choose a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from importer.app.views._controls import alerts, button, step, text
from importer.views import say
from importer.views.html import Html, escape, exact, note, size

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["draw", "draw_path"]


def draw(model: Model) -> Html:
    """The heading; below it come the drop zone and the path."""
    choices = model.choices
    summary = "" if choices is None else choices.name
    if choices is not None and model.shown is not None:
        summary = f"{summary} · {size(model.shown.look.octets)}"
    return step(model, "file", summary=summary, body=(), mark="busy" if choices is None else "good")


def draw_path(model: Model) -> Html:
    """A file on the server, and the uploads that wait."""
    if "file" not in model.open:
        return Html("")
    choices = model.choices
    typed = "" if choices is None or choices.is_upload else choices.said
    # Two Apps on a page must not share a list unless it is the same.
    known = f"im-files-{hash(model.files):x}"
    names = "".join(f'<option value="{exact(name)}" label="{escape(name)}"></option>' for name in model.files)
    body = [] if model.corrects is None else [note(say("file.correct", name=model.corrects.choices.name), "busy")]
    body += [
        text("path", say("file.path"), typed, hint=say("file.hint"), among=known, typing="complete"),
        Html(f'<datalist id="{known}">{names}</datalist>'),
    ]
    here = [name for name in model.files if not name.endswith(os.sep)]
    if here:
        picks = "".join(button("path", name, value=name) for name in here)
        body.append(Html(f'<div class="im-picks"><span>{escape(say("file.here"))}</span>{picks}</div>'))
    if model.waiting:
        waiting = [file.name for file in model.waiting]
        body += [
            note(say("file.waits", names=", ".join(waiting))),
            button("again", say("result.next", name=waiting[0])),
        ]
    body.append(alerts(model))
    off = " disabled" if model.is_locked else ""
    return Html(
        f'<div class="im-more" role="group" aria-label="{escape(say("file.files"))}">'
        f'<fieldset class="im-body"{off}>{"".join(body)}</fieldset></div>'
    )
