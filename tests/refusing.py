"""Imports a file of which every row is refused, or looks back at it, and prints the peak of its memory in MB.

``python refusing.py stop|resume|prune FILE DATABASE``
"""

from __future__ import annotations

import resource
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from os import devnull

import dataframely as dy

import importer


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=False)


def stop(plan):
    """Run the plan until most of its rows are read."""

    def listen(now):
        if now.total and now.completed > now.total * 0.8:
            job.cancel()

    job = replace(plan, listeners=(listen,)).job()
    job._run._broadcast._min_interval_s = 0.0
    job.start().result()


def main(what, file, into):
    """Do it."""
    plan = importer.plan(file, into=into, table="orders", schema=Orders, chunk_rows=20_000, listeners=[])
    with open(devnull, "w") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        if what == "stop":
            stop(plan)
        elif what == "resume":
            print(importer.resume(importer.jobs()[0], schema=Orders, listeners=[]))
        else:
            print(importer.jobs(), importer.jobs()[0], importer.jobs()._repr_html_())
            importer.prune(older_than=timedelta(seconds=-1))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
