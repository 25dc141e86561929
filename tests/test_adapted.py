"""Sinks that were written for version 0.1."""

from __future__ import annotations

import polars as pl
import pytest

import importer
from importer.errors import ResumeError, SinkError
from importer.testing import MemorySink


class OldSink:
    """A list, behind the four methods that a sink had."""

    label = "a list"

    def __init__(self):
        self.rows, self.calls, self.written = [], [], lambda: None

    def begin(self, table, job=None):
        self.calls.append(("begin", table.name, job))

    def write(self, chunk):
        self.rows += chunk.frame.rows()
        self.written()
        return importer.Written(created=chunk.frame.height)

    def finish(self):
        self.calls.append("finish")

    def close(self):
        self.calls.append("close")


NEW_WAY = r"OldSink has begin\(\) and finish\(\)\. Write open\(\)"


def test_a_sink_with_begin_and_finish_still_works_and_is_told_the_new_way():
    sink = OldSink()
    with pytest.warns(DeprecationWarning, match=NEW_WAY):
        report = importer.load(pl.DataFrame({"n": [1, 2]}), into=sink, table="t", listeners=[])
    assert (report.progress.created, report.into, sink.rows) == (2, "a list", [(1,), (2,)])
    assert sink.calls == [("begin", "t", None), "finish", "close"]


@pytest.mark.filterwarnings("ignore:OldSink has begin:DeprecationWarning")
def test_a_job_into_such_a_sink_cannot_be_resumed(tmp_path):
    file, sink = tmp_path / "numbers.csv", OldSink()
    file.write_text("n\n" + "".join(f"{n}\n" for n in range(10)))
    job = importer.plan(file, into=sink, chunk_rows=2, listeners=[]).job()
    sink.written = job.cancel
    job.start().result()
    assert (sink.rows, sink.calls[1:]) == ([(0,), (1,)], ["close"])
    with pytest.raises(ResumeError, match="no longer remembers this job"):
        importer.resume(job, into=OldSink(), listeners=[])


def test_what_is_no_sink_at_all_is_refused_by_its_type():
    with pytest.raises(SinkError, match=r"rows cannot go into builtins\.dict; give a URL"):
        importer.plan(pl.DataFrame({"n": [1]}), into={}, table="t", listeners=[])


def test_conflicts_and_existing_tables_are_decided_for_a_sink_of_your_own_too():
    sink = MemorySink()
    for value, options in [(1, {}), (2, {"on_conflict": "skip"})]:
        frame = pl.DataFrame({"id": [1], "n": [value]})
        importer.load(frame, into=sink, table="t", key="id", listeners=[], **options)
    assert sink.rows == [{"id": 1, "n": 1}]
    importer.load(frame, into=sink, table="t", key="id", listeners=[], if_table_exists="replace")
    assert sink.rows == [{"id": 1, "n": 2}]
