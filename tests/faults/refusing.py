"""Imports a file of which every row is refused, or looks back at it, and prints the peak of its memory in MB.

``python refusing.py stop|resume|look|write|prune FILE DATABASE``
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from os import devnull
from pathlib import Path

import dataframely as dy

import importer

sys.path.append(str(Path(__file__).parents[1]))

from peak import peak_mb


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
        elif what == "look":
            job = importer.jobs()[0]
            print(job, job._repr_html_(), job.rejects.head(10), job.rejected_rows.head(10))
        elif what == "write":
            importer.jobs()[0].rejects_to(f"{into}.csv")
        else:
            print(importer.jobs(), importer.jobs()._repr_html_())
            importer.prune(older_than=timedelta(seconds=-1))
    print(peak_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])
