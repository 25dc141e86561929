"""Paged interfaces, from a web server of our own that is busy, breaks off, lies and goes round in circles."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paged import Reply, by_cursor, by_header, by_number, by_offset, interface, slices
from waiting import until

import importer
from importer.core import State
from importer.engine import _tracking
from importer.engine._broadcast import Broadcast
from importer.errors import CancelledError, OptionError, SourceError
from importer.sources import open_source
from importer.sources.records import Number, as_json, json_values
from importer.sources.remote import Stop
from importer.sources.remote.pages import Pages, _client, _collect, collected
from importer.testing import MemorySink, check_source
from importer.views import Window, compose

ROWS = [{"id": n, "title": f"Post {n}", "by": {"name": "Ann"}} for n in range(25)]
PAGES = slices(ROWS, 10)
QUICK = {"per_second": 1_000_000.0}
PACKED = {"Content-Encoding": "gzip"}


@pytest.fixture
def server():
    with interface() as made:
        yield made


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(_client, "FIRST_WAIT_S", 0.0)


def written(pages):
    """The rows as they stand in the file."""
    return [json.loads(line) for line in collected(pages).read_text("utf-8").splitlines()]


def load(file, **options):
    sink = MemorySink()
    report = importer.load(file, into=sink, listeners=[], **options)
    return report, sink.rows


def notes(file):
    """What is told about the pages when they are opened."""
    return [str(note) for note in importer.plan(file, into=MemorySink(), listeners=[]).notes]


def refusal(pages):
    """The error of pages that cannot be fetched."""
    with pytest.raises(SourceError) as caught:
        collected(pages)
    return caught.value


def after_id(asked):
    """The rows after one whose id is given."""
    begin = int(asked.query.get("starting_after", "-1")) + 1
    return Reply({"data": ROWS[begin : begin + 10], "has_more": begin + 10 < len(ROWS)})


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        (by_cursor(PAGES), {"next": "paging.next"}),
        (by_cursor(PAGES), {"next": "paging.cursor", "cursor": "after"}),
        (by_cursor(PAGES), {}),
        (by_header(PAGES), {}),
        (by_number(PAGES), {"page": "page"}),
        (by_offset(ROWS, 10), {"offset": "offset"}),
        (after_id, {"next": "data.-1.id", "cursor": "starting_after"}),
    ],
    ids=["link in a field", "cursor in a field", "usual place", "Link header", "page number", "offset", "last id"],
)
def test_all_pages_are_imported(server, answer, options):
    server.answer = answer
    report, rows = load(Pages(server.url("/v1/posts?limit=10"), **options, **QUICK))
    assert [(row["id"], row["title"], row["by_name"]) for row in rows] == [(n, f"Post {n}", "Ann") for n in range(25)]
    assert report.progress.label.startswith("posts.ndjson → posts")
    assert all(query["limit"] == "10" for query in server.queries)
    assert report.notes == ()


def test_pages_go_wherever_a_path_goes(server):
    server.answer = by_cursor(PAGES)
    pages = Pages(server.url(), **QUICK)
    assert importer.preview(pages).columns[0].dtype == "Int64"
    assert importer.infer(pages).schema.columns().keys() >= {"id", "title"}
    assert importer.read(pages)["by.name"].to_list() == ["Ann"] * 25
    plan = importer.plan(pages, into=MemorySink(), listeners=[])
    assert (plan.table, plan.check().progress.created, plan.start().result().progress.created) == ("posts", 25, 25)
    assert plan.for_file(pages).check().progress.rows_read == 25


def test_several_interfaces_are_one_import(server):
    server.answer = by_cursor(PAGES)
    both = [Pages(server.url("/a"), **QUICK), Pages(server.url("/b"), **QUICK)]
    report, rows = load(both, file_column="source")
    assert (report.progress.created, {row["source"] for row in rows}) == (50, {"a.ndjson", "b.ndjson"})


def test_the_file_of_pages_is_a_source_as_any_other(server):
    server.answer = by_cursor(PAGES)
    path = collected(Pages(server.url(), **QUICK))
    check_source(lambda: open_source(path))


def test_lines_of_json_are_rows(server):
    server.answer = lambda _asked: Reply('{"id": 1}\n{"id": 2, "data": [{"x": 1}]}\n')
    assert written(Pages(server.url(), **QUICK)) == [{"id": 1}, {"id": 2, "data": [{"x": 1}]}]
    server.answer = lambda _asked: Reply('{"id": 1, "data": [{"x": 1}]}\n')
    assert written(Pages(server.url("/posts.jsonl"), **QUICK)) == [{"id": 1, "data": [{"x": 1}]}]


# Progress


@pytest.mark.parametrize(
    ("answer", "options", "total"),
    [
        (by_cursor(PAGES, total=25), {"total": "meta.total"}, 25),
        (by_header(PAGES, **{"X-WP-Total": "25"}), {}, 25),
        (by_number(PAGES, **{"X-Total-Count": "25"}), {"page": "page"}, 25),
        (by_cursor(PAGES), {}, None),
    ],
    ids=["field", "X-WP-Total", "X-Total-Count", "nobody says"],
)
def test_progress_has_a_total_where_the_interface_tells_one(server, answer, options, total):
    server.answer, heard = answer, []
    collected(Pages(server.url(), **options, **QUICK), lambda here, of: heard.append((here, of)))
    assert heard[0] == (0, None)
    assert heard[1:4] == [(10, total), (20, total), (25, total)]


def test_a_bar_says_how_many_rows_are_here_and_why_it_waits(server, monkeypatch):
    server.answer, seen = by_cursor(PAGES, total=25), []
    server.instead = [None, Reply(status=503, headers={"Retry-After": "0"})]
    monkeypatch.setitem(Broadcast.__init__.__kwdefaults__, "min_interval_s", 0.0)
    importer.load(Pages(server.url(), total="meta.total", **QUICK), into=MemorySink(), listeners=[seen.append])
    own = [now for now in seen if now.kind == "task"]
    assert {now.label for now in own} == {"fetching posts"}
    said = [(now.state.value, str(compose(now, Window()).tail)) for now in own[:-1]]
    assert said == [
        ("pending", "starting"),
        ("running", "0 rows"),
        ("running", "10 of 25 rows"),
        ("waiting", "the server says 503 Service Unavailable"),
        ("running", "20 of 25 rows"),
        ("running", "25 of 25 rows"),
    ]
    assert (own[-1].state, own[-1].completed, own[-1].total) == (State.SUCCEEDED, 25, 25)
    assert str(compose(own[-1], Window()).tail).startswith("done: 25 rows in ")


def test_the_app_fetches_pages_with_a_bar_and_writes_the_code_for_them(server, tmp_path, monkeypatch):
    monkeypatch.setitem(Broadcast.__init__.__kwdefaults__, "min_interval_s", 0.0)
    goes_on = threading.Event()
    paged = by_cursor(PAGES, total=25)

    def answer(asked):
        if asked.query.get("after") == "2":
            goes_on.wait()
        return paged(asked)

    server.answer = answer
    pages = Pages(server.url("/posts?key=s3cret"), next="paging.next", total="meta.total", **QUICK)
    app = importer.App(pages, into=f"sqlite:///{tmp_path}/shop.db")
    app._screen.widget()
    foot = app._screen.pages["foot"]
    until(lambda: "20 of 25 rows" in foot.html)
    assert "Fetching posts: 20 of 25 rows" in foot.html
    goes_on.set()
    app.wait()
    assert app.run().progress.created == 25
    code = app.code()
    assert f"plan = importer.plan(\n    importer.Pages({server.url('/posts')!r}, next='paging.next'" in code
    assert "no headers are: they may be secret" in code
    assert "s3cret" not in code + "".join(page.html for page in app._screen.pages.values())
    app.close()


def test_a_fetch_is_cancelled_in_the_app(server):
    server.answer = lambda _asked: Reply(status=503, headers={"Retry-After": "500"})
    app = importer.App(Pages(server.url(), **QUICK), into="sqlite://")
    box = app._screen.widget()
    until(lambda: "the server says 503" in app._screen.pages["foot"].html)
    box.children[0]._handle_custom_msg({"action": "stop", "of": "", "value": ""}, [])
    app.wait()
    assert "The download of posts was cancelled." in app._screen.pages["path"].html
    app.close()


def test_rows_that_are_only_read_in_a_stage_are_steps_of_it(server, monkeypatch):
    monkeypatch.setattr(_tracking, "TELL_S", 0.0)
    monkeypatch.setitem(Broadcast.__init__.__kwdefaults__, "min_interval_s", 0.0)
    server.answer, seen = by_cursor(PAGES, total=25), []
    pages = Pages(server.url(), total="meta.total", **QUICK)
    with importer.track("Posts", stages=["collect", "import"], listeners=[seen.append], history=False) as op:
        with op.stage("collect"):
            frame = importer.read(pages)
        assert (op.completed, op.progress.fraction) == (25, 0.5)
        with op.stage("import"):
            importer.load(frame, into=MemorySink(), table="posts")
    said = [now.stage.message for now in seen if now.stage is not None and now.stage.message is not None]
    assert "fetching posts: 10 of 25 rows" in said
    shares = [now.fraction for now in seen]
    assert shares == sorted(shares)
    assert 0.2 in shares


def test_a_fetch_ends_at_once_while_the_server_says_nothing(server):
    goes_on, stop, errors = threading.Event(), Stop(), []

    def answer(_asked):
        goes_on.wait()
        return Reply([])

    def fetch():
        try:
            collected(Pages(server.url(), **QUICK), stop=stop)
        except CancelledError as exc:
            errors.append(exc)

    server.answer = answer
    thread = threading.Thread(target=fetch)
    thread.start()
    until(lambda: server.asked)
    stop.set()
    thread.join(30)
    assert [str(error) for error in errors] == ["the download of 'posts' was cancelled"]
    goes_on.set()


def test_a_fetch_that_fails_says_so_on_its_bar(server):
    server.answer, seen = (lambda _asked: Reply(status=404)), []
    with pytest.raises(SourceError, match="404"):
        importer.load(Pages(server.url(), **QUICK), into=MemorySink(), listeners=[seen.append])
    assert (seen[-1].state, "404" in seen[-1].error) == (State.FAILED, True)
    assert str(compose(seen[-1], Window()).tail).startswith("failed: page 1 of")


# Values stay as they are written


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.integers(10**15, 10**40).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["1.10", "-0", "-0.0", "1e400", "1E+5", "0.1e-400", "12345678901234567890.0"]),
).map(Number)
VALUES = st.recursive(
    st.one_of(NUMBERS, TEXTS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c.d", "é"]) | TEXTS, VALUES, max_size=4), max_size=9)


class Law:
    """Pages of one interface each, so that no example meets what another one has kept."""

    def __init__(self, server):
        self.server, self.numbers = server, count()

    def pages(self, answer, **options):
        self.server.answer, self.server.instead, self.server.asked = answer, [], []
        return Pages(self.server.url(f"/{next(self.numbers)}"), **options, **QUICK)


@pytest.fixture(scope="module")
def law():
    with interface() as made:
        yield Law(made)


def cuts(rows, sizes):
    """The rows in pages of these sizes, the last of which has the rest."""
    found, at = [], 0
    for size in sizes:
        found.append(rows[at : at + size])
        at += size
    return [*found, rows[at:]]


def as_answer(cut):
    """Pages by cursor whose rows are JSON as it is written."""

    def answer(asked):
        at = int(asked.query.get("after", "0"))
        more = f"?after={at + 1}" if at + 1 < len(cut) else None
        return Reply(f'{{"rows": [{", ".join(map(as_json, cut[at]))}], "next": {json.dumps(more)}}}')

    return answer


FAULTS = st.sampled_from(
    [
        None,
        None,
        Reply("", status=503),
        Reply("", status=429, headers={"Retry-After": "0"}),
        Reply('{"rows": [', breaks_at=4),
        Reply("x" * 3000, breaks_at=0),
        Reply({"error": "later"}, status=500),
    ]
)


@settings(max_examples=60)
@given(
    rows=RECORDS,
    sizes=st.lists(st.integers(0, 4), max_size=6),
    faults=st.lists(FAULTS, max_size=8),
    retries=st.sampled_from([0, 8]),
)
def test_rows_are_the_same_however_they_are_cut_and_whatever_fails(law, rows, sizes, faults, retries):
    """Each row once, in its order, as it is written, whether a fault is retried or ends the attempt."""
    rows = [{"n": Number(at), **row} for at, row in enumerate(rows)]
    pages = law.pages(as_answer(cuts(rows, sizes)), rows="rows")
    law.server.instead = list(faults)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_client, "FIRST_WAIT_S", 0.0)
        patch.setattr(_client, "RETRIES", retries)
        path, attempts = None, 0
        while path is None:
            with suppress(SourceError):
                path = collected(pages)
            attempts += 1
            assert attempts <= (1 if retries else len(faults) + 1)
    found = json_values(path.read_text("utf-8"))
    assert found == rows
    assert list(map(as_json, found)) == list(map(as_json, rows))
    fetched = [int(one.query.get("after", "0")) for one in law.server.asked]
    assert all(after - before in {0, 1} for before, after in pairwise(fetched))
    assert len(fetched) == len(sizes) + 1 + sum(fault is not None for fault in faults[: len(fetched)])


def outcome(file):
    """The cells of a file, or the code of its error."""
    try:
        frame = importer.read(file)
    except SourceError as exc:
        return exc.code
    return frame.columns, frame.rows()


@settings(max_examples=40)
@given(rows=RECORDS, sizes=st.lists(st.integers(0, 4), max_size=4))
def test_cells_are_those_of_the_same_rows_in_one_file(law, tmp_path_factory, rows, sizes):
    rows = [{"n": Number(at), **row} for at, row in enumerate(rows)]
    whole = tmp_path_factory.mktemp("whole") / "rows.json"
    whole.write_text("\n".join(map(as_json, rows)), "utf-8")
    pages = law.pages(as_answer(cuts(rows, sizes)), rows="rows")
    assert outcome(pages) == outcome(whole)


def test_numbers_and_texts_keep_each_character(server):
    row = '{"a": 1.10, "b": 1e400, "c": 123456789012345678901234567890, "d": "\\u00e9\\n\\ud83d\\ude00", "e": [1.50]}'
    server.answer = lambda _asked: Reply(f"[{row}]")
    frame = importer.read(Pages(server.url(), **QUICK))
    assert frame.row(0) == ("1.10", "1e400", "123456789012345678901234567890", "é\n😀", "[1.50]")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[{"a": 1, "a": 2}]', "page 1 of 'http://…/posts' is not JSON: the name 'a' stands twice in one object"),
        ('[{"a": "\\ud800"}]', "is not JSON: it holds half of a character"),
        ('[{"a": 1}', "is not JSON"),
        (b'[{"a": "\xff"}]', "is not JSON: it is not UTF-8"),
        ("[" * 100_000, "is not JSON: it is nested too deeply"),
        ('[{"a": 1}, 2]', "row 2 of page 1 of 'http://…/posts' is the number 2, not an object with names"),
        ("[null]", "row 1 of page 1 of 'http://…/posts' is null, not an object with names"),
        ('"words"', "is the value 'words', and no list of objects"),
        ('{"data": {"x": 1}}', "page 1 of 'http://…/posts' holds no list of objects"),
        ('{"error": {"message": "no such account"}}', "holds no list of objects, and says 'no such account'"),
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', "holds several lists: 'a', 'b'; give rows='a', or rows='b'"),
        ("<!DOCTYPE html><html>Sign in</html>", "is a web page, as for a login, and no JSON; give headers=…"),
        ("<rss><channel><item></channel></rss>", "is a feed that is broken: mismatched tag in line 1"),
    ],
    ids=count(),
)
def test_what_is_no_page_of_rows_is_told(server, body, said):
    server.answer = lambda _asked: Reply(body)
    message = str(refusal(Pages(server.url(), **QUICK)))
    assert said in re.sub(r"127\.0\.0\.1:\d+", "…", message)


def test_a_name_that_is_not_there_is_told_with_those_that_are(server):
    server.answer = by_cursor(PAGES)
    error = refusal(Pages(server.url(), rows="date", **QUICK))
    assert (error.code, str(error).endswith("lacks 'date'; give rows='data'")) == ("json-rows-unknown", True)
    server.answer = by_header(PAGES)
    assert "is a list itself, and has no 'data'" in str(refusal(Pages(server.url("/b"), rows="data", **QUICK)))


def test_a_page_of_another_shape_is_told_by_its_number(server):
    server.answer = by_cursor(PAGES)
    server.instead = [None, Reply({"data": "none"})]
    error = refusal(Pages(server.url(), **QUICK))
    assert "page 2 of" in str(error)
    assert "has the value 'none' in 'data', and no list" in str(error)
    server.instead = [None, Reply({"message": "over the limit"})]
    assert "lacks 'data', and says 'over the limit'" in str(refusal(Pages(server.url("/b"), **QUICK)))


def test_fields_may_change_from_page_to_page(server):
    server.answer = by_cursor([[{"id": 1}], [{"id": 2, "tag": {"a": 1}}], [{"tag": None}]])
    frame = importer.read(Pages(server.url(), **QUICK))
    assert (frame.columns, frame.rows()) == (["id", "tag.a"], [("1", None), ("2", "1")])


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [], "errors": [{"message": "it timed out"}]},
        {"data": None, "error": "it timed out"},
        {"data": [], "error": {"code": 7, "message": "it timed out"}},
    ],
    ids=["errors", "text", "object"],
)
def test_a_page_of_errors_in_place_of_rows_does_not_pass_for_the_last_one(server, answer):
    server.answer = by_cursor(PAGES)
    server.instead = [None, Reply(answer)]
    error = refusal(Pages(server.url(), **QUICK))
    assert "page 2 of" in str(error)
    assert "has no rows, and says 'it timed out'" in str(error)
    assert written(Pages(server.url(), **QUICK)) == ROWS
    server.instead = [Reply({"errors": [{"message": "it timed out"}]})]
    assert "holds no list of objects, and says 'it timed out'" in str(refusal(Pages(server.url("/b"), **QUICK)))


@pytest.mark.parametrize(
    "body", [{"data": None}, {"data": [], "error": 0, "errors": []}, {"data": [], "error": ""}, {}, [], ""], ids=str
)
def test_no_rows_are_an_import_of_none_with_a_note(server, body):
    server.answer = lambda _asked: Reply(body)
    report, rows = load(Pages(server.url(), rows="data" if isinstance(body, dict) else None, **QUICK))
    assert (rows, report.progress.rows_read) == ([], 0)
    assert "'posts.ndjson' holds no records, so there are no rows to import" in report.notes


def test_an_empty_page_in_between_is_passed_over(server):
    server.answer = by_cursor([[], ROWS[:2], [], ROWS[2:3], []])
    assert written(Pages(server.url(), **QUICK)) == ROWS[:3]


# Where it goes on


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"data": ROWS[:1], "nextPageToken": "abc"}, "says in 'nextPageToken' how to go on, 'abc', and not which"),
        ({"data": ROWS[:1], "next_page": 2}, "says in 'next_page' how to go on, '2', and not which"),
        ({"data": ROWS[:1], "has_more": True}, "says in 'has_more' that there are more rows, and not where"),
    ],
    ids=["token", "number", "more"],
)
def test_more_rows_without_a_way_to_them_are_an_error(server, answer, said):
    server.answer = lambda _asked: Reply(answer)
    error = refusal(Pages(server.url(), **QUICK))
    assert said in str(error)
    assert "max_pages=1 for this page alone" in str(error)
    assert written(Pages(server.url(), max_pages=1, **QUICK)) == ROWS[:1]


def test_a_cursor_that_is_no_link_needs_its_parameter(server):
    server.answer = by_cursor(PAGES)
    error = refusal(Pages(server.url(), next="paging.cursor", **QUICK))
    assert "'paging.cursor' of page 1" in str(error)
    assert "holds '1', which is a cursor and no link; give cursor=… with the parameter" in str(error)


@pytest.mark.parametrize("found", [True, [1], {"a": 1}], ids=str)
def test_what_leads_nowhere_is_told(server, found):
    server.answer = lambda _asked: Reply({"data": ROWS[:1], "next": found})
    assert "and neither a link nor a cursor" in str(refusal(Pages(server.url(), next="next", **QUICK)))


@pytest.mark.parametrize(
    "link", ["file:///etc/passwd", "ftp://a.example/x", "http://[", "http://ann:x@a.example/", "http://a:99999"]
)
def test_a_link_to_no_place_of_the_web_is_refused(server, link):
    server.answer = lambda _asked: Reply(ROWS[:1], headers={"Link": f'<{link}>; rel="next"'})
    assert "leads to a next page that is no place of the web" in str(refusal(Pages(server.url(), **QUICK)))


def test_another_server_gets_no_request(server):
    with interface() as other:
        server.answer = lambda _asked: Reply(ROWS[:1], headers={"Link": f'<{other.url()}?token=s3cret>; rel="next"'})
        error = refusal(Pages(server.url(), headers={"X-Token": "s3cret99"}, **QUICK))
        assert f"leads to another server, '{other.url()}'" in str(error)
        assert "s3cret" not in str(error)
        assert other.asked == []


def test_a_redirect_to_another_server_goes_without_the_token(server):
    with interface(lambda _asked: Reply(ROWS[:2])) as other:
        server.answer = lambda _asked: Reply(status=302, headers={"Location": other.url("/elsewhere")})
        pages = Pages(server.url(user="ann:s3cret99@"), headers={"X-Token": "s3cret99"}, **QUICK)
        assert written(pages) == ROWS[:2]
        [asked] = other.asked
        assert not {"authorization", "x-token"} & asked.headers.keys()
        assert server.asked[0].headers["x-token"] == "s3cret99"
        assert server.asked[0].headers["authorization"].startswith("Basic ")


def test_redirects_without_an_end_are_told(server):
    server.answer = lambda asked: Reply(status=302, headers={"Location": f"?n={1 - int(asked.query.get('n', '1'))}"})
    error = refusal(Pages(server.url(), **QUICK))
    assert "page 1 of" in str(error)
    assert "the server redirects without an end" in str(error)


def test_the_same_next_page_again_is_an_error_until_the_server_is_mended(server):
    server.answer = lambda asked: Reply({"data": [{"n": asked.query.get("at")}], "next": "?at=1"})
    error = refusal(Pages(server.url(), **QUICK))
    assert (error.code, len(server.asked)) == ("pages-circle", 2)
    assert "page 2 of" in str(error)
    assert "leads back to a page that was read before, so there is no end" in str(error)
    server.answer = by_cursor(PAGES)
    assert written(Pages(server.url(), **QUICK)) == ROWS


@pytest.mark.parametrize("options", [{"page": "p"}, {"next": "next", "cursor": "c"}], ids=["number", "cursor"])
def test_an_interface_that_ignores_which_page_is_asked_for_is_an_error(server, options):
    numbers = count()
    server.answer = lambda _asked: Reply({"data": ROWS[:3], "next": str(next(numbers))})
    error = refusal(Pages(server.url(), **options, **QUICK))
    assert (error.code, len(server.asked)) == ("pages-circle", 3)
    assert "has the same rows as the two before it" in str(error)


def test_pages_without_an_end_are_an_error(server, monkeypatch):
    monkeypatch.setattr(_collect, "MOST_PAGES", 7)
    numbers = count()
    server.answer = lambda _asked: Reply([{"n": next(numbers)}])
    assert "has more than 7 pages" in str(refusal(Pages(server.url(), page="page", **QUICK)))
    assert len(server.asked) == 7


def test_as_many_pages_as_were_wanted_and_a_note_that_there_are_more(server):
    server.answer = by_cursor(PAGES, total=25)
    pages = Pages(server.url(), max_pages=2, total="meta.total", **QUICK)
    assert notes(pages) == ["only the first 2 pages were fetched, and there are more; give max_pages=…"]
    assert len(server.asked) == 2
    assert written(pages) == ROWS[:20]


def test_counting_begins_where_the_link_says(server):
    server.answer = by_number(PAGES)
    assert written(Pages(server.url("/posts?page=2&x=a%20b"), page="page", **QUICK)) == ROWS[10:]
    assert server.queries[0] == {"page": "2", "x": "a b"}
    server.answer = by_offset(ROWS, 10)
    assert written(Pages(server.url("/posts?offset=5"), offset="offset", **QUICK)) == ROWS[5:]
    wrong = Pages(server.url("/posts?offset=x"), offset="offset", **QUICK)
    assert "offset is 'x' in the link, and no whole number" in str(refusal(wrong))


# What may be wrong is told


def test_fewer_rows_than_the_interface_tells_of_are_a_doubt(server):
    server.answer = by_header([ROWS[:10]], **{"X-Total-Count": "1000"})
    [note] = notes(Pages(server.url(), **QUICK))
    assert note.startswith("the interface tells of 1,000 rows, and 10 came; give next=…, or page=…, or offset=…")


def test_a_first_page_without_the_field_that_leads_on_is_a_doubt(server):
    server.answer = by_cursor(PAGES)
    [note] = notes(Pages(server.url(), next="paging.nxt", **QUICK))
    assert note == "the first page has no field 'paging.nxt', so it is taken for the only one"


def test_a_total_that_is_not_there_is_told(server):
    server.answer = by_cursor(PAGES, total="many")
    for name in ("meta.total", "meta.count"):
        assert f"has no whole number at {name!r}; give total=…" in str(
            refusal(Pages(server.url(), total=name, **QUICK))
        )
    server.answer = lambda _asked: Reply(f'{{"data": [{{"id": 1}}], "meta": {{"total": {"9" * 6000}}}}}')
    assert "has no whole number" in str(refusal(Pages(server.url(), total="meta.total", **QUICK)))


def test_lines_without_a_length_are_a_doubt(server):
    lines = '{"id": 1}\n{"id": 2}\n'
    server.answer = lambda _asked: Reply(lines, has_length=False)
    [note] = notes(Pages(server.url(), **QUICK))
    assert note.startswith("the lines came without their length")
    server.answer = lambda _asked: Reply(lines)
    assert notes(Pages(server.url("/b"), **QUICK)) == []
    server.answer = lambda _asked: Reply(ROWS, has_length=False)
    assert notes(Pages(server.url("/c"), **QUICK)) == []


def test_rows_on_two_pages_are_a_doubt(server):
    server.answer = by_cursor([ROWS[:10], ROWS[8:20]])
    [note] = notes(Pages(server.url(), **QUICK))
    assert note.startswith("2 rows stand on two pages in a row: what is there may have changed while it was fetched")


def test_a_page_that_is_not_there_ends_pages_that_are_counted(server):
    server.answer = by_number(PAGES, past=Reply({"detail": "Invalid page."}, status=404))
    [note] = notes(Pages(server.url(), page="page", **QUICK))
    assert note == "page 4 is not there (404), so page 3 is taken for the last one"
    past = Reply({"code": "rest_post_invalid_page_number"}, status=400)
    server.answer = by_number(PAGES, past=past, **{"X-WP-Total": "25"})
    assert notes(Pages(server.url("/wp"), page="page", **QUICK)) == []
    server.answer = by_number(PAGES, past=past)
    assert "page 4 of" in str(refusal(Pages(server.url("/other"), page="page", **QUICK)))


def test_the_last_page_again_for_every_number_behind_it_is_the_end_once_all_rows_are_here(server):
    def clamped(total):
        def answer(asked):
            at = min(int(asked.query.get("page", "1")), len(PAGES))
            return Reply(PAGES[at - 1], headers={} if total is None else {"X-Total-Count": total})

        return answer

    server.answer = clamped("25")
    pages = Pages(server.url(), page="page", **QUICK)
    assert (written(pages), notes(pages)) == (ROWS, [])
    server.answer = clamped(None)
    error = refusal(Pages(server.url("/b"), page="page", **QUICK))
    assert "give max_pages=3 if that is the last one" in str(error)
    assert written(Pages(server.url("/b"), page="page", max_pages=3, **QUICK)) == ROWS


# Politely


def test_a_busy_server_is_asked_again_as_late_as_it_says(server):
    server.answer, waits = by_cursor(PAGES), []
    server.instead = [
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        Reply(status=500),
    ]
    path = collected(Pages(server.url(), **QUICK), wait=lambda seconds, why: waits.append((seconds, why)))
    assert len(path.read_bytes().splitlines()) == 25
    assert [one for one in waits if one[1] is not None] == [
        (7.0, "the server says 429 Too Many Requests"),
        (0.0, "the server says 503 Service Unavailable"),
        (0.0, "the server says 500 Internal Server Error"),
    ]


def test_pauses_grow_from_try_to_try(server, monkeypatch):
    monkeypatch.setattr(_client, "FIRST_WAIT_S", 0.5)
    server.answer, waits = (lambda _asked: Reply(status=502)), []
    with pytest.raises(SourceError, match="the server says 502 Bad Gateway, after 7 tries; run it again later"):
        collected(Pages(server.url(), **QUICK), wait=lambda seconds, why: waits.append((seconds, why)))
    pauses = [seconds for seconds, why in waits if why is not None]
    assert len(pauses) == 6
    assert all(0.5 * 2**at * 0.75 <= pause <= 0.5 * 2**at * 1.25 for at, pause in enumerate(pauses))


def test_a_server_that_asks_to_come_much_later_ends_the_attempt(server):
    server.answer = lambda _asked: Reply(status=429, headers={"Retry-After": "86400"})
    assert "asks to come again in 86,400 s" in str(refusal(Pages(server.url(), **QUICK)))
    assert len(server.asked) == 1


def test_no_more_requests_a_second_than_were_allowed(server, monkeypatch):
    now, waits = [0.0], []

    def wait(seconds, why):
        assert why is None
        waits.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(_client.time, "monotonic", lambda: now[0])
    server.answer = by_cursor(PAGES)
    collected(Pages(server.url(), per_second=4), wait=wait)
    assert waits == [0.25, 0.25]


def test_a_page_that_is_too_large_is_told(server, monkeypatch):
    monkeypatch.setattr(_client, "PAGE_BYTES", 5_000)
    body = gzip.compress(json.dumps([{"a": "x" * 100_000}]).encode())
    assert len(body) < 5_000
    server.answer = lambda _asked: Reply(body, headers=PACKED)
    error = refusal(Pages(server.url(), **QUICK))
    assert "has more than 5,000 bytes" in str(error)
    assert "'limit'" in str(error)


def test_a_page_of_more_values_than_fit_into_memory_is_told(server):
    server.answer = lambda _asked: Reply(gzip.compress(b"[" + b"{}," * 2_000_000 + b"{}]"), headers=PACKED)
    assert "holds more than 2,000,000 values" in str(refusal(Pages(server.url(), **QUICK)))


def test_a_server_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(_client, "RETRIES", 1)
    message = str(refusal(Pages("http://127.0.0.1:9/posts", **QUICK)))
    assert re.search(r"the server cannot be reached: .*refused, after 2 tries", message)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the server says 401 Unauthorized, 'no token'; give headers=… with the token that the interface wants"),
        (403, "the server says 403 Forbidden, 'no token'; give headers=… with the token that the interface wants"),
        (404, "the server says 404 Not Found, 'no token'; look for a slip in the link"),
        (304, "the server says 304 Not Modified"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(server, status, said):
    server.answer = lambda _asked: Reply(b"" if status == 304 else {"message": "no token"}, status=status)
    assert said in str(refusal(Pages(server.url(), **QUICK)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"next": "a", "page": "b"}, "page cannot stand beside next, not 'b'; give one of them"),
        ({"cursor": "a"}, "cursor needs next, the name of the field that holds the cursor"),
        ({"rows": ""}, "rows must be a name, not ''"),
        ({"per_second": 0}, "per_second must be a number above 0, not 0"),
        ({"per_second": float("nan")}, "per_second must be a number above 0"),
        ({"max_pages": 0}, "max_pages must be a whole number from 1, not 0"),
        ({"max_pages": True}, "max_pages must be a whole number from 1, not True"),
        ({"max_age_s": -1}, "max_age_s must be a number of seconds, not -1"),
        ({"headers": "s3cret"}, "headers must be a dictionary of texts"),
        ({"headers": {"a b": "s3cret"}}, "headers must have names of letters, digits and hyphens"),
        ({"headers": {"a": "s3cret\n"}}, "headers must have text without line ends and foreign letters for 'a'"),
    ],
    ids=count(),
)
def test_what_cannot_be_is_told_at_once(options, said):
    with pytest.raises(OptionError) as caught:
        Pages("https://a.example/posts", **options)
    assert str(caught.value).startswith(said)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["posts.json", "sqlite:///a.db", "https://", "ftp://a.example", 7, "http://[", "http://a:99999"]
)
def test_pages_are_links_of_the_web(url):
    with pytest.raises(OptionError, match="url must be a link with https:// or http://"):
        Pages(url)


def test_a_link_without_a_name_names_the_table_all_the_same(server):
    server.answer = by_cursor(PAGES)
    report, _ = load(Pages(server.url("/?token=abc"), **QUICK))
    assert report.progress.label.startswith("download.ndjson → download")


def test_without_httpx_the_extra_is_named():
    code = (
        "import sys; sys.modules['httpx'] = None; import importer; importer.read(importer.Pages('http://a.example/'))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'install it with pip install "notebook-importer[remote]"' in ended.stderr
