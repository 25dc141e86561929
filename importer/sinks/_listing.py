"""The tables of a database, with their rows and columns: `tables_of`."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import SinkError
from importer.sinks._checkpoints import CHECKPOINTS
from importer.sinks._new_table import INTERIM
from importer.sinks._open import dialect_of, is_site
from importer.sinks._undo_log import is_undo_table

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from importer.sinks._dialect import Dialect
    from importer.sinks._protocol import Listed

__all__ = ["tables_of"]

COUNT_S = 1.0
"""Longest time in which rows are counted; of the other tables, the database says about how many there are."""

SMALL, AT_ONCE = 10_000, 50
"""Tables with fewer rows are counted so many in one statement."""


def tables_of(into: str | os.PathLike[str], *, count_s: float = COUNT_S) -> tuple[Listed, ...]:
    """The tables of a database, by name; none if it is a file that does not exist.

    Parameters
    ----------
    into
        The database, as for `importer.plan`.
    count_s
        Longest time in which rows are counted.

    Raises
    ------
    SinkError
        If the database cannot be reached.

    Examples
    --------
    >>> import importer, polars as pl, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> into = f"sqlite:///{folder.name}/shop.db"
    >>> tables_of(into)
    ()
    >>> _ = importer.load(pl.DataFrame({"id": [1, 2]}), into=into, table="orders", listeners=[])
    >>> tables_of(into)
    (Listed(name='orders', columns=('id',), rows=2, is_exact=True),)
    >>> folder.cleanup()
    """
    if is_site(into):
        from importer.sinks import wordpress

        return wordpress.tables(str(into))
    dialect = dialect_of(into)
    if not dialect.is_there:
        return ()
    with closing(dialect):
        try:
            dialect.connect()
            found = [one for one in dialect.tables() if _is_possible(dialect, one.name)]
            counts = _counted(dialect, found, count_s)
        except dialect.errors as exc:
            raise dialect.failed(exc) from exc
    whole = (replace(one, rows=counts[one.name], is_exact=True) if one.name in counts else one for one in found)
    return tuple(sorted(whole, key=lambda one: (one.name.casefold(), one.name)))


def _is_possible(dialect: Dialect, name: str) -> bool:
    """Whether rows can go into a table of this name."""
    with suppress(SinkError):
        is_own = name.casefold() == CHECKPOINTS or is_undo_table(name) or name.startswith(INTERIM)
        return bool(dialect.quote(name)) and not is_own
    return False


def _counted(dialect: Dialect, tables: Sequence[Listed], count_s: float) -> dict[str, int]:
    """Rows of the tables, as far as they are counted in time, the small ones first."""
    ends_at, counts = time.monotonic() + count_s, dict[str, int]()
    for names in _at_once(tables):
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            break
        sql = " UNION ALL ".join(f"SELECT {at}, count(*) FROM {dialect.target(one)}" for at, one in enumerate(names))
        # It took too long, or one of them may not be read.
        with suppress(*dialect.errors), dialect.stopping_after(left_s):
            counts |= {names[at]: count for at, count in dialect.execute(sql)}
    return counts


def _at_once(tables: Sequence[Listed]) -> Iterator[list[str]]:
    """Names of the tables that one statement counts."""
    ordered = sorted(tables, key=lambda one: SMALL if one.rows is None else one.rows)
    small = [one.name for one in ordered if one.rows is not None and one.rows < SMALL]
    yield from (small[at : at + AT_ONCE] for at in range(0, len(small), AT_ONCE))
    yield from ([one.name] for one in ordered[len(small) :])
