"""Every exception and warning of the package.

::

    ImporterError
    ├── OptionError               an option cannot have the value that was given
    ├── SourceError               the file cannot be read
    │   └── SheetNotFoundError    the workbook has no such sheet
    ├── SchemaError               the schema cannot be used for an import
    │   └── ColumnNotFoundError   the file lacks a column that the schema requires
    ├── SinkError                 the database cannot be written
    │   ├── TableExistsError      the table is there and a second run would double its rows
    │   ├── TableMismatchError    the table is there and does not fit the schema
    │   └── DisconnectedError     the connection to the database is gone, perhaps for a moment
    ├── ResumeError               the job cannot go on where it stopped
    │   └── AlreadyImportedError  the file went into this table already, in part or as a whole, or is just going
    ├── StoreError                the history of jobs cannot be had
    │   └── JobNotFoundError      the history knows no such job
    └── RejectsError              rows were refused, and the caller asked to hear of it
        └── TooManyRejectsError   more rows were refused than ``max_rejects`` allows

    ImporterWarning (UserWarning)
    ├── ListenerWarning           a listener raised and was detached; the import goes on
    └── StoreWarning              the history of jobs cannot be written; the import goes on

A row that breaks a rule is data and never raises; see ``report.rejects``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AlreadyImportedError",
    "ColumnNotFoundError",
    "DisconnectedError",
    "ImporterError",
    "ImporterWarning",
    "JobNotFoundError",
    "ListenerWarning",
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
]


def choices(name: str, names: Iterable[str]) -> str:
    """Sentence that offers the nearest of the names, then lists them all.

    Examples
    --------
    >>> choices("Q33", ["Q1", "Q3"])
    "did you mean 'Q3'? There are: Q1, Q3"
    """
    known = list(names)
    near = get_close_matches(name, known, n=1)
    start = f"did you mean {near[0]!r}? There" if near else "there"
    return f"{start} are: {', '.join(known) or 'none'}"


class ImporterError(Exception):
    """Root of everything that the package raises on purpose."""


class OptionError(ImporterError, ValueError):
    """An option cannot have the value that was given; the message says what it can be."""


class SourceError(ImporterError):
    """The file cannot be read; the message says what was found and what to do."""


class SheetNotFoundError(SourceError):
    """The workbook has no such sheet."""

    @classmethod
    def among(cls, sheet: str | int, names: Iterable[str]) -> Self:
        """Error that names the sheets there are."""
        return cls(f"no sheet {sheet!r}: {choices(str(sheet), names)}")


class SchemaError(ImporterError):
    """The schema cannot be used for an import."""


class ColumnNotFoundError(SchemaError):
    """The file lacks a column that the schema requires."""

    @classmethod
    def among(cls, missing: Iterable[str], labels: Iterable[str]) -> Self:
        """Error that names the missing columns and the headers there are."""
        names = ", ".join(repr(name) for name in missing)
        have = ", ".join(repr(label) for label in labels) or "none"
        return cls(
            f"no column in the file fits {names}. The headers are: {have}. "
            "Name the right one with mapping={column: header} or as an alias in the column's metadata"
        )


class SinkError(ImporterError):
    """The database cannot be written."""


class TableExistsError(SinkError):
    """The table is there already and a second run would double its rows."""


class TableMismatchError(SinkError):
    """The table is there already and does not fit the schema."""


class DisconnectedError(SinkError):
    """The connection to the database is gone, perhaps for a moment; nothing of the chunk at hand may be in."""


class ResumeError(ImporterError):
    """The job cannot go on where it stopped."""


class TakenOverError(ResumeError):
    """Another run continues the job, so this one has stopped."""

    @classmethod
    def of(cls, job_id: str) -> Self:
        """Error that names the job."""
        return cls(
            f"job {job_id[:8]} was taken over by another process while this one did not answer. "
            f"Nothing was written twice. See importer.job({job_id[:8]!r}) for how it goes"
        )


class AlreadyImportedError(ResumeError):
    """The file went into this table already, in part or as a whole, or is just going.

    Attributes
    ----------
    job_id
        The job that did it.
    is_done, is_live
        Whether all of it is in the table, or it is just going in.
    """

    def __init__(self, message: str, *, job_id: str = "", is_done: bool = False, is_live: bool = False) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.is_done = is_done
        self.is_live = is_live


class StoreError(ImporterError):
    """The history of jobs cannot be had."""


class JobNotFoundError(StoreError):
    """The history knows no such job."""


class RejectsError(ImporterError):
    """Rows were refused."""


class TooManyRejectsError(RejectsError):
    """More rows were refused than ``max_rejects`` allows."""


class ImporterWarning(UserWarning):
    """Root of the package's warnings."""


class ListenerWarning(ImporterWarning):
    """A listener raised and was detached; the import goes on."""


class StoreWarning(ImporterWarning):
    """The history of jobs cannot be written; the import goes on."""
