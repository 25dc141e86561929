"""The button that takes an import out of its table again, and what it says: `draw_offer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app.views._controls import button
from importer.views import say
from importer.views.html import Html, note

if TYPE_CHECKING:
    from importer.app._take_out import Offer

__all__ = ["draw_offer"]


def draw_offer(offer: Offer | None, job_id: str) -> Html:
    """What taking the import out would do, with the button that does it, or what it has done."""
    if offer is None:
        return Html("")
    names = ("take_out_now", "take_out_not") if offer.is_open else ()
    keys = "".join(button(name, say(f"take_out.{name}"), of=job_id) for name in names)
    said = note(offer.sentence, "warn" if offer.is_open else "none")
    return Html(f'<div role="alert">{said}<span class="im-keys">{keys}</span></div>')
