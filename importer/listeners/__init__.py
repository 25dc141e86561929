"""Listeners with a screen: `Bar`, `Panel`, and `auto`, which picks one; `choice` asks a question."""

from __future__ import annotations

from importer.listeners._auto import auto
from importer.listeners._bar import Bar
from importer.listeners._choice import can_ask, choice
from importer.listeners._panel import Panel

__all__ = ["Bar", "Panel", "auto", "can_ask", "choice"]
