"""Errors as problem documents, see RFC 9457: `Problem`."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from importer.errors import (
    DisconnectedError,
    ImporterError,
    JobNotFoundError,
    LockedError,
    OptionError,
    ResumeError,
    SchemaError,
    SinkError,
    SourceError,
    StoreError,
    UndoError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCHEMA", "Problem", "ProblemError"]

STATUSES: tuple[tuple[type[ImporterError], HTTPStatus], ...] = (
    (JobNotFoundError, HTTPStatus.NOT_FOUND),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DisconnectedError, HTTPStatus.SERVICE_UNAVAILABLE),
    (LockedError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ResumeError, HTTPStatus.CONFLICT),
    (UndoError, HTTPStatus.CONFLICT),
    (OptionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SourceError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SchemaError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SinkError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
"""The first class that an error is of decides."""

SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}

CODES = {"rejects-gone": HTTPStatus.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a request.

    Attributes
    ----------
    status
        Status of the answer.
    code
        Stable name of the problem.
    detail
        One sentence for a person.
    others
        What else a program needs to know.
    """

    status: int
    code: str
    detail: str
    others: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, exc: ImporterError) -> Problem:
        """The problem that an error of the package is."""
        status = next((found for kind, found in STATUSES if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
        return cls(status=CODES.get(exc.code, status), code=exc.code, detail=str(exc))

    def as_dict(self) -> dict[str, Any]:
        """The document.

        Examples
        --------
        >>> Problem(status=404, code="job-not-found", detail="no job 'x'").as_dict()["type"]
        'urn:importer:job-not-found'
        """
        title = HTTPStatus(self.status).phrase
        about = {"type": f"urn:importer:{self.code}", "title": title, "status": self.status, "detail": self.detail}
        return {**about, **self.others}


class ProblemError(Exception):
    """A request that is refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem

    @classmethod
    def of(cls, status: HTTPStatus, code: str, detail: str, **others: object) -> ProblemError:
        """The error of a problem."""
        return cls(Problem(status=status, code=code, detail=detail, others=others))
