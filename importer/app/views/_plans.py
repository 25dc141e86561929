"""Saved plans for files like this one, to apply or to take back: `draw_plans`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app.views._controls import button
from importer.views import say
from importer.views.html import Html, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app._model import Looked, Model
    from importer.app.choices import Choices, PlanOffer
    from importer.views.html import Mark

__all__ = ["draw_plans"]


def draw_plans(model: Model, shown: Looked, choices: Choices) -> Iterator[Html]:
    """The plans, the one that names most headers first, or the one that is used."""
    for sentence in shown.plans.problems:
        yield note(sentence, "warn")
    if shown.taken is not None:
        key = button("plan", say("plans.back"))
        yield _question(say("plans.used", **_named(shown.taken, shown.before or choices)), "quiet", key)
        return
    offers = model.offered
    for offer in offers:
        is_first, is_last = offer is offers[0], offer is offers[-1]
        keys = button("plan", say("plans.use"), value=str(offer.path), is_main=is_first)
        keys = Html(keys + button("plan", say("plans.not"))) if is_last else keys
        yield _question(say("plans.fits", **_named(offer, choices)), "busy", keys)


def _named(offer: PlanOffer, choices: Choices) -> dict[str, str]:
    return {"name": repr(offer.name), "file": offer.path.name, "what": offer.memory.words(choices)}


def _question(said: str, mark: Mark, keys: Html) -> Html:
    drawn = note(said, mark)
    return Html(f'<div class="im-question" role="group">{drawn}<span class="im-keys">{keys}</span></div>')
