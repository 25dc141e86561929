"""Rows of one file that share a key are told with their numbers, by the check and by the import."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from databases import counts
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import heard_at_once

import importer
from importer.errors import Note
from importer.sinks import REPEATED, SharedKeys
from importer.testing import MemorySink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from databases import Database

    from importer import Report


def shared(report: Report) -> Note | None:
    """The note of shared keys."""
    found = [note for note in report.notes if isinstance(note, Note) and note.code == REPEATED]
    assert len(found) <= 1
    return found[0] if found else None


def frame(keys: Sequence[Any]) -> pl.DataFrame:
    return pl.DataFrame({"order_id": keys, "n": [f"n{n}" for n in range(len(keys))]}, schema_overrides={"n": pl.String})


ORDERS = [*range(1, 61), 60]

OTHERS = ["on_repeated_key='first'", "on_repeated_key='reject'"]
"""What a check offers instead of keeping the last one."""


@pytest.mark.parametrize(("on_conflict", "kept", "n"), [("update", "last", "n60"), ("skip", "first", "n59")])
@pytest.mark.parametrize("chunk_rows", [1, 60, 100])
def test_two_rows_with_one_key_are_told_before_they_are_written(
    database: Database, on_conflict: str, kept: str, n: str, chunk_rows: int
) -> None:
    plan = database.plan(frame(ORDERS), key="order_id", on_conflict=on_conflict, chunk_rows=chunk_rows)
    for report in (plan.check(), plan.run()):
        note = shared(report)
        assert note.sentence == f"2 rows share order_id 60 (rows 61 and 62); the {kept} one is kept"
        assert (note.kind, note.rows, note.n, note.column) == ("doubt", (61, 62), 1, "order_id")
        assert note.sentence in str(report)
        assert note.sentence in report._repr_html_()
        assert report.as_dict()["notes"] == [note]
        is_open = report.progress.kind == "check" and on_conflict == "update"
        assert [fix.as_python() for fix in note.fixes] == (OTHERS if is_open else [])
    assert database.run("SELECT n FROM t WHERE order_id = 60") == [(n,)]


def test_refused_rows_are_no_rows_that_share_a_key(database: Database) -> None:
    report = database.load(frame(ORDERS), key="order_id", on_conflict="reject")
    assert shared(report) is None
    assert report.rejects["message"].item().startswith("order_id 60 is in row 61 already")


def test_a_key_of_several_columns_is_told_with_all_of_them(database: Database) -> None:
    rows = pl.DataFrame({"shop": ["a", "b", "a"], "no": [1, 1, 1]})
    note = shared(database.load(rows, key=["shop", "no"]))
    assert note == "2 rows share shop a, no 1 (rows 2 and 4); the last one is kept"
    assert note.column is None


def test_many_are_counted_and_the_first_are_named(database: Database) -> None:
    note = shared(database.load(frame([*range(1, 1_001), *range(1, 1_001)]), key="order_id"))
    assert note == (
        "1,000 rows have the key of an earlier row, such as order_id 1 (rows 2 and 1,002), order_id 2 (rows 3 and "
        "1,003), order_id 3 (rows 4 and 1,004); the last one of each is kept"
    )


@settings(max_examples=20)
@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 21), st.sampled_from(["update", "skip"]))
def test_what_is_told_is_what_the_file_holds(keys: list[int], chunk_rows: int, on_conflict: Any) -> None:
    rows = defaultdict(list)
    for row, key in enumerate(keys, start=2):
        rows[f"order_id {key}"].append(row)
    plan = importer.plan(
        frame(keys).cast(pl.String), into=MemorySink(), table="t", key="order_id", on_conflict=on_conflict,
        chunk_rows=chunk_rows, listeners=[],
    )  # fmt: skip
    job = plan.start()
    report = job.result()
    told = SharedKeys.of(report.found.cell_frames())
    assert told.repeats == sum(len(each) - 1 for each in rows.values())
    assert all(rows[key] == list(each) for key, each in told.examples.items())
    assert len(told.examples) == min(3, sum(len(each) > 1 for each in rows.values()))
    note = shared(report)
    assert (note is None) == (told.repeats == 0)


def test_a_resumed_job_tells_of_the_rows_before_it_stopped(sqlite: Database, tmp_path: Any) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,n\n" + "".join(f"{key},x\n" for key in [1, 1, *range(2, 300), 299]))
    plan = sqlite.plan(file, key="order_id", chunk_rows=10)

    def stop(now: importer.Progress) -> None:
        if now.rows_read:
            job.cancel()

    job = heard_at_once(replace(plan, listeners=(stop,)).job())
    assert job.start().result().progress.state is importer.State.CANCELLED
    report = importer.resume(job, listeners=[])
    assert shared(report) == (
        "4 rows share their keys: order_id 1 (rows 2 and 3), order_id 299 (rows 301 and 302); "
        "the last one of each is kept"
    )


def test_only_the_first_row_of_a_key_is_written(database: Database) -> None:
    for chunk_rows in (1, 60, 100):
        plan = database.plan(
            frame(ORDERS), key="order_id", on_repeated_key="first", chunk_rows=chunk_rows, table=f"t{chunk_rows}"
        )
        for report in (plan.check(), plan.run()):
            assert shared(report) == "2 rows share order_id 60 (rows 61 and 62); the first one is kept"
            assert counts(report) == (60, 0, 1, 0)
        assert database.run(f"SELECT n FROM t{chunk_rows} WHERE order_id = 60") == [("n59",)]


def test_all_but_the_first_row_of_a_key_are_rejected(database: Database) -> None:
    for chunk_rows in (1, 60, 100):
        plan = database.plan(
            frame(ORDERS), key="order_id", on_repeated_key="reject", chunk_rows=chunk_rows, table=f"t{chunk_rows}"
        )
        for report in (plan.check(), plan.run()):
            assert counts(report) == (60, 0, 0, 1)
            [cell] = report.rejects.to_dicts()
            assert (cell["row"], cell["column"], cell["letter"], cell["value"]) == (62, "order_id", "A", "60")
            assert (cell["rule"], cell["severity"]) == (REPEATED, "error")
            assert cell["message"] == "order_id 60 is in row 61 already"
            assert report.rejected_rows.rows() == [(62, "60", "n60")]


def test_a_row_whose_first_is_refused_by_the_database_is_refused_too(database: Database) -> None:
    for chunk_rows in (1, 2, 100):
        table = f"t{chunk_rows}"
        database.run(f"CREATE TABLE {table} (order_id INTEGER PRIMARY KEY, n VARCHAR(9) CHECK (n <> 'n0'))")
        report = database.load(
            frame([7, 8, 7]), key="order_id", on_repeated_key="first", chunk_rows=chunk_rows, table=table
        )
        assert counts(report) == (1, 0, 0, 2)
        assert shared(report) is None
        assert report.rejects["row"].to_list() == [2, 4]
        assert report.rejects["message"].to_list()[1] == "shares order_id 7 with row 2, which is refused"


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 5), max_size=20),
    st.integers(1, 21),
    st.sampled_from(["first", "reject"]),
    st.sampled_from(["update", "skip", "reject"]),
)
def test_each_row_is_what_the_option_says(keys: list[int], chunk_rows: int, how: Any, on_conflict: Any) -> None:
    sink = MemorySink()
    plan = importer.plan(
        frame(keys), into=sink, table="t", key="order_id", on_repeated_key=how, chunk_rows=chunk_rows,
        on_conflict=on_conflict, listeners=[],
    )  # fmt: skip
    report = plan.run()
    firsts = {key: f"n{row}" for row, key in reversed(list(enumerate(keys)))}
    assert {row["order_id"]: row["n"] for row in sink.rows} == firsts
    others = len(keys) - len(firsts)
    assert counts(report) == (len(firsts), 0, *((others, 0) if how == "first" else (0, others)))
    assert report.found.cells()["row"].to_list() == [
        row for row, key in enumerate(keys, start=2) if key in keys[: row - 2]
    ]


@pytest.mark.parametrize("how", ["first", "reject"])
def test_a_resumed_job_knows_the_keys_of_the_rows_before(sqlite: Database, tmp_path: Any, how: Any) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,n\n" + "".join(f"{key},n{key}\n" for key in range(300)) + "0,new\n")

    def stop(now: importer.Progress) -> None:
        if now.rows_read:
            job.cancel()

    plan = sqlite.plan(file, key="order_id", chunk_rows=10, on_repeated_key=how)
    job = heard_at_once(replace(plan, listeners=(stop,)).job())
    assert job.start().result().progress.created < 300
    assert counts(importer.resume(job, listeners=[])) == (300, 0, *((1, 0) if how == "first" else (0, 1)))
    assert sqlite.run("SELECT n FROM t WHERE order_id = 0") == [("n0",)]
