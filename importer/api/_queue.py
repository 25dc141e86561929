"""Put an import into the queue: `submit`, `retry`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import engine
from importer.api._table_name import table_name
from importer.core import Options
from importer.errors import OptionError
from importer.store import RETRIES, wait_until_recorded

if TYPE_CHECKING:
    import os

    from importer.store import JobRecord

__all__ = ["retry", "submit"]


def submit(
    file: str | os.PathLike[str],
    *,
    into: str | os.PathLike[str],
    priority: int = 0,
    after: str | JobRecord | None = None,
    retries: int = RETRIES,
    **options: Any,  # noqa: ANN401 - the options of an import, by name
) -> JobRecord:
    r"""Queue an import, and return its record at once; a process that runs ``importer worker`` imports the file.

    The file and the database are not opened here: what is wrong with them shows in the history, as for any job. The
    file is read when a worker takes the job, as it is then.

    Parameters
    ----------
    file
        The file, which the worker has to reach under the same path.
    into
        The database, as a URL without a password: the queue keeps none.
    priority
        Jobs with a higher number are run first.
    after
        A job that has to succeed before: its record, or its id.
    retries
        How often the job is begun again at most, if its database is away or its worker dies.
    options
        As for `plan`.

    Raises
    ------
    OptionError
        If an option cannot have its value.
    SourceError
        If there is no such file.
    SinkError
        If `into` does not name a database.
    SchemaError
        If the schema is Python of your own, which a worker does not run.

    Examples
    --------
    >>> import importer, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "orders.csv")
    >>> _ = file.write_text("order_id,qty\n1,5\n")
    >>> importer.submit(file, into=file.with_name("shop.db"), key="order_id").state
    <State.PENDING: 'pending'>
    """
    _raise_unless_whole("priority", priority)
    _raise_unless_whole("retries", retries, least=0)
    options.setdefault("table", None)
    if options["table"] is None:
        options["table"] = table_name(file)
    return engine.submit(
        file,
        into,
        Options.of_arguments(options, of="submit()"),
        priority=priority,
        after=after if after is None or isinstance(after, str) else after.job_id,
        retries=retries,
    )


def retry(job: str | JobRecord, *, retries: int = RETRIES) -> JobRecord:
    """Put an import into the queue again that failed, was given up, cancelled or interrupted.

    A worker goes on with it where it was, after its last chunk in the table.

    Parameters
    ----------
    job
        The id of the job or its first characters, or its record.
    retries
        As for `submit`.

    Raises
    ------
    JobNotFoundError
        If no job, or more than one, has such an id.
    ResumeError
        If it is complete, runs or waits already, read what is not kept, or somebody else wrote its record.
    """
    _raise_unless_whole("retries", retries, least=0)
    wait_until_recorded()
    return engine.retry(job if isinstance(job, str) else job.job_id, retries=retries)


def _raise_unless_whole(name: str, value: object, *, least: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        what = "a whole number" if least is None else f"a whole number from {least}"
        raise OptionError(f"{name} must be {what}, not {value!r}", facts={"option": name, "value": str(value)})
