"""Keys that look alike are told before they are written, and never become one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer

CASES = [
    ("A1", "a1"),
    ("A1", "\u04101"),
    ("O1", "\u039f1"),
    ("A1", "A\u200b1"),
    ("A1", "A\u00ad1"),
    ("A1", "A\u202e1"),
    ("A1x", "A1\ufe0fx"),
    ("A1", "A\u2066\u20691"),
    ("A1", "A\U000e00411"),
    ("A-1", "A\u20111"),
    ("A-1", "A\u22121"),
    ("O'Neil", "O\u2019Neil"),
    ("\u00e9", "e\u0301"),
    ("\ufb01x", "fix"),
    ("A 1", "A\u00a01"),
    ("A 1", "A  1"),
    ("a1", "\u0410\u200b1"),
]
HIDDEN = ["\u200b", "\u00ad", "\u202e", "\u2060", "\ufeff", "\u0007", "\U000e0041", "\u180e"]
ORDINARY = [
    "\U0001f469\u200d\U0001f4bb",
    "\u2764\ufe0f",
    "\u0928\u093f\u200d\u0915",
    "\u0645\u06cc\u200c\u062e\u0648",
    "Ünïcödé",
    "日本",
]


def frame_of(*keys):
    return pl.DataFrame({"sku": keys, "n": [str(n) for n in range(len(keys))]})


def told(plan):
    return [note for note in plan.notes if note.startswith("sku: ")]


def stored(database):
    with closing(sqlite3.connect(database)) as connection:
        return {sku for (sku,) in connection.execute("SELECT sku FROM t")}


@pytest.mark.parametrize(("one", "other"), CASES)
def test_two_keys_that_look_alike_are_told_and_both_are_in(tmp_path, one, other):
    plan = importer.plan(frame_of(one, "zz", other), into=tmp_path / "x.db", table="t", key="sku", listeners=[])
    [note] = told(plan)
    if one.isascii() and other.isascii():
        assert note.endswith("differ only in case or white space, and are different keys")
    else:
        assert re.search(r"characters that look the same, here U\+[0-9A-F]{4,5} .*, and are different keys$", note)
    assert plan.run().progress.created == 3
    assert stored(tmp_path / "x.db") == {one, other, "zz"}


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_key_with_characters_that_nobody_sees_is_told(tmp_path, hidden):
    """The key without them is in the table, of which a plan reads no row."""
    database = tmp_path / "x.db"
    importer.load(frame_of("AB"), into=database, table="t", key="sku", listeners=[])
    plan = importer.plan(frame_of(f"A{hidden}B", "C"), into=database, table="t", key="sku", listeners=[])
    assert told(plan)[0].endswith("has invisible characters, which make it another key")
    assert plan.run().progress.created == 2


@pytest.mark.parametrize("around", [" ", "\u00a0", "\u200b", "\ufeff", "\u2060", "\t"])
def test_keys_that_become_one_without_what_stands_around_them_are_told(tmp_path, around):
    plan = importer.plan(frame_of("A1", f"A1{around}"), into=tmp_path / "x.db", table="t", key="sku", listeners=[])
    assert told(plan)[0].endswith("differ only in what stands around them, which is removed, so they become one")
    report = plan.check()
    assert (report.progress.created, report.progress.updated) == (1, 1)
    assert {"white-space", "repeated-key"} == set(report.rejects["rule"])


def test_a_given_schema_does_not_hide_them(tmp_path):
    class Goods(dy.Schema):
        sku = dy.String(primary_key=True)
        n = dy.Int64()

    frame = frame_of("A1", "\u04101")
    [note] = told(importer.plan(frame, into=tmp_path / "x.db", table="t", schema=Goods, listeners=[]))
    assert note.startswith("sku: 'A1' in row 2 and ")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_writing_is_not_suspected(tmp_path, text):
    assert told(importer.plan(frame_of(text, "C"), into=tmp_path / "x.db", key="sku", listeners=[])) == []


WAYS = [
    str.swapcase,
    lambda text: text.replace("A", "\u0410"),
    lambda text: text.replace("o", "\u03bf"),
    lambda text: text.replace("-", "\u2011"),
    lambda text: text.replace("b", "b\u200d"),
    lambda text: f"\u2066{text}\u2069",
    lambda text: text.replace(" ", "\u2003"),
    lambda text: text.replace("\u00e9", "e\u0301"),
]


@settings(max_examples=25)
@given(
    text=st.text("Aob- \u00e919", min_size=1, max_size=8).map(str.strip).filter(bool),
    ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=4),
)
def test_law_whatever_is_hard_to_see_is_told_and_kept(tmp_path_factory, text, ways):
    other = text
    for way in ways:
        other = way(other)
    if other == text or text.replace(" ", "").replace("-", "").isdigit():
        return
    database = tmp_path_factory.mktemp("law") / "x.db"
    plan = importer.plan(frame_of(text, "zz", other), into=database, table="t", key="sku", listeners=[])
    [note] = told(plan)
    assert "differ only in" in note
    # A mark at the end of a text is removed, as white space is.
    is_one = note.endswith("so they become one")
    assert plan.run().progress.created == (2 if is_one else 3)
    assert stored(database) == ({text, "zz"} if is_one else {text, other, "zz"})
