"""The widget that shows a panel; importing it loads anywidget."""

from __future__ import annotations

from importlib import resources

import anywidget
import traitlets

from importer.listeners._draw import script, style
from importer.views.html import style as common

__all__ = ["View"]


class View(anywidget.AnyWidget):
    """HTML drawn by the kernel; a click on one of its buttons comes back as ``{"ask": ...}``."""

    _esm = script() + resources.files(__package__).joinpath("_panel.js").read_text("utf-8")
    _css = f"{common()} {style()}"
    html = traitlets.Unicode().tag(sync=True)
