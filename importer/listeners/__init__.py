"""Listeners: `Bar`, `Panel`, and `auto`, which picks one; `Log`, `Notify`. `choice` asks a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.listeners._auto import auto
    from importer.listeners._bar import Bar
    from importer.listeners._choice import can_ask, choice
    from importer.listeners._log import Log
    from importer.listeners._notify import Notify
    from importer.listeners._panel import Panel
    from importer.listeners._post import wait_until_sent

__all__ = ["Bar", "Log", "Notify", "Panel", "auto", "can_ask", "choice", "wait_until_sent"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
