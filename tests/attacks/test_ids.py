"""Ids of jobs that are no ids: paths, patterns, SQL, links in place of folders."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from stores import id_of, statement

import importer
from importer.cli import main
from importer.core import rejects_of
from importer.errors import ImporterError, JobNotFoundError, StoreError, StoreWarning
from importer.store import JobRecord, ask, open_store

VICTIM = "victim.txt"
CRAFTED = [
    "/",
    "..",
    ".",
    "../../victim",
    "%",
    "_" * 36,
    "' OR 1=1 --",
    "4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d/../../..",
    "4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d\n",
    "4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d\0",
    "{4c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d}",
    "٤c1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d",
    "x" * 100_000,
]


@pytest.fixture
def refused(tmp_path, store):
    """A job with refused rows, whose id is known."""
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n1,5\n2,x\n" + "".join(f"{n},{n}\n" for n in range(3, 30)))
    return importer.load(file, into=tmp_path / "a.db", key="id", listeners=[]).progress.job_id


@pytest.mark.parametrize("crafted", CRAFTED, ids=[ascii(one[:30]) for one in CRAFTED])
def test_an_id_that_is_none_is_refused_at_every_door(refused, tmp_path, monkeypatch, crafted, capsys):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "000001.rows.arrow").write_text("keep me")
    crafted = crafted if crafted != "/" else str(victim)
    doors = [
        lambda: importer.job(crafted),
        lambda: importer.resume(crafted, listeners=[]),
        lambda: ask(crafted, "cancel"),
        lambda: rejects_of(crafted),
        lambda: open_store().write(JobRecord(job_id=crafted)),
        lambda: JobRecord(job_id=crafted).rejects,
        lambda: JobRecord(job_id=crafted).rejected_rows,
        lambda: JobRecord(job_id=crafted).rejects_to(tmp_path / "out.csv"),
    ]
    for door in doors:
        with pytest.raises(StoreError, match=r"no job|UUID"):
            door()
    assert JobRecord(job_id=crafted).has_rejects is False
    if "\0" not in crafted:
        for command in ("show", "resume", "cancel", "pause"):
            with contextlib.suppress(SystemExit):  # An argument that begins with a dash is an option.
                assert main([command, crafted]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert (victim / "000001.rows.arrow").read_text() == "keep me"


@pytest.mark.parametrize("crafted", [one for one in CRAFTED if "\0" not in one], ids=lambda one: ascii(one[:30]))
def test_a_crafted_id_in_the_store_reaches_no_file(refused, tmp_path, home, crafted):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious.txt").write_text("keep me")
    crafted = crafted if crafted != "/" else str(victim)
    statement("UPDATE importer_jobs SET job_id = ?, made_at = '2001-01-01T00:00:00+00:00'", crafted)
    with pytest.warns(StoreWarning, match="1 record in .* cannot be read"):
        assert len(importer.jobs()) == 0
    assert importer.prune(older_than=timedelta(days=1)) == 1
    assert (victim / "precious.txt").read_text() == "keep me"
    assert Path(home, "rejects", refused).is_dir()
    assert Path(home, "jobs.db").exists() or "IMPORTER_STORE" in os.environ


@pytest.mark.parametrize("what", ["read", "write", "delete"])
def test_a_link_in_place_of_refused_rows_is_not_followed(refused, tmp_path, home, what):
    victim = tmp_path / "victim"
    folder = Path(home, "rejects", refused)
    folder.rename(victim)
    folder.symlink_to(victim, target_is_directory=True)
    before = {file.name: file.read_bytes() for file in victim.iterdir()}
    record = importer.job(refused)
    if what == "read":
        assert not record.has_rejects
        for read in (lambda: record.rejects, lambda: record.rejected_rows, lambda: record.rejects_to("out.csv")):
            with pytest.raises(StoreError, match="is a link"):
                read()
    elif what == "write":
        statement("UPDATE importer_jobs SET state = 'failed'")
        with pytest.raises(StoreError, match="is a link"):
            importer.resume(refused, listeners=[])
    else:
        assert importer.prune(older_than=timedelta(seconds=-1)) == 1
        assert not folder.is_symlink()
    assert {file.name: file.read_bytes() for file in victim.iterdir()} == before


def test_links_among_the_refused_rows_are_not_followed(refused, tmp_path, home):
    folder = Path(home, "rejects", refused)
    victim = tmp_path / "victim.arrow"
    pl.DataFrame({"row": [1], "secret": ["s"]}).write_ipc(victim)
    before = victim.read_bytes()
    (folder / "000007.rows.arrow").symlink_to(victim)
    (folder / "x.rows.arrow").write_bytes(before)
    assert importer.job(refused).rejected_rows.columns == ["row", "id", "qty"]
    for file in folder.glob("0*.arrow"):
        file.unlink()
        file.symlink_to(victim)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("DELETE FROM _importer_checkpoints")
        connection.execute("DELETE FROM orders")
    statement("UPDATE importer_jobs SET state = 'failed', rows_read = 0, created = 0, rejected = 0, seal = NULL")
    from importer.checking import Rejects, refused_cells

    number = pl.Series([7])
    Rejects(folder=folder).add(refused_cells(number, rule="x", message="x"), pl.DataFrame({"row": number, "id": "x"}))
    assert victim.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no arrow", b"ARROW1\0\0" + b"\xff" * 200], ids=["empty", "text", "bytes"])
def test_refused_rows_that_cannot_be_read_are_told_in_a_sentence(refused, home, content):
    next(Path(home, "rejects", refused).glob("*.rows.arrow")).write_bytes(content)
    with pytest.raises(ImporterError, match="refused rows cannot be read"):
        importer.job(refused).rejected_rows  # noqa: B018 - reading is the test


def test_a_full_id_is_that_job_whatever_else_begins_with_it(store):
    mine = id_of("4c1d")
    open_store().write(JobRecord(job_id=mine))
    open_store().write(JobRecord(job_id=id_of("4c1d1")))
    statement("UPDATE importer_jobs SET job_id = ? WHERE job_id = ?", f"{mine}-twin", id_of("4c1d1"))
    assert importer.job(mine).job_id == mine
    assert importer.job("4c1d").job_id == mine
    with pytest.raises(JobNotFoundError, match="no job"):
        importer.job(f"{mine}-twin")
    open_store().write(JobRecord(job_id=id_of("4c1d2")))
    with pytest.raises(JobNotFoundError, match="more than one job '4c1d'"):
        importer.job("4c1d")
