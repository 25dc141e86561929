"""A file that was imported before, and what the user can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._messages import sentence_of
from importer.app.views._controls import button
from importer.views import say
from importer.views.html import Html, escape, note

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["draw"]


def draw(model: Model) -> Html:
    """What the earlier job did, and the options."""
    recognised, choices = model.recognised, model.choices
    if recognised is None or choices is None:
        return Html("")
    how, record, totals = recognised.how, recognised.record, recognised.totals
    sentence = sentence_of(recognised.error)
    if totals is not None:
        figures = {"created": totals.created, "updated": totals.updated, "rows": totals.rows_read}
        sentence = say(f"already_imported.{how}", job=recognised.job_id[:8], table=choices.table, **figures)
    choices_by_action = {
        "done": {"skip": "already_imported.skip", "afresh": "already_imported.afresh"},
        "begun": {"go_on": "already_imported.go_on", "afresh": "already_imported.anew"},
        "live": {"look_again": "already_imported.look_again", "again": "result.again"},
    }[how]
    off = model.is_locked or model.busy is not None
    keys = [
        button(name, say(word), is_main=n == 0, off=off) for n, (name, word) in enumerate(choices_by_action.items())
    ]
    if record is not None:
        keys.append(button("history", say("already_imported.job"), value=record.job_id))
    problem = model.problem
    bad = note(sentence_of(problem.error), "bad") if problem is not None and problem.step == "already_imported" else ""
    return Html(
        f'<section class="im-step" aria-label="{escape(say("already_imported.title"))}">'
        f'<div role="status">{note(sentence, "warn")}</div><div role="alert">{bad}</div>'
        f'<div class="im-actions"><span></span><span class="im-keys">{"".join(keys)}</span></div></section>'
    )
