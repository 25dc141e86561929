"""The import with a mouse: `App`."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from importer._html import Html
from importer.app import _check, _file, _import, _look, _match, _result
from importer.app._asks import hear
from importer.app._driver import Driver
from importer.app._outbox import Outbox
from importer.app._parts import shown
from importer.app._words import say

if TYPE_CHECKING:
    import os

    from importer.app._flow import Flow
    from importer.job import Job
    from importer.planning import Plan
    from importer.report import Report

__all__ = ["App"]

DRAW = {
    "file": _file.draw,
    "path": _file.draw_path,
    "look": _look.draw,
    "match": _match.draw,
    "check": _check.draw,
    "import": _import.draw,
    "result": _result.draw,
}


class App:
    """The whole import in one cell: choose a file, look, match, check, import; each step opens when it can.

    It does what `importer.plan` does, and says the code for it. Whatever takes long goes on in
    threads, so the kernel stays free; the page shows what the kernel knows, so it may be reloaded, or
    opened twice.

    Parameters
    ----------
    file
        A file on the server to begin with.
    into
        Where the rows go, as for `importer.plan`.
    auto
        Whether to import without another click where a dry run refuses no row.
    max_upload_bytes
        Size above which a dropped file is refused; by default only the disk bounds it.
    options
        More of what `importer.plan` takes.

    Examples
    --------
    >>> import importer, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = importer.sample(f"{folder.name}/staff_punches.xlsx")
    >>> app = importer.App(file, into=f"sqlite:///{folder.name}/staff.db")
    >>> app.wait()
    >>> app
    <App: staff_punches.xlsx, sheet 'Punches' → staff_punches>
    >>> app.check().progress.rejected, app.run().progress.created
    (80, 4921)
    >>> app.close()
    >>> folder.cleanup()
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        into: Any = None,  # noqa: ANN401 - a URL, a path, or a sink
        auto: bool = False,
        max_upload_bytes: int | None = None,
        **options: Any,  # noqa: ANN401 - as `importer.plan` takes them
    ) -> None:
        key = options.get("key")
        given = {"into": into, **options, "key": (key,) if isinstance(key, str) else key and tuple(key)}
        self._lock = RLock()
        self._pages: dict[str, Any] = {}
        self._grids: dict[str, Any] = {}
        self._outbox = Outbox()
        self._upload: Any = None
        self._max_bytes = max_upload_bytes
        self._box: Any = None
        self._saved: Any = None
        chosen = {name: value for name, value in given.items() if value is not None}
        self._driver = Driver(chosen, auto=auto, shown=self._show)
        if file is not None:
            self.open(file)

    @property
    def plan(self) -> Plan | None:
        """What would be done, None before a file is chosen."""
        return self._driver.flow.plan

    @property
    def checked(self) -> Report | None:
        """What the dry run found."""
        return self._driver.flow.checked

    @property
    def job(self) -> Job | None:
        """The import, once it began."""
        return None if self._driver.flow.run is None else self._driver.flow.run.job

    @property
    def report(self) -> Report | None:
        """What the import did."""
        return self._driver.flow.report

    def open(self, file: str | os.PathLike[str]) -> None:
        """Begin with a file on the server."""
        self._driver.open(file)

    def choose(self, **options: Any) -> None:  # noqa: ANN401
        """Change options of the plan, as `importer.plan` takes them; None leaves one to the importer."""
        self._driver.choose(**options)

    def check(self) -> Report | None:
        """Do the dry run, and wait for what it finds."""
        self._driver.check()
        self.wait()
        return self.checked

    def run(self) -> Report | None:
        """Import, where the dry run went through, and wait for the end."""
        self._driver.run()
        self.wait()
        return self.report

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        TimeoutError
            Where something is, after so long.
        """
        if not self._driver.wait(timeout_s):
            raise TimeoutError(f"the App is not done after {timeout_s} s. Wait longer, or cancel what runs")

    def close(self) -> None:
        """Cancel what runs, and let go of the page."""
        self._driver.tell("cancel")
        self.wait()
        with self._lock:
            widgets = [*self._pages.values(), *self._grids.values(), *filter(None, [self._upload, self._box])]
            self._pages, self._grids, self._upload, self._box = {}, {}, None, None
        self._outbox.close()
        for widget in widgets:
            widget.layout.close()
            widget.close()

    def __repr__(self) -> str:
        return f"<App: {'no file yet' if self.plan is None else self.plan.label}>"

    def _show(self, flow: Flow, touched: tuple[str, ...]) -> None:
        """Bring the steps up to date that a change touches; without names, all of them."""
        with self._lock:
            if self._box is None:
                return
            self.upload.is_off, self.upload.is_open = flow.is_locked, "file" in flow.open
            for step, refused in (("check", flow.refused), ("result", flow.left)):
                if step in flow.steps:
                    self._grid(step).show(refused if step in flow.open else None)
            names = ("file", "path", *flow.steps[1:])
            for name in names:
                if not touched or name in touched:
                    self._page(name).html = DRAW[name](flow)
            # The drop zone stays where it is, so that what it still has to send is not lost.
            shown = [self._page("file"), self.upload]
            for name in names[1:]:
                shown += [self._page(name), *([self._grid(name)] if name in ("check", "result") else [])]
            if list(self._box.children) != shown:
                self._box.children = shown
            if flow.report is not None and not touched and self._saved is not None:
                self._saved.update(self._static(), raw=True)

    @property
    def upload(self) -> Any:  # noqa: ANN401 - its type would load the screen
        """The widget on which files are dropped."""
        with self._lock:
            if self._upload is None:
                from importer.app._upload import Upload

                self._upload = Upload(self._driver.received, max_bytes=self._max_bytes)
            return self._upload

    def _grid(self, step: str) -> Any:  # noqa: ANN401
        """The widget of a step's refused rows."""
        if step not in self._grids:
            from importer.app._grid import Grid

            self._grids[step] = Grid()
        return self._grids[step]

    def _page(self, step: str) -> Any:  # noqa: ANN401 - its type would load the screen
        """The widget of a step."""
        if step not in self._pages:
            from importer.app._page import Page

            self._pages[step] = page = Page()
            page.on_msg(self._heard)
        return self._pages[step]

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
        if (report := self.report) is not None:
            name = say("result.refused_file", table=report.table, kind=kind)
            page.send({"file": self._outbox.offer(name, report.rejects_to), "view": view})

    def _widget(self) -> Any:  # noqa: ANN401
        """All steps below each other, the same ones in every cell that shows them."""
        import ipywidgets

        with self._lock:
            if self._box is None:
                self._box = ipywidgets.VBox()
                self._box.add_class("im-steps")
        self._driver.move()
        return self._box

    def _static(self) -> dict[str, str]:
        """The last result as plain HTML, which a living App hides."""
        report = self.report
        html = "" if report is None else Html(f'<div class="im-saved">{shown(report)}</div>')
        return {"text/html": html, "text/plain": repr(self)}

    def _ipython_display_(self) -> None:
        """Show the App, and keep a place below it for the result that outlives the kernel."""
        from IPython.display import DisplayHandle, display

        display(self._widget())  # type: ignore[no-untyped-call]
        with self._lock:
            handle = self._saved or DisplayHandle()  # type: ignore[no-untyped-call]
            handle.display(self._static(), raw=True)
            self._saved = handle
