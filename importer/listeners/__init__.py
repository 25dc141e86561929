"""Listeners with a screen: `Bar`, `Panel`, and `auto`, which picks one; `choice` asks a question."""

from __future__ import annotations

from importer.core import CONTROLS as ASKED
from importer.listeners._auto import auto
from importer.listeners._bar import Bar
from importer.listeners._choice import choice
from importer.listeners._panel import Panel
from importer.views import MARKS, Window, summary, word
from importer.views import draw_bar as bar
from importer.views import draw_panel as draw
from importer.views import morph_script as script
from importer.views import panel_style as style

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
