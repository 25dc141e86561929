"""What is wrong, in words, each with its fix: `importer doctor`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from stores import statement
from waiting import until

import importer
from importer.cli import main
from importer.core import State
from importer.engine import Worker
from importer.store import WorkerRecord, open_store

LONG_AGO = "2000-01-01T00:00:00.000+00:00"


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n1,5\n2,7\n")
    return file


def said(level=None):
    return [str(finding.message) for finding in importer.doctor() if level in {None, finding.level}]


def test_nothing_is_wrong_where_nothing_happened():
    found = importer.doctor()
    assert found.is_good
    assert [finding.level for finding in found] == ["good"] * len(found)
    assert "0 jobs wait" in repr(found)
    assert "0 jobs wait" in found._repr_html_()


def test_a_healthy_database_answers(orders, tmp_path):
    importer.load(orders, into=tmp_path / "shop.db", key="id", listeners=[])
    assert any(one.endswith("shop.db answers") for one in said("good"))
    assert importer.doctor().is_good


def test_a_store_that_cannot_be_opened(home):
    (Path(home) / "jobs.db").write_bytes(b"no database at all" * 99)
    [found] = said("bad")
    assert "the history of jobs" in found
    assert "cannot be opened" in found


def test_jobs_wait_and_nobody_runs_them(orders, tmp_path, capsys):
    record = importer.submit(orders, into=tmp_path / "shop.db", key="id")
    assert said("bad") == ["1 job waits, and no worker is running; run `importer worker`"]
    assert not (tmp_path / "shop.db").exists()
    assert main(["doctor"]) == 1
    assert "bad   queue     1 job waits" in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])[0]["level"] == "bad"
    open_store().queue.beat(WorkerRecord())
    assert said("bad") == []
    statement("DELETE FROM importer_queue")
    assert said("bad") == [
        f"job {record.short_id} is recorded as waiting, but is not in the queue; submit 'orders.csv' again"
    ]


def test_the_file_of_a_job_is_gone(orders, tmp_path):
    importer.submit(orders, into=tmp_path / "shop.db")
    open_store().queue.beat(WorkerRecord())
    orders.unlink()
    assert [one.partition(":")[0] for one in said("bad")] == [f"the file of job {importer.jobs()[0].short_id} is gone"]


def test_a_job_gets_nowhere(orders, tmp_path):
    plan = importer.plan(orders, into=tmp_path / "shop.db", key="id", chunk_rows=1, listeners=[], if_imported="again")
    first = replace(plan, pace="0.01/s").start()
    until(lambda: first.progress.rows_read)
    second = plan.start()
    until(lambda: second.progress.state is State.WAITING and importer.jobs(state="waiting"))
    statement("UPDATE importer_jobs SET started_at = ? WHERE job_id = ?", LONG_AGO, second.id)
    [found] = said("bad")
    assert f"job {second.id[:8]} has read no row for" in found
    assert "is waiting: waiting for another job that writes to 'orders'" in found
    first.cancel()
    assert second.result().progress.unchanged == 1


def test_the_owner_of_a_job_is_dead(orders, tmp_path, home):
    into = tmp_path / "shop.db"
    script = (
        "import importer, os\n"
        "options = {'key': 'id', 'chunk_rows': 1, 'pace': '0.01/s', 'listeners': []}\n"
        f"plan = importer.plan({str(orders)!r}, into={str(into)!r}, **options)\n"
        "job = plan.start()\n"
        "while not importer.job(job.id).rows_read: job.wait(0.05)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], env={**os.environ, "IMPORTER_HOME": home}, check=False)
    assert ended.returncode == -signal.SIGKILL
    [found] = said("told")
    assert "did not end: its process died" in found
    assert f"importer.resume('{importer.jobs()[0].short_id}')" in found


def test_a_job_that_was_given_up_is_named_with_what_puts_it_back(orders, tmp_path):
    record = importer.submit(orders, into="postgresql://127.0.0.1:1/nobody", key="id", retries=0)
    Worker(once=True).run()
    [found] = [one for one in importer.doctor() if "given up" in one.message]
    assert f"importer.retry('{record.short_id}')" in found.message


def test_databases_that_do_not_answer_or_hold_something_else(orders, tmp_path):
    with pytest.raises(importer.ImporterError):
        importer.load(orders, into="postgresql://127.0.0.1:1/nobody", key="id", listeners=[])
    importer.load(orders, into=tmp_path / "shop.db", key="id", listeners=[])
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("DROP TABLE _importer_checkpoints")
        connection.execute("CREATE TABLE _importer_checkpoints (job TEXT)")
    found = said("bad")
    assert any("Connection refused" in one for one in found)
    assert any("shop.db" in one and "checkpoint" in one for one in found)


def test_what_it_shows_holds_no_password(orders, tmp_path):
    with pytest.raises(importer.ImporterError):
        importer.load(orders, into="postgresql://me:s3cret@127.0.0.1:1/nobody", key="id", listeners=[])
    text = repr(importer.doctor())
    assert "s3cret" not in text
    assert "its password is not kept" in text


def test_an_operation_has_no_database_to_look_at():
    with importer.track("Publish posts", listeners=[]) as op, op.stage("scrape", total=1) as stage:
        stage.advance(1)
    assert importer.doctor().is_good


def test_it_changes_nothing(orders, tmp_path):
    importer.submit(orders, into=tmp_path / "shop.db", key="id")
    before = importer.jobs().frame
    importer.doctor()
    assert importer.jobs().frame.equals(before)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["orders.csv"]
    Worker(once=True).run()
    assert importer.jobs()[0].created == 2
