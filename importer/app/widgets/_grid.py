"""The widget that shows any number of rejected rows; importing it loads anywidget."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from importer.app.widgets._files import css, esm
from importer.views import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app.effects import GridRows

__all__ = ["Grid"]

MOST_ROWS = 500
"""Maximum number of rows in a message."""


class Grid(anywidget.AnyWidget):
    """A table that asks for the visible rows only, and marks the rejected cells with their reasons."""

    _esm = esm("grid")
    _css = css()
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
        self._shown: GridRows | None = None
        self.on_msg(self._on_message)

    def show(self, rows: GridRows | None) -> None:
        """Show these rows; None hides the grid."""
        with self._lock:
            old, self._shown = self._shown, rows
            if rows is old:
                return
            if rows is not None and old is not None and rows.numbers is old.numbers:
                self.edition += 1
                return
            with self.hold_sync():
                header = None if rows is None else rows.header
                self.columns = [] if header is None else [[header.letter(label), label] for label in header.labels]
                self.rows = 0 if rows is None else len(rows.numbers)
                self.version += 1

    def _on_message(self, _view: object, message: object, _buffers: object) -> None:
        """Send the visible rows, or take a corrected cell."""
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
