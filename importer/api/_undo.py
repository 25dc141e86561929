"""Take an import back: `undo`, `start_undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import engine
from importer.api._called import called_rightly
from importer.api._plan import listeners_of
from importer.engine import Job
from importer.store import wait_until_recorded

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from importer.core import Listener
    from importer.engine import Report, UndoJob, UndoReport
    from importer.sinks import Sink
    from importer.store import JobRecord

__all__ = ["start_undo", "undo"]


@called_rightly
def undo(
    job: str | Job | JobRecord | Report,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    force: bool = False,
    dry_run: bool = False,
    listeners: Iterable[Listener] | None = None,
) -> UndoReport:
    """Take an import back: rows that it created are deleted, rows that it updated get their former values.

    Everything happens in one transaction of the database. A table that the import made is dropped; without a key that
    takes `force`, since nobody knows whether its rows were changed. Rows that were changed since, by anybody, are left
    alone, and so are those at which rows of other tables point; the report lists both. The same file can be imported
    again afterwards. To pause or cancel it from code, see `start_undo`.

    Parameters
    ----------
    job
        The id of the job or its first characters, a `Job`, a `JobRecord`, or a `Report`.
    into
        The target, if its URL contains a password, which is not kept, if the record is not your own, or if this
        history does not know the job.
    force
        Whether rows are taken back too that were changed since: what was written there since is lost.
    dry_run
        Whether everything is only counted, and nothing is changed.
    listeners
        As for `plan`; a dry run tells them nothing.

    Raises
    ------
    UndoError
        If the job cannot be undone: it runs, replaced its table, has no key, or its table has changed.
    SinkError
        If the database cannot be reached, or refuses something. Nothing is changed then.

    Examples
    --------
    >>> import importer, polars as pl, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> into = f"sqlite:///{folder.name}/shop.db"
    >>> orders = pl.DataFrame({"order_id": [1, 2], "qty": [5, 7]})
    >>> report = importer.load(orders, into=into, table="orders", key="order_id", listeners=[])
    >>> importer.undo(report, dry_run=True, listeners=[]).sentence
    '2 rows would be removed. The table orders, which the import made, would be dropped.'
    >>> importer.undo(report, listeners=[]).removed
    2
    >>> folder.cleanup()
    """
    wait_until_recorded()
    return engine.undo(_id_of(job), into=into, force=force, dry_run=dry_run, listeners=listeners_of(listeners))


@called_rightly
def start_undo(
    job: str | Job | JobRecord | Report,
    *,
    into: str | os.PathLike[str] | Sink | None = None,
    force: bool = False,
    listeners: Iterable[Listener] | None = None,
) -> UndoJob:
    """Take an import back in the background, and return at once; see ``.pause()``, ``.cancel()``, ``.result()``.

    It obeys after the statement that runs, of which one takes back 50,000 rows. What it has done by then is rolled
    back: a paused undo has changed nothing and locks nothing, and begins again once it is resumed.

    Parameters
    ----------
    job, into, force, listeners
        As for `undo`.

    Raises
    ------
    UndoError
        If the history knows that the job cannot be undone. Other errors are raised by ``.result()``.

    Examples
    --------
    >>> import importer, polars as pl, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> into = f"sqlite:///{folder.name}/shop.db"
    >>> report = importer.load(pl.DataFrame({"id": [1, 2]}), into=into, table="orders", key="id", listeners=[])
    >>> undo = importer.start_undo(report, listeners=[])
    >>> undo.cancel()
    >>> undo.result().progress.state.is_final
    True
    >>> folder.cleanup()
    """
    wait_until_recorded()
    return engine.undo_job(_id_of(job), into=into, force=force, listeners=listeners_of(listeners)).start()


def _id_of(job: str | Job | JobRecord | Report) -> str:
    if isinstance(job, str):
        return job
    if isinstance(job, Job):
        return job.id
    return job.progress.job_id
