"""Whether a file was imported into a table before, in part or as a whole, or is being imported right now."""

from __future__ import annotations

import warnings
from contextlib import closing
from typing import TYPE_CHECKING

from importer.core import Checkpoint, IfImported, Table
from importer.errors import AlreadyImportedError, Command, Fix, StoreError, StoreWarning
from importer.sinks import open_sink

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from importer.store import JobRecord, Store

__all__ = ["checkpoints_of", "imported_files", "raise_for_imported", "raise_for_imported_files", "raise_for_live"]


AGAIN = (Fix("if_imported", "skip", "to skip it"), Fix("if_imported", "again", "to import it again"))

NAMED = 5
"""Files that an error names."""


def imported_files(files: Mapping[int, str], names: Sequence[str], known: Mapping[str, Checkpoint]) -> dict[int, str]:
    """Which of several files are in the table, each with the job that imported it.

    Parameters
    ----------
    files
        The content of each file, by its place.
    names
        All files, by their places.

    Raises
    ------
    AlreadyImportedError
        If an unfinished job imported a part of one.
    """
    found: dict[int, str] = {}
    for at, content in files.items():
        held = {job_id: checkpoint.has(content) for job_id, checkpoint in known.items()}
        done = next((job_id for job_id, how in held.items() if how == "all"), None)
        begun = next((job_id for job_id, how in held.items() if how == "part"), None)
        if done is not None:
            found[at] = done
        elif begun is not None:
            raise AlreadyImportedError(
                f"{names[at]!r} was imported into this table in part, by job {begun[:8]}, which did not end",
                job_id=begun,
                code="already-begun",
                facts={"file": names[at]},
                fixes=[
                    Command("resume it", "resume", begun[:8]),
                    Fix("if_imported", "again", "to start from the first row"),
                ],
            )
    return found


def raise_for_imported_files(found: Mapping[int, str], names: Sequence[str], count: int) -> None:
    """Do nothing if none of the files is in the table.

    Parameters
    ----------
    count
        How many files there are.

    Raises
    ------
    AlreadyImportedError
        If some are; the message names the first ones.
    """
    if not found:
        return
    told = [f"{names[at]!r} by job {job_id[:8]}" for at, job_id in found.items()]
    more = f" and {len(told) - NAMED:,} more" if len(told) > NAMED else ""
    raise AlreadyImportedError(
        f"{len(found):,} of {count:,} files were imported into this table before: {', '.join(told[:NAMED])}{more}",
        job_id=next(iter(found.values())),
        is_done=True,
        code="files-imported",
        facts={"files": [names[at] for at in found]},
        fixes=[
            Fix("if_imported", "skip", "to import the others alone" if len(found) < count else "to skip them"),
            Fix("if_imported", "again", "to import all again"),
        ],
    )


def raise_for_imported(
    content: str, known: Mapping[str, Checkpoint], if_imported: IfImported, *, is_resumed: bool = False
) -> None:
    """Check the checkpoints of other jobs, which the target keeps.

    Raises
    ------
    AlreadyImportedError
        If one of them imported the same content, or began to.

    Examples
    --------
    >>> from importer.core import Checkpoint
    >>> known = {"4c1d8a52-0": Checkpoint(content="ab12", file="orders.csv", created=38, is_done=True)}
    >>> raise_for_imported("cd34", known, "ask"), raise_for_imported("ab12", known, "again")
    (None, None)
    """
    if not content or if_imported == "again":
        return
    same = [(job_id, checkpoint) for job_id, checkpoint in known.items() if checkpoint.has(content) is not None]
    for job_id, checkpoint in sorted(same, key=lambda found: found[1].has(content) != "all"):
        name = f"job {job_id[:8]}"
        if checkpoint.content != content and checkpoint.has(content) == "all":
            raise AlreadyImportedError(
                f"the file was imported into this table before, among {checkpoint.file!r}, by {name}",
                job_id=job_id,
                is_done=True,
                facts={"file": checkpoint.file},
                fixes=AGAIN,
            )
        if checkpoint.is_done:
            raise AlreadyImportedError(
                f"{checkpoint.file!r} was imported into this table before, by {name}: {checkpoint.created:,} rows "
                f"created, {checkpoint.updated:,} updated",
                job_id=job_id,
                is_done=True,
                facts={"file": checkpoint.file, "created": checkpoint.created, "updated": checkpoint.updated},
                fixes=AGAIN,
            )
        if not is_resumed:
            raise AlreadyImportedError(
                f"{checkpoint.file!r} was imported into this table up to row {checkpoint.last_row:,} by {name}, "
                "which did not end",
                job_id=job_id,
                code="already-begun",
                facts={"file": checkpoint.file, "last_row": checkpoint.last_row},
                fixes=[
                    Command("resume it", "resume", job_id[:8]),
                    Fix("if_imported", "again", "to start from the first row"),
                ],
            )


def checkpoints_of(into: str | os.PathLike[str], table: str) -> dict[str, Checkpoint]:
    """Checkpoints of the jobs that wrote to a table; the target stays as it is.

    Raises
    ------
    SinkError
        If it cannot be reached.
    """
    with closing(open_sink(into)) as sink:
        return dict(sink.open(Table(name=table, columns=())).checkpoints)


def raise_for_live(store: Store, mine: JobRecord) -> None:
    """Check the jobs that are running now; if the store is unreachable, only warn.

    Raises
    ------
    AlreadyImportedError
        If a job that began earlier imports the same file into the same table.
    """
    try:
        found = [job for job in store.live() if (job.target, job.table_name) == (mine.target, mine.table_name)]
    except StoreError as exc:
        said = exc.message.after("the import goes on, but other running imports cannot be seen: ")
        warnings.warn(said, StoreWarning, stacklevel=2)
        return
    my_place = next(((job.made_at, job.job_id) for job in found if job.job_id == mine.job_id), None)
    for job in found:
        is_same = job.content == mine.content or (job.content is None and job.path == mine.path)
        is_earlier = my_place is None or (job.made_at, job.job_id) < my_place
        if is_same and is_earlier:
            raise AlreadyImportedError(
                f"{mine.name!r} is being imported into this table right now, by job {job.short_id} in process "
                f"{job.pid} on {job.host}",
                job_id=job.job_id,
                is_live=True,
                code="import-running",
                facts={"file": mine.name, "process": job.pid, "host": job.host},
                fixes=[
                    "wait for it",
                    Command("see how far it is", "show", job.short_id),
                    Fix("if_imported", "again", "to import it again after that"),
                ],
            )
