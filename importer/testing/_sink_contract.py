"""What every `Sink` promises, as functions that a test runs: `SINK_CONTRACT`."""

from __future__ import annotations

import itertools
import math
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import Checkpoint, Chunk, Claim, OnConflict, Table, TableColumn, Written
from importer.errors import SinkError, TakenOverError
from importer.sinks import Inspectable, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from importer.sinks import Sink

    Open: TypeAlias = Callable[[], Sink]
    """Opens the same target again."""

    New: TypeAlias = Callable[[], Open]
    """Makes an empty target."""

    Read: TypeAlias = Callable[[Open, Table], Iterable[tuple[Any, ...]]]
    """Reads the columns of a table from a target, in any order of the rows."""

    Row: TypeAlias = tuple[Any, ...]

__all__ = ["LOG", "ORDERS", "SINK_CONTRACT", "as_one_by_one", "check_sink", "chunk_of", "chunks_of", "put"]

ORDERS = Table(
    name="orders",
    columns=(
        TableColumn(name="id", dtype=pl.Int64(), nullable=False),
        TableColumn(name="qty", dtype=pl.Int64()),
    ),
    key=("id",),
)

LOG = Table(name="log", columns=ORDERS.columns)
"""A table without a key."""

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

EVERY_VALUE: list[Row] = [
    (
        "a",
        -(2**63),
        0.1,
        "ünï\U0001f600 '\"; DROP",
        True,
        date(1583, 1, 1),
        datetime(2025, 1, 31, 8, 30, 0, 1),  # noqa: DTZ001 - without a zone on purpose
        datetime(2025, 1, 31, 8, 30, tzinfo=UTC),
        time(23, 59, 59, 999999),
        Decimal("-1234567890.12"),
        Decimal("12345678901234567890123456.7891"),
    ),
    ("b", 2**63 - 1, 1.7976931348623157e308, "", False, date(9999, 12, 31), *[None] * 5),
    ("c", *[None] * 10),
]

NAMES = ("excluded", "t", "s", "rows", "importer chunk", "select", "Ünï", 'a"b', "a'b", "a%sb", "a?b", "a{b}", "ROW")
"""Names of tables and columns that statements easily trip over."""


def chunk_of(rows: Iterable[Row], table: Table = ORDERS, first_row: int = 2) -> Chunk:
    """Rows as a checked chunk."""
    schema = {column.name: column.dtype for column in table.columns}
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    return Chunk(frame=frame, rows=pl.int_range(first_row, first_row + frame.height, eager=True), completed=0)


def chunks_of(rows: Sequence[Row], size: int) -> list[Chunk]:
    """The rows in chunks of that size, numbered consecutively."""
    return [chunk_of(rows[at : at + size], first_row=2 + at) for at in range(0, len(rows), size)]


def put(
    sink: Sink,
    *chunks: Chunk,
    table: Table = ORDERS,
    claim: Claim | None = None,
    ends: bool = True,
    **mode: Any,  # noqa: ANN401 - fields of `Mode`
) -> list[Written]:
    """Import chunks as one run of a job would, and return what was written of each.

    Parameters
    ----------
    claim
        The job, which continues at its checkpoint.
    ends
        Whether the job ends, or stops after the last chunk.
    mode
        Fields of `Mode`.
    """
    with closing(sink):
        found = sink.open(table, claim)
        own = None if claim is None else found.checkpoints.get(claim.job_id)
        sink.prepare(Mode(**mode) if own is None else replace(Mode(**mode), replaces=False))
        return list(_written(sink, chunks, own or Checkpoint(), ends=ends))


def _written(sink: Sink, chunks: Iterable[Chunk], checkpoint: Checkpoint, *, ends: bool) -> Iterator[Written]:
    for chunk in chunks:
        yield sink.write(chunk)
        checkpoint = replace(checkpoint, chunks=checkpoint.chunks + 1)
        sink.commit(checkpoint)
    if ends:
        sink.commit(replace(checkpoint, is_done=True))


def as_one_by_one(
    rows: Iterable[Row], on_conflict: OnConflict, existing: dict[Any, Any] | None = None, *, keeps_empty: bool = False
) -> tuple[dict[str, int], dict[Any, Any]]:
    """Counts and table of rows that come one by one: the truth to compare with."""
    table = dict(existing or {})
    counts = dict.fromkeys(("created", "updated", "unchanged", "refused"), 0)
    for key, cell in rows:
        value = table.get(key) if cell is None and keeps_empty else cell
        if (key in table) if on_conflict == "reject" else (key not in table and on_conflict == "update_only"):
            counts["refused"] += 1
        elif key not in table:
            table[key] = value
            counts["created"] += 1
        elif on_conflict in {"update", "update_only"} and table[key] != value:
            table[key] = value
            counts["updated"] += 1
        else:
            counts["unchanged"] += 1
    return counts, table


def _counted(written: Iterable[Written]) -> dict[str, int]:
    each = list(written)
    return {
        "created": sum(one.created for one in each),
        "updated": sum(one.updated for one in each),
        "unchanged": sum(one.unchanged for one in each),
        "refused": sum(len(one.refused) for one in each),
    }


def rows_count_as_if_they_came_one_by_one(
    open_new: New, read: Read, on_conflict: OnConflict, *, keeps_empty: bool = False
) -> None:
    """A key may repeat within a chunk, across chunks, or in a second run; repeats within a run are told."""
    from hypothesis import given, settings
    from hypothesis import strategies as st

    rows = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 3)), max_size=30)

    @settings(max_examples=40)
    @given(rows, rows, st.integers(1, 31))
    def law(first: list[Row], second: list[Row], size: int) -> None:
        open_again = open_new()
        table: dict[Any, Any] = {}
        for number, each in enumerate((first, second)):
            # Only a second run can find rows to update.
            way: OnConflict = "update" if on_conflict == "update_only" and not number else on_conflict
            counts, table = as_one_by_one(each, way, table, keeps_empty=keeps_empty)
            written = put(open_again(), *chunks_of(each, size), on_conflict=way, keeps_empty=keeps_empty)
            assert _counted(written) == counts
            repeats = [row for row, (key, _) in enumerate(each, start=2) if key in {key for key, _ in each[: row - 2]}]
            told = [refusal.row for one in written for refusal in one.warned if refusal.rule == "repeated-key"]
            if way in {"update", "skip"}:
                assert told == repeats
        assert dict(read(open_again, ORDERS)) == table

    law()


def repeated_keys_update(open_new: New, read: Read) -> None:
    """``on_conflict='update'``."""
    rows_count_as_if_they_came_one_by_one(open_new, read, "update")


def repeated_keys_are_skipped(open_new: New, read: Read) -> None:
    """``on_conflict='skip'``."""
    rows_count_as_if_they_came_one_by_one(open_new, read, "skip")


def repeated_keys_are_refused(open_new: New, read: Read) -> None:
    """``on_conflict='reject'``."""
    rows_count_as_if_they_came_one_by_one(open_new, read, "reject")


def only_known_keys_are_updated(open_new: New, read: Read) -> None:
    """``on_conflict='update_only'``."""
    rows_count_as_if_they_came_one_by_one(open_new, read, "update_only")


def empty_cells_keep_what_is_there(open_new: New, read: Read) -> None:
    """``empty='keep'``."""
    rows_count_as_if_they_came_one_by_one(open_new, read, "update", keeps_empty=True)


def values_of_every_type_survive_and_are_found_unchanged(open_new: New, read: Read) -> None:
    """What goes in comes out, and a second run changes nothing."""
    open_again = open_new()
    rows = chunk_of(EVERY_VALUE, EVERY_TYPE)
    assert put(open_again(), rows, table=EVERY_TYPE) == [Written(created=3)]
    assert put(open_again(), rows, table=EVERY_TYPE) == [Written(unchanged=3)]
    assert sorted(read(open_again, EVERY_TYPE)) == EVERY_VALUE


def what_is_read_back_is_what_was_given_or_the_row_is_refused(open_new: New, read: Read) -> None:
    """Hostile values of every type: only a text with a NUL character and a number that is none may be refused."""
    from hypothesis import example, given, settings
    from hypothesis import strategies as st

    whole = st.integers(-(2**63), 2**63 - 1)
    values = {
        "int": st.sampled_from([0, -1, 2**53 + 1, -(2**63)]) | whole,
        "float": st.floats() | whole.map(float),
        'te"xt': st.text(),
        "yes": st.booleans(),
        "day": st.dates(),
        "moment": st.datetimes(),
        "moment in a zone": st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC)),
        "clock": st.times(),
        "money": st.decimals(-(10**10) + 1, 10**10 - 1, places=2),
        "much money": st.decimals(-(10**26) + 1, 10**26 - 1, places=4),
    }
    rows = st.lists(st.tuples(*(st.none() | values[column.name] for column in EVERY_TYPE.columns[1:])), max_size=5)
    open_again = open_new()
    put(open_again(), table=EVERY_TYPE)
    counter = itertools.count()

    nothing = [None] * 9  # All columns but the key and the first.
    texts = ["a\0b", "", " ", "\r\n", "a\rb", '"', "\\N", "\\", "NULL", "\u2028", "e\u0301", "\U0010ffff", "x" * 70_000]
    reals = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1 + 0.2, 2.0**53 + 2, -1e-300]
    hostile: list[Row] = [(None, real, *nothing[1:]) for real in reals] + [
        (None, None, text, *nothing[2:]) for text in texts
    ]
    hostile += [(None, None, None, None, date(1, 1, 1), datetime(1, 1, 1), None, time(0), Decimal("-0.01"), None)]  # noqa: DTZ001 - without a zone on purpose

    @settings(max_examples=60)
    @example(hostile)
    @given(rows)
    def law(some: list[Row]) -> None:
        keyed = [(f"{next(counter):09}", *row) for row in some]
        [written] = put(open_again(), chunk_of(keyed, EVERY_TYPE), table=EVERY_TYPE)
        refused = {one.row: one for one in written.refused}
        assert all(one.message for one in refused.values())
        kept = {row[0]: row for number, row in enumerate(keyed, start=2) if number not in refused}
        names = {row[0] for row in keyed}
        held = {row[0]: row for row in read(open_again, EVERY_TYPE) if row[0] in names}
        assert held.keys() == kept.keys()
        for name, row in kept.items():
            assert list(map(_comparable, held[name])) == list(map(_comparable, row))
        for number, refusal in refused.items():
            _, _, real, text, _, _, _, moment, *_ = keyed[number - 2]
            is_early_or_late = moment is not None and not 1970 < moment.year < 2038  # noqa: PLR2004 - a clock of 32 bits
            assert "\0" in (text or "") or not math.isfinite(real or 0) or is_early_or_late, refusal

    law()


def _comparable(value: object) -> object:
    """A value that equals itself."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def identical_rows_without_a_key_both_survive(open_new: New, read: Read) -> None:
    """Two equal rows are both data."""
    open_again = open_new()
    assert put(open_again(), chunk_of([(1, 1), (1, 1)], LOG), table=LOG) == [Written(created=2)]
    assert put(open_again(), chunk_of([(1, 1)], LOG), table=LOG) == [Written(created=1)]
    assert sorted(read(open_again, LOG)) == [(1, 1)] * 3


def an_empty_file_makes_the_table(open_new: New, read: Read) -> None:
    """No rows are a table without rows."""
    open_again = open_new()
    put(open_again())
    assert list(read(open_again, ORDERS)) == []


def whatever_a_table_and_its_columns_are_called_the_rows_are_there(open_new: New, read: Read) -> None:
    """Or the sink says that it cannot have such a name, which no database says of all."""
    impossible = []
    for name in NAMES:
        key, value = TableColumn(name=name, dtype=pl.Int64()), TableColumn(name=f"{name} 2", dtype=pl.Int64())
        table, open_again = Table(name=name, columns=(key, value), key=(name,)), open_new()
        try:
            written = [
                *put(open_again(), chunk_of([(1, 1), (2, 2)], table), table=table),
                *put(open_again(), chunk_of([(2, 3), (3, 3)], table), table=table),
            ]
        except SinkError as exc:
            impossible.append((name, exc))
            continue
        assert written == [Written(created=2), Written(created=1, updated=1)], name
        assert sorted(read(open_again, table)) == [(1, 1), (2, 3), (3, 3)], name
        with closing(open_again()) as sink:
            sink.open(table)
            if isinstance(sink, Inspectable):
                assert list(sink.stored(pl.DataFrame({name: [1, 9]}))) == [(1,)], name
    assert len(impossible) < len(NAMES) // 2, impossible


def a_run_that_stops_keeps_its_committed_chunks_only(open_new: New, read: Read) -> None:
    """A chunk that was written but not committed is gone."""
    open_again = open_new()
    with closing(open_again()) as sink:
        sink.open(ORDERS)
        sink.prepare(Mode())
        sink.write(chunk_of([(1, 1)]))
        sink.commit(Checkpoint(chunks=1))
        sink.write(chunk_of([(2, 2)]))
    assert list(read(open_again, ORDERS)) == [(1, 1)]


def a_run_that_commits_nothing_leaves_nothing_behind(open_new: New, read: Read) -> None:
    """No new table, and the old rows in one that it would have replaced."""
    open_again = open_new()
    for replaces in (False, True):
        with closing(open_again()) as sink:
            sink.open(ORDERS, Claim(job_id="one", owner="a"))
            sink.prepare(Mode(replaces=replaces))
            sink.write(chunk_of([(1, 1)]))
        with closing(open_again()) as sink:
            assert sink.open(ORDERS).exists == replaces
        put(open_again(), chunk_of([(2, 2)]))
    assert list(read(open_again, ORDERS)) == [(2, 2)]


def a_job_continues_at_the_checkpoint_of_its_last_chunk(open_new: New, read: Read) -> None:
    """Its own is found by its id, and other jobs find it too."""
    open_again = open_new()
    chunks = chunks_of([(1, 1), (2, 2)], 1)
    put(open_again(), *chunks, table=LOG, claim=Claim(job_id="one", owner="a"), ends=False)
    with closing(open_again()) as sink:
        assert sink.open(LOG, Claim(job_id="one", owner="b")).checkpoints["one"].chunks == len(chunks)
    put(open_again(), chunk_of([(3, 3)], LOG), table=LOG, claim=Claim(job_id="one", owner="c"))
    with closing(open_again()) as sink:
        found = sink.open(LOG, Claim(job_id="two", owner="d"))
    assert (found.exists, list(found.checkpoints), found.checkpoints["one"].is_done) == (True, ["one"], True)
    assert sorted(read(open_again, LOG)) == [(1, 1), (2, 2), (3, 3)]


def a_name_in_another_case_is_the_same_table_in_everything_or_in_nothing(open_new: New, read: Read) -> None:  # noqa: ARG001 - as all promises
    """A table that does not exist has no checkpoints, which are those of another one."""
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"))
    shouted = replace(ORDERS, name=ORDERS.name.upper())
    with closing(open_again()) as sink:
        is_same = sink.open(shouted).exists
    put(open_again(), chunk_of([(2, 2)], shouted), table=shouted, claim=Claim(job_id="two", owner="a"))
    with closing(open_again()) as sink:
        assert sorted(sink.open(ORDERS).checkpoints) == (["one", "two"] if is_same else ["one"])


def a_replaced_table_has_no_checkpoints_of_before(open_new: New, read: Read) -> None:
    """They are gone with the rows that they counted."""
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"))
    put(open_again(), chunk_of([(2, 2)]), claim=Claim(job_id="two", owner="b"), replaces=True)
    with closing(open_again()) as sink:
        assert list(sink.open(ORDERS).checkpoints) == ["two"]
    put(open_again(), chunk_of([(3, 3)]), claim=Claim(job_id="two", owner="c"), replaces=True)
    assert sorted(read(open_again, ORDERS)) == [(2, 2), (3, 3)]


def a_run_that_lost_its_job_commits_nothing(open_new: New, read: Read) -> None:
    """Another run took the job over, whether or not a chunk was committed before."""
    for chunks in ([], [chunk_of([(1, 1)], LOG)]):
        open_again = open_new()
        put(open_again(), table=LOG, ends=False)
        with closing(open_again()) as frozen:
            frozen.open(LOG, Claim(job_id="one", owner="frozen"))
            frozen.prepare(Mode())
            for done in _written(frozen, chunks, Checkpoint(), ends=False):
                assert done.created == 1
            if not chunks:
                frozen.close()  # Some databases let nobody else write until then.
                frozen.open(LOG, Claim(job_id="one", owner="frozen"))
            put(open_again(), chunk_of([(2, 2)], LOG), table=LOG, claim=Claim(job_id="one", owner="other"))
            try:
                frozen.prepare(Mode())
                frozen.write(chunk_of([(3, 3)], LOG))
                frozen.commit(Checkpoint(chunks=len(chunks) + 1))
            except TakenOverError:
                pass
            else:
                raise AssertionError("a run that lost its job committed a chunk")
        assert sorted(read(open_again, LOG)) == [*[(1, 1) for _ in chunks], (2, 2)]


SINK_CONTRACT: tuple[Callable[[New, Read], None], ...] = (
    repeated_keys_update,
    repeated_keys_are_skipped,
    repeated_keys_are_refused,
    only_known_keys_are_updated,
    empty_cells_keep_what_is_there,
    values_of_every_type_survive_and_are_found_unchanged,
    what_is_read_back_is_what_was_given_or_the_row_is_refused,
    identical_rows_without_a_key_both_survive,
    an_empty_file_makes_the_table,
    whatever_a_table_and_its_columns_are_called_the_rows_are_there,
    a_run_that_stops_keeps_its_committed_chunks_only,
    a_run_that_commits_nothing_leaves_nothing_behind,
    a_job_continues_at_the_checkpoint_of_its_last_chunk,
    a_name_in_another_case_is_the_same_table_in_everything_or_in_nothing,
    a_replaced_table_has_no_checkpoints_of_before,
    a_run_that_lost_its_job_commits_nothing,
)
"""The promises of a sink that keeps checkpoints; parametrize a test by them, or call `check_sink`."""


def check_sink(open_new: New, read: Read) -> None:
    """Check a sink of your own against the whole contract; needs hypothesis.

    Parameters
    ----------
    open_new
        Makes an empty target, and returns a function that gives a new sink for it each time.
    read
        Reads rows of a table: called with that function and the table, it returns its columns as tuples.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from importer.testing import MemorySink, check_sink
    >>> def open_new():
    ...     return MemorySink().twin
    >>> def read(open_again, table):
    ...     return [tuple(row[column.name] for column in table.columns) for row in open_again().rows]
    >>> check_sink(open_new, read)
    """
    for promise in SINK_CONTRACT:
        promise(open_new, read)
