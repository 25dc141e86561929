"""A database that the package does not know, written from the contract alone: MariaDB."""

from __future__ import annotations

import os
import uuid
from contextlib import closing
from dataclasses import replace

import polars as pl
import pymysql
import pytest
from dialects.mariadb import MariadbDialect, connected

import importer
from importer.core import Claim, State, TableColumn
from importer.errors import AlreadyImportedError, SinkError
from importer.sinks import SqlSink
from importer.testing import SINK_CONTRACT
from importer.testing._sink_contract import ORDERS, chunk_of, put

MARIADB = os.environ.get("IMPORTER_TEST_MARIADB", "mysql://root@127.0.0.1:3306/test")


@pytest.fixture
def new_database():
    try:
        server = connected(MARIADB)
    except pymysql.OperationalError as exc:
        if exc.args[0] not in {2002, 2003}:
            raise
        pytest.skip(f"no MariaDB answers at IMPORTER_TEST_MARIADB: {exc}")
    made = []

    def new():
        made.append(f"importer_test_{uuid.uuid4().hex[:12]}")
        # The server's defaults ignore case, and a database may have another character set yet.
        server.query(f"CREATE DATABASE {made[-1]} CHARACTER SET latin1")
        return f"{MARIADB.rpartition('/')[0]}/{made[-1]}"

    with server:
        yield new
        for name in made:
            server.query(f"DROP DATABASE {name}")


def rows_of(url, table):
    dialect = MariadbDialect(url)
    dialect.connect()
    try:
        names = dialect.names(column.name for column in table.columns)
        return dialect.execute(f"SELECT {names} FROM {dialect.quote(table.name)}")
    finally:
        dialect.close()


@pytest.mark.parametrize("promise", SINK_CONTRACT, ids=lambda promise: promise.__name__)
def test_sink(new_database, promise):
    def open_new():
        url = new_database()
        return lambda: SqlSink(MariadbDialect(url))

    promise(open_new, lambda open_again, table: rows_of(open_again().dialect._url, table))


@pytest.fixture
def url(new_database):
    return new_database()


@pytest.fixture
def run(url):
    """Runs a statement of another program."""

    def run(sql):
        with connected(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    return run


def sink_of(url, **options):
    return SqlSink(MariadbDialect(url), **options)


def test_a_file_is_checked_imported_and_found_unchanged(url, run, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty,sold\nA1,5,2025-01-31\na1,7,2025-02-28\n", "utf-8")
    plan = importer.plan(file, into=sink_of(url), key="id", if_table_exists="append", listeners=[])
    assert plan.check().progress.created == 2
    assert run("SHOW TABLES") == []
    assert plan.run().progress.created == 2
    again = importer.load(
        file, into=sink_of(url), key="id", if_table_exists="append", if_imported="again", listeners=[]
    )
    assert (again.progress.unchanged, again.progress.rows_read) == (2, 2)
    with pytest.raises(AlreadyImportedError):
        importer.load(file, into=sink_of(url), key="id", if_table_exists="append", listeners=[])
    assert run("SELECT id, qty FROM orders ORDER BY qty") == [("A1", 5), ("a1", 7)]
    assert sorted(run("SHOW TABLES")) == [("_importer_checkpoints",), ("orders",)]


def test_a_dry_run_shows_what_would_change_and_changes_nothing(url, run):
    put(sink_of(url), chunk_of([(1, 1), (2, 2)]))
    file = pl.DataFrame({"id": [1, 2, 3], "qty": [1, 5, 6]})
    options = {"into": sink_of(url), "table": "orders", "key": "id", "listeners": []}
    checked = importer.plan(file, **options, if_table_exists="append").check()
    assert checked.changes.rows() == [("2", "qty", "2", "5")]
    replaced = importer.plan(file, **options, if_table_exists="replace").check()
    assert replaced.progress.created == 3
    assert run("SELECT * FROM orders") == [(1, 1), (2, 2)]
    assert run("SHOW TABLES") == [("orders",)]


REFUSALS = {
    "check": ("BIGINT CHECK (qty < 10)", 99, "constraint-error"),
    "unique": ("BIGINT UNIQUE", 1, "unique-error"),
    "too large": ("TINYINT", 999, "constraint-error"),
    "not null": ("BIGINT NOT NULL", None, "missing-cell"),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("commits", ["chunk", "job"])
def test_a_row_that_the_database_refuses_does_not_keep_the_others_out(url, run, commits, case):
    declared, bad, rule = REFUSALS[case]
    run(f"CREATE TABLE orders (id BIGINT PRIMARY KEY, qty {declared})")
    [written] = put(sink_of(url, commits=commits), chunk_of([(1, 1), (2, 2), (3, bad), (4, 4)]))
    assert written.created == 3
    assert [(refusal.row, refusal.rule) for refusal in written.refused] == [(4, rule)]
    assert run("SELECT * FROM orders ORDER BY id") == [(1, 1), (2, 2), (4, 4)]


def test_a_row_that_shares_another_unique_column_is_refused_and_changes_no_other_row(url, run):
    run("CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT UNIQUE)")
    put(sink_of(url), chunk_of([(1, 1)]))
    [written] = put(sink_of(url), chunk_of([(1, 1), (2, 1)]))
    assert (written.unchanged, len(written.refused)) == (1, 1)
    assert run("SELECT * FROM orders") == [(1, 1)]


def test_a_table_that_ignores_case_refuses_a_second_spelling_of_a_key(url, run):
    run("CREATE TABLE names (id VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, qty BIGINT)")
    table = replace(ORDERS, name="names", columns=(TableColumn(name="id", dtype=pl.String()), ORDERS.columns[1]))
    put(sink_of(url), chunk_of([("a", 1)], table), table=table)
    [written] = put(sink_of(url), chunk_of([("A", 2), ("b", 3)], table), table=table)
    assert (written.created, written.updated, len(written.refused)) == (1, 0, 1)
    assert run("SELECT * FROM names ORDER BY id") == [("a", 1), ("b", 3)]


@pytest.mark.parametrize("if_table_exists", ["append", "replace"])
@pytest.mark.parametrize("atomic", [False, True], ids=["by chunk", "atomic"])
def test_a_cancelled_job_keeps_what_it_committed_and_goes_on_from_there(url, run, tmp_path, if_table_exists, atomic):
    put(sink_of(url), chunk_of([(999, 9)]))
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{number},{number % 7}\n" for number in range(50)))
    sink = sink_of(url)
    options = {"key": "id", "chunk_rows": 10, "if_table_exists": if_table_exists, "atomic": atomic}
    plan = importer.plan(file, into=sink, table="orders", listeners=[], **options)
    job = replace(plan, listeners=(lambda now: now.rows_read >= 20 and job.cancel(),)).job()
    job._run._broadcast._min_interval_s = 0.0
    job.start().result()
    old = [] if if_table_exists == "replace" else [(999, 9)]
    is_whole = atomic or if_table_exists == "replace"
    committed = [(999, 9)] if is_whole else [*((number, number % 7) for number in range(20)), *old]
    assert run("SELECT * FROM orders ORDER BY id") == committed
    report = plan.run() if is_whole else importer.resume(job, into=sink, listeners=[])
    assert report.progress.created == 50
    assert run("SELECT * FROM orders ORDER BY id") == [*((number, number % 7) for number in range(50)), *old]
    assert sorted(run("SHOW TABLES")) == [("_importer_checkpoints",), ("orders",)]


class KilledBeforeRenaming(MariadbDialect):
    def put_in_place(self, *_):
        raise KeyboardInterrupt


def test_a_run_that_is_killed_between_its_commit_and_the_renaming_loses_nothing(url, run):
    with pytest.raises(KeyboardInterrupt):
        put(SqlSink(KilledBeforeRenaming(url)), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"))
    put(sink_of(url), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="b"))
    assert run("SELECT * FROM orders") == [(1, 1), (2, 2)]
    assert sorted(run("SHOW TABLES")) == [("_importer_checkpoints",), ("orders",)]


def kill_connections(url):
    with connected(url) as connection, connection.cursor() as cursor:
        name = url.rpartition("/")[2]
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID()", [name])
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {number}")


@pytest.mark.parametrize("rows", [0, 10, 20])
def test_a_job_goes_on_after_the_server_closes_its_connections(url, run, tmp_path, rows):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{number},1\n" for number in range(50)))
    killed = []

    def listen(now):
        if now.rows_read >= rows and now.state is State.RUNNING and not killed:
            killed.append(now)
            kill_connections(url)

    plan = importer.plan(file, into=sink_of(url), table="orders", key="id", chunk_rows=10, listeners=[listen])
    job = plan.job()
    job._run._broadcast._min_interval_s = 0.0
    assert (job.start().result().progress.created, len(killed)) == (50, 1)
    assert run("SELECT COUNT(*) FROM orders") == [(50,)]
    assert sorted(run("SHOW TABLES")) == [("_importer_checkpoints",), ("orders",)]


class LostBeforeRenaming(MariadbDialect):
    is_killed = False

    def put_in_place(self, new, table):
        if not self.is_killed:
            self.is_killed = True
            kill_connections(self._url)
        super().put_in_place(new, table)


def test_a_connection_that_is_lost_between_commit_and_renaming_is_made_again(url, run):
    file = pl.DataFrame({"id": range(50), "qty": 1})
    options = {"table": "orders", "key": "id", "chunk_rows": 10, "listeners": []}
    report = importer.load(file, into=SqlSink(LostBeforeRenaming(url)), **options)
    assert report.progress.created == 50
    assert run("SELECT COUNT(*), MIN(qty), MAX(qty) FROM orders") == [(50, 1, 1)]
    assert sorted(run("SHOW TABLES")) == [("_importer_checkpoints",), ("orders",)]


def test_a_table_that_others_refer_to_is_not_replaced_and_keeps_its_rows(url, run):
    put(sink_of(url), chunk_of([(1, 1)]))
    run("CREATE TABLE parcels (id BIGINT, FOREIGN KEY (id) REFERENCES orders (id) ON DELETE CASCADE)")
    run("INSERT INTO parcels VALUES (1)")
    with pytest.raises(SinkError, match="rows of 'parcels' point at rows of 'orders'"):
        put(sink_of(url), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="a"), replaces=True)
    assert run("SELECT * FROM orders") == [(1, 1)]
    assert run("SELECT * FROM parcels") == [(1,)]
    assert run("SELECT * FROM _importer_checkpoints") == []
    run("DELETE FROM parcels")
    run("CREATE TRIGGER gone BEFORE DELETE ON orders FOR EACH ROW DELETE FROM parcels")
    with pytest.raises(SinkError, match="runs the trigger 'gone'"):
        put(sink_of(url), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="a"), replaces=True)
    run("DROP TRIGGER gone")
    put(sink_of(url), chunk_of([(2, 2)]), claim=Claim(job_id="one", owner="a"), replaces=True)
    assert run("SELECT * FROM orders") == [(2, 2)]


def test_tables_whose_names_differ_in_case_have_checkpoints_of_their_own(url):
    big = replace(ORDERS, name="Orders")
    put(sink_of(url), chunk_of([(1, 1)]), claim=Claim(job_id="one", owner="a"))
    put(sink_of(url), chunk_of([(1, 1)], big), table=big, claim=Claim(job_id="two", owner="a"), replaces=True)
    for table, job in [(ORDERS, "one"), (big, "two")]:
        with closing(sink_of(url)) as sink:
            assert list(sink.open(table).checkpoints) == [job]


def test_one_job_at_a_time_holds_a_table_and_the_server_frees_it_with_the_connection(url):
    first, same_job, second = (MariadbDialect(url).lock("orders", job) for job in ("one", "one", "two"))
    waits = []
    first.acquire(is_over=lambda: False, wait=lambda: waits.append("first"))
    same_job.acquire(is_over=lambda: False, wait=lambda: waits.append("same job"))
    second.acquire(is_over=lambda: True, wait=lambda: waits.append("second"))
    assert waits == ["second"]
    first.keep()
    first.release()
    second.keep()
    for lock in (same_job, second):
        lock.release()
