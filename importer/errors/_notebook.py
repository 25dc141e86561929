"""An error below a cell of a notebook: `lines_of`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from importer.errors._visible import visible

if TYPE_CHECKING:
    from types import FrameType

    from importer.errors import ImporterError

__all__ = ["lines_of"]


def lines_of(error: ImporterError) -> list[str]:
    """The sentence and what to do, the notes, and how to see the traceback; for ``%tb`` the traceback itself."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        # Formatting it also tells `%debug` where to look, so it is done even if it is not shown.
        whole: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        if _is_asked_for(sys._getframe()):  # noqa: SLF001 - `%tb` draws an error like any other caller
            return whole
    notes = map(visible, getattr(error, "__notes__", ()))
    return [f"{type(error).__name__}: {error}", *notes, "", "%tb shows the whole traceback."]


def _is_asked_for(frame: FrameType | None) -> bool:
    """Whether ``%tb`` is among the callers."""
    while frame is not None:
        if frame.f_code.co_name == "tb" and frame.f_globals.get("__name__", "").startswith("IPython.core.magics"):
            return True
        frame = frame.f_back
    return False
