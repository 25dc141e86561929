from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
import uuid
from contextlib import closing
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path

import dataframely as dy
import duckdb as driver
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from waiting import heard_at_once, until

import importer
from importer.core import Checkpoint
from importer.core._progress import State
from importer.engine import plan_to_resume
from importer.errors import AlreadyImportedError, ResumeError, SchemaError, SourceError, TooManyRejectsError
from importer.store import open_store

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
ROWS = 60
BAD = {7, 8, 30, 59}


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    rows = "".join(f"{n},{'x' if n in BAD else n}\n" for n in range(ROWS))
    file.write_text(f"id,qty\n{rows}")
    return file


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def open_new(request, tmp_path):
    """A new database at every call: its URL, and a function that gives the rows of the table."""
    schemas = []

    def sqlite(name):
        def read():
            with closing(sqlite3.connect(f"{tmp_path / name}.db")) as connection:
                return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

        return f"sqlite:///{tmp_path / name}.db", read

    def duckdb(name):
        def read():
            with closing(driver.connect(f"{tmp_path / name}.duckdb")) as connection:
                return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

        return f"duckdb:///{tmp_path / name}.duckdb", read

    def postgres(name):
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        schemas.append(name)
        url = f"{POSTGRES}?options=-csearch_path%3D{name}"

        def read():
            with psycopg.connect(url) as connection:
                return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

        return url, read

    kind = {"sqlite": sqlite, "duckdb": duckdb, "postgres": postgres}[request.param]
    yield lambda: kind(f"importer_test_{uuid.uuid4().hex[:12]}")
    if schemas:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")


def stopped_after(plan, rows):
    """A job of the plan that is cancelled once so many rows are read."""
    job = heard_at_once(replace(plan, listeners=(lambda now: now.rows_read >= rows and job.cancel(),)).job())
    job.start().result()
    return job


def plan_of(file, into, **options):
    return importer.plan(file, into=into, table="orders", schema=Orders, listeners=[], **options)


@settings(max_examples=4)
@given(stops=st.lists(st.integers(0, ROWS), min_size=1, max_size=3), chunk_rows=st.integers(1, ROWS))
def law(orders, open_new, options, stops, chunk_rows):
    """Stopped wherever, and resumed until done, a job ends as if it had never been stopped."""
    into, read = open_new()
    whole_into, read_whole = open_new()
    whole = plan_of(orders, whole_into, **options).run()
    job = stopped_after(plan_of(orders, into, chunk_rows=chunk_rows, **options), stops[0])
    for stop in stops[1:]:
        if job.progress.state is State.CANCELLED:
            plan = plan_to_resume(job.id)
            job = stopped_after(plan, stop)
    report = importer.resume(job, listeners=[]) if job.progress.state is State.CANCELLED else job.report
    assert read() == read_whole()
    same = {"job_id": "", "seq": 0, "elapsed_s": 0.0, "label": ""}
    assert replace(report.progress, **same) == replace(whole.progress, **same)
    assert_frame_equal(report.rejects, whole.rejects)
    assert_frame_equal(report.rejected_rows, whole.rejected_rows)
    assert importer.job(job.id).state is State.SUCCEEDED


@pytest.mark.hypothesis
@pytest.mark.parametrize("options", [{}, {"if_table_exists": "replace"}], ids=["append", "replace"])
def test_a_job_that_is_stopped_and_resumed_ends_as_if_it_had_not_been(orders, open_new, options):
    law(orders, open_new, options)


def test_a_file_that_was_to_be_imported_again_is_resumed_so_too(orders, tmp_path):
    into = tmp_path / "shop.db"
    plan_of(orders, into).run()
    job = stopped_after(plan_of(orders, into, if_imported="again", chunk_rows=7), 10)
    assert job.progress.state is State.CANCELLED
    assert importer.resume(job, listeners=[]).progress.rows_read == ROWS


def test_a_table_without_a_key_gets_every_row_once(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("id,qty\n" + "1,1\n" * 40)
    plan = importer.plan(file, into=tmp_path / "x.db", table="orders", chunk_rows=7, listeners=[])
    job = stopped_after(plan, 10)
    assert 10 <= job.progress.rows_read < 40
    assert importer.resume(job.id[:8], listeners=[]).progress.created == 40
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (40,)


def test_the_same_content_is_recognised_whatever_the_file_is_called(orders, open_new):
    into, read = open_new()
    first = plan_of(orders, into).run()
    copy = orders.with_name("copy.csv")
    shutil.copy(orders, copy)
    with pytest.raises(AlreadyImportedError, match=f"before, by job {first.progress.job_id[:8]}: 56 rows") as refused:
        plan_of(copy, into).run()
    assert (refused.value.job_id, refused.value.is_done) == (first.progress.job_id, True)
    skipped = plan_of(copy, into, if_imported="skip").run()
    assert (skipped.progress.state, skipped.progress.rows_read) == (State.SUCCEEDED, 0)
    assert "was imported into this table before" in skipped.notes[0]
    again = plan_of(copy, into, if_imported="again").run()
    assert (again.progress.unchanged, len(read())) == (56, 56)
    orders.write_text(orders.read_text() + "99,1\n")
    assert plan_of(orders, into).run().progress.created == 1


def test_another_table_or_one_that_is_gone_takes_the_file_again(orders, tmp_path):
    into = tmp_path / "x.db"
    plan_of(orders, into).run()
    assert replace(plan_of(orders, into), table="other").run().progress.created == 56
    with closing(sqlite3.connect(into)) as connection:
        connection.execute("DROP TABLE orders")
    assert plan_of(orders, into).run().progress.created == 56
    into.unlink()
    assert plan_of(orders, into).run().progress.created == 56


def test_loading_a_file_whose_job_did_not_end_offers_to_resume_it(orders, open_new):
    into, read = open_new()
    job = stopped_after(plan_of(orders, into, chunk_rows=9), 18)
    for if_imported in ("ask", "skip"):
        with pytest.raises(
            AlreadyImportedError, match=rf"up to row 19 .*importer\.resume\('{job.id[:8]}'\)"
        ) as refused:
            plan_of(orders, into, if_imported=if_imported).run()
        assert not refused.value.is_done
    assert plan_of(orders, into, if_imported="again").run().progress.created == 40
    with pytest.raises(AlreadyImportedError, match="into this table before"):
        importer.resume(job, listeners=[])
    assert len(read()) == 56


def test_a_file_that_has_changed_or_is_gone_is_not_gone_on_with(orders, tmp_path):
    job = stopped_after(plan_of(orders, tmp_path / "x.db", chunk_rows=9), 18)
    content = orders.read_text()
    orders.write_text(content + "99,1\n")
    with pytest.raises(ResumeError, match="its content has changed"):
        importer.resume(job, listeners=[])
    orders.unlink()
    with pytest.raises(SourceError, match=r"orders\.csv"):
        importer.resume(job, listeners=[])
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(content)
    assert importer.resume(job, file=elsewhere, listeners=[]).progress.created == 56


@pytest.mark.parametrize(("change", "words"), [("rewrite", "was changed while"), ("delete", "moved or deleted")])
def test_a_file_that_changes_under_the_job_stops_it(orders, tmp_path, change, words):
    content = orders.read_text()

    def spoil(now):
        if now.rows_read == 18:
            orders.write_text(content + "99,1\n") if change == "rewrite" else orders.unlink(missing_ok=True)

    job = heard_at_once(replace(plan_of(orders, tmp_path / "x.db", chunk_rows=9), listeners=(spoil,)).job())
    with pytest.raises(SourceError, match=words):
        job.start().result()
    assert job.progress.rows_read == 18
    orders.write_text(content)
    assert importer.resume(job, listeners=[]).progress.created == 56


def test_what_cannot_be_resumed_says_why(orders, tmp_path):
    done = plan_of(orders, tmp_path / "x.db").run()
    with pytest.raises(ResumeError, match="is complete"):
        importer.resume(done.progress.job_id)
    frame = stopped_after(replace(plan_of(importer.read(orders), tmp_path / "y.db"), chunk_rows=9), 18)
    with pytest.raises(ResumeError, match="read a frame"):
        importer.resume(frame)
    lost = stopped_after(replace(plan_of(orders, tmp_path / "z.db"), chunk_rows=9), 18)
    with closing(sqlite3.connect(tmp_path / "z.db")) as connection, connection:
        connection.execute("DELETE FROM _importer_checkpoints")
    with pytest.raises(ResumeError, match="no longer remembers this job"):
        importer.resume(lost, listeners=[])
    gone = stopped_after(replace(plan_of(orders, tmp_path / "w.db"), chunk_rows=9), 18)
    shutil.rmtree(Path(os.environ["IMPORTER_HOME"], "rejects", gone.id))
    with pytest.raises(importer.errors.SinkError, match="refused 2 rows before, which are not kept here"):
        importer.resume(gone, listeners=[])


@pytest.mark.parametrize(
    "values",
    [
        {"last_row": -5},
        {"last_row": float("inf")},
        {"chunks": "2"},
        {"chunks": True},
        {"elapsed_s": float("nan")},
        {"owner": 5},
        {"rows_read": 7},
        None,
    ],
    ids=str,
)
def test_a_checkpoint_that_was_edited_into_nonsense_is_ignored(values):
    good = Checkpoint(rows_read=6, created=6, chunks=2, last_row=7)
    text = "{}" if values is None else json.dumps(asdict(good) | values)
    with pytest.raises(ValueError, match=r"cannot be|add up|not a checkpoint"):
        Checkpoint.of_text(text)
    assert Checkpoint.of_text(good.as_text()) == good
    with pytest.raises(ValueError, match="not a checkpoint"):
        Checkpoint.of_text("[" * 100_000)


def test_a_schema_is_found_again_or_asked_for(orders, tmp_path, monkeypatch):
    class Local(dy.Schema):
        id = dy.Int64(primary_key=True)

        @dy.rule()
        def is_no_debt(cls):
            return cls.id.col >= 0

    job = stopped_after(replace(plan_of(orders, tmp_path / "x.db"), schema=Local, chunk_rows=9), 18)
    with pytest.raises(SchemaError, match="Local"):
        importer.resume(job, listeners=[])
    assert importer.resume(job, schema=Local, listeners=[]).progress.created == ROWS


def test_a_job_goes_on_with_the_schema_that_it_began_with(orders, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("Order No,day,qty\n" + "".join(f"{n},0{n % 9 + 1}/02/2025,{n}\n" for n in range(ROWS)))
    plan = importer.plan(file, into=tmp_path / "x.db", table="orders", key="Order No", chunk_rows=9, listeners=[])
    job = stopped_after(plan, 18)
    record = importer.job(job.id)
    assert (record.schema_code, record.key_columns) == (plan.inference.code(), "order_no")
    assert "qty = dy.Int64(nullable=True)" in str(record)
    # One could tell from what is refused whether the file were judged anew.
    open_store().write(
        replace(record, schema_code=record.schema_code.replace("Int64(nullable", "Int64(max=50, nullable"))
    )
    report = importer.resume(job.id, listeners=[])
    assert report.notes == job.report.notes != ()
    assert report.rejects["value"].to_list() == [str(n) for n in range(51, ROWS)]


def test_the_sheet_that_was_read_is_kept(tmp_path):
    importer.load(importer.sample(tmp_path / "staff.xlsx"), into=tmp_path / "x.db", listeners=[])
    assert importer.jobs()[0].sheet == "Punches"


def test_a_masked_password_is_asked_for(orders, tmp_path):
    plan = plan_of(orders, "postgresql://ann:s3cr3t@localhost:1/shop")
    job = plan.job().start()
    with pytest.raises(importer.errors.SinkError):
        job.result()
    with pytest.raises(ResumeError, match="is not kept; give into=… with the password"):
        importer.resume(job)


def paused(plan):
    """A job that is paused before its first chunk, and known to be."""
    job = replace(plan, listeners=()).job()
    job.pause()
    job.start()
    until(lambda: importer.job(job.id).state is State.PAUSED)
    return job


def test_a_file_that_is_being_imported_just_now_is_refused_with_its_job(orders, open_new):
    into, read = open_new()
    job = paused(plan_of(orders, into))
    with pytest.raises(AlreadyImportedError, match=f"right now, by job {job.id[:8]} in process {os.getpid()}"):
        plan_of(orders, into).run()
    with pytest.raises(ResumeError, match="is paused in process"):
        importer.resume(job)
    job.resume()
    assert job.result().progress.created == len(read()) == 56


def test_jobs_into_the_same_table_take_turns(orders, open_new, tmp_path):
    into, read = open_new()
    first = paused(plan_of(orders, into))
    other = tmp_path / "other.csv"
    other.write_text("id,qty\n1,100\n")
    is_waiting, heard = threading.Event(), []

    def listen(now):
        heard.append(now)
        if now.state is State.WAITING:
            is_waiting.set()

    second = replace(plan_of(other, into), listeners=(listen,)).start()
    assert is_waiting.wait(10)
    assert second.progress.error.startswith("waiting for another job that writes to 'orders' (process ")
    first.resume()
    first.result()
    assert second.result().progress.updated == 1
    assert dict(read())[1] == 100
    states = [state.value for state, _ in groupby(now.state for now in heard)]
    assert states == ["pending", "running", "waiting", "running", "succeeded"]


def test_a_job_that_waits_for_its_turn_can_be_cancelled(orders, tmp_path):
    first = paused(plan_of(orders, tmp_path / "x.db"))
    is_waiting = threading.Event()
    plan = plan_of(orders, tmp_path / "x.db", if_imported="again")
    second = replace(plan, listeners=(lambda now: now.state is State.WAITING and is_waiting.set(),)).start()
    assert is_waiting.wait(10)
    second.cancel()
    assert second.result().progress.state is State.CANCELLED
    first.cancel()
    first.result()


def test_jobs_into_different_tables_run_side_by_side(orders, open_new):
    into, read = open_new()
    first = paused(plan_of(orders, into))
    assert replace(plan_of(orders, into), table="other").run().progress.created == 56
    first.resume()
    assert first.result().progress.created == len(read()) == 56


def test_an_atomic_job_is_all_or_nothing(orders, open_new):
    into, read = open_new()
    plan_of(orders, into, if_table_exists="replace", atomic=True, chunk_rows=9).run()
    assert len(read()) == 56
    other = orders.with_name("other.csv")
    other.write_text("id,qty\n" + "".join(f"{n},x\n" for n in range(100, 140)))
    job = stopped_after(plan_of(other, into, atomic=True, chunk_rows=9), 18)
    with pytest.raises(ResumeError, match="one transaction"):
        importer.resume(job)
    now = job.progress
    assert (now.state, now.rows_read, now.created, now.rejected) == (State.CANCELLED, 18, 0, 18)
    too_many = plan_of(orders, into, atomic=True, chunk_rows=9, if_imported="again", max_rejects=3).job().start()
    with pytest.raises(TooManyRejectsError):
        too_many.result()
    assert (too_many.progress.updated, too_many.progress.unchanged, too_many.progress.rejected) == (0, 0, 4)
    assert len(read()) == 56
    with pytest.raises(AlreadyImportedError):
        plan_of(orders, into).run()


def test_a_pause_counts_neither_for_the_time_nor_for_the_rate(orders, tmp_path):
    clock = importer.testing.FakeClock()

    def listen(now):
        if now.rows_read == 18 and now.state is State.RUNNING and not clock.now_s:
            job.pause()
        if now.state is State.PAUSED:
            clock.advance(1_000)
            job.resume()

    job = heard_at_once(replace(plan_of(orders, tmp_path / "x.db", chunk_rows=9), listeners=(listen,)).job())
    job._run._clock, job._run._began_at = clock, clock()
    job.start()
    assert job.result().progress.elapsed_s == 0.0
