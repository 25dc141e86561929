"""An undo takes back what an import did, and nothing else."""

from __future__ import annotations

import json
import math
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import polars as pl
import psycopg
import pytest
from databases import POSTGRES, counts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import heard_at_once, until

import importer
from importer import engine
from importer.cli import main
from importer.core import State
from importer.engine import Report
from importer.errors import AlreadyImportedError, DisconnectedError, ImporterError, OptionError, ResumeError, UndoError
from importer.sinks import Undoing, open_sink, tables_of

BOOK = pl.DataFrame({"id": [1, 2, 3], "qty": [10, 20, 30]})
ROWS = st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(0, 2)), max_size=6)

few = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def undo(job, **options):
    return importer.undo(job, listeners=[], **options)


def rows(database, table="t", columns="*"):
    return sorted(database.run(f'SELECT {columns} FROM "{table}"'), key=repr)


def is_there(database, table="t"):
    return table in [one.name for one in tables_of(database.into)]


def frame(pairs):
    return pl.DataFrame(pairs, {"id": pl.Int64, "qty": pl.Int64}, orient="row")


def logs(database):
    """Names of the tables that keep what undoes imports, besides the list of them."""
    kinds = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "duckdb": "SELECT table_name FROM duckdb_tables()",
        "postgres": "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
    }
    return [name for (name,) in database.run(kinds[database.kind]) if name.startswith("_importer_undo_")]


@few
@given(data=st.data())
def test_an_undo_leaves_what_was_there_before_the_import(database, data):
    before, first, second = (data.draw(ROWS) for _ in range(3))
    table = f"t{uuid.uuid4().hex[:8]}"
    database.run(f"CREATE TABLE {table} (id BIGINT PRIMARY KEY, qty BIGINT, noted BIGINT DEFAULT 7)")
    for key, value in dict(before).items():
        database.run(f"INSERT INTO {table} VALUES ({key}, {'NULL' if value is None else value}, {key})")
    stages = [rows(database, table)]
    jobs = []
    for pairs in (first, second):
        how = data.draw(st.sampled_from(["update", "skip", "reject", "update_only"]))
        empty = data.draw(st.sampled_from(["null", "keep"]))
        book = frame(pairs).cast(pl.String)
        jobs.append(
            database.load(
                book, table=table, key="id", chunk_rows=data.draw(st.integers(1, 3)), on_conflict=how, empty=empty
            )
        )
        stages.append(rows(database, table))
    for job, stage in zip(reversed(jobs), reversed(stages[:-1]), strict=True):
        counted = undo(job, dry_run=True)
        done = undo(job)
        assert (counted.removed, counted.restored) == (done.removed, done.restored)
        assert not done.kept
        assert not done.impossible
        assert rows(database, table) == stage
    assert not logs(database)


@pytest.mark.parametrize("key", ["id BIGINT PRIMARY KEY", "id INTEGER PRIMARY KEY", "id BIGINT UNIQUE"])
def test_an_undo_takes_back_rows_that_were_written_around_refused_ones(sqlite, key):
    sqlite.run(f"CREATE TABLE t ({key}, qty BIGINT CHECK (qty > 0))", "INSERT INTO t VALUES (70, 5)")
    book = pl.select(id=pl.int_range(200) * 7 % 199, qty=pl.int_range(200) % 5).unique("id", maintain_order=True)
    job = sqlite.load(book.filter(pl.col("id") != 70), key="id", chunk_rows=64)
    assert job.progress.rejected == 39
    assert undo(job).removed == job.progress.created == 159
    assert rows(sqlite) == [(70, 5)]


def test_rows_that_were_changed_or_deleted_since_are_listed_and_left_alone(database):
    job = database.load(BOOK, key="id")
    database.run("UPDATE t SET qty = 21 WHERE id = 2", "DELETE FROM t WHERE id = 3")
    done = undo(job)
    assert (done.removed, done.kept) == (1, 2)
    assert rows(database) == [(2, 21)]
    edited, gone = done.left
    assert (str(edited.key["id"]), edited.why, str(edited.wrote["qty"]), str(edited.now["qty"])) == (
        "2",
        "edited",
        "20",
        "21",
    )
    assert (gone.why, gone.now) == ("gone", None)
    assert "changed since" in str(done)
    forced = undo(job, force=True)
    assert forced.removed == 1
    assert rows(database) == []


def test_forced_an_undo_puts_former_rows_back_that_were_changed_or_deleted_since(database):
    database.run("CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT)", "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
    job = database.load(BOOK, key="id")
    database.run("UPDATE t SET qty = 21 WHERE id = 2", "DELETE FROM t WHERE id = 3")
    assert undo(job, dry_run=True).restored == 1
    done = undo(job, force=True)
    assert (done.restored, done.kept) == (3, 0)
    assert rows(database) == [(1, 1), (2, 2), (3, 3)]


def test_a_row_that_a_later_import_changed_waits_for_the_undo_of_that(database):
    first = database.load(BOOK, key="id")
    second = database.load(frame([(2, 21), (4, 40)]), key="id")
    assert undo(first, dry_run=True).kept == 1
    assert undo(second).reversed == 2
    assert undo(first).removed == 3
    assert not is_there(database)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_many_updated_rows_get_back_what_the_file_lacks(database):
    database.run(
        "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE t (code TEXT COLLATE folding PRIMARY KEY, qty BIGINT, seen TEXT)",
        "INSERT INTO t VALUES ('A', 1, 'yes'), ('B', 2, NULL), ('C', 3, 'no')",
    )
    before = rows(database)
    job = database.load(pl.DataFrame({"code": ["A", "B", "C", "D"], "qty": [10, 2, 30, 40]}), key="code")
    assert counts(job) == (1, 2, 1, 0)
    [log] = logs(database)
    assert database.run(f"SELECT op::text, count(*) FROM {log} GROUP BY 1 ORDER BY 1") == [("b", 2), ("c", 1), ("q", 1)]
    database.run("UPDATE t SET seen = 'changed' WHERE code = 'C'")
    done = undo(job)
    assert (done.restored, done.removed, done.kept, done.impossible) == (1, 1, 1, 0)
    assert rows(database) == [before[0], before[1], ("C", 30, "changed")]


def test_columns_that_the_file_lacks_keep_their_values_and_count_as_changes(database):
    database.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT, noted VARCHAR(9) DEFAULT 'new')",
        "INSERT INTO t VALUES (1, 1, 'mine')",
    )
    job = database.load(BOOK, key="id")
    assert rows(database) == [(1, 10, "mine"), (2, 20, "new"), (3, 30, "new")]
    database.run("UPDATE t SET noted = 'seen' WHERE id = 3")
    done = undo(job)
    assert (done.removed, done.restored, done.kept) == (1, 1, 1)
    assert rows(database) == [(1, 1, "mine"), (3, 30, "seen")]


def test_rows_at_which_other_tables_point_stay(database):
    action = "" if database.kind == "duckdb" else " ON DELETE CASCADE"
    job = database.load(BOOK, key="id")
    database.run(
        f"CREATE TABLE lines (n BIGINT PRIMARY KEY, book BIGINT REFERENCES t (id){action})",
        "INSERT INTO lines VALUES (1, 2), (2, NULL)",
    )
    done = undo(job, force=True)
    assert (done.removed, done.impossible) == (2, 1)
    assert rows(database) == [(2, 20)]
    assert rows(database, "lines") == [(1, 2), (2, None)]
    assert "lines" in done.sentence
    database.run("DELETE FROM lines")
    assert undo(job).removed == 1


def test_rows_of_the_same_table_that_point_at_each_other_go_together(sqlite):
    sqlite.run("CREATE TABLE t (id BIGINT PRIMARY KEY, boss BIGINT REFERENCES t (id))")
    job = sqlite.load(pl.DataFrame({"id": [1, 2, 3, 4], "boss": [None, 1, 2, 4]}), key="id")
    sqlite.run("UPDATE t SET boss = 1 WHERE id = 3")
    done = undo(job)
    assert (done.removed, done.kept, done.impossible) == (2, 1, 1)
    assert rows(sqlite) == [(1, None), (3, 1)]


def test_a_row_that_an_import_let_point_at_a_created_one_lets_go_of_it_first(database):
    action = "" if database.kind == "duckdb" else " ON DELETE CASCADE"
    database.run(
        f"CREATE TABLE t (id BIGINT PRIMARY KEY, boss BIGINT REFERENCES t (id){action})",
        "INSERT INTO t VALUES (5, NULL)",
    )
    job = database.load(pl.DataFrame({"id": [1, 5], "boss": [None, 1]}), key="id", chunk_rows=1)
    if database.kind == "duckdb":
        # It looks at its constraints before the transaction has ended.
        with pytest.raises(UndoError, match="nothing was changed"):
            undo(job)
        assert len(rows(database)) == 2
        return
    done = undo(job)
    assert (done.removed, done.restored) == (1, 1)
    assert rows(database) == [(5, None)]


def test_what_triggers_made_of_the_rows_is_what_the_import_wrote(sqlite):
    sqlite.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT, seen BIGINT)",
        "INSERT INTO t VALUES (1, 1, 0)",
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET seen = 1 WHERE id = NEW.id; END",
        "CREATE TRIGGER b AFTER UPDATE OF qty ON t BEGIN UPDATE t SET seen = seen + 1 WHERE id = NEW.id; END",
    )
    job = sqlite.load(BOOK, key="id")
    assert rows(sqlite) == [(1, 10, 1), (2, 20, 1), (3, 30, 1)]
    done = undo(job)
    assert (done.removed, done.restored, done.kept, done.done.bent) == (2, 1, 0, 1)
    assert "A trigger of the table changed 1 of these rows again" in done.sentence
    assert rows(sqlite) == [(1, 1, 1)]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_rows_that_a_trigger_keeps_or_bends_in_postgresql_are_what_the_import_left(database):
    database.run(
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT, mood mood)",
    )
    moods = BOOK.with_columns(mood=pl.lit("ok"))
    first = database.load(moods, key="id")
    database.run(
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF OLD.id = 1 THEN RETURN NULL; END IF; NEW.qty := NEW.qty + 5; RETURN NEW; END'",
        "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION guard()",
    )
    second = database.load(moods.with_columns(pl.col("qty") + 1, mood=pl.lit("sad")), key="id")
    assert rows(database) == [(1, 10, "fine"), (2, 26, "sad"), (3, 36, "sad")]
    database.run("DROP TRIGGER a ON t")
    done = undo(second)
    assert (done.restored, done.removed, done.kept, done.impossible) == (2, 0, 0, 0)
    assert rows(database) == [(1, 10, "fine"), (2, 20, "fine"), (3, 30, "fine")]
    assert undo(first).removed == 3


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("height", "restored", "left"),
    [
        pytest.param(3, 2, [(1, 0), (2, 99)], id="kept packed: written again, now that the row is there"),
        pytest.param(30, 1, [(1, 0), (2, 20)], id="kept row by row: what the row was before is not known"),
    ],
)
def test_a_row_that_another_program_made_in_that_moment_is_not_lost(database, height, restored, left):
    database.run("CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT)", "INSERT INTO t VALUES (1, 0)")
    book = frame((number, number * 10) for number in range(1, height + 1))
    other = database.sink()
    with closing(other.dialect), ThreadPoolExecutor() as pool:
        other.dialect.begin()
        other.dialect.execute("INSERT INTO t VALUES (2, 99)")
        loading = pool.submit(database.load, book, key="id")
        [(mine,)] = other.dialect.execute("SELECT pg_backend_pid()")
        until(lambda: database.run(f"SELECT 1 FROM pg_stat_activity WHERE {mine} = ANY (pg_blocking_pids(pid))"))
        other.dialect.commit()
        job = loading.result()
    assert counts(job) == (height - 2, 2, 0, 0)
    done = undo(job)
    assert (done.restored, done.removed, done.impossible) == (restored, height - 2, 2 - restored)
    assert rows(database) == left


def test_rows_whose_removal_runs_a_trigger_stay(sqlite):
    job = sqlite.load(BOOK, key="id")
    sqlite.run("CREATE TRIGGER gone AFTER DELETE ON t BEGIN DELETE FROM t; END")
    done = undo(job, force=True)
    assert (done.removed, done.impossible) == (0, 3)
    assert "the trigger gone" in done.sentence
    assert len(rows(sqlite)) == 3


def test_a_connection_that_is_lost_in_the_middle_changes_nothing():
    schema = f"test_{uuid.uuid4().hex}"
    into = f"{POSTGRES}?options=-csearch_path%3D{schema}&application_name={schema}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")

        def cut(_done, _rows):
            sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
            connection.execute(sql, [schema])

        try:
            job = importer.load(BOOK, into=into, table="t", key="id", listeners=[])
            with closing(Undoing(open_sink(into).dialect, job.progress.job_id)) as undoing:
                undoing.open()
                with pytest.raises(DisconnectedError):
                    undoing.carry_out(undo_id=str(uuid.uuid4()), force=False, dry_run=False, tell=cut)
            [(count,)] = connection.execute(f"SELECT count(*) FROM {schema}.t").fetchall()
            assert count == 3
            assert undo(job).removed == 3
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize("is_made", [False, True])
def test_whoever_may_not_make_tables_imports_and_is_told_that_it_cannot_be_undone(is_made):
    name = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        connection.execute(f"CREATE TABLE {name}.t (id BIGINT PRIMARY KEY, qty BIGINT)")
        connection.execute(f"CREATE ROLE {name}")
        connection.execute(f"GRANT USAGE ON SCHEMA {name} TO {name}")
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {name} TO {name}")
        if is_made:
            # By somebody else, who lets others not write there.
            importer.load(
                BOOK[:0], into=f"{POSTGRES}?options=-csearch_path%3D{name}", table="t", key="id", listeners=[]
            )
            connection.execute(f"GRANT ALL ON {name}._importer_checkpoints TO {name}")
        try:
            into = f"{POSTGRES}?options=-csearch_path%3D{name}%20-crole%3D{name}"
            report = importer.load(BOOK, into=into, table="t", key="id", listeners=[])
            assert report.progress.created == 3
            assert not report.can_undo
            assert any("cannot be undone: this user may not make or write" in note for note in report.notes)
            with pytest.raises(ImporterError):
                undo(report)
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE")
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")


def test_a_limit_that_is_no_number_is_told_before_the_first_row(sqlite, monkeypatch):
    monkeypatch.setenv("IMPORTER_UNDO_ROWS", "many")
    with pytest.raises(OptionError, match="IMPORTER_UNDO_ROWS must be a number of rows, not 'many'"):
        sqlite.load(BOOK, key="id")


def test_a_report_and_a_record_say_whether_there_is_something_to_undo(sqlite):
    assert not sqlite.plan(BOOK, key="id").check().can_undo
    report = sqlite.load(BOOK, key="id")
    assert report.can_undo
    assert importer.job(report.progress.job_id).can_undo
    again = sqlite.load(BOOK, key="id")
    assert not again.can_undo
    assert not importer.job(again.progress.job_id).can_undo
    assert not importer.job(undo(report).progress.job_id).can_undo


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": "id", "undo": False}, "as it ran with undo=False"),
        ({"key": "id", "if_table_exists": "replace"}, "it replaced the rows of 't'"),
        ({}, "'t' was there before and has no key"),
        ({"key": "id"}, "it changed more rows than are kept"),
    ],
)
def test_why_a_job_cannot_be_undone_is_one_sentence_everywhere(sqlite, monkeypatch, capsys, options, said):
    sqlite.run(
        f"CREATE TABLE t (id BIGINT {'PRIMARY KEY' if options else ''}, qty BIGINT)", "INSERT INTO t VALUES (9, 9)"
    )
    monkeypatch.setenv("IMPORTER_UNDO_ROWS", "2")
    report = sqlite.load(BOOK, **{"if_table_exists": "append", **options})
    why = report.why_not_undo
    assert said in why
    assert (report.can_undo, report.as_dict()["why_not_undo"]) == (False, why)
    job = importer.job(report.progress.job_id)
    assert (job.can_undo, job.why_not_undo, Report.of(job).why_not_undo) == (False, why, why)
    with pytest.raises(UndoError) as refused:
        undo(report)
    assert refused.value.message == why
    assert main(["undo", job.job_id]) == 1
    assert why.sentence in capsys.readouterr().err


def test_what_undoes_a_job_is_pruned_with_it(database):
    job = database.load(BOOK, key="id")
    assert len(logs(database)) == 1
    assert importer.prune(older_than=timedelta(0)) == 1
    assert not logs(database)
    assert len(rows(database)) == 3
    with pytest.raises(UndoError):
        undo(job.progress.job_id, into=database.into)


def test_after_an_undo_the_same_file_is_new_again(database, tmp_path):
    file = tmp_path / "books.csv"
    BOOK.write_csv(file)
    job = database.load(file, key="id", if_imported="ask")
    with pytest.raises(AlreadyImportedError):
        database.load(file, key="id", if_imported="ask")
    undo(job)
    assert database.load(file, key="id", if_imported="ask").progress.created == 3


def test_a_job_is_undone_once_and_an_undo_is_not_undone(sqlite):
    job = sqlite.load(BOOK, key="id")
    done = undo(job)
    with pytest.raises(UndoError, match="undone already"):
        undo(job)
    with pytest.raises(UndoError, match="is an undo itself"):
        undo(done.progress.job_id)
    with pytest.raises(ResumeError, match="is an undo"):
        importer.resume(done.progress.job_id, listeners=[])


def test_the_history_tells_an_undo_in_its_own_words(sqlite):
    job = sqlite.load(BOOK, key="id")
    seen = []
    done = importer.undo(job, listeners=[seen.append])
    record = importer.job(done.progress.job_id)
    assert (record.kind, record.undoes, record.state) == ("undo", job.progress.job_id, State.SUCCEEDED)
    assert {one.kind for one in seen} == {"undo"}
    assert record.progress.created == 3
    assert "3 removed" in str(record)
    assert "created" not in str(record)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": "id", "if_table_exists": "replace"}, "replaced the rows"),
        ({"key": "id", "undo": False}, "undo=False"),
        ({"if_table_exists": "append"}, "no key"),
    ],
)
def test_a_job_that_kept_nothing_says_why_it_cannot_be_undone(database, options, said):
    database.run("CREATE TABLE t (id BIGINT, qty BIGINT)" if "key" not in options else "SELECT 1")
    if "key" in options:
        database.load(BOOK[:1], key="id")
    job = database.load(BOOK, **options)
    before = rows(database)
    with pytest.raises(UndoError, match=said):
        undo(job, dry_run=True)
    assert rows(database) == before


def test_a_table_that_was_emptied_by_a_later_import_is_told(database):
    job = database.load(BOOK, key="id")
    database.load(BOOK[:1], key="id", if_table_exists="replace")
    with pytest.raises(UndoError, match="a later import replaced the rows of 't'"):
        undo(job)
    assert not logs(database)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE t", "no table 't' any more"),
        ("ALTER TABLE t RENAME TO u", "no table 't' any more"),
        ("ALTER TABLE t ADD COLUMN more BIGINT", "it got 'more'"),
        ("ALTER TABLE t DROP COLUMN qty", "it lost 'qty'"),
        ("ALTER TABLE t RENAME COLUMN qty TO pieces", "it lost 'qty', it got 'pieces'"),
    ],
)
def test_a_table_that_changed_since_is_told(database, change, said):
    job = database.load(BOOK, key="id")
    database.run(change)
    with pytest.raises(UndoError, match=said):
        undo(job)


def test_what_a_job_changed_is_kept_up_to_a_limit(database, monkeypatch):
    monkeypatch.setenv("IMPORTER_UNDO_ROWS", "3")
    database.run("CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT)")
    first = database.load(BOOK, key="id")
    second = database.load(frame([(4, 4)]), key="id")
    with pytest.raises(UndoError, match="later imports into 't' took the room"):
        undo(first)
    assert len(logs(database)) == 1
    third = database.load(frame([(n, n) for n in range(5, 10)]), key="id", chunk_rows=2)
    assert any("cannot be undone" in note for note in third.notes)
    with pytest.raises(UndoError, match="more rows than are kept"):
        undo(third)
    assert not logs(database)
    with pytest.raises(UndoError, match="took the room"):
        undo(second)


def test_what_a_job_changed_is_kept_up_to_a_number_of_bytes(database, monkeypatch):
    database.run("CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT)")
    first = database.load(frame([(n, n) for n in range(2_000)]), key="id", chunk_rows=500)
    monkeypatch.setenv("IMPORTER_UNDO_BYTES", "20000")
    second = database.load(frame([(n, n) for n in range(5_000, 5_010)]), key="id")
    with pytest.raises(UndoError, match="later imports into 't' took the room"):
        undo(first)
    assert (second.can_undo, len(logs(database))) == (True, 1)
    third = database.load(frame([(n, n) for n in range(6_000, 6_600)]), key="id", chunk_rows=200)
    assert third.progress.created == 600
    assert "this import cannot be undone: it changed more bytes than are kept to undo imports" in third.notes
    assert not logs(database)
    monkeypatch.setenv("IMPORTER_UNDO_BYTES", "a lot")
    with pytest.raises(OptionError, match="IMPORTER_UNDO_BYTES must be a number of bytes, not 'a lot'"):
        database.load(BOOK, key="id")


def test_an_undo_of_a_job_that_failed_half_way_takes_back_what_it_committed(database, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("id,qty\n" + "".join(f"{n if n < 7 else ''},{n}\n" for n in range(1, 10)))
    with pytest.raises(ImporterError):
        database.load(file, key="id", chunk_rows=2, max_rejects=0)
    [record] = importer.jobs()
    assert record.state is State.FAILED
    assert len(rows(database)) == 6
    assert undo(record).removed == 6
    assert not is_there(database)
    with pytest.raises(ResumeError, match="no longer remembers"):
        importer.resume(record, listeners=[])


def test_a_resumed_job_is_undone_as_a_whole(database, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("id,qty\n" + "".join(f"{n % 7},{n}\n" for n in range(20)))

    def stop(now):
        if now.rows_read > 8:
            job.cancel()

    job = heard_at_once(replace(database.plan(file, key="id", chunk_rows=3), listeners=(stop,)).job())
    job.start().wait()
    assert job.progress.state is State.CANCELLED
    importer.resume(job.id, listeners=[])
    assert len(rows(database)) == 7
    assert undo(job.id).removed == 7
    assert not is_there(database)


def test_a_running_job_is_not_undone(sqlite, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(20)))
    plan = sqlite.plan(file, key="id", chunk_rows=3)
    job = plan.job()
    job.pause()
    job.start()
    try:
        with pytest.raises(UndoError, match=f"job {job.id[:8]} cannot be undone: it is "):
            undo(job)
    finally:
        job.cancel()
        job.wait()


class Hand:
    """A listener that takes hold of the undo, and does something to it once so many rows are done."""

    def __init__(self, act, at):
        self._act, self._at, self.seen = act, at, []

    def attach(self, job):
        self.job = job

    def __call__(self, progress):
        self.seen.append((progress.state, progress.completed))
        if progress.total and progress.completed >= self._at and progress.state is State.RUNNING:
            self._at = math.inf
            self._act(self.job)


@pytest.fixture
def imported(database, monkeypatch):
    """An import that created 20 rows and updated 10, and the rows before and after it; an undo takes four at once."""
    monkeypatch.setattr("importer.sinks._undoing.SLICE_ROWS", 4)
    there = ", ".join(f"({n}, -1)" for n in range(10))
    database.run("CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT)", f"INSERT INTO t VALUES {there}")
    before = rows(database)
    report = database.load(frame([(n, n) for n in range(30)]), key="id")
    assert (report.progress.created, report.progress.updated) == (20, 10)
    return report, before, rows(database)


@pytest.mark.parametrize("at", [0, 24])
def test_a_paused_undo_has_changed_nothing_locks_nothing_and_begins_again(database, imported, at):
    report, before, after = imported
    hand = Hand(lambda job: job.pause(), at)
    job = engine.undo_job(report.progress.job_id, listeners=(hand,))
    heard_at_once(job).start()
    until(lambda: job.progress.state is State.PAUSED)
    assert rows(database) == after
    assert job.progress.rows_read == job.progress.completed == 0
    until(lambda: importer.job(job.id).state is State.PAUSED)
    assert importer.job(job.id).error == "nothing is changed while it is paused; it begins again"
    database.run("UPDATE t SET qty = 77 WHERE id = 29", "INSERT INTO t VALUES (99, 99)")
    database.load(frame([(98, 98)]), key="id")
    job.resume()
    done = job.result(timeout_s=60)
    assert (done.removed, done.restored, done.kept) == (19, 10, 1)
    assert set(rows(database)) == {*before, (29, 77), (98, 98), (99, 99)}
    assert importer.job(job.id).state is State.SUCCEEDED


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_cancelled_undo_has_changed_nothing_and_says_so(database, imported, is_paused):
    report, before, after = imported
    hand = Hand(lambda job: job.pause() if is_paused else job.cancel(), 8)
    job = engine.undo_job(report.progress.job_id, listeners=(hand,))
    heard_at_once(job).start()
    if is_paused:
        until(lambda: job.progress.state is State.PAUSED)
        job.cancel()
    done = job.result(timeout_s=60)
    assert (done.progress.state, done.sentence, done.removed) == (State.CANCELLED, "stopped; nothing was changed", 0)
    assert rows(database) == after
    assert importer.job(job.id).error == "stopped; nothing was changed"
    undo(report)
    assert rows(database) == before


def test_an_undo_tells_how_far_it_is(imported):
    report, _, _ = imported
    hand = Hand(len, math.inf)
    heard_at_once(engine.undo_job(report.progress.job_id, listeners=(hand,))).run()
    moved = [completed for state, completed in hand.seen if state is State.RUNNING]
    assert moved == sorted(moved)
    assert len(set(moved)) > 8
    assert hand.seen[-1] == (State.SUCCEEDED, 30)


def test_other_processes_pause_resume_and_cancel_an_undo(sqlite, monkeypatch, capsys):
    report = sqlite.load(BOOK, key="id")
    job = engine.undo_job(report.progress.job_id)
    job.pause()
    job.start()
    until(lambda: importer.job(job.id).state is State.PAUSED)
    assert main(["pace", job.id, "gentle"]) == 1
    assert "is an undo, which has no pace" in capsys.readouterr().err
    assert main(["resume", job.id]) == 0
    assert job.result(timeout_s=60).removed == 3
    other = sqlite.load(BOOK, key="id")
    job = engine.undo_job(other.progress.job_id)
    job.pause()
    job.start()
    until(lambda: importer.job(job.id).state is State.PAUSED)
    assert main(["cancel", job.id]) == 0
    assert job.result(timeout_s=60).progress.state is State.CANCELLED
    assert len(rows(sqlite)) == 3


def test_an_undo_that_waits_for_the_table_is_paused_and_cancelled(sqlite, tmp_path):
    report = sqlite.load(BOOK, key="id")
    file = tmp_path / "more.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(20)))
    holder = sqlite.plan(file, key="id", chunk_rows=3).job()
    holder.pause()
    holder.start()
    until(lambda: holder.progress.state is State.PAUSED)
    waiting = engine.undo_job(report.progress.job_id).start()
    until(lambda: waiting.progress.state is State.WAITING)
    waiting.pause()
    until(lambda: waiting.progress.state is State.PAUSED)
    waiting.resume()
    until(lambda: waiting.progress.state is State.WAITING)
    waiting.cancel()
    assert waiting.result(timeout_s=60).progress.state is State.CANCELLED
    holder.cancel()
    holder.wait()


def test_another_machine_undoes_a_job_by_its_id_and_its_target(database, monkeypatch, tmp_path):
    job = database.load(BOOK, key="id").progress.job_id
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(ImporterError, match="no job"):
        undo(job)
    assert undo(job, into=database.into).removed == 3


def test_a_record_of_somebody_else_does_not_say_which_database_is_changed(sqlite, monkeypatch):
    job = sqlite.load(BOOK, key="id")
    monkeypatch.setattr("getpass.getuser", lambda: "somebody else")
    with pytest.raises(UndoError, match="is not yours"):
        undo(job)
    assert undo(job, into=sqlite.into).removed == 3


def test_the_shell_undoes_a_job(sqlite, capsys):
    job = sqlite.load(BOOK, key="id").progress.job_id
    assert main(["undo", job[:8], "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["dry_run"], told["removed"], told["sentence"]) == (
        True,
        3,
        "3 rows would be removed. The table t, which the import made, would be dropped.",
    )
    sqlite.run("UPDATE t SET qty = 0 WHERE id = 2")
    assert main(["undo", job[:8]]) == 3
    assert "2 rows removed" in capsys.readouterr().out
    assert main(["undo", job[:8], "--force"]) == 0
    assert rows(sqlite) == []


def test_the_tables_that_keep_what_undoes_imports_are_no_targets(sqlite):
    job = sqlite.load(BOOK, key="id")
    with closing(sqlite.sink().dialect) as dialect:
        assert dialect.kind("_importer_undo") == "table"
    assert [one.name for one in tables_of(sqlite.into)] == ["t"]
    with pytest.raises(ImporterError, match="keeps what undoes imports"):
        sqlite.load(BOOK, table=f"_importer_undo_{job.progress.job_id.replace('-', '')}", key="id")


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_table_in_parts_is_updated_and_restored(database):
    database.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, qty BIGINT) PARTITION BY HASH (id)",
        "CREATE TABLE t_even PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE t_odd PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "INSERT INTO t VALUES (1, 10), (2, 0)",
    )
    report = database.load(BOOK, key="id")
    assert (report.progress.created, report.progress.updated, report.progress.unchanged) == (1, 1, 1)
    undo(report)
    assert rows(database) == [(1, 10), (2, 0)]


def test_a_table_without_a_key_that_an_import_made_is_dropped_once_that_is_forced(database, tmp_path):
    file = tmp_path / "books.csv"
    BOOK.write_csv(file)
    job = database.load(file, chunk_rows=2, if_imported="ask")
    assert job.can_undo
    counted = undo(job, dry_run=True)
    assert (counted.removed, counted.done.wrote, counted.done.others, counted.done.drops) == (3, 3, 0, True)
    assert "dropped with its 3 rows" in counted.sentence
    assert importer.job(job.progress.job_id).can_undo
    with pytest.raises(UndoError, match="whether its 3 rows were changed since is not known"):
        undo(job)
    assert len(rows(database)) == 3
    assert undo(job, force=True).removed == 3
    assert not is_there(database)
    assert database.load(file, if_imported="ask").progress.created == 3


def test_what_else_is_in_a_table_without_a_key_is_counted_before_it_is_dropped(database):
    job = database.load(BOOK)
    later = database.load(BOOK[:1], if_table_exists="append")
    assert not later.can_undo
    database.run("INSERT INTO t VALUES (9, 9)")
    counted = undo(job, dry_run=True)
    assert (counted.removed, counted.done.wrote, counted.done.others) == (5, 3, 1)
    with pytest.raises(UndoError, match="the table has 5 now, some perhaps of other imports"):
        undo(job)
    assert len(rows(database)) == 5


def test_a_table_at_which_another_points_is_not_dropped(database):
    job = database.load(BOOK)
    if database.kind == "duckdb":
        # There, a foreign key needs a constraint, which cannot be added later.
        return
    database.run("CREATE UNIQUE INDEX u ON t (id)", "CREATE TABLE lines (n BIGINT, book BIGINT REFERENCES t (id))")
    with pytest.raises(UndoError, match="'lines' points at it"):
        undo(job, force=True)
    assert len(rows(database)) == 3


@pytest.mark.parametrize(
    ("database", "changed"), [("duckdb", 0), ("postgres", 0), ("postgres", 1)], indirect=["database"]
)
@pytest.mark.parametrize("packed", [b"", b"garbage", b"ARROW1\0\0" + b"\xff" * 64])
def test_what_was_kept_packed_and_is_damaged_is_told_and_nothing_is_changed(database, changed, packed):
    if changed:
        database.load(BOOK, key="id", undo=False)
    book = BOOK.with_columns(pl.col("qty") + changed)
    job = database.load(book, key="id")
    [log] = logs(database)
    sink = database.sink()
    with closing(sink.dialect):
        sink.dialect.execute(f"UPDATE {log} SET packed = ? WHERE packed IS NOT NULL", [packed])
    with pytest.raises(UndoError, match="somebody has changed what was kept for that"):
        undo(job)
    assert rows(database) == book.rows()
