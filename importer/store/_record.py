"""What the store keeps of a job: `JobRecord`."""

from __future__ import annotations

import getpass
import hmac
import json
import socket
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

from importer import checking
from importer.core import Progress, StageInHand, State, Totals, UsedFiles, is_alive, masked, rejects_of
from importer.errors import Command, Fix, Message, StoreError
from importer.sinks import why_not_undo
from importer.store._record_view import record_html, record_text
from importer.store._row import checked_row
from importer.store._seal import seal_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from importer.checking import Rejects
    from importer.core import Kind
    from importer.errors import UndoError

__all__ = ["COLUMNS", "KINDS", "NESTED", "TEXTS", "JobRecord", "user_name"]

SEALED = (
    "job_id",
    "user_name",
    "path",
    "content",
    "sheet",
    "target",
    "table_name",
    "schema_code",
    "options",
    "rows_read",
)
"""What a resumed job obeys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord(Totals):
    """One job, as the store knows it.

    Attributes
    ----------
    job_id, label, kind, state, error
        As in `Progress`; a job whose process died is interrupted.
    message
        The error with its fixes, as JSON.
    path, name, size, content, sheet
        The file: its path, name, size in bytes, fingerprint of its content, and sheet.
    target, table_name, key_columns, options
        The target with its password masked, and the options of the import.
    schema_code
        The code of the schema, or the place of its class: ``module:CLASS``.
    notes
        Notes for the analyst, as JSON.
    first_refused
        The first refused cells of a job that ended, as JSON.
    user_name, host, pid, process
        Who runs it, and where; `process` tells the process from a later one of the same number.
    asked
        What another process asks the job for: ``'pause'``, ``'resume'``, ``'cancel'``.
    checkpoint
        The last one recorded, as JSON; the one in the target is authoritative.
    made_at, started_at, heard_at, finished_at
        Moments in UTC by the clock of the store, as ISO 8601; the store fills in those that are empty.
    undoes
        The import that it undoes.
    pace
        How fast it may go from now on, see the option `pace`; None while the options decide.
    stage
        The stage that an operation is in, as JSON.
    undo_refusal
        Why the target keeps nothing to undo the job, as a word; empty if it does, and None if it has not said.
    given_up_at
        When a worker gave it up after its last retry; None if none did.
    seal
        Shows whether this user wrote what a resumed job obeys, see `is_own`.
    lapses_at
        When a session expires that nobody ends, see `importer.Session`.
    owner
        Whose the record says it is, as anybody can write; the seal alone proves it.
    """

    job_id: str
    state: State = State.PENDING
    label: str = ""
    path: str | None = None
    name: str | None = None
    size: int | None = None
    content: str | None = None
    sheet: str | None = None
    target: str = ""
    table_name: str = ""
    key_columns: str | None = None
    schema_code: str | None = None
    options: str | None = None
    notes: str | None = None
    total: int | None = None
    unit: str = "B"
    rows_per_s: float | None = None
    error: str | None = None
    message: str | None = None
    first_refused: str | None = None
    user_name: str | None = None
    host: str | None = None
    pid: int | None = None
    process: str | None = None
    asked: str | None = None
    checkpoint: str | None = None
    made_at: str = ""
    started_at: str | None = None
    heard_at: str = ""
    finished_at: str | None = None
    seal: str | None = None
    kind: str = "import"
    undoes: str | None = None
    pace: str | None = None
    stage: str | None = None
    undo_refusal: str | None = None
    owner: str | None = None
    given_up_at: str | None = None
    lapses_at: str | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, is_heard: bool) -> JobRecord:
        """The record of a row of the store; a job whose process has died is interrupted.

        Parameters
        ----------
        row
            The columns by name.
        is_heard
            Whether the process has written lately.

        Raises
        ------
        ValueError
            If no job has such a row.
        """
        values = checked_row(row, KINDS)
        values["error"] = _message(values["error"], values["message"])
        if values["target"].startswith("postgres"):
            # Earlier versions kept more of a URL.
            values["target"] = masked(values["target"])
        record = cls(**values)
        if record.state.is_final or record.is_queued or record._is_alive(is_heard=is_heard):
            return record
        return replace(record, state=State.INTERRUPTED, error=record._died)

    @property
    def _died(self) -> Message:
        """Why a job is interrupted that nobody ended."""
        if self.lapses_at is not None:
            return Message(f"it expired: nobody ended it by {self.lapses_at[:19].replace('T', ' ')} UTC")
        if self.kind == "task":
            return Message("its process died", ["run it again"])
        again = Command("undo again", "undo", (self.undoes or "")[:8])
        resume = Command("resume it", "resume", self.short_id)
        return Message("its process died", [again if self.kind == "undo" else resume])

    def _is_alive(self, *, is_heard: bool) -> bool:
        """Whether its process lives: on this host, one that is frozen lives too; elsewhere it has to write."""
        if self.host != socket.gethostname() or self.pid is None:
            return is_heard
        lives = is_alive(self.pid, self.process)
        return is_heard if lives is None else lives

    @property
    def is_queued(self) -> bool:
        """Whether it waits for a worker."""
        return self.state is State.PENDING and self.pid is None

    @property
    def is_given_up(self) -> bool:
        """Whether workers began it as often as they may, and nobody will begin it again unless told to."""
        return self.state is State.FAILED and self.given_up_at is not None

    @property
    def is_own(self) -> bool:
        """Whether this user recorded, from this data folder, what a resumed job obeys, and nobody changed it."""
        seal = self.made_seal()
        return (
            self.user_name == user_name()
            and seal is not None
            and hmac.compare_digest(seal.encode(), (self.seal or "").encode(errors="replace"))
        )

    def made_seal(self, *, makes_key: bool = False) -> str | None:
        """The seal that this user gives to the record; None if the user has no key."""
        return seal_of([getattr(self, name) for name in SEALED], makes_key=makes_key)

    @property
    def short_id(self) -> str:
        """Beginning of the id, which names the job well enough."""
        return self.job_id[:8]

    @property
    def is_inferred(self) -> bool:
        """Whether the job's schema was inferred from its file."""
        return bool(json.loads(self.options or "{}").get("inferred"))

    @property
    def can_undo(self) -> bool:
        """Whether `importer.undo` may take it back, as far as the history knows; its dry run knows better."""
        return self.undo_error is None

    @property
    def why_not_undo(self) -> Message | None:
        """Why `importer.undo` cannot take it back, as far as the history knows, with what to do; None if it may."""
        return None if self.undo_error is None else self.undo_error.message

    @property
    def undo_error(self) -> UndoError | None:
        """The error that `importer.undo` raises for it, as far as the history knows."""
        return why_not_undo(self.progress, self.stored_refusal, table=self.table_name)

    @property
    def stored_refusal(self) -> str | None:
        """Why the target keeps nothing to undo the job, as it said or, if it has not, as the options say."""
        if self.undo_refusal is not None:
            return self.undo_refusal or None
        options = json.loads(self.options or "{}")
        if not options.get("undo", False):
            return "off"
        if options.get("if_table_exists") == "replace":
            return "replaced"
        return None if self.key_columns else "no-key"

    @property
    def progress(self) -> Progress:
        """The newest snapshot that was written."""
        named = {name: getattr(self, name) for name in ("job_id", "label", "state", "total", "unit", "error")}
        stage = None if self.stage is None else StageInHand.of_json(self.stage)
        return Progress(kind=cast("Kind", self.kind), stage=stage, **named, **self.totals)

    @property
    def rejects(self) -> pl.DataFrame:
        """One row for each refused cell, as in `Report`."""
        return self._found.cells()

    @property
    def rejected_rows(self) -> pl.DataFrame:
        """The refused rows as they were read."""
        return self._found.rows()

    def rejects_to(self, path: str | os.PathLike[str]) -> Path:
        """Write the refused rows, as `Report.rejects_to` does; of a job that has not ended, those until now.

        Raises
        ------
        StoreError
            If some of them are no longer kept here.
        ImporterError
            If the file cannot be written, or is one that the job reads or writes.
        """
        return checking.write_rejects(path, self.refused, used=UsedFiles.of(self.path, self.target))

    @property
    def refused(self) -> Rejects:
        """All that the job refused, to be read piece by piece.

        Raises
        ------
        StoreError
            If some of it is no longer kept here.
        """
        found = self._found
        if found.count < self.rejected:
            raise StoreError(
                f"of the {self.rejected:,} refused rows of job {self.short_id}, {found.count:,} are still kept in "
                f"{str(rejects_of(self.job_id))!r}",
                code="rejects-gone",
                facts={"job": self.job_id, "kept": found.count, "rejected": self.rejected},
                fixes=[
                    *([f"run this on {self.host}"] if self.host not in {None, socket.gethostname()} else []),
                    Command("import the file again", "load", ..., (Fix("if_imported", "again"),)),
                ],
            )
        return found

    @property
    def has_rejects(self) -> bool:
        """Whether the refused rows are still kept here."""
        try:
            return any(rejects_of(self.job_id).glob("*.rows.arrow"))
        except StoreError:  # A link lies in its place.
            return False

    @property
    def _found(self) -> Rejects:
        return checking.Rejects.stored(rejects_of(self.job_id))

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values, as ``importer show --json`` prints it."""
        values: dict[str, Any] = {"job_id": self.job_id, "state": self.state.value}
        values |= {name: getattr(self, name) for name in COLUMNS if name not in {*values, *UNTOLD}}
        for name in NESTED:
            values[name] = None if values[name] is None else json.loads(values[name])
        return values

    def __str__(self) -> str:
        """The record as text for a terminal."""
        return record_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return record_html(self)


def _message(error: str | None, message: str | None) -> str | None:
    """The error with its fixes, if they were kept with it."""
    if error is None or message is None:
        return error
    kept = Message.of_json(message)
    return kept if kept == error else error


def user_name() -> str | None:
    """The name of the user whose process this is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # A container may have no name for its user.
        return None


KINDS: dict[str, str] = {field.name: str(field.type) for field in fields(JobRecord)}
"""Type of each column; the annotations are text."""

COLUMNS = tuple(KINDS)

TEXTS = frozenset(name for name, kind in KINDS.items() if kind.startswith("str"))

UNTOLD = ("process", "message", "seal", "owner")

NESTED = ("options", "notes", "first_refused", "checkpoint", "stage")
"""Those that are JSON."""
