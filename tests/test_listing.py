"""The tables of a database, as a list to choose from, and what is told where there is none."""

from __future__ import annotations

import socket
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from databases import POSTGRES, Database, written
from gates import Gate

from importer.errors import SinkError
from importer.sinks import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "s3cr/et"


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate(POSTGRES, password=PASSWORD) as found:
        yield found


def test_every_table_is_listed_with_its_rows_and_columns_and_nothing_else(database: Database, tmp_path: Path) -> None:
    assert tables_of(database.into) == ()
    database.load(written(tmp_path, "id,qty\n1,5\n2,6\n3,7\n"), table="Zoo", key="id")
    database.run(
        "CREATE TABLE kunden (id INTEGER PRIMARY KEY, name VARCHAR(9))",
        "INSERT INTO kunden SELECT 1, 'Ann' UNION ALL SELECT 2, 'Bob'",
        'CREATE TABLE "a?%s""b" (x INTEGER)',
        "CREATE VIEW names AS SELECT name FROM kunden",
    )
    listed = [(one.name, one.columns, one.rows, one.is_exact) for one in tables_of(database.into)]
    assert listed == [
        ('a?%s"b', ("x",), 0, True),
        ("kunden", ("id", "name"), 2, True),
        ("Zoo", ("id", "qty"), 3, True),
    ]


def test_rows_that_take_too_long_to_count_are_estimated(database: Database) -> None:
    rows = "SELECT n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) "
    database.run("CREATE TABLE t (n INTEGER)", f"INSERT INTO t {rows} SELECT n FROM c) AS d")
    if database.kind == "postgres":
        database.run("ANALYZE t")
    [exact] = tables_of(database.into, count_s=60)
    [about] = tables_of(database.into, count_s=0)
    assert (exact.rows, exact.is_exact) == (300_000, True)
    assert not about.is_exact
    assert about.rows == pytest.approx(300_000, rel=0.2)


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_counting_is_stopped(database: Database) -> None:
    loops = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) SELECT count(*) FROM c"
    )
    sink = database.sink()
    with sink.dialect.stopping_after(0.1), pytest.raises(sink.dialect.errors):
        sink.dialect.execute(loops)
    assert sink.dialect.execute("SELECT 1") == [(1,)]
    sink.close()


def code_of(into: str) -> str:
    with pytest.raises(SinkError) as caught:
        tables_of(into)
    assert PASSWORD not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_what_is_no_database_file_is_told_by_a_code(kind: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"no database " * 1_000)
    assert tables_of(f"{kind}:///{tmp_path}/new.db") == ()
    assert code_of(f"{kind}:///{tmp_path}") == "database-is-folder"
    assert code_of(f"{kind}:///{tmp_path}/notes.txt") == "database-is-no-database"
    assert not (tmp_path / "new.db").exists()


def test_a_damaged_sqlite_file_is_told_with_a_way_on(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    data = bytearray(file.read_bytes())
    # The page of the schema, behind the head of the file.
    data[100:] = b"garbage " * (len(data[100:]) // 8)
    file.write_bytes(data)
    with pytest.raises(SinkError, match=r"malformed.*put back a copy of the file") as caught:
        tables_of(f"sqlite:///{file}")
    assert caught.value.code == "database-damaged"


def test_a_server_that_does_not_let_in_is_told_by_a_code(gate: Gate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert code_of(f"postgresql://127.0.0.1:{port}/shop") == "server-unreachable"
    assert code_of("postgresql://nowhere.invalid/shop") == "server-unreachable"
    assert code_of(gate.url("wrong")) == "password-wrong"
    assert code_of(gate.url(None)) == "password-missing"
    assert code_of(gate.url(PASSWORD, database="not_there")) == "database-missing"
    assert code_of(gate.url(PASSWORD, user="nobody_here")) == "user-missing"
    assert isinstance(tables_of(gate.url(PASSWORD)), tuple)


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        began_at = time.monotonic()
        assert code_of(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/shop") == "server-unreachable"
    # Longer than that, and nobody waits for the sentence.
    assert time.monotonic() - began_at < 20
