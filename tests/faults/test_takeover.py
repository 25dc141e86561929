"""A process that freezes in the middle of an import, while another one takes over its job."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest

import importer
from importer.core import State
from importer.errors import LockedError

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
TABLE = "CREATE TABLE orders (id BIGINT, qty BIGINT)"


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(100)))
    return file


@pytest.fixture
def server():
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE {schema}.orders (id BIGINT, qty BIGINT)")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def frozen(orders, home):
    """A function that starts an import elsewhere, which freezes half way: its process, and the id of its job."""
    processes = []

    def freeze(into, when="between two chunks"):
        command = [sys.executable, str(Path(__file__).with_name("frozen.py")), str(orders), into, when]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        job_id = process.stdout.readline().strip()
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        with closing(sqlite3.connect(Path(home) / "jobs.db")) as store, store:
            # As if it had not been heard of for long.
            store.execute("UPDATE importer_jobs SET heard_at = '2000-01-01T00:00:00.000+00:00'")
        assert importer.job(job_id).state is State.INTERRUPTED
        return process, job_id

    yield freeze
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def counted(connection):
    return connection.execute("SELECT count(*), count(DISTINCT id), sum(qty) FROM orders").fetchall()


def check(frozen, into, read, **when):
    process, job_id = frozen(into, **when)
    report = importer.resume(job_id, listeners=[])
    assert (report.progress.rows_read, report.progress.created, report.progress.rejected) == (100, 90, 10)
    os.kill(process.pid, signal.SIGCONT)
    said, _ = process.communicate()
    assert process.returncode == 7
    assert said.startswith(f"job {job_id[:8]} was taken over by another process")
    assert read() == [(90, 90, 4_500)]
    record = importer.job(job_id)
    assert (record.state, record.rows_read, record.rejects.height) == (State.SUCCEEDED, 100, 10)
    assert record.host != "another-host"


def test_a_frozen_job_that_was_taken_over_writes_nothing_more_into_sqlite(frozen, tmp_path):
    place = tmp_path / "shop.db"

    def read():
        with closing(sqlite3.connect(place)) as connection:
            return counted(connection)

    check(frozen, f"sqlite:///{place}", read)


@pytest.mark.parametrize("when", ["between two chunks", "within a chunk"])
def test_a_frozen_job_that_was_taken_over_writes_nothing_more_into_postgres(frozen, server, when):
    def read():
        with psycopg.connect(server) as connection:
            return counted(connection)

    check(frozen, server, read, when=when)


def test_a_frozen_job_keeps_its_duckdb_file_to_itself(frozen, tmp_path, monkeypatch):
    place = tmp_path / "shop.duckdb"
    process, job_id = frozen(f"duckdb:///{place}")
    monkeypatch.setenv("IMPORTER_WAIT_S", "0")
    with pytest.raises(LockedError, match=f"is held by process {process.pid}"):
        importer.resume(job_id, listeners=[])
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert importer.resume(job_id, listeners=[]).progress.created == 90
    with closing(duckdb.connect(str(place))) as connection:
        assert counted(connection) == [(90, 90, 4_500)]
