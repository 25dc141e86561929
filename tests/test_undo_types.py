"""An undo compares and restores what the database holds, in columns of any type."""

from __future__ import annotations

import uuid
from contextlib import closing

import pytest
from test_read_back import DTYPES, ID, SETUP, database, declared_in  # noqa: F401 - a fixture

from importer.core import Claim, Table, TableColumn
from importer.errors import TableMismatchError
from importer.sinks import Undoing
from importer.testing._sink_contract import chunk_of, put


def written(sink, rows, table):
    claim = Claim(job_id=str(uuid.uuid4()), owner="a")
    [done] = put(sink, chunk_of(rows, table), table=table, claim=claim, logs=True)
    return claim.job_id, done


def undone(sink, job_id):
    undoing = Undoing(sink.dialect, job_id)
    with closing(undoing):
        undoing.open()
        return undoing.carry_out(undo_id=str(uuid.uuid4()), force=False, dry_run=False)


def held(sink, table):
    sink.dialect.connect()
    with closing(sink.dialect):
        return sorted(sink.dialect.execute(f'SELECT id, CAST(value AS VARCHAR(999)) FROM "{table}"'))


@pytest.mark.parametrize("kind", ["texts", "floats"])
def test_values_of_any_column_are_taken_back(database, kind):  # noqa: F811
    name, open_new, _, execute = database
    dtype, values = DTYPES[kind]
    tables = {f"things {number}": declared for number, declared in enumerate(declared_in(name))}
    made = [f'CREATE TABLE "{one}" (id BIGINT PRIMARY KEY, value {declared});' for one, declared in tables.items()]
    open_again = open_new()
    execute(open_again, "\n".join([SETUP.get(name, ""), *made]))
    for called, declared in tables.items():
        table = Table(name=called, columns=(ID, TableColumn(name="value", dtype=dtype)), key=("id",))
        try:
            first, created = written(open_again(), list(enumerate(values, start=2)), table)
        except TableMismatchError:
            continue
        before = held(open_again(), called)
        turned = [*values[1:], values[0]]
        second, updated = written(open_again(), list(enumerate(turned, start=3)), table)
        done = undone(open_again(), second)
        assert (done.restored, done.removed) == (updated.updated, updated.created), declared
        assert (done.edited, done.gone, done.bent) == (0, 0, 0), declared
        assert held(open_again(), called) == before, declared
        assert undone(open_again(), first).removed == created.created, declared
        assert held(open_again(), called) == []
