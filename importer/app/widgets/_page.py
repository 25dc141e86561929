"""The widget that shows one page; importing it loads anywidget."""

from __future__ import annotations

import anywidget
import traitlets

from importer.app.widgets._files import css, esm
from importer.views import say

__all__ = ["Page"]


class Page(anywidget.AnyWidget):
    """HTML drawn by the kernel; what is clicked or typed comes back as ``{"action": ..., "of": ..., "value": ...}``."""

    _esm = esm("page")
    _css = css()
    html = traitlets.Unicode().tag(sync=True)
    hand = traitlets.Unicode().tag(sync=True)
    reports_visibility = traitlets.Bool(default_value=False).tag(sync=True)
    restarted = traitlets.Unicode(say("app.restarted")).tag(sync=True)
    busy = traitlets.Unicode(say("app.busy")).tag(sync=True)
