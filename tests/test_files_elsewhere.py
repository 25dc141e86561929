"""Files behind URLs, from a web server of our own that breaks off, changes its files, and sends login pages."""

from __future__ import annotations

import base64
import functools
import hashlib
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest
from waiting import until

import importer
from importer.core import State, home
from importer.engine import _tracking, fetch_all
from importer.engine._part import FETCHED
from importer.errors import CancelledError, SourceError
from importer.sources.remote import Stop, _http, fetched, is_remote
from importer.testing import MemorySink
from importer.views import Window, compose

ORDERS = b"id,qty\n" + b"".join(b"%d,%d\n" % (n, n % 7) for n in range(200_000))


class Server(ThreadingHTTPServer):
    """Serves one file, and remembers what it was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.tag, self.ranges = ORDERS, '"one"', True
        self.cuts: list[int] = []
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.status, self.kind, self.ends = 200, "text/csv", "length"
        self.goes_on, self.answers = threading.Event(), threading.Event()
        self.goes_on.set()
        self.answers.set()

    def url(self, path="/orders.csv", user=""):
        return f"http://{user}127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        wanted, version = self.headers.get("Range"), self.headers.get("If-Range")
        server.asked.append((self.path, wanted, self.headers.get("Authorization")))
        server.answers.wait()
        if server.status != 200:
            self.send_error(server.status)
            return
        begin = 0
        if wanted and server.ranges and version == server.tag:
            begin = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(server.content) - 1}/{len(server.content)}")
        else:
            self.send_response(200)
        body = server.content[begin:]
        if server.tag:
            self.send_header("ETag", server.tag)
        self.send_header("Content-Type", server.kind)
        if server.ends == "length":
            self.send_header("Content-Length", str(len(body)))
        elif server.ends == "chunk":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            self.close_connection = True
        self.end_headers()
        if server.cuts:
            self.wfile.write(body[: server.cuts.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self.wfile.write(body[:1000])
        self.wfile.flush()
        self.server.goes_on.wait()
        with suppress(OSError):
            self.wfile.write(body[1000:])

    def log_message(self, *_about):
        pass


@pytest.fixture
def server():
    with Server() as made:
        threading.Thread(target=functools.partial(made.serve_forever, 0.01), daemon=True).start()
        yield made
        made.shutdown()


def test_a_url_is_fetched_and_imported(server):
    sink, seen = MemorySink(), []
    report = importer.load(server.url("/x/Q3%20orders.csv?token=s3cret"), into=sink, listeners=[seen.append])
    assert report.progress.created == 200_000
    assert report.progress.label.startswith("Q3 orders.csv")
    own = [progress for progress in seen if progress.kind == "task"]
    assert own[0].label == "fetching Q3 orders.csv"
    assert str(compose(own[1], Window()).tail) == "0 B of 1.7 MB"
    assert (own[-1].completed, own[-1].total, own[-1].state.value) == (len(ORDERS), len(ORDERS), "succeeded")
    kept = [file for file in home().rglob("*") if file.is_file()]
    assert not any("s3cret" in str(file) or b"s3cret" in file.read_bytes() for file in kept)


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_connection_that_breaks_off_is_taken_up_again(server, ranges):
    server.ranges, server.cuts = ranges, [300_000, 500_000]
    path = fetched(server.url())
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(ORDERS).digest()
    begins = [wanted for _, wanted, _ in server.asked]
    assert begins[0] is None
    assert all(begins[1:])


@pytest.mark.parametrize(("ends", "is_told"), [("length", False), ("chunk", False), ("close", True)])
def test_a_file_whose_end_the_server_does_not_tell_may_be_cut_which_is_told(server, ends, is_told):
    server.ends, server.content = ends, b"id,qty\n1,2\n3,4\n"
    notes = " ".join(importer.preview(server.url()).notes)
    assert ("the server did not say how long the file is" in notes) is is_told
    server.ends = "length"
    assert "did not say" not in " ".join(importer.preview(server.url()).notes)


def test_chunks_that_break_off_are_fetched_again(server):
    server.ends, server.cuts = "chunk", [100_000]
    assert fetched(server.url()).read_bytes() == ORDERS


def test_two_halves_of_different_versions_are_never_joined(server):
    server.cuts = [300_000] + [0] * 10
    with pytest.raises(SourceError, match="broke off after 300,000"):
        fetched(server.url())
    server.cuts, server.tag, server.content = [], '"two"', ORDERS.replace(b",", b";")
    assert fetched(server.url()).read_bytes() == server.content
    assert server.asked[-1][1] == "bytes=300000-"


def test_without_a_version_a_part_is_fetched_again(server):
    server.tag, server.cuts = "", [300_000]
    assert fetched(server.url()).read_bytes() == ORDERS
    assert [wanted for _, wanted, _ in server.asked] == [None, None]


def test_a_file_that_is_not_there_is_told_without_what_may_be_secret(server):
    server.status = 404
    with pytest.raises(SourceError, match=r"/orders\.csv' cannot be fetched: the server says 404") as caught:
        importer.preview(server.url("/orders.csv?token=s3cret", user="ann:s3cret@"))
    assert caught.value.code == "file-not-found"
    assert "s3cret" not in repr(caught.value.as_dict()) + str(caught.value)


def test_a_download_is_cancelled_in_the_app_and_leaves_nothing_half(server):
    fetched(server.url("/before.csv"))
    server.goes_on.clear()
    app = importer.App(server.url(), into="sqlite://")
    controller, box = app._controller, app._screen.widget()
    until(lambda: controller.model.coming is not None and controller.model.coming.state is State.RUNNING)
    assert 'data-action="stop"' in app._screen.pages["foot"].html
    box.children[0]._handle_custom_msg({"action": "stop", "of": "", "value": ""}, [])
    assert "The download of orders.csv was cancelled. Nothing of it was kept." in app._screen.pages["path"].html
    assert app._screen.pages["foot"].html == ""
    server.goes_on.set()
    app.close()
    kept = [file.name for file in (home() / "fetched").rglob("*") if file.is_file()]
    assert [name for name in kept if name != "lock"] == ["before.csv"]
    assert controller.model.problem is None


@pytest.mark.parametrize("silent", ["answers", "goes_on"], ids=["before it answers", "in the middle"])
def test_a_download_from_a_server_that_says_nothing_ends_when_it_is_stopped(server, monkeypatch, silent):
    # Nothing but the stop may end it.
    monkeypatch.setattr(_http, "TIMEOUT_S", 86_400.0)
    getattr(server, silent).clear()
    stop, said, heard = Stop(), [], []

    def fetch():
        try:
            fetch_all(server.url(), [heard.append], stop=stop)
        except CancelledError as exc:
            said.append(str(exc))

    thread = threading.Thread(target=fetch)
    thread.start()
    until(lambda: server.asked and (silent == "answers" or heard[-1].state is State.RUNNING))
    stop.set()
    until(lambda: not thread.is_alive())
    getattr(server, silent).set()
    assert said == ["the download of 'orders.csv' was cancelled"]
    assert heard[-1].state is State.CANCELLED
    assert [file.name for file in (home() / "fetched").rglob("*") if file.is_file()] == ["lock"]


def test_a_login_page_is_no_file(server):
    server.content, server.kind = b"<!DOCTYPE html><html><form>Sign in</form></html>", "text/html"
    with pytest.raises(SourceError, match="is a web page, as for a login, and no file"):
        importer.preview(server.url())


def test_user_and_password_go_to_the_server_and_nowhere_else(server):
    fetched(server.url(user="ann:p%40ss@"))
    assert server.asked[0][2] == "Basic " + base64.b64encode(b"ann:p@ss").decode()


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        importer.preview("http://127.0.0.1:9/orders.csv")
    assert caught.value.code == "file-unreachable"


def test_several_urls_are_one_import(server):
    sink = MemorySink()
    report = importer.load([server.url("/a.csv"), server.url("/b.csv")], into=sink, listeners=[], file_column="source")
    assert report.progress.created == 400_000
    assert {row["source"] for row in sink.rows} == {"a.csv", "b.csv"}


def test_whatever_fsspec_opens_is_fetched():
    with fsspec.open("memory://shop/orders.csv", "wb") as out:
        out.write(b"id\n1\n2\n")
    assert importer.read("memory://shop/orders.csv")["id"].to_list() == ["1", "2"]
    with pytest.raises(SourceError, match="there is no such file"):
        importer.read("memory://shop/nothing.csv")


def test_databases_and_paths_are_no_urls_of_files():
    assert not any(map(is_remote, ["sqlite:///a.db", "postgresql://h/d", "orders.csv", "C://x", 7]))


def test_a_file_that_is_fetched_within_an_operation_moves_one_bar(server, monkeypatch):
    monkeypatch.setattr(_tracking, "TELL_S", 0.0)
    seen = []
    with importer.track("Orders", stages=["import"], listeners=[seen.append], history=False) as op, op.stage("import"):
        importer.load(server.url(), into=MemorySink(), table="orders")
    shares = [now.fraction for now in seen]
    assert shares == sorted(shares)
    assert {0.0, FETCHED, 1.0} <= set(shares)
    assert {now.job_id for now in seen} == {op.id}
    assert op.completed == 200_000


def test_a_file_that_is_only_read_within_an_operation_moves_its_bar_too(server, monkeypatch):
    monkeypatch.setattr(_tracking, "TELL_S", 0.0)
    seen = []
    stages = {"collect": 1, "import": 3}
    with importer.track("Orders", stages=stages, listeners=[seen.append], history=False) as op:
        with op.stage("collect"):
            found = importer.read(server.url())
        assert op.progress.fraction == 0.25
        with op.stage("import"):
            importer.load(found, into=MemorySink(), table="orders")
    shares = [now.fraction for now in seen]
    assert shares == sorted(shares)
    assert {0.25, 1.0} <= set(shares)
    assert any((now.stage.message or "").startswith("fetching ") for now in seen)
