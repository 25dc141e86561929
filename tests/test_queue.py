"""Imports that wait in a queue, and the workers that run them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import dataframely as dy
import polars as pl
import pytest
from stores import statement
from waiting import until

import importer
from importer.cli import main
from importer.core import State
from importer.engine import Worker
from importer.errors import ImporterError, JobNotFoundError, OptionError, ResumeError, SchemaError, SourceError
from importer.store import Queued, WorkerRecord, ask, open_store, record_word

PASSWORD = "s3cret"
AWAY = "postgresql://127.0.0.1:1/nobody"
LONG_AGO = "2000-01-01T00:00:00.000+00:00"

on_both = pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(params=["sqlite"])
def store(request):
    """The history in a file; a test that is marked has it in PostgreSQL too."""
    return request.getfixturevalue("store")


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(50)))
    return file


@pytest.fixture
def into(tmp_path):
    return tmp_path / "shop.db"


def submit(orders, into, **options):
    return importer.submit(orders, into=into, **{"key": "id", "types": {"qty": "Int64"}, **options})


def state(record):
    return importer.job(record.job_id).state


def drain(**options):
    return Worker(once=True, **options).run()


def rows(into, table="orders"):
    with closing(sqlite3.connect(into)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@contextmanager
def working(**options):
    """A worker in a thread."""
    worker = Worker(**options)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def test_a_worker_runs_what_was_submitted(orders, into):
    record = submit(orders, into)
    assert (record.state, state(record), importer.job(record.job_id).is_queued) == (State.PENDING, State.PENDING, True)
    assert not into.exists()
    assert drain() == 1
    done = importer.job(record.job_id)
    assert (done.state, done.created, done.rejected, rows(into)) == (State.SUCCEEDED, 45, 5, 45)
    assert done.rejects.height == 5
    assert drain() == 0


def test_an_import_that_waits_is_neither_live_nor_dead_nor_pruned(orders, into):
    record = submit(orders, into)
    statement("UPDATE importer_jobs SET heard_at = ?, made_at = ?", LONG_AGO, LONG_AGO)
    assert importer.jobs(state="pending").records[0].job_id == record.job_id
    assert not importer.jobs(state="interrupted")
    assert open_store().live() == []
    assert open_store().prune(1.0) == []
    assert state(record) is State.PENDING


def test_a_worker_takes_jobs_by_priority_and_then_in_order(orders, into):
    names = {submit(orders, into, table=f"t{n}", priority=n % 2).job_id: f"t{n}" for n in range(4)}
    begun = []
    drain(tell=lambda said: begun.append(said) if "try 1" in said else None)
    assert [names[one] for said in begun for one in names if one.startswith(said[4:12])] == ["t1", "t3", "t0", "t2"]


def test_a_job_waits_for_the_one_before(orders, into):
    first = submit(orders, into, table="first")
    second = submit(orders, into, table="second", after=first, priority=9)
    third = submit(orders, into, table="third", after=second.job_id[:8], priority=10)
    assert drain(jobs=3) == 3
    assert [state(one) for one in (first, second, third)] == [State.SUCCEEDED] * 3
    began = [importer.job(one.job_id).started_at for one in (first, second, third)]
    assert began == sorted(began)


def test_a_job_does_not_run_after_one_that_failed(orders, tmp_path):
    first = submit(orders, tmp_path / "no folder" / "shop.db")
    second = submit(orders, tmp_path / "shop.db", after=first)
    drain()
    assert [state(one) for one in (first, second)] == [State.FAILED] * 2
    assert f"was to run after job {first.short_id}, which is failed" in importer.job(second.job_id).error


@on_both
def test_several_workers_run_each_job_once(tmp_path):
    names = [f"orders{n}" for n in range(12)]
    for name in names:
        (tmp_path / f"{name}.csv").write_text("id\n1\n2\n")
        importer.submit(tmp_path / f"{name}.csv", into=tmp_path / f"{name}.db")
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: drain(), range(4)))
    assert sum(begun) == 12
    assert [rows(tmp_path / f"{name}.db", name) for name in names] == [2] * 12
    assert {record.state for record in importer.jobs()} == {State.SUCCEEDED}


@on_both
def test_nobody_claims_a_job_that_another_has_claimed():
    queue = open_store().queue
    for _ in range(20):
        queue.add(Queued(job_id=os.urandom(4).hex()))
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda n: queue.claim(f"worker {n % 8}"), range(40)))
    ids = [one.job_id for one in claimed if one is not None]
    assert len(ids) == len(set(ids)) == 20


@on_both
def test_a_worker_that_waits_hears_of_a_new_job(orders, into):
    with working():
        until(open_store().queue.workers)
        record = submit(orders, into)
        until(lambda: state(record) is State.SUCCEEDED)
    assert open_store().queue.workers() == []


@on_both
def test_a_job_of_a_silent_worker_is_taken_over_and_the_old_claim_does_nothing():
    queue, old, new = open_store().queue, WorkerRecord(), WorkerRecord()
    queue.beat(old)
    queue.add(Queued(job_id="a"))
    lost = queue.claim(old.worker_id)
    assert queue.claim(new.worker_id) is None
    statement("UPDATE importer_queue SET heard_at = ?", LONG_AGO)
    taken = queue.claim(new.worker_id)
    assert (taken.job_id, taken.tries) == ("a", 2)
    assert not queue.end(lost)
    assert not queue.give_back(lost)
    assert queue.end(taken)
    assert not queue.has("a")


def test_the_jobs_of_a_dead_process_are_free_at_once():
    queue, dead = open_store().queue, WorkerRecord(pid=2**22 - 1, process=None)
    mark = WorkerRecord().process.rpartition(" ")[0]
    dead = WorkerRecord(pid=2**22 - 1, process=f"{mark} 1")
    queue.beat(dead)
    queue.add(Queued(job_id="a"))
    queue.claim(dead.worker_id)
    queue.bury()
    assert queue.workers() == []
    assert queue.claim(WorkerRecord().worker_id).job_id == "a"


def test_a_worker_that_is_stopped_gives_its_job_back_and_another_goes_on(orders, into):
    record = submit(orders, into, chunk_rows=5, pace="0.01/s")
    with working() as worker:
        until(lambda: importer.job(record.job_id).rows_read)
        worker.stop("stopped by SIGTERM")
    waits = importer.job(record.job_id)
    assert (waits.state, waits.is_queued) == (State.PENDING, True)
    assert 0 < rows(into) < 45
    open_store().ask_pace(record.job_id, "full")
    assert drain() == 1
    done = importer.job(record.job_id)
    assert (done.state, done.created, done.rejected, rows(into)) == (State.SUCCEEDED, 45, 5, 45)


def test_a_cancelled_job_is_not_run(orders, into):
    record = submit(orders, into)
    assert ask(record.job_id, "cancel").state is State.CANCELLED
    assert drain() == 0
    assert (state(record), into.exists()) == (State.CANCELLED, False)
    with pytest.raises(ResumeError, match="is over"):
        ask(record.job_id, "cancel")


def test_a_cancel_that_comes_when_a_worker_has_just_claimed_the_job_is_obeyed(orders, into):
    record = submit(orders, into)
    queue, worker = open_store().queue, WorkerRecord()
    claimed = queue.claim(worker.worker_id)
    ask(record.job_id, "cancel")
    statement("UPDATE importer_queue SET worker = NULL")
    assert claimed is not None
    assert drain() == 1
    assert (state(record), into.exists()) == (State.CANCELLED, False)


def test_a_job_that_waits_cannot_be_paused(orders, into):
    record = submit(orders, into)
    with pytest.raises(ResumeError, match="waits for a worker"):
        ask(record.job_id, "pause")


def test_a_job_of_before_the_clock_was_set_back_does_not_wait_until_then(orders, into):
    first, second = submit(orders, into, table="first"), submit(orders, into, table="second")
    statement("UPDATE importer_queue SET due_at = ?", "2999-01-01T00:00:00.000+00:00")
    statement(
        "UPDATE importer_queue SET worker = 'elsewhere', claim = 'a', heard_at = due_at WHERE job_id = ?", second.job_id
    )
    assert drain() == 2
    assert (state(first), state(second)) == (State.SUCCEEDED, State.SUCCEEDED)


def test_a_database_that_is_away_is_tried_again_and_then_given_up(orders):
    record = submit(orders, AWAY, retries=1)
    assert drain() == 1
    waits = importer.job(record.job_id)
    assert (waits.state, waits.is_queued) == (State.PENDING, True)
    assert "Connection refused" in waits.error
    assert drain() == 0  # It is not due yet.
    statement("UPDATE importer_queue SET due_at = ?", LONG_AGO)
    assert drain() == 1
    assert state(record) is State.FAILED
    assert not open_store().queue.has(record.job_id)
    [given_up] = importer.jobs(state="given_up")
    assert given_up.job_id == record.job_id
    assert importer.jobs(state="failed").records == (given_up,)
    assert record_word(given_up) == "given up"
    assert "given up after 1 retries: " in given_up.error
    assert f"importer.retry('{record.short_id}')" in given_up.error
    assert not importer.jobs(state="queued")


def test_a_job_that_was_given_up_is_put_into_the_queue_again_and_goes_on(orders, into, capsys):
    record = submit(orders, into, retries=0, chunk_rows=20)
    into.mkdir()
    drain()
    statement("UPDATE importer_jobs SET given_up_at = finished_at")
    assert main(["jobs", "--state", "given_up"]) == 0
    assert "given up" in capsys.readouterr().out
    into.rmdir()
    assert main(["retry", record.short_id, "--retries", "2"]) == 0
    assert capsys.readouterr().out.strip() == record.job_id
    assert [one.job_id for one in importer.jobs(state="queued")] == [record.job_id]
    with pytest.raises(ResumeError, match="is in the queue already"):
        importer.retry(record)
    assert drain() == 1
    assert state(record) is State.SUCCEEDED
    assert not importer.jobs(state="given_up")
    assert rows(into) == 45
    with pytest.raises(ResumeError, match="is complete"):
        importer.retry(record.short_id)


def test_a_job_whose_workers_die_is_given_up(orders, into):
    record = submit(orders, into, retries=0)
    queue = open_store().queue
    queue.claim(WorkerRecord().worker_id)
    statement("UPDATE importer_queue SET worker = NULL")
    drain()
    assert state(record) is State.FAILED
    assert "given up: " in importer.job(record.job_id).error
    assert importer.job(record.job_id).is_given_up
    assert importer.resume(record.job_id, listeners=[]).progress.created == 45


def test_a_job_that_ended_while_its_worker_died_is_not_run_again(orders, into):
    record = submit(orders, into, if_imported="again", table="orders")
    drain()
    open_store().queue.add(Queued(job_id=record.job_id))
    drain()
    assert (state(record), importer.job(record.job_id).error, rows(into)) == (State.SUCCEEDED, None, 45)
    assert not open_store().queue.has(record.job_id)


def test_a_replacement_is_run_from_the_queue(orders, into):
    importer.load(pl.DataFrame({"id": ["7"], "qty": ["7"]}), into=into, table="orders", key="id", listeners=[])
    record = submit(orders, into, if_table_exists="replace")
    drain()
    assert (state(record), importer.job(record.job_id).error, rows(into)) == (State.SUCCEEDED, None, 45)


def test_the_same_file_twice_is_imported_once(orders, into):
    first, second = submit(orders, into), submit(orders, into)
    drain(jobs=2)
    statement("UPDATE importer_queue SET due_at = ?", LONG_AGO)
    drain()
    assert sorted([state(first).value, state(second).value]) == ["failed", "succeeded"]
    assert any("was imported into this table before" in (record.error or "") for record in importer.jobs())


def test_a_record_that_somebody_else_wrote_is_not_run(orders, into):
    record = submit(orders, into)
    statement("UPDATE importer_jobs SET target = ?", f"sqlite:///{into.with_name('stolen.db')}")
    drain()
    assert state(record) is State.FAILED
    assert "is not yours" in importer.job(record.job_id).error
    assert not into.with_name("stolen.db").exists()


def test_a_job_without_a_record_leaves_the_queue():
    open_store().queue.add(Queued(job_id="7b1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d"))
    assert drain() == 1
    assert drain() == 0


def test_the_queue_keeps_no_password(orders):
    with pytest.raises(OptionError, match="the queue keeps no passwords") as told:
        submit(orders, f"postgresql://me:{PASSWORD}@db.example/shop")
    assert PASSWORD not in str(told.value)
    assert not importer.jobs()


class Picky(dy.Schema):
    id = dy.Int64(primary_key=True)

    @dy.rule()
    def small(cls):
        return pl.col("id") < 9


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"file": pl.DataFrame({"id": [1]})}, SourceError, "only files can be put into the queue"),
        ({"file": "nowhere.csv"}, SourceError, "'nowhere.csv' is not there"),
        ({"file": "nothing*.csv"}, SourceError, "nothing\\*.csv"),
        (
            {"into": importer.testing.MemorySink()},
            OptionError,
            "which cannot use the sink 'MemorySink' of this one; give into=… as the URL of a database",
        ),
        ({"into": "mongodb://x"}, ImporterError, "mongodb"),
        ({"on_conflict": "Skip"}, OptionError, "did you mean 'skip'"),
        ({"kee": "id"}, OptionError, "submit\\(\\) has no option 'kee'"),
        ({"schema": Picky}, SchemaError, "is Python"),
        ({"after": "12345678"}, OptionError, "after names no job"),
        ({"priority": "high"}, OptionError, "priority must be a whole number"),
        ({"retries": -1}, OptionError, "retries must be a whole number from 0"),
    ],
    ids=lambda value: next(iter(value)) + str(len(repr(value)) % 97) if isinstance(value, dict) else "",
)
def test_what_is_impossible_is_refused_at_once(orders, into, change, error, said):
    arguments = {"file": orders, "into": into, **change}
    with pytest.raises(error, match=said):
        importer.submit(arguments.pop("file"), **arguments)
    assert not importer.jobs()


def test_a_schema_that_is_data_is_taken_along(orders, into):
    class Orders(dy.Schema):
        id = dy.Int64(primary_key=True)
        qty = dy.Int64(nullable=True, max=20)

    record = importer.submit(orders, into=into, schema=Orders)
    drain()
    assert (state(record), rows(into)) == (State.SUCCEEDED, 18)


def test_a_folder_is_one_job(orders, into, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    for n in range(3):
        (folder / f"orders{n}.csv").write_text(f"id,qty\n{n},1\n")
    records = [submit(folder, into, table="all"), submit(folder / "*.csv", into, table="some")]
    drain()
    assert [importer.job(record.job_id).created for record in records] == [3, 3]


def test_the_shell_queues_and_works(orders, into, capsys):
    assert main(["submit", str(orders), "--into", str(into), "--key", "id", "--type", "qty=Int64"]) == 0
    job_id = capsys.readouterr().out.strip()
    assert importer.job(job_id).state is State.PENDING
    assert main(["jobs"]) == 0
    assert "1 import waits for a worker, and no worker is running" in capsys.readouterr().out
    assert main(["worker", "--once", "--jobs", "2"]) == 0
    assert f"job {job_id[:8]}: succeeded" in capsys.readouterr().out
    assert rows(into) == 45
    with pytest.raises(JobNotFoundError):
        importer.job("ffffffff")


def test_submitting_loads_no_library_of_tables_or_databases(orders, tmp_path):
    places = [str(tmp_path / "shop.db"), str(tmp_path / "shop.duckdb"), "postgresql://localhost/shop"]
    flags = ["--key", "id", "--type", "qty=Int64", "--on-conflict", "skip"]
    calls = [["submit", str(orders), "--into", into, *flags] for into in places]
    large = {"apsw", "dataframely", "duckdb", "ipywidgets", "openpyxl", "polars", "psycopg", "pyarrow"}
    code = f"import sys; from importer.cli import main; [*map(main, {calls})]; print({large} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *said, loaded = done.stdout.splitlines()
    assert [importer.job(job_id).target.partition(":")[0] for job_id in said] == ["sqlite", "duckdb", "postgresql"]
    assert loaded == "set()"
