"""What one kind of database needs that `SqlSink` does not know: `Dialect`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from importer.core import CHUNK_ROWS
from importer.errors import SinkError
from importer.sinks._limits import NUL, NameLimit
from importer.sinks._patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.core import OnConflict, Refusal, Table, TableColumn, Written
    from importer.sinks._driver_errors import RefusedError
    from importer.sinks._emptying import Reference
    from importer.sinks._foresight import Foreseeable
    from importer.sinks._protocol import Column, Listed
    from importer.sinks._read_back import Bent
    from importer.sinks._table_lock import TableLock
    from importer.sinks._undo_log import UndoLog

__all__ = ["Dialect"]


class Dialect(ABC):
    """One database of one kind, and the connection to it.

    To support another kind of database, write a subclass and run `importer.testing.check_sink` on
    ``SqlSink(YourDialect(...))``. The defaults suit a database with ``"quoted"`` names, ``?`` parameters,
    savepoints, and ``CREATE TABLE`` inside transactions; the attributes say where yours differs.

    A method may raise errors of the driver: `SqlSink` has `failed` put them into words. Only what `lock`
    returns raises a `SinkError` itself.

    Attributes
    ----------
    chunk_rows
        Rows of a chunk that suit the database best.
    has_savepoints
        Whether a part of a transaction can be rolled back. Without savepoints, rows that the database
        refuses are found in transactions of their own, and a dry run needs `scratch`.
    inserts_first
        Whether a plain `insert` is much faster than `merge`, so that it is tried until a key exists already;
        needs `is_duplicate`.
    writes_around
        Whether it has `write_around`.
    ddl_in_transaction
        Whether ``CREATE TABLE``, ``DROP TABLE`` and renaming are rolled back with their transaction. If they
        commit instead, a new table gets its name with its first commit, for which `put_in_place` is needed,
        and that of a dry run is a ``TEMPORARY TABLE``.
    case_sensitive_names
        Whether ``Orders`` and ``orders`` are two tables.
    quote_mark
        The mark around a name in a statement.
    product
        What people call the database.
    longest_name
        Longest name of a table or a column, None if any will do.
    most_columns
        Columns that a table has at most, None if there is no limit.
    beyond_ascii
        Condition that a text, in place of ``{0}``, has characters beyond ASCII.
    reserved
        How names begin that the database keeps for tables of its own, in lower case; None if any will do.
    reserved_columns
        Names that no column of a table can have.
    row_lock
        What locks the rows of ``t`` that a ``SELECT`` finds, until the transaction ends; empty if nobody else can
        write meanwhile.
    exclusive
        What keeps others from a table, in place of ``{0}``, until the transaction ends; empty if nobody else can write
        meanwhile.
    overriding
        What lets an ``INSERT`` give values that the database would choose itself.
    logs_changes
        Whether an import can be undone: `create_log`, `log_into` and `is_exactly` are there.
    """

    chunk_rows: ClassVar[int] = CHUNK_ROWS
    has_savepoints: ClassVar[bool] = True
    inserts_first: ClassVar[bool] = False
    writes_around: ClassVar[bool] = False
    ddl_in_transaction: ClassVar[bool] = True
    case_sensitive_names: ClassVar[bool] = False
    quote_mark: ClassVar[str] = '"'
    product: ClassVar[str] = "the database"
    longest_name: ClassVar[NameLimit | None] = None
    most_columns: ClassVar[int | None] = None
    beyond_ascii: ClassVar[str] = "octet_length({0}) <> char_length({0})"
    reserved: ClassVar[str | None] = None
    reserved_columns: ClassVar[frozenset[str]] = frozenset()
    row_lock: ClassVar[str] = ""
    exclusive: ClassVar[str] = ""
    overriding: ClassVar[str] = ""
    logs_changes: ClassVar[bool] = False

    # The connection

    @cached_property
    def patience(self) -> Patience:
        """How long to wait for what somebody else holds: a job brings its own, whoever only looks waits briefly."""
        return Patience()

    @property
    @abstractmethod
    def label(self) -> str:
        """URL of the database, without a password."""

    @property
    def is_there(self) -> bool:
        """Whether there is a database, as far as that shows without connecting: False if `connect` would make it."""
        return True

    @abstractmethod
    def connect(self) -> None:
        """Connect, again if it was closed; a statement outside `begin` and `commit` commits by itself."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect; what was not committed is rolled back. May be called twice, and after a lost connection."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement with ``?`` parameters, and return its rows; see `with_markers`."""

    @abstractmethod
    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement with ``?`` parameters, and return how many rows it found to change.

        A row counts even if it already holds the new values.
        """

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open; False if there is no connection."""

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
        """Errors that may mean that the database refuses a row; `refused` decides."""

    @abstractmethod
    def refused(self, exc: Exception) -> RefusedError | None:
        """A refusal in words; None if the error is another one, or ended the transaction although savepoints exist."""

    @abstractmethod
    def failed(self, exc: Exception) -> SinkError:
        """Any other error in words; a `DisconnectedError` if the connection is lost, so that the job tries again.

        Drivers quote URLs: leave out what `label` does not show.
        """

    def explained(self, table: Table, row: pl.DataFrame, refused: RefusedError) -> RefusedError:  # noqa: ARG002 - for dialects that need it
        """The refusal of a single row with what the driver does not say, such as the column."""
        return refused

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
        if self.longest_name is not None and not self.longest_name.allows(name):
            raise SinkError(
                f"the name {name!r} is too long: {self.product} takes {self.longest_name}",
                code="name-too-long",
                facts={"name": name},
                fixes=["shorten it"],
            )
        mark = self.quote_mark
        return mark + name.replace(mark, mark + mark) + mark

    def names(self, names: Iterable[str], prefix: str = "") -> str:
        """Quoted names, separated by commas."""
        return ", ".join(f"{prefix}{self.quote(name)}" for name in names)

    def with_markers(self, sql: str, marker: str) -> str:
        """The statement with the parameter marker of the driver, such as ``%s``, in place of ``?``.

        A ``?`` inside a name or a text stays. If the marker starts with ``%``, every other ``%`` is doubled, as
        such drivers want it in a statement with parameters.
        """
        mark = re.escape(self.quote_mark)

        def replaced(found: re.Match[str]) -> str:
            text = found[0]
            return marker if text == "?" else text.replace("%", "%%") if marker.startswith("%") else text

        return re.sub(f"{mark}[^{mark}]*{mark}|'[^']*'|%|[?]", replaced, sql)

    def target(self, table: str) -> str:
        """The table's name as a statement needs it: quoted and qualified, so that no other table can hide it."""
        return self.quote(table)

    @abstractmethod
    def kind(self, table: str) -> str | None:
        """``'table'``, ``'view'``, or None if the name is free; temporary tables do not count."""

    def tables(self) -> Iterable[Listed]:
        """The tables that rows can go into, as the catalog knows them, so that one can be chosen from a list.

        About how many rows each has is enough; whoever asks counts them within `stopping_after`.
        """
        return ()

    def stopping_after(self, limit_s: float) -> AbstractContextManager[object]:  # noqa: ARG002 - for dialects that can
        """Stop a statement inside after this time, which is one of `errors`."""
        return nullcontext()

    @abstractmethod
    def columns(self, table: str) -> list[Column]:
        """The columns that can be written, with the types of their values."""

    @abstractmethod
    def unique(self, table: str) -> list[set[str]]:
        """Sets of columns that the table keeps unique, its primary key among them."""

    @abstractmethod
    def references(self, table: str, *, own: bool = False) -> Iterable[Reference]:
        """Foreign keys of other tables that point at this one, and those of its own if they are asked for."""

    @abstractmethod
    def delete_triggers(self, table: str) -> list[str]:
        """Names of the triggers that run when rows of the table are deleted."""

    def has_triggers(self, table: str) -> bool:  # noqa: ARG002 - for dialects that need it
        """Whether triggers of the table may leave rows out that nothing refused."""
        return False

    def refers_to_itself(self, table: str) -> bool:  # noqa: ARG002 - for dialects that need it
        """Whether rows of the table point at others of it, so that one may be refused until another is in."""
        return False

    @abstractmethod
    def declared(self, dtype: pl.DataType) -> str:
        """Type to declare for a column, whose values must come back exactly.

        The types are polars' integers, ``Float32``, ``Float64``, ``Boolean``, ``String``, ``Date``, ``Time``,
        ``Duration``, ``Decimal``, ``Datetime`` with and without a zone, ``Enum`` and ``Categorical``.
        """

    def declared_in(self, table: Table, column: TableColumn) -> str:  # noqa: ARG002 - for dialects that need it
        """Type to declare for a column of a new table, if it depends on more than its type, such as on the key."""
        return self.declared(column.dtype)

    @abstractmethod
    def bends(self, dtype: pl.DataType, declared: str) -> bool:
        """Whether values of that type have no place in a column declared so, as `columns` says it.

        It ends the job before the first row. What fits only for some values is for `may_bend`, and what the
        database refuses by itself, such as a number too large for the column, is only a refused row.
        """

    def cannot_hold(self, column: str, dtype: pl.DataType) -> tuple[pl.Expr, str] | None:
        """Values that no column of the database holds as they are, and why; they are refused."""
        return (pl.col(column).str.contains("\0", literal=True), NUL) if isinstance(dtype, pl.String) else None

    def may_bend(self, column: str, dtype: pl.DataType, declared: str) -> pl.Expr | None:  # noqa: ARG002 - for dialects that need it
        """Values that a column declared so might hold as others; None if there can be none.

        A cheap condition is enough: `bent` looks at the rows that it picks. Nothing should be picked from a
        column declared as `declared` says.
        """
        return None

    def bent(self, table: Table, frame: pl.DataFrame) -> Iterable[Bent]:  # noqa: ARG002 - for dialects that need it
        """Values that the table would hold as others, found by a way through its types; they are refused.

        Parameters
        ----------
        table
            The table.
        frame
            Rows with their numbers in `ROW`, and the columns for which `may_bend` has a condition.
        """
        return ()

    def other_spellings(self, table: Table, frame: pl.DataFrame) -> Iterable[Bent]:  # noqa: ARG002 - for dialects that need it
        """Keys that the table has in another spelling, since its collation calls both equal; they are told.

        Asked once the rows of the frame, with their numbers in `ROW`, are written.
        """
        return ()

    # The rows

    def create_checkpoints(self, sql: str) -> bool:
        """Run the statement that makes the table of checkpoints; False if the user may not make it.

        Add what the database needs so that its texts are compared exactly and hold any character.
        """
        self.execute(sql)
        return True

    def prepare(self, table: Table) -> None:  # noqa: B027 - optional
        """Do what `insert` and `merge` need once the table exists, such as a staging table.

        Called at the start of each transaction until one is committed; the table may have an interim name
        until then.
        """

    @abstractmethod
    def insert(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert all rows of the frame, whose columns are the table's and `ROW`."""

    @abstractmethod
    def merge(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict) -> Written:
        """Write rows by their key, counted as if they came one by one; ``reject`` refuses existing keys.

        `merge_staged` does this with two methods of your own. A row that differs only in another unique
        column is a refusal, not an update.
        """

    def misfits(
        self,
        table: Table,  # noqa: ARG002 - for dialects that need it
        frame: pl.DataFrame,  # noqa: ARG002
        doubtful: pl.DataFrame,  # noqa: ARG002
    ) -> Iterable[Refusal]:
        """Rows with a value that its column does not take, whatever else is in the table, such as a number too large.

        Asked before `foreseen`; what it writes is rolled back. It may miss rows.

        Parameters
        ----------
        table
            The table.
        frame
            Rows with their numbers in `ROW`.
        doubtful
            What `bent` looks at before they are written.
        """
        return ()

    def foreseen(
        self,
        table: Table,  # noqa: ARG002 - for dialects that need it
        rows: Foreseeable,  # noqa: ARG002
        tried: Callable[[pl.DataFrame], RefusedError | None],  # noqa: ARG002
    ) -> Iterable[Refusal]:
        """Rows that will surely be refused, found faster than by trying each; some may be missing.

        Asked once some row was refused; what it writes is rolled back.

        Parameters
        ----------
        table, rows
            The table, and what is to be written to it.
        tried
            Why the database refuses a single row, None if it takes it. Without savepoints it ends the transaction.
        """
        return ()

    def write_around(self, table: Table, frame: pl.DataFrame, on_conflict: OnConflict | None) -> Written | None:
        """Insert rows one after another and leave out those that are refused, all in one pass.

        Asked once some row was refused, within a savepoint; only needed with `writes_around`.

        Returns
        -------
        Written or None
            None if it cannot say what each row meets.

        Raises
        ------
        RefusedError
            If a row is neither new nor refused; all rows are rolled back.
        """
        raise NotImplementedError

    def bound(self, column: pl.Series) -> Iterable[Any]:
        """Values of a column as parameters of a statement."""
        return column

    def shown(self, column: str) -> str:
        """Expression that reads a column, quoted already, for people."""
        return column

    def put_in_place(self, new: str, table: str) -> None:
        """Rename a new table to `table` and drop the table of that name, if there is one.

        Only needed without `ddl_in_transaction`. If the new table does not exist, or the old one cannot be
        dropped, this must raise and leave the old one as it is.
        """
        raise NotImplementedError

    # What undoes an import

    def create_log(self, log: UndoLog) -> None:
        """Make the table of the log, whose columns hold exactly what those of the table hold."""
        raise NotImplementedError

    def unpack_log(self, log: UndoLog) -> None:  # noqa: B027 - optional
        """Make the log one row for each row that was written, in the open transaction, if it is not so already."""

    def log_into(self, log: UndoLog | None) -> None:  # noqa: B027 - optional
        """Have `insert` and `merge` log what they change, in their own transaction; None ends that.

        Called at the start of each transaction until one is committed, and after `prepare`.
        """

    def bytes_of(self, table: str) -> int:  # noqa: ARG002 - for dialects that know it
        """About how many bytes a table of logs takes on the disk, 0 if nobody knows; asked once for each job."""
        return 0

    def is_exactly(self, one: str, other: str) -> str:
        """Condition that two columns of the same type hold the same, or nothing, whatever the type calls equal."""
        raise NotImplementedError

    def plainly(self, key: str) -> str:
        """Expression of a key by which the index of the table tells its rows apart."""
        return key

    # Beside the rows

    @abstractmethod
    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock that lets one job at a time write to the table; `FileTableLock` if all jobs run on one host."""

    def scratch(self) -> Dialect:
        """A copy of the database that goes away with its connection; only needed without savepoints."""
        raise NotImplementedError
