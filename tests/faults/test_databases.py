"""Databases that go away, or fill up, under a job."""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from contextlib import closing
from dataclasses import replace

import polars as pl
import psycopg
import pytest
from waiting import until

import importer
from importer.core._progress import State
from importer.errors import ResumeError, SinkError
from importer.sinks import SqlSink
from importer.sinks.dialects._sqlite import SqliteDialect

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")

ENDS_ITSELF = """
CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT);
CREATE SEQUENCE once;
CREATE FUNCTION end_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 33 AND nextval('once') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER end_once BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION end_once();
"""


@pytest.fixture
def server():
    """A schema of its own in PostgreSQL: its URL, and a function that runs a statement there."""
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    url = f"{POSTGRES}?options=-csearch_path%3D{schema}"

    def run(sql):
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return [] if cursor.description is None else cursor.fetchall()

    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield url, run
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(100)))
    return file


def heard(plan, listener):
    """The job of the plan, every snapshot of which is heard."""
    return heard_at_once(plan, listener).start()


def heard_at_once(plan, listener):
    job = replace(plan, listeners=(listener,)).job()
    job._run._broadcast._min_interval_s = 0.0
    return job


def paused_within(orders, url):
    """A job that is paused once half of the rows are in, and the errors that it tells from then on."""
    waits, was_paused = [], threading.Event()

    def listen(now):
        if now.rows_read == 50 and not was_paused.is_set():
            was_paused.set()
            job.pause()
        if now.state is State.WAITING:
            waits.append(now.error)

    job = heard_at_once(importer.plan(orders, into=url, key="id", chunk_rows=10, listeners=[]), listen)
    job.start()
    until(lambda: job.progress.state is State.PAUSED)
    return job, waits


@pytest.fixture
def other(tmp_path, monkeypatch):
    """Has a plan for the same table as on another host, which shares neither folder nor history."""
    file = tmp_path / "other.csv"
    file.write_text("id,qty\n1,1000\n")

    def plan(url):
        monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "another host"))
        return importer.plan(file, into=url, table="orders", key="id", listeners=[])

    return plan


def test_a_backend_that_ends_within_a_chunk_is_waited_for(server, orders):
    url, run = server
    run(ENDS_ITSELF)
    states = []
    plan = importer.plan(orders, into=url, key="id", chunk_rows=10, listeners=[])
    report = heard(plan, lambda now: states.append((now.state, now.error))).result()
    waits = [error for state, error in states if state is State.WAITING]
    assert waits[0].startswith("waiting for the database: ")
    assert (report.progress.created, report.progress.rejected, report.rejects.height) == (90, 10, 10)
    assert run("SELECT count(*), sum(qty) FROM orders") == [(90, 4_500)]
    assert report.progress.error is None


def test_a_server_that_answers_nobody_for_a_while_is_tried_again(server, orders):
    name = f"importer_test_{uuid.uuid4().hex[:12]}"
    _, run = server
    run(f"CREATE DATABASE {name}")
    waits = []

    def listen(now):
        if now.rows_read == 50 and now.state is State.RUNNING:
            run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        if now.state is State.WAITING:
            waits.append(now.error)
            if len(waits) == 3:
                run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    into = f"{POSTGRES.rpartition('/')[0]}/{name}"
    plan = importer.plan(orders, into=into, key="id", chunk_rows=10, listeners=[])
    try:
        report = heard(plan, listen).result()
        assert "not currently accepting connections" in waits[2]
        assert (report.progress.created, report.rejects.height) == (90, 10)
    finally:
        run(f"DROP DATABASE {name} WITH (FORCE)")


def test_jobs_of_two_hosts_take_turns_at_a_table(server, orders, other):
    url, run = server
    first, _ = paused_within(orders, url)
    is_waiting = threading.Event()
    second = heard(other(url), lambda now: now.state is State.WAITING and is_waiting.set())
    assert is_waiting.wait(20)
    assert second.progress.error.startswith("waiting for another job that writes to 'orders' (process ")
    first.resume()
    assert first.result().progress.created == 90
    assert second.result().progress.updated == 1
    assert run("SELECT count(*), sum(qty) FROM orders") == [(90, 4_500 - 1 + 1_000)]


def test_a_lock_that_was_lost_with_the_connection_is_waited_for_again(server, orders, other):
    url, run = server
    name = f"importer_test_{uuid.uuid4().hex[:12]}"
    first, waits = paused_within(orders, f"{url}&application_name={name}")
    run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'")
    second = other(url).job()
    second.pause()
    second.start()
    until(lambda: second.progress.state is State.PAUSED)
    first.resume()
    until(lambda: "waiting for the database: another job writes to 'orders' meanwhile; wait for it" in waits)
    second.resume()
    assert second.result().progress.updated == 1
    assert first.result().progress.created == 90


def test_a_job_that_waits_for_the_lock_keeps_waiting_when_its_connection_is_lost(server, orders, other):
    url, run = server
    name = f"importer_test_{uuid.uuid4().hex[:12]}"
    backends = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{name}'"
    first, _ = paused_within(orders, url)
    second = other(f"{url}&application_name={name}").job().start()
    until(lambda: second.progress.state is State.WAITING)
    [(lost,)] = run(backends)
    run(f"SELECT pg_terminate_backend({lost}, 5000)")
    until(lambda: [pid for (pid,) in run(backends) if pid != lost])
    assert (second.progress.state, second.progress.rows_read) == (State.WAITING, 0)
    first.resume()
    assert first.result().progress.created == 90
    assert second.result().progress.updated == 1
    assert run("SELECT count(*), sum(qty) FROM orders") == [(90, 4_500 - 1 + 1_000)]


@pytest.mark.parametrize(("when", "waits"), [("before the first chunk", False), ("before the end", True)])
def test_a_connection_that_is_lost_between_chunks_is_made_again(server, orders, when, waits):
    url, run = server
    name = f"importer_test_{uuid.uuid4().hex[:12]}"
    states, lost = [], threading.Event()

    def listen(now):
        states.append(now.state)
        is_time = now.state is State.PAUSED if when == "before the first chunk" else now.rows_read == 100
        if is_time and not lost.is_set():
            lost.set()
            run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{name}'")

    into = f"{url}&application_name={name}"
    job = heard_at_once(importer.plan(orders, into=into, key="id", chunk_rows=10, listeners=[]), listen)
    if when == "before the first chunk":
        job.pause()
    job.start()
    assert lost.wait(20)
    job.resume()
    report = job.result()
    assert report.progress.state is State.SUCCEEDED
    assert (State.WAITING in states) is waits
    assert (report.progress.created, report.rejects.height) == (90, 10)
    assert run("SELECT count(*), sum(qty) FROM orders") == [(90, 4_500)]


@pytest.mark.parametrize("if_table_exists", ["append", "replace"])
@pytest.mark.parametrize("lost", ["DROP TABLE orders", "DELETE FROM _importer_checkpoints"])
def test_a_job_whose_rows_may_be_gone_when_it_connects_again_fails(server, orders, lost, if_table_exists):
    url, run = server
    name = f"importer_test_{uuid.uuid4().hex[:12]}"

    def listen(now):
        if now.rows_read == 50 and run("SELECT to_regclass('gone') IS NULL") == [(True,)]:
            run(f"CREATE TABLE gone (); {lost}")
            run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{name}'")

    into = f"{url}&application_name={name}"
    plan = importer.plan(orders, into=into, if_table_exists=if_table_exists, chunk_rows=10, listeners=[])
    with pytest.raises(ResumeError, match="the target no longer remembers this job"):
        heard(plan, listen).result()
    if lost.startswith("DELETE"):
        assert run("SELECT count(*) FROM orders") == [(45,)]


def test_tables_whose_names_differ_in_case_do_not_share_checkpoints_in_postgres(server, orders):
    url, run = server
    one = importer.load(orders, into=url, table="Orders", if_table_exists="append", listeners=[])
    two = importer.load(orders, into=url, table="orders", if_table_exists="replace", listeners=[])
    jobs = run("SELECT table_name, job_id FROM _importer_checkpoints ORDER BY table_name DESC")
    assert sorted(jobs) == [("Orders", one.progress.job_id), ("orders", two.progress.job_id)]


def test_a_job_that_waits_for_a_database_can_be_cancelled(server, orders):
    url, run = server
    run(ENDS_ITSELF.replace("= 1 THEN", "> 0 THEN"))
    plan = importer.plan(orders, into=url, key="id", chunk_rows=10, listeners=[])
    job = heard(plan, lambda now: now.state is State.WAITING and job.cancel())
    assert (job.result().progress.state, job.progress.created) == (State.CANCELLED, 27)
    run("DROP TRIGGER end_once ON orders")
    assert importer.resume(job, listeners=[]).progress.created == 90


class SmallDisk(SqliteDialect):
    """A database on a disk with room for so many pages."""

    def connect(self):
        super().connect()
        self._open.execute("PRAGMA max_page_count = 12")


def test_a_disk_that_is_full_stops_the_job_until_there_is_room(tmp_path):
    file, place = tmp_path / "orders.csv", tmp_path / "shop.db"
    pl.DataFrame({"id": range(3_000), "note": ["some text " * 5] * 3_000}).write_csv(file)
    job = importer.plan(
        file, into=SqlSink(SmallDisk(place)), table="orders", key="id", chunk_rows=100, listeners=[]
    ).start()
    with pytest.raises(SinkError, match="disk is full; make room on the disk"):
        job.result()
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (job.progress.created,)
    assert 0 < job.progress.created < 3_000
    assert importer.job(job.id).state is State.FAILED
    assert importer.resume(job, into=place, listeners=[]).progress.created == 3_000
