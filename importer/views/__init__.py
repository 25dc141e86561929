"""Values into words: the catalogue of texts, messages, figures, HTML, and tables for a terminal."""

from __future__ import annotations

from importer.views._catalogue import by_kind, catalogue, say
from importer.views._figures import MARKS, Figure, count_cards, figures
from importer.views._job import remaining, rows, summary, word
from importer.views._line import Line, compose
from importer.views._messages import for_mouse, for_shell
from importer.views._numbers import duration, number, percent, rate, rounded, size
from importer.views._panel import draw_bar, draw_panel, morph_script, panel_style, standalone
from importer.views._window import Window

__all__ = [
    "MARKS",
    "Figure",
    "Line",
    "Window",
    "by_kind",
    "catalogue",
    "compose",
    "count_cards",
    "draw_bar",
    "draw_panel",
    "duration",
    "figures",
    "for_mouse",
    "for_shell",
    "morph_script",
    "number",
    "panel_style",
    "percent",
    "rate",
    "remaining",
    "rounded",
    "rows",
    "say",
    "size",
    "standalone",
    "summary",
    "word",
]
