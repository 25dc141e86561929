"""Where the rows go, as it is chosen in the App: pure updates of the form, and the tables of real databases."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from databases import POSTGRES, Database
from gates import Gate
from hypothesis import given
from hypothesis import strategies as st

import importer
from importer.app import _actions as actions
from importer.app._model import Looked
from importer.app.choices import Place
from importer.app.views import DRAW
from importer.app.views._target import losses
from importer.core import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.app._model import Model

PASSWORD = "s3cr/et"
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["C", "Z"]), max_size=8)
PLAIN = WORDS.filter(lambda text: not re.search("[:=?#&@*]", text))


class Desk:
    """An App, and what a page would send it."""

    def __init__(self, app: importer.App) -> None:
        self.app = app
        app._screen.widget()
        app.wait(60)

    @property
    def model(self) -> Model:
        return self.app._controller.model

    def send(self, action: str, value: object = "", of: str = "") -> None:
        self.app._screen.pages["columns"]._handle_custom_msg({"action": action, "of": of, "value": value}, [])

    def ask(self, action: str, value: object = "", of: str = "") -> None:
        self.send(action, value, of)
        self.app.wait(60)

    def html(self) -> str:
        """The step as it is when it is open."""
        return str(DRAW["columns"](replace(self.model, open=frozenset({"columns"}))))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    """``desk(**options)`` opens an App with a small file in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text("name,city\nAnn,Ulm\nBob,Bonn\n")
    opened: list[Desk] = []

    def make(**options: Any) -> Desk:
        opened.append(Desk(importer.App("customers.csv", **options)))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


@given(user=PLAIN, host=PLAIN.filter(lambda text: "," not in text and "[" not in text), database=PLAIN, password=WORDS)
def test_the_fields_say_what_the_url_says(user: str, host: str, database: str, password: str) -> None:
    given_user = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    url = f"postgresql://{given_user}{quote(host, safe='')}:5433/{quote(database, safe='')}?sslmode=require"
    place = Place.of(url)
    if Address.of(url) is None:
        assert place.kind == "url"
        return
    assert (place.host, place.port, place.database) == (host, "5433", database)
    assert place.into == (url if database else None)
    assert repr(place) == repr(replace(place, password=None))
    other = place.but("database", "till")
    assert Address.of(other.into or "").password == Address.of(url).password  # type: ignore[union-attr]
    assert Address.of(other.but("host", "elsewhere").into or "").password is None  # type: ignore[union-attr]


def test_a_form_that_names_no_database_yet_has_no_plan(desk: Callable[..., Desk]) -> None:
    one = desk()
    assert one.app.plan is not None
    one.ask("place", "postgresql", "kind")
    assert isinstance(one.model.phase, Looked)
    one.ask("table", "elsewhere")
    one.ask("header_row", "1")
    one.ask("check")
    assert isinstance(one.model.phase, Looked)
    assert one.app.checked is None
    assert "Enter the database." in one.app._screen.pages["foot"].html
    assert one.model.choices is not None
    one.ask("place", "sqlite", "kind")
    assert one.app.plan is not None


def test_the_newest_field_wins(desk: Callable[..., Desk]) -> None:
    one = desk()
    Path("folder").mkdir()
    for value in ("folder", "one.db", "two.db"):
        one.send("place", value, "file")
    one.app.wait(60)
    assert one.app.plan is not None
    assert one.app.plan.into == "sqlite:///two.db"
    assert one.model.problem is None
    assert not Path("two.db").exists()


def test_the_table_is_chosen_from_those_of_the_database(desk: Callable[..., Desk], database: Database) -> None:
    database.run(
        "CREATE TABLE kunden (name VARCHAR(9), city VARCHAR(9), phone VARCHAR(9))",
        "INSERT INTO kunden SELECT 'Ann', 'Ulm', '1' UNION ALL SELECT 'Bob', 'Bonn', '2'",
        "CREATE TABLE customers_of_old (id INTEGER)",
    )
    one = desk(into=database.into)
    assert "kunden has 2 of the 2 columns of this file." in one.html()
    assert ">kunden: 2 rows, 3 columns</option>" in one.html()
    assert one.app.plan is not None
    assert one.app.plan.table == "customers"
    one.ask("into_table", "kunden")
    assert losses(one.model) is None
    one.ask("if_table_exists", "replace")
    lost = "Replaces 2 rows in kunden. Nothing fills 1 of its 3 columns: phone."
    assert losses(one.model) == lost
    assert f'<p class="im-note im-bad">{lost}</p>' in one.app._screen.pages["foot"].html
    one.ask("if_table_exists", "append")
    assert losses(one.model) is None
    one.ask("check")
    one.ask("run")
    assert database.run("SELECT count(*) FROM kunden") == [(4,)]
    one.ask("if_table_exists", "replace")
    assert str(losses(one.model)).startswith("Replaces 4 rows in kunden.")
    one.ask("into_table", "")
    assert one.model.choices is not None
    assert one.model.choices.table == "customers"


def test_a_new_table_gets_a_name_that_no_table_has(desk: Callable[..., Desk], sqlite: Database) -> None:
    sqlite.run("CREATE TABLE Customers (name TEXT, city TEXT)", "CREATE TABLE customers_2 (id INTEGER)")
    one = desk(into=sqlite.into)
    assert '<option value="Customers" selected>' in one.html()
    one.ask("into_table", "")
    assert one.app.plan is not None
    assert one.app.plan.table == "customers_3"


def test_a_thousand_tables_are_listed_and_drawn(desk: Callable[..., Desk], sqlite: Database) -> None:
    sqlite.run(*(f"CREATE TABLE t{n} (id INTEGER, name TEXT)" for n in range(1_000)))
    one = desk(into=sqlite.into)
    assert one.html().count(": 0 rows, 2 columns</option>") == 1_000


def test_a_password_is_used_and_stands_nowhere(desk: Callable[..., Desk], home: Path) -> None:
    with Gate(POSTGRES, password=PASSWORD) as gate, psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS customers_of_test_target")
        one = desk(into=gate.url(None), table="customers_of_test_target", key="name")
        assert "The server requires a password." in one.html()
        one.ask("place", "wrong", "password")
        assert "The user or the password is wrong." in one.html()
        one.ask("place", PASSWORD, "password")
        assert "2 of 2 columns filled" in one.html()
        one.ask("place", "not_there", "database")
        assert "The server has no database not_there." in one.html()
        one.ask("place", gate.database, "database")
        one.ask("check")
        one.ask("run")
        assert one.app.report is not None
        assert one.app.report.progress.created == 2
        connection.execute("DROP TABLE customers_of_test_target")
        code = str(one.app.code())
    assert "# The password is read from PGPASSWORD" in code
    assert f'into="postgresql://{gate.user}@127.0.0.1:{gate.port}/{gate.database}"' in code
    pages = [page.html for page in one.app._screen.pages.values()]
    shown = "".join([*pages, repr(one.model), repr(one.app), repr(one.app.plan), repr(one.app.report), code])
    shown += repr(actions.parse({"action": "place", "of": "password", "value": PASSWORD}))
    kept = [file.read_bytes() for file in Path(home).rglob("*") if file.is_file()]
    assert kept
    for secret in (PASSWORD, quote(PASSWORD, safe="")):
        assert secret not in shown
        assert not any(secret.encode() in one for one in kept)


def test_a_table_is_not_replaced_by_the_click_that_chooses_to(desk: Callable[..., Desk], sqlite: Database) -> None:
    sqlite.run("CREATE TABLE customers (name TEXT, city TEXT)", "INSERT INTO customers VALUES ('Cid', 'Kiel')")
    one = desk(into=sqlite.into, auto=True)
    one.ask("if_table_exists", "replace")
    assert one.app.checked is not None
    assert one.app.report is None
    assert losses(one.model) == "Replaces 1 row in customers."
    assert sqlite.run("SELECT * FROM customers") == [("Cid", "Kiel")]
    one.ask("run")
    assert sqlite.run("SELECT count(*) FROM customers") == [(2,)]
    asked = desk(into=sqlite.into, auto=True, if_table_exists="replace", if_imported="again")
    assert asked.app.report is not None
