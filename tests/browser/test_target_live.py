"""The target of an import in a real JupyterLab: a database chosen field by field, and a table from a list."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from databases import POSTGRES
from gates import Gate
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook
    from playwright.sync_api import Locator

SIZE = {"width": 1366, "height": 768}
PASSWORD = "s3cr/et-of-ann"
TEXTS = ".im-target span, .im-target .im-note, .im-target button"


class Form:
    """The form of the target on the page."""

    def __init__(self, book: Notebook) -> None:
        self.book = book
        self.whole = book.page.locator(".im-target")

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.whole.get_by_label(label).select_option(option)

    def type(self, label: str, text: str) -> None:
        """Type into a field, and press Enter."""
        field = self.whole.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")

    def says(self, text: str) -> None:
        """Wait until the form says so."""
        sync_api.expect(self.whole).to_contain_text(text)

    @property
    def step(self) -> Locator:
        """The step that the form is a part of."""
        return self.book.page.get_by_role("region", name="Columns", exact=True)

    @property
    def foot(self) -> Locator:
        """What is said below all steps."""
        return self.book.page.get_by_role("region", name="Next", exact=True)

    def look(self, shots: Path, name: str) -> None:
        """Take a picture in both themes, and see to it that everybody can read it."""
        for theme in "Dark", "Light":
            self.book.theme(f"JupyterLab {theme}")
            self.whole.scroll_into_view_if_needed()
            settled(self.whole)
            self.book.page.screenshot(path=shots / f"target-{name}-{theme.lower()}.png")
            assert worst_contrast(self.whole.locator(TEXTS)) > 4.5
        found = Axe().run(self.book.page, context=".im-target").response
        assert found["passes"]
        assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []


@pytest.fixture
def form(notebook: Callable[..., Notebook]) -> Callable[..., Form]:
    """``form(*cells)`` runs the cells, of which the last one shows an App."""

    def make(*cells: str) -> Form:
        book = notebook("import importer", *cells)
        book.command("application:toggle-left-area")
        book.page.set_viewport_size(SIZE)
        for n in range(len(cells) + 1):
            book.run(n)
        found = Form(book)
        found.step.get_by_role("button", name="Columns", expanded=False).click()
        return found

    return make


FILE = """
with open("customers.csv", "w") as file:
    file.write("name,city\\nAnn,Ulm\\nBob,Bonn\\n")
"""


def test_a_table_is_chosen_from_a_list_and_what_is_lost_is_said_before(form: Callable[..., Form], shots: Path) -> None:
    page = form(FILE, "app = importer.App('customers.csv'); app")
    with closing(sqlite3.connect(page.book.lab.root / "target.db")) as database:
        columns = ", ".join(f"c{n} TEXT" for n in range(5))
        database.execute(f"CREATE TABLE kunden (name TEXT, city TEXT, {columns})")
        database.executemany("INSERT INTO kunden (name) VALUES (?)", [("x",)] * 298)
        for n in range(1_000):
            database.execute(f"CREATE TABLE archive_{n} (id INTEGER)")
        database.commit()
    page.type("Path to the database file", "target.db")
    page.says("kunden has 2 of the 2 columns of this file.")
    tables = page.whole.get_by_role("combobox", name="Table", exact=True)
    sync_api.expect(tables.locator("option", has_text="kunden")).to_have_text("kunden: 298 rows, 7 columns")
    sync_api.expect(tables).to_have_value("")
    page.look(shots, "new")
    page.whole.get_by_role("button", name="Import into it").click()
    sync_api.expect(tables).to_have_value("kunden")
    page.choose("If the table exists", "replace")
    page.says("Replaces 298 rows in kunden. Nothing fills 5 of its 7 columns: c0, c1, c2, c3, c4.")
    sync_api.expect(page.foot).to_contain_text("Replaces 298 rows in kunden.")
    sync_api.expect(page.foot).to_be_in_viewport()
    page.look(shots, "replace")
    page.choose("If the table exists", "append")
    sync_api.expect(page.whole.get_by_text("Replaces")).to_have_count(0)
    tables.select_option("")
    sync_api.expect(page.whole.get_by_label("Name of the new table")).to_have_value("customers")
    assert page.book.errors == []


def test_what_is_wrong_with_a_database_is_said_at_its_field(form: Callable[..., Form], shots: Path) -> None:
    page = form(FILE, "app = importer.App('customers.csv'); app")
    (page.book.lab.root / "a_folder").mkdir(exist_ok=True)
    (page.book.lab.root / "notes.db").write_text("no database" * 1_000)
    page.type("Path to the database file", "a_folder")
    page.says("This is a folder. Enter the path of a file in it.")
    foot = page.book.page.get_by_role("region", name="Next", exact=True)
    sync_api.expect(foot).to_contain_text("This is a folder. Enter the path of a file in it.")
    page.type("Path to the database file", "notes.db")
    page.says("This file is not a database of this kind.")
    page.look(shots, "wrong")
    # The list completes what is typed.
    field = page.whole.get_by_label("Path to the database file")
    field.fill("note")
    sync_api.expect(page.whole.locator("datalist option[value='notes.db']")).to_have_count(1)
    page.choose("Kind of database", "postgresql")
    sync_api.expect(page.whole.locator(".im-wrong")).to_have_count(0)
    page.type("Port", "1")
    page.type("Database", "shop")
    page.says("No server answers at localhost, port 1.")
    sync_api.expect(foot).to_contain_text("No server answers at localhost, port 1.")
    page.look(shots, "server")
    assert page.book.errors == []


def test_a_password_is_used_and_stands_nowhere_afterwards(form: Callable[..., Form], shots: Path) -> None:
    table = "customers_of_target_live"
    page = form(FILE, f"app = importer.App('customers.csv', table='{table}'); app")
    with Gate(POSTGRES, password=PASSWORD) as gate, psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        page.choose("Kind of database", "postgresql")
        for label, text in {"Server": "127.0.0.1", "Port": str(gate.port), "User": gate.user}.items():
            page.type(label, text)
        page.type("Database", gate.database)
        page.says("The server requires a password.")
        page.type("Password", "wrong")
        page.says("The user or the password is wrong.")
        page.look(shots, "password")
        page.type("Password", PASSWORD)
        sync_api.expect(page.step.locator(".im-summary")).to_contain_text("2 of 2 columns filled")
        field = page.whole.get_by_label("Password", exact=True)
        sync_api.expect(field).to_have_value("")
        sync_api.expect(field).to_have_attribute("placeholder", "given; not stored")
        # The database is edited without the password.
        page.type("Database", "not_there")
        page.says("The server has no database not_there.")
        page.type("Database", gate.database)
        sync_api.expect(page.step.locator(".im-summary")).to_contain_text("2 of 2 columns filled")
        page.book.execute("app.check(); app.run()")
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,)
        page.book.execute(EVERYTHING)
        page.book.command("docmanager:save")
        connection.execute(f"DROP TABLE {table}")
    root = page.book.lab.root
    everything = json.loads((root / "everything.json").read_text())
    assert everything["rows"] == 2
    kept = [file.read_bytes() for file in root.parent.rglob("*") if file.is_file()]
    kept += [page.book.page.content().encode(), json.dumps(everything).encode()]
    assert not any(secret in one for one in kept for secret in (PASSWORD.encode(), b"s3cr%2Fet-of-ann"))
    assert b"***" not in json.dumps(everything["code"]).encode()
    assert page.book.errors == []


EVERYTHING = """
import json, ipywidgets
from ipywidgets.widgets.widget import _instances
everything = {"rows": app.report.progress.created, "code": app.code()}
everything["shown"] = [repr(one) for one in (app, app.plan, app.report, app.job, app._controller.model)]
everything["traits"] = [repr(widget.get_state()) for widget in _instances.values()]
json.dump(everything, open("everything.json", "w"))
"""
"""What could show a password in the kernel."""
