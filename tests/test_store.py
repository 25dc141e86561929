from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
from stores import disconnect, id_of, paused
from waiting import until

import importer
from importer.core._progress import State
from importer.errors import JobNotFoundError, SinkError, StoreError, StoreWarning
from importer.store import JobRecord, _sqlite, open_store
from importer.store._jobs import ask
from importer.testing import MemorySink


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n1,5\n2,x\n" + "".join(f"{n},{n}\n" for n in range(3, 50)))
    return file


def load(file, into, **options):
    return importer.load(file, into=into, key="id", listeners=[], **options)


def test_a_job_is_kept_with_all_that_it_did(store, orders, tmp_path):
    report = load(orders, tmp_path / "shop.db")
    [record] = importer.jobs()
    assert record == importer.job(record.short_id) == importer.job(report.progress.job_id)
    assert replace(record.progress, seq=report.progress.seq) == report.progress
    assert (record.path, record.name, record.size) == (str(orders), "orders.csv", orders.stat().st_size)
    assert (record.target, record.table_name) == (f"sqlite:///{tmp_path / 'shop.db'}", "orders")
    assert (record.key_columns, record.pid, len(record.content)) == ("id", os.getpid(), 64)
    assert record.made_at <= record.started_at <= record.finished_at
    assert json.loads(record.first_refused)[0]["message"] == "'x' is not a whole number"
    assert json.loads(record.checkpoint)["rows_read"] == 49
    assert record.rejects.equals(report.rejects)
    assert record.rejected_rows.rows() == [(3, "2", "x")]


def test_a_page_begins_after_the_last_job_of_the_one_before_also_where_moments_are_the_same(store):
    for n in range(7):
        open_store().write(JobRecord(job_id=id_of(f"0000000{n}"), made_at=f"2026-01-01T00:00:0{n // 3}.000+00:00"))
    everything = [job.job_id for job in open_store().jobs()]
    pages, after = [], None
    while page := [job.job_id for job in open_store().jobs(limit=2, after=after)]:
        pages.append(page)
        after = page[-1]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [job_id for page in pages for job_id in page] == everything


def test_jobs_are_found_by_state_table_and_file_newest_first(store, orders, tmp_path):
    load(orders, tmp_path / "a.db")
    load(orders, tmp_path / "b.db", table="other")
    with pytest.raises(SinkError):
        load(orders, tmp_path / "nowhere" / "c.db")
    assert [job.state.value for job in importer.jobs()] == ["failed", "succeeded", "succeeded"]
    assert [job.table_name for job in importer.jobs(state="succeeded")] == ["other", "orders"]
    assert [job.table_name for job in importer.jobs(table="other")] == ["other"]
    assert len(importer.jobs(file="orders.csv")) == len(importer.jobs(file=str(orders))) == 3
    assert len(importer.jobs(limit=1)) == 1
    assert importer.jobs().frame["created"].to_list() == [0, 48, 48]
    assert importer.jobs(table="no such table")[:] == ()


def test_a_page_of_the_jobs_is_counted_and_filtered_where_they_are_kept(store):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    now = datetime.now(UTC)
    ways = [("running", os.getpid(), 0), ("running", dead.pid, 0), ("paused", os.getpid(), 60), ("failed", None, 900)]
    for n, (state, pid, ago_s) in enumerate(ways * 3):
        moment = (now - timedelta(seconds=ago_s)).isoformat(timespec="milliseconds")
        known = {"host": socket.gethostname(), "pid": pid, "heard_at": moment}
        label = f"Q{n}_100% of ÖL.csv → orders"
        open_store().write(
            JobRecord(job_id=id_of(f"{n:08}"), state=State(state), label=label, made_at=f"2025-01-{n + 1:02}", **known)
        )
    kept = open_store()
    assert [job.job_id for job in kept.jobs(limit=3, offset=2)] == [id_of(f"0000000{n}") for n in (9, 8, 7)]
    assert sorted(job.job_id for job in kept.live()) == [id_of(f"0000000{n}") for n in (0, 4, 8)]
    for states, count in ((), 12), (["running"], 3), (["interrupted"], 6), (["paused"], 0), (["failed", "running"], 6):
        assert kept.count(states=states) == len(kept.jobs(states=states)) == count
        assert {job.state.value for job in kept.jobs(states=states)} <= set(states or State._value2member_map_)
    assert [job.job_id for job in kept.jobs(text="q1_100%")] == [id_of("00000001")]
    assert kept.count(text="1_1") == kept.count(text="Q1_100% OF ÖL") + 1 == 2
    assert kept.count(text="' OR '1'='1") == kept.count(text="1!1") == 0
    assert [job.job_id for job in kept.jobs(states=["failed"], text="_100%", limit=2)] == [
        id_of("00000011"),
        id_of("00000007"),
    ]


def test_the_list_of_jobs_reads_well_and_holds_no_live_html(store, tmp_path):
    hostile = tmp_path / "<img src=x>.csv"
    hostile.write_text("id,n\n1,1\n2,2\n")
    load(hostile, MemorySink(), table="<b>t</b>")
    shown = importer.jobs()
    assert "succeeded" in repr(shown)
    for html in (shown._repr_html_(), shown[0]._repr_html_()):
        assert "<img" not in html
        assert "<b>t" not in html
    assert "2 created" in str(shown[0])


def test_a_dry_run_is_none_of_the_jobs(store, orders, tmp_path):
    importer.plan(orders, into=tmp_path / "x.db", key="id", listeners=[]).check()
    assert len(importer.jobs()) == 0
    assert repr(importer.jobs()) == "no jobs yet"


def test_no_password_is_kept(store, orders, home):
    with pytest.raises(SinkError):
        importer.load(orders, into="postgresql://ann:s3cr3t@localhost:1/shop", listeners=[])
    assert "s3cr3t" not in str(importer.jobs()[0].as_dict())
    assert all(b"s3cr3t" not in file.read_bytes() for file in Path(home).glob("*.db*"))


def test_many_jobs_at_once_are_all_kept(store, orders, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: load(orders, tmp_path / f"{n}.db"), range(8)))
    assert [job.state for job in importer.jobs()] == [State.SUCCEEDED] * 8


def test_a_store_that_another_process_just_makes_is_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "jobs.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waits = []

        def release(seconds):
            waits.append(seconds)
            other.execute("COMMIT")

        monkeypatch.setattr(_sqlite, "sleep", release)
        database = _sqlite.SqliteDatabase(path)
        assert database.run("SELECT count(*) FROM importer_jobs", ()) == [(0,)]
        assert len(waits) == 1
        assert database.run("PRAGMA journal_mode", ()) == [("wal",)]


def test_a_live_job_is_never_pruned(store, orders, tmp_path):
    load(orders, tmp_path / "done.db")
    job = paused(orders, tmp_path / "live.db")
    refused = Path(os.environ["IMPORTER_HOME"], "rejects")
    assert len(list(refused.iterdir())) == 1
    assert importer.prune(older_than=timedelta(days=1)) == 0
    assert importer.prune(older_than=timedelta(seconds=-1)) == 1
    assert [(record.job_id, record.state) for record in importer.jobs()] == [(job.id, State.PAUSED)]
    assert not list(refused.iterdir())
    job.cancel()
    job.result()


@pytest.mark.parametrize(
    ("job_id", "words"),
    [
        ("abc", "no job 'abc'"),
        ("", "no job ''"),
        ("%2", "no job '%2'"),
        ("____-2", "no job"),
        ("4c1d", "more than one job"),
    ],
)
def test_an_unknown_job_is_named_in_a_sentence(store, job_id, words):
    for known in (id_of("4c1d1"), id_of("4c1d2")):
        open_store().write(JobRecord(job_id=known, heard_at=datetime.now(UTC).isoformat()))
    with pytest.raises(JobNotFoundError, match=words):
        importer.job(job_id)
    assert importer.job("4C1D2").job_id == id_of("4c1d2")


@pytest.mark.parametrize(
    ("silent_s", "host", "state"),
    [(5, "elsewhere", "running"), (11, "elsewhere", "interrupted")],
    ids=["heard of", "silent"],
)
def test_a_job_whose_owner_is_silent_reads_interrupted(store, silent_s, host, state):
    heard_at = (datetime.now(UTC) - timedelta(seconds=silent_s)).isoformat()
    open_store().write(
        JobRecord(job_id=id_of("4c1d"), state=State.RUNNING, host=host, pid=1, made_at=heard_at, heard_at=heard_at)
    )
    [record] = importer.jobs(state=state)
    assert ("importer.resume('4c1d0000')" in (record.error or "")) == (state == "interrupted")


def test_a_job_whose_process_was_killed_reads_interrupted_at_once(store, orders, tmp_path):
    code = (
        "import sys, importer;"
        "hear = lambda now: now.state.value == 'paused' and print(now.job_id, flush=True);"
        "job = importer.plan(sys.argv[1], into=sys.argv[2], key='id', listeners=[hear]).job();"
        "job.pause(); job.start(); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(orders), str(tmp_path / "x.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        job_id = process.stdout.readline().strip()
        assert not importer.job(job_id).state.is_final
        process.send_signal(signal.SIGKILL)
    assert importer.job(job_id).state is State.INTERRUPTED


def test_a_process_that_ends_leaves_its_jobs_interrupted_after_the_chunk_in_hand(store, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id\n" + "".join(f"{n}\n" for n in range(100_000)))
    code = (
        "import sys, threading, importer; begun = threading.Event();"
        "hear = lambda now: now.rows_read and begun.set();"
        "importer.plan(sys.argv[1], into=sys.argv[2], key='id', chunk_rows=1_000, listeners=[hear]).start();"
        "begun.wait(20)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(file), str(tmp_path / "x.db")], check=True)
    [record] = importer.jobs()
    assert (record.state, record.error) == (
        State.INTERRUPTED,
        f"Python ended; resume it with importer.resume({record.short_id!r})",
    )
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (record.created,)
    assert importer.resume(record, listeners=[]).progress.created == 100_000


@pytest.mark.parametrize("what", ["pause", "cancel"])
def test_a_job_obeys_another_process_through_the_store(store, orders, tmp_path, what):
    job = paused(orders, tmp_path / "x.db")
    if what == "pause":
        command = [sys.executable, "-m", "importer", "resume", job.id]
        subprocess.run(command, check=True, capture_output=True)
        assert job.result().progress.state is State.SUCCEEDED
    else:
        ask(job.id, "cancel")
        assert job.result().progress.state is State.CANCELLED
    with pytest.raises(importer.errors.ResumeError, match="there is nothing to pause"):
        ask(job.id, "pause")


def test_a_store_that_is_newer_is_refused_and_the_import_goes_on(store, orders, tmp_path, home):
    load(orders, tmp_path / "a.db")
    if "IMPORTER_STORE" in os.environ:
        with psycopg.connect(os.environ["IMPORTER_STORE"]) as connection:
            connection.execute("UPDATE importer_store SET steps = 99")
        disconnect()  # The tables are checked as a connection is made.
    else:
        with closing(sqlite3.connect(f"{home}/jobs.db")) as connection:
            connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"newer version of importer \(step 99"):
        importer.jobs()
    with pytest.warns(StoreWarning, match="the import goes on"):
        assert load(orders, tmp_path / "b.db").progress.created == 48


LOCKS = (
    "import sqlite3, sys; locked = sqlite3.connect(sys.argv[1], isolation_level=None);"
    "locked.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
)


def test_a_store_that_another_process_locks_only_warns(orders, tmp_path, home, monkeypatch):
    load(orders, tmp_path / "a.db")
    monkeypatch.setattr(_sqlite, "BUSY_S", 0.01)
    command = [sys.executable, "-c", LOCKS, f"{home}/jobs.db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with pytest.warns(StoreWarning, match="the import goes on, but its history may be lost.*database is locked"):
            assert load(orders, tmp_path / "b.db").progress.created == 48
        other.communicate("")
    assert len(importer.jobs()) == 1


def test_a_job_that_the_store_keeps_waiting_is_found_as_soon_as_it_is_begun(orders, tmp_path, home):
    load(orders, tmp_path / "a.db")
    command = [sys.executable, "-c", LOCKS, f"{home}/jobs.db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        job = importer.plan(orders, into=tmp_path / "b.db", key="id", listeners=[]).start()
        with ThreadPoolExecutor() as pool:
            found = pool.submit(importer.job, job.id)
            other.communicate("")
            assert found.result().job_id == job.id
    job.result()


# Root reads and writes whatever the modes are, until it lays that power down.
AS_A_USER = (
    ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-all"] if os.name == "posix" and not os.getuid() else []
)


@pytest.mark.parametrize("what", ["the file", "the folder"])
def test_a_store_that_is_read_only_only_warns(orders, tmp_path, home, what):
    load(orders, tmp_path / "a.db")
    place = Path(home)
    code = (
        "import sys, importer;"
        "report = importer.load(sys.argv[1], into=sys.argv[2], key='id', listeners=[]);"
        "print(report.progress.created, report.rejects.height)"
    )
    paths = [place, *place.rglob("*")] if what == "the folder" else list(place.glob("jobs.db*"))
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    command = [*AS_A_USER, sys.executable, "-c", code, str(orders), str(tmp_path / "b.db")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert (done.returncode, done.stdout) == (0, "48 1\n"), done.stderr
    assert "StoreWarning: the import goes on" in done.stderr
    assert ("cannot be resumed" in done.stderr) == (what == "the folder")
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (48,)
    assert [record.target for record in importer.jobs()] == [f"sqlite:///{tmp_path / 'a.db'}"]


@pytest.mark.parametrize("place", ["home", "store"])
def test_a_store_that_cannot_be_written_only_warns(orders, tmp_path, monkeypatch, place):
    home = tmp_path / "home"
    monkeypatch.setenv("IMPORTER_HOME", str(home))
    home.touch() if place == "home" else (home / "jobs.db").mkdir(parents=True)
    with pytest.warns(StoreWarning, match="the import goes on"):
        report = load(orders, tmp_path / "b.db")
    assert (report.progress.created, report.rejects.height) == (48, 1)


def test_a_store_that_is_deleted_meanwhile_is_made_again(store, orders, tmp_path, home):
    job = paused(orders, tmp_path / "x.db")
    with warnings.catch_warnings():
        # Whether it is just in use decides whether there is a warning.
        warnings.simplefilter("ignore", StoreWarning)
        if url := os.environ.get("IMPORTER_STORE"):
            with psycopg.connect(url) as connection:
                connection.execute("DROP TABLE importer_store, importer_jobs")
        else:
            # At once, so that no heartbeat writes into it meanwhile.
            Path(home).rename(tmp_path / "deleted")
        job.resume()
        assert job.result().progress.created == 48
    assert [record.state for record in importer.jobs()] == [State.SUCCEEDED]


def test_a_folder_that_is_deleted_meanwhile_costs_what_it_held_and_no_row(tmp_path, home):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(100)))
    was_paused = threading.Event()

    def listen(now):
        if now.rows_read >= 50 and not was_paused.is_set():
            was_paused.set()
            job.pause()

    job = importer.plan(file, into=tmp_path / "x.db", key="id", chunk_rows=10, listeners=[listen]).job()
    job._run._broadcast._min_interval_s = 0.0
    job.start()
    until(lambda: [record.state for record in importer.jobs()] == [State.PAUSED])
    Path(home).rename(tmp_path / "deleted")
    job.resume()
    with pytest.warns(StoreWarning, match="some refused rows are counted, but no longer kept"):
        rows = job.result().rejects["row"].to_list()
    assert rows == [52, 62, 72, 82, 92]
    assert (job.progress.created, job.progress.rejected) == (90, 10)
    assert [(record.state, record.rejected) for record in importer.jobs()] == [(State.SUCCEEDED, 10)]


def test_start_returns_at_once_and_what_takes_long_is_done_by_the_job(orders, tmp_path):
    threads = []

    class Slow(MemorySink):
        def open(self, table, claim=None):
            threads.append(threading.current_thread())
            return super().open(table, claim)

    job = importer.plan(orders, into=Slow(), key="id", listeners=[]).start()
    job.result()
    assert importer.job(job.id).path == str(orders)
    assert threading.main_thread() not in threads


def test_frames_are_kept_too(store, tmp_path):
    importer.load(pl.DataFrame({"id": [1]}), into=tmp_path / "x.db", table="t", listeners=[])
    [record] = importer.jobs()
    assert (record.name, record.table_name, record.created) == (None, "t", 1)
