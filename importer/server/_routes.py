"""Where each handler is, and the description of all of them in OpenAPI: `ROUTES`, `OpenApi`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from importer.server._as_json import SCHEMAS
from importer.server._call import JSON, PROBLEM, Call, call
from importer.server._events import Events
from importer.server._handler import Handler
from importer.server._jobs import Action, Job, Jobs, Undo
from importer.server._operations import Complete, Fail, Operation, Operations, Update
from importer.server._problem import SCHEMA
from importer.server._rejects import Rejects, RejectsPage

if TYPE_CHECKING:
    from tornado.web import RequestHandler

__all__ = ["ROUTES", "OpenApi", "pattern"]

VERSION = "1"
"""Rises when a program that keeps to the description would have to change."""

METHODS = ("get", "post")
CHOICE = re.compile(r"\{([a-z|]*\|[a-z|]*)\}")
"""A part of a path that is one of several words."""


class OpenApi(Handler):
    """The description of the interface."""

    @call(answers={JSON: {"type": "object"}})
    def get(self) -> None:
        """The description of the interface."""
        self.answer(document(f"{self.base_url}importer/api"))


ROUTES: dict[str, type[RequestHandler]] = {
    "jobs": Jobs,
    "jobs/{job_id}": Job,
    "jobs/{job_id}/events": Events,
    "jobs/{job_id}/rejects.{xlsx|csv}": Rejects,
    "jobs/{job_id}/rejects.json": RejectsPage,
    "jobs/{job_id}/{pause|resume|cancel}": Action,
    "jobs/{job_id}/undo": Undo,
    "operations": Operations,
    "operations/{job_id}": Operation,
    "operations/{job_id}/events": Events,
    "operations/{job_id}/{pause|resume|cancel}": Action,
    "operations/{job_id}/update": Update,
    "operations/{job_id}/complete": Complete,
    "operations/{job_id}/fail": Fail,
    "openapi.json": OpenApi,
}


def pattern(path: str) -> str:
    r"""The path as a regular expression.

    Examples
    --------
    >>> pattern("jobs/{job_id}/rejects.{xlsx|csv}")
    'jobs/([^/]+)/rejects\\.(xlsx|csv)'
    """
    return CHOICE.sub(r"(\1)", path.replace(".", r"\.")).replace("{job_id}", "([^/]+)")


@cache
def document(server: str) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, Any] = {}
    for path, handler in ROUTES.items():
        for word in (CHOICE.search(path) or ["", ""])[1].split("|"):
            methods = {name: getattr(handler, name) for name in METHODS}
            calls = {name: (method, getattr(method, "call", None)) for name, method in methods.items()}
            paths[f"/{CHOICE.sub(word, path)}"] = {
                **({"parameters": [{"$ref": "#/components/parameters/job_id"}]} if "{job_id}" in path else {}),
                **{name: found.described(method) for name, (method, found) in calls.items() if isinstance(found, Call)},
            }
    problem = {"description": "A problem document, see RFC 9457", "content": {PROBLEM: {"schema": SCHEMA}}}
    job_id = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Imports and operations, live", "version": VERSION},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "parameters": {"job_id": job_id},
            "responses": {"Problem": problem},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
