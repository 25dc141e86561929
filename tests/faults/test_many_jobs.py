"""Twenty jobs at once, and forty in a row: every row is in, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from waiting import until

import importer
from importer.core._progress import State

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
JOBS = 20


def file_of(folder, number, rows=40):
    file = folder / f"part_{number}.csv"
    file.write_text("id,qty\n" + "".join(f"{number * rows + n},{n}\n" for n in range(rows)))
    return file


def started(folder, into, **options):
    plans = [importer.plan(file_of(folder, n), into=into, key="id", listeners=[], **options) for n in range(JOBS)]
    return [plan.start() for plan in plans]


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_twenty_jobs_at_once_fill_one_table(tmp_path, kind):
    into = f"{kind}:///{tmp_path}/shop.{kind}"
    for job in started(tmp_path, into, table="parts"):
        assert job.result().progress.created == 40
    again = importer.load(file_of(tmp_path, 0, rows=40 * JOBS), into=into, table="parts", key="id", listeners=[])
    assert (again.progress.created, again.progress.rows_read) == (0, 40 * JOBS)
    assert {record.state for record in importer.jobs()} == {State.SUCCEEDED}


def test_twenty_jobs_at_once_fill_twenty_tables_of_a_server(tmp_path):
    schema = f"many_{os.getpid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            jobs = started(tmp_path, f"{POSTGRES}?options=-csearch_path%3D{schema}")
            assert [job.result().progress.created for job in jobs] == [40] * JOBS
            counted = [
                connection.execute(f"SELECT count(*) FROM {schema}.part_{number}").fetchone() for number in range(JOBS)
            ]
            assert counted == [(40,)] * JOBS
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def test_half_of_twenty_jobs_are_cancelled_and_the_others_do_not_notice(tmp_path):
    jobs = started(tmp_path, tmp_path / "shop.db", table="parts", chunk_rows=4)
    for job in jobs[::2]:
        job.cancel()
    done = [job.result().progress for job in jobs]
    assert all(now.state is State.SUCCEEDED for now in done[1::2])
    assert all(now.state in {State.SUCCEEDED, State.CANCELLED} for now in done[::2])
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        [(rows, different)] = connection.execute("SELECT count(*), count(DISTINCT id) FROM parts").fetchall()
    assert rows == different == sum(now.created for now in done)


def handles():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("fails", [False, True])
def test_forty_jobs_in_a_row_leave_no_thread_and_no_handle(tmp_path, fails):
    def run():
        file = file_of(tmp_path, 0)
        report = importer.plan(file, into=tmp_path / "shop.db", key="id", if_imported="again", listeners=[], **options)
        job = report.start()
        job.wait()
        return job.progress.state

    options = {"table": "parts"} | ({"max_rejects": 0, "corrections": {(2, "id"): "x"}} if fails else {})
    wanted = State.FAILED if fails else State.SUCCEEDED
    for _ in range(5):
        assert run() is wanted
    before, threads = handles(), threading.active_count()
    for _ in range(40):
        assert run() is wanted
    until(lambda: threading.active_count() <= threads)
    until(lambda: handles() <= before + 2)
