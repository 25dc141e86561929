"""Takes an import out of its table again: `TakeItOut`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.app._events import EffectFailed, TakenOut
from importer.app._take_out import taken_out

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.effects._port import Port

__all__ = ["TakeItOut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeItOut:
    """Count what would be taken out, or take it out.

    Attributes
    ----------
    what
        A word of `TAKE_OUT`.
    into
        The target, with its password.
    """

    ticket: int
    job_id: str
    what: str
    into: Any

    def perform(self, port: Port) -> None:
        """Do it, and say what it did."""
        port.tell(TakenOut(ticket=self.ticket, offer=taken_out(self.job_id, self.what, self.into)))

    def failed(self, error: Exception) -> Event:
        """It cannot be taken out."""
        return EffectFailed(ticket=self.ticket, step="result", error=error)
