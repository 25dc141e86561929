"""The promises of `Sink`, for whatever sink a test opens."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.core._chunk import Chunk
from importer.core._table import Table, TableColumn, Written
from importer.errors import TableExistsError

ORDERS = Table(
    name="orders",
    columns=(
        TableColumn(name="id", dtype=pl.Int64(), nullable=False),
        TableColumn(name="qty", dtype=pl.Int64()),
    ),
    key=("id",),
)


def chunk(rows, table=ORDERS, first_row=2):
    """Rows as a checked chunk."""
    schema = {column.name: column.dtype for column in table.columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    numbers = pl.int_range(first_row, first_row + frame.height, eager=True)
    return Chunk(frame=frame, rows=numbers, completed=0)


def put(sink, *chunks, table=ORDERS, job=None):
    """All chunks as one job, and what was written of each."""
    with closing(sink):
        sink.begin(table, job)
        written = [sink.write(each) for each in chunks]
        sink.finish()
    return written


def one_by_one(rows, on_conflict="update", there=None):
    """Counts and table that rows give when they come one by one: the truth to compare with."""
    table = dict(there or {})
    counts = dict.fromkeys(("created", "updated", "unchanged", "refused"), 0)
    for key, value in rows:
        if key not in table:
            table[key] = value
            counts["created"] += 1
        elif on_conflict == "reject":
            counts["refused"] += 1
        elif on_conflict == "update" and table[key] != value:
            table[key] = value
            counts["updated"] += 1
        else:
            counts["unchanged"] += 1
    return counts, table


def counted(written: list[Written]):
    """The counts of all chunks in one."""
    return {
        "created": sum(w.created for w in written),
        "updated": sum(w.updated for w in written),
        "unchanged": sum(w.unchanged for w in written),
        "refused": sum(len(w.refused) for w in written),
    }


ROWS = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 3)), max_size=30)


def cut(rows, size):
    """The rows in chunks of that size, numbered on."""
    return [chunk(rows[at : at + size], first_row=2 + at) for at in range(0, len(rows), size)]


def rows_count_and_land_as_if_they_came_one_by_one(open_new, read, on_conflict, settings):
    """Whatever repeats within a chunk, across chunks, or in a second run."""

    @settings
    @given(ROWS, ROWS, st.integers(1, 31))
    def law(first, second, size):
        open_again = open_new(on_conflict=on_conflict)
        counts, table = one_by_one(first, on_conflict)
        assert counted(put(open_again(), *cut(first, size))) == counts
        more, table = one_by_one(second, on_conflict, table)
        assert counted(put(open_again(), *cut(second, size))) == more
        assert dict(read(open_again, ORDERS)) == table

    law()


EVERY_TYPE = Table(
    name="every type",
    columns=(
        TableColumn(name="key", dtype=pl.String(), nullable=False),
        TableColumn(name="int", dtype=pl.Int64()),
        TableColumn(name="float", dtype=pl.Float64()),
        TableColumn(name='te"xt', dtype=pl.String()),
        TableColumn(name="yes", dtype=pl.Boolean()),
        TableColumn(name="day", dtype=pl.Date()),
        TableColumn(name="moment", dtype=pl.Datetime("us")),
        TableColumn(name="moment in a zone", dtype=pl.Datetime("us", "UTC")),
        TableColumn(name="clock", dtype=pl.Time()),
        TableColumn(name="money", dtype=pl.Decimal(12, 2)),
        TableColumn(name="much money", dtype=pl.Decimal(30, 4)),
    ),
    key=("key",),
)

EVERY_VALUE = [
    (
        "a",
        -(2**63),
        0.1,
        "ünï\U0001f600 '\"; DROP",
        True,
        date(1583, 1, 1),
        datetime(2025, 1, 31, 8, 30, 0, 1),
        datetime(2025, 1, 31, 8, 30, tzinfo=UTC),
        time(23, 59, 59, 999999),
        Decimal("-1234567890.12"),
        Decimal("12345678901234567890123456.7891"),
    ),
    ("b", 2**63 - 1, 1.7976931348623157e308, "", False, date(9999, 12, 31), *[None] * 5),
    ("c", *[None] * 10),
]


def values_of_every_type_survive_and_are_found_unchanged(open_new, read):
    """Out comes what went in, and a second run changes nothing."""
    open_again = open_new()
    rows = chunk(EVERY_VALUE, EVERY_TYPE)
    assert put(open_again(), rows, table=EVERY_TYPE) == [Written(created=3)]
    assert put(open_again(), rows, table=EVERY_TYPE) == [Written(unchanged=3)]
    assert sorted(read(open_again, EVERY_TYPE)) == EVERY_VALUE


def identical_rows_without_a_key_both_survive(open_new, read):
    """Two equal rows are both data."""
    table = Table(name="log", columns=ORDERS.columns)
    open_again = open_new(if_table_exists="append")
    assert put(open_again(), chunk([(1, 1), (1, 1)], table), table=table) == [Written(created=2)]
    assert put(open_again(), chunk([(1, 1)], table), table=table) == [Written(created=1)]
    assert sorted(read(open_again, table)) == [(1, 1)] * 3


def an_empty_file_makes_the_table(open_new, read):
    """No rows are a table without rows."""
    open_again = open_new()
    put(open_again())
    assert list(read(open_again, ORDERS)) == []


def what_was_not_finished_keeps_its_committed_chunks(open_new, read):
    """A job that stops between two chunks leaves the first in."""
    open_again = open_new()
    with closing(open_again()) as sink:
        sink.begin(ORDERS)
        sink.write(chunk([(1, 1)]))
    assert list(read(open_again, ORDERS)) == [(1, 1)]


class CheckpointedJob:
    """A job that counts its chunks, and notes what the target remembers."""

    def __init__(self, job_id="one", fails_at=None):
        self.job_id, self.fails_at, self.chunks, self.recalled = job_id, fails_at, 0, None

    def recall(self, checkpoints):
        self.recalled = dict(checkpoints)
        return self.job_id in checkpoints

    def checkpoint(self, written):
        self.chunks += 1
        if self.chunks == self.fails_at:
            raise RuntimeError("killed before the commit")
        return "done" if written is None else f"{self.chunks} chunks"


LOG = Table(name="log", columns=ORDERS.columns)


def a_job_goes_on_from_the_checkpoint_of_its_last_chunk(open_new, read):
    """Also where a second run into a table without a key would be refused."""
    open_again = open_new()
    with closing(open_again()) as sink:
        sink.begin(LOG, CheckpointedJob())
        sink.write(chunk([(1, 1)], LOG))
        sink.write(chunk([(2, 2)], LOG))
    job = CheckpointedJob()
    with closing(open_again()) as sink:
        sink.begin(LOG, job)
        assert job.recalled == {"one": "2 chunks"}
        sink.write(chunk([(3, 3)], LOG))
        sink.finish()
    other = CheckpointedJob("two")
    with closing(open_again()) as sink, suppress(TableExistsError):
        sink.begin(LOG, other)
    assert other.recalled == {"one": "done"}
    assert sorted(read(open_again, LOG)) == [(1, 1), (2, 2), (3, 3)]


def a_table_that_is_replaced_has_no_checkpoints(open_new, read):
    """What the jobs before wrote is gone with it."""
    open_again = open_new(if_table_exists="replace")
    put(open_again(), chunk([(1, 1)]), job=CheckpointedJob())
    put(open_again(), chunk([(2, 2)]), job=CheckpointedJob("two"))
    job = CheckpointedJob("two")
    put(open_again(), chunk([(3, 3)]), job=job)
    assert job.recalled == {"two": "done"}
    assert sorted(read(open_again, ORDERS)) == [(2, 2), (3, 3)]


CONTRACT = (
    a_job_goes_on_from_the_checkpoint_of_its_last_chunk,
    a_table_that_is_replaced_has_no_checkpoints,
    values_of_every_type_survive_and_are_found_unchanged,
    identical_rows_without_a_key_both_survive,
    an_empty_file_makes_the_table,
    what_was_not_finished_keeps_its_committed_chunks,
)
