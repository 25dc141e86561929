from __future__ import annotations

import sqlite3
from contextlib import closing

import polars as pl
import pytest

import importer
from importer.core._table import Table, TableColumn, Written
from importer.core._url import masked
from importer.errors import SinkError, TableExistsError
from importer.sinks import Mode, open_sink
from importer.testing._sink_contract import ORDERS, chunk_of, put


@pytest.fixture
def file(tmp_path):
    return tmp_path / "shop.db"


def run(file, sql):
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def test_a_keyed_table_is_appended_to_by_default(file):
    put(open_sink(file), chunk_of([(1, 1)]))
    assert put(open_sink(file), chunk_of([(1, 2), (2, 2)])) == [Written(created=1, updated=1)]
    assert run(file, "SELECT * FROM orders") == [(1, 2), (2, 2)]


def test_a_table_without_a_key_is_not_doubled_by_default(file):
    frame = pl.DataFrame({"id": [1], "qty": [1]})
    importer.load(frame, into=file, table="orders", listeners=[])
    with pytest.raises(TableExistsError, match="if_table_exists='append'"):
        importer.load(frame, into=file, table="orders", listeners=[])
    assert run(file, "SELECT count(*) FROM orders") == [(1,)]


def test_a_dry_run_counts_like_a_run_and_leaves_nothing(file):
    rows = [chunk_of([(1, 1), (1, 2)]), chunk_of([(1, 2), (2, 2)], first_row=4)]
    dry = put(open_sink(file, dry_run=True), *rows)
    assert not file.exists()
    assert dry == put(open_sink(file), *rows)


def test_a_new_file_that_nothing_was_written_to_is_removed(file):
    sink = open_sink(file)
    with closing(sink):
        sink.open(ORDERS)
        sink.prepare(Mode())
    assert not file.exists()


def test_a_trigger_may_refuse_a_row(file):
    run(file, "CREATE TABLE orders (id INTEGER PRIMARY KEY, qty INTEGER)")
    run(
        file,
        "CREATE TRIGGER no_sevens BEFORE INSERT ON orders WHEN NEW.qty = 7 "
        "BEGIN SELECT RAISE(ABORT, 'seven is not sold'); END",
    )
    [written] = put(open_sink(file), chunk_of([(1, 6), (2, 7)]))
    assert written.created == 1
    assert "seven is not sold" in written.refused[0].message


def test_counts_leave_out_what_triggers_write(file):
    put(open_sink(file))
    run(file, "CREATE TABLE log (id)")
    run(file, "CREATE TRIGGER note AFTER INSERT ON orders BEGIN INSERT INTO log VALUES (NEW.id), (NEW.id); END")
    assert put(open_sink(file), chunk_of([(1, 1), (2, 2)])) == [Written(created=2)]


def test_a_number_beyond_64_bits_is_refused(file):
    table = Table(name="t", columns=(TableColumn(name="n", dtype=pl.UInt64()),))
    [written] = put(open_sink(file), chunk_of([(2**63,), (1,)], table), table=table)
    assert (written.created, written.refused[0].row) == (1, 2)


def test_a_unique_column_of_the_schema_is_unique_in_the_table(file):
    table = Table(name="t", columns=(TableColumn(name="n", dtype=pl.Int64(), unique=True),))
    [written] = put(open_sink(file), chunk_of([(1,), (1,)], table), table=table)
    assert (written.created, [refusal.rule for refusal in written.refused]) == (1, ["unique-error"])


def test_a_file_that_is_no_database_is_left_as_it_is(file):
    file.write_text("dear diary" * 100)
    with closing(open_sink(file)) as sink, pytest.raises(SinkError, match="name another file"):
        sink.open(ORDERS)
    assert file.read_text().startswith("dear diary")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SinkError, match=r"folder .*nowhere"):
        open_sink(tmp_path / "nowhere" / "shop.db").open(ORDERS)


@pytest.mark.parametrize(
    ("into", "complaint"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("oracle://x", "no sink knows 'oracle'"),
        ("shop.xlsx", "cannot tell what kind"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_an_example(into, complaint):
    with pytest.raises(SinkError, match=complaint):
        open_sink(into)


def test_names_reach_sql_only_quoted(file):
    name = 'x"; DROP TABLE orders; --'
    table = Table(name=name, columns=(TableColumn(name=name, dtype=pl.Int64(), nullable=False),), key=(name,))
    put(open_sink(file), chunk_of([(1,)], table), table=table)
    assert run(file, "SELECT name FROM sqlite_master WHERE type = 'table'") == [(name,)]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cr3t@db/shop",
        "postgresql://ann:s3cr3t%40@db/shop",
        "postgresql://ann:s3c@r3t@db:5432/shop",
        "postgresql://db/shop?user=ann&password=s3cr3t",
        "postgresql://:s3cr3t@db/shop",
    ],
)
def test_a_password_is_never_shown(url):
    assert "r3t" not in masked(url)
    assert "***" in masked(url)


def test_a_new_file_stays_while_another_connection_has_it_open(tmp_path):
    path = tmp_path / "new.db"
    first, second = (open_sink(path).dialect for _ in range(2))
    first.connect()
    second.connect()
    first.close()
    second.execute("CREATE TABLE t (id INTEGER)")
    second.close()
    assert path.stat().st_size > 0
    third, fourth = (open_sink(tmp_path / "other.db").dialect for _ in range(2))
    third.connect()
    fourth.connect()
    third.close()
    fourth.close()
    assert not (tmp_path / "other.db").exists()
