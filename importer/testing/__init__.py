"""Doubles that users may test with too: `MemorySink`, `FakeClock`, and a browser's upload, `feed`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

from importer.core import Refusal, Written
from importer.errors import TableExistsError

if TYPE_CHECKING:
    from importer.core import Chunk, Table
    from importer.sinks import Checkpointed

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
        As for `importer.plan`.

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
        on_conflict: Literal["update", "skip", "reject"] = "update",
        if_table_exists: Literal["append", "fail", "replace"] | None = None,
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self.checkpoints: dict[str, str] = {}
        self.is_open = False
        self._on_conflict = on_conflict
        self._if_table_exists = if_table_exists
        self._table: Table | None = None
        self._job: Checkpointed | None = None
        self._by_key: dict[tuple[Any, ...], dict[str, Any]] = {}

    @property
    def label(self) -> str:
        """Always ``'memory'``."""
        return "memory"

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Take the table; a second one replaces the first, appends to it or fails, as a database's would."""
        goes_on = job is not None and job.recall(self.checkpoints)
        is_there = self._table is not None and not goes_on
        if is_there and (self._if_table_exists == "fail" or (self._if_table_exists is None and not table.key)):
            raise TableExistsError(
                f"the table {table.name!r} exists already. Say if_table_exists='append' or 'replace'"
            )
        if self._if_table_exists == "replace" and not goes_on:
            self.rows, self._by_key, self.checkpoints = [], {}, {}
        self._table, self._job = table, job
        self.is_open = True

    def write(self, chunk: Chunk) -> Written:
        """Put the rows in one by one."""
        key = () if self._table is None else self._table.key
        created = updated = unchanged = 0
        refused: list[Refusal] = []
        for number, row in zip(chunk.rows, chunk.frame.iter_rows(named=True), strict=True):
            name = tuple(row[column] for column in key)
            there = self._by_key.get(name) if key else None
            if there is None:
                self.rows.append(row)
                self._by_key[name] = row
                created += 1
            elif self._on_conflict == "reject":
                refused.append(Refusal(row=number, rule="unique-error", message="the key is in the table already"))
            elif self._on_conflict == "update" and there != row:
                there.update(row)
                updated += 1
            else:
                unchanged += 1
        written = Written(created=created, updated=updated, unchanged=unchanged, refused=tuple(refused))
        if self._job is not None:
            self.checkpoints[self._job.job_id] = self._job.checkpoint(written)
        return written

    def finish(self) -> None:
        """Keep that the job is done."""
        if self._job is not None:
            self.checkpoints[self._job.job_id] = self._job.checkpoint(None)

    def close(self) -> None:
        """Let go."""
        self.is_open = False


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
        widget._handle_custom_msg(piece, [memoryview(data)[offset : offset + CHUNK_BYTES]])  # noqa: SLF001
    widget._handle_custom_msg({"type": "end", "id": key}, [])  # noqa: SLF001
