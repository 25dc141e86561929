"""The view that suits the place: `auto`."""

from __future__ import annotations

import sys

from importer.listeners._bar import Bar
from importer.listeners._panel import Panel

__all__ = ["auto"]


def auto() -> Bar | Panel:
    """The view that suits the place: a `Panel` in a notebook, else a `Bar`.

    Examples
    --------
    >>> type(auto()).__name__
    'Bar'
    """
    # Where IPython is not loaded there is no notebook, and no need to load it.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    kinds = {kind.__name__ for kind in type(shell).__mro__}
    return Panel() if "ZMQInteractiveShell" in kinds else Bar()
