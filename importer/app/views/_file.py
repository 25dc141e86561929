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

SHOWN = 5
"""Names of files that wait."""

PICKS, MORE_PICKS = 12, 200
"""Files beside the notebook that have a button, and those whose buttons are folded."""


def draw(model: Model) -> Html:
    """The heading; below it come the drop zone and the path."""
    choices = model.choices
    summary = "" if choices is None else choices.name
    if choices is not None and model.shown is not None:
        summary = f"{summary} · {size(model.shown.look.octets)}"
    return step(model, "file", summary=summary, body=(), mark="busy" if choices is None else "good")


def draw_path(model: Model) -> Html:
    """A file on the server, and the uploads that wait."""
    told = note(model.stopped[1], "quiet") if model.stopped is not None and model.stopped[0] == "file" else Html("")
    if "file" not in model.open:
        return Html(f'{_together(model)}<div class="im-body">{told}</div>') if told else _together(model)
    choices = model.choices
    typed = "" if choices is None or choices.is_upload or choices.files else str(choices.spelt)
    # Two Apps on a page must not share a list unless it is the same.
    known = f"im-files-{hash(model.files):x}"
    names = "".join(
        f'<option value="{exact(name)}" label="{escape(name)}"></option>' for name in model.files[:MORE_PICKS]
    )
    body = [] if model.corrects is None else [note(say("file.correct", name=model.corrects.choices.name), "busy")]
    body += [
        text("path", say("file.path"), typed, hint=say("file.hint"), among=known, typing="complete"),
        Html(f'<datalist id="{known}">{names}</datalist>'),
    ]
    here = [name for name in model.files if not name.endswith(os.sep)]
    body.append(told)
    if here:
        body.append(_picks(here))
    if model.waiting:
        waiting = [file.name for file in model.waiting]
        names = ", ".join(waiting[:SHOWN])
        left = len(waiting) - SHOWN
        body += [
            note(say("file.waits", names=say("file.and_more", name=names, n=left) if left > 0 else names)),
            button("again", say("result.next", name=waiting[0])),
        ]
    body.append(alerts(model))
    body.insert(0, _together(model))
    off = " disabled" if model.is_locked else ""
    return Html(
        f'<div class="im-more" role="group" aria-label="{escape(say("file.files"))}">'
        f'<fieldset class="im-body"{off}>{"".join(body)}</fieldset></div>'
    )


def _picks(here: list[str]) -> Html:
    """Buttons for the files beside the notebook; those of many are folded."""
    buttons = [button("path", name, value=name) for name in here[: PICKS + MORE_PICKS]]
    left = len(here) - len(buttons)
    more = ""
    if len(here) > PICKS:
        yet = note(say("file.here_yet", n=left)) if left else ""
        said = escape(say("file.here_more", n=len(here) - PICKS))
        folded = f'<div class="im-picks">{"".join(buttons[PICKS:])}</div>'
        more = f'<details class="im-pickmore"><summary>{said}</summary>{folded}{yet}</details>'
    first = f"<span>{escape(say('file.here'))}</span>{''.join(buttons[:PICKS])}"
    return Html(f'<div class="im-picks">{first}</div>{more}')


def _together(model: Model) -> Html:
    """The question whether uploads with the same headers are one import."""
    if not model.together or model.is_locked:
        return Html("")
    count = len(model.together) + 1
    buttons = button("together", say("file.together", n=count)) + button("apart", say("file.apart"))
    question = f'{note(say("file.alike", n=count))}<div class="im-picks">{buttons}</div>'
    return Html(f'<div class="im-body im-together">{question}</div>')
