"""Plans in files: how a team imports its kinds of files."""

from __future__ import annotations

import tomllib

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_options import VALUES

import importer
from importer.cli import main
from importer.core import OPTIONS, Options
from importer.engine import PlanFile
from importer.errors import OptionError, SchemaError
from importer.testing import MemorySink

PASSWORD = "s3cret"


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("Order No.;Qty;Note\n1;1,5;a\n2;2,5;b\n")
    return file


def test_a_plan_is_saved_read_by_a_person_and_taken_for_the_next_file(orders, tmp_path):
    plan = importer.plan(
        orders, into=tmp_path / "shop.db", table="orders", key="Order No.", mapping={"qty": "Qty"}, delimiter=";"
    )
    place = plan.save(tmp_path / "orders.toml", name="orders of the shop")
    kept = tomllib.loads(place.read_text())
    assert kept["name"] == "orders of the shop"
    assert kept["headers"] == ["Order No.", "Qty", "Note"]
    assert kept["options"] == {
        "table": "orders",
        "key": ["Order No."],
        "delimiter": ";",
        "mapping": {"qty": "Qty"},
    }
    saved = importer.read_plan(place)
    later = tmp_path / "later.csv"
    later.write_text("Order No.;Qty;Note;More\n3;3,5;c;x\n")
    assert saved.fits(later)
    assert saved.plan(later, listeners=[]).options == plan.options
    assert saved.load(later, listeners=[]).progress.created == 1
    assert not saved.fits(pl.DataFrame({"id": [1]}))


def test_the_shell_takes_a_plan_and_options_that_replace_its_own(orders, tmp_path, capsys):
    plan = importer.plan(orders, into=tmp_path / "shop.db", key="Order No.", listeners=[])
    plan.save(tmp_path / "orders.toml")
    assert main(["load", str(orders), "--plan", str(tmp_path / "orders.toml")]) == 0
    assert main(["load", str(orders), "--plan", str(tmp_path / "orders.toml"), "--table", "copy"]) == 0
    assert main(["submit", str(orders), "--plan", str(tmp_path / "orders.toml"), "--table", "queued"]) == 0
    assert main(["worker", "--once"]) == 0
    assert {record.table_name for record in importer.jobs()} == {"orders", "copy", "queued"}
    with pytest.raises(SystemExit) as ended:
        main(["load", str(orders)])
    assert ended.value.code == 2
    assert "required: --into" in capsys.readouterr().err


def test_a_schema_that_is_data_goes_into_the_file_and_comes_back(orders, tmp_path):
    class Orders(dy.Schema):
        order_no = dy.Int64(primary_key=True)
        qty = dy.Float64(min=0)

    plan = importer.plan(orders, into=tmp_path / "shop.db", schema=Orders)
    saved = importer.read_plan(plan.save(tmp_path / "orders.toml"))
    assert saved.plan(orders).effective_schema.columns().keys() == {"order_no", "qty"}
    assert saved.load(orders, listeners=[]).progress.created == 2


def test_a_schema_that_is_python_is_neither_saved_nor_run(orders, tmp_path):
    class Picky(dy.Schema):
        order_no = dy.Int64(primary_key=True)

        @dy.rule()
        def small(cls):
            return pl.col("order_no") < 9

    plan = importer.plan(orders, into=tmp_path / "shop.db", schema=Picky)
    with pytest.raises(SchemaError, match="makes no Python run"):
        plan.save(tmp_path / "orders.toml")
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "evil.toml").write_text(f"schema = '{evil}:Orders'\n")
    with pytest.raises(SchemaError, match="makes no Python run"):
        importer.read_plan(tmp_path / "evil.toml")
    assert not (tmp_path / "ran").exists()


def test_no_plan_keeps_a_password(orders, tmp_path):
    url = f"postgresql://me:{PASSWORD}@db.example/shop"
    with pytest.raises(OptionError, match="keeps no password") as told:
        PlanFile(name="x", into=url, options=Options()).write(tmp_path / "x.toml")
    assert PASSWORD not in str(told.value)
    assert not (tmp_path / "x.toml").exists()
    (tmp_path / "x.toml").write_text(f"into = '{url}'\n")
    with pytest.raises(OptionError, match="everybody who can read") as told:
        importer.read_plan(tmp_path / "x.toml")
    assert PASSWORD not in str(told.value)


def test_a_plan_without_a_database_asks_for_one(orders, tmp_path):
    (tmp_path / "x.toml").write_text("[options]\nkey = ['Order No.']\n")
    saved = importer.read_plan(tmp_path / "x.toml")
    with pytest.raises(OptionError, match="'x' names no database"):
        saved.plan(orders)
    assert saved.load(orders, into=MemorySink(), listeners=[]).progress.created == 2
    with pytest.raises(OptionError, match="only be saved if a URL names"):
        saved.plan(orders, into=MemorySink()).save(tmp_path / "y.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("headers = 'id'", "headers must be a list of texts"),
        ("headers = [1]", "headers must be a list of texts"),
        ("name = 5", "name must be a text"),
        ("into = ['a.db']", "into must be a text"),
        ("options = 5", "options must be a table"),
        ("optoins = {}", "a plan has no option 'optoins': did you mean 'options'"),
        ("[options]\nkee = 'id'", "a plan has no option 'kee'"),
        ("[options]\non_conflict = 'Skip'", "did you mean 'skip'"),
        ("[options]\nchunk_rows = 0", "chunk_rows must be a whole number from 1"),
        ("[options.key]\na = 1", "key must be one or more different names, not {'a': 1}"),
        ("[options]\ncorrections = []", "a plan has no option 'corrections'"),
        ("name = ", "cannot be read"),
        ("\x00", "cannot be read"),
        ("a = " + "[" * 100_000, "cannot be read"),
        ("name = '\\xe9'", None),
    ],
    ids=range(15),
)
def test_what_is_no_plan_is_told_with_the_file(tmp_path, text, said):
    place = tmp_path / "x.toml"
    place.write_text(text)
    if said is None:
        assert importer.read_plan(place).kept.name
        return
    with pytest.raises(OptionError, match=said) as told:
        importer.read_plan(place)
    assert "x.toml" in str(told.value)


def test_a_key_of_one_column_may_be_a_text_in_a_file(tmp_path):
    (tmp_path / "x.toml").write_text("[options]\nkey = 'id'\n")
    assert importer.read_plan(tmp_path / "x.toml").kept.options.key == ("id",)


def test_a_plan_may_begin_with_the_mark_that_some_editors_write(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbfname = 'orders'\n")
    assert importer.read_plan(tmp_path / "x.toml").kept.name == "orders"


@pytest.mark.parametrize("place", ["nowhere.toml", "."])
def test_a_plan_that_is_not_there_is_told(place):
    with pytest.raises(OptionError, match="cannot be read"):
        importer.read_plan(place)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {}, optional={name: values for name, values in VALUES.items() if name not in {"schema", "corrections"}}
    )
)
def test_all_options_come_back_from_the_file(tmp_path_factory, options):
    place = tmp_path_factory.mktemp("plan") / "x.toml"
    kept = PlanFile(name="x", options=Options(**options), headers=("a", "ü*"))
    assert PlanFile.read(kept.write(place)) == kept


def test_every_option_but_those_of_one_file_can_stand_in_a_plan():
    assert OPTIONS.keys() - VALUES.keys() <= {"schema", "corrections"}
