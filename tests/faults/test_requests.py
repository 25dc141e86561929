"""Requests of several threads that come at once: a cancel is never lost."""

from __future__ import annotations

import threading

import pytest
from test_job import frame, job_of, plan_of

from importer.core import State


@pytest.mark.parametrize("first", ["pause", "cancel"])
def test_a_cancel_beside_a_pause_is_not_lost(first):
    def hear(progress):
        # While the pause is announced, nobody waits for its end yet.
        if progress.state is State.PAUSED:
            job.cancel()
            job.pause()

    job = job_of(plan_of(frame()), hear)
    getattr(job, first)()
    if first == "cancel":
        job.pause()
    assert job.start().result(10).progress.state is State.CANCELLED


def test_a_cancel_and_a_pause_of_two_threads_always_cancel():
    for _ in range(50):
        job, both = job_of(plan_of(frame(40))), threading.Barrier(2)

        def ask(what, job=job, both=both):
            both.wait()
            getattr(job, what)()

        threads = [threading.Thread(target=ask, args=(what,)) for what in ("pause", "cancel")]
        job.pause()
        job.start()
        for thread in threads:
            thread.start()
        assert job.result(10).progress.state is State.CANCELLED
        for thread in threads:
            thread.join()
