"""Workers that are killed, frozen and stopped while they run the jobs of a queue: every job ends once, exactly."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from stores import statement
from waiting import until

import importer
from importer.core import State
from importer.engine import Worker
from importer.store import open_store

KILLS = int(os.environ.get("IMPORTER_FAULTS", "6"))
"""Workers that are killed at random; ``make faults`` has more."""

WORKERS = 8 if KILLS > 50 else 3
ROWS, CHUNK_ROWS = 200, 20
LONG_AGO = "2000-01-01T00:00:00.000+00:00"


class Crew:
    """Worker processes."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.all: list[subprocess.Popen] = []

    def hire(self, *flags) -> subprocess.Popen:
        log = (self._folder / f"worker{len(self.all)}.log").open("w")
        with log:
            command = [sys.executable, "-m", "importer", "worker", *flags]
            self.all.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))
        return self.all[-1]

    def log_of(self, worker) -> str:
        return (self._folder / f"worker{self.all.index(worker)}.log").read_text()

    @property
    def alive(self):
        return [worker for worker in self.all if worker.poll() is None]


@pytest.fixture
def crew(tmp_path):
    found = Crew(tmp_path)
    yield found
    for worker in found.alive:
        worker.send_signal(signal.SIGCONT)
        worker.kill()
        worker.wait()


@contextmanager
def reading(into):
    with closing(sqlite3.connect(into)) as connection:
        yield connection.execute


def queued(folder, name, **options):
    """A job that takes a while, and where its rows go."""
    file, into = folder / f"{name}.csv", folder / f"{name}.db"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 7 else 'x'}\n" for n in range(ROWS)))
    plain = {"key": "id", "types": {"qty": "Int64"}, "chunk_rows": CHUNK_ROWS, "pace": f"{10 * CHUNK_ROWS}/s"}
    return importer.submit(file, into=into, **plain | options), into


def raise_unless_exact(record, into):
    """Check that the job has ended, and that its table holds what one undisturbed import leaves there."""
    done = importer.job(record.job_id)
    good = [n for n in range(ROWS) if n % 7]
    assert (done.state, done.error) == (State.SUCCEEDED, None)
    assert (done.rows_read, done.created, done.rejected) == (ROWS, len(good), ROWS - len(good))
    assert done.rejects.height == ROWS - len(good)
    with reading(into) as read:
        assert read(f"SELECT id, qty FROM {record.table_name} ORDER BY id").fetchall() == [(n, n) for n in good]
        assert [json_is_done for (json_is_done,) in read("SELECT count(*) FROM _importer_checkpoints")] == [1]


def are_left(jobs):
    """Whether any of these jobs waits or runs."""
    return any(open_store().queue.has(record.job_id) for record, _ in jobs)


def running(crew):
    """The workers that have a job in the middle."""
    pids = {record.pid for record in importer.jobs(state="running") if 0 < record.rows_read < ROWS}
    return [worker for worker in crew.alive if worker.pid in pids]


@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
@pytest.mark.usefixtures("store")
def test_every_job_ends_once_whoever_is_killed(tmp_path, crew):
    dice, jobs = random.Random(5), [queued(tmp_path, f"orders{n}", retries=1_000) for n in range(2 * KILLS)]
    for _ in range(WORKERS):
        crew.hire("--jobs", "2")
    killed = 0
    while killed < KILLS and are_left(jobs):
        until(lambda: running(crew) or not are_left(jobs))
        for worker in dice.sample(running(crew), k=min(1, len(running(crew)))):
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            killed += 1
            crew.hire("--jobs", "2")
    until(lambda: not are_left(jobs), tries=60_000)
    print(f"\n{killed} of {len(crew.all)} workers were killed while they ran {len(jobs)} jobs")
    assert killed
    for record, into in jobs:
        raise_unless_exact(record, into)
    for worker in crew.alive:
        worker.terminate()
        assert worker.wait() == 128 + signal.SIGTERM


def test_a_frozen_worker_loses_its_job_to_another_and_writes_no_more(tmp_path, crew):
    # It is frozen while it rests: within a transaction it would keep everybody out.
    record, into = queued(tmp_path, "orders", pace="0.1/s")
    frozen = crew.hire()
    until(lambda: running(crew))
    frozen.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, frozen.pid, os.WSTOPPED | os.WNOWAIT)
    statement("UPDATE importer_queue SET heard_at = ?", LONG_AGO)
    open_store().ask_pace(record.job_id, "full")
    assert Worker(once=True).run() == 1
    raise_unless_exact(record, into)
    frozen.send_signal(signal.SIGCONT)
    until(lambda: "has taken it over" in crew.log_of(frozen) or "succeeded" in crew.log_of(frozen))
    assert "has taken it over" in crew.log_of(frozen)
    raise_unless_exact(record, into)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_stopped_worker_finishes_its_chunk_and_its_job_goes_back(tmp_path, crew, name):
    record, into = queued(tmp_path, "orders", pace="0.1/s")
    worker, number = crew.hire(), getattr(signal, name)
    until(lambda: running(crew))
    worker.send_signal(number)
    assert worker.wait() == 128 + number
    waits = importer.job(record.job_id)
    assert (waits.state, waits.is_queued) == (State.PENDING, True)
    assert re.search(f"job {record.short_id}: given back to the queue", crew.log_of(worker))
    open_store().ask_pace(record.job_id, "full")
    assert Worker(once=True).run() == 1
    raise_unless_exact(record, into)


def test_a_job_whose_file_is_gone_fails_in_words(tmp_path, crew):
    record, _ = queued(tmp_path, "orders")
    Path(record.path).unlink()
    assert crew.hire("--once").wait() == 0
    gone = importer.job(record.job_id)
    assert gone.state is State.FAILED
    assert "orders.csv" in gone.error
