"""What a file shows is worked out once."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

import importer
from importer.app._grid_actions import CorrectCells
from importer.engine import Reading, fingerprint_of
from importer.errors import SourceError
from importer.schema.inference import infer
from importer.sources import open_source
from importer.testing import MemorySink


class CountingSource:
    """A source of your own that counts how often it is sampled."""

    def __init__(self, frame):
        self._inner = open_source(frame)
        self.label, self.unit, self.total = "counting", self._inner.unit, self._inner.total
        self.header = self._inner.header
        self.samples = 0

    def chunks(self, size, *, after_row=0):
        return self._inner.chunks(size, after_row=after_row)

    def sample(self, size):
        self.samples += 1
        return self._inner.sample(size)


@contextmanager
def inferences():
    """Count the calls of the one function that infers, in every thread that starts meanwhile."""
    counts = Counter()

    def count(frame, event, _):
        if event == "call" and frame.f_code is infer.__code__:
            counts["infer"] += 1

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(1, 100)))
    return file


def test_looking_checking_correcting_and_running_infer_once():
    source = CountingSource(pl.DataFrame({"id": ["1", "2", "3"], "qty": ["5", "6", "7"]}))
    sink = MemorySink()
    with inferences() as counts:
        plan = importer.plan(source, into=sink, key="id", listeners=[])
        plan.preview()
        plan.check()
        corrected = replace(plan, corrections={(3, "qty"): "60"})
        corrected.check()
        corrected.refused_in(pl.DataFrame({"row": [3], "id": ["2"], "qty": ["x"]}))
        corrected.run()
    assert [row["qty"] for row in sink.rows] == [5, 60, 7]
    assert (counts["infer"], source.samples) == (1, 1)


def test_the_app_infers_once_from_the_first_look_to_the_end(orders, tmp_path):
    with inferences() as counts:
        app = importer.App(orders, into=tmp_path / "shop.db")
        app.wait()
        assert app.check().progress.rejected == 9
        app._controller.dispatch(CorrectCells(step="problems", cells=((11, 1, "10"),)))
        assert app.check().progress.rejected == 8
        assert app.run().progress.rejected == 8
        app.close()
    assert counts["infer"] == 1


def test_a_reading_is_shared_until_an_option_that_decides_how_the_file_is_read_changes(orders):
    plan = importer.plan(orders, into=MemorySink(), listeners=[])
    assert replace(plan, on_conflict="skip", mapping={"qty": "qty"}).reading is plan.reading
    headless = replace(plan, header_row=0)
    assert headless.reading is not plan.reading
    assert headless.source.header.labels == ("column_A", "column_B")
    assert replace(headless, header_row=None).source.header.labels == ("id", "qty")


def test_another_key_is_inferred_anew_and_the_first_one_is_still_there(orders):
    plan = importer.plan(orders, into=MemorySink(), listeners=[])
    keyed = replace(plan, key=("id",))
    assert keyed.effective_schema.primary_key() == ["id"]
    assert plan.effective_schema.primary_key() == []
    assert keyed.reading is plan.reading


@pytest.mark.parametrize("start", ["run", "check"])
def test_a_file_that_changed_since_the_plan_was_made_is_not_imported_by_its_old_header(orders, start):
    sink = MemorySink()
    plan = importer.plan(orders, into=sink, listeners=[])
    plan.preview()
    orders.write_text("qty,id\n500,1\n")
    with pytest.raises(SourceError, match="has changed since it was opened for this plan"):
        getattr(plan, start)()
    assert sink.rows == []
    assert importer.plan(orders, into=sink, listeners=[]).run().progress.created == 1
    assert sink.rows == [{"qty": 500, "id": 1}]


@pytest.fixture
def book(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Ann's"
    for row in [("id", "qty"), (1, 2)]:
        book.active.append(row)
    book.save(file := tmp_path / "orders.xlsx")
    return file


def test_the_fingerprint_is_made_of_the_bytes_and_the_sheet_and_of_no_label(book, orders, tmp_path):
    digests = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in (book, orders)}
    plan = importer.plan(book, into=tmp_path / "x.db", listeners=[])
    assert fingerprint_of(plan).content == f"""{digests[book]}, sheet "Ann's\""""
    plan = importer.plan(orders, into=tmp_path / "x.db", listeners=[])
    assert fingerprint_of(plan).content == digests[orders]


def test_a_copy_under_another_name_has_the_fingerprint_of_the_file(book, tmp_path):
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(book.read_bytes())
    plan = importer.plan(copy, into=tmp_path / "x.db", listeners=[])
    assert fingerprint_of(plan).content == fingerprint_of(importer.plan(book, into=tmp_path / "x.db")).content


def test_an_inference_with_another_key_is_what_it_would_be_alone():
    cells = {"id": ["007", "8", "9"], "price": ["1,5", "2,25", "3"], "day": ["31/01/2025", "01/02/2025", "03/02/2025"]}
    shared = Reading.of(pl.DataFrame(cells))
    for key in ((), ("id",), ("price", "day"), ()):
        assert shared.inference("t", key=key).code() == Reading.of(pl.DataFrame(cells)).inference("t", key=key).code()


def test_the_type_of_one_column_is_found_alone():
    reading = Reading.of(pl.DataFrame({"Name": ["Ann", "Bob"], "day": ["2025-01-31", "2025-02-28"], "n": ["1", None]}))
    assert [str(reading.dtype(label)) for label in ("Name", "day", "n")] == ["String", "Date", "Int64"]
