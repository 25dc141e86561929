"""The widgets of an App, in every cell that shows it: `Stage`."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from importer.app import _broken, _check, _file, _import, _known, _look, _match, _result, _tabs
from importer.app._asks import hear
from importer.app._history import History
from importer.app._outbox import Outbox
from importer.app._parts import shown
from importer.views import say
from importer.views.html import Html

if TYPE_CHECKING:
    from importer.app._driver import Driver
    from importer.app._flow import Flow
    from importer.engine import Report

__all__ = ["Stage"]

DRAW = {
    "tabs": _tabs.draw,
    "file": _file.draw,
    "path": _file.draw_path,
    "look": _look.draw,
    "match": _match.draw,
    "known": _known.draw,
    "check": _check.draw,
    "import": _import.draw,
    "result": _result.draw,
}


class Stage:
    """One widget a step, made when it is first shown; what is clicked there goes to the driver.

    Parameters
    ----------
    driver
        What takes the steps.
    max_upload_bytes
        Size above which a dropped file is refused.
    """

    def __init__(self, driver: Driver, *, max_upload_bytes: int | None) -> None:
        self._driver = driver
        self._max_bytes = max_upload_bytes
        self._lock = RLock()
        self._outbox = Outbox()
        self._history = History()
        self._past: Any = None
        self._told_history: str | None = None
        self.pages: dict[str, Any] = {}
        self.grids: dict[str, Any] = {}
        self._upload: Any = None
        self._box: Any = None
        self._saved: Any = None
        self._told: Report | None = None

    def show(self, flow: Flow, touched: tuple[str, ...]) -> None:
        """Bring the steps up to date that a change touches; without names, all of them."""
        with self._lock:
            if self._box is None:
                return
            self.upload.is_off, self.upload.is_open = flow.is_locked, "file" in flow.open
            names = _names(flow)
            for name in names:
                if not touched or name in touched:
                    self._draw(name, flow)
            # The drop zone stays where it is, so that what it still has to send is not lost.
            widgets = [self._page("tabs"), self._page("file"), self.upload]
            for name in names[2:]:
                widgets += [self._page(name), *([self._grid(name)] if name in ("check", "result") else [])]
            if flow.history != self._told_history:
                self._turn_to(flow)
            widgets += [] if self._past is None else [self._past]
            if list(self._box.children) != widgets:
                self._box.children = widgets
            if flow.report is not None and flow.report is not self._told:
                self._told = flow.report
                self._tell(flow)

    def _draw(self, name: str, flow: Flow) -> None:
        """Bring one step up to date; where that fails the step says so, for nobody else hears of it in a thread."""
        refused = {"check": flow.refused, "result": flow.left}.get(name)
        try:
            if name in ("check", "result"):
                self._grid(name).show(refused if name in flow.open else None)
            self._page(name).html = DRAW[name](flow)
        except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
            self._page(name).html = _broken.draw(flow, name, exc)

    def _turn_to(self, flow: Flow) -> None:
        """Show the history, at a job where one is named, or the steps; what is hidden stays in the page as it is."""
        self._told_history = flow.history
        is_past = flow.history is not None
        if is_past:
            self._history.into = None if flow.choices is None else flow.choices.into
            self._past = self._history.widget()
            self._past.add_class("im-history")
        if flow.history:
            self._history.at(flow.history)
        self._history.show(is_shown=is_past)
        (self._box.add_class if is_past else self._box.remove_class)("im-past")

    def _tell(self, flow: Flow) -> None:
        """Tell the end of an import: in the saved notebook, and to a person who looks elsewhere."""
        if self._saved is not None:
            self._saved.update(self._static(), raw=True)
        if (message := _import.ended(flow)) is not None:
            self._page("import").send(message)

    @property
    def upload(self) -> Any:  # noqa: ANN401 - its type would load the screen
        """The widget on which files are dropped."""
        with self._lock:
            if self._upload is None:
                from importer.app._upload import Upload

                self._upload = Upload(self._driver.received, max_bytes=self._max_bytes)
            return self._upload

    def widget(self) -> Any:  # noqa: ANN401
        """All steps below each other, the same ones in every cell that shows them."""
        import ipywidgets

        with self._lock:
            if self._box is None:
                self._box = ipywidgets.VBox()
                self._box.add_class("im-steps")
        self._driver.move()
        return self._box

    def display(self) -> None:
        """Show the steps in the cell that runs, and keep a place below for the result that outlives the kernel."""
        from IPython.display import DisplayHandle, display

        display(self.widget())  # type: ignore[no-untyped-call]
        with self._lock:
            handle = self._saved or DisplayHandle()  # type: ignore[no-untyped-call]
            handle.display(self._static(), raw=True)
            self._saved = handle

    def close(self) -> None:
        """Let go of every widget and every file."""
        with self._lock:
            widgets = [*self.pages.values(), *self.grids.values(), *filter(None, [self._upload, self._box])]
            self.pages, self.grids, self._upload, self._box, self._past = {}, {}, None, None, None
        self._history.close()
        self._outbox.close()
        for widget in widgets:
            widget.layout.close()
            widget.close()

    def _page(self, step: str) -> Any:  # noqa: ANN401
        if step not in self.pages:
            from importer.app._page import Page

            self.pages[step] = page = Page()
            page.add_class(f"im-{step}-page")
            page.on_msg(self._heard)
        return self.pages[step]

    def _grid(self, step: str) -> Any:  # noqa: ANN401
        if step not in self.grids:
            from importer.app._grid import Grid

            self.grids[step] = Grid(self._driver.correct_cell if step == "check" else None)
        return self.grids[step]

    def _heard(self, page: Any, message: object, _buffers: object) -> None:  # noqa: ANN401
        """Pass on what was clicked or written, on whatever thread it comes."""
        match message:
            case {"download": "xlsx" | "csv" as kind, "view": str(view)}:
                self._driver.do("result", lambda: self._offer(page, kind, view))
            case {"piece": key, "offset": offset, "view": str(view)}:
                piece = self._outbox.piece(key, offset)
                page.send({"piece": key, "offset": offset, "view": view}, [] if piece is None else [piece])
            case _:
                hear(self._driver, message)
                page.send({"heard": True})

    def _offer(self, page: Any, kind: str, view: str) -> None:  # noqa: ANN401
        """Write the refused rows, and tell the page that asked that they can be fetched."""
        if (report := self._driver.flow.report) is not None:
            name = say("result.refused_file", table=report.table, kind=kind)
            page.send({"file": self._outbox.offer(name, report.rejects_to), "view": view})

    def _static(self) -> dict[str, str]:
        """The last result as plain HTML, which a living App hides."""
        report = self._driver.flow.report
        html = "" if report is None else Html(f'<div class="im-saved">{shown(report)}</div>')
        return {"text/html": html, "text/plain": "" if report is None else str(report)}


def _names(flow: Flow) -> list[str]:
    """Pages from the top to the bottom."""
    names = ["tabs", "file", "path", *flow.steps[1:]]
    if flow.known is not None and "match" in names:
        names.insert(names.index("match") + 1, "known")
    return names
