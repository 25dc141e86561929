"""A table whose rows are replaced keeps everything else, and no other table changes."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from databases import Database, counts, written
from waiting import heard_at_once

import importer
from importer import State
from importer.errors import RejectsError, ResumeError, SinkError, TableMismatchError, TooManyRejectsError

if TYPE_CHECKING:
    from pathlib import Path

    from importer import Progress

CUSTOMERS = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(9) DEFAULT 'nobody' CHECK (name <> 'bad'), "
    "seen VARCHAR(9) DEFAULT 'new')"
)
OLD = "INSERT INTO t VALUES (1, 'Ann', 'old'), (2, 'Bob', 'old')"


def test_rows_that_others_point_at_are_not_replaced(database: Database, tmp_path: Path) -> None:
    cascade = "" if database.kind == "duckdb" else " ON DELETE CASCADE"
    database.run(CUSTOMERS, OLD, f"CREATE TABLE invoices (no INTEGER, customer INTEGER REFERENCES t (id){cascade})")
    database.run("INSERT INTO invoices VALUES (10, 1), (11, 2)")
    file = written(tmp_path, "id,name\n1,Anne\n2,Bob\n3,Cid\n")
    plan = database.plan(file, key="id", if_table_exists="replace")
    for way in (plan.check, plan.run):
        with pytest.raises(SinkError, match="rows of 'invoices' point at rows of 't', so these cannot be replaced"):
            way()
    assert database.run("SELECT count(*) FROM invoices") == [(2,)]
    assert database.run("SELECT name FROM t ORDER BY id") == [("Ann",), ("Bob",)]
    database.run("DELETE FROM invoices")
    assert counts(plan.run()) == (3, 0, 0, 0)
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "Anne", "new"), (2, "Bob", "new"), (3, "Cid", "new")]


def test_what_hangs_on_the_table_stays(database: Database, tmp_path: Path) -> None:
    database.run(CUSTOMERS, OLD, "CREATE UNIQUE INDEX one_name ON t (name)", "CREATE VIEW names AS SELECT name FROM t")
    file = written(tmp_path, "id,name\n1,Anne\n2,bad\n3,Cid\n4,Cid\n")
    assert counts(database.plan(file, if_table_exists="replace").check()) == (2, 0, 0, 2)
    assert database.run("SELECT seen FROM t") == [("old",), ("old",)]
    report = database.load(file, if_table_exists="replace")
    assert counts(report) == (2, 0, 0, 2)
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "Anne", "new"), (3, "Cid", "new")]
    assert database.run("SELECT * FROM names ORDER BY name") == [("Anne",), ("Cid",)]
    assert counts(database.load(file, if_table_exists="replace")) == (2, 0, 0, 2)


def test_triggers_stay_and_one_that_runs_on_deleting_is_no_surprise(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run(CUSTOMERS, OLD, "CREATE TABLE log (name TEXT)")
    sqlite.run('CREATE TRIGGER "on delete" AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.name); END')
    file = written(tmp_path, "id,name\n1,Anne\n")
    assert counts(sqlite.load(file, if_table_exists="replace")) == (1, 0, 0, 0)
    assert sqlite.run("SELECT * FROM log") == [("Anne",)]
    sqlite.run("CREATE TRIGGER gone BEFORE DELETE ON t BEGIN DELETE FROM log; END")
    with pytest.raises(SinkError, match="deleting the rows of 't' runs the trigger 'gone'"):
        sqlite.load(file, if_table_exists="replace")
    assert sqlite.run("SELECT * FROM log") == [("Anne",)]


def test_the_table_stays_if_the_columns_are_others(database: Database, tmp_path: Path) -> None:
    database.run(CUSTOMERS, OLD)
    file = written(tmp_path, "id,name,colour\n1,7,red\n")
    with pytest.raises(TableMismatchError, match="has no column for 'colour'"):
        database.load(file, if_table_exists="replace")
    report = database.load(file, if_table_exists="replace", new_columns="add")
    assert any("nothing fills 'seen'" in note for note in report.notes)
    assert database.run("SELECT * FROM t") == [(1, "7", "new", "red")]


def test_an_atomic_replacement_that_fails_keeps_the_old_rows(database: Database, tmp_path: Path) -> None:
    database.run(CUSTOMERS, OLD)
    file = written(tmp_path, "id,name\n1,Anne\nx,Bob\n")
    with pytest.raises((RejectsError, TooManyRejectsError)):
        database.load(file, if_table_exists="replace", atomic=True, max_rejects=0)
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "Ann", "old"), (2, "Bob", "old")]


def test_a_table_is_never_seen_half_replaced(database: Database, tmp_path: Path) -> None:
    database.run(CUSTOMERS, OLD)
    file = written(tmp_path, "id,name\n" + "".join(f"{number},n{number}\n" for number in range(100)))
    plan = database.plan(file, if_table_exists="replace", chunk_rows=10)

    def stop(now: Progress) -> None:
        if now.rows_read >= 10:
            job.cancel()

    job = heard_at_once(replace(plan, listeners=(stop,)).job())
    assert job.start().result().progress.state is State.CANCELLED
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "Ann", "old"), (2, "Bob", "old")]
    with pytest.raises(ResumeError, match="is one transaction, and none of its rows are in the table"):
        importer.resume(job.id, listeners=[])
    assert plan.run().progress.created == 100


def test_a_table_that_points_at_itself_is_replaced(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES t (id) ON DELETE CASCADE)")
    sqlite.run("INSERT INTO t VALUES (1, NULL), (2, 1)")
    assert counts(sqlite.load(written(tmp_path, "id,boss\n5,\n6,5\n"), if_table_exists="replace")) == (2, 0, 0, 0)
    assert sqlite.run("SELECT * FROM t") == [(5, None), (6, 5)]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_trigger_of_postgres_that_runs_on_deleting_is_told(database: Database, tmp_path: Path) -> None:
    database.run(
        CUSTOMERS,
        OLD,
        "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'",
        'CREATE TRIGGER "no more" BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION gone()',
    )
    with pytest.raises(SinkError, match="runs the trigger 'no more'"):
        database.load(written(tmp_path, "id,name\n1,Anne\n"), if_table_exists="replace")
    assert database.run("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize(
    ("text", "words", "unfilled"),
    [
        ("id,name,seen\n7,Eve,x\n", "replaces 2 rows in 't'", ()),
        ("id,name\n7,Eve\n", "replaces 2 rows in 't', of whose 3 columns 1 is not filled", ("seen",)),
        ("colour,size\nred,7\n", "replaces 2 rows in 't', whose 3 columns differ", ("id", "name", "seen")),
    ],
    ids=["same", "fewer", "others"],
)
def test_what_would_be_lost_is_said_in_numbers_before(
    database: Database, tmp_path: Path, text: str, words: str, unfilled: tuple[str, ...]
) -> None:
    database.run("CREATE TABLE t (id INTEGER, name VARCHAR(9), seen VARCHAR(9))", OLD)
    plan = database.plan(written(tmp_path, text), if_table_exists="replace", new_columns="add")
    preview, report = plan.preview(), plan.check()
    for found in (plan.replaces, preview.replaces, report.replaces):
        assert found is not None
        assert (found.table, found.rows, found.unfilled) == ("t", 2, unfilled)
    for shown in (preview, report):
        assert words in str(shown).replace("\n    ", " ")
        assert words in html.unescape(shown._repr_html_())
        assert shown.as_dict()["replaces"]["rows"] == 2
    assert repr(plan).endswith(", replacing its rows>")
    assert database.run("SELECT count(*) FROM t") == [(2,)]
    assert plan.run().replaces is None


def test_nothing_is_lost_where_nothing_is_replaced(database: Database, tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\n7,Eve\n")
    for way in ("replace", "append"):
        plan = database.plan(file, if_table_exists=way)
        assert (plan.replaces, plan.preview().replaces, plan.check().replaces) == (None, None, None)
        database.run("CREATE TABLE IF NOT EXISTS t (id INTEGER, name VARCHAR(9))") if way == "replace" else None
