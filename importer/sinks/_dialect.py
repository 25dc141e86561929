"""What one kind of database needs that `SqlSink` does not know: `Dialect`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from importer.core import CHUNK_ROWS
from importer.errors import SinkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import polars as pl

    from importer.core import OnConflict, Table, Written
    from importer.sinks._protocol import Column
    from importer.sinks._table_lock import TableLock

__all__ = ["Dialect", "RefusedError", "no_folder", "not_installed", "not_open"]


class RefusedError(Exception):
    """The database refused the rows that it was given and holds none of them.

    Parameters
    ----------
    rule
        As in `importer.Refusal`.
    column
        The column at fault, if the database names it.
    """

    def __init__(self, rule: str, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.column = column


class Dialect(ABC):
    """One database of one kind, and the connection to it.

    To support another kind of database, write a subclass and run `importer.testing.check_sink` on
    ``SqlSink(YourDialect(...))``. The defaults suit a database with ``"quoted"`` names, ``?`` parameters,
    savepoints, and ``CREATE TABLE`` inside transactions.

    Attributes
    ----------
    chunk_rows
        Rows of a chunk that suit the database best.
    has_savepoints
        Whether a part of a transaction can be rolled back. Without savepoints, rows that the database
        refuses are found in transactions of their own, and a dry run needs `scratch`.
    inserts_first
        Whether a plain `insert` is much faster than `merge`, so that it is tried until a key exists already.
    """

    chunk_rows: ClassVar[int] = CHUNK_ROWS
    has_savepoints: ClassVar[bool] = True
    inserts_first: ClassVar[bool] = False

    # The connection

    @property
    @abstractmethod
    def label(self) -> str:
        """URL of the database, without a password."""

    @abstractmethod
    def connect(self) -> None:
        """Connect."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect; what was not committed is rolled back. May be called twice."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement with ``?`` parameters, and return its rows."""

    @abstractmethod
    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement with ``?`` parameters, and return how many rows it changed."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def begin(self) -> None:
        """Open a transaction."""
        self.execute("BEGIN")

    def commit(self) -> None:
        """Commit the open transaction."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Roll the open transaction back."""
        self.execute("ROLLBACK")

    def savepoint(self) -> AbstractContextManager[object]:
        """Roll back what is done inside if it raises."""
        return nullcontext()

    # Errors of the driver

    @property
    @abstractmethod
    def errors(self) -> tuple[type[Exception], ...]:
        """Everything that the driver raises."""

    @property
    @abstractmethod
    def refusals(self) -> tuple[type[Exception], ...]:
        """Errors that mean: the database refuses a row."""

    @abstractmethod
    def refused(self, exc: Exception) -> RefusedError | None:
        """A refusal in words; None if the transaction did not survive it."""

    @abstractmethod
    def failed(self, exc: Exception) -> SinkError:
        """Any other error in words; a `DisconnectedError` if the connection is lost."""

    def is_duplicate(self, exc: Exception) -> bool:  # noqa: ARG002 - for dialects that insert first
        """Whether the refusal says that a unique key exists already."""
        return False

    # The catalog

    def quote(self, name: str) -> str:
        """The name as an identifier.

        Raises
        ------
        SinkError
            If no table or column can have this name.
        """
        if not name or "\x00" in name:
            raise SinkError(
                f"{name!r} cannot be the name of a table or a column",
                code="name-impossible",
                facts={"name": name},
                fixes=["rename it"],
            )
        return '"' + name.replace('"', '""') + '"'

    def names(self, names: Iterable[str], prefix: str = "") -> str:
        """Quoted names, separated by commas."""
        return ", ".join(f"{prefix}{self.quote(name)}" for name in names)

    def target(self, table: str) -> str:
        """The table's name as a statement needs it: quoted and qualified, so that no other table can hide it."""
        return self.quote(table)

    @abstractmethod
    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None if the name is free."""

    @abstractmethod
    def columns(self, table: str) -> list[Column]:
        """The columns that can be written, with the types of their values."""

    @abstractmethod
    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""

    @abstractmethod
    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column."""

    @abstractmethod
    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether a column declared so would change values of that type, or could not hold them."""

    # The rows

    def create_checkpoints(self, sql: str) -> bool:
        """Run the statement that makes the table of checkpoints; False if the user may not make it."""
        self.execute(sql)
        return True

    def prepare(self, table: Table) -> None:  # noqa: B027 - optional
        """Do what `insert` and `merge` need once the table exists, in the same transaction."""

    @abstractmethod
    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert all rows of the frame, whose columns are the table's and `ROW`."""

    @abstractmethod
    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        """Write rows by their key, counted as if they came one by one; ``reject`` refuses existing keys."""

    def bound(self, column: pl.Series) -> Iterable[Any]:
        """Values of a column as parameters of a statement."""
        return column

    def shown(self, column: str) -> str:
        """Expression that reads a column, quoted already, for people."""
        return column

    # Beside the rows

    @abstractmethod
    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock that lets one job at a time write to the table."""

    def scratch(self) -> Dialect:
        """A copy of the database that goes away with its connection; only needed without savepoints."""
        raise NotImplementedError


def not_installed(name: str, extra: str, exc: ImportError) -> SinkError:
    """Error of a dialect whose driver is missing."""
    return SinkError(
        f"{name} is not installed: {exc}",
        code="driver-missing",
        facts={"extra": extra},
        fixes=[f"install it: pip install 'notebook-importer[{extra}]'"],
    )


def not_open(label: str) -> SinkError:
    """Error of a sink that is used before it is opened."""
    return SinkError(f"{label} is not open", code="not-open", fixes=["call open() first"])


def no_folder(path: Path) -> SinkError:
    """Error of a database file whose folder is missing."""
    return SinkError(
        f"the folder {str(path.parent)!r} does not exist",
        code="folder-missing",
        facts={"folder": str(path.parent)},
        fixes=["make it", "name another database"],
    )
