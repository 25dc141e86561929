"""Imports a file, and freezes between two chunks or within one, as a host that hangs would."""

from __future__ import annotations

import signal
import socket
import sys
import threading

socket.gethostname = lambda: "another-host"

import importer  # noqa: E402 - it asks for the name of the host
from importer.sinks import SqlSink  # noqa: E402 - the same


def freeze():
    if not frozen:
        frozen.append(True)
        print(job.id, flush=True)
        # To this thread, so that it does nothing more before the process stops.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def listen(now):
    if now.rows_read >= 50 and when == "between two chunks":
        freeze()


def commit(sink, checkpoint, _commit=SqlSink.commit):
    if checkpoint.rows_read >= 60 and when == "within a chunk":
        freeze()
    _commit(sink, checkpoint)


SqlSink.commit = commit
frozen = []
file, into, when = sys.argv[1:]
plan = importer.plan(file, into=into, table="orders", if_table_exists="append", chunk_rows=10, listeners=[listen])
job = plan.job()
job._run._broadcast._min_interval_s = 0.0
try:
    job.start().result()
except importer.errors.TakenOverError as exc:
    print(exc, flush=True)
    sys.exit(7)
