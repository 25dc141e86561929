from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from importer.checking._check import Check
from importer.core._chunk import EXTRA, Chunk, Header
from importer.schema._matching import match
from importer.schema._schema import Format


class Orders(dy.Schema):
    order_id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True, min=1, max=99)
    code = dy.String(nullable=True, regex="^[A-Z]+$", check=lambda text: text != "BAD")
    due = dy.Date(nullable=False, metadata={"day_first": True})
    rating = dy.Int64(nullable=True, max=5, metadata={"severity": "warning"})

    @dy.rule()
    def small_orders_have_a_code(cls):
        """An order below 10 needs a code."""
        return (pl.col("qty") >= 10) | pl.col("code").is_not_null()


LABELS = ("order_id", "qty", "code", "due", "rating")
HEADER = Header(row=3, labels=LABELS, first=1)
GOOD = ("1", "5", "A", "31.12.2025", "5")


def check(*rows, schema=Orders, labels=LABELS, extra=None, key=("order_id",)):
    matches = match(schema, labels)
    formats = {name: Format.of(column) for name, column in schema.columns().items()}
    frame = pl.DataFrame(rows, schema=dict.fromkeys(labels, pl.String), orient="row")
    rows = pl.int_range(4, 4 + frame.height, eager=True)
    header = Header(row=3, labels=tuple(labels), first=1)
    return Check(schema, matches, header, formats, key)(Chunk(frame=frame, rows=rows, completed=7, extra=extra))


def test_a_number_of_the_file_keeps_its_point_where_people_write_a_comma():
    class Weights(dy.Schema):
        weight = dy.Float64(metadata={"decimal": ","})

    matches, header = match(Weights, ["weight"]), Header(row=1, labels=("weight",))
    frame = pl.DataFrame({"weight": ["12.345", "12.345", "1,5", "0.5"]})
    chunk = Chunk(
        frame=frame,
        rows=pl.Series([2, 3, 4, 5]),
        completed=0,
        numbers=pl.DataFrame({"weight": [True, False, False, None]}),
    )
    checked = Check(Weights, matches, header, {"weight": Format(decimal=",")})(chunk)
    assert checked.accepted.frame["weight"].to_list() == [12.345, 12345.0, 1.5]
    assert told(checked) == [(5, "A", "0.5", "type-error")]


def row_with(**cells):
    return tuple(cells.get(label, value) for label, value in zip(LABELS, GOOD, strict=True))


def told(checked):
    return [(c["row"], c["letter"], c["value"], c["rule"]) for c in checked.cells.iter_rows(named=True)]


def test_a_good_chunk_is_typed_and_nothing_is_told():
    checked = check(GOOD, row_with(order_id="2"))
    assert checked.cells.is_empty()
    assert checked.accepted.frame.schema == {name: column.dtype for name, column in Orders.columns().items()}
    assert checked.accepted.rows.to_list() == [4, 5]
    assert checked.accepted.completed == 7


@pytest.mark.parametrize(
    ("cells", "letter", "rule", "message"),
    [
        ({"qty": "many"}, "C", "type-error", "'many' is not a whole number"),
        ({"qty": "100"}, "C", "constraint-error", "'100' is greater than the most allowed, 99"),
        ({"qty": "0"}, "C", "constraint-error", "'0' is less than the least allowed, 1"),
        ({"code": "a1"}, "D", "constraint-error", "'a1' is not of the form ^[A-Z]+$"),
        ({"code": "BAD"}, "D", "constraint-error", "'BAD' is against the rule 'check' of the column"),
        ({"due": None}, "E", "missing-cell", "the cell is empty, and the column must be filled"),
        ({"due": "31.02.2025"}, "E", "type-error", "31.02.2025"),
        ({"order_id": None}, "B", "primary-key", "the cell is empty, and it is part of the key"),
        ({"code": None}, None, "row-constraint", "An order below 10 needs a code"),
        ({"code": "#REF!"}, "D", "type-error", "#REF!"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refused_cell_tells_place_value_rule_and_reason(cells, letter, rule, message):
    checked = check(GOOD, row_with(**cells))
    [cell] = checked.cells.to_dicts()
    label, value = next(iter(cells.items()))
    assert (cell["row"], cell["letter"], cell["rule"]) == (5, letter, rule)
    assert (cell["column"], cell["value"]) == ((label, value) if letter else (None, None))
    assert message in cell["message"]
    assert checked.refused.to_list() == [5]
    assert checked.accepted.rows.to_list() == [4]


def test_a_cell_without_a_type_has_no_other_fault():
    assert told(check(row_with(due="soon"))) == [(4, "E", "soon", "type-error")]


def test_every_fault_of_a_row_is_told_in_the_order_of_the_sheet():
    assert told(check(row_with(order_id=None, qty="x", due=None))) == [
        (4, "B", None, "primary-key"),
        (4, "C", "x", "type-error"),
        (4, "E", None, "missing-cell"),
    ]


def test_a_rule_of_lesser_severity_only_warns():
    checked = check(row_with(rating="6"))
    assert [cell["severity"] for cell in checked.cells.to_dicts()] == ["warning"]
    assert checked.accepted.frame.height == 1


def test_white_space_is_taken_off_with_a_warning_but_not_told_of_refused_rows():
    checked = check(row_with(code=" A "), row_with(code="B ", qty="x"))
    assert told(checked) == [(4, "D", " A ", "white-space"), (5, "C", "x", "type-error")]
    assert checked.accepted.frame["code"].to_list() == ["A"]


def test_a_cell_outside_the_header_refuses_its_row():
    extra = pl.DataFrame([(4, 9, "oops")], schema=EXTRA, orient="row")
    checked = check(GOOD, extra=extra)
    assert told(checked) == [(4, "J", "oops", "extra-cell")]
    assert checked.refused.to_list() == [4]


def test_a_column_without_a_header_is_empty():
    checked = check(GOOD[:4], labels=LABELS[:4])
    assert checked.accepted.frame["rating"].to_list() == [None]


def test_a_key_that_repeats_is_no_fault_of_the_chunk():
    assert check(GOOD, GOOD).accepted.frame.height == 2


def test_chunks_do_not_change_what_is_told():
    rows = [GOOD, row_with(qty="x"), row_with(code=None), row_with(due=None), row_with(code=" A")]
    whole = check(*rows)
    parts = [check(row) for row in rows]
    moved = [part.cells.with_columns(row=pl.col("row") + position) for position, part in enumerate(parts)]
    assert_frame_equal(pl.concat(moved), whole.cells)
    assert_frame_equal(pl.concat([part.accepted.frame for part in parts]), whole.accepted.frame)
