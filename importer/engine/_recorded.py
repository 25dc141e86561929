"""What has to be true of a recorded job before it is resumed or undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Command, Fix, ResumeError
from importer.sinks import WITH_IT, elsewhere, lacks_password

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.errors import ImporterError
    from importer.store import JobRecord

__all__ = ["raise_if_not_own", "raise_if_running", "raise_without_password"]

MOST = 200
"""Characters that a message repeats of a record."""


def raise_if_running(record: JobRecord) -> None:
    """Do nothing if the job is over.

    Raises
    ------
    ResumeError
        If it is not.
    """
    if not record.state.is_final:
        raise ResumeError(
            f"job {record.short_id} is {record.state.value} in process {record.pid} on {record.host}",
            code="job-not-over",
            facts={"job": record.job_id, "state": record.state.value, "process": record.pid, "host": record.host},
            fixes=["wait for it", Command("stop it", "cancel", record.short_id)],
        )


def raise_if_not_own(
    record: JobRecord, command: str, options: Sequence[str], what: str, kind: type[ImporterError] = ResumeError
) -> None:
    """Do nothing if this user wrote the record.

    Parameters
    ----------
    command, options
        What takes the job, and what has to be said again if somebody else wrote the record.
    what
        What the record does not decide then.

    Raises
    ------
    ImporterError
        Of this kind, if somebody else did, or changed it.
    """
    if record.is_own:
        return
    who = f"{record.user_name or 'an unknown user'} on {record.host or 'an unknown host'}"
    said = f"{(record.path or '')[:MOST]!r} into {record.target[:MOST]!r}"
    both = "name both yourself" if len(options) > 1 else "name it yourself"
    raise kind(
        f"the record of job {record.short_id} is not yours: {who} wrote it, or somebody changed it, so it does not "
        f"decide {what}; it says {said}",
        code="record-not-own",
        facts={"job": record.job_id, "file": record.path, "target": record.target, "user": record.user_name},
        fixes=[
            Command(both, command, record.short_id, tuple(map(Fix, options))),
            *(["open the file in the App"] if command == "resume" else []),
        ],
    )


def raise_without_password(record: JobRecord, kind: type[ImporterError] = ResumeError) -> None:
    """Do nothing if the target of the record needs no password, or has one elsewhere.

    Raises
    ------
    ImporterError
        Of this kind, if it lacks one.
    """
    if lacks_password(record.target):
        raise kind(
            f"the password of {record.target!r} is not kept",
            code="password-missing",
            facts={"job": record.job_id, "target": record.target},
            fixes=[WITH_IT, *elsewhere(record.target)],
        )
