"""Records of the history that somebody else has written: what they name is not run, read, written or believed."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import sys
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import dataframely as dy
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stores import id_of, statement
from waiting import heard_at_once

import importer
from importer.app.choices import Choices
from importer.cli import main
from importer.core import State
from importer.errors import (
    AlreadyImportedError,
    ImporterError,
    OptionError,
    ResumeError,
    SchemaError,
    StoreError,
    StoreWarning,
)
from importer.schema._code import schema_of_code
from importer.store import JobRecord, ask, open_store
from importer.store._record import COLUMNS, KINDS

ROWS = 40


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)


EVIL = """
from pathlib import Path
Path({marker!r}).touch()
import dataframely as dy
class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)
"""


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{'x' if n == 3 else n}\n" for n in range(ROWS)))
    return file


def halted(file, into, rows=15, **options):
    """A job that was cancelled after some rows."""
    plan = importer.plan(file, into=into, key="id", table="orders", chunk_rows=5, listeners=[], **options)
    job = heard_at_once(replace(plan, listeners=(lambda now: now.rows_read >= rows and job.cancel(),)).job())
    job.start().result()
    assert job.progress.state is State.CANCELLED
    return importer.job(job.id)


def rows_of(path, table="orders"):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "was run"


@pytest.fixture(params=["file", "module"])
def place(request, tmp_path, marker, monkeypatch):
    """Where a schema is whose import leaves a mark."""
    name = f"evil_{request.param}"
    (tmp_path / f"{name}.py").write_text(EVIL.format(marker=str(marker)))
    monkeypatch.syspath_prepend(tmp_path)
    yield f"{tmp_path / name}.py:Orders" if request.param == "file" else f"{name}:Orders"
    sys.modules.pop(name, None)


def by_history(record):
    """What the history of the App says after a click on Resume."""
    history = importer.History()
    page = history.widget()
    try:
        history.wait(60)
        page._handle_custom_msg({"action": "resume", "of": record.job_id, "value": ""}, [])
        history.wait(60)
        return page.html
    finally:
        history.close()


@pytest.mark.parametrize("is_own", [True, False], ids=["own", "of another"])
def test_the_python_of_a_record_is_never_run(orders, tmp_path, store, place, marker, is_own, capsys):  # noqa: PLR0913, PLR0917 - what varies
    record = halted(orders, tmp_path / "a.db")
    if is_own:
        open_store().write(replace(record, schema_code=place))
    else:
        statement("UPDATE importer_jobs SET schema_code = ?", place)
    again = {"file": orders, "into": tmp_path / "a.db"}
    with pytest.raises(SchemaError, match=r"a record makes no Python run; name it again with importer\.resume"):
        importer.resume(record, listeners=[], **again)
    with pytest.raises(SchemaError, match="IMPORTER_TRUSTED_SCHEMAS"):
        Choices(path=orders, said="orders.csv").but(into=str(tmp_path / "a.db")).resume_plan(record.job_id)
    assert main(["resume", record.job_id, "--file", str(orders), "--into", str(tmp_path / "a.db")]) == 1
    assert "--schema … " in capsys.readouterr().err.replace("`", " ")
    assert ("makes no Python run" if is_own else "is not yours") in by_history(record)
    assert not marker.exists()
    assert len(rows_of(tmp_path / "a.db")) == 14
    assert importer.resume(record, schema=Orders, listeners=[], **again).progress.created == ROWS - 1
    assert not marker.exists()


def test_a_schema_is_named_again_in_a_shell_or_trusted_for_good(orders, tmp_path, place, marker, monkeypatch):
    record = halted(orders, tmp_path / "a.db")
    open_store().write(replace(record, schema_code=place))
    monkeypatch.setenv("IMPORTER_TRUSTED_SCHEMAS", f"other:Schema, {place}s")
    assert main(["resume", record.job_id]) == 1
    assert not marker.exists()
    monkeypatch.setenv("IMPORTER_TRUSTED_SCHEMAS", f"other:Schema, {place}")
    assert importer.resume(record, listeners=[]).progress.created == ROWS - 1
    assert marker.exists()
    other = halted(orders, tmp_path / "b.db")
    open_store().write(replace(other, schema_code=place))
    monkeypatch.delenv("IMPORTER_TRUSTED_SCHEMAS")
    assert main(["resume", other.job_id, "--schema", place]) == 3
    assert importer.job(other.job_id).created == ROWS - 1


def test_a_schema_without_rules_is_data_and_needs_not_be_named(orders, tmp_path, place, marker):
    from importer.schema import load_schema

    schema = load_schema(place)
    marker.unlink()
    record = halted(orders, tmp_path / "a.db", schema=schema)
    assert record.schema_code.startswith("import dataframely")
    sys.modules.pop(schema.__module__, None)
    assert importer.resume(record, listeners=[]).progress.created == ROWS - 1
    assert not marker.exists()


BODIES = {
    "call": "id = dy.Int64(min=__import__('os').system('true'))",
    "attribute": "id = dy.random.os.system('true')",
    "dunder": "id = dy.__class__()",
    "loader": "id = dy.__loader__()",
    "subscript": "id = dy.Int64(min=[1][0])",
    "lambda": "id = dy.Int64(check=lambda column: 1)",
    "comprehension": "id = dy.Enum(categories=[x for x in 'ab'])",
    "f-string": "id = dy.String(alias=f'{1}')",
    "walrus": "id = dy.String(alias=(x := 'a'))",
    "expression": "print('run')",
    "function": "def f(): pass",
    "decorator": "@print\n    def f(): pass",
    "power": "id = dy.Int64(min=10**10**10)",
    "long text": "id = dy.String(alias='a' * 10**10)",
    "nested lists": f"id = dy.String(metadata={{'a': {'[' * 5_000 + ']' * 5_000}}})",
    "nested signs": f"id = dy.Int64(min={'-' * 20_000}1)",
    "nested attributes": f"id = dy{'.a' * 20_000}()",
    "nested sums": f"id = dy.Int64(min={'1+' * 50_000}1)",
    "digits": f"id = dy.Int64(min={'9' * 100_000})",
    "large number": f"id = dy.Int64(min={'9' * 4_000})",
    "no name": "id = dy.Int64(alias=5)",
    "no list": "id = dy.Enum(categories=5)",
    "no check": "id = dy.Int64(check='x')",
    "no length": "id = dy.String(min_length='x')",
    "half a character": "id = dy.String(alias='\\ud800')",
    "no expression": "id = dy.String(regex='(')",
    "expression that explodes": "id = dy.String(regex='((a{1000}){1000}){1000}')",
    "keywords": "id = dy.Int64(**{'min': 1})",
    "too long": f"id = dy.String(description='{'x' * 5_000_000}')",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_code_of_a_schema_is_columns_or_refused(body, capsys):
    with pytest.raises(SchemaError, match="more than columns and simple options"):
        schema_of_code(f"import dataframely as dy\nclass Orders(dy.Schema):\n    {body}\n")
    assert capsys.readouterr().out == ""


def test_an_expression_that_takes_others_for_ever_is_matched_at_once(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id\n" + "a" * 50_000 + "!\n")
    schema = schema_of_code("class Orders(dy.Schema):\n    id = dy.String(regex='^(a+)+$')")
    assert importer.load(file, into=tmp_path / "a.db", schema=schema, listeners=[]).progress.rejected == 1


CHANGES = {
    "user": ("user_name", "mallory"),
    "no user": ("user_name", None),
    "file": ("path", "/etc/passwd"),
    "sheet": ("sheet", "Salaries"),
    "target": ("target", "sqlite:////tmp/mallory.db"),
    "table": ("table_name", "salaries"),
    "options": ("options", json.dumps({"corrections": [[20, "qty", "999"]]})),
    "schema": ("schema_code", "class Orders(dy.Schema):\n    id = dy.Int64(primary_key=True, max=2)"),
    "content": ("content", None),
    "rows": ("rows_read", 0),
    "seal": ("seal", "0" * 64),
    "no seal": ("seal", None),
    "other alphabet": ("seal", "ü"),
}


@pytest.mark.parametrize(("column", "value"), CHANGES.values(), ids=CHANGES)
def test_a_record_that_somebody_else_wrote_decides_neither_file_nor_target(orders, tmp_path, store, column, value):
    record = halted(orders, tmp_path / "a.db")
    assert record.is_own
    also = ", created = 0, rejected = 0" if column == "rows_read" else ""
    statement(f"UPDATE importer_jobs SET {column} = ?{also}", value)
    assert not importer.job(record.job_id).is_own
    before = rows_of(tmp_path / "a.db")
    for said in ({}, {"file": orders}, {"into": tmp_path / "a.db"}):
        with pytest.raises(ResumeError, match=r"is not yours.*name both yourself .*file=…, into=…") as refused:
            importer.resume(record, listeners=[], **said)
        assert refused.value.code == "record-not-own"
    assert main(["resume", record.job_id]) == 1
    assert "is not yours" in by_history(record)
    assert rows_of(tmp_path / "a.db") == before
    assert not Path("/tmp/mallory.db").exists()


def test_a_record_with_the_right_name_in_it_is_still_not_the_users_own(orders, tmp_path, store):
    record = replace(halted(orders, tmp_path / "a.db"), path="/etc/passwd", table_name="passwd")
    columns = [name for name in COLUMNS if name != "error"]
    cells = [record.state.value if name == "state" else getattr(record, name) for name in columns]
    statement("DELETE FROM importer_jobs")
    statement(f"INSERT INTO importer_jobs ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *cells)
    assert importer.job(record.job_id).user_name == getpass.getuser()
    with pytest.raises(ResumeError, match="is not yours"):
        importer.resume(record, listeners=[])


@pytest.mark.parametrize("mode", [0o640, 0o602])
def test_a_key_that_others_may_know_seals_nothing(orders, tmp_path, home, mode):
    record = halted(orders, tmp_path / "a.db")
    Path(home, "seal.key").chmod(mode)
    assert not importer.job(record.job_id).is_own


def test_a_job_of_another_is_resumed_with_what_the_user_names(orders, tmp_path, store):
    record = halted(orders, tmp_path / "a.db")
    statement("UPDATE importer_jobs SET user_name = 'bob', path = '/etc/passwd', target = 'sqlite:///x.db'")
    again = ["--file", str(orders), "--into", str(tmp_path / "a.db")]
    assert main(["resume", record.job_id, *again]) == 3
    assert len(rows_of(tmp_path / "a.db")) == ROWS - 1
    assert importer.job(record.job_id).is_own


def test_a_job_of_another_that_the_target_does_not_know_is_not_begun_there(orders, tmp_path, store):
    record = halted(orders, tmp_path / "a.db")
    (tmp_path / "b.csv").write_text("id,qty\n1000,1\n")
    importer.load(tmp_path / "b.csv", into=tmp_path / "b.db", table="salaries", key="id", listeners=[])
    statement("UPDATE importer_jobs SET rows_read = 0, created = 0, rejected = 0, table_name = 'salaries'")
    with pytest.raises(ResumeError, match="no longer remembers this job"):
        importer.resume(record, file=orders, into=tmp_path / "b.db", listeners=[])
    assert rows_of(tmp_path / "b.db", "salaries") == [(1000, 1)]


@pytest.mark.parametrize("place", ["folder", "allow_private"])
def test_a_job_of_another_says_neither_where_pictures_are_kept_nor_which_hosts_are_asked(orders, tmp_path, place):
    record = halted(orders, tmp_path / "a.db")
    images = {"columns": ["qty"], place: str(tmp_path / "stolen") if place == "folder" else ["localhost"]}
    open_store().write(replace(record, options=json.dumps({**json.loads(record.options), "images": images})))
    statement("UPDATE importer_jobs SET user_name = 'bob'")
    with pytest.raises(ResumeError, match="does not decide where pictures are kept"):
        importer.resume(record.job_id, file=orders, into=tmp_path / "a.db", listeners=[])
    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize("is_own", [True, False], ids=["own", "of another"])
def test_no_record_replaces_a_table_that_does_not_know_the_job(orders, tmp_path, is_own):
    victim = tmp_path / "victim.csv"
    victim.write_text("id,qty\n1000,1\n")
    importer.load(victim, into=tmp_path / "b.db", table="orders", key="id", listeners=[])
    record = halted(orders, tmp_path / "a.db", rows=0)
    target = f"sqlite:///{tmp_path / 'b.db'}"
    options = json.dumps({**json.loads(record.options), "if_table_exists": "replace"})
    open_store().write(replace(record, target=target, options=options, schema_code=None))
    if not is_own:
        statement("UPDATE importer_jobs SET user_name = 'bob'")
    with pytest.raises(ResumeError, match="no longer remembers this job"):
        importer.resume(record, listeners=[], **({} if is_own else {"file": orders, "into": target}))
    assert rows_of(tmp_path / "b.db") == [(1000, 1)]


OPTIONS = {
    "chunk_rows": 0,
    "max_rejects": "many",
    "if_table_exists": "drop",
    "key": 5,
    "mapping": [["id"]],
    "corrections": [["x"]],
    "atomic": "yes",
    "sheet": {"a": 1},
    "rows": [[]],
    "opening": [],
}


@pytest.mark.parametrize(("name", "value"), OPTIONS.items(), ids=OPTIONS)
def test_options_of_a_record_are_checked_like_any_other(orders, tmp_path, name, value):
    record = halted(orders, tmp_path / "a.db")
    options = json.dumps({**json.loads(record.options), name: value})
    open_store().write(replace(record, options=options))
    if name == "opening":
        assert importer.resume(record, listeners=[]).progress.created == ROWS - 1
        return
    with pytest.raises((OptionError, ResumeError)):
        importer.resume(record, listeners=[])


DEEP = "[" * 100_000 + "]" * 100_000
BAD = {
    "state": ("state", "zzz"),
    "empty state": ("state", ""),
    "no state": ("state", None),
    "negative pid": ("pid", -1),
    "pid of nobody": ("pid", 0),
    "huge pid": ("pid", 2**62),
    "text as pid": ("pid", "abc"),
    "no moment": ("made_at", "yesterday"),
    "moment that is missing": ("made_at", None),
    "no moment of life": ("heard_at", "9" * 20),
    "broken JSON": ("options", "{"),
    "JSON of another kind": ("options", "[]"),
    "deep JSON": ("options", DEEP),
    "deep JSON that can be read": ("options", json.dumps({"a": json.loads("[" * 500 + "]" * 500)})),
    "NaN in JSON": ("options", '{"max_rejects": NaN}'),
    "infinity in JSON": ("checkpoint", '{"elapsed_s": 1e999}'),
    "half a character in JSON": ("options", '{"sheet": "\\ud800"}'),
    "many digits": ("options", f'{{"a": {"9" * 10_000}}}'),
    "deep notes": ("notes", DEEP),
    "notes that are no words": ("notes", "[1]"),
    "deep cells": ("first_refused", DEEP),
    "cells without a severity": ("first_refused", '[{"row": 1}]'),
    "deep message": ("message", DEEP),
    "message without a sentence": ("message", "{}"),
    "message with a fix that is none": (
        "message",
        '{"sentence": "x", "fixes": [{"option": 5, "value": 1, "when": ""}]}',
    ),
    "negative rows": ("rows_read", -1),
    "rows that do not add up": ("created", 7),
    "rows that are missing": ("created", None),
    "text as rows": ("created", "many"),
    "endless time": ("elapsed_s", float("inf")),
    "no time": ("elapsed_s", None),
    "negative size": ("size", -1),
    "endless speed": ("rows_per_s", float("-inf")),
    "no label": ("label", None),
    "megabytes of label": ("label", "x" * 5_000_000),
    "bytes as label": ("label", b"\xff\xfe"),
    "text that is no UTF-8": ("label", "CAST(x'c328ff' AS TEXT)"),
    "megabytes of error": ("error", "x" * 20_000_000),
}


def loosened():
    """Take away what the table itself refuses, as whoever owns it can."""
    if "IMPORTER_STORE" in os.environ:
        for name, kind in KINDS.items():
            if name != "job_id" and not kind.endswith("None"):
                statement(f"ALTER TABLE importer_jobs ALTER COLUMN {name} DROP NOT NULL")
        return
    statement(f"CREATE TABLE other ({', '.join(COLUMNS)})")
    statement(f"INSERT INTO other ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM importer_jobs")
    statement("DROP TABLE importer_jobs")
    statement("ALTER TABLE other RENAME TO importer_jobs")
    statement("CREATE UNIQUE INDEX ids ON importer_jobs (job_id)")


def spoil(job_id, column, value):
    """Put the value into the record, and return whether the database lets anybody do that."""
    loosened()
    if isinstance(value, str) and value.startswith("CAST("):
        if "IMPORTER_STORE" in os.environ:
            return False
        statement(f"UPDATE importer_jobs SET {column} = {value} WHERE job_id = ?", job_id)
        return True
    is_number = KINDS[column].removesuffix(" | None") in {"int", "float"}
    if "IMPORTER_STORE" in os.environ and (isinstance(value, bytes) or (is_number and isinstance(value, str))):
        return False
    statement(f"UPDATE importer_jobs SET {column} = ? WHERE job_id = ?", value, job_id)
    return True


@pytest.mark.parametrize(("column", "value"), BAD.values(), ids=BAD)
def test_one_bad_record_stops_nothing(orders, tmp_path, store, column, value, capsys):  # noqa: PLR0913, PLR0917 - what varies
    bad = importer.load(orders, into=tmp_path / "a.db", key="id", listeners=[]).progress.job_id
    other = halted(orders, tmp_path / "b.db")
    # A message belongs to an error.
    if not spoil(bad, column, value):
        return  # PostgreSQL holds no such value in this column.
    spoil(bad, column, value)
    with pytest.warns(StoreWarning, match=f"1 record in .* cannot be read, and is left out: {bad} ") as told:
        found = importer.jobs()
    assert [job.job_id for job in found] == [other.job_id]
    assert len(told) == 1
    assert len(str(told[0].message)) < 1_000
    for command in (["jobs"], ["jobs", "--json"]):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            assert main(command) == 0
        assert capsys.readouterr().err.count(f"cannot be read, and is left out: {bad} ") == 1
    for look in (importer.job, lambda job: importer.resume(job, listeners=[]), lambda job: ask(job, "cancel")):
        for name in (bad, bad[:8]):
            with pytest.raises(StoreError, match=f"record of job {bad} in .* cannot be read"):
                look(name)
    assert main(["show", bad, "--json"]) == 1
    if "IMPORTER_STORE" in os.environ:
        return  # What follows works with records that were read, wherever they lay.
    with warnings.catch_warnings():
        # Whether the record may be one of a live job decides whether a job tells of it.
        warnings.simplefilter("ignore", StoreWarning)
        assert importer.load(orders, into=tmp_path / "c.db", key="id", listeners=[]).progress.created == ROWS - 1
        assert importer.resume(other, listeners=[]).progress.created == ROWS - 1
    html = by_history(other)
    assert "cannot be read" in html
    assert other.job_id[:8] in html
    assert "Traceback" not in capsys.readouterr().err


def test_bad_records_beyond_counting_are_told_in_one_sentence(store):
    for n in range(60):
        open_store().write(JobRecord(job_id=id_of(f"{n:08}")))
    statement("UPDATE importer_jobs SET state = 'zzz'")
    with pytest.warns(StoreWarning, match=r"60 records in .* are left out: .*, 50 more\.") as told:
        assert len(importer.jobs()) == 0
    assert len(told) == 1


TEXT = st.text(max_size=20) | st.sampled_from(["", "{}", "[]", DEEP, "2025-01-01", "failed", "running", "\ud800"])
ANY = st.none() | TEXT | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.binary(max_size=9)
TYPED = {
    "str": st.none() | TEXT.filter(lambda text: "\0" not in text and text.isascii()),
    "State": st.none() | st.sampled_from(["failed", "running", "zzz", ""]),
    "int": st.none() | st.integers(-(2**63), 2**63 - 1),
    "float": st.none() | st.floats(),
}


def rows_like(values):
    """Rows of the store of which some cells are anything, and the others those of a job."""
    columns = [name for name in COLUMNS if name != "job_id"]
    return st.fixed_dictionaries({}, optional={name: values(name) for name in columns})


def law(rows):
    """Whatever stands in the table, the jobs are a list, and what is left out is told."""
    statement("DELETE FROM importer_jobs")
    for n, changed in enumerate(rows):
        open_store().write(JobRecord(job_id=id_of(f"{n:08}"), label="a.csv → t", state=State.FAILED))
        for name, value in changed.items():
            is_sendable = not isinstance(value, str) or value.isascii()
            cell = value if is_sendable else value.encode("utf-8", "surrogatepass")
            statement(f"UPDATE importer_jobs SET {name} = ? WHERE job_id = ?", cell, id_of(f"{n:08}"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = importer.jobs()
        for job in found:
            assert all([repr(job), job._repr_html_(), json.dumps(job.as_dict(), allow_nan=False)])
        assert all([repr(found), found._repr_html_()])
        assert found.frame.height == len(found)
        assert len(open_store().live(told=lambda _: None)) <= len(found)
        assert len(importer.jobs(state="interrupted")) <= len(found)
    assert {warning.category for warning in told} <= {StoreWarning}
    assert bool(told) == (len(found) < len(rows))


SEARCH = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.hypothesis
@SEARCH
@example(rows=[{"first_refused": DEEP}])
@given(rows=st.lists(rows_like(lambda _: ANY), min_size=1, max_size=2))
def test_no_row_of_a_file_stops_the_list_of_jobs(home, rows):
    open_store().count()
    with closing(sqlite3.connect(Path(home, "jobs.db"))) as connection:
        [[made]] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'importer_jobs'").fetchall()
    if "NOT NULL" in made:
        loosened()
    law(rows)


@pytest.mark.hypothesis
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
@SEARCH
@given(rows=st.lists(rows_like(lambda name: TYPED[KINDS[name].removesuffix(" | None")]), min_size=1, max_size=2))
def test_no_row_of_a_server_stops_the_list_of_jobs(store, rows):
    open_store().count()
    loosened()
    law(rows)


def forged(orders, target, **changed):
    """A record of somebody else that says that this file is in the table."""
    fingerprint = importer.plan(orders, into=target, key="id", table="orders", listeners=[])
    from importer.engine import fingerprint_of, record_of

    record = record_of(fingerprint, id_of("f0f0"))
    content = fingerprint_of(fingerprint).content
    open_store().write(replace(record, content=content, user_name="mallory", **changed))


@pytest.mark.parametrize("if_imported", ["skip", "ask"])
def test_a_record_alone_does_not_say_that_a_file_is_in_the_table(orders, tmp_path, store, if_imported):
    target = f"sqlite:///{tmp_path / 'a.db'}"
    checkpoint = json.dumps({"is_done": True, "rows_read": ROWS, "created": ROWS, "chunks": 1, "last_row": ROWS + 1})
    forged(orders, target, state=State.SUCCEEDED, rows_read=ROWS, created=ROWS, checkpoint=checkpoint)
    report = importer.load(orders, into=target, key="id", if_imported=if_imported, listeners=[])
    assert report.progress.created == len(rows_of(tmp_path / "a.db")) == ROWS - 1
    with pytest.raises(AlreadyImportedError, match=f"by job {report.progress.job_id[:8]}"):
        importer.load(orders, into=target, key="id", listeners=[])
    skipped = importer.load(orders, into=target, key="id", if_imported="skip", listeners=[])
    assert f"by job {report.progress.job_id[:8]}" in skipped.notes[0]


@pytest.mark.parametrize("if_imported", ["skip", "ask"])
def test_a_live_job_that_is_none_stops_an_import_with_its_name_and_never_silently(orders, tmp_path, store, if_imported):
    target = f"sqlite:///{tmp_path / 'a.db'}"
    forged(orders, target, state=State.RUNNING, host="elsewhere", pid=1, made_at="2001-01-01T00:00:00+00:00")
    with pytest.raises(AlreadyImportedError, match="right now, by job f0f00000 in process 1 on elsewhere") as refused:
        importer.load(orders, into=target, key="id", if_imported=if_imported, listeners=[])
    assert refused.value.is_live
    assert not (tmp_path / "a.db").exists() or rows_of(tmp_path / "a.db", "sqlite_master") == []
    assert importer.job(importer.jobs(state="failed")[0].job_id).state is State.FAILED
    again = importer.load(orders, into=target, key="id", if_imported="again", listeners=[])
    assert again.progress.created == ROWS - 1


def test_a_record_without_its_fingerprint_does_not_let_another_file_go_on(orders, tmp_path):
    record = halted(orders, tmp_path / "a.db")
    orders.write_text(orders.read_text().replace("\n20,20\n", "\n"))
    open_store().write(replace(record, content=None))
    with pytest.raises(ResumeError, match="its content has changed"):
        importer.resume(record, listeners=[])
    with pytest.raises(ImporterError):
        importer.resume(record, file=orders, into=tmp_path / "a.db", listeners=[])


def test_a_store_of_thousands_of_live_jobs_is_still_listed(store):
    open_store().write(JobRecord(job_id=id_of("1")))
    columns = ", ".join(name for name in COLUMNS if name != "job_id")
    number = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70000)"
    digits = "lpad(i::text, 12, '0')" if "IMPORTER_STORE" in os.environ else "printf('%012d', i)"
    statement(
        f"INSERT INTO importer_jobs (job_id, {columns}) {number} "
        f"SELECT '00000000-0000-4000-8000-' || {digits}, {columns} FROM importer_jobs, n"
    )
    statement("UPDATE importer_jobs SET state = 'running', pid = 999999, host = ?", os.uname().nodename)
    assert len(importer.jobs(state="interrupted", limit=5)) == 5


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, Path.touch], ids=["folder", "pipe", "empty"])
def test_what_stands_in_the_place_of_the_key_keeps_no_job_out_of_the_history(orders, tmp_path, home, make):
    Path(home).mkdir(exist_ok=True)
    make(Path(home, "seal.key"))
    importer.load(orders, into=tmp_path / "a.db", key="id", listeners=[])
    assert [job.state for job in importer.jobs()] == [State.SUCCEEDED]
