"""Rows below a table: how they are noticed, and how they are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import importer
from importer.core._chunk import Chunk
from importer.errors import SourceError
from importer.sources import open_source
from importer.sources._footer import LEAST_ABOVE, MOST, Footer
from importer.testing._source_contract import SOURCE_CONTRACT, whole

if TYPE_CHECKING:
    from pathlib import Path

CSV = "order,item,qty,price\n" + "".join(f"{n},item {n},{n % 7},{n}.50\n" for n in range(2, 100))
TOTALS = "\nTotal,,,4999.50\nprinted on Monday\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CSV + TOTALS)
    return path


def sheet(*filled: set[int]) -> Chunk:
    """A sheet of six columns, each row of which fills these."""
    columns = {str(at): ["x" if at in row else None for row in filled] for at in range(6)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return Chunk(frame=frame, rows=pl.Series(range(2, 2 + len(filled)), dtype=pl.Int64), completed=0)


ALWAYS = st.sets(st.integers(0, 5), min_size=2)
"""Columns that no row of a table leaves empty."""


@given(ALWAYS, st.data())
def test_last_rows_that_fill_half_of_what_all_others_fill_are_a_footer(always: set[int], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.sets(st.integers(0, 5)), min_size=LEAST_ABOVE, max_size=60))
    table = [always | row for row in rows]
    common = set.intersection(*table)
    few = st.sets(st.integers(0, 5), min_size=1, max_size=len(common) // 2)
    below = data.draw(st.lists(few, min_size=1, max_size=min(MOST, len(table) - 1)))
    footer = Footer.of(sheet(*table, *below))
    assert footer is not None
    assert footer.above + 1 == footer.first <= 2 + len(table)
    assert footer.last == 1 + len(table) + len(below)
    assert footer.cells <= footer.columns // 2


@given(st.lists(st.sets(st.integers(0, 5), min_size=4), max_size=60))
def test_last_rows_that_fill_more_are_not_a_footer(rows: list[set[int]]) -> None:
    assert Footer.of(sheet(*rows)) is None


@given(st.lists(st.sets(st.integers(0, 5), min_size=1), max_size=60))
def test_a_footer_is_the_last_rows_of_any_sheet(rows: list[set[int]]) -> None:
    footer = Footer.of(sheet(*rows))
    if footer is not None:
        assert footer.last == 1 + len(rows)
        assert footer.last - footer.above <= min(MOST, len(rows) // 2)


@pytest.mark.parametrize("last_row", [2, 50, 99, 101, 1_000])
@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
def test_a_sheet_that_ends_early_keeps_the_promises_of_a_source(promise, last_row: int, orders: Path) -> None:
    promise(lambda: open_source(orders, last_row=last_row))


def test_a_table_may_end_before_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("id,qty\n" + ",\n" * 8 + "1,2\n3,4\n")
    source = open_source(path, last_row=5)
    assert (list(source.chunks(10)), source.sample(10).frame.shape) == ([], (0, 2))
    report = importer.load(path, into=tmp_path / "shop.db", last_row=5, listeners=[])
    assert (report.progress.rows_read, report.progress.state) == (0, importer.State.SUCCEEDED)


def test_rows_below_the_last_row_are_left_out(orders: Path) -> None:
    for size in (1, 7, 98, 99, 1_000):
        assert whole(open_source(orders, last_row=99), size)[1] == list(range(2, 100))
    assert max(open_source(orders, last_row=99).sample(1_000).rows) == 99


def test_a_table_cannot_end_above_its_first_row(orders: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot end with row 1, which is not below the header in row 1"):
        open_source(orders, last_row=1)


def test_a_footer_is_reported_and_can_be_left_out(orders: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop.db"
    sentence = "rows 101 to 102, the last ones, fill at most 2 of their cells, where all rows above fill 4 or more"
    plan = importer.plan(orders, into=shop, listeners=[])
    assert sentence in " ".join(str(plan.preview()).split())
    assert sentence in plan.preview()._repr_html_()
    assert f"{sentence}; give last_row=99 if that is not part of the table" in plan.check().notes
    report = importer.load(orders, into=shop, last_row=99, listeners=[])
    assert (report.progress.created, report.progress.rejected, report.notes) == (98, 0, ())
    assert report.progress.completed == report.progress.total


def test_a_resumed_job_ends_at_the_same_last_row(orders: Path, tmp_path: Path) -> None:
    def stop(now: importer.Progress) -> None:
        if now.rows_read:
            job.cancel()

    job = importer.plan(orders, into=tmp_path / "shop.db", last_row=99, chunk_rows=10, listeners=[stop]).job()
    job._run._broadcast._min_interval_s = 0.0
    before = job.start().result()
    after = importer.resume(job.id, listeners=[])
    assert before.progress.rows_read < after.progress.rows_read == after.progress.created == 98


def test_the_notes_below_the_deaths_are_reported(data: Path, tmp_path: Path) -> None:
    path = data / "readxl" / "deaths.xlsx"
    report = importer.load(path, into=tmp_path / "deaths.db", listeners=[])
    [note] = [note for note in report.notes if "last_row=15" in note]
    assert note.startswith(
        "rows 16 to 19, the last ones, fill at most 2 of their cells, where all rows above fill 6 or more"
    )
    report = importer.load(path, into=tmp_path / "people.db", last_row=15, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (10, 0)


def test_a_large_file_is_not_cut_at_a_row_whose_number_is_an_estimate(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text(
        "id,item,qty\n" + "".join(f"{n},item number {n * n},7\n" for n in range(180_000)) + "Source: me,,\n"
    )
    plan = importer.plan(path, into=tmp_path / "shop.db", listeners=[])
    [note] = plan.notes
    assert note.startswith(
        "the last rows fill at most 1 of their cells, where the others fill 3 or more; give last_row=…"
    )
    assert plan.footer is None
