"""Every view, drawn in every state of every kind of job."""

from __future__ import annotations

import re
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from importer import Report
from importer.app._model import Checked, Checking, Done, Draft, Importing, JobView, Looked, Model, Planned
from importer.app.choices import Choices
from importer.app.effects import FirstLook, GridRows
from importer.app.history._listing import Listing
from importer.app.history._view import draw as draw_history
from importer.app.views import DRAW
from importer.checking import Rejects, refused_cells
from importer.core import CONTROLS, Header, Kind, Progress, State
from importer.listeners import Bar, Panel
from importer.store import JobRecord, Jobs
from importer.views import Window, compose, draw_panel, word

KINDS: tuple[Kind, ...] = get_args(Kind)
HEADER = Header(row=1, labels=("id",))

SHAPES: list[dict[str, Any]] = [
    {},
    {"rows_read": 1, "created": 1, "completed": 1, "total": 10, "elapsed_s": 1.0},
    {"rows_read": 9, "created": 7, "rejected": 2, "warnings": 1, "completed": 5, "total": 10},
    {"rows_read": 9_713, "updated": 9_713, "completed": 5, "elapsed_s": 4.0, "current_key": "9713"},
    {"total": 0, "elapsed_s": 0.1},
    {"rows_read": 5, "unchanged": 5, "completed": 5, "total": 10, "unit": "rows"},
]
"""Before the first row, one row, rejects, no total, an empty file, a total in rows."""

every = pytest.mark.parametrize(
    "snapshots",
    [
        pytest.param(
            [
                Progress(job_id="4c1d8a52", label="a.csv → a", state=state, kind=kind, error=error, **shape)
                for shape, error in product(SHAPES, (None, "no space left"))
            ],
            id=f"{kind} {state.value}",
        )
        for state, kind in product(State, KINDS)
    ],
)


def words(drawn: str) -> str:
    """What a person reads, in one line."""
    without_style = re.sub(r"<style>.*?</style>", "", drawn, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", without_style)).split())


def raise_for_odd_words(text: str) -> None:
    """Nothing that only a programmer understands, and no count that reads wrong."""
    assert not re.search(r"[{}]|\bNone\b|Error\(|\b1 rows\b|[a-z]_[a-z]", text), text


def window_of(now: Progress) -> Window:
    window = Window()
    window(now)
    return window


def planned() -> Planned:
    """As much of a plan as the last three steps are drawn from."""
    choices = Choices(path=Path("a.csv"), said="a.csv")
    look = FirstLook(reading=None, first=0, rows=(), sheets=(), octets=9, samples={}, filled={})  # type: ignore[arg-type]
    return Planned(looked=Looked(choices=choices, look=look, draft=Draft()), plan=None)  # type: ignore[arg-type]


def rows_of(report: Report, now: Progress) -> GridRows:
    return GridRows.of(report.found, HEADER, now.rows_read)


def report_of(now: Progress) -> Report:
    found = Rejects()
    if now.rejected:
        rows = pl.Series("row", range(2, 2 + now.rejected))
        found.add(refused_cells(rows, rule="type-error", message="'x' is not a number"), pl.DataFrame({"row": rows}))
    return Report(progress=now, table="a", into="sqlite:///a.db", found=found)


def record_of(now: Progress) -> JobRecord:
    return JobRecord(
        job_id=now.job_id,
        label=now.label,
        state=now.state,
        error=now.error,
        total=now.total,
        unit=now.unit,
        made_at="2025-07-01T08:00:00.000",
        target="sqlite:///a.db",
        table_name="a",
        user_name="ada",
        host="lab",
        pid=7,
        **now.totals,
    )


@every
def test_a_line_says_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        window = window_of(now)
        for columns in (None, 200, 40):
            raise_for_odd_words(compose(now, window, columns).tail)
        if now.state is not State.WAITING or now.error is None:
            said = "reading" if now.state is State.RUNNING and not now.rows_read else word(now.state, now.kind)
            assert said in compose(now, window).tail or now.state is State.RUNNING


@every
def test_a_panel_says_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        window = window_of(now)
        panel = Panel()
        panel(now)
        raise_for_odd_words(repr(panel))
        for requested, buttons in product((None, *CONTROLS), (True, False)):
            text = words(draw_panel(now, window, buttons=buttons, requested=requested))
            raise_for_odd_words(text)
            assert word(now.state, now.kind) in text


@every
def test_a_report_says_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        report = report_of(now)
        for text in str(report), words(report._repr_html_()):
            raise_for_odd_words(text)
            assert ("nothing was written" in text) == (now.kind == "check")


@every
def test_a_record_and_a_list_of_jobs_say_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        record = record_of(now)
        for one in record, Jobs((record,)):
            for text in str(one), words(one._repr_html_()):
                raise_for_odd_words(text)


@every
def test_the_history_says_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        record = record_of(now)
        for opened in None, record.job_id:
            text = words(draw_history(Listing(records=(record,), count=1, expanded=opened)))
            raise_for_odd_words(text.replace("importer.job(", ""))
            assert word(now.state) in text


@every
def test_the_import_step_and_the_result_say_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        importing, report = Importing(planned=planned(), job=JobView(number=1).after(now)), report_of(now)
        phase = Done(importing=importing, report=report, rows=rows_of(report, now)) if now.state.is_final else importing
        model = Model(phase=phase, open=frozenset({"import", "result"}))
        for step in "import", "result":
            raise_for_odd_words(words(DRAW[step](model)).partition("Copy as code")[0])
        assert word(now.state, now.kind) in words(DRAW["import"](model))


@every
def test_the_check_step_says_the_state(snapshots: list[Progress]) -> None:
    for now in snapshots:
        job, report = JobView(number=1).after(now), report_of(now)
        rows = rows_of(report, now)
        ended = Checked(planned=planned(), job=job, report=report, whole=report, rows=rows)
        phase = ended if now.state.is_final else Checking(planned=planned(), job=job)
        model = Model(phase=phase, open=frozenset({"problems", "import"}))
        for step in "problems", "foot":
            raise_for_odd_words(words(DRAW[step](model)).partition("Copy as code")[0])
        if now.state is not State.SUCCEEDED:
            assert word(now.state, now.kind) in words(DRAW["problems" if now.state.is_final else "foot"](model))


def test_every_kind_has_its_words() -> None:
    said = {kind: word(State.RUNNING, kind) for kind in KINDS}
    assert said == {"import": "importing", "check": "checking", "undo": "undoing", "task": "running"}
    for state, kind in product(State, KINDS):
        assert word(state, kind)


def test_a_check_never_says_that_rows_were_created(capsys: pytest.CaptureFixture[str]) -> None:
    now = Progress(label="a.csv → a", kind="check", state=State.SUCCEEDED, rows_read=3, created=3, elapsed_s=1.0)
    Bar()(now)
    panel = Panel()
    panel(now)
    drawn = capsys.readouterr().err, repr(panel), words(panel._repr_mimebundle_()["text/html"])
    for text in (*drawn, str(report_of(now)), words(report_of(now)._repr_html_())):
        assert "would be created" in text
        assert not re.search(r"(?<!would be )created", text)
