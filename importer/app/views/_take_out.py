"""What taking an import out of its table again would do, or why it is impossible: `draw_offer`, `why_not`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.app.views._controls import button
from importer.errors import Message
from importer.sinks import UNDO_REFUSALS
from importer.views import say
from importer.views.html import Html, note

if TYPE_CHECKING:
    from importer.app._take_out import Offer
    from importer.engine import Report

__all__ = ["draw_offer", "offer_keys", "why_not"]


def draw_offer(offer: Offer | None, job_id: str) -> Html:
    """What taking the import out would do, with the button that does it, or what it has done."""
    if offer is None:
        return Html("")
    said = note(offer.sentence, "warn" if offer.is_open else "none")
    return Html(f'<div role="alert">{said}<span class="im-keys">{"".join(offer_keys(offer, job_id))}</span></div>')


def offer_keys(offer: Offer, job_id: str = "", *, is_anew: bool = False) -> list[Html]:
    """The buttons that decide, as long as it is to be decided; `is_anew` if the file is imported again then."""
    if not offer.is_open:
        return []
    now = "take_out_anew" if is_anew else "take_out_now"
    return [
        button("take_out_now", say(f"take_out.{now}"), of=job_id),
        button("take_out_not", say("take_out.take_out_not"), of=job_id),
    ]


def why_not(report: Report) -> Html:
    """Why an import cannot be taken out again, and what would make it possible; nothing otherwise."""
    now, why = report.progress, report.why_not_undo
    if why is None or report.undo_refusal is None or not (now.created or now.updated):
        return Html("")
    reason = UNDO_REFUSALS.get(report.undo_refusal, UNDO_REFUSALS["nothing"]).format(table=report.table)
    return note(worded(Message(say("take_out.impossible", why=reason), why.fixes)), "quiet")
