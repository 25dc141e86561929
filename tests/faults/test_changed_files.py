"""The file of a job is touched, replaced, cut, deleted and rewritten while it is read. Its content decides."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import heard_at_once

import importer
from importer.core._progress import State
from importer.engine._run import MOST_TOUCHES
from importer.errors import SourceError

ROWS = 50_000
CHUNK_ROWS = 5_000


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Large enough that its end is not read yet when the first rows are written."""
    file = tmp_path_factory.mktemp("original") / "goods.csv"
    numbers = pl.int_range(ROWS, eager=True)
    pl.DataFrame(
        {"id": numbers, "name": "a thing with number " + numbers.cast(pl.String) + " " * 9 + "and much to say " * 12}
    ).write_csv(file)
    return file


@pytest.fixture
def goods(original, tmp_path):
    return shutil.copy(original, tmp_path / "goods.csv")


def touch(file, original):
    os.utime(file)


def set_back(file, original):
    os.utime(file, ns=(0, 0))


def change_mode(file, original):
    file.chmod(0o640)


def rewrite(file, original):
    file.write_bytes(original.read_bytes())


def swap(file, original):
    beside = shutil.copy2(original, file.with_suffix(".new"))
    beside.replace(file)


def cut(file, original):
    os.truncate(file, file.stat().st_size // 2)


def empty(file, original):
    os.truncate(file, 0)


def delete(file, original):
    file.unlink()


def overwrite(file, original):
    file.write_bytes(b"\x00\xff" * (original.stat().st_size // 2))


def grow(file, original):
    with file.open("a") as opened:
        opened.write("-1,one more\n")


def same_size_and_time(file, original):
    """What no size and no time of the last change shows."""
    seen = file.stat()
    file.write_text(file.read_text().replace("49999,a thing", "49999,b thing"))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))


SAME = [touch, set_back, change_mode, rewrite, swap]
OTHER = [cut, empty, delete, overwrite, grow, same_size_and_time]


def job_of(file, into, heard, **options):
    options = {"key": "id", "chunk_rows": CHUNK_ROWS} | options
    return heard_at_once(replace(importer.plan(file, into=into, **options), listeners=(heard,)).job())


def once_at(rows, act):
    """A listener that acts when so many rows are in, once."""
    done = []

    def heard(now):
        if now.rows_read >= rows and not done:
            done.append(now)
            act()

    return heard


def table(database):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT count(*), count(DISTINCT id), max(id) FROM goods").fetchone()


WHOLE = (ROWS, ROWS, ROWS - 1)


@pytest.mark.parametrize("event", SAME)
@pytest.mark.parametrize("rows", [0, 10_000, ROWS])
def test_a_file_that_still_holds_the_same_is_imported_once(goods, original, tmp_path, event, rows):
    job = job_of(goods, tmp_path / "x.db", once_at(rows, lambda: event(goods, original)), key=None)
    assert job.start().result().progress.created == ROWS
    assert table(tmp_path / "x.db") == WHOLE


@pytest.mark.parametrize("event", OTHER)
@pytest.mark.parametrize("rows", [5_000, ROWS])
def test_a_file_that_is_put_back_in_time_is_imported_to_its_end(goods, original, tmp_path, event, rows):
    spoil = once_at(rows, lambda: event(goods, original))

    def heard(now):
        spoil(now)
        if now.state is State.WAITING:
            assert now.error == "waiting until nobody writes to 'goods.csv'"
            rewrite(goods, original)

    assert job_of(goods, tmp_path / "x.db", heard, key=None).start().result().progress.created == ROWS
    assert table(tmp_path / "x.db") == WHOLE


@pytest.mark.parametrize("event", OTHER)
def test_a_file_that_stays_changed_ends_the_job_which_goes_on_once_it_is_back(goods, original, tmp_path, event):
    job = job_of(goods, tmp_path / "x.db", once_at(10_000, lambda: event(goods, original)), key=None)
    with pytest.raises(SourceError, match=r"moved or deleted|was changed while it was imported") as caught:
        job.start().result()
    done = job.progress.rows_read
    assert 0 < done < ROWS
    if event is not delete:
        assert f"the table has its old rows up to row {done + 1:,}" in str(caught.value)
        assert "they would be there twice" in str(caught.value)
    # Nothing of the other version is in.
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("SELECT count(*), max(id) FROM goods").fetchone() == (done, done - 1)
    rewrite(goods, original)
    assert importer.resume(job, listeners=[]).progress.created == ROWS
    assert table(tmp_path / "x.db") == WHOLE


def test_with_a_key_the_advice_is_to_import_what_is_there_now(goods, original, tmp_path):
    job = job_of(goods, tmp_path / "x.db", once_at(10_000, lambda: grow(goods, original)))
    with pytest.raises(SourceError, match="which updates rows by their key"):
        job.start().result()
    assert importer.load(goods, into=tmp_path / "x.db", key="id", listeners=[]).progress.created == ROWS - 10_000 + 1


def test_a_job_in_one_transaction_says_that_nothing_was_written(goods, original, tmp_path):
    job = job_of(goods, tmp_path / "x.db", once_at(10_000, lambda: grow(goods, original)), atomic=True)
    with pytest.raises(SourceError, match="was changed while it was imported: nothing was written"):
        job.start().result()
    touched = job_of(goods, tmp_path / "y.db", once_at(10_000, lambda: touch(goods, original)), atomic=True)
    assert touched.start().result().progress.created == ROWS + 1


def test_a_file_that_is_written_to_without_an_end_is_refused(goods, tmp_path):
    touches = []

    def heard(now):
        if now.rows_read:
            touches.append(os.utime(goods))

    job = job_of(goods, tmp_path / "x.db", heard)
    with pytest.raises(SourceError, match="written to again and again while it is imported; import a copy of it"):
        job.start().result()
    assert len(touches) > MOST_TOUCHES


def test_a_job_that_waits_for_its_file_can_be_cancelled(goods, original, tmp_path):
    def heard(now):
        spoil(now)
        if now.state is State.WAITING:
            job.cancel()

    spoil = once_at(10_000, lambda: cut(goods, original))
    job = job_of(goods, tmp_path / "x.db", heard)
    assert job.start().result().progress.state is State.CANCELLED
    rewrite(goods, original)
    assert importer.resume(job, listeners=[]).progress.created == ROWS
    assert table(tmp_path / "x.db") == WHOLE


@pytest.mark.parametrize("event", [*SAME, delete, cut, overwrite])
def test_a_workbook_is_no_different(tmp_path, event):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["id", "name"])
    for n in range(30_000):
        sheet.append([n, f"a thing with number {n}"])
    book.save(tmp_path / "original.xlsx")
    goods = shutil.copy(tmp_path / "original.xlsx", tmp_path / "goods.xlsx")
    spoil = once_at(2_000, lambda: event(goods, tmp_path / "original.xlsx"))

    def heard(now):
        spoil(now)
        if now.state is State.WAITING:
            rewrite(goods, tmp_path / "original.xlsx")

    job = job_of(goods, tmp_path / "x.db", heard, key=None, table="goods", chunk_rows=1_000)
    assert job.start().result().progress.created == 30_000
    assert table(tmp_path / "x.db") == (30_000, 30_000, 29_999)


@pytest.mark.parametrize("event", SAME)
def test_a_plan_outlives_a_touch(goods, original, tmp_path, event):
    plan = importer.plan(goods, into=tmp_path / "x.db", key="id", listeners=[])
    plan.preview()
    event(goods, original)
    assert plan.check().progress.created == ROWS
    event(goods, original)
    assert plan.run().progress.created == ROWS


def test_corrections_hold_when_the_file_is_read_again(goods, original, tmp_path):
    corrections = {(row, "name"): f"corrected {row}" for row in (10, 20_000, 29_000, ROWS)}
    job = job_of(goods, tmp_path / "x.db", once_at(20_000, lambda: swap(goods, original)), corrections=corrections)
    report = job.start().result()
    assert "not used" not in " ".join(report.notes)
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        found = connection.execute("SELECT name FROM goods WHERE name LIKE 'corrected %' ORDER BY id").fetchall()
    assert found == [(f"corrected {row}",) for row in (10, 20_000, 29_000, ROWS)]


@settings(max_examples=10)
@given(data=st.data(), rows=st.integers(1, 300), chunk_rows=st.integers(1, 60))
def test_law_whatever_is_done_to_the_file_each_row_is_in_once(tmp_path_factory, data, rows, chunk_rows):
    """Events at any chunk, each undone while the job waits."""
    folder = tmp_path_factory.mktemp("law")
    original, goods = folder / "original.csv", folder / "goods.csv"
    text = "id,name\n" + "".join(f"{n},{n % 7}\n" for n in range(rows))
    original.write_text(text)
    goods.write_text(text)
    chunks = -(-rows // chunk_rows)
    left = data.draw(st.lists(st.tuples(st.integers(0, chunks), st.sampled_from([*SAME, *OTHER[:5]])), max_size=4))

    def heard(now):
        if now.state is State.WAITING:
            rewrite(goods, original)
        running = left if now.state is State.RUNNING else []
        for event in [event for event in running if event[0] * chunk_rows <= now.rows_read]:
            left.remove(event)
            rewrite(goods, original)
            event[1](goods, original)

    job_of(goods, folder / "x.db", heard, key=None, chunk_rows=chunk_rows).start().result()
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        assert connection.execute("SELECT id, name FROM goods ORDER BY id").fetchall() == [
            (n, n % 7) for n in range(rows)
        ]
