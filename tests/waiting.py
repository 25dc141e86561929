"""Waiting for what another thread does."""

from __future__ import annotations

import threading


def until(is_so, tries=9_000):
    """Come back once it is so."""
    tick = threading.Event()
    for _ in range(tries):
        if is_so():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come to be")


def heard_at_once(job):
    """The job, with no snapshot held back."""
    broadcast = job._broadcast if hasattr(job, "_broadcast") else job._run._broadcast
    broadcast._min_interval_s = 0.0
    return job
