"""Files that were sent to a server of this user, each kept for one job: `Upload`, `drop_upload`.

One lies at ``uploads/JOB/DIGEST/NAME``, so that the same file is found again without reading any. It is deleted once
its rows are in the table, or else with the record of the job, which may be resumed until then.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.core import delete_folder, is_job_id, private_folder, safe_name, uploads_home
from importer.errors import JobNotFoundError
from importer.store._open import open_store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Upload", "drop_upload", "sweep_uploads"]

ARRIVING = "arriving"
"""Folder of a file until its digest is known."""

FORGOTTEN_S = 86_400.0
"""A file that belongs to no job is deleted when nothing was written to it for this long."""


class Upload:
    """A file that arrives piece by piece, for this user alone.

    Parameters
    ----------
    job_id
        The job that is to import it.
    name
        What its sender calls it.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, job_id: str, name: str) -> None:
        self.job_id = job_id
        self._folder = private_folder((uploads_home() / job_id).absolute())
        self._name = safe_name(name)
        self._digest = hashlib.sha256()
        place = private_folder(self._folder / ARRIVING) / self._name
        self._file = os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def write(self, piece: bytes) -> None:
        """Add to it."""
        self._file.write(piece)
        self._digest.update(piece)

    def end(self) -> Path:
        """The whole file, at the place where it stays."""
        self._file.close()
        folder = self._folder / self._digest.hexdigest()
        (self._folder / ARRIVING).rename(folder)
        return folder / self._name

    def drop(self) -> None:
        """Delete it."""
        with suppress(OSError):
            self._file.close()
        drop_upload(self.job_id)

    def others(self) -> list[str]:
        """Ids of the jobs whose files have the same content."""
        found = uploads_home().glob(f"*/{self._digest.hexdigest()}")
        return [folder.parent.name for folder in found if folder.parent.name != self.job_id]


def drop_upload(job_id: str) -> None:
    """Delete the file that was sent for a job, if one was."""
    if is_job_id(job_id):
        delete_folder(uploads_home() / job_id)


def sweep_uploads() -> None:
    """Delete the files of servers that ended before they had made a job of them."""
    home, store = uploads_home(), open_store()
    for folder in tuple(home.iterdir()) if home.is_dir() else ():
        with suppress(OSError):
            newest = max(each.stat().st_mtime for each in (folder, *folder.rglob("*")))
            if time.time() - newest < FORGOTTEN_S:
                continue
            try:
                store.job(folder.name)
            except JobNotFoundError:
                drop_upload(folder.name)
