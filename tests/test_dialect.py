"""Tables are read as they were written, in whatever way, without being told the way."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.sources.csv._source import CsvSource
from importer.sources.csv.dialect import Given, find_form
from importer.testing._source_contract import whole

TEXTS = ("alpha", "north sea", "Men's hat", "O'Neil", "green", "café", "pro item", "red, blue", "a; b", 'the "x" one')
KINDS = {
    "whole": lambda draw: str(draw.randint(0, 5_000)),
    "amount": lambda draw: f"{draw.random() * 100:.2f}",
    "comma": lambda draw: f"{draw.random() * 100:.2f}".replace(".", ","),
    "day": lambda draw: f"20{draw.randint(10, 25)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
    "code": lambda draw: f"{draw.choice('ABC')}{draw.randint(10, 99)}-{draw.randint(1, 9)}",
    "address": lambda draw: f"http://x.example/a?b={draw.randint(1, 99)}&c={draw.randint(1, 9)}",
    "text": lambda draw: draw.choice(TEXTS),
}


class Way(NamedTuple):
    """How a table is written."""

    delimiter: str
    quote: str
    is_escaped: bool
    quotes_all: bool
    end: str

    def field(self, cell):
        """The cell, in quotes if it needs them."""
        escape = "\\" if self.is_escaped else self.quote
        marks = (self.delimiter, self.delimiter.strip() or " ", self.quote)
        if not self.quotes_all and not any(mark in cell for mark in marks):
            return cell
        cell = cell.replace(escape, escape * 2) if self.is_escaped else cell
        return f"{self.quote}{cell.replace(self.quote, escape + self.quote)}{self.quote}"

    def text(self, rows):
        """The rows as text."""
        return "".join(self.delimiter.join(map(self.field, row)) + self.end for row in rows)


WAYS = st.builds(
    Way,
    st.sampled_from([",", ";", "\t", "|", ", ", "||", "^", "#"]),
    st.sampled_from(['"', "'", "~"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
    # One or two quotes of another kind are letters.
).filter(lambda way: way.quote == '"' or way.quotes_all)


@settings(max_examples=60)
@given(way=WAYS, kinds=st.lists(st.sampled_from(list(KINDS)), min_size=3, max_size=7), seed=st.integers(0, 999))
def test_a_table_is_read_as_it_was_written_or_a_doubt_is_told(way, kinds, seed, tmp_path_factory):
    draw = random.Random(seed)
    header = tuple(f"{kind} {at}" for at, kind in enumerate(kinds))
    rows = [tuple(KINDS[kind](draw) for kind in kinds) for _ in range(draw.randint(8, 30))]
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(way.text([header, *rows]).encode())
    source = CsvSource(path)
    if source.header.labels != header or whole(source)[0] != rows:
        chunks = source.chunks(1_000)
        assert source.book.notes or any(chunk.faults is not None or chunk.extra is not None for chunk in chunks)


@pytest.mark.parametrize(
    "text",
    [
        "".join("a b:c^d~e#f&g*h@i!j=k/l;m|n,o\tp\n" for _ in range(3_000)),
        '"a,b\n' * 15_000,
        '",' * 30_000,
        "','" * 20_000,
        "'a;b','c'd'\n" * 6_000,
        "\\" * 60_000,
        "".join(random.Random(1).choices("ab,;|\t\"'~^#: \n\\", k=30_000)),
    ],
    ids=["all_delimiters", "open_quotes", "quotes", "apostrophes", "mixed", "escapes", "noise"],
)
def test_a_dialect_is_found_in_any_text(text):
    found, _ = find_form(text, Given(), is_whole=True)
    assert found.delimiter
