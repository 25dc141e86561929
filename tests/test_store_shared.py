"""A store that several threads, processes and hosts use at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from stores import disconnect, id_of, paused, sessions
from waiting import until

import importer
from importer.core import State, is_alive, process_mark
from importer.store import JobRecord, Store, ask, open_store

JOB = id_of("4c1d")


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(50)))
    return file


class Interleaved:
    """The same database, with something done right after a statement of one kind."""

    def __init__(self, database, verb, then):
        self._database, self._verb, self._then = database, verb, then

    def __getattr__(self, name):
        return getattr(self._database, name)

    def run(self, sql, values=()):
        found = self._database.run(sql, values)
        if sql.startswith(self._verb):
            self._then()
        return found


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
class TestEverywhere:
    def test_what_is_asked_between_the_look_and_the_clearing_stays(self):
        other = open_store()
        other.write(JobRecord(job_id=JOB))
        other.ask(JOB, "pause")
        mine = Store(Interleaved(other._database, "SELECT asked", lambda: other.ask(JOB, "cancel")))
        assert mine.asked(JOB)[0] == "pause"
        mine.clear(JOB, "pause")
        assert other.asked(JOB)[0] == "cancel"
        mine.clear(JOB, "cancel")
        assert other.asked(JOB)[0] is None

    @pytest.mark.parametrize("later", ["pause", "resume"])
    def test_a_cancel_is_not_overwritten(self, later):
        open_store().write(JobRecord(job_id=JOB))
        for what in ("resume", "pause", "cancel", later):
            open_store().ask(JOB, what)
        open_store().write(JobRecord(job_id=JOB, state=State.RUNNING))
        assert open_store().asked(JOB)[0] == "cancel"

    def test_two_writers_at_once_leave_the_cancel(self):
        open_store().write(JobRecord(job_id=JOB))
        with ThreadPoolExecutor(2) as pool:
            for _ in range(25):
                for done in [pool.submit(open_store().ask, JOB, what) for what in ("cancel", "pause")]:
                    done.result()
                assert open_store().asked(JOB)[0] == "cancel"
                open_store().clear(JOB, "cancel")

    def test_a_new_run_is_not_asked_for_what_an_earlier_one_missed(self, orders, tmp_path):
        job = paused(orders, tmp_path / "x.db")
        ask(job.id, "cancel")
        assert job.result(30).progress.state is State.CANCELLED
        open_store().ask(job.id, "cancel")
        assert importer.resume(job, listeners=[]).progress.state is State.SUCCEEDED

    def test_the_clock_of_the_store_decides_who_lives(self, orders, tmp_path):
        code = (
            "import datetime, sys, time\n"
            "class Slow(datetime.datetime):\n"
            "    @classmethod\n"
            "    def now(cls, tz=None): return super().now(tz) - datetime.timedelta(hours=1)\n"
            "datetime.datetime, now_s = Slow, time.time\n"
            "time.time = lambda: now_s() - 3600\n"
            "import importer\n"
            "job = importer.plan(sys.argv[1], into=sys.argv[2], key='id', listeners=[]).job()\n"
            "job.pause(); job.start(); print(importer.job(job.id).job_id, flush=True)\n"
            "sys.stdin.read(); job.cancel(); job.result()"
        )
        command = [sys.executable, "-c", code, str(orders), str(tmp_path / "x.db")]
        open_store().write(JobRecord(job_id=id_of("bef0")))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            job_id = process.stdout.readline().strip()
            open_store().write(JobRecord(job_id=id_of("af7e")))
            assert not importer.job(job_id).state.is_final
            assert [job.job_id for job in importer.jobs()] == [id_of("af7e"), job_id, id_of("bef0")]
            process.communicate("")
        record = importer.job(job_id)
        assert record.made_at <= record.started_at <= record.finished_at <= open_store().newest()[1]
        assert record.made_at >= importer.job(id_of("bef0")).made_at


def test_a_process_number_that_is_used_again_is_another_process():
    mark = process_mark()
    place, _, began = mark.rpartition(" ")
    assert is_alive(os.getpid(), mark)
    assert not is_alive(os.getpid(), f"{place} {int(began) - 1}")
    assert is_alive(os.getpid(), f"another place {began}") is None
    record = JobRecord(job_id=JOB, state=State.RUNNING, host=os.uname().nodename, pid=os.getpid(), process=mark)
    open_store().write(record)
    assert importer.job(JOB).state is State.RUNNING
    open_store().write(replace(record, process=f"{place} {int(began) - 1}"), is_new_run=True)
    assert importer.job(JOB).state is State.INTERRUPTED


def test_a_process_that_nobody_has_waited_for_is_dead():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = process_mark(process.pid)
        assert is_alive(process.pid, mark)
        process.send_signal(signal.SIGKILL)
        until(lambda: not is_alive(process.pid, mark))
        assert process.returncode is None


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
class TestConnections:
    def test_a_process_has_one_connection_and_checks_its_tables_once(self):
        open_store().write(JobRecord(job_id=JOB))
        [(pid, state)] = sessions()
        assert state == "idle"
        with psycopg.connect(os.environ["IMPORTER_STORE"]) as other:
            # Whoever checks the tables waits for this lock.
            other.execute("SELECT pg_advisory_lock(hashtext('importer_store'))")
            with ThreadPoolExecutor(8) as pool:
                found = list(pool.map(lambda _: open_store().job(JOB).job_id, range(40)))
        assert found == [JOB] * 40
        assert sessions() == [(pid, "idle")]

    def test_a_lost_connection_is_made_again_and_nothing_is_lost(self):
        open_store().write(JobRecord(job_id=JOB))
        [(pid, _)] = sessions()
        disconnect()
        open_store().write(JobRecord(job_id=JOB, state=State.RUNNING))
        assert importer.job(JOB).state is State.RUNNING
        [(new, _)] = sessions()
        assert new != pid

    def test_a_fork_leaves_the_connection_to_its_parent(self):
        code = (
            "import json, os, importer\n"
            "from importer.store import JobRecord, open_store\n"
            "who = lambda: open_store()._database.run('SELECT pg_backend_pid()')[0][0]\n"
            "mine = who()\n"
            "child = os.fork()\n"
            "if not child:\n"
            "    open_store().write(JobRecord(job_id='" + JOB + "'))\n"
            "    assert who() != mine\n"
            "    os._exit(0)\n"
            "status = os.waitpid(child, 0)[1]\n"
            "print(json.dumps([status, who() == mine, importer.job('" + JOB + "').job_id]))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert json.loads(done.stdout) == [0, True, JOB], done.stderr
