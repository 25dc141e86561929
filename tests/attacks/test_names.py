"""Whatever a table, a column or a key is called, the rows are there afterwards, or a sentence says why not."""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing
from itertools import count

import duckdb
import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import importer
from importer.errors import ImporterError, SinkError
from importer.sinks._staging import ROW, STAGE

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")

WORDS = [
    *[
        "excluded",
        "EXCLUDED",
        "importer chunk",
        "_importer_checkpoints",
        "importer_checkpoints",
        "new",
        "old",
        "t",
        "s",
    ],
    *[
        "rowid",
        "oid",
        "_rowid_",
        "ctid",
        "xmin",
        "tableoid",
        "select",
        "table",
        "order",
        "user",
        "null",
        "default",
        "key",
    ],
    *[
        "sqlite_master",
        "sqlite_sequence",
        "sqlite_x",
        "pg_class",
        "pg_x",
        "pg_temp",
        "information_schema",
        "main",
        "temp",
    ],
    *[
        "duckdb_tables",
        "memory",
        "written",
        "is_new",
        "row",
        "row_number",
        "Row",
        "ROW",
        ROW,
        STAGE,
        "values",
        "action",
    ],
    *[
        "%s",
        "%(x)s",
        "%",
        "%%",
        "?",
        "?1",
        ":name",
        "@x",
        "$1",
        "{rows}",
        "{}",
        "{0}",
        "\\",
        "\\n",
        "a\\'b",
        "--",
        "/*",
        "*/",
    ],
    *[
        '"',
        "'",
        "`",
        '""',
        '"; DROP TABLE x; --',
        "'); DELETE FROM x; --",
        "[x]",
        "a.b",
        "main.x",
        "public.x",
        "a,b",
        "(a)",
    ],
    *[
        " x",
        "x ",
        "  ",
        "\t",
        "\n",
        "a\nb",
        "a\rb",
        "a\x00b",
        "\x00",
        "\x07",
        "\u200b",
        "\u202e",
        "\ufeff",
        "*",
        "^x$",
        "-1",
        "0",
    ],
    *[
        "é",
        "e\u0301",
        "ß",
        "SS",
        "ı",
        "İ",
        "ﬁ",
        "ſ",
        "Ω",
        "\U0001f600",
        "n" * 59,
        "n" * 60,
        "n" * 63,
        "n" * 64,
        "é" * 32,
        "n" * 300,
    ],
    *["\ud7ff", "\ufffe", "", "None", "nan", "id", "ID", "Id", "id_2", "column_A"],
]

REFUSED = {"name-impossible", "name-too-long", "table-is-checkpoints", "option-invalid"}
"""Codes of the errors for names that no table can have."""

names = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def new(request, tmp_path):
    """A new database at each call: its URL, and the rows of a table in it, read by the driver alone."""
    number, schemas = count(), []

    def embedded(connect, url):
        def read(table):
            with closing(connect(url.partition(":///")[2])) as connection:
                return connection.execute(f"SELECT * FROM {quoted(table)}").fetchall()

        return url, read

    def make():
        if request.param == "sqlite":
            return embedded(sqlite3.connect, f"sqlite:///{tmp_path}/{next(number)}.db")
        if request.param == "duckdb":
            return embedded(duckdb.connect, f"duckdb:///{tmp_path}/{next(number)}.duckdb")
        schema = f"names_{uuid.uuid4().hex}"
        schemas.append(schema)
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")

        def read(table):
            with psycopg.connect(POSTGRES) as connection:
                return connection.execute(f"SELECT * FROM {schema}.{quoted(table)}".encode()).fetchall()

        return f"{POSTGRES}?options=-csearch_path%3D{schema}", read

    yield make
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        for schema in schemas:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def rows_of(frame):
    return sorted(frame.rows())


def loaded(frame, into, table, **options):
    """The report, or the error that refuses the name before anything is written."""
    try:
        return importer.load(frame, into=into, table=table, if_imported="again", listeners=[], **options)
    except ImporterError as exc:
        return exc


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=names, columns=st.lists(names, min_size=2, max_size=4, unique=True), has_key=st.booleans())
@example(table="importer chunk", columns=["id", "excluded"], has_key=True)
@example(table="t", columns=["id", "ctid"], has_key=True)
@example(table="a\x00b", columns=["id", "x"], has_key=True)
@example(table="excluded", columns=["id", "excluded"], has_key=True)
@example(table="t", columns=["s", "t"], has_key=True)
def test_law_the_rows_are_there(new, table, columns, has_key):
    into, read = new()
    numbers = pl.int_range(30, eager=True)
    frame = pl.DataFrame({name: numbers.cast(pl.String) + f"-{at}" for at, name in enumerate(columns)})
    header = importer.plan(frame, into=into, listeners=[]).source.header.labels
    key = header[0] if has_key else None
    first = loaded(frame.head(20), into, table, key=key)
    if isinstance(first, ImporterError):
        assert first.code in REFUSED, (first.code, str(first))
        return
    assert (first.progress.created, first.progress.rejected) == (20, 0)
    assert rows_of(frame.head(20)) == sorted(read(first.table))

    changed = pl.concat([frame.head(10).with_columns(pl.nth(1) + "!"), frame.tail(20)])
    again = loaded(changed, into, table, key=key, if_table_exists="append").progress
    if has_key:
        assert (again.created, again.updated, again.unchanged) == (10, 10, 10)
        assert rows_of(changed) == sorted(read(first.table))
    else:
        assert sorted([*frame.head(20).rows(), *changed.rows()]) == sorted(read(first.table))

    assert loaded(frame, into, table, key=key, if_table_exists="replace").progress.created == 30
    assert rows_of(frame) == sorted(read(first.table))


def test_a_name_that_sqlite_keeps_for_itself_is_refused(tmp_path):
    with pytest.raises(SinkError, match="SQLite keeps names that begin with 'sqlite_' for itself; give table=…"):
        importer.load(pl.DataFrame({"id": [1]}), into=tmp_path / "x.db", table="SQLite_orders", listeners=[])


@pytest.mark.parametrize("name", ["*", "^x$", "^a\nb$"])
def test_a_header_that_polars_takes_for_a_pattern_is_a_column(tmp_path, name):
    file = tmp_path / "stars.csv"
    pl.DataFrame({"id": [1, 2], name: ["a", "b"]}).write_csv(file)
    for source in (file, pl.read_csv(file)):
        importer.preview(source)
        importer.load(source, into=tmp_path / "x.db", table="t", key="id", if_imported="again", listeners=[])
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == [(1, "a"), (2, "b")]
