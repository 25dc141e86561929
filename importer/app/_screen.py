"""The widgets of an App, and the messages of their pages: `Screen`."""

from __future__ import annotations

from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from importer.app import _actions as actions
from importer.app._model import Checking, Done, Importing
from importer.app._touched import touched
from importer.app.history import History
from importer.app.transfer import Outbox
from importer.app.update import editable_rows
from importer.app.views import DRAW, draw_broken, end_message, page_names, saved
from importer.core import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.app._controller import Controller
    from importer.app._model import Model
    from importer.app.effects import GridRows
    from importer.app.transfer import Received
    from importer.core import Progress
    from importer.engine import Report

__all__ = ["Screen"]

KEEP_S = 5.0
"""Shortest time between two states of a job in the saved notebook."""

GRIDS = ("problems", "result")
"""Steps that show rejected rows."""


class Screen:
    """One widget for each step, made when it is first shown.

    Parameters
    ----------
    controller
        Takes what is clicked, and calls `show` after each change.
    max_upload_bytes
        Size above which a dropped file is refused.
    """

    def __init__(self, controller: Controller, *, max_upload_bytes: int | None) -> None:
        self._controller = controller
        controller.show, controller.deliver = self.show, self._deliver
        self._max_bytes = max_upload_bytes
        self._lock = RLock()
        self._outbox = Outbox()
        self.history = History()
        self._past: Any = None
        self.pages: dict[str, Any] = {}
        self.grids: dict[str, Any] = {}
        self._upload: Any = None
        self._box: Any = None
        self._saved: Any = None
        self._drawn: Model | None = None
        self._ended: Report | None = None
        self._kept: Progress | None = None
        self._clicked = ""

    def show(self, model: Model) -> None:
        """Draw the steps that a change touches."""
        with self._lock:
            if self._box is None:
                return
            old, self._drawn = self._drawn, model
            self.upload.is_off, self.upload.is_open = model.is_locked, "file" in model.open
            names = page_names(model)
            changed = touched(old, model)
            # What was clicked answers first.
            for name in sorted(names, key=self._clicked.__ne__):
                if changed is None or name in changed:
                    self._draw(name, model)
            # The drop zone stays where it is, so that an upload is not cut off.
            widgets = [self._page("tabs"), self._page("file"), self.upload]
            for name in names[2:]:
                widgets += [self._page(name), *([self._grid(name)] if name in GRIDS else [])]
            if old is None or model.history != old.history:
                self._show_history(model)
            widgets += [] if self._past is None else [self._past]
            if list(self._box.children) != widgets:
                self._box.children = widgets
            self._page("foot").hand = model.hand
            if isinstance(model.phase, Done) and model.phase.report is not self._ended:
                self._ended = model.phase.report
                self._signal_end(model)
            self._keep(model, old)

    def _draw(self, name: str, model: Model) -> None:
        """Draw one step; if that fails, the step says so, because nobody sees an exception of a thread."""
        try:
            if name in GRIDS:
                rows, is_editable = _rows(model, name), editable_rows(model, name) is not None
                self._grid(name).show(rows if name in model.open else None, is_editable=is_editable)
            self._page(name).html = DRAW[name](model)
        except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
            self._page(name).html = draw_broken(model, name, exc)

    def _show_history(self, model: Model) -> None:
        """Show the history, or the steps; what is hidden stays in the page as it is."""
        is_past = model.history is not None
        if is_past:
            self.history.into = None if model.choices is None else model.choices.into
            self._past = self.history.widget()
            self._past.add_class("im-history")
        if model.history:
            self.history.at(model.history)
        self.history.show(is_shown=is_past)
        (self._box.add_class if is_past else self._box.remove_class)("im-past")

    def _keep(self, model: Model, old: Model | None) -> None:
        """Put what is known into the saved notebook: now and then while a job runs, and once it is over."""
        if self._saved is None:
            return
        now = model.phase.job.progress if isinstance(model.phase, Checking | Importing) else None
        if now is not None:
            is_new = self._kept is None or (now.job_id, now.state) != (self._kept.job_id, self._kept.state)
            since_s = now.elapsed_s - (0.0 if self._kept is None or is_new else self._kept.elapsed_s)
            # A job that stands still may do so for hours.
            if since_s < KEEP_S and not (is_new and now.state in (State.PAUSED, State.WAITING)):
                return
            self._kept = now
        elif old is None or not old.is_working:
            return
        self._saved.update(self._static(model), raw=True)

    def _signal_end(self, model: Model) -> None:
        """Tell a user who looks elsewhere."""
        if (message := end_message(model)) is not None:
            self._page("import").send(message)

    @property
    def upload(self) -> Any:  # noqa: ANN401 - its type would load anywidget
        """The widget on which files are dropped."""
        with self._lock:
            if self._upload is None:
                from importer.app.widgets._upload import Upload

                self._upload = Upload(self._received, max_bytes=self._max_bytes)
            return self._upload

    def widget(self) -> Any:  # noqa: ANN401
        """All steps, one below the other; every cell shows the same ones."""
        import ipywidgets

        with self._lock:
            if self._box is None:
                self._box = ipywidgets.VBox()
                self._box.add_class("im-steps")
        self._controller.redraw()
        return self._box

    def display(self) -> None:
        """Show the steps in the cell that runs, and reserve a place below for the result that outlives the kernel."""
        from IPython.display import DisplayHandle, display

        display(self.widget())  # type: ignore[no-untyped-call]
        with self._lock:
            handle = self._saved or DisplayHandle()  # type: ignore[no-untyped-call]
            handle.display(self._static(self._controller.model), raw=True)
            self._saved = handle

    def close(self) -> None:
        """Close every widget, and delete every file."""
        with self._lock:
            widgets = [*self.pages.values(), *self.grids.values(), *filter(None, [self._upload, self._box])]
            self.pages, self.grids, self._upload, self._box, self._past = {}, {}, None, None, None
        self.history.close()
        self._outbox.close()
        for widget in widgets:
            widget.layout.close()
            widget.close()

    def _page(self, step: str) -> Any:  # noqa: ANN401
        if step not in self.pages:
            from importer.app.widgets._page import Page

            self.pages[step] = page = Page()
            page.add_class(f"im-{step}-page")
            page.on_msg(partial(self._on_message, step))
        return self.pages[step]

    def _grid(self, step: str) -> Any:  # noqa: ANN401
        if step not in self.grids:
            from importer.app.widgets._grid import Grid

            self.grids[step] = Grid(step, self._controller.dispatch)
        return self.grids[step]

    def _on_message(self, step: str, page: Any, message: object, _buffers: object) -> None:  # noqa: ANN401
        """Pass on what was clicked or typed, on any thread, and say whether it was understood and legal."""
        match message:
            case {"piece": key, "stop": True}:
                self._outbox.discard(key)
                self._controller.dispatch(actions.Stop())
            case {"piece": key, "offset": offset, "view": str(view)}:
                piece = self._outbox.piece(key, offset)
                page.send({"piece": key, "offset": offset, "view": view}, [] if piece is None else [piece])
            case _:
                action, self._clicked = actions.parse(message), step
                is_accepted = action is not None and self._controller.click(action)
                if not isinstance(action, actions.Download):
                    page.send({"received": True, "is_accepted": is_accepted})

    def _received(self, file: Received) -> None:
        self._controller.dispatch(actions.Receive(file=file))

    def _deliver(self, view: str, name: str, write: Callable[[Path], object]) -> None:
        """Write a file, and tell the browser view that it can be fetched."""
        self._page("result").send({"file": self._outbox.offer(name, write), "view": view})

    def _static(self, model: Model) -> dict[str, str]:
        """The last result, or how far a job is, as plain HTML, hidden while the App is alive."""
        html, text = saved(model)
        return {"text/html": f'<div class="im-saved">{html}</div>' if html else "", "text/plain": text}


def _rows(model: Model, step: str) -> GridRows | None:
    """The rows in the grid of a step."""
    if step == "problems":
        # A check that did not end has found nothing that is worth a table.
        checked = model.last_check
        return None if checked is None or (not checked.rows.rejects.count and not checked.is_ready) else checked.rows
    rows = model.phase.rows if isinstance(model.phase, Done) else None
    return rows if rows is not None and rows.rejects.count else None
