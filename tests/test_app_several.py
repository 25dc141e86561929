"""Several files of the server in the App, and the files that JupyterLab hands to it."""

from __future__ import annotations

import html
import re
import sqlite3
import threading
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from openpyxl import Workbook
from traitlets.config import Config

import importer
from importer.app import _actions as actions
from importer.app import take
from importer.app.views import DRAW
from importer.errors import OptionError

WAIT_S = 30


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def opened():
    apps = []

    def open_app(*arguments, **options):
        apps.append(importer.App(*arguments, **options))
        apps[-1].wait(WAIT_S)
        return apps[-1]

    yield open_app
    for app in apps:
        app.close()


@pytest.fixture
def cell():
    """A cell that runs, whose output nobody sees."""
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher(parent=shell)
    yield
    InteractiveShell.clear_instance()


def ask(app, action):
    assert app._controller.dispatch(action)
    app.wait(WAIT_S)


def pages(app):
    app._screen.widget()
    return "".join(page.html for page in app._screen.pages.values())


def write(folder, *names, text="id,qty\n{n}1,5\n{n}2,7\n"):
    for n, name in enumerate(names, 1):
        (folder / name).write_text(text.format(n=n))


def test_several_files_with_the_same_headers_are_imported_as_one_where_they_are(opened, place):
    write(place, "orders 1.csv", "orders 2.csv")
    (place / "other.csv").write_text("colour,size\nred,1\n")
    app = opened(["orders 1.csv", "other.csv", "orders 2.csv"], into="sqlite:///all.db")
    assert "2 files share these headers" in pages(app)
    ask(app, actions.ImportTogether())
    assert app.plan.table == "orders"
    assert "orders 1.csv and 1 more" in pages(app)
    assert "importer.plan(['orders 1.csv', 'orders 2.csv']" in app.code().replace('"', "'").replace("\n    ", "")
    app.check()
    assert app.run().progress.created == 4
    assert sorted(file.name for file in place.glob("*.csv")) == ["orders 1.csv", "orders 2.csv", "other.csv"]
    ask(app, actions.NextFile())
    assert app.plan.table == "other"
    assert (place / "orders 1.csv").exists()
    with closing(sqlite3.connect("all.db")) as database:
        assert database.execute("SELECT id FROM orders ORDER BY id").fetchall() == [(11,), (12,), (21,), (22,)]


def test_several_files_are_imported_one_after_the_other_if_they_differ(opened, place):
    write(place, "a.csv")
    (place / "b.csv").write_text("colour,size\nred,1\n")
    app = opened([place / "a.csv", place / "b.csv"], into="sqlite:///all.db")
    assert "share these headers" not in pages(app)
    app.check()
    app.run()
    ask(app, actions.NextFile())
    assert app.plan.table == "b"
    assert str(place / "b.csv") in app.code()


def test_a_file_of_several_that_is_gone_is_told_when_its_turn_comes(opened, place):
    write(place, "a.csv", "b.csv")
    app = opened(["a.csv", "b.csv"], into="sqlite:///all.db")
    (place / "b.csv").unlink()
    ask(app, actions.NextFile())
    assert app.plan is None
    assert "b.csv" in str(app._model.problem.error)
    assert (place / "a.csv").exists()


def test_many_files_that_wait_are_counted(opened, place):
    write(place, *(f"{n}.csv" for n in range(30)), text="id\n{n}\n")
    app = opened([f"{n}.csv" for n in range(30)], into="sqlite:///all.db")
    ask(app, actions.Toggle(step="file"))
    assert "Waiting: 1.csv, 2.csv, 3.csv, 4.csv, 5.csv and 24 more" in pages(app)


def test_a_file_that_is_given_again_waits_once(opened, place):
    write(place, "a.csv", "b.csv", "c.csv")
    app = opened(["a.csv", "b.csv", "b.csv", "c.csv"], into="sqlite:///all.db")
    assert "3 files share these headers" in pages(app)
    app.open([place / "b.csv"])
    app.wait(WAIT_S)
    assert [file.name for file in app._model.waiting] == ["c.csv"]
    assert "2 files share these headers" in pages(app)


def test_no_files_are_no_file(opened, place):
    assert opened([]).plan is None


def test_files_go_to_the_app_that_was_shown_last(opened, place, cell):
    write(place, "a.csv", "b.csv")
    first, second = opened("a.csv"), opened()
    assert take("a.csv") is None
    second._ipython_display_()
    first._ipython_display_()
    second._ipython_display_()
    assert take(["b.csv"]) == "opened"
    second.wait(WAIT_S)
    assert (second.plan.table, first.plan.table) == ("b", "a")
    second.close()
    assert take(str(place / "b.csv")) == "opened"
    first.wait(WAIT_S)
    assert first.plan.table == "b"
    first.close()
    assert take("a.csv") is None


def test_files_wait_while_an_import_is_under_way(opened, place):
    write(place, "b.csv")
    (place / "a.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(2_000)))
    app = opened("a.csv", into="sqlite:///all.db", chunk_rows=10, pace="0.2s")
    app.check()
    app._controller.dispatch(actions.Run())
    assert app.take((Path("b.csv"),)) == "waits"
    ask(app, actions.ControlJob(what="cancel"))
    ask(app, actions.NextFile())
    assert app.plan.table == "b"


def test_a_name_that_begins_with_a_tilde_and_no_user_is_a_name(opened, place):
    write(place, "~nobody.csv", "a.csv")
    app = opened(["a.csv", "~nobody.csv"])
    ask(app, actions.NextFile())
    assert app.plan.label.startswith("~nobody.csv")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@contextmanager
def served(folder):
    """The address at which the files of a folder are."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def said(app, page):
    text = re.sub(r"<[^>]+>", " ", DRAW[page](app._controller.model))
    return html.unescape(re.sub(r"\s+", " ", text))


@pytest.mark.parametrize("given", ["exports", "exports/", "exports/*.csv", "exports/[jf]*.csv"])
def test_a_folder_or_a_pattern_is_one_import_whose_code_does_the_same(place, opened, given):
    (place / "exports").mkdir()
    write(place / "exports", "jan.csv", "feb.csv")
    app = opened(given, into="sqlite:///a.db")
    assert f"File {given}" in said(app, "file")
    assert "4 rows → exports (new)" in said(app, "foot")
    code = app.code().replace("a.db", "b.db")
    assert app.run().progress.created == 4
    exec(code, names := {})
    assert names["report"].progress.created == 4


def test_a_pattern_that_one_file_fits_opens_that(place, opened):
    write(place, "jan.csv", "feb.csv")
    app = opened("j*.csv", into="sqlite:///a.db")
    assert app.run().progress.created == 2
    assert app.plan.table == "j"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("exports/*.xlsx", "no file fits 'exports/*.xlsx'"),
        ("nowhere/", "there is no file 'nowhere/'"),
        ("sqlite:///shop.db", "there is no file"),
        ("\0", "there is no file"),
        ("~nobody-at-all/*.csv", "no file fits"),
    ],
)
def test_what_stands_for_no_file_is_told_and_the_next_one_opens(place, opened, given, sentence):
    write(place, "jan.csv")
    app = opened(given, into="sqlite:///a.db")
    assert sentence in said(app, "file")
    app.open("jan.csv")
    app.wait(WAIT_S)
    assert app.run().progress.created == 2


def test_a_link_is_fetched_with_a_bar_and_what_may_be_secret_in_it_is_not_shown(place, opened):
    write(place, "jan.csv")
    seen = []
    with served(place) as url:
        app = opened(into="sqlite:///a.db")
        app._screen.widget()
        foot = app._screen.pages["foot"]
        foot.observe(lambda change: seen.append(change["new"]), "html")
        app.open(f"{url}/jan.csv?token=s3cret")
        app.wait(WAIT_S)
        assert any("Fetching jan.csv" in drawn and 'role="progressbar"' in drawn for drawn in seen)
        assert "s3cret" not in pages(app) + app.code()
        assert f'"{url}/jan.csv",' in app.code()
        assert app.run().progress.created == 2
        assert app.plan.table == "jan"


def test_all_sheets_together_is_a_choice_that_can_be_taken_back(place, opened):
    book = Workbook()
    for name in "Jan", "Feb", "Notes":
        sheet = book.create_sheet(name)
        if name != "Notes":
            sheet.append(["id", "qty"])
            sheet.append([ord(name[0]), 1])
    book.remove(book.worksheets[0])
    book.save(place / "year.xlsx")
    app = opened("year.xlsx", into="sqlite:///a.db")
    assert '<option value="all">All 2 sheets together</option>' in pages(app)
    ask(app, actions.parse({"action": "sheet", "of": "", "value": "all"}))
    assert '<option value="all" selected>All 2 sheets together</option>' in pages(app)
    assert 'sheet="all"' in app.code()
    assert "2 rows → year (new)" in said(app, "foot")
    ask(app, actions.parse({"action": "sheet", "of": "", "value": "Feb"}))
    assert "1 row → year (new)" in said(app, "foot")
    ask(app, actions.parse({"action": "sheet", "of": "", "value": "all"}))
    assert app.run().progress.created == 2


def test_links_among_several_files_are_an_error_that_says_what_to_do(place):
    with pytest.raises(OptionError, match="one link at a time, and 1 of these 2 files are links; open them one after"):
        importer.App(["a.csv", "https://example.org/b.csv"])
