"""A table that an import made, and that goes when the import is undone: `MadeTable`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.core import Checkpoint
from importer.sinks._checkpoints import CHECKPOINTS
from importer.sinks._undo_log import UndoLogs
from importer.sinks._undo_words import referenced

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.sinks._dialect import Dialect

__all__ = ["MadeTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeTable:
    """A table as far as its checkpoints know it.

    Attributes
    ----------
    dialect, table
        The database, and the name of the table.
    job_id
        The import that made it.
    wrote
        Rows that the import created, and those that go with it.
    with_it
        How many of them other imports created that go with it.
    others
        Other imports that wrote to it.
    """

    dialect: Dialect
    table: str
    job_id: str
    wrote: int
    with_it: int
    others: int

    @classmethod
    def of(cls, dialect: Dialect, job_id: str, also: Collection[str] = ()) -> Self | None:
        """The table that the job made; None if the target does not know of any.

        Parameters
        ----------
        dialect
            The database.
        job_id
            The job.
        also
            Other imports into the table that go with it.
        """
        if dialect.kind(CHECKPOINTS) is None:
            return None
        kept = dialect.target(CHECKPOINTS)
        found = dialect.execute(f"SELECT table_name FROM {kept} WHERE job_id = ?", [job_id])
        if not found:
            return None
        [(table,)] = found
        rows = dialect.execute(f"SELECT job_id, checkpoint FROM {kept} WHERE {_is_table(dialect)}", [table])
        created: dict[str, int] = {}
        for one, text in rows:
            try:
                checkpoint = Checkpoint.of_text(text)
            except (ValueError, TypeError):
                # It counts as an import that wrote nobody knows what.
                continue
            if one == job_id and not checkpoint.made_table:
                return None
            created[one] = checkpoint.created
        if job_id not in created:
            return None
        with_it = sum(created.get(one, 0) for one in also)
        others = sum(one != job_id and one not in also for one, _ in rows)
        wrote = created[job_id] + with_it
        return cls(dialect=dialect, table=table, job_id=job_id, wrote=wrote, with_it=with_it, others=others)

    def lock(self) -> None:
        """Have nobody else write to the table until the transaction ends."""
        if self.dialect.exclusive:
            self.dialect.execute(self.dialect.exclusive.format(self._target))

    def count(self) -> int:
        """How many rows it has now."""
        [(rows,)] = self.dialect.execute(f"SELECT count(*) FROM {self._target}")
        return int(rows)

    @property
    def is_alone(self) -> bool:
        """Whether nothing else in the database depends on it, as far as it says so."""
        dialect = self.dialect
        return not (list(dialect.references(self.table)) or dialect.delete_triggers(self.table))

    def raise_for_references(self) -> None:
        """Do nothing if no other table points at it.

        Raises
        ------
        UndoError
            If one does.
        """
        if found := [one.table for one in self.dialect.references(self.table)]:
            raise referenced(self.job_id, self.table, found)

    def drop(self) -> None:
        """Drop it, and forget what was kept of imports into it."""
        dialect = self.dialect
        dialect.execute(f"DROP TABLE {self._target}")
        dialect.execute(f"DELETE FROM {dialect.target(CHECKPOINTS)} WHERE {_is_table(dialect)}", [self.table])
        UndoLogs(dialect).empty(self.table)

    @property
    def _target(self) -> str:
        return self.dialect.target(self.table)


def _is_table(dialect: Dialect) -> str:
    return "table_name = ?" if dialect.case_sensitive_names else "lower(table_name) = lower(?)"
