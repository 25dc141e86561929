"""The lock on a table of a file, among the jobs of one host."""

from __future__ import annotations

import pytest

from importer.errors import DisconnectedError
from importer.sinks import FileTableLock


def lock_of(job_id):
    return FileTableLock("sqlite:///shop.db", "orders", job_id)


def acquired(lock):
    """Whether the lock could be had without waiting."""
    waits = []
    lock.acquire(is_over=lambda: bool(waits), wait=lambda: waits.append(True))
    return not waits


def test_one_job_at_a_time_holds_the_lock():
    first, second = lock_of("one"), lock_of("two")
    assert acquired(first)
    assert not acquired(second)
    first.release()
    assert acquired(second)
    second.release()


def test_a_later_run_of_a_job_takes_the_lock_once_the_earlier_one_lets_go():
    earlier, later, other = lock_of("one"), lock_of("one"), lock_of("two")
    assert acquired(earlier)
    assert acquired(later)
    earlier.release()
    later.keep()
    assert not acquired(other)
    later.release()


def test_a_job_that_another_one_overtook_waits_for_it():
    earlier, later, other = lock_of("one"), lock_of("one"), lock_of("two")
    assert acquired(earlier)
    assert acquired(later)
    earlier.release()
    assert acquired(other)
    with pytest.raises(DisconnectedError, match="another job writes to the table meanwhile; wait for it"):
        later.keep()
    other.release()
    later.keep()
    later.release()
