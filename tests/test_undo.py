"""An undo takes back what an import did, and nothing else."""

from __future__ import annotations

import json
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import polars as pl
import psycopg
import pytest
from databases import POSTGRES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import heard_at_once

import importer
from importer.cli import main
from importer.core import State
from importer.errors import AlreadyImportedError, DisconnectedError, ImporterError, OptionError, ResumeError, UndoError
from importer.sinks import Undoing, open_sink, tables_of

BOOK = pl.DataFrame({"id": [1, 2, 3], "qty": [10, 20, 30]})
ROWS = st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(0, 2)), max_size=6)

few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def undo(job, **options):
    return importer.undo(job, listeners=[], **options)


def rows(database, table="t", columns="*"):
    return sorted(database.run(f'SELECT {columns} FROM "{table}"'), key=repr)


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
    assert rows(database) == []


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

        def cut(_done):
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


def test_an_undo_of_a_job_that_failed_half_way_takes_back_what_it_committed(database, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("id,qty\n" + "".join(f"{n if n < 7 else ''},{n}\n" for n in range(1, 10)))
    with pytest.raises(ImporterError):
        database.load(file, key="id", chunk_rows=2, max_rejects=0)
    [record] = importer.jobs()
    assert record.state is State.FAILED
    assert len(rows(database)) == 6
    assert undo(record).removed == 6
    assert rows(database) == []
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
    assert rows(database) == []


def test_a_running_job_is_not_undone(sqlite, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(20)))
    plan = sqlite.plan(file, key="id", chunk_rows=3)
    job = plan.job()
    job.pause()
    job.start()
    try:
        with pytest.raises(UndoError, match=f"job {job.id[:8]} is "):
            undo(job)
    finally:
        job.cancel()
        job.wait()


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
    assert (told["dry_run"], told["removed"], told["sentence"]) == (True, 3, "3 rows would be removed.")
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
