"""What the store needs of a database: `Database`, and the two there are, a SQLite file and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

__all__ = ["LONGEST_AGO_S", "Database"]

LONGEST_AGO_S = 1e10
"""Some three hundred years; what is longer ago has no date in every database."""


class Database(Protocol):
    """Runs one statement at a time, on tables that are as new as the package.

    Every method may be called from any thread, and raises `StoreError` if the database cannot be reached.
    """

    @property
    def label(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether several users may keep their jobs in it."""
        ...

    def now(self, ago_s: float = 0.0) -> str:
        """SQL for this many seconds ago by the clock of the database, as text in ISO 8601."""
        ...

    def age_s(self, column: str) -> str:
        """SQL for how many seconds ago a moment was that `now` wrote."""
        ...

    @property
    def skip_locked(self) -> str:
        """What ends a SELECT that leaves out rows which another transaction is just taking."""
        ...

    def notify(self) -> None:
        """Wake those who `wait`, if the database can."""
        ...

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Wait until somebody notifies, at most so long, or until this is set."""
        ...

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement in a transaction of its own, and return its rows."""
        ...

    def delete(self, table: str, column: str, where: str, values: Sequence[Any]) -> list[str]:
        """Delete the rows that meet the condition, and return what they had in this column."""
        ...

    def shrink(self, table: str) -> None:
        """Give back the space of deleted rows if it is worth it, unless others use the table right now."""
        ...
