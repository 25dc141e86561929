"""Effects that look at a database: `ListTables`, `ListDatabases`, `ReadTable`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.app._events import DatabasesListed, TableRead, TablesListed
from importer.app.choices import FILES, read_code
from importer.app.effects._files import completions
from importer.sinks import head_of, tables_of

if TYPE_CHECKING:
    import os

    from importer.app._events import Event
    from importer.app.effects._port import Port
    from importer.engine import Report
    from importer.sinks import Head

__all__ = ["ListDatabases", "ListTables", "ReadTable", "TableSeen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTables:
    """List the tables of a database, with their rows and columns."""

    into: str = field(repr=False)

    def perform(self, port: Port) -> None:
        """Ask the database."""
        port.tell(TablesListed(into=self.into, tables=tables_of(self.into)))

    def failed(self, _error: Exception) -> Event:
        """Offer no table; the plan says why."""
        return TablesListed(into=self.into, tables=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDatabases:
    """Find the database files whose paths complete the typed one."""

    typed: str
    kind: str

    def perform(self, port: Port) -> None:
        """List them."""
        port.tell(DatabasesListed(typed=self.typed, files=completions(self.typed, FILES[self.kind])))

    def failed(self, _error: Exception) -> Event:
        """Offer no path."""
        return DatabasesListed(typed=self.typed, files=())


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSeen:
    """The table after an import.

    Attributes
    ----------
    head
        Its first rows; None if there is no table, or it cannot be read.
    code
        Python that reads it; None if it cannot be read.
    error
        Why it cannot be read.
    """

    head: Head | None = None
    code: str | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTable:
    """Read the first rows of the table after an import, and count all of them."""

    into: str | os.PathLike[str] = field(repr=False)
    report: Report

    def perform(self, port: Port) -> None:
        """Read them, in a short time."""
        table = self.report.table
        head = head_of(self.into, table)
        code = None if head is None else read_code(self.into, table, head.columns)
        port.tell(TableRead(report=self.report, seen=TableSeen(head=head, code=code)))

    def failed(self, error: Exception) -> Event:
        """The rows are in the table all the same."""
        return TableRead(report=self.report, seen=TableSeen(error=error))
