"""The widget that shows any number of rejected rows; importing it loads anywidget."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from importer.app.widgets._clipboard import text_of
from importer.app.widgets._files import css, esm
from importer.app.widgets._grid_messages import action_of
from importer.views import catalogue, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._grid_actions import GridAction
    from importer.app.effects import GridRows

__all__ = ["Grid"]

MOST_ROWS = 500
"""Maximum number of rows in a message."""

MOST_COPIED = 10_000
"""Maximum number of rows that are copied."""


class Grid(anywidget.AnyWidget):
    """A table that asks for the visible rows only, shows why cells are rejected, and lets them be edited.

    Parameters
    ----------
    step
        The step that the rows belong to.
    dispatch
        Takes what is done in the grid.
    """

    _esm = esm("grid_tools", "grid")
    _css = css()
    columns = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    rows = traitlets.Int().tag(sync=True)
    version = traitlets.Int().tag(sync=True)
    edition = traitlets.Int().tag(sync=True)
    is_editable = traitlets.Bool(default_value=False).tag(sync=True)
    now = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict(dict(catalogue()["grid"])).tag(sync=True)

    def __init__(self, step: str = "", dispatch: Callable[[GridAction], object] | None = None) -> None:
        super().__init__()
        self._step, self._dispatch = step, dispatch
        self._lock = RLock()
        self._shown: GridRows | None = None
        self.on_msg(self._on_message)

    def show(self, rows: GridRows | None, *, is_editable: bool = False) -> None:
        """Show these rows; None hides the grid."""
        with self._lock, self.hold_sync():
            old, self._shown = self._shown, rows
            self.is_editable = is_editable
            if rows is old:
                return
            self.now = {} if rows is None else _now(rows)
            if rows is not None and old is not None and rows.numbers is old.numbers:
                self.edition += 1
                return
            header = None if rows is None else rows.header
            self.columns = [] if header is None else [[header.letter(label), label] for label in header.labels]
            self.rows = 0 if rows is None else len(rows.numbers)
            self.version += 1

    def _on_message(self, _view: object, message: object, _buffers: object) -> None:
        """Answer what is asked about the rows, or pass on what is done in the grid."""
        with self._lock:
            shown, at = self._shown, {"version": self.version, "edition": self.edition}
        match message:
            case {"type": "page", "view": str(view), "first": int(first), "count": int(count)}:
                rows: list[Any] = [] if shown is None else shown.page(first, min(count, MOST_ROWS))
                self.send({"type": "page", "view": view, **at, "first": max(first, 0), "rows": rows})
            case {"type": "next", "view": str(view), "place": int(place), "column": int(column)} if shown is not None:
                found = shown.next_at_fault(place, column)
                self.send({"type": "next", "view": view, **at, "found": found})
            case {"type": "copy", "view": str(view), "first": int(first), "last": int(last), "places": [*places]} if (
                shown is not None
            ):
                self.send({"type": "copied", "view": view, **at, **_copied(shown, first, last, places)})
            case {"version": self.version, **asked} if shown is not None and self._dispatch is not None:
                action = action_of(asked, shown, self._step)
                if action is not None:
                    self._dispatch(action)
            case _:
                pass


def _now(rows: GridRows) -> dict[str, Any]:
    """What changes with the rows that a grid shows."""
    kind = rows.chosen_kind
    places = {label: place for place, label in enumerate(rows.header.labels)}
    return {
        "refused": rows.rejects.count - rows.corrected_rows,
        "of": rows.rejects.count,
        "may_undo": bool(rows.corrections.past),
        "may_redo": bool(rows.corrections.future),
        "is_filtered": rows.chosen is not None,
        "is_only_refused": rows.is_only_refused,
        "kind": None if kind is None or kind.column is None else {"column": kind.column, "cells": kind.cells},
        "at_fault": sorted(
            places[label] for label, counts in rows.density.cells.items() if label in places and any(counts)
        ),
        "said": rows.said,
    }


def _copied(rows: GridRows, first: int, last: int, places: list[int]) -> dict[str, str]:
    """Cells as text for the clipboard, or why they are not copied."""
    if last - first >= MOST_COPIED:
        return {"said": say("grid.too_long", n=MOST_COPIED)}
    shown = (
        row for start in range(first, last + 1, MOST_ROWS) for row in rows.page(start, min(MOST_ROWS, last + 1 - start))
    )
    return {"text": text_of([row["cells"][place] for place in places] for row in shown)}
