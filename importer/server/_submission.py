"""An import that a request asks for: `Submission`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from importer import api
from importer.core import OPTIONS, Options, located
from importer.engine import submit
from importer.errors import ImporterError, OptionError, choices
from importer.server._problem import ProblemError
from importer.store import RETRIES, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.server._places import Places
    from importer.store import JobRecord, Upload

__all__ = ["SENT", "SUBMITTED", "Submission"]

LARGEST = 2**31 - 1
"""Largest number that every store keeps."""

NAMES = [name for name in OPTIONS if name != "schema"]
FIELDS: dict[str, Any] = {
    "path": {"type": "string"},
    "into": {"type": "string"},
    "options": {
        "type": ["object", "null"],
        "properties": {name: {"description": OPTIONS[name].help} for name in NAMES},
        "additionalProperties": False,
    },
    "priority": {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
    "after": {"type": ["string", "null"]},
    "retries": {"type": "integer", "minimum": 0, "maximum": LARGEST},
}
"""The schema of each field of a job."""

SENT_FIELDS = {name: schema for name, schema in FIELDS.items() if name != "path"}
SUBMITTED, SENT = (
    {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    for fields, required in ((FIELDS, ["path", "into"]), (SENT_FIELDS, ["into"]))
)
"""The schemas of a job that names a file, and of one that a file comes with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A file and a database that the request may name, with options that run no Python.

    Attributes
    ----------
    file, into
        The file, and the database.
    options
        Options of the import that differ from their defaults.
    queueing
        Options of the queue.
    upload
        The file that came with the request, if it did.
    """

    file: Path
    into: str | Path
    options: Mapping[str, Any]
    queueing: Mapping[str, Any]
    upload: Upload | None = None

    @classmethod
    def of(cls, sent: Mapping[str, Any], places: Places, *, upload: Upload | None = None) -> Submission:
        """The import that a JSON object describes, of a file that it names or that came with it.

        Raises
        ------
        ProblemError, ImporterError
            If it describes none, or one that is not allowed.
        """
        fields = list(FIELDS if upload is None else SENT_FIELDS)
        for name in sent:
            if name not in fields:
                raise OptionError(f"a job has no field {name[:80]!r}: {choices(name[:80], fields)}")
        options, queueing = _options(sent.get("options")), _queueing(sent)
        into = places.target(sent.get("into"))
        file = places.file(sent.get("path")) if upload is None else upload.end()
        options["table"] = options.get("table") or api.table_name(file)
        return cls(file=file, into=into, options=options, queueing=queueing, upload=upload)

    def submit(self) -> JobRecord:
        """Queue it.

        Raises
        ------
        ProblemError
            If another job imports the file into the same table.
        ImporterError
            If what shows at once makes it impossible.
        """
        other = self._other()
        if other is not None:
            raise ProblemError.of(
                HTTPStatus.CONFLICT,
                "file-in-hand",
                f"job {other.short_id} imports this file into this table",
                job_id=other.job_id,
            )
        options = Options.of_arguments(dict(self.options), of="submit()")
        job_id = None if self.upload is None else self.upload.job_id
        return submit(self.file, self.into, options, job_id=job_id, **self.queueing)

    def _other(self) -> JobRecord | None:
        """Another job of the same file and table that waits or runs."""
        store, target = open_store(), located(self.into)
        alike = (one for one in self._of_same_file() if one.target == target and one.kind == "import")
        return next((one for one in alike if not one.state.is_final or store.queue.has(one.job_id)), None)

    def _of_same_file(self) -> Iterator[JobRecord]:
        """The jobs of the file into the table, or of other files with the same content that were sent here."""
        store, table = open_store(), self.options["table"]
        if self.upload is None:
            yield from store.jobs(file=str(self.file), table=table, told=lambda _: None)
            return
        for job_id in self.upload.others():
            with suppress(ImporterError):  # Its record was deleted, or cannot be read.
                if (found := store.job(job_id)).table_name == table:
                    yield found


def _options(sent: object) -> dict[str, Any]:
    """The options that a request gives, checked."""
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise OptionError("options must be an object")
    for name in sent:
        if name == "schema":
            raise OptionError("a schema is Python, and nothing that arrives here makes Python run; use types instead")
        if name not in NAMES:
            raise OptionError(f"there is no option {name[:80]!r}: {choices(name[:80], NAMES)}")
    try:
        given = {name: value for name, value in sent.items() if value is not None}
        if "corrections" in given:
            given["corrections"] = OPTIONS["corrections"].read("corrections", given["corrections"])
        options = dict(Options.of_arguments(given).given())
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError, OverflowError) as exc:
        raise OptionError(f"the options are not of the right kind: {exc}") from exc
    images = options.get("images")
    if images is not None and (images.folder is not None or images.allow_private):
        raise OptionError("images takes no folder and no allow_private here: a request names places of its root alone")
    return options


def _queueing(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the queue, checked where `submit` leaves it to Python."""
    found = {"priority": sent.get("priority", 0), "retries": sent.get("retries", RETRIES)}
    for name, value in found.items():
        least = 0 if name == "retries" else -LARGEST
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
            raise OptionError(f"{name} must be a whole number, not {str(value)[:80]!r}")
    after = sent.get("after")
    if after is not None and not isinstance(after, str):
        raise OptionError("after must be the id of a job")
    return {**found, "after": after}
