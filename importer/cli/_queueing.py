"""The commands that put imports into the queue, and run them: ``submit``, ``retry``, ``worker``, ``watch``."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from importer import api, engine, store
from importer.cli._commands import DONE, INTERRUPTED, given_options, print_json, saved_plan
from importer.cli._signals import ending
from importer.errors import visible

if TYPE_CHECKING:
    import argparse

__all__ = ["retry", "submit", "watch", "worker"]


def submit(arguments: argparse.Namespace) -> int:
    """Put an import into the queue."""
    options = given_options(arguments)
    saved = saved_plan(arguments)
    record = (api.submit if saved is None else saved.submit)(
        arguments.file,
        into=arguments.into,
        priority=arguments.priority,
        after=arguments.after,
        retries=arguments.retries,
        **options,
    )
    if arguments.json:
        print_json(record.as_dict())
    else:
        print(record.job_id)
    return DONE


def retry(arguments: argparse.Namespace) -> int:
    """Put an import into the queue again."""
    print(api.retry(arguments.job, retries=arguments.retries).job_id)
    return DONE


def worker(arguments: argparse.Namespace) -> int:
    """Run the jobs of the queue."""
    worker = engine.Worker(jobs=arguments.jobs, limit=arguments.limit, once=arguments.once, tell=_say)
    with ending(worker.stop) as ended:
        _say(f"worker {worker.id[:8]} takes jobs from {store.open_store().label}")
        try:
            begun = worker.run()
        except KeyboardInterrupt:
            return INTERRUPTED
        _say(f"{begun:,} {'job' if begun == 1 else 'jobs'} begun")
    # It ends as it was asked to: all that it had begun is done, or back in the queue.
    return DONE if ended.status is None else ended.status


def watch(arguments: argparse.Namespace) -> int:
    """Import the files of a folder as they arrive."""
    plans = [engine.PlanFile.read(plan) for plan in arguments.plan]
    found = api.watching(arguments.folder, plans, into=arguments.into, tell=_say)
    stopped = threading.Event()
    worker = None if arguments.queue_only else engine.Worker(jobs=arguments.jobs, tell=_say)
    threads = [] if worker is None else [threading.Thread(target=worker.run, name="importer-worker")]

    def stop(why: str) -> None:
        stopped.set()
        if worker is not None:
            worker.stop(why)

    _say(f"watching {found.folder}")
    with ending(stop) as ended:
        for thread in threads:
            thread.start()
        try:
            found.run(stopped)
        except KeyboardInterrupt:
            ended.signal = signal.SIGINT
        finally:
            stop("its worker was stopped")
            for thread in threads:
                thread.join()
    return DONE if ended.status is None else ended.status


def _say(sentence: str) -> None:
    """Print a line at once, also into a file."""
    print(f"{datetime.now():%Y-%m-%d %H:%M:%S}  {visible(sentence)}", flush=True)  # noqa: DTZ005 - for people
