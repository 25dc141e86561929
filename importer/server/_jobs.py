"""Handlers that list, submit, show and steer jobs: `Jobs`, `Job`, `Action`, `Undo`."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from tornado import web

from importer import api, store
from importer.core import State
from importer.errors import OptionError, choices
from importer.server._as_json import job_as_json
from importer.server._call import JSON, call
from importer.server._handler import Handler, whole_id, whole_number
from importer.server._receiving import Receiving
from importer.server._submission import SENT, SUBMITTED
from importer.store import open_store, wait_until_recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.store import JobRecord

__all__ = ["JOB", "LISTED", "LISTING", "Action", "Job", "Jobs", "Undo", "own_job", "page_of"]

PAGE_JOBS, MOST_JOBS = 50, 200
"""Jobs of one answer, by default and at most."""

STATES = [state.value for state in State]
JOB = {"$ref": "#/components/schemas/Job"}
CONFLICT, TOO_LARGE = HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
UNSUPPORTED = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
UNDO = {"force": {"type": "boolean"}, "dry_run": {"type": "boolean"}}

LISTING = {
    "state": {"enum": STATES},
    "after": {"type": "string", "format": "uuid"},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_JOBS},
}
LISTED = {
    "type": "object",
    "properties": {
        "jobs": {"type": "array", "items": JOB},
        "next": {"type": ["string", "null"]},
        "left_out": {"type": "array", "items": {"type": "string"}},
        "waiting": {"type": "integer"},
        "workers": {"type": "integer"},
    },
    "required": ["jobs", "next"],
}
FORM = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}, "job": SENT},
    "required": ["file", "job"],
    "additionalProperties": False,
}


@web.stream_request_body
class Jobs(Receiving):
    """All jobs."""

    @call(query=LISTING, answers={JSON: LISTED})
    async def get(self) -> None:
        """A page of them, newest first."""
        self.answer(await page_of(self))

    @call(
        status=HTTPStatus.ACCEPTED,
        body={JSON: SUBMITTED, "multipart/form-data": FORM},
        answers={JSON: JOB},
        refuses=(CONFLICT, TOO_LARGE, UNSUPPORTED, HTTPStatus.INSUFFICIENT_STORAGE),
    )
    async def post(self) -> None:
        """Queue an import, and have a worker run it."""
        service, taken = self.service, self.taken()

        def submit() -> JobRecord:
            submission = taken.submission(service.places)
            with service.submitting:
                record = submission.submit()
            taken.keep()
            service.worker.start_if_none()
            return record

        record = await service.quickly(submit)
        self.set_header("Location", f"{self.base_url}importer/api/jobs/{record.job_id}")
        self.answer(job_as_json(record), HTTPStatus.ACCEPTED)


class Job(Handler):
    """One job."""

    @call(answers={JSON: JOB})
    async def get(self, job_id: str) -> None:
        """Its newest state."""
        self.answer(await self.service.quickly(lambda: job_as_json(own_job(job_id))))


class Action(Handler):
    """What a job is asked for."""

    @call(answers={JSON: JOB}, refuses=(CONFLICT,))
    async def post(self, job_id: str, what: str) -> None:
        """Ask for it, and answer with the new state; a job that has ended without success is resumed by a worker."""
        asked = cast('Literal["pause", "resume", "cancel"]', what)

        def ask() -> JobRecord:
            record = own_job(job_id)
            if asked == "resume" and record.state.is_final:
                api.retry(record)
                self.service.worker.start_if_none()
            else:
                store.ask(record.job_id, asked)
            return own_job(record.job_id)

        self.answer(await self.service.quickly(lambda: job_as_json(ask())))


class Undo(Handler):
    """An import that is taken back."""

    @call(
        body={JSON: {"type": "object", "properties": UNDO, "additionalProperties": False}},
        may_lack_body=True,
        answers={JSON: {"type": "object"}},
        refuses=(CONFLICT, TOO_LARGE, UNSUPPORTED),
    )
    async def post(self, job_id: str) -> None:
        """Take it back, and answer with the report."""
        given = self.body()
        for name, value in given.items():
            if name not in UNDO or not isinstance(value, bool):
                raise OptionError(f"an undo takes {' and '.join(UNDO)}, true or false")
        record = await self.service.quickly(lambda: own_job(job_id))
        report = await self.service.slowly(lambda: api.undo(record.job_id, listeners=[], **given))
        self.answer(report.as_dict())


def own_job(job_id: str) -> JobRecord:
    """The job of this whole id, if it is this user's."""
    wait_until_recorded()
    return open_store().own_job(whole_id(job_id))


async def page_of(handler: Handler, *, kind: str | None = None) -> dict[str, Any]:
    """The page of jobs that a request asks for."""
    state, after = (handler.get_query_argument(name, None) for name in ("state", "after"))
    limit = whole_number("limit", handler.get_query_argument("limit", str(PAGE_JOBS)), most=MOST_JOBS)
    states = [] if state is None else [state]
    if state is not None and state not in STATES:
        raise OptionError(
            f"state cannot be {state!r}: {choices(state, STATES)}", facts={"option": "state", "value": state}
        )
    return await handler.service.quickly(lambda: _page(states, after=after, limit=limit, kind=kind))


def _page(states: list[str], *, after: str | None, limit: int, kind: str | None) -> dict[str, Any]:
    """The jobs that come after one, and the one to ask with for those that come then."""
    last = None if after is None else own_job(after).job_id
    left_out: list[str] = []
    found = list(islice(_own_jobs(left_out, states=states, after=last, limit=limit + 1, kind=kind), limit + 1))
    waiting, workers = open_store().queue.counts()
    return {
        "jobs": [job_as_json(record) for record in found[:limit]],
        "next": found[limit - 1].job_id if len(found) > limit else None,
        "left_out": left_out,
        "waiting": waiting,
        "workers": workers,
    }


def _own_jobs(left_out: list[str], *, after: str | None, **wanted: Any) -> Iterator[JobRecord]:  # noqa: ANN401
    """The jobs of this user; records that others wrote in the user's name are passed over."""
    store = open_store()
    while found := store.jobs(after=after, is_own=True, told=left_out.append, **wanted):
        yield from filter(store.is_mine, found)
        after = found[-1].job_id
