"""What another program holds: a job waits for it, says for whom, gives up at the limit, and ends at once when asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest
from waiting import heard_at_once, until

import importer
from importer.core import State
from importer.errors import LockedError, OptionError
from importer.sinks import FileTableLock, columns_there

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
ROWS = [(100, 4_950)]


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(100)))
    return file


@pytest.fixture
def hold():
    """Has another process hold something: the process, which lets go with `let_go`."""
    processes = []

    def start(kind, place, *statements):
        command = [sys.executable, str(Path(__file__).with_name("holder.py")), kind, str(place), *statements]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def let_go(process):
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.fixture
def server():
    """A schema of its own in PostgreSQL with an empty table: its URL, and a function that runs a statement there."""
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    url = f"{POSTGRES}?options=-csearch_path%3D{schema}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
        connection.execute("CREATE TABLE orders (id BIGINT PRIMARY KEY, qty BIGINT); INSERT INTO orders VALUES (55, 0)")

        def run(sql):
            cursor = connection.execute(sql)
            return [] if cursor.description is None else cursor.fetchall()

        yield url, run
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def job_of(orders, into, **options):
    options = {"table": "orders", "key": "id", "chunk_rows": 10, "listeners": []} | options
    return heard_at_once(importer.plan(orders, into=into, **options).job())


def waiting(job):
    """What the job waits for, once it does."""
    job.start()
    until(lambda: job.progress.state is State.WAITING)
    return job.progress.error


DUCKDB = ("CREATE OR REPLACE TABLE other (a INTEGER)", "BEGIN")


def test_a_second_process_on_a_duckdb_file_waits_for_its_turn(hold, orders, tmp_path):
    place = tmp_path / "shop.duckdb"
    other = hold("duckdb", place, *DUCKDB)
    job = job_of(orders, f"duckdb:///{place}")
    assert waiting(job).startswith(f"waiting for process {other.pid}, ")
    let_go(other)
    assert job.result().progress.created == 100
    with closing(duckdb.connect(str(place))) as connection:
        assert connection.execute("SELECT count(*), sum(qty) FROM orders").fetchall() == ROWS


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_who_does_not_want_to_wait_learns_who_holds_the_file(hold, orders, tmp_path, monkeypatch, kind, dry_run):  # noqa: PLR0913, PLR0917
    place = tmp_path / "shop.db"
    statements = DUCKDB if kind == "duckdb" else ("CREATE TABLE other (a)", "BEGIN EXCLUSIVE")
    other = hold(kind, place, *statements)
    monkeypatch.setenv("IMPORTER_WAIT_S", "0")
    plan = importer.plan(orders, into=f"{kind}:///{place}", table="orders", key="id", listeners=[])
    with pytest.raises(LockedError, match=rf"process {other.pid}, .*raise IMPORTER_WAIT_S") as caught:
        plan.check() if dry_run else plan.run()
    assert caught.value.code == "locked"
    assert str(other.pid) in caught.value.facts["holder"]


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_wait_for_a_file_ends_at_once_when_the_job_is_cancelled(hold, orders, tmp_path, kind):
    place = tmp_path / "shop.db"
    hold(kind, place, *(DUCKDB if kind == "duckdb" else ("CREATE TABLE other (a)", "BEGIN EXCLUSIVE")))
    job = job_of(orders, f"{kind}:///{place}")
    waiting(job)
    job.cancel()
    assert job.result().progress.state is State.CANCELLED


def test_a_writer_that_froze_in_a_transaction_is_waited_for(hold, orders, tmp_path):
    place = tmp_path / "shop.db"
    other = hold("sqlite", place, "CREATE TABLE other (a)", "BEGIN IMMEDIATE", "INSERT INTO other VALUES (1)")
    os.kill(other.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, other.pid, os.WSTOPPED | os.WNOWAIT)
    job = job_of(orders, f"sqlite:///{place}")
    assert f"process {other.pid}" in waiting(job)
    os.kill(other.pid, signal.SIGCONT)
    let_go(other)
    assert job.result().progress.created == 100
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT count(*), sum(qty) FROM orders").fetchall() == ROWS
        assert connection.execute("SELECT * FROM other").fetchall() == [(1,)]


def test_a_commit_waits_for_those_who_read(hold, orders, tmp_path):
    place = tmp_path / "shop.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript("CREATE TABLE other (a); INSERT INTO other VALUES (1)")
    other = hold("sqlite", place, "BEGIN", "SELECT * FROM other")
    job = job_of(orders, f"sqlite:///{place}", atomic=True)
    assert f"process {other.pid}" in waiting(job)
    let_go(other)
    assert job.result().progress.created == 100


LOCKS = {
    "a table that is altered": ("BEGIN", "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"),
    "a row": ("BEGIN", "SELECT * FROM orders WHERE id = 55 FOR UPDATE"),
    "a key that is inserted": ("BEGIN", "INSERT INTO orders VALUES (77, 0)"),
}


@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize("what", LOCKS)
def test_locks_of_other_programs_in_postgres_are_waited_for(orders, server, hold, what, atomic):
    url, run = server
    other = hold("postgres", f"{url}&application_name=ps'ql", *LOCKS[what])
    job = job_of(orders, url, atomic=atomic)
    why = waiting(job)
    assert """application "ps'ql\"""" in why
    assert "since '20" in why
    let_go(other)
    report = job.result()
    assert report.progress.rows_read == report.progress.created + report.progress.updated == 100
    assert run("SELECT count(*), sum(qty) FROM orders") == ROWS


def test_a_lock_that_nobody_gives_up_ends_the_job_at_the_limit(orders, server, hold, monkeypatch):
    url, run = server
    monkeypatch.setenv("IMPORTER_WAIT_S", "0.2")
    hold("postgres", url, *LOCKS["a row"])
    with pytest.raises(LockedError, match=r"is held by process .*, and the wait of 0.2 s is over; run again"):
        job_of(orders, url).start().result()
    assert run("SELECT count(*), sum(qty) FROM orders WHERE id <> 55") == [(50, 1_225)]


def test_a_wait_for_a_row_ends_at_once_when_the_job_is_cancelled(orders, server, hold):
    url, run = server
    hold("postgres", url, *LOCKS["a row"])
    job = job_of(orders, url)
    waiting(job)
    job.cancel()
    progress = job.result().progress
    assert (progress.state, progress.created) == (State.CANCELLED, 50)
    assert run("SELECT count(*) FROM orders WHERE id <> 55") == [(50,)]


def test_who_only_looks_waits_briefly(hold, tmp_path):
    place = tmp_path / "shop.duckdb"
    other = hold("duckdb", place, *DUCKDB)
    with pytest.raises(LockedError, match=rf"process {other.pid}, .*the wait of 2 s is over"):
        columns_there(f"duckdb:///{place}", "orders")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_turn_at_a_table_has_the_same_limit(orders, server, tmp_path, monkeypatch, kind):
    into = server[0] if kind == "postgres" else f"sqlite:///{tmp_path}/shop.db"
    first = job_of(orders, into)
    first.pause()
    first.start()
    until(lambda: first.progress.state is State.PAUSED)
    other = orders.with_name("other.csv")
    other.write_text("id,qty\n1,1\n")
    monkeypatch.setenv("IMPORTER_WAIT_S", "0.2")
    with pytest.raises(LockedError, match=r"the table 'orders' is held by another job .*process \d+, user '"):
        job_of(other, into).start().result()
    first.resume()
    assert first.result().progress.rows_read == 100


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "1" * 400])
def test_a_limit_that_is_no_number_of_seconds_is_told(orders, tmp_path, monkeypatch, text):
    monkeypatch.setenv("IMPORTER_WAIT_S", text)
    with pytest.raises(
        OptionError, match=r"IMPORTER_WAIT_S is '.*', which is not a number of seconds; set it to a number"
    ):
        job_of(orders, f"sqlite:///{tmp_path}/shop.db").start().result()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[1]", "7", "\0", json.dumps({"process": "\x1b[2J" * 999, "user": {"a": ["\n" * 99]}})]
)
def test_what_a_holder_says_of_itself_is_cut_and_escaped(text, home):
    lock = FileTableLock("sqlite:///shop.db", "orders", "one")
    lock.acquire(is_over=lambda: False, wait=lambda: None)
    [said] = (Path(home) / "locks").glob("*.job")
    said.write_text(text)
    holder = FileTableLock("sqlite:///shop.db", "orders", "two").holder() or ""
    lock.release()
    assert holder.isprintable()
    assert len(holder) < 500


class Line:
    """A line to PostgreSQL that falls silent: what is on it is heard by nobody, new connections work."""

    def __init__(self):
        there = urlsplit(POSTGRES)
        self.there = there.hostname, there.port or 5432
        self.server = socket.create_server(("127.0.0.1", 0))
        self.era = 0
        self.sockets = [self.server]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, url):
        return url.replace(f"//{urlsplit(url).netloc}", f"//127.0.0.1:{self.server.getsockname()[1]}", 1)

    def fall_silent(self):
        self.era += 1

    def close(self):
        for one in self.sockets:
            one.close()

    def _accept(self):
        while True:
            try:
                here, _ = self.server.accept()
            except OSError:
                return
            there = socket.create_connection(self.there)
            self.sockets += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(one, other, self.era), daemon=True).start()

    def _pass_on(self, one, other, era):
        try:
            while data := one.recv(65_536):
                if era == self.era:
                    other.sendall(data)
            if era == self.era:
                other.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def line():
    made = Line()
    yield made
    made.close()


@pytest.mark.parametrize("when", ["begins", "is in the middle", "ends"])
def test_a_network_that_only_falls_silent_is_told_and_outlived(orders, server, line, when):
    url, run = server
    silent, waits = threading.Event(), []

    def listen(now):
        rows = {"begins": 0, "is in the middle": 50, "ends": 100}[when]
        is_time = now.state is State.PAUSED if when == "begins" else now.rows_read == rows
        if is_time and not silent.is_set():
            silent.set()
            line.fall_silent()
        if now.state is State.WAITING:
            waits.append(now.error)

    job = job_of(orders, line.url(url), listeners=[listen])
    if when == "begins":
        job.pause()
    job.start()
    assert silent.wait(20)
    job.resume()
    assert job.result().progress.rows_read == 100
    assert waits
    assert run("SELECT count(*), sum(qty) FROM orders") == ROWS


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_table_that_is_locked_while_a_job_begins_is_never_seen_half_replaced(hold, orders, tmp_path, kind):
    place = tmp_path / "shop.db"
    made = "CREATE TABLE orders (id BIGINT, qty BIGINT)", "INSERT INTO orders VALUES (1, 1)"
    other = hold(kind, place, *made, "BEGIN EXCLUSIVE" if kind == "sqlite" else "BEGIN")

    def stop(now):
        if now.rows_read >= 10:
            job.cancel()

    job = job_of(orders, f"{kind}:///{place}", key=None, if_table_exists="replace", listeners=[stop])
    waiting(job)
    let_go(other)
    assert job.result().progress.state is State.CANCELLED
    with closing(duckdb.connect(str(place)) if kind == "duckdb" else sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT * FROM orders").fetchall() == [(1, 1)]


def test_a_table_that_another_job_makes_meanwhile_is_replaced_as_a_whole(orders, tmp_path):
    place = tmp_path / "shop.db"

    def stop(now):
        if now.rows_read >= 10:
            second.cancel()

    first = job_of(orders, f"sqlite:///{place}", key=None)
    first.pause()
    first.start()
    until(lambda: first.progress.state is State.PAUSED)
    other = orders.with_name("other.csv")
    other.write_text("id,qty\n" + "1,1\n" * 50)
    second = job_of(other, f"sqlite:///{place}", key=None, if_table_exists="replace", listeners=[stop])
    waiting(second)
    first.resume()
    first.result()
    assert second.result().progress.state is State.CANCELLED
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT count(*), sum(qty) FROM orders").fetchall() == ROWS
