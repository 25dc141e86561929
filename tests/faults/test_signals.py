"""Signals that end an import in a shell, in a script, and in the middle of a chunk."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from waiting import until

import importer
from importer.core import State
from importer.store import open_store

SIGNALLED = Path(__file__).with_name("signalled.py")
STATUS = {"SIGTERM": 143, "SIGHUP": 129}

SCRIPT = """
import signal, sys, threading, importer
{handler}
def hear(now):
    if now.rows_read == 30 and not said:
        said.append(print("ready", flush=True))
        going.wait()
said, going = [], threading.Event()
job = importer.plan({file!r}, into={into!r}, table="orders", if_table_exists="append", chunk_rows=10, listeners=[hear])
job = job.job()
job._run._broadcast._min_interval_s = 0.0
threading.Thread(target=lambda: (sys.stdin.read(), going.set()), daemon=True).start()
job.start().result()
"""


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(100)))
    return file


def arguments(orders, tmp_path, *more):
    given = ["--table", "orders", "--if-table-exists", "append", "--chunk-rows", "10", *more]
    return ["load", str(orders), "--into", str(tmp_path / "shop.db"), *given]


def started(orders, tmp_path, when, name, *more, times=1, **options):
    """The import in a process of its own."""
    command = [sys.executable, str(SIGNALLED), when, name, str(times), *arguments(orders, tmp_path, *more)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **streams | options)


def in_table(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        return connection.execute("SELECT count(*), count(DISTINCT id), sum(qty) FROM orders").fetchone()


def resumed(tmp_path):
    """The job, once it was resumed and every row proved to be in the table once."""
    [record] = importer.jobs()
    report = importer.resume(record, listeners=[])
    assert (report.progress.rows_read, report.progress.created, report.progress.rejected) == (100, 90, 10)
    assert in_table(tmp_path) == (90, 90, 4_500)


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_within_a_chunk_ends_the_import_after_that_chunk(orders, tmp_path, name):
    said, _ = (process := started(orders, tmp_path, "working", name)).communicate()
    assert process.returncode == STATUS[name]
    [record] = importer.jobs()
    assert (record.state, record.rows_read) == (State.INTERRUPTED, 30)
    assert in_table(tmp_path) == (27, 27, 405)
    assert f"stopped by {name}; resume it with `importer resume {record.short_id}`" in " ".join(said.split())
    resumed(tmp_path)


def test_a_second_signal_ends_the_process_at_once_and_no_row_is_lost(orders, tmp_path):
    process = started(orders, tmp_path, "working", "SIGTERM", times=2)
    process.communicate()
    assert process.returncode == -signal.SIGTERM
    assert in_table(tmp_path)[0] == 18
    assert importer.jobs()[0].state is State.INTERRUPTED
    resumed(tmp_path)


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_ends_a_job_that_is_paused(orders, tmp_path, name):
    process = started(orders, tmp_path, "paused", name)
    job_id = process.stdout.readline().strip()
    until(lambda: importer.job(job_id).state is State.PAUSED)
    process.send_signal(getattr(signal, name))
    said, _ = process.communicate()
    assert process.returncode == STATUS[name]
    assert importer.job(job_id).state is State.INTERRUPTED
    assert f"stopped by {name}" in said
    resumed(tmp_path)


def test_a_signal_ends_a_job_that_waits_for_its_turn(orders, tmp_path):
    first = importer.plan(orders, into=tmp_path / "shop.db", table="orders", if_table_exists="append", listeners=[])
    first = first.job()
    first.pause()
    first.start()
    until(lambda: first.progress.state is State.PAUSED)
    process = started(orders, tmp_path, "waiting", "SIGTERM", "--if-imported", "again")
    until(lambda: [job.state for job in importer.jobs() if job.job_id != first.id] == [State.WAITING])
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate()
    assert process.returncode == STATUS["SIGTERM"]
    assert "stopped by SIGTERM" in said
    first.resume()
    assert first.result().progress.created == 90
    assert in_table(tmp_path)[0] == 90


def test_nohup_stays_nohup(orders, tmp_path):
    ignore = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    process = started(orders, tmp_path, "working", "SIGHUP", preexec_fn=ignore)
    process.communicate()
    assert process.returncode == 3
    assert in_table(tmp_path) == (90, 90, 4_500)


def test_a_terminal_that_is_closed_ends_the_import_after_its_chunk(orders, tmp_path):
    mine, its = pty.openpty()
    streams = {"stdin": its, "stdout": its, "stderr": its}
    process = started(
        orders, tmp_path, "paused", "SIGHUP", preexec_fn=partial(os.login_tty, its), pass_fds=[its], **streams
    )
    os.close(its)
    until(lambda: [job.state for job in importer.jobs()] == [State.PAUSED])
    os.close(mine)
    assert process.wait() == STATUS["SIGHUP"]
    assert importer.jobs()[0].state is State.INTERRUPTED
    resumed(tmp_path)


def test_a_check_that_is_stopped_cannot_be_resumed_and_says_so(orders, tmp_path):
    process = started(orders, tmp_path, "paused", "SIGTERM", "--dry-run")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate()
    assert process.returncode == STATUS["SIGTERM"]
    assert "stopped by SIGTERM; check it again" in " ".join(said.split())


@pytest.mark.parametrize(
    ("handler", "status", "rows"),
    [
        ("", -signal.SIGTERM, 27),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))", 143, 36),
    ],
    ids=["none", "its own"],
)
def test_a_script_ends_as_it_says_itself_and_no_row_is_lost(orders, tmp_path, handler, status, rows):
    code = SCRIPT.format(handler=handler, file=str(orders), into=str(tmp_path / "shop.db"))
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    if status < 0:
        process.wait()
    process.communicate("")
    assert process.returncode == status
    assert importer.jobs()[0].state is State.INTERRUPTED
    assert in_table(tmp_path)[0] in {27, rows}
    resumed(tmp_path)


def test_a_frozen_job_lives_and_can_be_cancelled(orders, tmp_path):
    process = started(orders, tmp_path, "paused", "SIGTERM")
    job_id = process.stdout.readline().strip()
    until(lambda: importer.job(job_id).state is State.PAUSED)
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    store = open_store()
    store._database.run("UPDATE importer_jobs SET heard_at = '2000-01-01T00:00:00.000+00:00'")
    assert importer.job(job_id).state is State.PAUSED
    assert [job.job_id for job in importer.jobs(state="paused")] == [job_id]
    assert [job.job_id for job in store.live()] == [job_id]
    assert store.prune(-1) == []
    with pytest.raises(importer.errors.ResumeError, match="is paused in process"):
        importer.resume(job_id, listeners=[])
    importer.store.ask(job_id, "cancel")
    process.send_signal(signal.SIGCONT)
    process.communicate()
    assert importer.job(job_id).state is State.CANCELLED
