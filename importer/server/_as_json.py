"""A job as the interface shows it, `job_as_json`, and the schema of that: `SCHEMAS`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.core import Progress, State
from importer.engine import can_retry
from importer.store import KINDS, JobRecord, record_word

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCHEMAS", "job_as_json"]

TOLD = (
    *("job_id", "kind", "label", "name", "path", "sheet", "target", "table_name", "key_columns", "total", "unit"),
    *("error", "user_name", "host", "asked", "pace", "undoes", "made_at", "started_at", "finished_at", "lapses_at"),
)

YES_NO, NUMBER, TEXT = {"type": "boolean"}, {"type": ["number", "null"]}, {"type": "string"}


def _rate(record: JobRecord, now: Progress) -> float | None:
    return now.rows_per_s if record.state.is_final or record.rows_per_s is None else record.rows_per_s


COMPUTED: dict[str, tuple[dict[str, Any], Callable[[JobRecord, Progress], object]]] = {
    "state": ({"enum": [state.value for state in State]}, lambda job, _: job.state.value),
    "word": (TEXT, lambda job, _: record_word(job)),
    "is_final": (YES_NO, lambda job, _: job.state.is_final),
    "is_queued": (YES_NO, lambda job, _: job.is_queued),
    "is_given_up": (YES_NO, lambda job, _: job.is_given_up),
    "stage": ({"type": ["object", "null"]}, lambda job, _: None if job.stage is None else json.loads(job.stage)),
    "percentage": (NUMBER, lambda _, now: None if now.fraction is None else round(100 * now.fraction, 2)),
    "rows_per_s": (NUMBER, _rate),
    "remaining_s": (NUMBER, lambda job, now: None if job.state.is_final else now.remaining_s),
    "can_resume": (YES_NO, lambda job, _: job.state.is_final and can_retry(job)),
    "can_undo": (YES_NO, lambda job, _: job.can_undo),
    "why_not_undo": ({"type": ["string", "null"]}, lambda job, _: job.why_not_undo),
    "has_rejects": (YES_NO, lambda job, _: bool(job.rejected) and job.has_rejects),
}
"""What is worked out: its schema, and how."""


def job_as_json(record: JobRecord) -> dict[str, Any]:
    """Counts, state, percentage, rate, time left, error and target of a job; the target has no password.

    Examples
    --------
    >>> from importer.core import State
    >>> from importer.store import JobRecord
    >>> job = JobRecord(job_id="4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d", state=State.RUNNING, completed=1, total=8)
    >>> job_as_json(job)["percentage"]
    12.5
    """
    now = record.progress
    return {
        **{name: getattr(record, name) for name in TOLD},
        **record.totals,
        **{name: made(record, now) for name, (_, made) in COMPUTED.items()},
    }


def _schema_of(kind: str) -> dict[str, Any]:
    """The schema of a column, from its annotation.

    Examples
    --------
    >>> _schema_of("int | None"), _schema_of("str")
    ({'type': ['integer', 'null']}, {'type': 'string'})
    """
    name, _, rest = kind.partition(" | ")
    found = {"int": "integer", "float": "number", "str": "string"}[name]
    return {"type": [found, "null"] if rest else found}


PROPERTIES = {
    **{name: _schema_of(KINDS[name]) for name in (*TOLD, *JobRecord(job_id="").totals)},
    **{name: schema for name, (schema, _) in COMPUTED.items()},
}
SCHEMAS: dict[str, Any] = {
    "Job": {
        "type": "object",
        "properties": PROPERTIES,
        "required": [*PROPERTIES],
        "additionalProperties": False,
    }
}
