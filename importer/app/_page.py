"""The widget that shows one step; importing it loads anywidget."""

from __future__ import annotations

from importlib import resources

import anywidget
import traitlets

from importer.app._parts import sheet
from importer.listeners import script, style
from importer.views import say
from importer.views.html import style as common

__all__ = ["Page"]


class Page(anywidget.AnyWidget):
    """HTML drawn by the kernel; what is clicked or written comes back as ``{"ask": ..., "of": ..., "value": ...}``."""

    _esm = script() + resources.files(__package__).joinpath("_page.js").read_text("utf-8")
    _css = f"{common()} {style()} {sheet()}"
    html = traitlets.Unicode().tag(sync=True)
    is_told_visible = traitlets.Bool(default_value=False).tag(sync=True)
    busy = traitlets.Unicode(say("app.busy")).tag(sync=True)
