"""An error below a cell of a notebook: `lines_of`, `shortened`."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from importer.errors._visible import visible

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["lines_of", "shortened"]

E = TypeVar("E", bound=BaseException)


def shortened(error: E) -> E:
    """The error of a job, which a notebook shows as it shows our own: the rest is told by ``%tb``."""
    with suppress(AttributeError):  # An error of another library may take no attributes.
        error._render_traceback_ = partial(lines_of, error)  # type: ignore[attr-defined]  # IPython looks for it
    return error


def lines_of(error: BaseException) -> list[str]:
    """The sentence and what to do, the notes, and how to see the traceback; for ``%tb`` the traceback itself."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        # Formatting it also tells `%debug` where to look, so it is done even if it is not shown.
        whole: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        if _is_asked_for(sys._getframe()):  # noqa: SLF001 - `%tb` draws an error like any other caller
            return whole
    notes = map(visible, getattr(error, "__notes__", ()))
    said = ": ".join(filter(None, (type(error).__name__, visible(str(error)))))
    return [said, *notes, "", "%tb shows the whole traceback."]


def _is_asked_for(frame: FrameType | None) -> bool:
    """Whether ``%tb`` is among the callers."""
    while frame is not None:
        if frame.f_code.co_name == "tb" and frame.f_globals.get("__name__", "").startswith("IPython.core.magics"):
            return True
        frame = frame.f_back
    return False
