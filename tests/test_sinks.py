"""The contract of `Sink`, on every sink."""

from __future__ import annotations

import os
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count

import dataframely as dy
import duckdb as driver
import polars as pl
import psycopg
import pytest

import importer
from importer.core import Checkpoint, Claim, TableColumn
from importer.errors import ResumeError, SinkError, TableMismatchError, TakenOverError
from importer.sinks import Mode, open_sink
from importer.testing import SINK_CONTRACT, MemorySink
from importer.testing._sink_contract import ORDERS, chunk_of, put


def memory(request):
    def open_new(**options):
        return MemorySink(**options).twin

    def read(open_again, table):
        return [tuple(row[column.name] for column in table.columns) for row in open_again().rows]

    return open_new, read, None


def sqlite(request):
    folder = request.getfixturevalue("tmp_path")
    numbers = count()

    def open_new(**options):
        file = folder / f"{next(numbers)}.db"
        return lambda: open_sink(file, **options)

    def read(open_again, table):
        names = ", ".join(quoted(column.name) for column in table.columns)
        with closing(sqlite3.connect(open_again().label.removeprefix("sqlite:///"))) as connection:
            for row in connection.execute(f"SELECT {names} FROM {quoted(table.name)}"):
                yield tuple(value_of(value, column.dtype) for value, column in zip(row, table.columns, strict=True))

    def execute(open_again, sql):
        with closing(sqlite3.connect(open_again().label.removeprefix("sqlite:///"))) as connection:
            connection.executescript(sql)

    return open_new, read, execute


def duckdb(request):
    folder = request.getfixturevalue("tmp_path")
    numbers = count()

    def open_new(**options):
        file = folder / f"{next(numbers)}.duckdb"
        return lambda: open_sink(file, **options)

    def read(open_again, table):
        names = ", ".join(quoted(column.name) for column in table.columns)
        with closing(driver.connect(open_again().label.removeprefix("duckdb:///"))) as connection:
            # The driver wants pytz for a moment in a zone.
            rows = connection.sql(f"SELECT {names} FROM {quoted(table.name)}").to_arrow_table()
        return pl.DataFrame(rows).cast({column.name: column.dtype for column in table.columns}).rows()

    def execute(open_again, sql):
        with closing(driver.connect(open_again().label.removeprefix("duckdb:///"))) as connection:
            connection.execute(sql)

    return open_new, read, execute


def postgres(request):
    url = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError as exc:
        pytest.skip(f"no PostgreSQL answers at IMPORTER_TEST_POSTGRES: {exc}")

    schemas = []

    def drop_all():
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")

    request.addfinalizer(drop_all)

    def open_new(**options):
        schema = f"importer_test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        schemas.append(schema)
        return lambda: open_sink(f"{url}?options=-csearch_path%3D{schema}", **options)

    def read(open_again, table):
        names = ", ".join(quoted(column.name) for column in table.columns)
        with psycopg.connect(open_again().label) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            return connection.execute(f"SELECT {names} FROM {quoted(table.name)}").fetchall()

    def execute(open_again, sql):
        with psycopg.connect(open_again().label) as connection:
            connection.execute(sql)

    return open_new, read, execute


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def value_of(stored, dtype):
    """The Python value of what SQLite stores."""
    if stored is None:
        return None
    if dtype.is_decimal():
        return Decimal(str(stored))
    kinds = {
        pl.Boolean: bool,
        pl.Date: date.fromisoformat,
        pl.Datetime: datetime.fromisoformat,
        pl.Time: time.fromisoformat,
    }
    return kinds.get(type(dtype), type(stored))(stored)


@pytest.fixture(params=[memory, sqlite, duckdb, postgres], ids=lambda make: make.__name__)
def target(request):
    return request.param(request)


@pytest.mark.hypothesis
@pytest.mark.parametrize("promise", SINK_CONTRACT, ids=lambda promise: promise.__name__)
def test_sink(target, promise):
    open_new, read, _ = target
    promise(open_new, read)


REFUSALS = {
    "check": ("CHECK (qty < 10)", 99, "constraint-error"),
    "unique": ("UNIQUE", 1, "unique-error"),
    "foreign key": ("REFERENCES known (n)", 99, "foreign-key"),
    "not null": ("NOT NULL", None, "missing-cell"),
}


def put_prepared(sink, chunk, mode):
    """Import one chunk with a sink that is open."""
    sink.prepare(mode)
    sink.write(chunk)
    sink.commit(Checkpoint(chunks=1))


@pytest.fixture(params=[sqlite, duckdb, postgres], ids=lambda make: make.__name__)
def database(request):
    return request.param(request)


@pytest.mark.parametrize(("constraint", "bad", "rule"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_database_refuses_is_one_row_with_its_words_and_the_others_go_in(database, constraint, bad, rule):
    open_new, read, execute = database
    open_again = open_new()
    execute(open_again, "CREATE TABLE known (n BIGINT PRIMARY KEY)")
    execute(open_again, "INSERT INTO known VALUES (1), (2), (4), (5)")
    execute(open_again, f"CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT {constraint})")
    rows = chunk_of([(1, 1), (2, 2), (3, bad), (4, 4), (5, 5), (5, 5)])
    tried = put(open_sink(open_again().label, dry_run=True), rows)
    assert not list(read(open_again, ORDERS))
    [written] = put(open_again(), rows)
    assert tried == [written]
    [refusal] = written.refused
    assert (written.created, written.unchanged) == (4, 1)
    assert (refusal.row, refusal.rule) == (4, rule)
    assert "the database refused the row: " in refusal.message
    assert sorted(read(open_again, ORDERS)) == [(1, 1), (2, 2), (4, 4), (5, 5)]


def test_a_column_that_the_file_lacks_keeps_its_value_and_gets_its_default(database):
    open_new, read, execute = database
    open_again = open_new()
    execute(open_again, "CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT, note VARCHAR(9) DEFAULT 'new')")
    execute(open_again, "INSERT INTO orders VALUES (1, 1, 'kept')")
    put(open_again(), chunk_of([(1, 5), (2, 5)]))
    noted = replace(
        ORDERS,
        columns=(*ORDERS.columns, TableColumn(name="note", dtype=pl.String())),
    )
    assert sorted(read(open_again, noted)) == [(1, 5, "kept"), (2, 5, "new")]


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("CREATE TABLE orders (id BIGINT PRIMARY KEY)", "no column 'qty'"),
        ("CREATE TABLE orders (id BIGINT, qty BIGINT)", "CREATE UNIQUE INDEX"),
        ("CREATE TABLE orders (id BIGINT PRIMARY KEY, qty VARCHAR(9))", "the schema makes it Int64"),
        ("CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT, n VARCHAR(9) NOT NULL)", "nothing fills it"),
        ("CREATE VIEW orders AS SELECT 1 AS id, 2 AS qty", "is a view"),
    ],
    ids=["no column", "no unique key", "another type", "required", "view"],
)
def test_a_table_that_cannot_fit_says_so_before_the_first_row(database, sql, complaint):
    open_new, _, execute = database
    open_again = open_new()
    execute(open_again, sql)
    with closing(open_again()) as sink:
        sink.open(ORDERS)
        with pytest.raises(TableMismatchError, match=complaint):
            sink.prepare(Mode())


def test_a_unique_index_is_as_good_as_a_primary_key(database):
    open_new, _, execute = database
    open_again = open_new()
    execute(open_again, "CREATE TABLE orders (id BIGINT, qty BIGINT)")
    execute(open_again, "CREATE UNIQUE INDEX by_id ON orders (id)")
    [written] = put(open_again(), chunk_of([(1, 1), (1, 2)]))
    assert (written.created, written.updated) == (1, 1)


def test_a_dry_run_counts_like_a_run_and_leaves_nothing(database):
    open_new, read, _ = database
    dry, real = open_new(dry_run=True), open_new()
    rows = [chunk_of([(1, 1), (1, 2)]), chunk_of([(1, 2), (2, 2)], first_row=4)]
    assert put(dry(), *rows) == put(real(), *rows)
    with pytest.raises((sqlite3.OperationalError, driver.CatalogException, psycopg.errors.UndefinedTable)):
        list(read(dry, ORDERS))


def test_replace_drops_the_old_rows_with_the_first_chunk(database):
    open_new, read, _ = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]))
    with closing(open_again()) as sink:
        sink.open(ORDERS)
        sink.prepare(Mode(replaces=True))
    assert list(read(open_again, ORDERS)) == [(1, 1)]
    put(open_again(), chunk_of([(2, 2)]), replaces=True)
    assert list(read(open_again, ORDERS)) == [(2, 2)]


def test_rows_and_checkpoint_commit_together_or_not_at_all(database):
    open_new, read, _ = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"), ends=False)
    with closing(open_again()) as sink:
        sink.open(ORDERS, Claim(job_id="one", owner="b"))
        sink.prepare(Mode())
        sink.write(chunk_of([(2, 2)]))
    with closing(open_again()) as sink:
        assert sink.open(ORDERS).checkpoints["one"].chunks == 1
    assert list(read(open_again, ORDERS)) == [(1, 1)]


def test_an_atomic_job_is_one_transaction(database):
    open_new, read, _ = database
    open_again = open_new(atomic=True)
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="zero", owner="a"))
    put(open_again(), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="b"), ends=False)
    with closing(open_again()) as sink:
        assert list(sink.open(ORDERS).checkpoints) == ["zero"]
    put(open_again(), chunk_of([(3, 3)]), claim=Claim(job_id="one", owner="c"))
    assert sorted(read(open_again, ORDERS)) == [(1, 1), (3, 3)]


def test_rows_that_the_database_refuses_do_not_end_an_atomic_job(database):
    open_new, read, execute = database
    open_again = open_new(atomic=True)
    execute(open_again, "CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT CHECK (qty < 50))")
    first = chunk_of([(1, 1), (2, 50), (3, 3)])
    second = chunk_of([(1, 60), (2, 7), (3, 4)])
    one, two = put(open_again(), first, second, claim=Claim(job_id="one", owner="a"))
    assert [(len(written.refused), written.created, written.updated) for written in (one, two)] == [
        (1, 2, 0),
        (1, 1, 1),
    ]
    assert sorted(read(open_again, ORDERS)) == [(1, 1), (2, 7), (3, 4)]


@pytest.mark.parametrize("is_new", [False, True], ids=["table exists", "table is new"])
def test_a_run_that_was_taken_over_before_its_first_chunk_drops_nothing(database, is_new):
    open_new, read, _ = database
    open_again = open_new()
    other = ORDERS if not is_new else replace(ORDERS, name="other")
    put(open_again(), chunk_of([(9, 9)]), table=other, claim=Claim(job_id="zero", owner="z"))
    with closing(open_again()) as frozen:
        assert "one" not in frozen.open(ORDERS, Claim(job_id="one", owner="a")).checkpoints
        put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="b"), replaces=True)
        with pytest.raises(TakenOverError):
            put_prepared(frozen, chunk_of([(1, 1)]), Mode(replaces=True))
    assert list(read(open_again, ORDERS)) == [(1, 1)]
    with closing(open_again()) as sink:
        own = sink.open(ORDERS).checkpoints["one"]
    assert (own.owner, own.is_done) == ("b", True)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DELETE FROM _importer_checkpoints", "deleted"),
        ("UPDATE _importer_checkpoints SET checkpoint = '{'", "changed"),
    ],
)
@pytest.mark.filterwarnings("ignore:the checkpoint of job one")
def test_a_checkpoint_that_somebody_edits_stops_the_job_and_is_named(database, change, what):
    open_new, read, execute = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"), ends=False)
    with closing(open_again()) as sink:
        own = sink.open(ORDERS, Claim(job_id="one", owner="b")).checkpoints["one"]
        sink.prepare(Mode())
        sink.write(chunk_of([(2, 2)]))
        sink.commit(replace(own, chunks=2))
        execute(open_again, change)
        sink.write(chunk_of([(3, 3)]))
        with pytest.raises(ResumeError, match=f"the row of job one in _importer_checkpoints was {what}"):
            sink.commit(replace(own, chunks=3))
    assert sorted(read(open_again, ORDERS)) == [(1, 1), (2, 2)]


def test_jobs_that_begin_with_a_new_duckdb_file_at_the_same_moment_wait_for_one_another(tmp_path):
    place = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    other = replace(ORDERS, name="other")
    with closing(open_sink(place)) as sink, ThreadPoolExecutor() as pool:
        sink.open(ORDERS, Claim(job_id="one", owner="a"))
        sink.prepare(Mode())
        waits = pool.submit(
            put, open_sink(place), chunk_of([(2, 2)]), table=other, claim=Claim(job_id="two", owner="b")
        )
        sink.write(chunk_of([(1, 1)]))
        sink.commit(Checkpoint(chunks=1))
        assert [written.created for written in waits.result()] == [1]
    with closing(open_sink(place)) as sink:
        assert list(sink.open(other).checkpoints) == ["two"]


def test_a_job_whose_table_was_dropped_starts_anew_where_no_row_was_counted(database):
    open_new, read, execute = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"), ends=False)
    execute(open_again, "DROP TABLE orders")
    put(open_again(), chunk_of([(1, 2)]), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="b"))
    assert sorted(read(open_again, ORDERS)) == [(1, 2), (2, 2)]


def test_the_table_of_checkpoints_takes_no_rows(database):
    open_new, _, _ = database
    with closing(open_new()()) as sink, pytest.raises(SinkError, match="keeps the checkpoints of imports"):
        sink.open(replace(ORDERS, name="_Importer_Checkpoints"))


def test_a_dropped_table_takes_its_checkpoints_along(database):
    open_new, read, execute = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"))
    execute(open_again, "DROP TABLE orders")
    with closing(open_again()) as sink:
        assert sink.open(ORDERS).checkpoints == {}
    put(open_again(), chunk_of([(2, 2)]), claim=Claim(job_id="two", owner="a"))
    assert list(read(open_again, ORDERS)) == [(2, 2)]


def test_a_dry_run_tells_what_would_change_column_by_column(database):
    open_new, read, _ = database
    open_again = open_new()
    put(open_again(), chunk_of([(1, 1), (2, 2), (3, None)]))
    file = pl.DataFrame({"id": [1, 2, 3, 4], "qty": [1, 5, 6, 7]})
    plan = importer.plan(file, into=open_again().label, table="orders", key="id", listeners=[])
    checked = plan.check()
    assert sorted(checked.changes.rows()) == [("2", "qty", "2", "5"), ("3", "qty", None, "6")]
    assert (checked.progress.created, checked.progress.updated, checked.progress.unchanged) == (1, 2, 1)
    assert sorted(read(open_again, ORDERS)) == [(1, 1), (2, 2), (3, None)]
    assert "this would change" in checked._repr_html_()


def test_a_cell_that_the_database_refuses_is_told_with_its_place(database):
    open_new, _, execute = database
    open_again = open_new()
    execute(open_again, "CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT NOT NULL)")
    file = pl.DataFrame({"No.": [1, 2], "qty": [1, None]})
    plan = importer.plan(file, into=open_again().label, table="orders", mapping={"id": "No."}, schema=Orders)
    report = replace(plan, listeners=()).run()
    assert report.rejects.select("row", "column", "letter", "rule").rows() == [(3, "qty", "B", "missing-cell")]
    assert report.rejected_rows.rows() == [(3, "2", None)]


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)


THERE = """CREATE TABLE orders (
    "Order No" INTEGER, "kind" VARCHAR(9), sold DATE, price DECIMAL(10, 2) NOT NULL, made TIMESTAMP,
    done BOOLEAN NOT NULL DEFAULT FALSE, PRIMARY KEY ("Order No", kind)
)"""


def test_a_table_that_is_there_is_a_schema_with_its_types_its_key_and_what_must_be_filled(database):
    open_new, _, execute = database
    open_again = open_new()
    execute(open_again, THERE)
    columns = importer.schema_of(open_again().label, "orders").columns()
    assert [name for name, column in columns.items() if column.primary_key] == ["Order No", "kind"]
    assert [name for name, column in columns.items() if not column.nullable] == ["Order No", "kind", "price"]
    assert [columns[name].dtype for name in ("kind", "sold", "price", "made", "done")] == [
        pl.String(),
        pl.Date(),
        pl.Decimal(10, 2),
        pl.Datetime("us"),
        pl.Boolean(),
    ]
    assert columns["Order No"].dtype.is_integer()


def test_columns_that_are_not_written_keep_what_they_hold(database):
    open_new, _, execute = database
    open_again = open_new()
    execute(open_again, THERE)
    into = open_again().label
    execute(open_again, """INSERT INTO orders VALUES (1, 'a', '2025-01-31', 2.5, NULL, TRUE)""")
    schema = importer.schema_of(into, "orders", columns=["Order No", "kind", "price"])
    frame = pl.DataFrame({"order no.": [1, 2], "Kind": ["a", "b"], "price": ["3,5", "4,5"], "other": [1, 2]})
    progress = importer.load(frame, into=into, table="orders", schema=schema, listeners=[]).progress
    assert (progress.created, progress.updated) == (1, 1)
    changed = importer.plan(frame.head(1), into=into, table="orders", schema=schema, listeners=[])
    assert changed.check().progress.unchanged == 1
    whole = importer.schema_of(into, "orders", hints={"sold": {"day_first": True}})
    row = pl.DataFrame({"Order No": 1, "kind": "a", "sold": "31/01/2025", "price": 3.5, "made": None, "done": "yes"})
    again = importer.plan(row, into=into, table="orders", schema=whole, listeners=[])
    assert again.check().progress.unchanged == 1


def test_a_table_that_is_not_there_is_no_schema(database):
    open_new, *_ = database
    into = open_new()().label
    with pytest.raises(importer.errors.SinkError, match=r"has no table 'orders'; import into it without a schema"):
        importer.schema_of(into, "orders")


def test_a_key_that_the_database_fills_by_itself_may_stay_out(database):
    open_new, _, execute = database
    open_again = open_new()
    kind = {"sqlite": "INTEGER", "duckdb": "INTEGER DEFAULT 7", "postgresql": "SERIAL"}
    execute(open_again, f"CREATE TABLE orders (id {kind[open_again().label.partition(':')[0]]} PRIMARY KEY, qty INT)")
    with closing(open_again()) as sink:
        key, qty = sink.open(ORDERS).columns
    assert (key.is_key, key.is_required, qty.is_key) == (True, False, False)
