"""The folder in which the package keeps what outlives a process, and the names that may become paths in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from importer.errors import Command, StoreError

__all__ = ["home", "is_job_id", "pictures_home", "rejects_home", "rejects_of", "uploads_home"]

JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def home() -> Path:
    """The user's data folder; the variable ``IMPORTER_HOME`` names another."""
    if named := os.environ.get("IMPORTER_HOME"):
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("importer", appauthor=False)


def is_job_id(text: object) -> bool:
    """Whether this is the id of a job: a UUID, as Python writes it.

    Examples
    --------
    >>> is_job_id("4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d"), is_job_id("../4c1d8a52")
    (True, False)
    """
    return isinstance(text, str) and JOB_ID.fullmatch(text) is not None


def rejects_home() -> Path:
    """The folder that holds a folder for each job that refused rows."""
    return home() / "rejects"


def uploads_home() -> Path:
    """The folder that holds a folder for each job whose file was sent to a server of this user."""
    return home() / "uploads"


def pictures_home() -> Path:
    """The folder that holds pictures which were fetched, each once."""
    return home() / "pictures"


def rejects_of(job_id: str) -> Path:
    """Folder of the rows that a job refused.

    Raises
    ------
    StoreError
        If this is no id of a job, or a link lies there, which might lead anywhere.
    """
    if not is_job_id(job_id):
        raise StoreError(
            f"a job has a UUID as its id, which {str(job_id)[:80]!r} is not",
            code="job-id-invalid",
            facts={"job": str(job_id)[:80]},
            fixes=[Command("list the jobs", "jobs")],
        )
    folder = rejects_home() / job_id
    if folder.is_symlink():
        raise StoreError(
            f"the refused rows of job {job_id[:8]} are not read or written: {str(folder)!r} is a link",
            code="rejects-linked",
            facts={"job": job_id, "folder": str(folder)},
            fixes=["look who put it there, and delete it"],
        )
    return folder
