"""Which jobs the history shows: `Listing`, read from where they are kept, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from importer.app._messages import sentence_of
from importer.core import State
from importer.errors import ImporterError
from importer.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.store import JobRecord

__all__ = ["PAGE_JOBS", "STATES", "Listing"]

PAGE_JOBS = 20
"""Jobs that are shown at a time."""

STATES: dict[str, tuple[str, ...]] = {
    "all": (),
    "live": tuple(state.value for state in State if not state.is_final),
    **{state.value: (state.value,) for state in State if state.is_final},
}
"""States by which jobs can be sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything that the history is drawn from; each change makes a new one.

    Attributes
    ----------
    text, states, page
        What is sought: part of a label, a key of `STATES`, the number of the page from 0.
    opened
        The job that is shown with all that is known of it.
    records, count
        The jobs of this page, and how many there are on all pages.
    live
        How many are at work, on whatever page.
    asked
        What jobs were asked for, by id, and the state in which that was.
    problems
        What could not be done with a job, by id; without one where the jobs cannot be had.
    """

    text: str = ""
    states: str = "all"
    page: int = 0
    opened: str | None = None
    records: tuple[JobRecord, ...] = ()
    count: int = 0
    live: int = 0
    asked: Mapping[str, tuple[str, State]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(-(-self.count // PAGE_JOBS), 1)

    def read(self) -> Self:
        """The same as the jobs stand now."""
        store, states = open_store(), STATES[self.states]
        try:
            count, live = store.count(states=states, text=self.text), len(store.live())
            page = min(self.page, max(count - 1, 0) // PAGE_JOBS)
            records = store.jobs(states=states, text=self.text, limit=PAGE_JOBS, offset=page * PAGE_JOBS)
        except ImporterError as exc:
            return self.failed(str(exc))
        now = {record.job_id: record.state for record in records}
        return replace(
            self,
            page=page,
            records=tuple(records),
            count=count,
            live=live,
            asked={job_id: ask for job_id, ask in self.asked.items() if now.get(job_id) is ask[1]},
            problems={job_id: sentence for job_id, sentence in self.problems.items() if job_id},
        )

    def failed(self, sentence: str) -> Self:
        """The same where the jobs cannot be had, and why."""
        return replace(self, records=(), count=0, live=0, problems={"": sentence})

    def at(self, job_id: str) -> Self:
        """Every job, the page that has this one, and this one opened."""
        try:
            job_id = open_store().job(job_id).job_id
            page = open_store().place(job_id) // PAGE_JOBS
        except ImporterError as exc:
            return replace(self, problems={**self.problems, job_id: str(exc)})
        return replace(self, text="", states="all", page=page, opened=job_id)

    def sought(self, what: str, value: str) -> Self:
        """The same with another filter, on another page, or with another job opened; anything else changes nothing."""
        match what:
            case "find":
                return replace(self, text=value, page=0)
            case "states" if value in STATES:
                return replace(self, states=value, page=0)
            case "page" if value.isascii() and value.isdigit():
                return replace(self, page=min(int(value), self.pages - 1))
            case "job":
                return replace(self, opened=None if value == self.opened else value)
            case _:
                return self

    def tried(self, job_id: str, work: Callable[[JobRecord], object], *, asked: str | None = None) -> Self:
        """The same after something was done with a job that is shown, or why it could not be."""
        record = next((record for record in self.records if record.job_id == job_id), None)
        if record is None:
            return self
        problems = {known: sentence for known, sentence in self.problems.items() if known != job_id}
        try:
            work(record)
        except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
            return replace(self, problems={**problems, job_id: sentence_of(exc)})
        marked = {} if asked is None else {job_id: (asked, record.state)}
        return replace(self, problems=problems, asked={**self.asked, **marked})
