"""Keys of locks: two tables have one only if they are the same table."""

from __future__ import annotations

import os

import psycopg
from hypothesis import example, given
from hypothesis import strategies as st

from importer.sinks import FileTableLock
from importer.sinks.dialects._postgres_lock import JOB, TABLE

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
NAMES = st.text(st.sampled_from("aB_.\n\"', []\\é"), min_size=1, max_size=6)


@given(NAMES, NAMES, NAMES, NAMES)
@example("a", "b\nc", "a\nb", "c")
def test_two_tables_of_files_have_one_lock_only_if_they_are_one_table(target, table, other_target, other_table):
    one, other = FileTableLock(target, table, "job"), FileTableLock(other_target, other_table, "job")
    is_same = (target, table.casefold()) == (other_target, other_table.casefold())
    assert (one._path == other._path) == is_same


def test_two_tables_of_a_server_have_one_lock_only_if_they_are_one_table():
    schemas = ["a", "a.b", 'a"', "a, b", "a', 'b"]
    tables = ["c", "b.c", "b, c", '"c', "b', 'c", "a.b.c", "c\n"]
    keys = {}
    with psycopg.connect(POSTGRES) as connection:
        for schema in schemas:
            quoted = '"' + schema.replace('"', '""') + '"'
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
            connection.execute("SELECT set_config('search_path', %s, TRUE)", [quoted])
            for table in tables:
                [[key]] = connection.execute(f"SELECT {TABLE}", {"table": table}).fetchall()
                [[other]] = connection.execute(f"SELECT {JOB}", {"job": table}).fetchall()
                keys.setdefault(key, set()).add((schema, table))
                keys.setdefault(other, set()).add(("a job", table))
        connection.rollback()
    assert all(len(meant) == 1 for meant in keys.values())
    assert len(keys) == (len(schemas) + 1) * len(tables)
