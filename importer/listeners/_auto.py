"""The view that suits the place: `auto`."""

from __future__ import annotations

from importer.listeners._bar import Bar
from importer.listeners._notebook import in_notebook
from importer.listeners._panel import Panel

__all__ = ["auto"]


def auto() -> Bar | Panel:
    """A `Panel` in a notebook, and a `Bar` anywhere else.

    Examples
    --------
    >>> type(auto()).__name__
    'Bar'
    """
    return Panel() if in_notebook() else Bar()
