"""Where a job starts: anew, after its last committed chunk, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core import Checkpoint, Claim, IfImported, IfTableExists, OnConflict, shortened
from importer.engine._already_imported import imported_files, raise_for_imported, raise_for_imported_files
from importer.errors import Command, Fix, ResumeError, SinkError, TableExistsError
from importer.sinks import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.checking import Rejects
    from importer.core import Table
    from importer.sinks import Found

__all__ = ["Start", "checkpoint_gone", "file_changed", "raise_for_lost_rejects"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What decides where a job starts.

    Attributes
    ----------
    claim
        The job, and the token of this run.
    content, file
        Fingerprint of the file, or of all files, and its label.
    files, names
        The fingerprint of each file by its place, if there are several, and all their names.
    is_resumed
        Whether the job began before.
    has_rows
        Whether rows of the job have to be in the table, as its record says, or because nobody vouches for the record.
    is_blank
        Whether the file has no rows.
    """

    claim: Claim
    content: str = ""
    file: str = ""
    files: Mapping[int, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    is_resumed: bool = False
    has_rows: bool = False
    is_blank: bool = False
    if_imported: IfImported = "ask"
    if_table_exists: IfTableExists | None = None
    on_conflict: OnConflict = "update"
    keeps_empty: bool = False
    adds_columns: bool = False
    logs: bool = False

    def checkpoint(self, found: Found) -> Checkpoint:
        """The job's own checkpoint if the target has one, else the beginning.

        Raises
        ------
        AlreadyImportedError
            If another job imported the same file into the table.
        ResumeError
            If the target no longer knows the job, or knows it with another file.
        """
        others = {job_id: each for job_id, each in found.checkpoints.items() if job_id != self.claim.job_id}
        raise_for_imported(self.content, others, self.if_imported, is_resumed=self.is_resumed)
        own = found.checkpoints.get(self.claim.job_id)
        if own is None and (self.has_rows or (self.is_resumed and self._would_replace(found))):
            raise checkpoint_gone(self.claim.job_id)
        if own is not None and own.content and self.content and own.content != self.content:
            raise file_changed(self.file, self.claim.job_id)
        return own or Checkpoint(content=self.content, file=self.file, files=shortened(self.files))

    def skipped(self, found: Found) -> dict[int, str]:
        """Those of several files that are not to be imported, as they are in the table, each with its job.

        Raises
        ------
        AlreadyImportedError
            If some are, and nobody said what to do, or all are.
        """
        own = found.checkpoints.get(self.claim.job_id)
        if own is not None:
            return {at: "" for at in self.files if at not in own.places}
        if self.if_imported == "again" or self.if_table_exists == "replace":
            return {}
        others = {job_id: each for job_id, each in found.checkpoints.items() if job_id != self.claim.job_id}
        there = imported_files(self.files, self.names, others)
        if self.if_imported == "ask" or len(there) == len(self.files):
            raise_for_imported_files(there, self.names, len(self.files))
        return there

    def _would_replace(self, found: Found) -> bool:
        """Whether rows that are there would be deleted, on the word of a record alone."""
        return found.exists and self.if_table_exists == "replace"

    def mode(self, found: Found, table: Table) -> Mode:
        """How to write to the table.

        Raises
        ------
        TableExistsError
            If it exists and must not.
        SinkError
            If rows are to be updated, but there is no key.
        """
        if self.on_conflict == "update_only" and not table.key:
            raise SinkError(
                "without a key nobody knows which rows to update",
                code="key-missing",
                facts={"table": table.name},
                fixes=[Fix("key")],
            )
        if self.claim.job_id in found.checkpoints:
            return self._mode()
        is_unsafe = self.if_table_exists is None and not table.key and not self.is_blank
        if found.exists and (self.if_table_exists == "fail" or is_unsafe):
            why = ", and without a key a second run would double its rows" if is_unsafe else ""
            raise TableExistsError(
                f"the table {table.name!r} exists already{why}",
                facts={"table": table.name},
                fixes=[
                    Fix("key"),
                    Fix("if_table_exists", "append"),
                    Fix("if_table_exists", "replace"),
                    Fix("table", ..., "to use another one"),
                ],
            )
        return self._mode(replaces=self.if_table_exists == "replace")

    def _mode(self, *, replaces: bool = False) -> Mode:
        return Mode(
            replaces=replaces,
            on_conflict=self.on_conflict,
            keeps_empty=self.keeps_empty,
            adds_columns=self.adds_columns,
            logs=self.logs,
        )


def file_changed(file: str, job_id: str) -> ResumeError:
    """Error of a job whose file is not the one that it began with."""
    return ResumeError(
        f"{file!r} is not what job {job_id[:8]} began with: its content has changed",
        code="file-changed",
        facts={"file": file, "job": job_id},
        fixes=["put the old file back", Command("import this one", "load", ...)],
    )


def checkpoint_gone(job_id: str) -> ResumeError:
    """Error of a job whose rows are in the table as far as it knows, but not as far as the target knows."""
    return ResumeError(
        "the target no longer remembers this job: its table was replaced, or its row in _importer_checkpoints deleted",
        code="checkpoint-gone",
        facts={"job": job_id},
        fixes=[Command("import the file again", "load", ..., (Fix("if_imported", "again"),))],
    )


def raise_for_lost_rejects(checkpoint: Checkpoint, rejects: Rejects) -> None:
    """Do nothing if the rows that the job refused before are still kept.

    Raises
    ------
    SinkError
        If they are not.
    """
    if checkpoint.rejected and rejects.count != checkpoint.rejected:
        raise SinkError(
            f"the job refused {checkpoint.rejected:,} rows before, which are not kept here",
            code="rejects-gone",
            facts={"rejected": checkpoint.rejected},
            fixes=["resume it on the machine and in the folder where it began", "import the file again"],
        )
