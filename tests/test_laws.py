"""What holds for every file: chunk size changes nothing, counts balance, what goes in comes out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import dataframely as dy
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import importer
from importer.testing import MemorySink


class Orders(dy.Schema):
    order_id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True, min=0)
    day = dy.Date(nullable=True, metadata={"day_first": True})
    note = dy.String(nullable=True)

    @dy.rule()
    def big_orders_have_a_note(cls):
        return (pl.col("qty") < 5) | pl.col("note").is_not_null()


CELLS = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["1", "2", "3", "004", " 5", "x", None]),
        "qty": st.sampled_from(["0", "4", "5", "1,000", "-1", "many", None]),
        "day": st.sampled_from(["01.02.2025", "2025-02-01", "31.02.2025", None]),
        "note": st.sampled_from(["a", " a", "#REF!", "", None]),
    }
)
FILES = st.lists(CELLS, min_size=1, max_size=25).map(
    lambda rows: pl.DataFrame(rows, schema=dict.fromkeys(Orders.column_names(), pl.String))
)


def run(file, chunk_rows, sink=None, **options):
    heard = []
    sink = MemorySink() if sink is None else sink
    plan = importer.plan(file, into=sink, table="orders", schema=Orders, listeners=[heard.append], **options)
    return replace(plan, chunk_rows=chunk_rows).run(), heard, sink


@settings(max_examples=15)
@given(FILES, st.integers(1, 26), st.integers(1, 26), st.sampled_from(["update", "skip", "reject"]))
def test_chunk_size_does_not_change_the_outcome(file, one, other, on_conflict):
    sinks = [MemorySink(on_conflict=on_conflict) for _ in range(2)]
    (first, _, _), (second, _, _) = (run(file, size, sink) for size, sink in zip((one, other), sinks, strict=True))
    now = replace(
        second.progress, job_id=first.progress.job_id, seq=first.progress.seq, elapsed_s=first.progress.elapsed_s
    )
    assert now == first.progress
    assert sinks[0].rows == sinks[1].rows
    assert_frame_equal(first.rejects, second.rejects)
    assert_frame_equal(first.rejected_rows, second.rejected_rows)


@settings(max_examples=15)
@given(FILES, st.integers(1, 26))
def test_every_row_is_accounted_for_in_every_snapshot(file, chunk_rows):
    report, heard, sink = run(file, chunk_rows)
    # A snapshot that does not balance cannot be made; these say that no row was left out either.
    is_filled = file.filter(~pl.all_horizontal(pl.all().is_null()))
    assert report.progress.rows_read == is_filled.height
    assert [p.rows_read for p in heard] == sorted(p.rows_read for p in heard)
    assert report.rejected_rows.height == report.progress.rejected
    assert len(sink.rows) == report.progress.created
    errors = report.rejects.filter(severity="error")
    assert set(errors["row"]) == set(report.rejected_rows["row"])


VALUES = st.fixed_dictionaries(
    {
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "float": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "text": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00#"), min_size=1),
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(min_value=date(1000, 1, 1)),
    }
)
TYPES = {"whole": pl.Int64, "float": pl.Float64, "text": pl.String, "yes": pl.Boolean, "day": pl.Date}


class Everything(dy.Schema):
    whole = dy.Int64(nullable=True)
    float = dy.Float64(nullable=True)
    text = dy.String(nullable=True, metadata={"strip": False})
    yes = dy.Bool(nullable=True)
    day = dy.Date(nullable=True)


@settings(max_examples=20)
@given(st.lists(VALUES, min_size=1, max_size=15))
def test_what_goes_in_comes_out(tmp_path_factory, rows):
    frame = pl.DataFrame(rows, schema=TYPES)
    file = tmp_path_factory.mktemp("db") / "all.db"
    options = {"into": file, "table": "everything", "schema": Everything, "listeners": []}
    report = importer.load(frame, **options)
    filled = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    assert report.rejects.rows() == []
    with closing(sqlite3.connect(file)) as connection:
        stored = connection.execute("SELECT whole, float, text, yes, CAST(day AS TEXT) FROM everything").fetchall()
    back = pl.DataFrame(stored, schema=TYPES | {"yes": pl.Int64, "day": pl.String}, orient="row")
    assert_frame_equal(back.with_columns(pl.col("yes").cast(pl.Boolean), pl.col("day").str.to_date()), filled)
