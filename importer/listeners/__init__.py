"""Who listens to a job: `Bar`, `Panel`, and `auto`, which picks one; `choice` asks."""

from __future__ import annotations

from importer.listeners._auto import auto
from importer.listeners._bar import Bar
from importer.listeners._choice import choice
from importer.listeners._draw import ASKED, MARKS, bar, draw, script, style
from importer.listeners._panel import Panel
from importer.listeners._window import Window
from importer.listeners._words import summary, word

__all__ = [
    "ASKED",
    "MARKS",
    "Bar",
    "Panel",
    "Window",
    "auto",
    "bar",
    "choice",
    "draw",
    "script",
    "style",
    "summary",
    "word",
]
