"""Imports a file as the shell does, and gets signals: within its third chunk, while it is paused, or while it waits."""

from __future__ import annotations

import os
import signal
import sys
import threading

from importer import cli
from importer.engine import Job
from importer.sinks import SqlSink


def send(name, times):
    """Have this process get the signal while it works, and wait until it has heard it."""
    number = getattr(signal, name)
    heard, is_ignored = signal.getsignal(number), signal.getsignal(number) is signal.SIG_IGN
    for _ in range(times):
        os.kill(os.getpid(), number)
        tick = threading.Event()
        while not is_ignored and signal.getsignal(number) is heard:
            tick.wait(0.01)


def commit(sink, checkpoint, _commit=SqlSink.commit):
    if checkpoint.rows_read == 30 and checkpoint.chunks == 3:
        send(name, times)
    _commit(sink, checkpoint)


def result(job, *given, _result=Job.result, **options):
    if when == "paused":
        print(job.id, flush=True)
    return _result(job, *given, **options)


def start(job, _start=Job.start):
    if when == "paused":
        job.pause()
    return _start(job)


when, name, times, *arguments = sys.argv[1:]
times = int(times)
SqlSink.commit = commit if when == "working" else SqlSink.commit
Job.result, Job.start = result, start
sys.exit(cli.main(arguments))
