"""The widget that shows a panel; importing it loads anywidget."""

from __future__ import annotations

from importlib import resources

import anywidget
import traitlets

from importer.views import morph_script, panel_style, say
from importer.views.html import style

__all__ = ["View"]


class View(anywidget.AnyWidget):
    """HTML drawn by the kernel; a click on one of its buttons comes back as ``{"action": ...}``."""

    _esm = morph_script() + resources.files(__package__).joinpath("panel.js").read_text("utf-8")
    _css = f"{style()} {panel_style()}"
    html = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Unicode(say("app.busy")).tag(sync=True)
