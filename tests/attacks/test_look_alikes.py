"""Keys that a person takes for one: they stay two, and are told with both cells and places."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import dataframely as dy
import polars as pl
import psycopg
import pytest
from databases import POSTGRES, database  # noqa: F401 - a fixture
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.core import looks, unlike

PAIRS = {
    "zero-width space": ("AB1", "A\u200bB1"),
    "soft hyphen": ("AB1", "A\u00adB1"),
    "override": ("AB1", "A\u202eB1"),
    "isolate": ("AB1", "A\u2066B\u20691"),
    "filler": ("AB1", "A\u3164B1"),
    "variation": ("AB1", "A\ufe0fB1"),
    "no-break space": ("A B", "A\u00a0B"),
    "wide space": ("A B", "A\u3000B"),
    "stored accent": ("caf\u00e9", "cafe\u0301"),
    "full width": ("AB1", "\uff21B1"),
    "Cyrillic": ("AB1", "\u0410B1"),
    "Greek": ("AB1", "\u0391B1"),
    "both foreign": ("\u0410B1", "A\u03921"),
    "dash": ("AB-1", "AB\u20131"),
    "apostrophe": ("O'Hara", "O\u2019Hara"),
}


FIRST = 2
"""Number of the first row of a frame."""


class Orders(dy.Schema):
    id = dy.String(primary_key=True)
    qty = dy.Int64()


def frame(*keys):
    return pl.DataFrame({"id": keys, "qty": range(len(keys))})


def told(report):
    found = report.rejects.filter(pl.col("rule") == "look-alike")
    return [(row, value, message) for row, value, message in found.select("row", "value", "message").iter_rows()]


def pairs(*, is_swapped):
    """Each pair behind a number of its own."""
    step = -1 if is_swapped else 1
    return [(f"{n}{one}", f"{n}{other}") for n, (one, other) in enumerate(pair[::step] for pair in PAIRS.values())]


def sentence(one, other, place):
    return f"the key looks like {one!r} {place} and is another one: they differ in {unlike(other, one)}"


@pytest.mark.parametrize("schema", [Orders, None], ids=["given", "inferred"])
@pytest.mark.parametrize("chunk_rows", [1, 7, 100])
@pytest.mark.parametrize("is_swapped", [False, True])
def test_two_rows_of_a_file(database, is_swapped, chunk_rows, schema):  # noqa: F811
    known = pairs(is_swapped=is_swapped)
    keys = [*(one for one, _ in known), *(other for _, other in known)]
    report = database.load(frame(*keys), key=["id"], schema=schema, chunk_rows=chunk_rows)
    assert told(report) == [
        (n + len(known), other, sentence(one, other, f"in row {n}")) for n, (one, other) in enumerate(known, FIRST)
    ]
    assert sorted(database.run("SELECT id FROM t")) == sorted((key,) for key in keys)


@pytest.mark.parametrize("chunk_rows", [1, 7, 100])
@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_row_of_the_file_and_a_row_of_the_table(database, is_swapped, chunk_rows):  # noqa: F811
    known = pairs(is_swapped=is_swapped)
    database.load(frame(*(one for one, _ in known)), key=["id"], schema=Orders)
    others = frame(*(other for _, other in known))
    report = database.load(others, key=["id"], schema=Orders, if_table_exists="append", chunk_rows=chunk_rows)
    assert told(report) == [
        (n, other, sentence(one, other, "in the table")) for n, (one, other) in enumerate(known, FIRST)
    ]
    assert database.run("SELECT count(*) FROM t") == [(2 * len(known),)]


def test_a_part_of_a_key_of_several_columns(database):  # noqa: F811
    rows = pl.DataFrame({"shop": ["A", "\u0410", "\u0410"], "day": [1, 1, 2]})
    report = database.load(rows, key=["shop", "day"], chunk_rows=1)
    assert [(row, message[:40]) for row, _, message in told(report)] == [
        (3, "the key looks like 'A, 1' in row 2 and i")
    ]
    again = database.load(rows[1:], key=["shop", "day"], if_table_exists="append")
    assert [message[:47] for *_, message in told(again)] == ["the key looks like 'A, 1' in the table and is a"]


@pytest.mark.parametrize(
    "other", [dt.datetime(2025, 1, 1, 3), dt.date(2025, 1, 1), dt.time(3), 1.5, Decimal("1.5"), True], ids=str
)
def test_a_key_with_a_part_that_is_no_text(database, other):  # noqa: F811
    rows = pl.DataFrame({"other": [other, other], "id": ["A" * 99, "A\u200b" + "A" * 98], "qty": [1, 2]})
    for _ in range(2):
        report = database.load(rows, key=["other", "id"], if_table_exists="append")
    assert report.progress.unchanged == 2
    assert [len(message) < 200 for *_, message in told(report)] == [True]


@pytest.mark.parametrize("declared", ["uuid", "varchar(40)"])
def test_a_key_that_the_table_holds_as_another_type(database, declared):  # noqa: F811
    database.run(f"CREATE TABLE t (id {declared} PRIMARY KEY, qty bigint)")
    known = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    keys = frame(known, known.replace("-", "\u2013"), "\u04101") if declared == "uuid" else frame("A1", "\u04101", "b")
    report = database.load(keys, key=["id"], schema=Orders, if_table_exists="append")
    assert report.progress.created + report.progress.rejected == 3
    assert report.progress.created == database.run("SELECT count(*) FROM t")[0][0]


def test_a_key_that_a_collation_calls_the_same_is_not_told_as_another_one():
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        name = f"t_{uuid.uuid4().hex}"
        connection.execute(
            "CREATE COLLATION IF NOT EXISTS unseen (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
        )
        connection.execute(f"CREATE TABLE {name} (id text COLLATE unseen PRIMARY KEY, qty bigint)")
        report = importer.load(
            frame("A1", "A\u200b1"), into=POSTGRES, table=name, key=["id"], if_table_exists="append", listeners=[]
        )
        connection.execute(f"DROP TABLE {name}")
    assert list(report.rejects["rule"]) == ["key-spelling"]
    assert report.progress.updated == 1


def test_who_may_write_but_not_read_is_told_of_the_keys_of_the_file():
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name}")
        connection.execute(f"CREATE TABLE {name} (id text PRIMARY KEY, qty bigint)")
        connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {name}")
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
        connection.execute(f"REVOKE SELECT ON {name} FROM {name}")
        try:
            into = f"{POSTGRES}?options=-crole%3D{name}"
            keys = frame("A1", "A\u200b1")
            report = importer.load(keys, into=into, table=name, key=["id"], if_table_exists="append", listeners=[])
        finally:
            connection.execute(f"DROP TABLE {name}")
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")
    assert len(told(report)) == report.progress.created - 1 == 1


def test_ordinary_foreign_words_are_no_doubt(database):  # noqa: F811
    words = ["Москва", "Αθήνα", "東京", "café", "cafe", "Zürich", "Zurich", "naïve", "می‌خواهم"]
    assert told(database.load(frame(*words), key=["id"])) == []


TEXTS = st.text(st.sampled_from("aA1 -\x01\u200b\u00ad\u0410\u0391\u0451\u202e\u00e9e\u0301\u0308\u00a0"), max_size=4)


@settings(max_examples=25)
@given(st.lists(TEXTS, min_size=1, max_size=9, unique=True), st.integers(1, 9))
def test_each_row_that_looks_like_an_earlier_one_is_told_once_whatever_the_size_of_chunks(
    tmp_path_factory, texts, rows
):
    into = f"sqlite:///{tmp_path_factory.mktemp('law')}/a.db"
    keys = frame(*(f"x{text}y" for text in texts))
    report = importer.load(keys, into=into, table="t", key=["id"], schema=Orders, chunk_rows=rows, listeners=[])
    seen = keys.select(looks(pl.col("id"))).to_series().to_list()
    assert [row for row, *_ in told(report)] == [n for n, look in enumerate(seen, FIRST) if look in seen[: n - FIRST]]
