"""A panel in a notebook that moves while a job runs: `Panel`."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from importer.core import CONTROLS, Paceable, Progress, next_pace
from importer.views import Window, compose, draw_panel, standalone

if TYPE_CHECKING:
    from importer.core import Controllable
    from importer.views.html import Html

__all__ = ["Panel"]


class Panel:
    """Progress as a panel. It opens in the cell that starts the job, and is updated from any thread.

    The first snapshot has to come from the thread of the cell, unless a cell already shows the panel.
    With the final snapshot the panel becomes static HTML, which outlives the kernel.

    Parameters
    ----------
    job
        The job that the buttons pause, resume and cancel; without a job the panel has no buttons.

    Examples
    --------
    >>> panel = Panel()
    >>> panel
    <Panel: nothing yet>
    """

    def __init__(self, job: Controllable | None = None) -> None:
        self._job = job
        self._lock = RLock()
        self._last: Progress | None = None
        self._requested: str | None = None
        self._window = Window()
        self._view: Any = None
        self._handle: Any = None

    def attach(self, job: Controllable, /) -> None:
        """Take the job that the buttons pause, resume and cancel."""
        with self._lock:
            self._job = job
            self._show()

    def __call__(self, progress: Progress, /) -> None:
        """Show the snapshot, and open the panel if no cell shows it."""
        with self._lock:
            if self._is_over:
                self._view, self._window = None, Window()
            if self._last is None or progress.state is not self._last.state:
                self._requested = None
            self._last = progress
            self._window(progress)
            if self._view is None:
                self._ipython_display_()
            self._show()
            if self._is_over and self._handle is not None:
                self._handle.update(self._repr_mimebundle_(), raw=True)
                self._handle = None

    @property
    def _is_over(self) -> bool:
        return self._last is not None and self._last.state.is_final

    def _show(self) -> None:
        """Update every cell that shows the panel, with one message."""
        if self._view is not None:
            self._view.html = self._drawn()

    def _drawn(self) -> Html:
        """The panel as HTML."""
        now = Progress() if self._last is None else self._last
        paces = isinstance(self._job, Paceable) and now.kind == "import"
        return draw_panel(now, self._window, buttons=self._job is not None, paces=paces, requested=self._requested)

    def _clicked(self, _view: object, message: object, _buffers: object) -> None:
        """Pass a click on to the job; its next snapshot shows whether it obeyed."""
        action = message.get("action") if isinstance(message, dict) else None
        with self._lock:
            job, view, last = self._job, self._view, self._last
            if job is None or action not in (*CONTROLS, "pace") or self._is_over:
                return
            self._requested = self._requested if action == "pace" else action
            self._show()
            view.send({"received": action})
        if action == "pace":
            if isinstance(job, Paceable) and last is not None:
                job.pace(next_pace(last.pace))
            return
        # The job may send a snapshot from another thread, so the lock must be free again.
        getattr(job, action)()

    def __repr__(self) -> str:
        if self._last is None:
            return "<Panel: nothing yet>"
        line = compose(self._last, self._window)
        return f"<Panel: {line.head}  {line.tail}>"

    def _ipython_display_(self) -> None:
        """Show the panel in the cell that runs; outside of IPython, do nothing."""
        from IPython.core.getipython import get_ipython
        from IPython.display import DisplayHandle

        with self._lock:
            bundle = self._repr_mimebundle_()
            if get_ipython() is None:
                return
            # All cells share one handle, so the final HTML reaches each of them.
            handle = self._handle or DisplayHandle()  # type: ignore[no-untyped-call]
            handle.display(bundle, raw=True)
            self._handle = None if self._is_over else handle

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any]:
        """The live widget while the job runs, and static HTML after that."""
        with self._lock:
            bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": standalone(self._drawn())}
            if not self._is_over:
                bundle |= self._widget()._repr_mimebundle_()[0]
                bundle["text/plain"] = repr(self)
            return bundle

    def _widget(self) -> Any:  # noqa: ANN401 - its type would load anywidget
        """The one widget that all cells show."""
        if self._view is None:
            from importer.listeners._view import View

            self._view = View(html=self._drawn())
            self._view.on_msg(self._clicked)
        return self._view
