"""Any operation is tracked: its percentage never falls, its counts are totals, and it obeys and ends in words."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import importer
from importer.core import State
from importer.errors import CancelledError, OptionError, ResumeError, SinkError, UndoError
from importer.store._jobs import ask

STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=30)


def quiet(what, **options):
    return importer.track(what, history=False, **{"listeners": [], **options})


@given(
    weights=st.fixed_dictionaries(dict.fromkeys("abc", st.floats(0.001, 1e300))),
    totals=st.fixed_dictionaries(dict.fromkeys("abc", st.none() | st.integers(0, 20))),
    steps=STEPS,
)
def test_the_share_never_falls_nor_passes_the_whole_and_counts_are_totals(weights, totals, steps):
    shares, opened = [], set()
    with quiet("x", stages=weights) as op:
        for name, n in steps:
            with op.stage(name, None if name in opened else totals[name]) as stage:
                opened.add(name)
                stage.advance(n)
                shares.append(op.progress.fraction)
            shares.append(op.progress.fraction)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert op.progress.rows_read == op.completed == sum(n for _, n in steps)
    assert op.progress.fraction == 1


def test_a_listener_may_be_late_and_is_never_wrong():
    seen = []
    with importer.track("x", total=10_000, listeners=[seen.append]) as op:
        for _ in range(10_000):
            op.advance()
    assert [now.rows_read for now in seen] == sorted(now.rows_read for now in seen)
    assert (seen[-1].state, seen[-1].rows_read, seen[-1].fraction) == (State.SUCCEEDED, 10_000, 1.0)
    record = importer.job(op.id)
    assert (record.kind, record.state, record.rows_read) == ("task", State.SUCCEEDED, 10_000)


def test_threads_count_together():
    with quiet("x", total=40_000) as op:
        threads = [threading.Thread(target=lambda: [op.advance() for _ in range(10_000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (op.completed, op.progress.fraction) == (40_000, 1.0)


def test_tasks_within_an_operation_are_part_of_it():
    async def one():
        for _ in quiet_within(range(5)):
            await asyncio.sleep(0)

    def quiet_within(things):
        return importer.track(things)

    async def run():
        async with quiet("x", stages=["a"]) as op, op.stage("a"):
            await asyncio.gather(one(), one())
        return op

    # In a thread of its own, since the driver of a browser may keep a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, run()).result().completed == 10


def test_an_import_within_an_operation_is_part_of_it(tmp_path):
    seen = []
    with importer.track("Posts", stages={"collect": 1, "import": 3}, listeners=[seen.append]) as op:
        with op.stage("collect", total=1) as stage:
            stage.advance()
        with op.stage("import"):
            rows = [{"id": "1"}, {"id": "x"}, {"id": "3"}]
            report = importer.load(rows, into=f"sqlite:///{tmp_path / 'a.db'}", table="a", types={"id": "Int64"})
            assert (op.progress.fraction, op.progress.stage.name) == (1.0, "import")
            assert "done: 3 rows" in op.progress.stage.message
    assert (op.completed, op.progress.state) == (4, State.SUCCEEDED)
    assert [now.fraction for now in seen] == sorted(now.fraction for now in seen)
    assert importer.job(report.progress.job_id).rejected == 1


def test_an_import_is_paused_and_cancelled_with_the_operation_around_it(tmp_path):
    states = []

    def hear(now):
        states.append(now.state)
        if now.state is State.PAUSED:
            op.resume()
        elif State.PAUSED in states:
            op.cancel()

    op = importer.track("Posts", stages=["import"], listeners=[hear])
    with op, op.stage("import"):
        op.pause()
        rows = [{"id": n} for n in range(5_000)]
        report = importer.load(rows, into=f"sqlite:///{tmp_path / 'a.db'}", table="a", chunk_rows=1)
    assert report.progress.state is op.progress.state is State.CANCELLED
    assert report.progress.rows_read == op.completed < 5_000


def test_an_import_that_fails_makes_the_operation_fail_and_one_after_it_has_its_own_view(tmp_path, capsys):
    plans, into = [], f"sqlite:///{tmp_path / 'a.db'}"

    def fails():
        with op, op.stage("import"):
            plans.append(importer.plan([{"id": 1}], into=into, table="a"))
            importer.load([{"id": 1}], into="nowhere:///x", table="a")

    op = importer.track("Posts", stages=["import"], listeners=[])
    with pytest.raises(SinkError):
        fails()
    assert op.progress.state is State.FAILED
    assert plans[0].run().progress.created == 1
    assert "done: 1 row" in capsys.readouterr().err


def test_a_failure_is_told_in_its_words_and_raised_again():
    with pytest.raises(ValueError, match="no post 7"), importer.track("x", listeners=[]) as op:
        raise ValueError("no post 7")
    record = importer.job(op.id)
    assert (record.state, record.error) == (State.FAILED, "ValueError: no post 7")
    with pytest.raises(ResumeError, match="run that code again"):
        importer.resume(record)
    with pytest.raises(UndoError, match="operation"):
        importer.undo(record)


def test_a_cancel_ends_it_at_the_next_step():
    def cancelled():
        with op:
            op.advance()
            op.cancel()
            op.advance()

    op = importer.track("x", listeners=[])
    with pytest.raises(CancelledError):
        cancelled()
    assert (importer.job(op.id).state, op.completed) == (State.CANCELLED, 2)


def test_another_process_pauses_resumes_and_cancels_it(store):
    paused = threading.Event()
    states = []

    def hear(now):
        states.append(now.state)
        if now.state is State.PAUSED and not paused.is_set():
            paused.set()
            ask(now.job_id, "resume")
        elif now.state is State.RUNNING and paused.is_set():
            ask(now.job_id, "cancel")

    def steered():
        with op:
            command = [sys.executable, "-m", "importer", "pause", op.id]
            subprocess.run(command, check=True, capture_output=True)
            while True:
                wait.wait(0.01)
                op.checkpoint()

    wait = threading.Event()
    op = importer.track("x", listeners=[hear])
    with pytest.raises(CancelledError):
        steered()
    assert State.PAUSED in states
    assert importer.job(op.id).state is State.CANCELLED


def test_one_whose_process_was_killed_reads_interrupted():
    code = (
        "import sys, importer\nwith importer.track('x', listeners=[]) as op: print(op.id, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        job_id = process.stdout.readline().strip()
        assert not importer.job(job_id).state.is_final
        process.send_signal(signal.SIGKILL)
    record = importer.job(job_id)
    assert (record.state, record.error) == (State.INTERRUPTED, "its process died; run it again")


@pytest.mark.parametrize(
    "stages", [{}, {"a": 0}, {"a": -1}, {"a": float("nan")}, ["a", "a"], "abc", {"a": "1"}, 7, {"": 1}], ids=repr
)
def test_stages_that_cannot_be_are_refused(stages):
    with pytest.raises(OptionError, match="stages"):
        quiet("x", stages=stages)


def test_what_is_said_is_bounded_and_can_be_kept():
    with importer.track("a\0b\ud83d" * 500, listeners=[]) as op:
        op.advance(message="\0" + "m" * 9_000, key="\ud83d" * 900)
        op.update(details={"deep": float("inf"), "long": ["x"] * 90_000})
    record = importer.job(op.id)
    assert record.state is State.SUCCEEDED
    assert "left out" in record.progress.stage.details
