"""Rows that a database refuses are found at once, and told as if each had been tried by itself."""

from __future__ import annotations

import re
import sys
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest
from databases import POSTGRES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.core import Checkpoint, Chunk, Table, TableColumn
from importer.sinks import ROW, Mode, _halving, open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


TABLE = Table(
    name="t",
    columns=(
        TableColumn(name="id", dtype=pl.Int64()),
        TableColumn(name="qty", dtype=pl.Int64()),
        TableColumn(name="name", dtype=pl.String()),
        TableColumn(name="day", dtype=pl.Date()),
    ),
)
RULES = (
    "CHECK (qty >= 0)",
    "CHECK (qty <> 3 OR name IS NULL)",
    'CONSTRAINT "it\'s a rule" CHECK (length(name) < 5)',
    "CHECK (10 / (qty - 5) < 4)",
    "CHECK (day > '2025-01-01')",
    "CHECK (name <> 'column b: c')",
    "CHECK (extra > 0)",
    "UNIQUE (name)",
    "UNIQUE (name)",
    "UNIQUE (qty, day)",
    "UNIQUE (qty, name)",
    "FOREIGN KEY (qty) REFERENCES p (k)",
    "FOREIGN KEY (qty) REFERENCES p (k) DEFERRABLE INITIALLY DEFERRED",
)
MORE = {
    ("index", "any"): ("CREATE UNIQUE INDEX i ON t (lower(name))",),
    ("part", "any"): ("CREATE UNIQUE INDEX i ON t (name) WHERE qty > 2",),
    ("trigger", "sqlite"): (
        "CREATE TRIGGER i BEFORE INSERT ON t WHEN NEW.qty = 4 BEGIN SELECT RAISE (ABORT, 'no four'); END",
    ),
    ("trigger", "any"): (
        """CREATE FUNCTION no_four() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.qty = 4 THEN RAISE check_violation; END IF; RETURN NEW; END'""",
        "CREATE TRIGGER i BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION no_four()",
    ),
}
"""What no query finds, by what and where."""
ROWS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from([*range(-2, 8), None]),
        st.sampled_from(["a", "A", "b'c", 'd"e', "column b: c", "longer", "", "x", "y", *"fghijk", None]),
        st.sampled_from([date(2024, 12, 31), *(date(2025, month, 1) for month in range(1, 7)), None]),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A function that makes an empty database."""
    made = []

    def place() -> str:
        name = f"test_{uuid.uuid4().hex}"
        if request.param != "postgres":
            return f"{request.param}:///{tmp_path}/{name}.db"
        made.append(name)
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # type: ignore[call-overload]
        return f"{POSTGRES}?options=-csearch_path%3D{name}"

    yield place
    for name in made:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE")  # type: ignore[call-overload]


def outcome(into: str, made_by: tuple[str, ...], chunks: list[pl.DataFrame], mode: Mode, table: Table) -> Any:
    """What is written and told of each chunk, and the rows of the table afterwards."""
    sink: Any = open_sink(into)
    with closing(sink):
        sink.dialect.connect()
        for statement in made_by:
            sink.dialect.execute(statement)
        sink.dialect.close()
        sink.open(table)
        sink.prepare(mode)
        written = []
        start = 2
        for frame in chunks:
            rows = pl.Series("row", range(start, start + frame.height), dtype=pl.Int64)
            done = sink.write(Chunk(frame=frame, rows=rows, completed=0))
            # Which value a row empties is told if an earlier part of the chunk wrote it.
            warned = tuple(one for one in done.warned if one.rule != "empty-cell")
            refused = done.refused
            if any("BIGSERIAL" in statement for statement in made_by):
                # A number is used up by each try.
                refused = tuple(replace(one, message=re.sub(r"\(\d+, ", "(", one.message)) for one in refused)
            written.append(replace(done, refused=refused, warned=warned))
            sink.commit(Checkpoint(chunks=len(written)))
            start += frame.height
        held = sink.dialect.execute(f"SELECT id, qty, name, {sink.dialect.shown('day')} FROM t")
        return written, sorted(held, key=repr)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    rules=st.lists(st.sampled_from(RULES), max_size=4, unique=True),
    required=st.sampled_from(["", "NOT NULL"]),
    on_conflict=st.sampled_from(["update", "update", "update", "skip", "reject", "update_only"]),
    keeps_empty=st.booleans(),
    key=st.sampled_from([(), ("id",)]),
    numbers=st.booleans(),
    more=st.sampled_from(["", "", "index", "part", "trigger"]),
    at=st.integers(0, 40),
)
def test_what_is_foreseen_is_what_each_row_would_meet(  # noqa: PLR0913, PLR0917 - what matters
    places: Any,
    rows: list[Any],
    rules: list[str],
    required: str,
    on_conflict: Any,
    keeps_empty: Any,
    key: Any,
    numbers: Any,
    more: str,
    at: int,
) -> None:
    dtypes = {column.name: column.dtype for column in TABLE.columns}
    frame = pl.DataFrame(rows, dtypes, orient="row")
    # A row between two of its key is not tried in every chunk.
    frame = frame.filter(frame.select(pl.int_range(pl.len()).over("id") < 2).to_series())
    place = places()
    columns = (
        "id BIGINT PRIMARY KEY" if key else "id BIGINT",
        f"qty BIGINT {required}",
        f"name VARCHAR(6) {required}",
        "day DATE",
        "extra INTEGER DEFAULT 1",
    )
    if numbers and not key and not place.startswith("duckdb"):
        kind = "INTEGER" if place.startswith("sqlite") else "BIGSERIAL"
        columns = (f"nr {kind} PRIMARY KEY", *columns)
    made_by = (
        "CREATE TABLE p (k BIGINT PRIMARY KEY)",
        "INSERT INTO p VALUES (1), (2), (3)",
        f"CREATE TABLE t ({', '.join([*columns, *rules])})",
        "INSERT INTO t (id, qty, name, day) VALUES (3, 1, 'x', '2025-02-02'), (4, 2, 'y', '2025-02-01')",
    )
    if more and not place.startswith("duckdb"):
        kind = "sqlite" if more == "trigger" and place.startswith("sqlite") else "any"
        made_by = (*made_by, *MORE[more, kind])
    if place.startswith("duckdb"):
        made_by = tuple(statement.replace(" DEFERRABLE INITIALLY DEFERRED", "") for statement in made_by)
    table = replace(TABLE, key=key)
    if on_conflict == "update_only" and not key:
        on_conflict = "update"
    mode = Mode(on_conflict=on_conflict, keeps_empty=keeps_empty and bool(key))
    chunks = [part for part in (frame[:at], frame[at:]) if part.height]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_halving, "FEWEST", 2)
        foreseen = outcome(place, made_by, chunks, mode, table)
        patch.setattr(_halving, "FEWEST", sys.maxsize)
        halved = outcome(places(), made_by, chunks, mode, table)
    assert foreseen == halved


def test_rows_that_break_a_rule_are_found_without_trying_all_of_them(places: Any) -> None:
    frame = pl.DataFrame({"id": range(100)}).select(
        pl.col("id").cast(pl.Int64).alias("id"),
        (pl.col("id") % 7 - 2).cast(pl.Int64).alias("qty"),
        pl.when(pl.col("id") % 10 > 0).then(pl.lit("a")).alias("name"),
        pl.lit(date(2025, 6, 1)).alias("day"),
    )
    broken = [row for row in range(100) if row % 7 < 2 or not row % 10]
    sink: Any = open_sink(places())
    with closing(sink):
        sink.dialect.connect()
        sink.dialect.execute(
            "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT CHECK (qty >= 0), name VARCHAR(6) NOT NULL, day DATE)"
        )
        sink.dialect.close()
        sink.open(replace(TABLE, key=("id",)))
        sink.prepare(Mode())
        rows = pl.Series("row", range(100), dtype=pl.Int64)
        numbered = frame.hstack([rows.alias(ROW)])
        found = sink._foreseen(numbered, numbered.clear())
        written = sink.write(Chunk(frame=frame, rows=rows, completed=100))
    assert [refusal.row for refusal in found] == broken
    assert written.refused == found
    assert {refusal.rule for refusal in found} == {"constraint-error", "missing-cell"}


@pytest.mark.parametrize("key", [(), ("id",)], ids=["plain", "keyed"])
def test_rows_that_repeat_or_point_nowhere_are_found_without_trying_all_of_them(places: Any, key: Any) -> None:
    row = pl.int_range(100, dtype=pl.Int64)
    frame = pl.select(
        id=row,
        qty=pl.when(row % 7 == 0, row % 10 != 3).then(9).otherwise(1).cast(pl.Int64),
        name=pl.when(row == 50).then(pl.lit("there")).otherwise(pl.format("n{}", row - (row % 10 == 3))),
        day=pl.lit(None, pl.Date),
    )
    broken, taken = {"foreign-key": list[int](), "unique-error": list[int]()}, {"there"}
    for number, quantity, name, _ in frame.iter_rows():
        if quantity == 9 or name in taken:
            broken["foreign-key" if quantity == 9 else "unique-error"].append(number)
        else:
            taken.add(name)
    sink: Any = open_sink(places())
    with closing(sink):
        sink.dialect.connect()
        sink.dialect.execute("CREATE TABLE p (k BIGINT PRIMARY KEY)")
        sink.dialect.execute("INSERT INTO p VALUES (1)")
        sink.dialect.execute(
            f"CREATE TABLE t (id BIGINT {'PRIMARY KEY' if key else ''}, qty BIGINT REFERENCES p (k), "
            "name VARCHAR(6) UNIQUE, day DATE)"
        )
        sink.dialect.execute("INSERT INTO t VALUES (-1, 1, 'there', NULL)")
        sink.dialect.close()
        sink.open(replace(TABLE, key=key))
        sink.prepare(Mode())
        rows = pl.Series("row", range(100), dtype=pl.Int64)
        numbered = frame.hstack([rows.alias(ROW)])
        found = sink._foreseen(numbered, numbered.clear())
        written = sink.write(Chunk(frame=frame, rows=rows, completed=100))
    assert {rule: [one.row for one in found if one.rule == rule] for rule in broken} == broken
    assert [one.row for one in written.refused] == [one.row for one in found]


def test_a_chunk_after_one_with_refused_rows_may_lose_all_or_none(places: Any) -> None:
    frames = [
        pl.DataFrame({"id": [start, start + 1], "qty": quantities, "name": ["a", "b"], "day": [None, None]})
        .cast({"day": pl.Date})
        .sample(40, with_replacement=True, seed=1)
        .with_columns(id=pl.int_range(40 * start, 40 * start + 40))
        for start, quantities in enumerate([[1, -1], [-1, -1], [1, 1], [-1, 1]])
    ]
    rule = "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT CHECK (qty > 0), name VARCHAR(6), day DATE)"
    written, held = outcome(places(), (rule,), frames, Mode(), replace(TABLE, key=("id",)))
    refused = [[refusal.row - 2 for refusal in one.refused] for one in written]
    quantity = pl.concat(frames)["qty"]
    assert refused == [[row for row in range(at, at + 40) if quantity[row] < 0] for at in range(0, 160, 40)]
    assert [one.created for one in written] == [40 - len(rows) for rows in refused]
    assert len(held) == (quantity > 0).sum()


def test_a_text_that_looks_like_a_place_is_not_taken_for_one(places: Any) -> None:
    frame = pl.DataFrame({"id": [1, 2], "qty": [1, -1], "name": ["a", "column b: c"], "day": [None, None]})
    frame = frame.cast({"day": pl.Date})
    rule = "CREATE TABLE t (id BIGINT, qty BIGINT CHECK (qty > 0), name VARCHAR(20), day DATE)"
    [written], _ = outcome(places(), (rule,), [frame], Mode(), TABLE)
    [refusal] = written.refused
    assert refusal.row == 3
    assert refusal.column in {None, "qty"}


STAFF = Table(
    name="t",
    columns=tuple(TableColumn(name=name, dtype=pl.Int64()) for name in ("id", "qty", "boss", "deputy")),
    key=("id",),
)
PEOPLE = st.lists(
    st.tuples(st.integers(0, 12), st.integers(-1, 6), *[st.none() | st.integers(0, 13)] * 2),
    max_size=14,
    unique_by=lambda person: person[0],
)


def one_by_one(people: list[Any], *, sees_itself: bool, is_unique: bool) -> tuple[list[int], list[Any]]:
    """The refused rows and what the table has if each person goes in before the next one."""
    there: dict[int, tuple[Any, ...]] = {0: (0, 100, None, None)}
    refused = []
    for row, (key, quantity, *chiefs) in enumerate(people, 2):
        known = there.keys() | ({key} if sees_itself else set())
        is_taken = is_unique and any(quantity == other[1] and other[0] != key for other in there.values())
        if quantity < 0 or is_taken or any(chief is not None and chief not in known for chief in chiefs):
            refused.append(row)
        else:
            there[key] = (key, quantity, *chiefs)
    return refused, sorted(there.values())


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    people=[(2, 1, 3, None), (3, 1, None, None), (4, -1, 3, None), (5, 1, 4, None)],
    cuts=(0, 0),
    deferred=False,
    is_unique=False,
    fewest=2,
    keeps_empty=True,
)
@example(
    people=[(2, 1, 3, None), (3, 2, None, None), (4, 2, 3, None), (5, 1, 4, None)],
    cuts=(0, 0),
    deferred=True,
    is_unique=True,
    fewest=2,
    keeps_empty=False,
)
@given(
    people=PEOPLE,
    cuts=st.tuples(st.integers(0, 14), st.integers(0, 14)),
    deferred=st.booleans(),
    is_unique=st.booleans(),
    fewest=st.sampled_from([2, 32]),
    keeps_empty=st.booleans(),
)
def test_rows_that_point_at_each_other_go_in_as_if_one_by_one_whatever_the_chunks(  # noqa: PLR0913, PLR0917 - what matters
    places: Any, people: list[Any], cuts: Any, deferred: Any, is_unique: Any, fewest: Any, keeps_empty: Any
) -> None:
    place = places()
    is_duckdb = place.startswith("duckdb")
    # DuckDB changes no row at which another one points.
    people = [person for person in people if person[0] or not (is_duckdb or keeps_empty)]
    late = " DEFERRABLE INITIALLY DEFERRED" if deferred and not is_duckdb else ""
    table = (
        f"CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT CHECK (qty >= 0){' UNIQUE' * is_unique}, "
        f"boss BIGINT REFERENCES t (id){late}, deputy BIGINT REFERENCES t (id){late})"
    )
    made_by = (table, "INSERT INTO t (id, qty) VALUES (0, 100)")
    frame = pl.DataFrame(people, {column.name: column.dtype for column in STAFF.columns}, orient="row")
    first, second = sorted(cuts)
    chunks = [part for part in (frame[:first], frame[first:second], frame[second:]) if part.height]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_halving, "FEWEST", fewest)
        written, held = staffed(place, made_by, chunks, Mode(keeps_empty=keeps_empty))
    refused, there = one_by_one(people, sees_itself=not is_duckdb, is_unique=is_unique)
    assert [one.row for each in written for one in each.refused] == refused
    assert held == there


def staffed(into: str, made_by: tuple[str, ...], chunks: list[pl.DataFrame], mode: Mode) -> tuple[list[Any], list[Any]]:
    """What is told of each chunk, and the rows of the table afterwards."""
    sink: Any = open_sink(into)
    with closing(sink):
        sink.dialect.connect()
        for statement in made_by:
            sink.dialect.execute(statement)
        sink.dialect.close()
        sink.open(STAFF)
        sink.prepare(mode)
        written, start = [], 2
        for frame in chunks:
            rows = pl.Series("row", range(start, start + frame.height), dtype=pl.Int64)
            written.append(sink.write(Chunk(frame=frame, rows=rows, completed=0)))
            sink.commit(Checkpoint(chunks=len(written)))
            start += frame.height
        return written, sorted(sink.dialect.execute("SELECT id, qty, boss, deputy FROM t"))


FITTING = (
    ("qty", "smallint"),
    ("qty", "pos"),
    ("qty", "filled"),
    ("qty", "numeric(5, 2)"),
    ("name", "varchar(3)"),
    ("name", "char(3)"),
    ("name", "short"),
    ("name", "mood"),
    ("name", "json"),
    ("name", "uuid"),
    ("name", "integer[]"),
    ("day", "late"),
)
"""Columns whose types refuse values, in PostgreSQL."""
KINDS = (
    "CREATE DOMAIN pos AS bigint CHECK (VALUE >= 0)",
    "CREATE DOMAIN filled AS bigint NOT NULL CHECK (VALUE <> 5)",
    "CREATE DOMAIN short AS varchar(4) CHECK (VALUE <> 'ab')",
    "CREATE DOMAIN late AS date CHECK (VALUE > '2025-01-01')",
    "CREATE TYPE mood AS ENUM ('a', 'ab')",
)
UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"


@pytest.mark.parametrize("places", ["postgres"], indirect=True)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from([None, -1, 0, 5, 999, 1_000, 40_000, 2**40]),
            st.sampled_from([None, "", "a", "ab", "ab ", "abc", "abcd  ", "abcdef", "{", "{}", "{1,2}", "[1]", UUID]),
            st.sampled_from([None, date(2024, 12, 31), date(2025, 2, 1)]),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row[0],
    ),
    kinds=st.lists(st.sampled_from(FITTING), min_size=1, max_size=3, unique_by=lambda kind: kind[0]),
    checks=st.booleans(),
    on_conflict=st.sampled_from(["update", "skip", "reject", "update_only"]),
    at=st.integers(0, 30),
)
def test_values_that_do_not_fit_are_found_as_if_each_row_was_tried(  # noqa: PLR0913, PLR0917 - what matters
    places: Any, rows: list[Any], kinds: list[tuple[str, str]], checks: Any, on_conflict: Any, at: int
) -> None:
    frame = pl.DataFrame(rows, {column.name: column.dtype for column in TABLE.columns}, orient="row")
    declared = {"id": "BIGINT PRIMARY KEY", "qty": "BIGINT", "name": "TEXT", "day": "DATE"} | dict(kinds)
    columns = [f"{name} {kind}" for name, kind in declared.items()] + ["CHECK (id <> 7)"] * checks
    made_by = (*KINDS, f"CREATE TABLE t ({', '.join(columns)})")
    if on_conflict == "update_only":
        made_by += ("INSERT INTO t (id, qty) SELECT id, 1 FROM generate_series(0, 15) id WHERE id <> 7",)
    table, chunks = replace(TABLE, key=("id",)), [part for part in (frame[:at], frame[at:]) if part.height]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_halving, "FEWEST", 2)
        foreseen = outcome(places(), made_by, chunks, Mode(on_conflict=on_conflict), table)
        patch.setattr(_halving, "FEWEST", sys.maxsize)
        halved = outcome(places(), made_by, chunks, Mode(on_conflict=on_conflict), table)
    assert foreseen == halved


RAISING = """CREATE FUNCTION no_four() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN IF NEW.qty = 4 THEN RAISE EXCEPTION ''no four''; END IF; RETURN NEW; END'"""
FUNCTION = "CREATE FUNCTION is_good(n bigint) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT n <> 4'"
DOMAINS = """DO $$ BEGIN CREATE DOMAIN outer_four AS bigint CHECK (VALUE <> 4);
    CREATE DOMAIN inner_four AS outer_four NOT NULL; END $$"""
ON_T = "ON t FOR EACH ROW EXECUTE FUNCTION no_four()"
LATE = "ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_four()"
FOUND_AT_ONCE = {
    "smallint": ("", "qty SMALLINT", ""),
    "domain": ("CREATE DOMAIN no_four AS bigint CHECK (VALUE <> 4)", "qty no_four", ""),
    "domain of a domain": (DOMAINS, "qty inner_four", ""),
    "check of a function": (FUNCTION, "qty BIGINT CHECK (is_good(qty))", ""),
    "generated column": ("", "qty BIGINT, g BIGINT GENERATED ALWAYS AS (qty * 2) STORED CHECK (g <> 8)", ""),
    "exclusion constraint": ("", "qty BIGINT, EXCLUDE USING btree (qty WITH =)", ""),
    "trigger before": (RAISING, "qty BIGINT", f"CREATE TRIGGER x BEFORE INSERT {ON_T}"),
    "trigger after": (RAISING, "qty BIGINT", f"CREATE TRIGGER x AFTER INSERT {ON_T}"),
    "constraint trigger": (RAISING, "qty BIGINT", f"CREATE CONSTRAINT TRIGGER x AFTER INSERT {LATE}"),
}
"""What refuses a row whose quantity is 4, in PostgreSQL: what is made before the table, its column, and afterwards."""


@pytest.mark.parametrize("places", ["postgres"], indirect=True)
@pytest.mark.parametrize("rule", FOUND_AT_ONCE)
def test_whatever_refuses_a_row_it_is_found_without_trying_parts_of_the_chunk(places: Any, rule: str) -> None:
    before, column, after = FOUND_AT_ONCE[rule]
    made_by = (before, f"CREATE TABLE t (id BIGINT PRIMARY KEY, {column}, name TEXT, day DATE)", after)
    bad = 2**40 if rule == "smallint" else 4
    quantities = [-row if row % 7 else bad for row in range(100)]
    frame = pl.DataFrame({"id": range(100), "qty": quantities, "name": "a", "day": None}).cast(
        {"id": pl.Int64, "qty": pl.Int64, "day": pl.Date}
    )
    broken = [row for row in range(100) if row % 7 == 0 and (row or rule != "exclusion constraint")]
    sink: Any = open_sink(places())
    with closing(sink):
        sink.dialect.connect()
        for statement in filter(None, made_by):
            sink.dialect.execute(statement)
        sink.dialect.close()
        sink.open(replace(TABLE, key=("id",)))
        sink.prepare(Mode())
        rows = pl.Series("row", range(100), dtype=pl.Int64)
        numbered = frame.hstack([rows.alias(ROW)])
        found = sink._foreseen(numbered, numbered.clear())
        written = sink.write(Chunk(frame=frame, rows=rows, completed=100))
    assert [refusal.row for refusal in found] == broken
    assert [refusal.row for refusal in written.refused] == broken


@pytest.mark.parametrize("places", ["postgres"], indirect=True)
def test_a_domain_of_a_domain_holds_what_the_first_of_them_is_of(places: Any) -> None:
    sink: Any = open_sink(places())
    with closing(sink):
        sink.dialect.connect()
        sink.dialect.execute(DOMAINS)
        sink.dialect.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, qty inner_four, name TEXT)")
        found = {name: (kind, is_required) for name, kind, is_required, *_ in sink.dialect.columns("t")}
    assert found == {"id": ("bigint", True), "qty": ("bigint", True), "name": ("text", False)}


@pytest.mark.parametrize("places", ["duckdb"], indirect=True)
def test_floats_that_repeat_are_found_at_once_as_an_index_sees_them(places: Any) -> None:
    floats = [0.0, -0.0, 1.5, float("inf"), 1.5, float("inf"), *map(float, range(2, 40)), 7.0]
    frame = pl.DataFrame({"id": range(len(floats)), "f": floats}, {"id": pl.Int64, "f": pl.Float64})
    table = Table(
        name="t",
        columns=tuple(TableColumn(name=name, dtype=dtype) for name, dtype in frame.schema.items()),
        key=("id",),
    )
    sink: Any = open_sink(places())
    with closing(sink):
        sink.dialect.connect()
        sink.dialect.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, f DOUBLE UNIQUE)")
        sink.dialect.close()
        sink.open(table)
        sink.prepare(Mode())
        rows = frame["id"].alias("row")
        numbered = frame.hstack([rows.alias(ROW)])
        found = sink._foreseen(numbered, numbered.clear())
        written = sink.write(Chunk(frame=frame, rows=rows, completed=len(floats)))
    assert [one.row for one in found] == [one.row for one in written.refused] == [1, 4, 5, len(floats) - 1]
