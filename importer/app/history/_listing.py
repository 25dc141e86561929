"""The jobs that the history shows, read from the job store a page at a time: `Listing`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from importer.app._messages import sentence_of
from importer.core import State
from importer.errors import ImporterError
from importer.store import PARTS, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.app._take_out import Offer
    from importer.store import JobRecord

__all__ = ["PAGE_JOBS", "STATES", "Listing"]

PAGE_JOBS = 20
"""Jobs on a page."""

STATES: dict[str, tuple[str, ...]] = {
    "all": (),
    "live": tuple(state.value for state in State if not state.is_final),
    **{part: (part,) for part in PARTS},
    **{state.value: (state.value,) for state in State if state.is_final},
}
"""Groups of states to filter by."""

FILTERS = ("find", "states", "page", "job", "refresh")
"""What `Listing.filtered` understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything that the history shows; each change makes a new one.

    Attributes
    ----------
    text, states, page
        The filter: part of a label, a key of `STATES`, and the number of the page from 0.
    expanded
        The job whose details are shown.
    records, count
        The jobs of this page, and the number of jobs on all pages.
    live
        Number of running jobs on all pages.
    requested
        What the user requested of jobs, by id, and the state that they had then.
    problems
        What could not be done with a job, by id; an empty id stands for the job store.
    undos
        What undos of jobs would do, or have done, by id.
    waiting, workers
        Number of jobs that wait for a worker, and of workers.
    left_out
        Which records of this page cannot be read.
    """

    text: str = ""
    states: str = "all"
    page: int = 0
    expanded: str | None = None
    records: tuple[JobRecord, ...] = ()
    count: int = 0
    live: int = 0
    requested: Mapping[str, tuple[str, State]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    undos: Mapping[str, Offer] = field(default_factory=dict)
    waiting: int = 0
    workers: int = 0
    left_out: tuple[str, ...] = ()

    @property
    def undone(self) -> frozenset[str | None]:
        """Jobs of this page that an undo of this page has taken back."""
        return frozenset(one.undoes for one in self.records if one.state is State.SUCCEEDED)

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(-(-self.count // PAGE_JOBS), 1)

    def read(self) -> Self:
        """The listing with the newest state of the jobs."""
        store, states = open_store(), STATES[self.states]
        left_out: list[str] = []
        try:
            count, live = store.count(states=states, text=self.text), len(store.live(told=_ignored))
            page = min(self.page, max(count - 1, 0) // PAGE_JOBS)
            offset = page * PAGE_JOBS
            waiting, workers = store.queue.counts()
            records = store.jobs(states=states, text=self.text, limit=PAGE_JOBS, offset=offset, told=left_out.append)
        except ImporterError as exc:
            return self.failed(str(exc))
        now = {record.job_id: record.state for record in records}
        return replace(
            self,
            page=page,
            records=tuple(records),
            count=count,
            live=live,
            waiting=waiting,
            workers=workers,
            left_out=tuple(left_out),
            requested={job_id: request for job_id, request in self.requested.items() if now.get(job_id) is request[1]},
            problems={job_id: sentence for job_id, sentence in self.problems.items() if job_id},
        )

    def failed(self, sentence: str) -> Self:
        """The listing if the job store is unreachable, and why."""
        return replace(self, records=(), count=0, live=0, waiting=0, left_out=(), problems={"": sentence})

    def at(self, job_id: str) -> Self:
        """The page of all jobs that has this one, and its details."""
        try:
            job_id = open_store().job(job_id).job_id
            page = open_store().place(job_id) // PAGE_JOBS
        except ImporterError as exc:
            return replace(self, problems={**self.problems, job_id: str(exc)})
        return replace(self, text="", states="all", page=page, expanded=job_id)

    def filtered(self, what: str, value: str) -> Self:
        """The listing with another filter, page, or job with details; anything else changes nothing."""
        match what:
            case "find":
                return replace(self, text=value, page=0)
            case "states" if value in STATES:
                return replace(self, states=value, page=0)
            case "page" if value.isascii() and value.isdigit():
                return replace(self, page=min(int(value), self.pages - 1))
            case "job":
                return replace(self, expanded=None if value == self.expanded else value)
            case _:
                return self

    def warned(self, job_id: str, problem: Exception | None) -> Self:
        """The listing with what could not be done with a job, if there is something."""
        return self if problem is None else replace(self, problems={**self.problems, job_id: sentence_of(problem)})

    def tried(self, job_id: str, act: Callable[[JobRecord], object], *, requested: str | None = None) -> Self:
        """The listing after something was done with a job on this page, or why it could not be done."""
        record = next((record for record in self.records if record.job_id == job_id), None)
        if record is None:
            return self
        problems = {known: sentence for known, sentence in self.problems.items() if known != job_id}
        try:
            act(record)
        except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
            return replace(self, problems={**problems, job_id: sentence_of(exc)})
        marked = {} if requested is None else {job_id: (requested, record.state)}
        return replace(self, problems=problems, requested={**self.requested, **marked})


def _ignored(_sentence: str) -> None:
    """Leave it to the page that would show the records."""
