from __future__ import annotations

import os
import signal
import threading
from contextlib import nullcontext
from dataclasses import replace
from itertools import count

import dataframely as dy
import polars as pl
import pytest

import importer
from importer.core._progress import State
from importer.engine._ahead import ahead
from importer.engine._job import Job
from importer.engine._pipeline_of import pipeline_of
from importer.errors import SinkError, SourceError, TooManyRejectsError
from importer.testing import MemorySink


class Numbers(dy.Schema):
    n = dy.Int64(primary_key=True)


def frame(rows=10, bad=()):
    return pl.DataFrame({"n": ["x" if n in bad else str(n) for n in range(rows)]})


def job_of(plan, *listeners):
    """The plan's job under a clock that ticks a second a look, so that no snapshot is held back."""
    return Job(
        lambda job_id: pipeline_of(plan, job_id, dry_run=False),
        label=plan.label,
        listeners=listeners,
        clock=count().__next__,
    )


def plan_of(source, sink=None, **options):
    sink = MemorySink() if sink is None else sink
    return importer.plan(source, into=sink, table="numbers", schema=Numbers, chunk_rows=2, listeners=[], **options)


class BreakingSource:
    """A source that breaks after its first chunk."""

    def __init__(self, error):
        self._inner = importer.plan(frame(), into=MemorySink()).source
        self._error = error
        self.label, self.unit, self.total, self.header = "broken", "rows", 10, self._inner.header
        self.sample = self._inner.sample

    def chunks(self, size, *, after_row=0):
        for chunk in self._inner.chunks(size, after_row=after_row):
            yield chunk
            raise self._error


class BreakingSink(MemorySink):
    """A sink whose second write fails."""

    def write(self, chunk):
        if self.rows:
            raise SinkError("the disk is full")
        return super().write(chunk)


def test_the_first_snapshot_is_pending_and_comes_on_the_callers_thread():
    heard = []
    job = job_of(plan_of(frame()), lambda progress: heard.append((progress.state, threading.current_thread())))
    job.start().result()
    assert heard[0] == (State.PENDING, threading.main_thread())
    assert {thread for _, thread in heard[1:]}.isdisjoint({threading.main_thread()})


def test_a_run_is_told_chunk_by_chunk_and_ends_once():
    heard = []
    report = job_of(plan_of(frame()), heard.append).start().result()
    assert [(p.state.value, p.rows_read) for p in heard] == [
        ("pending", 0),
        ("running", 0),
        *(("running", n) for n in (2, 4, 6, 8, 10)),
        ("succeeded", 10),
    ]
    assert heard[-1] == report.progress
    assert heard[-1].current_key == "9"
    assert [p.seq for p in heard] == sorted({p.seq for p in heard})


@pytest.mark.parametrize(
    ("source", "sink", "error"),
    [
        (BreakingSource(SourceError("the file ends within a row")), MemorySink(), SourceError),
        (BreakingSource(RuntimeError("a bug")), MemorySink(), RuntimeError),
        (frame(), BreakingSink(), SinkError),
    ],
    ids=["source", "bug", "sink"],
)
def test_whatever_fails_there_is_one_final_snapshot_and_what_was_committed_is_told(source, sink, error):
    heard = []
    job = job_of(plan_of(source, sink), heard.append).start()
    with pytest.raises(error) as caught:
        job.result()
    final = [progress for progress in heard if progress.state.is_final]
    assert [(p.state, p.created) for p in final] == [(State.FAILED, 2)]
    assert str(caught.value) in final[0].error
    assert "2 rows created" in caught.value.__notes__[0]
    assert len(sink.rows) == 2
    assert not sink.is_open


def test_ctrl_c_is_heard_while_polars_works():
    pl.LazyFrame({"n": [1]}).collect()  # From now on a signal ends no wait.

    def interrupt_once(progress):
        if progress.rows_read == 4:
            os.kill(os.getpid(), signal.SIGINT)

    job = job_of(plan_of(frame(20_000)), interrupt_once).start()
    with pytest.raises(KeyboardInterrupt):
        job.result()
    assert job.progress.state is State.CANCELLED
    assert 4 <= job.progress.rows_read < 20_000


def test_cancel_stops_after_the_chunk_in_hand_and_keeps_what_is_written():
    sink = MemorySink()
    job = job_of(plan_of(frame(), sink), lambda progress: progress.rows_read == 4 and job.cancel())
    report = job.start().result()
    assert (report.progress.state, report.progress.created, len(sink.rows)) == (State.CANCELLED, 4, 4)


def test_a_paused_job_says_so_and_goes_on_where_it_stopped():
    paused, heard = threading.Event(), []

    def listen(progress):
        heard.append(progress.state)
        if progress.rows_read == 4 and progress.state is State.RUNNING:
            job.pause()
        if progress.state is State.PAUSED:
            paused.set()

    job = job_of(plan_of(frame()), listen)
    job.start()
    assert paused.wait(10)
    assert job.progress.state is State.PAUSED
    with pytest.raises(TimeoutError, match="call result\\(\\) again"):
        job.result(timeout_s=0)
    # From here on a running snapshot must not pause it again.
    job.pause = lambda: None
    job.resume()
    assert job.result().progress.created == 10
    assert [state for i, state in enumerate(heard) if i == 0 or heard[i - 1] is not state] == [
        State.PENDING,
        State.RUNNING,
        State.PAUSED,
        State.RUNNING,
        State.SUCCEEDED,
    ]


def test_a_paused_job_can_be_cancelled():
    paused = threading.Event()
    job = job_of(plan_of(frame()), lambda progress: progress.state is State.PAUSED and paused.set())
    job.pause()
    job.start()
    assert paused.wait(10)
    job.cancel()
    assert job.result().progress.state is State.CANCELLED


def test_ctrl_c_in_a_listener_stops_the_job_and_comes_out_of_result():
    def interrupted(progress):
        if progress.rows_read == 2:
            raise KeyboardInterrupt

    job = job_of(plan_of(frame()), interrupted).start()
    with pytest.raises(KeyboardInterrupt):
        job.result()
    assert (job.progress.state, job.progress.created) == (State.CANCELLED, 2)


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(("max_rejects", "read"), [(0, 3), (1, 5), (2, 10), (3, 10)])
def test_a_limit_of_rejects_stops_at_the_same_row_whatever_the_chunks(max_rejects, read, chunk_rows):
    sink = MemorySink()
    plan = replace(plan_of(frame(bad={2, 4}), sink, max_rejects=max_rejects), chunk_rows=chunk_rows)
    job = job_of(plan).start()
    stops = pytest.raises(
        TooManyRejectsError,
        match=f"the limit is {max_rejects}: .*; correct the file or the schema, or give max_rejects=…",
    )
    with stops if max_rejects < 2 else nullcontext():
        job.result()
    assert (job.report.progress.rows_read, job.report.progress.rejected) == (read, min(max_rejects + 1, 2))
    assert len(sink.rows) == read - job.report.progress.rejected
    assert job.report.rejects.height == job.report.progress.rejected


@pytest.mark.parametrize("chunk_rows", [7, 1_000, 5_000])
def test_a_share_of_rejects_is_judged_row_by_row_from_the_thousandth_on(chunk_rows):
    bad = {*range(10), *range(1_500, 1_600)}
    plan = replace(plan_of(frame(3_000, bad), max_rejects=0.05), chunk_rows=chunk_rows)
    job = job_of(plan).start()
    with pytest.raises(TooManyRejectsError, match=r"the limit is 5\.0% of them"):
        job.result()
    # The least n beyond row 1,500 with 10 + (n - 1500) > 0.05 n.
    assert job.report.progress.rows_read == 1_569


def test_a_share_of_rejects_is_judged_at_the_end_of_a_small_file_too():
    job = job_of(plan_of(frame(bad={0}), max_rejects=0.05)).start()
    with pytest.raises(TooManyRejectsError):
        job.result()
    assert job.progress.created == 9


def test_what_is_made_ahead_raises_where_it_is_used():
    def items():
        yield 1
        raise SourceError("broken")

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(SourceError):
        next(made)


class HeldSink(MemorySink):
    """A sink that another program holds at its first chunk, for a thousand seconds of the job's clock."""

    def __init__(self, clock):
        super().__init__()
        self._clock = clock

    def wait_with(self, patience):
        self._patience = patience

    def write(self, chunk):
        if not self.rows:
            self._patience.is_over("process 4711")
            self._clock[0] += 1_000
        return super().write(chunk)


def test_waiting_for_another_program_is_no_work():
    now, heard = [0], []
    plan = plan_of(frame(), HeldSink(now))
    job = Job(lambda job_id: pipeline_of(plan, job_id, dry_run=False), listeners=[heard.append], clock=lambda: now[0])
    assert job.start().result().progress.created == 10
    assert [progress.error for progress in heard if progress.state is State.WAITING] == ["waiting for process 4711"]
    assert job.progress.elapsed_s == 0
