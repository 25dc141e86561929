"""Doubles that users may test with too: `MemorySink`, `FakeClock`, and a browser's upload, `feed`."""

from __future__ import annotations

import uuid
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.core import Refusal, Written
from importer.errors import Fix, TableExistsError, TakenOverError
from importer.sinks import REPEATED, SHARES, Found, Mode

if TYPE_CHECKING:
    from importer.core import Checkpoint, Chunk, Claim, IfTableExists, OnConflict, Table

__all__ = ["FakeClock", "MemorySink", "feed"]

CHUNK_BYTES = 2 << 20


class FakeClock:
    """A clock that moves only when told to.

    Examples
    --------
    >>> clock = FakeClock()
    >>> clock.advance(2.5)
    >>> clock()
    2.5
    """

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Seconds since it was made."""
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


class MemorySink:
    """A table in memory, which behaves as a database's would.

    Parameters
    ----------
    on_conflict, if_table_exists
        As for `importer.plan`, which decides if they are not given here.

    Attributes
    ----------
    rows
        The rows as dictionaries, in the order in which they were created.
    checkpoints
        How far each job is that wrote here, by job.

    Examples
    --------
    >>> import importer, polars as pl
    >>> sink = MemorySink()
    >>> report = importer.load(pl.DataFrame({"id": [1, 2, 2]}), into=sink, table="t", key="id", listeners=[])
    >>> sink.rows, report.progress.unchanged
    ([{'id': 1}, {'id': 2}], 1)
    """

    def __init__(
        self,
        *,
        on_conflict: OnConflict | None = None,
        if_table_exists: IfTableExists | None = None,
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self.checkpoints: dict[str, Checkpoint] = {}
        self.is_open = False
        self._on_conflict = on_conflict
        self._if_table_exists = if_table_exists
        self._tables: list[Table] = []
        self._by_key: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._written: dict[tuple[Any, ...], int] = {}
        self._mode = Mode()
        self._table: Table | None = None
        self._claim: Claim | None = None
        self._before: tuple[list[dict[str, Any]], dict[str, Checkpoint], list[Table]] | None = None

    def twin(self) -> MemorySink:
        """Another sink for the same table, as a second process would have it."""
        return copy(self)

    @property
    def label(self) -> str:
        """Always ``'memory'``."""
        return "memory"

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        """Look at the table."""
        self._table, self._claim, self.is_open = table, claim, True
        self._written = {}
        own = None if claim is None else self.checkpoints.get(claim.job_id)
        if self._tables and self._if_table_exists == "fail" and own is None:
            raise TableExistsError(
                f"the table {table.name!r} exists already",
                facts={"table": table.name},
                fixes=[Fix("if_table_exists", "append"), Fix("if_table_exists", "replace")],
            )
        if claim is not None and own is not None and claim.takes_over:
            self.checkpoints[claim.job_id] = replace(own, owner=claim.owner)
        exists = bool(self._tables) and self._if_table_exists is None
        return Found(exists=exists, checkpoints=dict(self.checkpoints))

    def prepare(self, mode: Mode) -> None:
        """Keep the rows of the jobs before, or replace them."""
        self._remember()
        own = None if self._claim is None else self.checkpoints.get(self._claim.job_id)
        self._mode = replace(mode, on_conflict=self._on_conflict or mode.on_conflict)
        if own is None and (mode.replaces or self._if_table_exists == "replace"):
            for kept in (self.rows, self._by_key, self.checkpoints):
                kept.clear()
        self._tables[:] = [self._table] if self._table else []

    def write(self, chunk: Chunk) -> Written:
        """Put the rows in one by one."""
        self._remember()
        key = () if self._table is None else self._table.key
        created = updated = unchanged = 0
        refused: list[Refusal] = []
        warned: list[Refusal] = []
        for number, row in zip(chunk.rows, chunk.frame.iter_rows(named=True), strict=True):
            name = tuple(row[column] for column in key)
            existing = self._by_key.get(name) if key else None
            if existing is not None and self._mode.keeps_empty:
                row = {column: existing.get(column) if cell is None else cell for column, cell in row.items()}  # noqa: PLW2901
            if existing is None and self._mode.on_conflict == "update_only":
                refused.append(Refusal(row=number, rule="unknown-key", message="no row of the table has its key"))
                continue
            if existing is None:
                self.rows.append(row)
                self._by_key[name] = row
                created += 1
            elif self._mode.on_conflict == "reject":
                refused.append(Refusal(row=number, rule="unique-error", message="the key is in the table already"))
            elif self._mode.on_conflict in {"update", "update_only"} and existing != row:
                existing.update(row)
                updated += 1
            else:
                unchanged += 1
            if key and name in self._written and not (refused and refused[-1].row == number):
                kept = "first" if self._mode.on_conflict == "skip" else "last"
                shared = ", ".join(f"{column} {value}" for column, value in zip(key, name, strict=True))
                message = SHARES.format(key=shared, row=self._written[name], kept=kept)
                warned.append(Refusal(row=number, rule=REPEATED, message=message))
                if kept == "first":
                    continue
            self._written[name] = number
        told = {"refused": tuple(refused), "warned": tuple(warned)}
        return Written(created=created, updated=updated, unchanged=unchanged, **told)

    def commit(self, checkpoint: Checkpoint) -> None:
        """Keep the rows and the checkpoint."""
        if self._claim is not None:
            own = self.checkpoints.get(self._claim.job_id)
            if own is not None and own.owner != self._claim.owner:
                raise TakenOverError.of(self._claim.job_id)
            self.checkpoints[self._claim.job_id] = replace(checkpoint, owner=self._claim.owner)
        self._before = None

    def close(self) -> None:
        """Roll back what was not committed."""
        if self._before is not None:
            key = () if self._table is None else self._table.key
            rows, checkpoints, tables = self._before
            self.rows[:], self._tables[:], self._before = rows, tables, None
            self.checkpoints.clear()
            self.checkpoints.update(checkpoints)
            self._by_key.clear()
            self._by_key.update({tuple(row[column] for column in key): row for row in self.rows})
        self.is_open = False

    def _remember(self) -> None:
        """Keep what was committed, for `close`."""
        if self._before is None:
            self._before = [dict(row) for row in self.rows], dict(self.checkpoints), list(self._tables)


def feed(widget: Any, name: str, data: bytes) -> None:  # noqa: ANN401 - its type would load the screen
    r"""Send a file to a drop zone in pieces, as a browser would.

    Parameters
    ----------
    widget
        The drop zone, ``importer.App().upload``.
    name
        What the browser calls the file.
    data
        What is in it.

    Examples
    --------
    >>> import importer
    >>> app = importer.App()
    >>> feed(app.upload, "orders.csv", b"order_id,qty\n1,5\n2,7\n")
    >>> app.wait()
    >>> app
    <App: orders.csv → orders>
    >>> app.close()
    """
    key = uuid.uuid4().hex
    widget._handle_custom_msg({"type": "begin", "id": key, "name": name, "size": len(data)}, [])  # noqa: SLF001 - as ipywidgets does
    for offset in range(0, len(data), CHUNK_BYTES):
        piece = {"type": "chunk", "id": key, "epoch": 0, "offset": offset}
        widget._handle_custom_msg(piece, [memoryview(data)[offset : offset + CHUNK_BYTES]])  # noqa: SLF001 - as ipywidgets does
    widget._handle_custom_msg({"type": "end", "id": key}, [])  # noqa: SLF001 - as ipywidgets does
