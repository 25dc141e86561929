"""Handlers of tracked operations, and of sessions, which programs without Python begin and end here."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from importer.engine import LONGEST_LAPSE_S, Session
from importer.errors import JobNotFoundError, OptionError, choices
from importer.server._as_json import job_as_json
from importer.server._call import JSON, call
from importer.server._handler import Handler, whole_id
from importer.server._jobs import JOB, LISTED, LISTING, own_job, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.store import JobRecord

__all__ = ["Complete", "Fail", "Operation", "Operations", "Update"]

TEXT = {"type": "string"}
MOST = 2**53
COUNT = {"type": "integer", "minimum": 0, "maximum": MOST}
BEGIN: dict[str, Any] = {
    "label": TEXT,
    "total": COUNT,
    "stages": {
        "anyOf": [
            {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number", "minimum": 0}},
            {"type": "array", "minItems": 1, "items": TEXT},
        ]
    },
    "expires_s": {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_LAPSE_S},
}
UPDATE: dict[str, Any] = {"stage": TEXT, "completed": COUNT, "total": COUNT, "message": TEXT, "details": {}}
COMPLETE: dict[str, Any] = {"message": TEXT}
FAIL: dict[str, Any] = {"error": TEXT}
"""What each call may say."""

REFUSES = (HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _body(fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of any schema
    """The schema of a body with these fields."""
    return {JSON: {"type": "object", "properties": fields, "additionalProperties": False, **more}}


class Operations(Handler):
    """All tracked operations."""

    @call(query=LISTING, answers={JSON: LISTED})
    async def get(self) -> None:
        """A page of them, newest first."""
        self.answer(await page_of(self, kind="task"))

    @call(
        status=HTTPStatus.CREATED,
        body=_body(BEGIN, required=["label"]),
        answers={JSON: JOB},
        refuses=REFUSES,
    )
    async def post(self) -> None:
        """Begin a session: an operation that other calls update and end."""
        given = _fields(self.body(), BEGIN)
        if not isinstance(given.get("label"), str):
            raise OptionError("an operation needs a label, which is text")
        record = await self.service.quickly(lambda: own_job(Session.create(**given).id))
        self.set_header("Location", f"{self.base_url}importer/api/operations/{record.job_id}")
        self.answer(job_as_json(record), HTTPStatus.CREATED)


class Operation(Handler):
    """One operation."""

    @call(answers={JSON: JOB})
    async def get(self, job_id: str) -> None:
        """Its newest state."""
        self.answer(await self.service.quickly(lambda: job_as_json(_operation(job_id))))


class _Step(Handler):
    """What a session is told."""

    async def tell(
        self, job_id: str, fields: Mapping[str, Any], step: Callable[[Session, dict[str, Any]], object]
    ) -> None:
        """Tell it, and answer with its new state."""
        given = _fields(self.body(), fields)

        def change() -> JobRecord:
            step(Session(_operation(job_id).job_id), given)
            return _operation(job_id)

        self.answer(job_as_json(await self.service.quickly(change)))


class Update(_Step):
    """How far a session is."""

    @call(body=_body(UPDATE), may_lack_body=True, answers={JSON: JOB}, refuses=REFUSES)
    async def post(self, job_id: str) -> None:
        """Say how far a session is, and put off its end."""
        await self.tell(job_id, UPDATE, lambda session, given: session.update(**given))


class Complete(_Step):
    """The end of a session."""

    @call(body=_body(COMPLETE), may_lack_body=True, answers={JSON: JOB}, refuses=REFUSES)
    async def post(self, job_id: str) -> None:
        """End a session well."""
        await self.tell(job_id, COMPLETE, lambda session, given: session.complete(**given))


class Fail(_Step):
    """The failure of a session."""

    @call(body=_body(FAIL), may_lack_body=True, answers={JSON: JOB}, refuses=REFUSES)
    async def post(self, job_id: str) -> None:
        """End a session as failed."""
        await self.tell(job_id, FAIL, lambda session, given: session.fail(given.get("error", "")))


def _fields(sent: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were sent, all of which are known; `Session` checks what else they must be."""
    for name, value in sent.items():
        if name not in known:
            raise OptionError(f"there is no field {name[:80]!r}: {choices(name[:80], list(known))}")
        if value is None and known[name]:
            raise OptionError(f"{name} must not be null: leave it out")
        if known[name] is TEXT and not isinstance(value, str):
            raise OptionError(f"{name} must be text, not {str(value)[:80]!r}")
        if known[name] is COUNT and not _is_whole(value):
            raise OptionError(f"{name} must be a whole number of steps, not {str(value)[:80]!r}")
    return {name: int(value) if known[name] is COUNT else value for name, value in sent.items()}


def _is_whole(value: object) -> bool:
    """Whether it is a count: JSON calls 4.0 an integer too."""
    return (type(value) is int or (isinstance(value, float) and value.is_integer())) and 0 <= value <= MOST


def _operation(job_id: str) -> JobRecord:
    """The operation of this whole id."""
    record = own_job(whole_id(job_id))
    if record.kind != "task":
        raise JobNotFoundError(f"job {record.short_id} is no operation", facts={"job": record.job_id})
    return record
