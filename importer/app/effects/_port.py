"""What an effect is, and what it may use: `Effect`, `Port`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.app._events import Event

__all__ = ["Effect", "Port"]


class Port(Protocol):
    """Where effects report to."""

    def tell(self, event: Event) -> None:
        """Hand an event to `update`."""

    def offer(self, view: str, name: str, write: Callable[[Path], object]) -> None:
        """Write a file, and let a browser view fetch it under this name."""


class Effect(Protocol):
    """Something that takes long, as a value; `update` returns it, and the controller performs it in a thread."""

    def perform(self, port: Port) -> None:
        """Do it, and report what comes of it."""

    def failed(self, error: Exception) -> Event | None:
        """The event that says that it could not be done."""
