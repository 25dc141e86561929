"""Why a job cannot be undone, in words: `refused`, `why_not_undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Command, Fix, UndoError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core import Progress

__all__ = [
    "UNDO_REFUSALS",
    "WITHOUT_LOG",
    "needs_force",
    "referenced",
    "refused",
    "table_changed",
    "told_otherwise",
    "why_not_undo",
]

UNDO_REFUSALS = {
    "undo": "it is an undo itself",
    "operation": "it is an operation, which keeps nothing that would undo it",
    "check": "it was a check, which changes nothing",
    "not-over": "it is {state}",
    "unchanged": "it changed no row",
    "not-kept": "its database keeps nothing that would undo an import",
    "nothing": "nothing is kept to undo it: its table has no key, it ran with undo=False, or it was undone",
    "off": "nothing was kept to undo it, as it ran with undo=False",
    "no-key": "{table!r} was there before and has no key, so it is not known which rows it wrote",
    "replaced": "it replaced the rows of {table!r}, and what was there before is not kept",
    "emptied": "a later import replaced the rows of {table!r}",
    "size": "it changed more rows than are kept to undo imports",
    "bytes": "it changed more bytes than are kept to undo imports",
    "room": "later imports into {table!r} took the room in which its changes were kept",
    "width": "{table!r} has too many columns to keep its changes in a table beside it",
    "permission": "this user may not make or write the tables in which its changes would have been kept",
    "columns": "the columns of {table!r} changed while it ran",
    "undone": "it was undone already, by job {undone_by}",
    "log-gone": "the table in which its changes were kept was dropped",
    "table-gone": "there is no table {table!r} any more: it was dropped or renamed since",
    "key-not-unique": "nothing keeps the key of {table!r} unique any more",
}
"""What follows the name of the job."""

WITHOUT_LOG = {"no-key", "size", "bytes", "room", "width", "permission", "log-gone"}
"""For these reasons single rows cannot be taken back, but a table that the job made can, with all its rows."""

CODES = {"undo": "job-is-undo", "operation": "undo-not-kept", "not-over": "job-not-over"}
"""Codes that are not called after the reason."""

FIXES: dict[str, Sequence[Fix | Command | str]] = {
    "undo": [Command("import the file again", "load", ..., (Fix("if_imported", "again"),))],
    "off": [Fix("undo", True, "next time")],
    "no-key": [Fix("key", ..., "next time"), Fix("table", ..., "that is new, and can be dropped again")],
    "replaced": [Fix("if_table_exists", "append", "next time")],
    "width": [Fix("table", ..., "that is new, and can be dropped again")],
    "columns": ["leave its columns as they are while an import runs"],
    "not-kept": ["import into SQLite, DuckDB or PostgreSQL, if imports are to be undone"],
    "size": ["set IMPORTER_UNDO_ROWS to a higher number before such an import"],
    "bytes": ["set IMPORTER_UNDO_BYTES to a higher number before such an import"],
    "room": ["set IMPORTER_UNDO_ROWS and IMPORTER_UNDO_BYTES to higher numbers"],
    "permission": ["ask for the right to do so"],
    "table-gone": ["give the table its name back"],
    "undone": ["import the file again, if its rows are to be back"],
    "key-not-unique": ["make a unique index on its key"],
}


def why_not_undo(now: Progress, refusal: str | None, *, table: str = "") -> UndoError | None:
    """Why a job cannot be undone, as far as that is known without its database; None if it can be tried.

    Parameters
    ----------
    now
        The newest snapshot of the job.
    refusal
        What its target said as it wrote, as a word of `UNDO_REFUSALS`.
    table
        The table.

    Examples
    --------
    >>> from importer.core import Progress, State
    >>> done = Progress(job_id="4c1d8a52-0", state=State.SUCCEEDED, rows_read=1, created=1)
    >>> print(why_not_undo(done, None), why_not_undo(done, "off"))
    None job 4c1d8a52 cannot be undone: nothing was kept to undo it, as it ran with undo=False; give undo=True next time
    """
    kinds = {"undo": "undo", "task": "operation", "check": "check"}
    if now.kind in kinds:
        return refused(kinds[now.kind], now.job_id, table=table)
    if not now.state.is_final:
        stop = Command("stop it", "cancel", now.job_id[:8])
        return refused("not-over", now.job_id, table=table, state=now.state.value, fixes=["wait for it", stop])
    why = refusal if now.created or now.updated else "unchanged"
    return None if why is None else refused(why, now.job_id, table=table)


def refused(  # noqa: PLR0913 - all but two by keyword
    why: str,
    job_id: str,
    *,
    table: str = "",
    undone_by: str | None = None,
    state: str = "",
    fixes: Sequence[Fix | Command | str] = (),
) -> UndoError:
    """The error that says why the job cannot be undone.

    Examples
    --------
    >>> print(refused("emptied", "4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d", table="orders"))
    job 4c1d8a52 cannot be undone: a later import replaced the rows of 'orders'
    """
    said = UNDO_REFUSALS.get(why, UNDO_REFUSALS["nothing"]).format(
        table=table, undone_by=(undone_by or "")[:8], state=state
    )
    return UndoError(
        f"job {job_id[:8]} cannot be undone: {said}",
        code=CODES.get(why, f"undo-{why}"),
        facts={"job": job_id, "table": table},
        fixes=fixes or FIXES.get(why, ()),
    )


def table_changed(job_id: str, table: str, before: Mapping[str, str], now: Mapping[str, str]) -> UndoError:
    """The error that says how the columns of the table changed since.

    Examples
    --------
    >>> print(table_changed("4c1d8a52-0", "orders", {"id": "INTEGER", "qty": "TEXT"}, {"id": "INTEGER", "n": "TEXT"}))
    job 4c1d8a52 cannot be undone: 'orders' has changed since: it lost 'qty', it got 'n'; change it back
    """
    lost = [f"it lost {name!r}" for name in before if name not in now]
    new = [f"it got {name!r}" for name in now if name not in before]
    types = [
        f"{name!r} was {before[name]} and is {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]
    said = ", ".join([*lost, *new, *types] or ["its columns have another order"])
    return UndoError(
        f"job {job_id[:8]} cannot be undone: {table!r} has changed since: {said}",
        code="undo-table-changed",
        facts={"job": job_id, "table": table, "before": dict(before), "now": dict(now)},
        fixes=["change it back"],
    )


def needs_force(job_id: str, table: str, rows: int, wrote: int, others: int) -> UndoError:
    """The error that says what would be lost with the table that the job made.

    Examples
    --------
    >>> print(str(needs_force("4c1d8a52-0", "orders", 3, 3, 0)).partition(";")[0])
    job 4c1d8a52 made 'orders', and whether its 3 rows were changed since is not known
    """
    if rows == wrote and not others:
        said = f"whether its {rows:,} rows were changed since is not known"
    else:
        also = f", some perhaps of other imports ({others:,})" if others else ""
        said = f"{wrote:,} rows are of it, but the table has {rows:,} now{also}"
    return UndoError(
        f"job {job_id[:8]} made {table!r}, and {said}",
        code="undo-needs-force",
        facts={"job": job_id, "table": table, "rows": rows, "wrote": wrote, "others": others},
        fixes=[Fix("force", True, "to drop it with all its rows")],
    )


def referenced(job_id: str, table: str, found: Sequence[str]) -> UndoError:
    """The error that says which tables point at the one that the job made."""
    return UndoError(
        f"job {job_id[:8]} cannot be undone: it made {table!r}, and {', '.join(map(repr, found))} points at it",
        code="undo-table-referenced",
        facts={"job": job_id, "table": table, "tables": list(found)},
        fixes=["drop the foreign key there"],
    )


def told_otherwise(job_id: str, table: str, rows: int) -> UndoError:
    """The error that says that the table is another one than was told."""
    return UndoError(
        f"{table!r} has changed since its rows were counted: it has {rows:,} now; nothing was changed",
        code="undo-told-otherwise",
        facts={"job": job_id, "table": table, "rows": rows},
        fixes=["count them again"],
    )
