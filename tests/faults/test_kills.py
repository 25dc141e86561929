"""Imports that are killed, at every point around a commit and at random moments, and resumed until they are done."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import psycopg
import pytest
from labourer import DROP_POINT, POINTS, UNDO_POINTS
from polars.testing import assert_frame_equal

import importer
from importer.core._progress import State

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
KILLS = int(os.environ.get("IMPORTER_FAULTS", "3"))
"""Jobs that are killed at random for each database; ``make faults`` has more."""

ROWS, CHUNK_ROWS = 400, 20
TABLE = "CREATE TABLE orders (id BIGINT {key}, qty BIGINT CHECK (qty < 900))"


class Labour:
    """A process whose children are killed."""

    def __init__(self, process):
        self._process = process
        self.kills = Counter()

    def __call__(self, **order):
        plain = {
            "job": None,
            "undo": None,
            "pauses": False,
            "point": None,
            "times": 1,
            "after_s": None,
            "is_keyed": True,
            "chunk_rows": CHUNK_ROWS,
        }
        self._process.stdin.write(json.dumps(plain | order) + "\n")
        self._process.stdin.flush()
        status = json.loads(self._process.stdout.readline())["status"]
        self.kills[order["into"].partition(":")[0]] += status == -signal.SIGKILL
        return status


@pytest.fixture(scope="module")
def labour():
    command = [sys.executable, str(Path(__file__).with_name("labourer.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        found = Labour(process)
        yield found
        print(f"\nkilled: {dict(found.kills)}")
        process.stdin.close()


@pytest.fixture(scope="module", params=["sqlite", "duckdb", "postgres"])
def databases(request, tmp_path_factory):
    """A new database with an empty table at every call: its URL, and a function that gives the rows."""
    folder, schemas = tmp_path_factory.mktemp(request.param), []
    connects = {"sqlite": sqlite3.connect, "duckdb": duckdb.connect}

    def of_file(sql):
        place = folder / f"{uuid.uuid4().hex}.{request.param}"
        connect = connects[request.param]
        with closing(connect(str(place))) as connection:
            for one in sql.split(";"):
                connection.execute(one)
            connection.commit()

        def read():
            with closing(connect(str(place))) as connection:
                return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

        return f"{request.param}:///{place}", read

    def of_server(sql):
        schema = f"importer_test_{uuid.uuid4().hex[:12]}"
        url = f"{POSTGRES}?options=-csearch_path%3D{schema}"
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
            connection.execute(f"SET search_path TO {schema}")
            connection.execute(sql)
        schemas.append(schema)

        def read():
            with psycopg.connect(url) as connection:
                return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

        return url, read

    open_new = of_server if request.param == "postgres" else of_file
    yield lambda *, is_keyed, more="": open_new(TABLE.format(key="PRIMARY KEY" if is_keyed else "") + more)
    if schemas:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Orders with keys that come again, cells that are no numbers, and values that only the database refuses."""
    dice = random.Random(4)
    place = tmp_path_factory.mktemp("file") / "orders.csv"
    rows = [
        f"{n if dice.random() < 0.9 else dice.randrange(ROWS)},"
        f"{dice.choice(['x', 950, 2_000, '']) if dice.random() < 0.05 else dice.randrange(800)}"
        for n in range(ROWS)
    ]
    place.write_text("id,qty\n" + "\n".join(rows) + "\n")
    return place


@pytest.fixture(scope="module", params=[True, False], ids=["key", "no key"])
def truth(request, databases, file, labour, tmp_path_factory):
    """What an import gives that is left alone, and how long it takes."""
    home = tmp_path_factory.mktemp("truth")
    into, read = databases(is_keyed=request.param)
    began_at = time.perf_counter()
    assert labour(file=str(file), into=into, home=str(home), is_keyed=request.param) == 0
    took_s = time.perf_counter() - began_at
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMPORTER_HOME", str(home))
        [record] = importer.jobs()
        return request.param, read(), record, record.rejects, record.rejected_rows, took_s


def end_of(labour, order, kills):
    """Start, be killed as often as there are kills, and go on until the job is done."""
    for kill in [*kills, {}, {}, {}]:
        found = importer.jobs()
        if found and found[0].state is State.SUCCEEDED:
            break
        assert not found or found[0].state is State.INTERRUPTED, found
        status = labour(**order, **kill, job=found[0].job_id if found else None)
        assert status in ((0, -signal.SIGKILL) if kill else (0,)), (status, found)
    return importer.jobs()[0]


@pytest.fixture
def check(labour, databases, truth, file, home):
    """A function that kills a job of its own, goes on with it until it is done, and compares."""
    return partial(ends_as_if_left_alone, labour, databases, truth, {"file": str(file), "home": home})


def ends_as_if_left_alone(labour, databases, truth, order, kills):
    is_keyed, rows, whole, rejects, rejected_rows, _ = truth
    into, read = databases(is_keyed=is_keyed)
    record = end_of(labour, order | {"into": into, "is_keyed": is_keyed}, kills)
    assert read() == rows
    own = {"job_id": "", "elapsed_s": 0.0}
    assert replace(record.progress, **own) == replace(whole.progress, **own)
    assert_frame_equal(record.rejects, rejects)
    assert_frame_equal(record.rejected_rows, rejected_rows)
    assert whole.rejected > 10


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_around_a_commit_a_job_ends_as_if_left_alone(check, point):
    times = (
        1
        if any(word in point for word in ("table", "last", "claimed"))
        else random.Random(point).randrange(1, ROWS // CHUNK_ROWS)
    )
    check([{"point": point, "times": times}, {"point": point, "times": 1}])


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_random_moments_a_job_ends_as_if_left_alone(check, truth, seed):
    dice = random.Random(seed)
    took_s = truth[-1]
    kills = [{"after_s": dice.uniform(0, took_s)} for _ in range(dice.randint(1, 3))]
    check(kills)


HELD = "; INSERT INTO orders VALUES " + ", ".join(f"({n}, {n})" for n in range(0, ROWS, 3))
"""Rows that are there before the import, some of which it updates."""


@pytest.mark.parametrize("point", UNDO_POINTS)
def test_killed_at_any_point_an_undo_takes_back_all_or_nothing_of_a_job_that_was_killed(
    labour, databases, file, home, point
):
    into, read = databases(is_keyed=True, more=HELD)
    before = read()
    order = {"file": str(file), "home": home, "into": into}
    is_half = point == "after rows are removed"
    kill = {"point": "after the commit", "times": random.Random(point).randrange(1, ROWS // CHUNK_ROWS)}
    [status, job] = [labour(**order, **kill), importer.jobs()[0].job_id]
    assert status == -signal.SIGKILL
    if not is_half:
        assert labour(**order, job=job) == 0
    after = read()
    assert after != before
    assert labour(**order, undo=job, point=point) == -signal.SIGKILL
    is_in = point == "after the undo is committed"
    assert read() == (before if is_in else after)
    assert importer.jobs()[0].state is State.INTERRUPTED
    assert labour(**order, undo=job) == (1 if is_in else 0)
    assert read() == before


def seen(read):
    """The rows, or None if there is no table."""
    try:
        return read()
    except (sqlite3.Error, duckdb.Error, psycopg.Error):
        return None


@pytest.fixture
def imported(labour, databases, file, home):
    """A function that imports into a database of its own: an order to undo it, how to read, and the rows before."""

    def imports(*, makes_table):
        into, read = databases(is_keyed=True, more="; DROP TABLE orders" if makes_table else HELD)
        before, order = seen(read), {"file": str(file), "home": home, "into": into}
        assert labour(**order) == 0
        assert seen(read) != before
        return {**order, "undo": importer.jobs()[0].job_id}, read, before

    return imports


@pytest.mark.parametrize("point", [*UNDO_POINTS, *DROP_POINT])
def test_killed_at_any_point_an_undo_drops_the_table_that_its_import_made_or_leaves_all_its_rows(
    labour, imported, point
):
    order, read, before = imported(makes_table=True)
    after = seen(read)
    # There is nothing to restore.
    assert labour(**order, point=point) == -signal.SIGKILL
    is_in = point == "after the undo is committed"
    assert seen(read) == (before if is_in else after)
    assert labour(**order) == (1 if is_in else 0)
    assert seen(read) == before is None


def test_killed_while_it_is_paused_an_undo_has_changed_nothing(labour, imported):
    order, read, before = imported(makes_table=False)
    after = seen(read)
    assert labour(**order, pauses=True) == -signal.SIGKILL
    assert seen(read) == after
    assert importer.jobs()[0].state is State.INTERRUPTED
    assert labour(**order) == 0
    assert seen(read) == before


@pytest.mark.parametrize("makes_table", [False, True], ids=["there before", "made"])
@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_a_random_moment_an_undo_is_whole_or_not_at_all(labour, imported, seed, makes_table):
    order, read, before = imported(makes_table=makes_table)
    after, dice = seen(read), random.Random(seed)
    labour(**order, after_s=dice.uniform(0, 0.25))
    assert seen(read) in (before, after)
    if seen(read) == after:
        assert labour(**order) == 0
    assert seen(read) == before


@pytest.fixture(scope="module")
def folder(file):
    """The same orders in five files: one is empty, one does not fit, and a later one has keys of an earlier one."""
    head, *lines = file.read_text().splitlines()
    place = file.parent / "several"
    place.mkdir()
    for at in range(4):
        part = lines[at * ROWS // 4 : (at + 1) * ROWS // 4]
        (place / f"orders_{at}.csv").write_text("\n".join([head, *part, ""]))
    (place / "orders_1b.csv").write_text("")
    (place / "orders_2b.csv").write_text("colour,size\nred,3\n")
    shutil.make_archive(str(place), "zip", place)
    return place


@pytest.mark.parametrize(
    "kills",
    [
        [{"point": "after the commit", "times": 7}, {"point": "before the commit", "times": 6}],
        [{"point": "after its refused rows are on the disk", "times": 5}, {"point": "after the commit", "times": 1}],
        [
            {"point": "before a chunk is written", "times": 11},
            {"after_s": 0.1},
            {"point": "after the commit", "times": 3},
        ],
    ],
    ids=["commits", "refused rows", "moments"],
)
@pytest.mark.parametrize("is_keyed", [True, False], ids=["key", "no key"])
def test_killed_between_and_within_files_a_job_of_several_ends_as_if_left_alone(
    labour, folder, tmp_path, is_keyed, kills
):
    def read(place):
        with closing(sqlite3.connect(place)) as connection:
            return connection.execute("SELECT id, qty FROM orders ORDER BY id, qty").fetchall()

    found = []
    for name, each in (("whole", []), ("killed", kills)):
        place, home = tmp_path / f"{name}.db", tmp_path / name
        home.mkdir()
        with closing(sqlite3.connect(place)) as connection:
            connection.execute(TABLE.format(key="PRIMARY KEY" if is_keyed else ""))
        given = folder if is_keyed else f"{folder}.zip"
        order = {"file": str(given), "into": f"sqlite:///{place}", "home": str(home), "is_keyed": is_keyed}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMPORTER_HOME", str(home))
            record = end_of(labour, order, each)
            found.append((record, read(place), record.rejects, record.rejected_rows))
    (whole, rows, rejects, rejected), (killed, rows_2, rejects_2, rejected_2) = found
    assert rows_2 == rows
    own = {"job_id": "", "elapsed_s": 0.0}
    assert replace(killed.progress, **own) == replace(whole.progress, **own)
    assert_frame_equal(rejects_2, rejects)
    assert_frame_equal(rejected_2, rejected)
    assert whole.rows_read == ROWS
    assert rejected["file"].n_unique() == 4
