"""Stores that tests share, and jobs that rest in them."""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
from waiting import until

import importer


def id_of(begins):
    """The id of a job that begins with these hexadecimal digits."""
    return str(uuid.UUID(f"{begins:0<32}"))


def statement(sql, *values):
    """Run a statement in the store, as any other program can."""
    if url := os.environ.get("IMPORTER_STORE"):
        with psycopg.connect(url) as connection:
            connection.execute(sql.replace("?", "%s"), values)
        return
    with closing(sqlite3.connect(Path(os.environ["IMPORTER_HOME"], "jobs.db"))) as connection, connection:
        connection.execute(sql, values)


def sessions():
    """Number and state of each session of the store, other than the one that asks."""
    with psycopg.connect(os.environ["IMPORTER_STORE"]) as connection:
        name = "application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
        return connection.execute(f"SELECT pid, state FROM pg_stat_activity WHERE {name}").fetchall()


def disconnect():
    """End every session of the store, as a server does that is restarted."""
    lost = sessions()
    with psycopg.connect(os.environ["IMPORTER_STORE"], autocommit=True) as connection:
        for pid, _ in lost:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def paused(file, into):
    """A job that is paused before its first chunk, and known to be."""
    job = importer.plan(file, into=into, key="id", listeners=[]).job()
    job.pause()
    job.start()
    # A store under load learns of the job only after start() has returned.
    until(lambda: [record.job_id for record in importer.jobs(state="paused")] == [job.id])
    return job
