"""A job that slows down so that others can use the database: the option `pace`, and `Job.pace`."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import heard_at_once, until

import importer
from importer.cli import main
from importer.core import PACES, Pace, Progress, State, next_pace
from importer.errors import OptionError, ResumeError
from importer.listeners import Panel
from importer.store import ask_pace, open_store
from importer.testing import MemorySink
from importer.views import Window

ROWS = 40
SLOWEST = "0.01/s"
"""A hundred seconds for each row: a job of this pace does not end within a test."""


def frame():
    return pl.DataFrame({"id": [str(n) for n in range(ROWS)], "name": [f"name {n}" for n in range(ROWS)]})


def plan_of(into, pace, listeners=(), **options):
    return importer.plan(
        frame(), into=into, table="people", key="id", chunk_rows=1, pace=pace, listeners=listeners, **options
    )


def after_first_row(plan):
    """The running job of the plan, once a row is in."""
    job = heard_at_once(plan.job()).start()
    until(lambda: job.progress.rows_read)
    return job


def people(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM people").fetchone()[0]


@pytest.mark.parametrize("pace", [*PACES, "100000/s", 100000, "0.001s", ".001 s", "100,000 rows/s"])
def test_the_pace_changes_nothing_but_the_time(pace):
    sink = MemorySink()
    report = plan_of(sink, pace).run()
    assert (report.progress.created, len(sink.rows)) == (ROWS, ROWS)


def test_a_job_takes_at_least_the_time_of_its_rows():
    now = plan_of(MemorySink(), "100/s").run().progress
    assert now.elapsed_s >= (ROWS - 1) / 100
    assert now.rows_per_s <= 100 * ROWS / (ROWS - 1)


def test_a_job_rests_between_chunks_as_long_as_it_is_told():
    assert plan_of(MemorySink(), "0.01s").run().progress.elapsed_s >= (ROWS - 1) * 0.01


def test_a_new_pace_ends_a_rest_that_is_too_long_by_it():
    job = after_first_row(plan_of(MemorySink(), SLOWEST))
    assert job.pace() == SLOWEST
    assert job.pace("full") == "full"
    assert job.result().progress.created == ROWS


@pytest.mark.parametrize(("act", "state"), [("pause", State.PAUSED), ("cancel", State.CANCELLED)])
def test_a_job_that_rests_obeys_at_once(act, state):
    job = after_first_row(plan_of(MemorySink(), SLOWEST))
    getattr(job, act)()
    until(lambda: job.progress.state is state)
    job.cancel()
    job.wait()
    assert job.progress.rows_read < ROWS


def test_a_job_that_rests_reports_that_time_passes():
    job = after_first_row(plan_of(MemorySink(), SLOWEST))
    before = job.progress
    until(lambda: job.progress.elapsed_s > before.elapsed_s)
    assert (job.progress.rows_read, job.progress.state, job.progress.pace) == (1, State.RUNNING, SLOWEST)
    job.cancel()
    job.wait()


def test_a_check_does_not_rest():
    assert plan_of(MemorySink(), SLOWEST).check().progress.created == ROWS


def test_another_process_changes_the_pace_and_a_resumed_job_keeps_it(tmp_path, capsys):
    file, into = tmp_path / "people.csv", tmp_path / "people.db"
    frame().write_csv(file)
    plan = importer.plan(file, into=into, key="id", chunk_rows=1, pace=SLOWEST, listeners=[])
    job = after_first_row(plan)
    assert main(["pace", job.id[:8], "0.02/s"]) == 0
    assert "0.02/s" in capsys.readouterr().out
    until(lambda: job.pace() == "0.02/s")
    job.pace("0.03/s")
    until(lambda: open_store().job(job.id).pace == "0.03/s")
    job.interrupt()
    job.wait()
    with pytest.raises(ResumeError, match="is over"):
        ask_pace(job.id, "full")
    again = importer.engine.plan_to_resume(job.id)
    assert again.pace == "0.03/s"
    resumed = again.start()
    resumed.pace("full")
    assert resumed.result().progress.created == ROWS
    assert people(into) == ROWS


def test_a_request_for_a_pace_overwrites_no_other_request():
    job = after_first_row(plan_of(MemorySink(), SLOWEST))
    store = importer.store
    store.ask(job.id, "pause")
    store.ask_pace(job.id, "gentle")
    until(lambda: job.progress.state is State.PAUSED and job.pace() == "gentle")
    job.cancel()
    job.wait()


def test_anybody_may_have_written_anything_as_the_pace():
    job = after_first_row(plan_of(MemorySink(), SLOWEST))
    open_store().ask_pace(job.id, "as slow as a snail")
    store_has = open_store().asked
    assert store_has(job.id) == (None, "as slow as a snail")
    importer.store.ask(job.id, "cancel")
    job.wait()
    assert (job.progress.state, job.pace()) == (State.CANCELLED, SLOWEST)


@pytest.mark.parametrize(
    "pace", ["gentel", "", "-1/s", "0", 0, -1, "nan", float("nan"), "1e9999s", "9999s", True, None, []]
)
def test_what_is_no_pace_is_refused_with_the_nearest(pace):
    with pytest.raises(OptionError, match="pace must be full, steady, gentle, auto") as told:
        importer.core.OPTIONS["pace"].check("pace", pace)
    if pace == "gentel":
        assert "did you mean 'gentle'?" in str(told.value)


def test_a_pace_is_typed_in_a_shell(capsys):
    with pytest.raises(SystemExit):
        main(["load", "x.csv", "--into", "x.db", "--pace", "gentel"])
    assert "did you mean 'gentle'?" in capsys.readouterr().err


@given(
    st.sampled_from(PACES)
    | st.floats(0.01, 1e9)
    | st.integers(1, 10**9)
    | st.floats(0, 3600).map(lambda s: f"{s:.6f}s")
)
def test_a_pace_is_written_as_it_is_read(value):
    pace = Pace.of(value)
    assert Pace.of(pace.text).text == pace.text


@given(st.integers(1, 10**6), st.floats(0, 1e4), st.floats(0.01, 1e6))
def test_no_second_has_more_rows_than_the_pace_allows(rows, took_s, rows_per_s):
    rest_s = Pace.of(rows_per_s).rest_s(rows=rows, took_s=took_s)
    assert rest_s >= 0
    assert rows <= (took_s + rest_s) * Pace.of(rows_per_s).rows_per_s * (1 + 1e-9)


@pytest.mark.parametrize(("expected", "pace"), [(4_000, "full"), (6_000, "steady"), (200_000, "gentle")])
def test_auto_goes_by_the_size_of_the_file(expected, pace):
    now = Progress(rows_read=1_000, created=1_000, completed=1_000, total=expected, unit="rows")
    assert Pace.of("auto").now(now).text == pace


def test_the_time_left_knows_a_pace_that_the_job_was_just_given():
    window = Window()
    now = Progress(rows_read=0, total=1_000, unit="rows", state=State.RUNNING)
    window(now)
    window(Progress(rows_read=500, created=500, completed=500, total=1_000, elapsed_s=1.0, pace="10/s"))
    assert window.remaining_s == 50.0


def test_the_button_of_the_panel_goes_from_pace_to_pace():
    job = after_first_row(plan_of(MemorySink(), "gentle", listeners=[]))
    panel = Panel(job)
    panel(job.progress)
    assert "Pace: gentle" in panel._repr_mimebundle_()["text/html"]
    panel._view = panel._widget()
    panel._clicked(None, {"action": "pace"}, None)
    assert job.pace() == next_pace("gentle") == "full"
    assert job.result().progress.created == ROWS


def test_a_preview_says_who_should_import_many_rows_and_no_note_of_the_plan_does(tmp_path):
    for count, is_told, is_large in ((3_000, False, False), (90_000, True, False), (150_000, True, True)):
        file = tmp_path / f"{count}.csv"
        file.write_text("id\n" + "".join(f"{n}\n" for n in range(100_000, 100_000 + count)))
        plan = importer.plan(file, into=tmp_path / "shop.db", listeners=[])
        assert (plan.preview().advice is not None) is is_told
        assert ("importer.submit(" in str(plan.preview())) is is_large
        assert plan.notes == ()
