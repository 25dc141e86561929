"""Put an import into the queue, from which a worker takes it: `submit`.

It loads no more than it needs, so that a command says its id at once.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core import located
from importer.errors import Command, Fix, JobNotFoundError, OptionError, SchemaError, SourceError
from importer.sinks import elsewhere, has_password, raise_if_unusable
from importer.sources.remote import Pages, is_remote, shown
from importer.store import RETRIES, JobRecord, Queued, open_store, user_name

if TYPE_CHECKING:
    from importer.core import Options

__all__ = ["submit"]


def submit(  # noqa: PLR0913 - all but three by keyword
    file: str | os.PathLike[str],
    into: str | os.PathLike[str],
    options: Options,
    *,
    priority: int = 0,
    after: str | None = None,
    retries: int = RETRIES,
    job_id: str | None = None,
) -> JobRecord:
    """Record an import that a worker will run, without opening the file or the database.

    Submitting a job of the same id again changes nothing.

    Raises
    ------
    ImporterError
        If what shows at once makes it impossible.
    """
    path, name = _place(file)
    if not isinstance(into, str | os.PathLike):
        raise OptionError(
            f"a worker is another process, which cannot use the sink {type(into).__name__!r} of this one",
            facts={"option": "into"},
            fixes=[Fix("into", ..., "as the URL of a database")],
        )
    if isinstance(into, str) and has_password(into):
        raise OptionError(
            "the queue keeps no passwords",
            code="password-not-kept",
            facts={"option": "into"},
            fixes=["leave it out of the URL", *elsewhere(into)],
        )
    raise_if_unusable(into, atomic=options.atomic)
    store = open_store()
    record = JobRecord(
        job_id=job_id or str(uuid.uuid4()),
        label=f"{name} → {options.table}",
        path=str(path),
        name=name,
        size=path.stat().st_size if path.is_file() else None,
        target=located(into),
        table_name=options.table or "",
        key_columns=None if options.key is None else ", ".join(options.key),
        schema_code=_code(options),
        options=json.dumps({**options.as_json(), "inferred": options.schema is None}, ensure_ascii=False),
        user_name=user_name(),
    )
    queued = Queued(
        job_id=record.job_id,
        priority=priority,
        after=None if after is None else _earlier(after),
        most_tries=1 + retries,
    )
    store.write(record)
    store.queue.add(queued)
    return record


def _place(file: object) -> tuple[Path, str]:
    """Where the file is, or a folder, or a pattern of names; and how a person calls it."""
    if is_remote(file) or isinstance(file, Pages):
        name = shown(str(file)) if is_remote(file) else repr(file)
        raise SourceError(
            f"{name} is elsewhere, and only files can be put into the queue, which keeps no tokens",
            code="source-not-a-file",
            fixes=["fetch it into a file first", Command("import it here", "load", ...)],
        )
    if not isinstance(file, str | os.PathLike):
        raise SourceError(
            "only files can be put into the queue, as a worker is another process",
            code="source-not-a-file",
            fixes=["write the frame to a Parquet file", Command("import it here", "load", ...)],
        )
    path = Path(file)
    if path.is_file():
        return path.resolve(), path.name
    from importer.sources.many import files_of

    files = files_of(file)
    if files is None:
        raise SourceError(
            f"{str(file)!r} is not there",
            code="file-missing",
            facts={"file": str(file)},
            fixes=["name a file that is there"],
        )
    return path.absolute(), files.label


def _earlier(job_id: str) -> str:
    """The whole id of the job that has to succeed before."""
    try:
        return open_store().job(job_id).job_id
    except JobNotFoundError as exc:
        raise OptionError(
            f"after names no job: {exc.args[0]}", facts={"option": "after", "value": job_id}, fixes=exc.fixes
        ) from exc


def _code(options: Options) -> str | None:
    """The schema as data, or its place if the worker may load it."""
    if options.schema is None:
        return None
    from importer.schema import TRUSTED, is_data, is_trusted, place_of

    code = place_of(options.schema)
    if is_data(code) or is_trusted(code):
        return code
    raise SchemaError(
        f"the schema {code[:200]!r} is Python, and what comes out of the queue makes no Python run",
        code="schema-not-trusted",
        facts={"schema": code[:200]},
        fixes=[f"list it in {TRUSTED} here and where the worker runs", Fix("schema", ..., "with simple rules only")],
    )
