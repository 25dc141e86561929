"""A folder whose files are imported as they arrive."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from waiting import until

import importer
from importer.api import watching
from importer.cli import main
from importer.core import Options, State
from importer.engine import PlanFile, Worker
from importer.engine import _watch as module
from importer.errors import OptionError

GOOD = "id,qty\n1,5\n2,7\n"
BAD = "id,qty\n3,5\n4,many\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "incoming"
    place.mkdir()
    return place


@pytest.fixture
def plan(tmp_path):
    options = Options(table="orders", key="id", types={"qty": "Int64"})
    return PlanFile(name="orders", into=str(tmp_path / "shop.db"), headers=("id", "qty"), options=options)


@pytest.fixture
def watch(folder, plan):
    """A watch for which every file is quiet."""
    return watching(folder, [plan], quiet_s=0.0)


def through(watch):
    """Take the files, import them, and put them away."""
    watch.look()
    Worker(once=True).run()
    watch.look()


def names(place):
    return sorted(one.name for one in place.iterdir() if one.name != ".importing")


def rows(plan):
    with closing(sqlite3.connect(plan.into)) as connection:
        return connection.execute("SELECT id, qty FROM orders ORDER BY id").fetchall()


def test_a_file_is_queued_imported_and_put_into_done(folder, plan, watch):
    (folder / "monday.csv").write_text(GOOD)
    watch.look()
    assert names(folder) == ["done", "refused"]
    assert [record.state for record in importer.jobs()] == [State.PENDING]
    watch.look()
    assert len(importer.jobs()) == 1
    through(watch)
    assert (names(folder / "done"), names(folder / "refused"), rows(plan)) == (["monday.csv"], [], [(1, 5), (2, 7)])
    assert list((folder / ".importing").iterdir()) == []


def test_refused_rows_lie_beside_their_file_and_come_back_corrected(folder, plan, watch):
    (folder / "monday.csv").write_text(BAD)
    through(watch)
    assert names(folder / "refused") == ["monday.csv", "monday.refused.xlsx"]
    assert rows(plan) == [(3, 5)]
    refused = importer.read(folder / "refused" / "monday.refused.xlsx")
    assert refused["qty"].to_list() == ["many"]


def test_a_file_that_cannot_be_imported_is_put_aside_with_the_reason(folder, watch):
    (folder / "odd.csv").write_text("name,colour\na,b\n")
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 no archive")
    through(watch)
    assert names(folder / "refused") == ["broken.why.txt", "broken.xlsx", "odd.csv", "odd.why.txt"]
    assert "lacks headers of every plan: 'orders'" in (folder / "refused" / "odd.why.txt").read_text()
    assert not importer.jobs()


def test_of_several_plans_the_first_that_fits_is_taken(folder, plan, tmp_path):
    prices = PlanFile(
        name="prices", into=plan.into, headers=("sku", "price*"), options=Options(table="prices", key="sku")
    )
    watch = watching(folder, [prices, plan], quiet_s=0.0)
    (folder / "a.csv").write_text(GOOD)
    (folder / "b.csv").write_text("SKU,Price (EUR)\nx,5\n")
    through(watch)
    assert {record.name: record.table_name for record in importer.jobs()} == {"a.csv": "orders", "b.csv": "prices"}


def test_a_file_that_comes_again_is_recognised_and_keeps_its_name_apart(folder, plan, watch):
    for _ in range(2):
        (folder / "monday.csv").write_text(GOOD)
        through(watch)
    assert names(folder / "done") == ["monday (2).csv", "monday.csv"]
    assert rows(plan) == [(1, 5), (2, 7)]
    assert [record.created for record in importer.jobs()] == [0, 2]
    for _ in range(2):
        (folder / "tuesday.csv").write_text(BAD)
        through(watch)
    assert [name for name in names(folder / "refused") if "tuesday" in name] == ["tuesday.csv", "tuesday.refused.xlsx"]


def test_only_files_that_are_quiet_and_called_like_tables_are_taken(folder, plan):
    ticks = iter(range(0, 1000, 10))
    watch = watching(folder, [plan], quiet_s=5.0)
    for name in ("~$a.xlsx", ".hidden.csv", "b.csv.part", "notes.pdf"):
        (folder / name).write_text(GOOD)
    growing = folder / "growing.csv"
    original, module.time.monotonic = module.time.monotonic, lambda: next(ticks)
    try:
        for n in range(3):
            growing.write_text(GOOD + f"{n + 5},1\n" * (n + 1))
            watch.look()
            assert growing.exists()
        watch.look()
    finally:
        module.time.monotonic = original
    assert names(folder) == [".hidden.csv", "b.csv.part", "done", "notes.pdf", "refused", "~$a.xlsx"]
    assert [record.name for record in importer.jobs()] == ["growing.csv"]


def test_what_is_not_imported_is_told_once(folder, plan, tmp_path):
    told = []
    watch = watching(folder, [plan], tell=told.append, quiet_s=0.0)
    (tmp_path / "secret.csv").write_text(GOOD)
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "lost.csv").symlink_to(tmp_path / "nowhere.csv")
    (folder / "july.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    for name in ("~$a.xlsx", ".hidden.csv", "b.csv.part", "notes.pdf"):
        (folder / name).write_text(GOOD)
    for _ in range(2):
        watch.look()
    link = "is a link and stays where it is: put the file itself there"
    assert told == [
        "'july.csv' is a folder: its files are not imported; put them beside it",
        f"'link.csv' {link}",
        f"'lost.csv' {link}",
        "'notes.pdf' has no ending of a table, such as .csv or .xlsx, and stays where it is",
        "'pipe.csv' is no file, and stays where it is",
    ]
    assert not importer.jobs()
    (folder / "notes.pdf").unlink()
    watch.look()
    (folder / "notes.pdf").write_text(GOOD)
    watch.look()
    assert len(told) == 6


def test_two_watchers_never_take_one_file_twice(folder, plan):
    watches = [watching(folder, [plan], quiet_s=0.0) for _ in range(4)]
    for n in range(20):
        (folder / f"{n}.csv").write_text(f"id,qty\n{n},{n}\n")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.look(), watches * 2))
        assert len(importer.jobs()) == 20
        Worker(once=True, jobs=2).run()
        list(pool.map(lambda one: one.look(), watches * 2))
    assert names(folder / "done") == sorted(f"{n}.csv" for n in range(20))
    assert rows(plan) == [(n, n) for n in range(20)]


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("after", ["rename", "submit", "rejects_to"], ids=["moved", "queued", "refused rows written"])
def test_a_watcher_that_dies_at_any_point_is_continued_by_the_next(folder, plan, monkeypatch, after):
    def deadly(function):
        def die(*args, **kwargs):
            function(*args, **kwargs)
            raise Killed

        return die

    (folder / "monday.csv").write_text(BAD)
    where = {"rename": module.Path, "submit": module, "rejects_to": importer.JobRecord}[after]
    with monkeypatch.context() as patched:
        patched.setattr(where, after, deadly(getattr(where, after)))
        with pytest.raises(Killed):
            through(watching(folder, [plan], quiet_s=0.0))
    through(watching(folder, [plan], quiet_s=0.0))
    assert len(importer.jobs()) == 1
    assert "monday.csv" in {name.replace(" (2)", "") for name in names(folder / "refused")}
    assert rows(plan) == [(3, 5)]
    assert list((folder / ".importing").iterdir()) == []


def test_a_folder_that_is_not_there_and_a_plan_without_a_database_are_told(tmp_path, folder, plan):
    with pytest.raises(OptionError, match="does not exist"):
        watching(tmp_path / "nowhere", [plan])
    (folder / "done").write_text("a file")
    with pytest.raises(OptionError, match="'done' and 'refused' cannot be made"):
        watching(folder, [plan])
    with pytest.raises(OptionError, match="'x' names no database"):
        watching(folder, [PlanFile(name="x", options=Options())])
    with pytest.raises(OptionError, match="keeps no passwords"):
        watching(folder, [plan], into="postgresql://me:s3cret@h/x")


def test_the_shell_watches_until_it_is_told_to_end(folder, plan, tmp_path):
    plan.write(tmp_path / "orders.toml")
    command = [sys.executable, "-m", "importer", "watch", str(folder), "--plan", str(tmp_path / "orders.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert "watching" in process.stdout.readline()
        part = tmp_path / "monday.csv"
        part.write_text(BAD)
        part.replace(folder / "monday.csv")
        until((folder / "refused" / "monday.csv").exists)
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
    assert process.returncode == 128 + signal.SIGTERM
    assert "1 refused rows are in 'refused'" in said
    assert names(folder / "refused") == ["monday.csv", "monday.refused.xlsx"]
    assert main(["watch", str(folder), "--plan", str(tmp_path / "none.toml")]) == 1
