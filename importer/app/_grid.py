"""The widget that shows any number of refused rows; importing it loads anywidget."""

from __future__ import annotations

from importlib import resources
from threading import RLock
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from importer.app._parts import sheet
from importer.views import catalogue
from importer.views.html import style as common

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._refused import Refused

__all__ = ["Grid"]

MOST_ROWS = 500
"""Rows that one message carries."""


class Grid(anywidget.AnyWidget):
    """A table that asks only for the rows in view; bad cells are marked, and their reasons told."""

    _esm = resources.files(__package__).joinpath("_grid.js").read_text("utf-8")
    _css = f"{common()} {sheet()}"
    columns = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    rows = traitlets.Int().tag(sync=True)
    version = traitlets.Int().tag(sync=True)
    edition = traitlets.Int().tag(sync=True)
    is_editable = traitlets.Bool(default_value=False).tag(sync=True)
    words = traitlets.Dict(dict(catalogue()["grid"])).tag(sync=True)

    def __init__(self, corrected: Callable[[int, int, str], object] | None = None) -> None:
        super().__init__(is_editable=corrected is not None)
        self._corrected = corrected
        self._lock = RLock()
        self._shown: Refused | None = None
        self.on_msg(self._heard)

    def show(self, refused: Refused | None) -> None:
        """Show these rows from now on; None for none."""
        with self._lock:
            old, self._shown = self._shown, refused
            if refused is old:
                return
            if refused is not None and old is not None and refused.numbers is old.numbers:
                self.edition += 1
                return
            with self.hold_sync():
                header = None if refused is None else refused.header
                self.columns = [] if header is None else [[header.letter(label), label] for label in header.labels]
                self.rows = 0 if refused is None else len(refused.numbers)
                self.version += 1

    def _heard(self, _view: object, message: object, _buffers: object) -> None:
        """Send the rows that a page has in view."""
        match message:
            case {"type": "page", "view": str(view), "first": int(first), "count": int(count)}:
                with self._lock:
                    shown, at = self._shown, {"version": self.version, "edition": self.edition}
                rows: list[Any] = [] if shown is None else shown.page(first, min(count, MOST_ROWS))
                self.send({"type": "page", "view": view, **at, "first": max(first, 0), "rows": rows})
            case {"type": "edit", "row": int(row), "place": int(place), "text": str(text)} if (
                self._corrected is not None
            ):
                self._corrected(row, place, text)
            case _:
                pass
