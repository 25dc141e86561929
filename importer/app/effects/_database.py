"""Effects that look at a database: `ListTables`, `ListDatabases`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.app._events import DatabasesListed, TablesListed
from importer.app.choices import FILES
from importer.app.effects._files import completions
from importer.sinks import tables_of

if TYPE_CHECKING:
    from importer.app._events import Event
    from importer.app.effects._port import Port

__all__ = ["ListDatabases", "ListTables"]


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
