"""Where rows go: `Sink`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from importer.core import Chunk, Table, Written

__all__ = ["Checkpointed", "Inspected", "Sink"]


class Checkpointed(Protocol):
    """A job, as a sink sees it that keeps checkpoints: texts that commit together with the rows they tell of."""

    @property
    def job_id(self) -> str:
        """Name of the job among all others."""
        ...

    def recall(self, checkpoints: Mapping[str, str]) -> bool:
        """Hear what the target remembers of the jobs that wrote to the table, by job; raise to stop here.

        Returns
        -------
        Whether this job is to go on with the table as it is.
        """
        ...

    def checkpoint(self, written: Written | None) -> str:
        """How far the job is once these rows are committed; without any, it is done."""
        ...


@runtime_checkable
class Sink(Protocol):
    """One table of a database, or something that behaves like one.

    A sink is used by one job, from one thread: ``begin``, any number of ``write``, then ``finish``
    where all went well, and always ``close``. One that does better with larger or smaller chunks
    than `CHUNK_ROWS` may have an attribute ``chunk_rows``.
    """

    @property
    def label(self) -> str:
        """What a person calls the target; never with a password."""
        ...

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Connect, and make or check the table; nothing is left behind when it raises.

        A sink that keeps checkpoints has the job `recall` them before it makes anything, and stores
        with every chunk, in its transaction, what the job's `checkpoint` says.
        """
        ...

    def write(self, chunk: Chunk) -> Written:
        """Put one checked chunk into the table, in one transaction: all of it or an exception."""
        ...

    def finish(self) -> None:
        """Whatever is owed after the last chunk."""
        ...

    def close(self) -> None:
        """Let go of the connection; what was not committed is rolled back. May be called twice."""
        ...


@runtime_checkable
class Inspected(Protocol):
    """A sink that can show rows of its table, so that a dry run can tell what would change."""

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Rows with these keys as the database holds them now: all columns of the table, by key."""
        ...
