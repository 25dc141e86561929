"""What an import writes to the standard log."""

from __future__ import annotations

import errno
import io
import json
import logging
from dataclasses import replace

import pytest

import importer
from importer import Log, Progress, State
from importer.errors import ImporterError
from importer.testing import MemorySink

START = Progress(job_id="4c1d8a52", label="a.csv → a", total=1_000)
RUNNING = replace(START, state=State.RUNNING, rows_read=10, created=10, completed=100, elapsed_s=1.0)


@pytest.fixture
def lines():
    """The records that the logger gets."""
    found = []
    logger, handler = logging.getLogger("importer"), logging.Handler()
    handler.emit = found.append
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield found
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def running(elapsed_s, *, rejected=0):
    rows = int(elapsed_s * 10)
    return replace(
        RUNNING, rows_read=rows, created=rows - rejected, rejected=rejected, completed=rows, elapsed_s=elapsed_s
    )


def test_a_state_is_one_line_and_ten_seconds_of_running_are_one_more(lines):
    log = Log()
    for progress in START, *(running(s / 10) for s in range(1, 251)):
        log(progress)
    assert [(line.state, line.elapsed_s) for line in lines] == [
        ("pending", 0.0),
        ("running", 0.1),
        ("running", 10.1),
        ("running", 20.1),
    ]


@pytest.mark.parametrize(
    ("state", "rejected", "level"),
    [
        (State.SUCCEEDED, 0, "INFO"),
        (State.SUCCEEDED, 1, "WARNING"),
        (State.PAUSED, 0, "INFO"),
        (State.WAITING, 0, "WARNING"),
        (State.CANCELLED, 0, "WARNING"),
        (State.INTERRUPTED, 0, "WARNING"),
        (State.FAILED, 0, "ERROR"),
        (State.FAILED, 1, "ERROR"),
    ],
    ids=lambda value: getattr(value, "value", str(value)),
)
def test_the_level_follows_from_the_state_and_from_refused_rows(lines, state, rejected, level):
    Log()(replace(running(5.0, rejected=rejected), state=state))
    assert [line.levelname for line in lines] == [level]


def test_only_new_refusals_make_a_line_of_a_running_job_a_warning(lines):
    log = Log()
    for progress in running(1.0), running(20.0, rejected=3), running(40.0, rejected=3):
        log(progress)
    log(replace(running(41.0, rejected=3), state=State.SUCCEEDED))
    assert [line.levelname for line in lines] == ["INFO", "WARNING", "INFO", "WARNING"]


def test_every_fact_is_a_field_of_the_record_and_can_be_written_as_json(lines):
    Log()(running(5.0, rejected=2))
    Log()(replace(running(5.0, rejected=2), state=State.FAILED, error="the database is gone"))
    names = vars(lines[0]).keys() - vars(logging.makeLogRecord({})).keys() - {"message"}
    first, last = (json.loads(json.dumps({name: getattr(line, name) for name in names})) for line in lines)
    assert first == {
        "job_id": "4c1d8a52",
        "label": "a.csv → a",
        "kind": "import",
        "state": "running",
        "rows_read": 50,
        "rows_created": 48,
        "rows_updated": 0,
        "rows_unchanged": 0,
        "rows_rejected": 2,
        "warnings": 0,
        "fraction": 0.05,
        "rows_per_s": 10.0,
        "elapsed_s": 5.0,
        "remaining_s": None,
        "error": None,
    }
    assert (last["error"], last["state"]) == ("the database is gone", "failed")
    assert lines[1].getMessage() == "a.csv → a    5%  failed after 50 rows: the database is gone · 2 refused"


def test_speed_and_time_left_are_those_of_the_last_seconds(lines):
    log = Log()
    log(running(1.0))
    log(running(11.0))
    assert (lines[1].rows_per_s, lines[1].remaining_s) == (10.0, 89.0)


def test_a_name_makes_no_line_of_its_own(lines):
    Log()(replace(START, label="a\n2026-01-01 CRITICAL forged\x1b[2J.csv → a"))
    assert lines[0].getMessage().splitlines() == ["a 2026-01-01 CRITICAL forged⟨U+001B⟩[2J.csv → a    0%  starting"]
    assert "\n" not in lines[0].label


def test_one_log_serves_jobs_that_run_at_the_same_time(lines):
    log = Log()
    for job_id in "ab" * 3:
        log(replace(RUNNING, job_id=job_id))
    for job_id in "ab" * 2:
        log(replace(RUNNING, job_id=job_id, state=State.SUCCEEDED))
    assert [(line.job_id, line.state) for line in lines[:4]] == [
        (job_id, state) for state in ("running", "succeeded") for job_id in "ab"
    ]


def test_an_import_is_told_from_its_start_to_its_end(lines, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,n\n1,1\n2,x\n3,3\n")
    importer.load(file, into=MemorySink(), types={"n": "Int64"}, listeners=[Log()])
    assert [line.state for line in lines] == ["pending", "running", "succeeded"]
    assert (lines[-1].rows_created, lines[-1].rows_rejected, lines[-1].levelname) == (2, 1, "WARNING")


def test_a_failed_import_is_told_with_its_reason(lines, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,n\n1,x\n2,y\n")
    with pytest.raises(ImporterError):
        importer.load(file, into=MemorySink(), types={"n": "Int64"}, max_rejects=0, listeners=[Log("importer.night")])
    assert (lines[-1].levelname, lines[-1].name) == ("ERROR", "importer.night")
    assert "the limit is 0" in lines[-1].error


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, _text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_does_not_touch_the_import(lines, capsys):
    logger, handler = logging.getLogger("importer.full"), logging.StreamHandler(Full())
    logger.addHandler(handler)
    sink = MemorySink()
    importer.load([{"id": 1}, {"id": 2}], into=sink, table="a", listeners=[Log(logger)])
    logger.removeHandler(handler)
    assert (len(sink.rows), lines[-1].state) == (2, "succeeded")
    assert "No space left on device" in capsys.readouterr().err
