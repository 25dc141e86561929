"""Every import that ever ran, and those that run, in a cell: `History`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from importer.app._messages import sentence_of
from importer.app.choices import NamedSource
from importer.app.history._listing import Listing
from importer.app.history._view import draw
from importer.app.history._watcher import Watcher
from importer.app.transfer import Outbox
from importer.core import CONTROLS, located
from importer.engine import plan_to_resume
from importer.errors import ImporterError
from importer.store import Jobs, ask, open_store, subscribe
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import State
    from importer.store import JobRecord

__all__ = ["History"]

LEAST_S, MOST_S = 0.1, 0.5
"""Shortest time between two looks at the jobs, and the longest while one is at work."""


class History:
    """Every import that ever ran, newest first; those that run are followed, in whatever process they are.

    A job can be opened, to see what went wrong and to fetch its refused rows; one that runs can be paused
    and cancelled, one that did not end resumed. While nothing runs only news are looked for, and nothing is sent before
    there are some.

    Parameters
    ----------
    job
        Id of the job that is opened to begin with.
    into
        A target whose URL has a password, which is not kept: for jobs that are resumed.

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
        self._changes: list[Callable[[Listing], Listing]] = []
        self._is_due = self._is_away = False
        self._thread: threading.Thread | None = None
        self._page: Any = None
        self._saved: Any = None
        self._saved_states: list[tuple[str, State]] = []
        self._leave: Callable[[], object] = lambda: None
        self._news: Watcher | None = None
        self._views: set[str] = set()
        if job is not None:
            self.at(job)

    def at(self, job: str) -> None:
        """Show this job, opened, among its neighbours."""
        self._do(lambda listing: listing.at(job))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        TimeoutError
            Where something is, after so long.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._thread is None, timeout_s):
                raise TimeoutError(f"jobs are at work after {timeout_s} s. Wait longer, or cancel them")

    def close(self) -> None:
        """Let go of the page; jobs go on."""
        with self._changed:
            page, self._page = self._page, None
            news, self._news = self._news, None
            self._leave()
            self._leave, self._changes = (lambda: None), []
            self._changed.notify_all()
        if news is not None:
            news.close()
        self.wait()
        self._outbox.close()
        if page is not None:
            page.layout.close()
            page.close()

    def widget(self) -> Any:  # noqa: ANN401 - its type would load the screen
        """The one widget that all cells show."""
        with self._changed:
            if self._page is None:
                from importer.app.widgets._page import Page

                self._page = Page(html=draw(self._listing), reports_visibility=True)
                self._page.on_msg(self._heard)
                self._leave = subscribe(self._look)
                self._news = Watcher(self._look)
        self._look()
        return self._page

    def show(self, *, is_shown: bool) -> None:
        """Follow the jobs, or leave them alone while nobody looks."""
        self._is_away = not is_shown
        if self._news is not None:
            self._news.seen(is_seen=is_shown)
        if is_shown:
            self._look()

    def __repr__(self) -> str:
        try:
            count = open_store().count()
        except ImporterError as exc:
            return f"<History: {exc}>"
        return f"<History: {count:,} {'job' if count == 1 else 'jobs'}>"

    def _ipython_display_(self) -> None:
        """Show the history in the cell that runs, and keep a place below for what outlives the kernel."""
        from IPython.display import DisplayHandle, display

        display(self.widget())  # type: ignore[no-untyped-call]
        with self._changed:
            self._saved = self._saved or DisplayHandle()  # type: ignore[no-untyped-call]
            self._saved.display(self._static(), raw=True)

    def _static(self) -> dict[str, str]:
        """The jobs as plain HTML, which a living history hides."""
        jobs = Jobs(self._listing.records)
        return {"text/html": f'<div class="im-saved">{jobs._repr_html_()}</div>', "text/plain": repr(jobs)}

    def _look(self) -> None:
        """Look at the jobs soon, where anybody sees it."""
        with self._changed:
            if self._page is None or self._is_away:
                return
            self._is_due = True
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="importer-history", daemon=True)
                self._thread.start()

    def _do(self, change: Callable[[Listing], Listing]) -> None:
        """Make a change in the thread, as it may take long, then look at the jobs."""
        with self._changed:
            self._changes.append(change)
            self._look()

    def _follow(self) -> None:
        """Look at the jobs, again and again while one is at work."""
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
                if self._listing.live:
                    self._changed.wait_for(lambda: self._is_due or self._page is None, MOST_S - LEAST_S)
                is_wanted = self._page is not None and not self._is_away
                is_over = not (is_wanted and (self._is_due or self._listing.live))
                if is_over:
                    self._thread = None
                    self._changed.notify_all()

    def _seen(self, view: str, *, is_visible: bool) -> None:
        """Look for news while a browser shows the page, and rest once all of them hide it."""
        with self._changed:
            (self._views.add if is_visible else self._views.discard)(view)
            if self._news is not None:
                self._news.seen(is_seen=bool(self._views) and not self._is_away)

    def _save(self) -> None:
        """Keep what is shown for the time after the kernel, whenever a job is new or in another state."""
        states = [(record.job_id, record.state) for record in self._listing.records]
        if self._saved is not None and states != self._saved_states:
            self._saved_states = states
            self._saved.update(self._static(), raw=True)

    def _heard(self, page: Any, message: object, _buffers: object) -> None:  # noqa: ANN401
        """Do what is clicked or written, on whatever thread it comes."""
        match message:
            case {"download": "xlsx" | "csv" as kind, "of": str(job), "view": str(view)}:
                self._do(lambda listing: self._offer(listing, page, job, kind, view))
            case {"piece": key, "offset": offset, "view": str(view)}:
                piece = self._outbox.piece(key, offset)
                page.send({"piece": key, "offset": offset, "view": view}, [] if piece is None else [piece])
            case {"visible": bool(is_visible), "view": str(view)}:
                self._seen(view, is_visible=is_visible)
            case {"ask": str(what), "of": str(job)} if what in CONTROLS:
                self._do(lambda listing: self._ask(listing, job, what))
                page.send({"heard": True})
            case {"ask": str(what), "value": str(value)}:
                self._do(lambda listing: listing.sought(what, value))
                page.send({"heard": True})
            case _:
                pass

    def _ask(self, listing: Listing, job: str, what: str) -> Listing:
        """Ask something of a job: in its process, or here where it goes on."""

        def work(record: JobRecord) -> None:
            if record.state.is_final and what == "resume":
                is_mine = self.into is not None and located(str(self.into)) == record.target
                plan = plan_to_resume(record.job_id, into=self.into if is_mine else None)
                (plan if record.name is None else NamedSource.rename(plan, record.name)).start()
            else:
                ask(record.job_id, what)  # type: ignore[arg-type]  # one of CONTROLS

        return listing.tried(job, work, asked=what)

    def _offer(self, listing: Listing, page: Any, job: str, kind: str, view: str) -> Listing:  # noqa: ANN401
        """Write the refused rows of a job, and tell the page that asked that they can be fetched."""

        def work(record: JobRecord) -> None:
            name = say("result.refused_file", table=record.table_name, kind=kind)
            page.send({"file": self._outbox.offer(name, record.rejects_to), "view": view})

        return listing.tried(job, work)
