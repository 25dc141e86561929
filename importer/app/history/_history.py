"""All imports, past and running, in a cell: `History`."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.app._messages import sentence_of
from importer.app._take_out import TAKE_OUT, taken_out
from importer.app.history._listing import FILTERS, Listing
from importer.app.history._view import draw
from importer.app.history._watcher import Watcher
from importer.app.transfer import Outbox
from importer.core import CONTROLS, located
from importer.engine import plan_to_resume, retry
from importer.errors import ImporterError
from importer.store import Jobs, ask, open_store, subscribe
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import State
    from importer.store import JobRecord

__all__ = ["History"]

LEAST_S, MOST_S = 0.1, 0.5
"""Shortest time between two reads of the jobs, and the longest while a job runs."""


class History:
    """All imports, newest first; running ones are followed, in any process.

    Open a job to see what went wrong, and to download its refused rows. You can pause and cancel a running job, resume
    one that did not finish, and queue one again that workers gave up. While no job runs, the page is updated only when
    the job store changes.

    Parameters
    ----------
    job
        Id of the job to open first.
    into
        The target of jobs to resume, if its URL has a password, which is not stored.

    Examples
    --------
    >>> import importer, polars as pl
    >>> report = importer.load(pl.DataFrame({"n": [1]}), into=importer.testing.MemorySink(), listeners=[])
    >>> history = importer.History()
    >>> history
    <History: 1 job>
    >>> history.close()
    """

    def __init__(self, *, job: str | None = None, into: Any = None) -> None:  # noqa: ANN401 - a URL, a path, or a sink
        self.into = into
        self._listing = Listing()
        self._changed = threading.Condition(threading.RLock())
        self._outbox = Outbox()
        self._undos = 0
        self._changes: list[Callable[[Listing], Listing]] = []
        self._is_due = self._is_hidden = False
        self._thread: threading.Thread | None = None
        self._page: Any = None
        self._saved: Any = None
        self._saved_states: list[tuple[str, State]] = []
        self._unsubscribe: Callable[[], object] = lambda: None
        self._watcher: Watcher | None = None
        self._views: set[str] = set()
        if job is not None:
            self.at(job)

    def at(self, job: str) -> None:
        """Show this job with its details, on its page."""
        self._do(lambda listing: listing.at(job))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        TimeoutError
            If something still is after this time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._thread is None, timeout_s):
                raise TimeoutError(f"jobs still run after {timeout_s} s. Wait longer, or cancel them")

    def close(self) -> None:
        """Close the page; jobs go on."""
        with self._changed:
            page, self._page = self._page, None
            news, self._watcher = self._watcher, None
            self._unsubscribe()
            self._unsubscribe, self._changes = (lambda: None), []
            self._changed.notify_all()
        if news is not None:
            news.close()
        self.wait()
        self._outbox.close()
        if page is not None:
            page.layout.close()
            page.close()

    def widget(self) -> Any:  # noqa: ANN401 - its type would load anywidget
        """The widget; every cell shows the same one."""
        with self._changed:
            if self._page is None:
                from importer.app.widgets._page import Page

                self._page = Page(html=draw(self._listing), reports_visibility=True)
                self._page.on_msg(self._on_message)
                self._unsubscribe = subscribe(self._read_soon)
                self._watcher = Watcher(self._read_soon)
        self._read_soon()
        return self._page

    def show(self, *, is_shown: bool) -> None:
        """Follow the jobs, or stop while the history is hidden."""
        self._is_hidden = not is_shown
        if self._watcher is not None:
            self._watcher.set_visible(is_visible=is_shown)
        if is_shown:
            self._read_soon()

    def __repr__(self) -> str:
        try:
            count = open_store().count()
        except ImporterError as exc:
            return f"<History: {exc}>"
        return f"<History: {count:,} {'job' if count == 1 else 'jobs'}>"

    def _ipython_display_(self) -> None:
        """Show the history in the cell that runs, and reserve a place below for the jobs that outlive the kernel."""
        from IPython.display import DisplayHandle, display

        display(self.widget())  # type: ignore[no-untyped-call]
        with self._changed:
            self._saved = self._saved or DisplayHandle()  # type: ignore[no-untyped-call]
            self._saved.display(self._static(), raw=True)

    def _static(self) -> dict[str, str]:
        """The jobs as plain HTML, hidden while the history is alive."""
        jobs = Jobs(self._listing.records)
        return {"text/html": f'<div class="im-saved">{jobs._repr_html_()}</div>', "text/plain": repr(jobs)}

    def _read_soon(self) -> None:
        """Read the jobs soon, if the history is visible."""
        with self._changed:
            if self._page is None or self._is_hidden:
                return
            self._is_due = True
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="importer-history", daemon=True)
                self._thread.start()

    def _do(self, change: Callable[[Listing], Listing]) -> None:
        """Change the listing in the thread, because it may take long, then read the jobs."""
        with self._changed:
            self._changes.append(change)
            self._read_soon()

    def _follow(self) -> None:
        """Read the jobs, again and again while one of them runs."""
        is_over = False
        while not is_over:
            with self._changed:
                self._is_due = False
                changes, self._changes, page = self._changes, [], self._page
            try:
                for change in changes:
                    self._listing = change(self._listing)
                self._listing = self._listing.read()
                drawn = draw(self._listing)
                self._save()
            except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
                self._listing = self._listing.failed(sentence_of(exc))
                drawn = draw(self._listing)
            if page is not None:
                page.html = drawn
            with self._changed:
                self._changed.wait_for(lambda: self._page is None, LEAST_S)
                if self._listing.live or self._undos:
                    self._changed.wait_for(lambda: self._is_due or self._page is None, MOST_S - LEAST_S)
                is_wanted = self._page is not None and not self._is_hidden
                is_over = not (is_wanted and (self._is_due or self._listing.live or self._undos))
                if is_over:
                    self._thread = None
                    self._changed.notify_all()

    def _set_visible(self, view: str, *, is_visible: bool) -> None:
        """Watch the job store while a browser shows the page."""
        with self._changed:
            (self._views.add if is_visible else self._views.discard)(view)
            if self._watcher is not None:
                self._watcher.set_visible(is_visible=bool(self._views) and not self._is_hidden)

    def _save(self) -> None:
        """Put the jobs into the saved notebook whenever a job is new or has another state."""
        states = [(record.job_id, record.state) for record in self._listing.records]
        if self._saved is not None and states != self._saved_states:
            self._saved_states = states
            self._saved.update(self._static(), raw=True)

    def _on_message(self, page: Any, message: object, _buffers: object) -> None:  # noqa: ANN401
        """Do what was clicked or typed, on any thread, and say whether it was understood."""
        match message:
            case {"download": "xlsx" | "csv" as kind, "of": str(job), "view": str(view)}:
                self._do(lambda listing: self._offer(listing, page, job, kind, view))
            case {"piece": key, "stop": True}:
                self._outbox.discard(key)
            case {"piece": key, "offset": offset, "view": str(view)}:
                piece = self._outbox.piece(key, offset)
                page.send({"piece": key, "offset": offset, "view": view}, [] if piece is None else [piece])
            case {"visible": bool(is_visible), "view": str(view)}:
                self._set_visible(view, is_visible=is_visible)
            case {"action": str(what), "of": str(job)} if what in CONTROLS:
                self._do(lambda listing: self._control(listing, job, what))
                page.send({"received": True, "is_accepted": True})
            case {"action": "retry", "of": str(job)}:
                self._do(lambda listing: listing.tried(job, lambda record: retry(record.job_id)))
                page.send({"received": True, "is_accepted": True})
            case {"action": str(what), "of": str(job)} if what in TAKE_OUT:
                self._do(lambda listing: self._take_out(listing, job, what))
                page.send({"received": True, "is_accepted": True})
            case {"action": str(what), "value": str(value)} if what in FILTERS:
                self._do(lambda listing: listing.filtered(what, value))
                page.send({"received": True, "is_accepted": True})
            case _:
                page.send({"received": True, "is_accepted": False})

    def _control(self, listing: Listing, job: str, what: str) -> Listing:
        """Pause, resume or cancel a job in its process; one that is over is resumed in this one."""

        def control(record: JobRecord) -> None:
            if record.state.is_final and what == "resume":
                plan_to_resume(record.job_id, into=self._into(record)).start()
            else:
                ask(record.job_id, what)  # type: ignore[arg-type]  # one of CONTROLS

        return listing.tried(job, control, requested=what)

    def _into(self, record: JobRecord) -> Any:  # noqa: ANN401 - a URL, a path, or a sink
        """The target of the history, if it is that of the job."""
        is_its = self.into is not None and located(str(self.into)) == record.target
        return self.into if is_its else None

    def _take_out(self, listing: Listing, job: str, what: str) -> Listing:
        """Say what taking a job out would do, or do it."""
        undos = {known: offer for known, offer in listing.undos.items() if known != job}

        def act(record: JobRecord) -> None:
            if what == "take_out_now":
                # The page goes on meanwhile, so that the undo is seen there, and paused.
                self._undos += 1
                threading.Thread(target=self._undo, args=(record,), name="importer-history-undo", daemon=True).start()
            elif (offer := taken_out([job], what, self._into(record))) is not None:
                undos[job] = offer

        return replace(listing.tried(job, act), undos=undos)

    def _undo(self, record: JobRecord) -> None:
        """Take an import out in a thread of its own, and say on the page what that did."""
        offer, problem = None, None
        try:
            offer = taken_out([record.job_id], "take_out_now", self._into(record))
        except Exception as exc:  # noqa: BLE001 - the page says it
            problem = exc

        def told(listing: Listing) -> Listing:
            self._undos -= 1
            undos = listing.undos if offer is None else {**listing.undos, record.job_id: offer}
            return replace(listing.warned(record.job_id, problem), undos=undos)

        self._do(told)

    def _offer(self, listing: Listing, page: Any, job: str, kind: str, view: str) -> Listing:  # noqa: ANN401
        """Write the refused rows of a job, and tell the page that they can be fetched."""

        def write(record: JobRecord) -> None:
            name = say("result.refused_file", table=record.table_name, kind=kind)
            page.send({"file": self._outbox.offer(name, record.rejects_to), "view": view})

        return listing.tried(job, write)
