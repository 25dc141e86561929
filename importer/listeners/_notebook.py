"""Whether this Python runs in a notebook: `in_notebook`."""

from __future__ import annotations

import sys

__all__ = ["in_notebook"]


def in_notebook() -> bool:
    """Whether a notebook shows what this Python prints.

    Examples
    --------
    >>> in_notebook()
    False
    """
    # If IPython is not loaded, this is no notebook, and there is no need to load it.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return "ZMQInteractiveShell" in {kind.__name__ for kind in type(shell).__mro__}
