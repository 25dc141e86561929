"""What an import changes in a table of SQLite, logged by triggers that only its own connection has: `Logging`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.sinks._dialect import Dialect
    from importer.sinks._undo_log import UndoLog

__all__ = ["Logging"]


class Logging:
    """Logs the changes of one connection.

    A trigger for each created row takes as long as the row itself. Where new rows get higher numbers than all that are
    there, they are copied to the log together instead.

    Parameters
    ----------
    dialect
        The connection, in a transaction.
    log
        Where to log.
    """

    def __init__(self, dialect: Dialect, log: UndoLog) -> None:
        self._dialect, self._log = dialect, log
        self._created, self._updated = f"{log.name}_created", f"{log.name}_updated"
        self._into = f"INSERT INTO {dialect.quote(log.name)} (op, {', '.join(log.names)})"
        self._number, self._integer_key = self._row_numbers()
        self._turn(self._updated, is_on=True)

    def stop(self) -> None:
        """Log no more."""
        self._turn(self._updated, is_on=False)
        self._turn(self._created, is_on=False)

    @contextmanager
    def creating(self, part: pl.DataFrame) -> Iterator[None]:
        """Log the rows that are created inside, of which some may not be."""
        last = self._last_number(part)
        # What is rolled back takes its triggers with it.
        self._turn(self._updated, is_on=True)
        self._turn(self._created, is_on=last is None)
        yield
        if last is not None:
            columns = self._dialect.names(self._log.columns)
            target = self._dialect.target(self._log.table)
            into = f"INSERT INTO {self._dialect.target(self._log.name)} (op, {', '.join(self._log.names)})"
            self._dialect.execute(f"{into} SELECT 'c', {columns} FROM {target} WHERE {self._number} > ?", [last])

    def _row_numbers(self) -> tuple[str | None, str | None]:
        """The name of the row's number, None if there is none or other triggers may write, and a key that it is."""
        dialect, log = self._dialect, self._log
        info = dialect.execute(f"PRAGMA main.table_xinfo({dialect.quote(log.table)})")
        taken = {str(name).casefold() for _, name, *_ in info}
        free = [name for name in ("rowid", "_rowid_", "oid") if name not in taken]
        has_none = any(
            without for *_, without, _ in dialect.execute(f"PRAGMA main.table_list({dialect.quote(log.table)})")
        )
        if has_none or not free or dialect.has_triggers(log.table):
            return None, None
        keys = [(str(name), str(kind).upper()) for _, name, kind, _, _, key, _ in info if key]
        return free[0], keys[0][0] if len(keys) == 1 and keys[0][1] == "INTEGER" else None

    def _last_number(self, part: pl.DataFrame) -> int | None:
        """The highest number of a row, if all created rows get higher ones."""
        if self._number is None:
            return None
        [(last,)] = self._dialect.execute(f"SELECT max({self._number}) FROM {self._dialect.target(self._log.table)}")
        last = 0 if last is None else int(last)
        if self._integer_key is None:
            return last if last < 2**62 else None
        key = next((name for name in part.columns if name.casefold() == self._integer_key.casefold()), None)
        lowest = None if key is None or not part[key].dtype.is_integer() else part[key].min()
        return last if isinstance(lowest, int) and lowest > last else None

    def _turn(self, name: str, *, is_on: bool) -> None:
        """Make a trigger, or drop it, unless that is done."""
        dialect, log = self._dialect, self._log
        found = dialect.execute("SELECT 1 FROM temp.sqlite_master WHERE type = 'trigger' AND name = ?", [name])
        if bool(found) == is_on:
            return
        if not is_on:
            dialect.execute(f"DROP TRIGGER temp.{dialect.quote(name)}")
            return
        event = "INSERT" if name == self._created else "UPDATE"
        ops = {"INSERT": {"c": "NEW."}, "UPDATE": {"b": "OLD.", "a": "NEW."}}[event]
        act = " ".join(f"{self._into} VALUES ('{op}', {dialect.names(log.columns, of)});" for op, of in ops.items())
        dialect.execute(
            f"CREATE TEMP TRIGGER {dialect.quote(name)} AFTER {event} ON {dialect.target(log.table)} BEGIN {act} END"
        )
