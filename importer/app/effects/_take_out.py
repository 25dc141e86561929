"""Takes an import out of its table again: `TakeItOut`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.app._events import EffectFailed, JobMoved, TakenOut, UndoStarted
from importer.app._take_out import taken_out

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.effects._port import Port
    from importer.core import Progress
    from importer.engine import UndoJob

__all__ = ["TakeItOut"]


class UndoFollower:
    """A listener that reports each snapshot of an undo."""

    def __init__(self, number: int, port: Port) -> None:
        self._number, self._port = number, port

    def attach(self, job: UndoJob) -> None:
        """Report the undo, which can be steered from now on."""
        self._port.tell(UndoStarted(number=self._number, job=job))

    def __call__(self, progress: Progress, /) -> None:
        """Report the next snapshot."""
        self._port.tell(JobMoved(number=self._number, progress=progress))


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeItOut:
    """Count what would be taken out, or take it out.

    Attributes
    ----------
    jobs
        The import, and those that brought its corrected rows.
    what
        A word of `TAKE_OUT`.
    into
        The target, with its password.
    """

    ticket: int
    jobs: tuple[str, ...]
    what: str
    into: Any

    def perform(self, port: Port) -> None:
        """Do it, and say what it did; the snapshots are reported as they come."""
        listener = UndoFollower(self.ticket, port)
        port.tell(TakenOut(ticket=self.ticket, offer=taken_out(self.jobs, self.what, self.into, (listener,))))

    def failed(self, error: Exception) -> Event:
        """It cannot be taken out."""
        return EffectFailed(ticket=self.ticket, step="result", error=error)
