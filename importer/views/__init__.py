"""Values into words: the catalogue of texts, messages, figures, HTML, and tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.views._catalogue import by_kind, catalogue, say
    from importer.views._chart import draw_speed
    from importer.views._figures import MARKS, Figure, count_cards, figures
    from importer.views._job import left_out, remaining, rows, stage, summary, word
    from importer.views._line import Line, compose
    from importer.views._messages import for_mouse, for_shell, mark_of
    from importer.views._numbers import duration, number, percent, rate, rounded, size
    from importer.views._page import bar_rows, draw_page, heading, link, section
    from importer.views._panel import draw_bar, draw_panel, morph_script, pace_word, panel_style, standalone
    from importer.views._window import Window

__all__ = [
    "MARKS",
    "Figure",
    "Line",
    "Window",
    "bar_rows",
    "by_kind",
    "catalogue",
    "compose",
    "count_cards",
    "draw_bar",
    "draw_page",
    "draw_panel",
    "draw_speed",
    "duration",
    "figures",
    "for_mouse",
    "for_shell",
    "heading",
    "left_out",
    "link",
    "mark_of",
    "morph_script",
    "number",
    "pace_word",
    "panel_style",
    "percent",
    "rate",
    "remaining",
    "rounded",
    "rows",
    "say",
    "section",
    "size",
    "stage",
    "standalone",
    "summary",
    "word",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
