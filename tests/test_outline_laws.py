"""Whatever stands around and between the rows of a table: each row is data, or told."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.sources import open_source
from importer.testing._source_contract import whole

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

THINGS = ("nut", "bolt", "screw", "nail", "gear", "axle")
NAMES = ("id", "name", "city", "rate", "kind", "price", "note")
CELL = {
    "int": lambda at_random: str(at_random.randint(100, 99_999)),
    "dec": lambda at_random: f"{at_random.random() * 1000:.2f}",
    "date": lambda at_random: f"20{at_random.randint(10, 24)}-0{at_random.randint(1, 9)}-{at_random.randint(10, 28)}",
    "text": lambda at_random: f"{at_random.choice(THINGS)} {at_random.choice(THINGS)}",
}
RANDOM = st.randoms(use_true_random=False)


def write(path: Path, rows: list[list[str]], width: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return path


def table(at_random: Random) -> tuple[list[str], list[str]]:
    """Names and kinds of columns; the names may be years."""
    width = at_random.randint(3, 6)
    first = at_random.choice(NAMES)
    if at_random.random() < 0.4:
        year, kind = at_random.randint(1990, 2020), at_random.choice(["int", "dec"])
        return [first, *(str(year + at) for at in range(1, width))], ["text", *[kind] * (width - 1)]
    kinds = ["text", "int", *(at_random.choice(list(CELL)) for _ in range(width - 2))]
    return at_random.sample(NAMES, width), kinds


@settings(max_examples=30)
@given(at_random=RANDOM)
def test_each_row_around_and_between_data_is_told_with_its_kind(at_random, tmp_path_factory):
    names, kinds = table(at_random)
    above = [("above", ["My report 2024"]), ("above", ["Printed by:", "Ann"]), ("blank", [])]
    rows = [at_random.choice(above) for _ in range(at_random.randint(0, 3))]
    rows.append(("header", names))
    count = at_random.randint(8, 25)
    for at in range(count):
        rows.append(("data", [CELL[kind](at_random) for kind in kinds]))
        if 2 < at < count - 3:
            totals = ["Total", *("" if kind == "text" else CELL[kind](at_random) for kind in kinds[1:])]
            odd = [("headers", names), ("sections", ["North region"]), ("totals", totals), ("blank", [])]
            rows += [one for one in odd if at_random.random() < 0.06]
    path = write(tmp_path_factory.mktemp("law") / "made.csv", [cells for _, cells in rows], len(names))

    numbers = {kind: [at for at, (found, _) in enumerate(rows, 1) if found == kind] for kind, _ in rows}
    reading = importer.plan(path, into="sqlite:///shop.db", listeners=[]).reading
    told = {note.code.removeprefix("rows-of-").removesuffix("-header"): note.n for note in reading.notes}
    assert [reading.header.row] == numbers["header"]
    expected = {"rows-above" if kind == "above" else kind: len(found) for kind, found in numbers.items()}
    assert told == {kind: n for kind, n in expected.items() if kind not in {"header", "data", "blank"}}
    assert whole(open_source(path, leave_out=("totals", "sections")), 7)[1] == numbers["data"]


@settings(max_examples=30)
@given(at_random=RANDOM, is_merged=st.booleans(), is_left=st.booleans(), has_title=st.booleans())
def test_two_rows_of_names_are_joined_where_the_lower_one_alone_is_not_enough(
    at_random, is_merged, is_left, has_title, tmp_path_factory
):
    groups = at_random.choice([("North", "South"), ("2022", "2023", "2024"), ("Men", "Women")])
    parts = at_random.choice([("Q1", "Q2", "Q3"), ("units", "EUR"), ("m", "f")])
    upper = [over if at == 0 or not is_merged else "" for over in groups for at in range(len(parts))]
    lines = [["town" if is_left else "", *upper], ["" if is_left else "town", *parts * len(groups)]]
    data = [
        [CELL["text"](at_random), *(CELL["int"](at_random) for _ in upper)] for _ in range(at_random.randint(4, 20))
    ]
    rows = [*([["Overview of all"]] if has_title else []), *lines, *data]
    path = write(tmp_path_factory.mktemp("law") / "made.csv", rows, len(lines[0]))
    source = open_source(path)
    assert source.header.labels == ("town", *(f"{over} {part}" for over in groups for part in parts))
    assert whole(source)[0] == [tuple(row) for row in data]
