"""Runs imports in children of its own, and kills them: orders come as JSON lines, and so do the answers.

A child is forked off a process that has loaded everything and worked on nothing, so that a kill costs no import of
polars.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import wraps

import apsw  # noqa: F401 - loaded once, here
import dataframely as dy
import duckdb  # noqa: F401
import psycopg  # noqa: F401
import pyarrow as pa  # noqa: F401

import importer
from importer import api  # noqa: F401
from importer.checking._rejects import Rejects
from importer.core import State
from importer.engine._pipeline import Pipeline
from importer.schema import inference  # noqa: F401
from importer.sinks._checkpoints import Checkpoints
from importer.sinks._made_table import MadeTable
from importer.sinks._sql import SqlSink
from importer.sinks._undoing import Undoing


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True, max=1_000)


POINTS = {
    "before a chunk is written": (Pipeline, "write", "before"),
    "after its refused rows are on the disk": (Rejects, "hold", "after"),
    "after its checkpoint is made": (SqlSink, "commit", "before"),
    "before the commit": (Checkpoints, "store", "after"),
    "after the commit": (SqlSink, "commit", "after"),
    "after the job is claimed": (SqlSink, "open", "after"),
    "after the table is made": (SqlSink, "prepare", "after"),
    "after the last commit": (Pipeline, "finish", "after"),
}

UNDO_POINTS = {
    "after it has looked": (Undoing, "_look", "after"),
    "after rows are removed": (Undoing, "_remove", "after"),
    "after rows are restored": (Undoing, "_restore", "after"),
    "before the undo is committed": (Undoing, "_forget", "after"),
    "after the undo is committed": (Undoing, "carry_out", "after"),
}

DROP_POINT = {"after the table is dropped": (MadeTable, "drop", "after")}
"""Only where the import made its table."""


class Pausing:
    """A listener that pauses an undo which has taken back rows, and dies once it is paused."""

    def attach(self, job):
        self._job = job
        job._broadcast._min_interval_s = 0.0

    def __call__(self, progress):
        if progress.state is State.PAUSED:
            os.kill(os.getpid(), signal.SIGKILL)
        if progress.completed:
            self._job.pause()


def arm(point, times):
    """Have this process die at that point, at the so many-th time it comes by."""
    kind, name, when = (POINTS | UNDO_POINTS | DROP_POINT)[point]
    left = [times]

    def die():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    method = getattr(kind, name)

    def deadly(*args, **options):
        if when == "before":
            die()
        found = method(*args, **options)
        if when == "after":
            die()
        return found

    setattr(kind, name, wraps(method)(deadly))


def work(order):
    """Import the file, or go on with the job, or undo it."""
    if order["point"]:
        arm(order["point"], order["times"])
    if order["undo"]:
        importer.undo(order["undo"], listeners=[Pausing()] if order["pauses"] else [])
        return
    schema = Orders if order["is_keyed"] else None
    if order["job"]:
        importer.resume(order["job"], schema=schema, listeners=[])
    else:
        options = {"table": "orders", "chunk_rows": order["chunk_rows"], "if_table_exists": "append"}
        importer.load(order["file"], into=order["into"], schema=schema, listeners=[], **options)


def main():
    """Obey until the orders end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    for line in sys.stdin:
        order = json.loads(line)
        os.environ["IMPORTER_HOME"] = order["home"]
        child = os.fork()
        if not child:
            status = 1
            try:
                work(order)
                status = 0
            finally:
                os._exit(status)
        if order["after_s"] is not None and signal.sigtimedwait([signal.SIGCHLD], order["after_s"]) is None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        signal.sigtimedwait([signal.SIGCHLD], 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
