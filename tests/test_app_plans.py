"""Saved plans in the App, as its cells see them, without a browser."""

from __future__ import annotations

import tomllib

import pytest
from test_app import desk, place, rows

import importer
from importer.app import _actions as actions
from importer.app._model import Model, Settings
from importer.app.update import update

__all__ = ["desk", "place"]

HEADERS = "Order No,Qty\n"


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A data folder, and no folders of plans but the usual ones."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("IMPORTER_HOME", str(folder))
    monkeypatch.delenv("IMPORTER_PLANS", raising=False)
    return folder


@pytest.fixture
def orders(place):
    file = place / "april.csv"
    file.write_text(f"{HEADERS}1,5\n2,7\n")
    return file


def saved(file, folder, **options):
    """A plan for files like this one."""
    folder.mkdir(exist_ok=True)
    plan = importer.plan(file, **{"into": "sqlite:///shop.db", "table": "orders", "key": "Order No", **options})
    return plan.save(folder / "weekly.toml", name="weekly orders")


def test_a_plan_that_fits_is_offered_and_one_click_does_all_of_it(desk, place, orders):
    path = saved(orders, place / "plans", types={"Qty": "String"})
    one = desk("april.csv")
    assert "This looks like 'weekly orders' (weekly.toml): into orders in sqlite:///shop.db" in one.step("preview").text
    assert "1 question" in one.foot.text
    one.ask("plan", "plans/weekly.toml")
    assert (one.app.plan.table, one.app.plan.into) == ("orders", "sqlite:///shop.db")
    assert "By the plan 'weekly orders' (weekly.toml)" in one.step("preview").text
    assert [box["data-of"] for box in one.step("columns").controls if box["data-action"] == "key" and "checked" in box]
    one.ask("run")
    assert rows(place / "shop.db", "orders") == 2
    assert path.exists()
    assert one.step("result").labels("save_plan") == []


def test_a_plan_is_taken_back_with_one_click(desk, place, orders):
    saved(orders, place / "plans")
    one = desk("april.csv")
    one.ask("plan", "plans/weekly.toml")
    one.ask("plan", "")
    assert (one.app.plan.table, one.app.plan.key) == ("april", None)
    assert one.step("preview").labels("plan") == ["Use this plan", "Don&#x27;t"]


def test_a_plan_that_is_not_wanted_is_not_offered_again_for_this_file(desk, place, orders):
    saved(orders, place / "plans")
    one = desk("april.csv")
    one.ask("plan", "")
    one.ask("header_row", "2")
    assert one.step("preview").labels("plan") == []
    assert "question" not in one.foot.text
    one.ask("path", "april.csv")
    assert len(one.step("preview").labels("plan")) == 2


def test_a_plan_opens_the_file_in_its_own_way_and_can_be_taken_back(desk, place):
    file = place / "report.csv"
    file.write_text("Report of April;;\nmore;text;here\nOrder No;Qty;Shop\n1;5;North\n")
    saved(file, place / "plans", header_row=3)
    one = desk("report.csv", header_row=None)
    one.ask("header_row", "2")
    one.ask("plan", "plans/weekly.toml")
    assert one.app.plan.source.header.labels == ("Order No", "Qty", "Shop")
    assert one.step("preview").labels("plan") == ["Undo"]
    one.ask("plan", "")
    assert one.app.plan.source.header.labels == ("more", "text", "here")


def test_what_the_app_was_given_stays(desk, place, orders):
    saved(orders, place / "plans")
    one = desk("april.csv", into="sqlite:///trial.db")
    assert "into orders in sqlite:///trial.db" in one.step("preview").text
    one.ask("plan", "plans/weekly.toml")
    assert (one.app.plan.into, one.app.plan.table) == ("sqlite:///trial.db", "orders")


def test_the_database_of_a_plan_is_not_that_of_the_next_file(desk, place, orders):
    saved(orders, place / "plans")
    (place / "stock.csv").write_text("article,pieces\npen,3\n")
    one = desk("april.csv")
    one.ask("plan", "plans/weekly.toml")
    one.ask("path", "stock.csv")
    assert one.app.plan.into == "sqlite:///importer.db"
    assert one.step("preview").labels("plan") == []


def test_of_several_plans_the_one_with_most_headers_comes_first(desk, place, orders):
    folder = place / "plans"
    saved(orders, folder)
    (folder / "any.toml").write_text('headers = ["Order*"]\n[options]\ntable = "all"\n')
    (folder / "other.toml").write_text('headers = ["Invoice"]\n[options]\ntable = "all"\n')
    one = desk("april.csv")
    offered = one.model.offered
    assert [offer.path.name for offer in offered] == ["weekly.toml", "any.toml"]
    assert one.step("preview").labels("plan") == ["Use this plan", "Use this plan", "Don&#x27;t"]
    assert one.step("preview").html.count("im-main") == 1


def test_an_import_waits_for_the_answer_also_with_auto(desk, place, orders):
    saved(orders, place / "plans")
    one = desk("april.csv", auto=True)
    assert one.app.report is None
    one.ask("plan", "plans/weekly.toml")
    assert one.app.report.table == "orders"


def test_plans_that_cannot_be_read_are_told_and_hurt_nothing(desk, place, orders):
    folder = place / "plans"
    saved(orders, folder)
    (folder / "broken.toml").write_text("headers = [")
    (folder / "secret.toml").write_text('headers = ["Qty"]\ninto = "postgresql://ann:s3cret@localhost/shop"\n')
    (folder / "nowhere.toml").write_text('headers = ["Qty"]\ninto = "oracle://shop"\n')
    (folder / "folder.toml").mkdir()
    one = desk("april.csv")
    text = one.step("preview").text
    assert [offer.path.name for offer in one.model.offered] == ["weekly.toml", "nowhere.toml"]
    assert len(one.model.looked.plans.problems) == 2
    assert "broken.toml" in text
    assert "s3cret" not in text
    one.ask("plan", "plans/nowhere.toml")
    assert one.app.plan is None
    one.ask("plan", "")
    assert one.app.plan.into == "sqlite:///importer.db"


def test_the_rows_of_a_plan_that_replaces_others_say_so(desk, place, orders):
    saved(orders, place / "plans", if_table_exists="replace")
    assert "in place of the rows that are there" in desk("april.csv").step("preview").text


def test_plans_are_found_where_they_are_said_to_be(desk, orders, home, monkeypatch):
    for folder, more in ((home / "plans", {}), (orders.parent / "team", {"plans": orders.parent / "team"})):
        saved(orders, folder)
        one = desk("april.csv", **more)
        assert [offer.path for offer in one.model.offered] == [folder / "weekly.toml"]
    monkeypatch.setenv("IMPORTER_PLANS", f"{home / 'none'}:{folder}")
    assert [offer.path for offer in desk("april.csv").model.offered] == [folder / "weekly.toml"]


def test_names_of_plans_are_escaped(desk, place, orders):
    (place / "plans").mkdir()
    (place / "plans" / "<b>.toml").write_text('name = "<img src=x>"\nheaders = ["Qty"]\n[options]\ntable = "t"\n')
    drawn = desk("april.csv").step("preview").html
    assert "<img" not in drawn
    assert "<b>" not in drawn


def test_an_import_becomes_the_plan_of_the_next_file(desk, place, orders):
    one = desk("april.csv")
    one.ask("key", True, "order_no")
    one.ask("table", "orders")
    one.ask("run")
    one.ask("save_plan")
    assert "Saved as plans/orders.toml" in one.step("result").text
    assert one.step("result").labels("save_plan") == []
    kept = tomllib.loads((place / "plans" / "orders.toml").read_text())
    assert kept == {
        "name": "orders",
        "into": "sqlite:///importer.db",
        "headers": ["Order No", "Qty"],
        "options": {"table": "orders", "key": ["order_no"]},
    }
    (place / "may.csv").write_text(f"{HEADERS}2,7\n3,9\n")
    two = desk("may.csv")
    two.ask("plan", "plans/orders.toml")
    two.ask("run")
    assert rows(place / "importer.db", "orders") == 3
    assert importer.read_plan("plans/orders.toml").load("may.csv", if_imported="skip", listeners=[]).table == "orders"


def test_changed_columns_are_saved_with_their_schema_and_no_plan_is_overwritten(desk, place, orders):
    (place / "plans").mkdir()
    (place / "plans" / "april.toml").write_text("# mine\n")
    one = desk("april.csv")
    one.ask("name", "pieces", "qty")
    one.ask("kind", "String", "qty")
    one.ask("run")
    one.ask("save_plan")
    assert (place / "plans" / "april.toml").read_text() == "# mine\n"
    report = importer.read_plan(place / "plans" / "april 2.toml").load(
        "april.csv", into="sqlite:///other.db", listeners=[]
    )
    assert report.progress.created == 2
    assert rows(place / "other.db", "april WHERE pieces = '5'") == 1


def test_a_folder_that_cannot_be_made_is_told(desk, place, orders):
    (place / "plans").write_text("a file")
    one = desk("april.csv")
    one.ask("run")
    one.ask("save_plan")
    assert one.model.problem.step == "result"
    assert one.step("result").labels("save_plan") == ["Save as plan"]


def test_no_plan_is_saved_for_a_sink_of_ones_own(desk, place, orders):
    one = desk("april.csv", into=importer.testing.MemorySink())
    one.ask("run")
    assert one.step("result").labels("save_plan") == []


@pytest.mark.parametrize("path", ["", "plans/none.toml"])
def test_a_plan_that_is_not_offered_cannot_be_used(desk, orders, path):
    one = desk("april.csv")
    before = one.model
    one.ask("plan", path)
    assert one.model is before


def test_without_a_file_there_is_nothing_to_use_or_save():
    model = Model(settings=Settings())
    for action in (actions.UsePlan(path=""), actions.SavePlan()):
        assert update(model, action) == (model, (), False)
