from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest

import importer
from importer.errors import SchemaError
from importer.schema._code import code_of, made, schema_of_code
from importer.schema._place import load_schema, place_of


class Kept(dy.Schema):
    id = dy.Int64(primary_key=True)


COLUMNS = {
    "id": dy.Int64(primary_key=True, min=1, max_exclusive=2**60),
    "Order No.\n": dy.String(nullable=True, regex="^[\"'\\\\]+$", metadata={"aliases": ["a'b", 'c"d'], "strip": False}),
    "class": dy.Enum(["low", "hïgh"]),
    "columns": dy.Decimal(12, 2, nullable=True),
    "at": dy.Datetime(time_zone="Europe/Berlin", time_unit="ms", metadata={"day_first": True, "formats": ["%d/%m"]}),
    "share": dy.Float64(min=0, max=0.5),
    "is_new": dy.Bool(nullable=True),
}


def test_code_makes_the_same_columns_whatever_they_are_called():
    code = code_of(made("Orders", COLUMNS))
    again = schema_of_code(code)
    assert code_of(again) == code
    assert list(again.columns()) == list(COLUMNS)
    for name, column in COLUMNS.items():
        found = again.columns()[name]
        assert (type(found), found.dtype, found.nullable, found.metadata) == (
            type(column),
            column.dtype,
            column.nullable,
            column.metadata,
        )
    assert again.columns()["Order No.\n"].regex == COLUMNS["Order No.\n"].regex


def test_code_is_python_that_runs():
    code = code_of(made("Orders", COLUMNS))
    names = {}
    exec(code, names)
    assert code_of(names["Orders"]) == code


@pytest.mark.parametrize(
    "body",
    [
        "    id = dy.Int64(min=print('run'))",
        "    id = dy.random.os.system('true')",
        "    id = dy.Schema()",
        "    id = dy.Int64(nonsense=1)",
        "    print('run')",
        "    def f(): pass",
        "    id = dy.Int64(",
        "pass\nclass Two(dy.Schema): pass",
    ],
)
def test_code_is_read_and_never_run(body, capsys):
    with pytest.raises(SchemaError, match="more than columns and simple options"):
        schema_of_code(f"class Orders(dy.Schema):\n{body}\n")
    assert capsys.readouterr().out == ""


def test_a_class_is_spelt_out_and_one_that_is_more_than_simple_values_is_named(tmp_path):
    class Local(dy.Schema):
        id = dy.Int64(primary_key=True)

    class Ruled(Local):
        @dy.rule()
        def is_small(cls) -> pl.Expr:
            return cls.id.col < 9

    class Checked(dy.Schema):
        id = dy.Int64(check=lambda column: column > 0)

    assert "class Kept(dy.Schema)" in place_of(Kept)
    assert "class Local(dy.Schema)" in place_of(Local)
    assert load_schema(place_of(Local)).columns()["id"].primary_key
    assert place_of(Ruled).endswith("<locals>.Ruled")
    assert place_of(Checked).endswith("<locals>.Checked")
    file = tmp_path / "orders.py"
    file.write_text("import dataframely as dy\nclass Mine(dy.Int64): pass\nclass Orders(dy.Schema):\n    id = Mine()\n")
    assert place_of(load_schema(f"{file}:Orders")) == f"{file}:Orders"


def test_what_a_sample_shows_is_read_back_from_its_own_code():
    frame = pl.DataFrame({"Order No": ["1", "2"], "when": ["31.01.2025", "n/a"], "class": ["1,5", "2,25"]})
    found = importer.infer(frame, key="Order No")
    assert code_of(schema_of_code(found.code())) == code_of(found.schema)
