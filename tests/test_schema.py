from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import ColumnNotFoundError, SchemaError
from importer.schema._matching import match
from importer.schema._place import load_schema
from importer.schema._schema import Format, row_rules, table_of


class Orders(dy.Schema):
    order_id = dy.Int64(primary_key=True, metadata={"aliases": ["Bestellnummer"]})
    customer = dy.String(nullable=True)
    quantity = dy.Int64(min=1, unique=True)


def found(*labels, mapping=None):
    return {m.column: (m.label, m.how) for m in match(Orders, labels, mapping)}


def test_surer_ways_go_first():
    assert found("Quantity", "quantity", "ORDER-ID") == {
        "order_id": ("ORDER-ID", "folded"),
        "customer": (None, "none"),
        "quantity": ("quantity", "exact"),
    }


def test_an_alias_is_found_without_case_and_punctuation():
    assert found("bestell-nummer", "quantity")["order_id"] == ("bestell-nummer", "alias")


def test_a_likeness_tells_its_score():
    [quantity] = [m for m in match(Orders, ["order_id", "Quantitty"]) if m.column == "quantity"]
    assert (quantity.label, quantity.how) == ("Quantitty", "likeness")
    assert 80 <= quantity.score < 100


def test_what_the_mapping_gives_wins_over_the_name():
    assert found("order_id", "quantity", "x", mapping={"quantity": "x"})["quantity"] == ("x", "given")


def test_a_required_column_without_a_header_stops_the_plan_and_lists_what_there_is():
    with pytest.raises(ColumnNotFoundError, match=r"fits 'quantity'\. The headers are: 'order_id', 'Colour'"):
        found("order_id", "Colour")


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ({"qty": "quantity"}, "the schema lacks: there are: order_id, "),
        ({"quantity": "Quantty"}, "did you mean 'quantity'"),
    ],
)
def test_a_mapping_to_nowhere_offers_the_nearest(mapping, complaint):
    with pytest.raises(ColumnNotFoundError, match=complaint):
        found("order_id", "quantity", mapping=mapping)


@given(st.lists(st.sampled_from(["order_id", "Order Id", "customer", "kustomer", "quantity", "QTY", "x"]), unique=True))
def test_a_header_is_used_once_at_most(labels):
    try:
        used = [m.label for m in match(Orders, labels) if m.label is not None]
    except ColumnNotFoundError:
        return
    assert len(used) == len(set(used))


def test_the_table_takes_key_and_constraints_from_the_schema():
    table = table_of(Orders, "orders")
    assert table.key == ("order_id",)
    assert [(c.name, c.nullable, c.unique) for c in table.columns] == [
        ("order_id", False, False),
        ("customer", True, False),
        ("quantity", False, True),
    ]


def test_a_given_key_wins_and_is_never_empty():
    table = table_of(Orders, "orders", ["customer"])
    assert (table.key, table.columns[1].nullable) == (("customer",), False)
    with pytest.raises(SchemaError, match="'customr' is not in the schema: did you mean 'customer'"):
        table_of(Orders, "orders", ["customr"])


def test_rules_of_one_row_stay_and_uniqueness_is_left_to_the_table():
    frame = pl.DataFrame({"order_id": [1, 1, 2], "customer": [None, "a", "b"], "quantity": [1, 1, 0]})
    assert row_rules(Orders).filter(frame).result["order_id"].to_list() == [1, 1]


@pytest.mark.parametrize(
    "expression",
    [
        pl.col("quantity").sum() > 0,
        pl.col("quantity") > pl.col("quantity").mean(),
        pl.len().over("customer") == 1,
        pl.col("quantity").cum_sum() < 9,
        pl.col("quantity").shift() > 1,
        pl.struct("order_id", "customer").is_unique(),
    ],
    ids=str,
)
def test_a_rule_that_looks_across_rows_is_refused_because_chunks_would_change_it(expression):
    class Crossing(Orders):
        @dy.rule()
        def crossing(cls):
            return expression

    with pytest.raises(SchemaError, match="'crossing' of Crossing looks across rows"):
        row_rules(Crossing)


@pytest.mark.parametrize(
    "expression",
    [
        pl.col("quantity") > 0,
        pl.col("customer").str.contains("a") | (pl.col("quantity") > pl.col("order_id")),
        pl.when(pl.col("customer").is_null()).then(pl.lit(1)).otherwise(pl.col("quantity")).is_between(1, 5),
        pl.col("customer").is_in(["a", "b"]),
        pl.all_horizontal(pl.col("quantity") > 0, pl.lit(value=True)),
    ],
    ids=str,
)
def test_a_rule_of_one_row_is_kept(expression):
    class Fine(Orders):
        @dy.rule()
        def fine(cls):
            return expression

    assert "fine" in repr(row_rules(Fine))


def test_a_schema_whose_column_has_another_name_keeps_it():
    class Renamed(dy.Schema):
        number = dy.Int64(alias="order no.", primary_key=True)

    assert row_rules(Renamed).columns().keys() == {"order no."}


def test_hints_that_are_not_ours_are_left_alone():
    assert Format.of(dy.Int64(metadata={"owner": "sales", "nulls": ["x"]})) == Format(nulls=("x",))


class Twins(dy.Schema):
    ID = dy.Int64()
    id = dy.Int64()


def test_columns_that_differ_only_in_case_are_refused_when_the_schema_is_read(tmp_path):
    with pytest.raises(SchemaError, match=r"'ID' and 'id' of Twins differ only in case.*rename one"):
        table_of(Twins, "t")
    path = tmp_path / "twins.py"
    path.write_text("import dataframely as dy\nclass T(dy.Schema):\n    ID = dy.Int64()\n    id = dy.Int64()\n")
    with pytest.raises(SchemaError, match="differ only in case"):
        load_schema(f"{path}:T")


class Places(dy.Schema):
    id = dy.Int64(metadata={"aliases": ["ID"]})
    id_2 = dy.Int64(nullable=True, metadata={"aliases": ["id"]})


def test_a_header_that_is_the_place_of_another_column_does_not_fill_the_one_of_that_name():
    for labels in (["ID", "id"], ["id", "ID"]):
        assert {m.column: m.label for m in match(Places, labels)} == {"id": "ID", "id_2": "id"}
    with pytest.raises(ColumnNotFoundError, match="fits 'id'"):
        match(Places, ["id"])


class Loose(dy.Schema):
    name = dy.String(nullable=True)
    amount_2024 = dy.Float64(nullable=True)


def test_of_headers_that_fit_equally_well_none_is_taken_silently():
    with pytest.raises(ColumnNotFoundError, match=r"several headers fit the column 'name'.*'Name', 'NAME'"):
        match(Loose, ["Name", "NAME"])
    assert {m.column: m.label for m in match(Loose, ["name", "Name", "NAME"])}["name"] == "name"
    assert {m.column: m.label for m in match(Loose, ["Name", "NAME"], {"name": "NAME"})}["name"] == "NAME"


def test_another_number_is_no_likeness():
    assert {m.column: m.label for m in match(Loose, ["amount_2025"])}["amount_2024"] is None


def test_signs_alone_are_different_headers():
    class Rates(dy.Schema):
        a = dy.Int64(metadata={"aliases": ["€"]})
        b = dy.Int64(metadata={"aliases": ["£"]})

    assert [m.label for m in match(Rates, ["£", "€"])] == ["€", "£"]
