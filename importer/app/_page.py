"""The widget that shows one step; importing it loads anywidget."""

from __future__ import annotations

from importlib import resources

import anywidget
import traitlets

from importer._html import style as common
from importer.app._parts import sheet
from importer.listeners._draw import script, style
from importer.words import say

__all__ = ["Page"]


class Page(anywidget.AnyWidget):
    """HTML drawn by the kernel; what is clicked or written comes back as ``{"ask": ..., "of": ..., "value": ...}``."""

    _esm = script() + resources.files(__package__).joinpath("_page.js").read_text("utf-8")
    _css = f"{common()} {style()} {sheet()}"
    html = traitlets.Unicode().tag(sync=True)
    is_told_visible = traitlets.Bool(default_value=False).tag(sync=True)
    busy = traitlets.Unicode(say("app.busy")).tag(sync=True)
