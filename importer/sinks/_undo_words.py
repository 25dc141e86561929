"""Why a job cannot be undone, in words: `refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import UndoError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNDO_REFUSALS", "refused", "table_changed"]

UNDO_REFUSALS = {
    "nothing": "nothing was kept to undo it: its table has no key, or it ran with undo=False",
    "off": "nothing was kept to undo it",
    "no-key": "its table has no key, so nobody knows which rows it wrote",
    "replaced": "it replaced the rows of {table!r}, and what was there before is not kept",
    "emptied": "a later import replaced the rows of {table!r}",
    "size": "it changed more rows than are kept to undo imports",
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

FIXES = {
    "off": ["import with undo=True next time"],
    "size": ["set IMPORTER_UNDO_ROWS to a higher number before such an import"],
    "room": ["set IMPORTER_UNDO_ROWS to a higher number"],
    "permission": ["ask for the right to do so"],
    "table-gone": ["give the table its name back"],
    "undone": ["import the file again, if its rows are to be back"],
    "key-not-unique": ["make a unique index on its key"],
}


def refused(why: str, job_id: str, *, table: str = "", undone_by: str | None = None) -> UndoError:
    """The error that says why the job cannot be undone.

    Examples
    --------
    >>> print(refused("replaced", "4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d", table="orders"))
    job 4c1d8a52 cannot be undone: it replaced the rows of 'orders', and what was there before is not kept
    """
    said = UNDO_REFUSALS.get(why, UNDO_REFUSALS["off"]).format(table=table, undone_by=(undone_by or "")[:8])
    return UndoError(
        f"job {job_id[:8]} cannot be undone: {said}",
        code=f"undo-{why}",
        facts={"job": job_id, "table": table},
        fixes=FIXES.get(why, []),
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
