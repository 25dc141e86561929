"""A text that stands in every row of a column is what a column of such cells would be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import importer
from importer.errors import ColumnNotFoundError, ImporterError, SchemaError
from importer.testing import MemorySink

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame({"id": ["1", "2"]})
TYPES = [dy.Int64, dy.Float64, dy.String, dy.Date, dy.Datetime, dy.Time, dy.Bool]


def outcome(frame: pl.DataFrame, schema: type[dy.Schema], **options: object) -> tuple[list[tuple], list[str]]:
    """The rows that go in, and why others do not."""
    sink = MemorySink()
    plan = importer.plan(frame, into=sink, table="t", schema=schema, listeners=[], **options)
    report = plan.run()
    return [tuple(row.values()) for row in sink.rows], report.rejects["message"].to_list()


@settings(max_examples=25)
@given(
    st.sampled_from(TYPES),
    st.sampled_from(["7", "1,250", "1.5", "31.01.2025", "2025-01-31", "03/04/2025", "12:30", "yes", "n/a", "007", "x"])
    | st.text(min_size=1, max_size=6),
)
@example(dy.Int64, "-")
@example(dy.Date, "3/4/2025")
def test_a_constant_is_read_as_a_cell_with_its_text_would_be(kind: type[dy.Column], text: str) -> None:
    schema = type("T", (dy.Schema,), {"id": dy.Int64(), "it": kind(nullable=True)})
    try:
        rows, refused = outcome(FRAME.with_columns(it=pl.lit(text)), schema)
    except SchemaError:
        rows, refused = [], ["the order of day and month is not clear"]
    if refused or all(row[1] is None for row in rows):
        with pytest.raises(SchemaError, match="cannot have the value"):
            outcome(FRAME, schema, constants={"it": text})
    else:
        assert outcome(FRAME, schema, constants={"it": text}) == (rows, refused)


@pytest.fixture
def shops(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        database.execute("CREATE TABLE t (shop TEXT NOT NULL, id INTEGER, day DATE, PRIMARY KEY (shop, id))")
    return f"sqlite:///{tmp_path / 's.db'}"


def test_a_required_column_of_a_table_that_the_file_lacks_gets_the_same_value_in_every_row(
    shops: str, tmp_path: Path
) -> None:
    options = {"into": shops, "table": "t", "constants": {"shop": "North", "day": "2025-01-31"}, "listeners": []}
    report = importer.load(FRAME, **options)
    assert report.progress.created == 2
    assert [note for note in report.notes if "in every row" in note] == [
        "'shop' is 'North' in every row",
        "'day' is '2025-01-31' in every row",
    ]
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        assert database.execute("SELECT * FROM t").fetchall() == [("North", n, "2025-01-31") for n in (1, 2)]
    assert importer.load(FRAME, **options, if_imported="again").progress.unchanged == 2
    south = importer.load(FRAME, **{**options, "constants": {"shop": "South"}}, key=["shop", "id"])
    assert south.progress.created == 2


def test_cells_of_the_file_that_a_constant_replaces_are_told(shops: str) -> None:
    frame = FRAME.with_columns(Shop=pl.lit("South"))
    report = importer.load(frame, into=shops, table="t", constants={"shop": "North"}, listeners=[])
    assert "'shop' is 'North' in every row; the cells of 'Shop' are not used" in report.notes
    plan = importer.plan(frame, into=shops, table="t", constants={"shop": "North"}, listeners=[])
    assert "North in every row" in str(plan.preview())


@pytest.mark.parametrize(
    ("constants", "says"),
    [
        ({"day": "soon"}, "the column 'day' cannot have the value 'soon' in every row: 'soon' is not a date"),
        ({"day": "n/a"}, "'n/a' means an empty cell there"),
        ({"day": "03/04/2025"}, "'03/04/2025' may be day first or month first"),
        ({"hsop": "North"}, "constants names the column 'hsop', which the table lacks: did you mean 'shop'?"),
    ],
)
def test_a_constant_that_the_column_does_not_take_is_an_error_before_anything_is_written(
    shops: str, constants: dict[str, str], says: str
) -> None:
    with pytest.raises(ImporterError) as raised:
        importer.load(FRAME, into=shops, table="t", constants={"shop": "North"} | constants, listeners=[])
    assert says in str(raised.value)


def test_a_constant_of_a_new_table_names_a_column_of_the_file() -> None:
    with pytest.raises(ColumnNotFoundError, match="constants names the column 'shop', which the file lacks"):
        importer.load(FRAME, into=MemorySink(), table="t", constants={"shop": "North"}, listeners=[])


def test_a_rule_of_the_column_holds_for_a_constant_too() -> None:
    schema = type("T", (dy.Schema,), {"id": dy.Int64(), "qty": dy.Int64(max=5)})
    rows, refused = outcome(FRAME, schema, constants={"qty": "6"})
    assert (rows, refused) == ([], ["'6' is greater than the most allowed, 5"] * 2)
