"""Many who watch one job share one look at the store."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")

import importer
from importer.core import State
from importer.server._looks import Looks, look
from importer.store import JobRecord, Queued, open_store

RECORD = JobRecord(job_id="4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d", label="a → b")


def run_alone(coroutine):
    """What the coroutine returns, in a thread of its own: browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_a_hundred_watchers_of_a_job_share_one_look_and_all_see_its_end():
    async def follow():
        looks_allowed, looked = asyncio.Semaphore(0), []

        async def quickly(call):
            await looks_allowed.acquire()
            looked.append(call())
            return looked[-1]

        async def watch(seen):
            with looks.watching(RECORD.job_id) as watched:
                last_id = None
                while not seen or not seen[-1].is_last:
                    event = await watched.after(last_id, 60.0)
                    seen.append(event)
                    last_id = event.id
                    if len(seen) == 1:
                        begun.release()

        looks, begun = Looks(quickly), asyncio.Semaphore(0)
        seen = [[] for _ in range(100)]
        watchers = [asyncio.create_task(watch(one)) for one in seen]
        looks_allowed.release()
        for _ in watchers:
            await begun.acquire()
        first = len(looked)
        open_store().write(replace(RECORD, state=State.SUCCEEDED))
        looks_allowed.release()
        await asyncio.gather(*watchers)
        return first, len(looked), seen, looks._watched

    open_store().write(replace(RECORD, state=State.PENDING))
    first, looks, seen, left = run_alone(follow())
    assert (first, looks, left) == (1, 2, {})
    assert [[event.kind for event in one] for one in seen] == [["progress", "complete"]] * 100


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED], ids=str)
def test_a_job_that_is_tried_again_is_not_over(state):
    open_store().write(replace(RECORD, state=state, error="its database is away"))
    assert look(RECORD.job_id).kind == "error"
    open_store().queue.add(Queued(job_id=RECORD.job_id))
    assert look(RECORD.job_id).kind == "progress"


def test_a_job_that_is_deleted_from_the_history_ends_for_its_watchers():
    async def follow():
        async def quickly(call):
            return call()

        with Looks(quickly).watching(RECORD.job_id) as watched:
            return await watched.after(None, 60.0)

    event = run_alone(follow())
    assert (event.kind, event.is_last) == ("error", True)


def test_an_operation_is_followed_with_the_stage_that_it_is_in():
    stages = {"scrape": 20, "import": 80}
    with importer.track("Publish posts", stages=stages, listeners=[]) as op, op.stage("scrape", total=2) as stage:
        stage.advance(1, message="Scraped 1 of 2 posts")
        op_id = open_store().jobs()[0].job_id
    shown = json.loads(look(op_id).data)
    assert (shown["kind"], shown["label"], shown["percentage"]) == ("task", "Publish posts", 100.0)
    assert "name" in shown["stage"]
