"""A new table of a database that commits when a table is made: `NewTable`."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import DisconnectedError
from importer.sinks._tables import create

if TYPE_CHECKING:
    from importer.core import Table
    from importer.sinks._checkpoints import Checkpoints
    from importer.sinks._dialect import Dialect

__all__ = ["INTERIM", "NewTable"]

INTERIM = "_importer_new_"
"""How the name of a table begins before its first commit."""


class NewTable:
    """A table that gets its name with its first commit, so that nobody sees it half made.

    Until then it has an interim name, and the job's checkpoint is stored under that name: a checkpoint under
    an interim name says that the table holds committed rows and only lacks its name.

    Parameters
    ----------
    dialect, checkpoints
        The database, and the checkpoints in it.
    is_trial
        Whether the table is made for a dry run.
    """

    def __init__(self, dialect: Dialect, checkpoints: Checkpoints, *, is_trial: bool) -> None:
        self._dialect = dialect
        self._checkpoints = checkpoints
        self._is_trial = is_trial
        self._made: Table | None = None

    def finish_earlier(self, table: str) -> None:
        """Finish what a run left undone that was killed between its first commit and the renaming."""
        interim = interim_name(table)
        if self._checkpoints.has(interim):
            if self._dialect.kind(interim) is not None:
                self._dialect.put_in_place(interim, table)
            self._checkpoints.rename(interim, table)

    def make(self, table: Table) -> Table:
        """Make the table under its interim name, and return it."""
        made = replace(table, name=interim_name(table.name))
        if self._made is None or not self._is_trial:
            if not self._is_trial:
                self._drop(made.name)
            create(self._dialect, made, is_temporary=self._is_trial)
        self._made = made
        return made

    def put_in_place(self, table: str) -> None:
        """Give the table its name once its first rows are committed.

        Raises
        ------
        SinkError
            If the table that it replaces cannot be dropped; the new one is dropped then.
        """
        interim = interim_name(table)
        try:
            self._dialect.put_in_place(interim, table)
        except self._dialect.errors as exc:
            failure = self._dialect.failed(exc)
            if not isinstance(failure, DisconnectedError):
                self._checkpoints.delete(interim)
                self._drop(interim)
            raise failure from exc
        self._checkpoints.rename(interim, table)

    def keep(self) -> None:
        """Keep the table from now on: it is being committed, or another run of the job has made its own."""
        self._made = None

    def drop(self) -> None:
        """Drop the table if it is not kept. A lost connection leaves it to the next import, which drops it."""
        made, self._made = self._made, None
        if made is None or self._is_trial:
            return
        with suppress(*self._dialect.errors):
            if self._dialect.in_transaction:
                self._dialect.rollback()
            self._drop(made.name)

    def _drop(self, interim: str) -> None:
        self._dialect.execute(f"DROP TABLE IF EXISTS {self._dialect.target(interim)}")


def interim_name(table: str) -> str:
    """The name of a table before its first commit, the same in every run.

    Examples
    --------
    >>> interim_name("orders")
    '_importer_new_1c168adb00d208e4'
    """
    return f"{INTERIM}{hashlib.sha256(table.encode()).hexdigest()[:16]}"
