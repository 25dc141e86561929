"""What 0.1.0 left behind is found, shown, recognised, resumed and pruned by this version."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import psycopg
import pytest
from polars.testing import assert_frame_equal

import importer
from importer.core import State
from importer.errors import AlreadyImportedError, ResumeError

MADE = Path(__file__).parent / "fixtures" / "v0_1_0"
MADE_IN = "/tmp/v0_1_0"
POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
KINDS = ("sqlite", "duckdb", "postgresql")

RECORD = (
    "job_id state rows_read created updated unchanged rejected warnings current_key completed elapsed_s label path "
    "name size content sheet target table_name key_columns schema_code options notes total unit rows_per_s error "
    "first_refused user_name host pid asked checkpoint made_at started_at heard_at finished_at"
).split()
OPTIONS = (
    "opening key inferred mapping day_first on_conflict if_table_exists max_rejects chunk_rows atomic corrections"
).split()
REPORT = (
    "job_id state rows_read created updated unchanged rejected warnings elapsed_s rows_per_s table into corrections "
    "error"
).split()
PREVIEW = "label rows_expected opened tail columns rows".split()
COLUMN = "letter label column dtype why".split()


class Shop(NamedTuple):
    """A copy of the fixtures: folder, and the database of this kind."""

    folder: Path
    kind: str
    url: str

    def job(self, table):
        [record] = [job for job in importer.jobs(table=table) if job.target.startswith(self.kind)]
        return record

    def rows(self, table):
        sql = f'SELECT * FROM "{table}" ORDER BY 1'
        if self.kind == "postgresql":
            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchall()
        connect = sqlite3.connect if self.kind == "sqlite" else duckdb.connect
        with closing(connect(self.url.partition(":///")[2])) as connection:
            return connection.execute(sql).fetchall()

    def resume(self, table):
        """Resume a job that another user began, on another machine."""
        import old_shop

        job = self.job(table)
        with pytest.raises(ResumeError, match="is not yours: ann on office wrote it"):
            importer.resume(job, into=self.url, listeners=[])
        schema = old_shop.Orders if job.schema_code == "old_shop:Orders" else None
        return importer.resume(job, file=job.path, into=self.url, schema=schema, listeners=[])


def copied(tmp_path):
    """Copy the fixtures, and have the history in SQLite name the copies."""
    folder = tmp_path / "shop"
    shutil.copytree(MADE, folder)
    with closing(sqlite3.connect(folder / "home" / "jobs.db")) as connection, connection:
        for column in ("path", "target"):
            connection.execute(f"UPDATE importer_jobs SET {column} = replace({column}, ?, ?)", [MADE_IN, str(folder)])
    return folder


@pytest.fixture(params=KINDS)
def shop(request, tmp_path, monkeypatch):
    """A shop in each kind of database; PostgreSQL holds the history too."""
    folder = copied(tmp_path)
    monkeypatch.setenv("IMPORTER_HOME", str(folder / "home"))
    monkeypatch.syspath_prepend(folder)
    suffix = {"sqlite": "db", "duckdb": "duckdb"}.get(request.param)
    if suffix:
        yield Shop(folder, request.param, f"{request.param}:///{folder}/shop.{suffix}")
        return
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    url = f"{POSTGRES}?options=-csearch_path%3D{schema}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path TO {schema}")
        connection.execute((folder / "shop.sql").read_text())
        connection.execute("UPDATE importer_jobs SET path = replace(path, %s, %s)", [MADE_IN, str(folder)])
        connection.execute("UPDATE importer_jobs SET target = %s", [url])
    monkeypatch.setenv("IMPORTER_STORE", url)
    yield Shop(folder, "postgresql", url)
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def said(*arguments, status=0):
    """What the command says on its last line."""
    command = [sys.executable, "-m", "importer", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_job_is_listed_with_its_state(shop):
    states = {job.table_name: job.state.value for job in importer.jobs() if job.target.startswith(shop.kind)}
    ended = dict.fromkeys(("whole_orders", "whole_guessed", "whole_sheet", "q4"), "succeeded")
    halted = {"orders": "cancelled", "sheet": "cancelled", "guessed": "interrupted", "killed": "interrupted"}
    assert states == ended | halted | {"failed": "failed"}
    assert importer.jobs().frame.height == len(importer.jobs()) == (9 if shop.kind == "postgresql" else 18)
    assert "whole_orders" in repr(importer.jobs(limit=None))


def test_a_job_is_shown_with_its_refused_rows(shop):
    record = shop.job("whole_orders")
    assert importer.job(record.short_id) == record
    assert record.schema_code == "old_shop:Orders"
    assert record.rejects["message"].to_list() == [
        "'103' is greater than the most allowed, 100",
        "'x' is not a whole number",
        "'500' is greater than the most allowed, 100",
        "'x' is not a whole number",
        "'1.5' is not a whole number",
    ]
    assert record.rejected_rows["row"].to_list() == [5, 9, 10, 32, 60]
    assert "max_rejects allows 1" in str(shop.job("failed"))
    shown = said("show", record.short_id, "--json")
    # A newer version may tell more, after what was told before.
    assert list(shown)[: len(RECORD)] == RECORD
    assert list(shown["options"])[: len(OPTIONS)] == OPTIONS


@pytest.mark.parametrize("table", ["orders", "guessed", "sheet", "killed"])
def test_a_job_that_did_not_end_is_resumed_exactly(shop, table):
    whole = shop.job("whole_orders" if table == "killed" else f"whole_{table}")
    before = shop.rows(table)
    assert 0 < len(before) < whole.created
    report = shop.resume(table)
    counts = ("rows_read", "created", "updated", "unchanged", "rejected", "warnings")
    assert [getattr(report.progress, name) for name in counts] == [getattr(whole, name) for name in counts]
    assert shop.rows(table) == shop.rows(whole.table_name)
    for found in (report, shop.job(table)):
        assert_frame_equal(found.rejects, whole.rejects)
        assert_frame_equal(found.rejected_rows, whole.rejected_rows)
    assert shop.job(table).state is State.SUCCEEDED


def test_an_import_gives_what_0_1_0_gave(shop):
    import old_shop

    report = importer.load(
        shop.folder / "orders.csv",
        into=shop.url,
        table="new",
        schema=old_shop.Orders,
        mapping={"qty": "Number", "day": "Tag"},
        corrections={(5, "Number"): "103", (51, "Number"): "7"},
        listeners=[],
    )
    assert shop.rows("new") == shop.rows("whole_orders")
    assert_frame_equal(report.rejects, shop.job("whole_orders").rejects)


def test_what_was_imported_is_recognised(shop):
    orders, stock = shop.folder / "orders.csv", shop.folder / "stock.xlsx"
    for file, table, options in (
        (orders, "whole_guessed", {}),
        (stock, "q4", {"sheet": "Q4"}),
        (orders, "guessed", {}),
    ):
        known = shop.job(table)
        with pytest.raises(AlreadyImportedError) as refused:
            importer.load(file, into=shop.url, table=table, listeners=[], **options)
        assert (refused.value.job_id, refused.value.is_done) == (known.job_id, table != "guessed")


def test_old_jobs_are_pruned_with_their_refused_rows(shop):
    folder = shop.folder / "home" / "rejects"
    gone = {job.job_id for job in importer.jobs()}
    assert importer.prune(older_than=timedelta(seconds=-1)) == len(gone)
    assert len(importer.jobs()) == 0
    assert not gone & {job.name for job in folder.iterdir()}


def test_json_has_the_fields_of_0_1_0(tmp_path, monkeypatch):
    folder = copied(tmp_path)
    monkeypatch.setenv("IMPORTER_HOME", str(folder / "home"))
    [listed] = said("jobs", "--limit", 1, "--json")
    loaded = said("load", folder / "orders.csv", "--into", tmp_path / "x.db", "--json", status=3)
    previewed = said("preview", folder / "orders.csv", "--json")
    record = importer.jobs(table="orders", state="cancelled")[0]
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    again = ("--file", record.path, "--into", record.target, "--schema", "old_shop:Orders")
    resumed = said("resume", record.short_id, *again, "--json", status=3)
    for found, known in (
        (listed, RECORD),
        (loaded, REPORT),
        (resumed, REPORT),
        (previewed, PREVIEW),
        (previewed["columns"][0], COLUMN),
    ):
        # A newer version may tell more, after what was told before.
        assert list(found)[: len(known)] == known
