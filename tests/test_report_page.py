"""A report on one page and as JSON, and what it says of how the job went."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import heard_at_once

import importer
from importer import Progress, Report, State
from importer.core import Checkpoint
from importer.engine._course import COLUMNS, POINTS, Course, Recorder
from importer.errors import ImporterError
from importer.testing import MemorySink
from importer.views import draw_page, draw_speed

ROWS = 100


class Page(HTMLParser):
    """A page as its reader finds it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.links, self.loads, self.text = [], {}, [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        self.loads += [value for name, value in attrs if name in {"src", "srcset", "data", "action", "background"}]
        self.loads += [name for name in given if name.startswith("on")]
        if "href" in given:
            self.links[given.get("download")] = given["href"]

    def handle_data(self, data):
        self.text += f" {data}"


@pytest.fixture
def file(tmp_path):
    """A file with empty cells and cells that are no numbers."""
    file = tmp_path / "orders.csv"
    lines = (f"{n},{'x' if n % 10 == 3 else n},{'' if n % 4 else 'note'}\n" for n in range(ROWS))
    file.write_text("id,qty,remark\n" + "".join(lines))
    return file


def load(file, **options):
    options = {"into": MemorySink(), "key": "id", "types": {"qty": "Int64"}, "listeners": []} | options
    return importer.load(file, **options)


def page_of(report, tmp_path):
    return Page(report.to_html(tmp_path / "report.html").read_text("utf-8"))


def test_a_page_needs_no_other_file_and_runs_nothing(file, tmp_path):
    page = page_of(load(file), tmp_path)
    assert page.loads == []
    assert {"script", "link", "img", "iframe", "object", "form"} & set(page.tags) == set()
    assert [href.partition(":")[0] for href in page.links.values()] == ["data"]
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "default-src &#x27;none&#x27;" in text
    assert re.findall(r"url\(|@import|http", re.sub(r"http-equiv", "", text)) == []


def test_the_refused_rows_are_in_the_page_and_can_be_imported_again(file, tmp_path):
    report = load(file)
    [(name, href)] = page_of(report, tmp_path).links.items()
    assert name == "orders refused rows.xlsx"
    inside = tmp_path / "inside.xlsx"
    inside.write_bytes(base64.b64decode(href.partition(";base64,")[2], validate=True))
    assert importer.read(inside)["id"].to_list() == [str(n) for n in range(3, ROWS, 10)]


def test_a_page_says_what_a_report_says(file, tmp_path):
    text = " ".join(page_of(load(file), tmp_path).text.split())
    for said in (
        "orders.csv → orders done",
        "rows read 100 created 90",
        "10 error qty type-error row 5: 'x' is not a whole number",
        "B qty x 'x' is not a whole number",
        "How complete the 100 rows of the file are",
        "remark 75 25%",
        "qty 0 100%",
        "reading",
        "paused or waiting",
    ):
        assert said in text, said


def test_json_has_what_the_page_shows(file, tmp_path):
    report = load(file)
    text = report.to_json(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text("utf-8") == text == report.to_json()
    found = json.loads(text)
    assert found.items() >= json.loads(json.dumps(report.as_dict())).items()
    assert found["by_column_and_rule"] == [
        {
            "severity": "error",
            "column": "qty",
            "rule": "type-error",
            "cells": 10,
            "row": 5,
            "message": "'x' is not a whole number",
        }
    ]
    assert len(found["first_rejects"]) == 10
    assert found["completeness"][2] == {"column": "remark", "filled": 25, "rows": 100, "fraction": 0.25}
    assert found["stages"].keys() == {"read_s", "check_s", "write_s", "wait_s"}
    assert found["stages"]["check_s"] > 0


def test_names_and_cells_are_text_and_no_markup(tmp_path):
    evil = "</style><script>alert(1)</script>\"'&\u202egpj\x1b"
    table = pl.DataFrame({"id": ["1", "2"], evil: [evil, "2"]})
    report = load(table, table="t", key=None, types={evil: "Int64"})
    hostile = replace(
        report, table=evil, into=evil, notes=(evil,), progress=replace(report.progress, label=evil, error=evil)
    )
    for text in hostile.to_html(tmp_path / "r.html").read_text("utf-8"), draw_page(evil, []):
        page = Page(text)
        assert "script" not in page.tags
        assert page.tags.count("style") == 1
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert page.loads == []


def test_a_name_that_is_no_text_can_be_written(tmp_path):
    report = Report(progress=Progress(label="a\udce4.csv → a", error="\udce4", state=State.FAILED))
    assert "failed" in page_of(report, tmp_path).text
    assert json.loads(report.to_json(tmp_path / "r.json"))["state"] == "failed"


@pytest.mark.parametrize("name", ["r.html", "r.json"])
def test_a_report_is_not_written_onto_the_file_or_into_nothing(file, tmp_path, name):
    report = load(file)
    before = file.read_bytes()
    write = report.to_html if name.endswith("html") else report.to_json
    with pytest.raises(ImporterError, match=r"orders\.csv"):
        write(file)
    with pytest.raises(ImporterError, match=r"cannot write the report to .*No such file or directory"):
        write(tmp_path / "nowhere" / name)
    assert file.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["orders.csv"]


def test_too_many_refused_rows_stay_outside_and_the_page_says_how_to_get_them(tmp_path):
    report = load(pl.DataFrame({"id": range(20_001), "qty": ["x"] * 20_001}), table="t")
    page = page_of(report, tmp_path)
    assert page.links == {}
    assert f"importer rejects {report.progress.job_id[:8]} refused.xlsx" in page.text
    assert len((tmp_path / "report.html").read_bytes()) < 100_000


def test_refused_rows_that_are_gone_are_said_to_be(file, tmp_path, home):
    report = load(file, into=tmp_path / "a.db")
    record = importer.job(report.progress.job_id)
    for part in importer.core.home().rglob("*.arrow"):
        part.unlink()
    assert "Of 10 refused rows, 0 are still kept." in page_of(Report.of(record), tmp_path).text


def test_every_way_in_which_a_job_ends_makes_a_page(file, tmp_path):
    plan = importer.plan(file, into=tmp_path / "a.db", key="id", types={"qty": "Int64"}, listeners=[])
    assert "checked, nothing was written" in page_of(plan.check(), tmp_path).text
    job = replace(plan, max_rejects=1).job()
    with pytest.raises(ImporterError):
        job.start().result()
    page = page_of(job.report, tmp_path)
    assert "failed" in page.text
    assert "2 of 15 rows were refused" in page.text or "were refused, and the limit is 1" in page.text
    missing = replace(plan, if_table_exists="fail", table="new").job()
    missing.cancel()
    missing.start().wait()
    assert "cancelled" in page_of(missing.report, tmp_path).text
    assert "succeeded" not in page_of(Report(progress=Progress()), tmp_path).text


@pytest.mark.parametrize("chunk_rows", [1, 7, 33, 1_000])
def test_how_complete_the_columns_are_does_not_depend_on_the_chunks(file, chunk_rows):
    course = load(file, chunk_rows=chunk_rows).course
    assert (course.rows, course.columns) == (ROWS, 3)
    assert course.filled == (("id", 100), ("qty", 100), ("remark", 25))


@pytest.mark.parametrize("stop_at", [10, 50, 90])
@pytest.mark.parametrize("how", ["cancel", "interrupt"])
def test_a_resumed_job_tells_of_all_its_runs(file, tmp_path, stop_at, how):
    stop = lambda now: now.rows_read >= stop_at and getattr(job, how)()  # noqa: E731
    plan = importer.plan(
        file, into=tmp_path / "a.db", key="id", types={"qty": "Int64"}, chunk_rows=10, listeners=[stop]
    )
    job = heard_at_once(plan.job())
    job.start().wait()
    first = job.report.course
    assert ROWS > first.rows == job.progress.rows_read >= stop_at
    report = importer.resume(job.id, listeners=[])
    course = report.course
    assert course.rows == report.progress.rows_read == ROWS
    assert course.filled == load(file).course.filled
    assert course.points[0] == (0.0, 0)
    assert course.points[-1] == (report.progress.elapsed_s, ROWS)
    assert [rows for _, rows in course.points] == sorted(rows for _, rows in course.points)
    assert any(0 < rows <= stop_at for _, rows in course.points)
    assert min(course.read_s, course.check_s, course.write_s) > 0


def test_a_job_that_stops_at_its_limit_counts_the_rows_up_to_there(file):
    job = importer.plan(file, into=MemorySink(), key="id", types={"qty": "Int64"}, max_rejects=2, listeners=[]).job()
    with pytest.raises(ImporterError):
        job.start().result()
    assert job.report.course.rows == job.progress.rows_read < ROWS


def test_the_target_keeps_the_course_only_of_a_job_that_is_not_done(file, tmp_path):
    import sqlite3

    def kept():
        rows = sqlite3.connect(tmp_path / "a.db").execute("SELECT checkpoint FROM _importer_checkpoints").fetchall()
        return Checkpoint.of_text(rows[0][0]).course

    plan = importer.plan(file, into=tmp_path / "a.db", key="id", types={"qty": "Int64"}, chunk_rows=10)
    stop = lambda now: now.rows_read >= 50 and job.interrupt()  # noqa: E731
    job = heard_at_once(replace(plan, listeners=(stop,)).job())
    job.start().wait()
    assert Course.of_text(kept()).rows == job.progress.rows_read
    importer.resume(job.id, listeners=[])
    assert kept() == ""
    assert Report.of(importer.job(job.id)).course.rows == ROWS


def test_the_history_has_the_same_course_as_the_report(file, tmp_path):
    report = load(file, into=f"sqlite:///{tmp_path / 'a.db'}")
    found = Report.of(importer.job(report.progress.job_id))
    assert found.course == Course.of_text(report.course.as_text())
    ours, theirs = (json.loads(one.to_json()) for one in (report, found))
    differ = {name for name in ours if ours[name] != theirs[name]}
    assert differ <= {"read_as", "notes", "elapsed_s", "rows_per_s", "speed", "stages"}


def snapshots(count):
    return (
        Progress(state=State.RUNNING, rows_read=n * 3, created=n * 3, elapsed_s=n / 10, seq=n) for n in range(1, count)
    )


@pytest.mark.parametrize("count", [2, 100, 130, 1_000, 20_000])
def test_the_points_of_the_speed_are_few_however_long_a_job_runs(count):
    recorder = Recorder()
    for progress in snapshots(count):
        recorder(progress)
    points = recorder.course.points
    assert min(count, POINTS) // 2 <= len(points) <= 2 * POINTS
    assert (points[0], points[-1]) == ((0.0, 0), ((count - 1) / 10, (count - 1) * 3))
    assert all(round(speed, 6) == 30 for _, speed in recorder.course.speeds)


def test_pauses_and_waits_are_told_apart_from_the_work():
    clock = iter([0.0, 1.0, 2.0, 12.0, 13.0, 20.0, 21.0])
    recorder = Recorder(lambda: next(clock))
    for state in "RUNNING", "RUNNING", "PAUSED", "RUNNING", "WAITING", "RUNNING", "SUCCEEDED":
        recorder(Progress(state=State[state]))
    assert recorder.course.wait_s == 17.0


def test_a_course_of_hundreds_of_columns_stays_small():
    table = pl.DataFrame({f"{n} {'column of a long name' * 9}": ["1"] for n in range(500)})
    course = load(table, table="wide", key=None, types={}).course
    assert (len(course.filled), course.columns) == (COLUMNS, 500)
    assert len(course.as_text()) < 20_000


WRONG = [
    "",
    "7",
    "null",
    "[]",
    "{}",
    "[" * 100_000,
    '{"points":[[0,0]],"stages":[0,0,0,1e999],"rows":1,"columns":1,"filled":[]}',
    '{"points":[[0,0]],"stages":[0,0,0,NaN],"rows":1,"columns":1,"filled":[]}',
    '{"points":[[1,5],[0,6]],"stages":[0,0,0,0],"rows":1,"columns":1,"filled":[]}',
    '{"points":[[0,5],[1,4]],"stages":[0,0,0,0],"rows":1,"columns":1,"filled":[]}',
    '{"points":[[0,true]],"stages":[0,0,0,0],"rows":1,"columns":1,"filled":[]}',
    '{"points":[],"stages":[0,0,0,-1],"rows":1,"columns":1,"filled":[]}',
    '{"points":[],"stages":[0,0,0,0],"rows":1,"columns":1,"filled":[["a",2]]}',
    '{"points":[],"stages":[0,0,0,0],"rows":"1","columns":1,"filled":[]}',
]


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_course_that_somebody_changed_is_none(text):
    assert Course.of_text(text) == Course()


@settings(max_examples=40)
@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_no_text_breaks_a_report(text):
    assert Course.of_text(text) == Course()


POINTS_OF_A_JOB = st.lists(
    st.tuples(st.floats(0, 1e6).map(lambda s: round(s, 2)), st.integers(0, 10**9)), max_size=2 * POINTS
).map(lambda found: tuple(zip(sorted(s for s, _ in found), sorted(rows for _, rows in found), strict=True)))


@settings(max_examples=40)
@given(POINTS_OF_A_JOB)
def test_every_course_is_read_as_it_was_written_and_can_be_drawn(points):
    course = Course(points=points, read_s=1.5, rows=3, filled=(("a", 2),), columns=1)
    assert Course.of_text(course.as_text()) == course
    drawn = draw_speed(points)
    assert "nan" not in drawn
    assert "inf" not in drawn


def shell(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "importer", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_a_shell_writes_a_report_at_once_and_later(file, tmp_path):
    done = shell(
        "load", file, "--into", "a.db", "--type", "qty=Int64", "--key", "id", "--report", "now.html", cwd=tmp_path
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "  The report is in now.html")
    job = importer.jobs().records[0].job_id
    assert shell("show", job[:8], "--report", "later.json", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "later.json").read_text())["rejected"] == 10
    assert "orders.csv → orders" in Page((tmp_path / "now.html").read_text("utf-8")).text


def test_a_shell_refuses_a_report_of_another_kind_before_it_imports(file, tmp_path):
    for name, why in ("r.pdf", "must end in .html or .json"), ("nowhere/r.html", "does not exist"):
        done = shell("load", file, "--into", "a.db", "--report", name, cwd=tmp_path)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "a.db").exists()
