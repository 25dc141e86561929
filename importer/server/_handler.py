"""What all handlers of the interface do alike: `Handler`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from importer.core import is_job_id
from importer.errors import ImporterError, OptionError
from importer.server._problem import Problem, ProblemError

if TYPE_CHECKING:
    from importer.server._service import Service

__all__ = ["LARGEST_BODY", "RESOURCE", "Handler", "Missing", "parsed_body", "too_large", "whole_id", "whole_number"]

RESOURCE = "importer"
"""What an authorizer of the server is asked about."""

LARGEST_BODY = 1 << 20
"""Bytes of options that a request may have."""


class Handler(APIHandler):
    """A handler that answers with JSON, or with a problem document."""

    auth_resource = RESOURCE

    def initialize(self, service: Service) -> None:
        """Take what all requests share."""
        self.service = service

    def answer(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(value, ensure_ascii=False))

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; an empty one if nothing was.

        Raises
        ------
        ProblemError
            If something else was sent.
        """
        return parsed_body(self.request.body, self.request.headers.get("Content-Type", ""))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - as tornado calls it
        """Answer with a problem document."""
        exc = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(exc, ProblemError):
            problem = exc.problem
        elif isinstance(exc, ImporterError):
            problem = Problem.of(exc)
        else:
            said = (isinstance(exc, web.HTTPError) and exc.log_message) or self._reason
            problem = Problem(status=status_code, code=f"http-{status_code}", detail=str(said))
        self.set_status(problem.status)
        if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = [name.upper() for name in ("get", "post") if name in vars(type(self))]
            self.set_header("Allow", ", ".join([*allowed, "OPTIONS"]))
        self.finish(json.dumps(problem.as_dict(), ensure_ascii=False), set_content_type="application/problem+json")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:  # noqa: ANN401 - as tornado calls it
        """Log only what nobody foresaw."""
        if not isinstance(value, ProblemError | ImporterError):
            super().log_exception(typ, value, tb)


class Missing(Handler):
    """Whatever is not there."""

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Say so."""
        raise web.HTTPError(HTTPStatus.NOT_FOUND)

    post = put = patch = delete = get


def parsed_body(sent: bytes, content_type: str) -> dict[str, Any]:
    """The JSON object that was sent; an empty one if nothing was.

    Raises
    ------
    ProblemError
        If something else was sent.

    Examples
    --------
    >>> parsed_body(b'{"force": true}', "application/json; charset=utf-8")
    {'force': True}
    """
    if len(sent) > LARGEST_BODY:
        raise too_large(LARGEST_BODY)
    if not sent.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError.of(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", f"the body must be application/json, not {kind[:80]!r}"
        )
    try:
        found = json.loads(sent)
    except (ValueError, RecursionError) as exc:
        raise ProblemError.of(HTTPStatus.BAD_REQUEST, "not-json", "the body is not valid JSON") from exc
    if not isinstance(found, dict):
        raise ProblemError.of(HTTPStatus.BAD_REQUEST, "not-an-object", "the body must be a JSON object")
    return found


def too_large(most: int) -> ProblemError:
    """The refusal of a body that has more bytes than it may."""
    said = f"the body has more than {most:,} bytes"
    return ProblemError.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", said)


def whole_id(job_id: str) -> str:
    """The id of a job in a URL.

    Raises
    ------
    ProblemError
        If it is none.
    """
    if not is_job_id(job_id):
        raise ProblemError.of(HTTPStatus.NOT_FOUND, "job-not-found", f"{job_id[:80]!r} is not the id of a job")
    return job_id


def whole_number(name: str, text: str, *, least: int = 1, most: int) -> int:
    """A number in the query of a URL.

    Raises
    ------
    OptionError
        If it is none, too small or too large.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise OptionError(f"{name} must be a whole number from {least} to {most}, not {text[:80]!r}")
    return int(text)
