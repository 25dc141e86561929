"""What a handler's method takes and answers, said once: it guards the method and is its description in OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["JSON", "PROBLEM", "Call", "call"]

F = TypeVar("F", bound="Callable[..., Any]")

JSON, PROBLEM = "application/json", "application/problem+json"

ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""How any call may be refused: a page of another origin finds nothing, and the history may be out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One method of one handler.

    Attributes
    ----------
    answers
        The schema of what it answers, by media type; None for a file.
    status
        Status of the answer.
    query
        Schemas of the parameters of the query.
    body
        Schemas of the bodies that it takes, by media type.
    refuses
        Statuses of refusals, beside those that any call has.
    may_lack_body
        Whether the body may be left out.
    """

    answers: Mapping[str, Any]
    status: HTTPStatus = HTTPStatus.OK
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    refuses: tuple[HTTPStatus, ...] = ()
    may_lack_body: bool = False

    def described(self, method: Callable[..., Any]) -> dict[str, Any]:
        """The operation object of OpenAPI."""
        said: dict[str, Any] = {"summary": (method.__doc__ or "").partition("\n")[0].rstrip(".")}
        if self.query:
            said["parameters"] = [{"name": name, "in": "query", "schema": one} for name, one in self.query.items()]
        if self.body:
            content = {kind: {"schema": one} for kind, one in self.body.items()}
            said["requestBody"] = {"required": not self.may_lack_body, "content": content}
        found = {kind: {} if one is None else {"schema": one} for kind, one in self.answers.items()}
        refused = {
            str(status.value): {"$ref": "#/components/responses/Problem"} for status in sorted({*ALWAYS, *self.refuses})
        }
        said["responses"] = {str(self.status.value): {"description": self.status.phrase, "content": found}, **refused}
        return said


def call(**about: Any) -> Callable[[F], F]:  # noqa: ANN401 - the attributes of a `Call`
    """Have a method ask for a login and a right first, and describe it."""

    def guarded(method: F) -> F:
        found = cast("Any", web.authenticated(authorized(method)))
        found.call = Call(**about)
        return cast("F", found)

    return guarded
