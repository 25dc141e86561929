"""Sees whether somebody writes to the file of a job while it is read: `SourceWatch`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.errors import Command, SourceError
from importer.sources.many import Fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core import Checkpoint
    from importer.sources import Fingerprint, Source

__all__ = ["SourceTouched", "SourceWatch"]


class SourceTouched(Exception):  # noqa: N818 - no error: the file may hold what it held
    """Somebody wrote to the file, so what was read of it since the last chunk may be of another version.

    Parameters
    ----------
    watch
        What saw it.
    """

    def __init__(self, watch: SourceWatch) -> None:
        super().__init__("the file was written to")
        self.watch = watch


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWatch:
    """The file of a job as it was when the job began.

    Attributes
    ----------
    fingerprint
        Its content, and its state, which is cheap to compare.
    opened
        Opens it again.
    """

    fingerprint: Fingerprint | Fingerprints
    opened: Callable[[], Source]

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.fingerprint.file.name

    def settled(self, wait: Callable[[float], bool]) -> SourceWatch:
        """The watch for the file once nobody writes to it any more; itself if `wait` says to stop.

        Raises
        ------
        SourceError
            If the file is gone, or is written to without an end.
        """
        found = self.fingerprint.settled(wait)
        return self if found is self.fingerprint else replace(self, fingerprint=found)

    def raise_for_change(self, before: SourceWatch, committed: Checkpoint, job_id: str, *, has_key: bool) -> None:
        """Do nothing if the file holds what it held before.

        Raises
        ------
        SourceError
            If its content has changed.
        """
        if self.fingerprint.content == before.fingerprint.content:
            return
        file = self.fingerprint.file
        place: object = str(file.path)
        if isinstance(self.fingerprint, Fingerprints) and isinstance(before.fingerprint, Fingerprints):
            file, place = self.fingerprint.changed(before.fingerprint), ...
        back = Command("put the old content back and resume the job", "resume", job_id[:8])
        fixes = list[Command | str]()
        if not committed.rows_read:
            what, fixes = "nothing was written", [Command("import it as it is now", "load", place)]
        elif has_key:
            what = f"the table has its old rows up to row {committed.last_row:,}"
            fixes = [back, Command("import it as it is now, which updates rows by their key", "load", place)]
        else:
            what = f"the table has its old rows up to row {committed.last_row:,}"
            fixes = [back, "delete these rows and import the file again: without a key, they would be there twice"]
        raise SourceError(
            f"{file.name!r} was changed while it was imported: {what}",
            code="file-changed",
            facts={"file": file.name, "last_row": committed.last_row, "job": job_id},
            fixes=fixes,
        )
