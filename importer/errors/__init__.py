"""Every exception and warning of the package.

::

    ImporterError
    ├── OptionError               an option cannot have the value that was given
    ├── SourceError               the file cannot be read
    │   └── SheetNotFoundError    the workbook has no such sheet
    ├── SchemaError               the schema cannot be used for an import
    │   └── ColumnNotFoundError   the file lacks a column that the schema requires
    ├── SinkError                 the database cannot be written
    │   ├── TableExistsError      the table exists, and a second run would double its rows
    │   ├── TableMismatchError    the table exists, and does not fit the schema
    │   ├── DisconnectedError     the connection to the database is lost, perhaps for a moment
    │   └── LockedError           somebody else holds what is needed, and the wait for it is over
    ├── ResumeError               the job cannot continue where it stopped
    │   └── AlreadyImportedError  the file was imported before, in part or as a whole, or is being imported
    ├── UndoError                 the job cannot be undone
    ├── CancelledError            somebody cancelled the operation, which ends here
    ├── StoreError                the history of jobs cannot be reached
    │   └── JobNotFoundError      the history has no such job
    └── RejectsError              rows were refused, and `Report.raise_for_rejects` was called
        └── TooManyRejectsError   more rows were refused than ``max_rejects`` allows

    ImporterWarning (UserWarning)
    ├── ListenerWarning           a listener raised and was detached; the import continues
    └── StoreWarning              the history of jobs cannot be written; the import continues

A row that breaks a rule is data and never raises; see ``report.rejects``.

Every error has a sentence, a stable code, the facts behind the sentence, and fixes, each of which helps:

>>> error = SheetNotFoundError.among("Q33", ["Q1", "Q3"])
>>> error.code, error.fixes
('sheet-not-found', (Fix(option='sheet', value='Q3', when=''),))
>>> print(error)
no sheet 'Q33', only 'Q1', 'Q3'; give sheet='Q3'
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

from importer.errors._message import Command, Fix, Message, in_code, joined
from importer.errors._note import Note, NoteKind, sorted_notes
from importer.errors._notebook import lines_of, shortened
from importer.errors._visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.errors._message import Remedy

__all__ = [
    "AlreadyImportedError",
    "CancelledError",
    "ColumnNotFoundError",
    "Command",
    "DisconnectedError",
    "Fix",
    "ImporterError",
    "ImporterWarning",
    "JobNotFoundError",
    "ListenerWarning",
    "LockedError",
    "Message",
    "Note",
    "NoteKind",
    "OptionError",
    "RejectsError",
    "ResumeError",
    "SchemaError",
    "SheetNotFoundError",
    "SinkError",
    "SourceError",
    "StoreError",
    "StoreWarning",
    "TableExistsError",
    "TableMismatchError",
    "TooManyRejectsError",
    "UndoError",
    "choices",
    "in_code",
    "joined",
    "shortened",
    "sorted_notes",
    "visible",
]


MANY = 12
"""More names than this are not listed if one of them is near."""


def choices(name: str, names: Iterable[str]) -> str:
    """The nearest of the names as a question, then all names, unless there are many.

    Examples
    --------
    >>> choices("Q33", ["Q1", "Q3"])
    "did you mean 'Q3'? There are: Q1, Q3"
    """
    known = list(names)
    near = get_close_matches(name, known, n=1)
    if near and len(known) > MANY:
        return f"did you mean {near[0]!r}?"
    start = f"did you mean {near[0]!r}? There" if near else "there"
    return f"{start} are: {', '.join(known) or 'none'}"


class ImporterError(Exception):
    """Base class of all errors of the package.

    Parameters
    ----------
    sentence
        What is wrong, and where: lower case, no full stop, no code.
    code
        A stable name of the problem; by default that of the class.
    facts
        The values in the sentence, by name: plain values only, so that they can be written as JSON.
    fixes
        What to do about it.

    Examples
    --------
    >>> print(SourceError("'a.csv' is not UTF-8", fixes=[Fix("encoding")]))
    'a.csv' is not UTF-8; give encoding=…
    """

    code = "import-failed"

    def __init__(
        self,
        sentence: str = "",
        *,
        code: str | None = None,
        facts: Mapping[str, Any] | None = None,
        fixes: Iterable[Remedy] = (),
    ) -> None:
        message = Message(sentence, fixes)
        super().__init__(message.sentence)
        if code is not None:
            self.code = code
        self.facts = dict(facts or {})
        self.fixes = message.fixes

    def __str__(self) -> str:
        """The sentence and what to do, in Python."""
        return str(self.message)

    @property
    def message(self) -> Message:
        """The sentence with its fixes."""
        return Message(self.args[0], self.fixes)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that would help."""
        return tuple(fix.option for fix in self.fixes if isinstance(fix, Fix))

    def as_dict(self) -> dict[str, Any]:
        """The error as plain values."""
        return {"code": self.code, "sentence": self.args[0], "facts": self.facts}

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of the traceback."""
        return lines_of(self)


class OptionError(ImporterError, ValueError):
    """An option cannot have the value that was given; the message says what it can be."""

    code = "option-invalid"


class SourceError(ImporterError):
    """The file cannot be read."""

    code = "source-unreadable"


class SheetNotFoundError(SourceError):
    """The workbook has no such sheet."""

    code = "sheet-not-found"

    @classmethod
    def among(cls, sheet: str | int, names: Iterable[str]) -> Self:
        """The error that names the existing sheets."""
        names = list(names)
        near = get_close_matches(str(sheet), names, n=1)
        return cls(
            f"no sheet {sheet!r}, only {', '.join(map(repr, names)) or 'none'}",
            facts={"sheet": sheet, "sheets": names},
            fixes=[Fix("sheet", *near)],
        )


class SchemaError(ImporterError):
    """The schema cannot be used for an import."""

    code = "schema-unusable"


class ColumnNotFoundError(SchemaError):
    """The file lacks a column that the schema requires."""

    code = "column-not-found"

    @classmethod
    def among(cls, missing: Iterable[str], labels: Iterable[str]) -> Self:
        """The error that names the missing columns and the existing headers."""
        missing, labels = list(missing), list(labels)
        names, have = ", ".join(map(repr, missing)), ", ".join(map(repr, labels)) or "none"
        return cls(
            f"no column in the file fits {names}. The headers are: {have}",
            facts={"columns": missing, "headers": labels},
            fixes=[Fix("mapping", dict.fromkeys(missing, ...)), "name an alias in the column's metadata"],
        )


class SinkError(ImporterError):
    """The database cannot be written."""

    code = "sink-unwritable"


class TableExistsError(SinkError):
    """The table exists, and a second run would double its rows."""

    code = "table-exists"


class TableMismatchError(SinkError):
    """The table exists, and does not fit the schema."""

    code = "table-mismatch"


class DisconnectedError(SinkError):
    """The connection to the database is lost, perhaps for a moment; the current chunk may not be written."""

    code = "disconnected"


class LockedError(SinkError):
    """Somebody else holds the table or the database, and the wait for it is over."""

    code = "locked"


class ResumeError(ImporterError):
    """The job cannot continue where it stopped."""

    code = "resume-impossible"


class TakenOverError(ResumeError):
    """Another run continues the job, so this one has stopped."""

    code = "job-taken-over"

    @classmethod
    def of(cls, job_id: str) -> Self:
        """The error that names the job."""
        return cls(
            f"job {job_id[:8]} was taken over by another process, so this run has stopped; nothing was written twice",
            facts={"job": job_id},
            fixes=[Command("see how it stands", "show", job_id[:8])],
        )


class AlreadyImportedError(ResumeError):
    """The file was imported into this table before, in part or as a whole, or is being imported.

    Attributes
    ----------
    job_id
        The job that imported it.
    is_done, is_live
        Whether the whole file is in the table, or is being imported right now.
    """

    code = "already-imported"

    def __init__(
        self,
        sentence: str = "",
        *,
        job_id: str = "",
        is_done: bool = False,
        is_live: bool = False,
        **parts: Any,  # noqa: ANN401 - those of every error
    ) -> None:
        super().__init__(sentence, **parts)
        self.facts = {"job": job_id, **self.facts}
        self.job_id = job_id
        self.is_done = is_done
        self.is_live = is_live


class UndoError(ImporterError):
    """The job cannot be undone."""

    code = "undo-impossible"


class CancelledError(ImporterError):
    """Somebody cancelled the operation, which ends here."""

    code = "cancelled"


class StoreError(ImporterError):
    """The history of jobs cannot be reached."""

    code = "store-unreachable"


class JobNotFoundError(StoreError):
    """The history has no such job."""

    code = "job-not-found"


class RejectsError(ImporterError):
    """Rows were refused."""

    code = "rows-refused"


class TooManyRejectsError(RejectsError):
    """More rows were refused than ``max_rejects`` allows."""

    code = "too-many-rejects"


class ImporterWarning(UserWarning):
    """Base class of all warnings of the package."""


class ListenerWarning(ImporterWarning):
    """A listener raised and was detached; the import continues."""


class StoreWarning(ImporterWarning):
    """The history of jobs cannot be written; the import continues."""
