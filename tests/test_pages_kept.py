"""What is kept of pages: nothing twice, nothing lost when a process dies, and no secret."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paged import Reply, by_cursor, by_number, interface, slices

import importer
from importer.core import home
from importer.errors import CancelledError, ResumeError, SourceError
from importer.sources.remote.pages import Pages, _client, _spool, collected
from importer.sources.remote.pages._links import hidden, parameter, revealed, with_parameter
from importer.testing import MemorySink

ROWS = [{"id": n, "title": f"Post {n}"} for n in range(25)]
PAGES = slices(ROWS, 10)
QUICK = {"per_second": 1_000_000.0}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(_client, "RETRIES", 0)
    with interface(by_cursor(PAGES)) as made:
        yield made


def rows_in(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def written(pages):
    """The rows as they stand in the file."""
    return rows_in(collected(pages))


def refusal(pages):
    with pytest.raises(SourceError) as caught:
        collected(pages)
    return caught.value


def cursors(server):
    """The page that each request was for."""
    return [int(query.get("after", "0")) for query in server.queries]


def kept_files():
    return [file for file in home().rglob("*") if file.is_file()]


# Pages that have not changed


def versioned(answer):
    """The same with an ETag for each page, and 304 for who has it."""

    def answered(asked):
        reply = answer(asked)
        tag = f'"{hash(reply.sent)}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", status=304)
        return Reply(reply.body, headers={**reply.headers, "ETag": tag})

    return answered


def test_pages_that_have_not_changed_are_not_sent_again(server):
    server.answer = versioned(by_cursor(PAGES))
    pages = Pages(server.url(), **QUICK)
    first = collected(pages)
    stamp = first.stat().st_mtime_ns
    assert collected(pages) == first
    assert first.stat().st_mtime_ns == stamp
    assert [one.headers.get("if-none-match") is not None for one in server.asked] == [False] * 3 + [True] * 3
    [note] = importer.plan(pages, into=MemorySink(), listeners=[]).notes
    assert re.fullmatch(r"the server says that nothing has changed since \d{4}-\d\d-\d\d \d\d:\d\d UTC", note)


def test_a_date_tells_versions_apart_as_well(server):
    date = "Mon, 30 Nov 2026 20:00:00 GMT"
    server.answer = lambda asked: (
        Reply(b"", status=304)
        if asked.headers.get("if-modified-since") == date
        else Reply(ROWS, headers={"Last-Modified": date})
    )
    assert [written(Pages(server.url(), **QUICK)) for _ in range(2)] == [ROWS, ROWS]
    assert server.asked[1].headers["if-modified-since"] == date


def test_of_pages_some_of_which_have_changed_only_those_are_sent(server):
    pages = Pages(server.url(), **QUICK)
    server.answer = versioned(by_cursor(PAGES))
    first = collected(pages)
    server.answer = versioned(by_cursor([PAGES[0], [{"id": "new"}], PAGES[2]]))
    second = collected(pages)
    assert second != first
    assert rows_in(second) == [*PAGES[0], {"id": "new"}, *PAGES[2]]
    assert rows_in(first) == ROWS
    assert importer.plan(pages, into=MemorySink(), listeners=[]).source.label == "posts.ndjson"


def test_another_token_gets_no_pages_of_the_first_one(server):
    def answer(asked):
        whose = asked.headers["x-token"]
        is_known = asked.headers.get("if-none-match") == '"1"'
        return Reply(b"", status=304) if is_known else Reply([{"whose": whose}], headers={"ETag": '"1"'})

    server.answer = answer
    ann, bob = (Pages(server.url(), headers={"X-Token": name}, **QUICK) for name in ("ann", "bob"))
    assert (written(ann), written(bob), written(ann)) == ([{"whose": "ann"}], [{"whose": "bob"}], [{"whose": "ann"}])


def test_an_import_of_what_has_not_changed_is_recognised(server, tmp_path):
    server.answer = versioned(by_cursor(PAGES))
    pages, into = Pages(server.url(), **QUICK), f"sqlite:///{tmp_path}/shop.db"
    assert importer.load(pages, into=into, key="id", listeners=[]).progress.created == 25
    skipped = importer.load(pages, into=into, key="id", listeners=[], if_imported="skip")
    assert skipped.progress.rows_read == 0
    again = importer.load(pages, into=into, key="id", listeners=[], if_imported="again")
    assert (again.progress.created, again.progress.unchanged) == (0, 25)


def test_what_was_fetched_just_now_is_used_again_if_that_is_said(server):
    pages = Pages(server.url(), max_age_s=3600, **QUICK)
    assert [len(written(pages)), len(written(pages)), len(server.asked)] == [25, 25, 3]
    assert len(written(Pages(server.url(), **QUICK))) == 25
    assert len(server.asked) == 6
    assert len(written(Pages(server.url(), max_age_s=3600, max_pages=1, **QUICK))) == 10


def test_only_the_newest_versions_are_kept(server):
    for version in range(_spool.GENERATIONS + 3):
        server.answer = by_cursor([[{"version": version}]])
        assert written(Pages(server.url(), **QUICK)) == [{"version": version}]
    kept = sorted(row["version"] for path in home().rglob("posts.ndjson") for row in rows_in(path))
    assert kept == [3, 4, 5, 6, 7]


# After an attempt that broke off


def test_an_attempt_goes_on_at_the_page_where_the_last_one_stopped(server):
    server.instead = [None, Reply(status=503)]
    pages, heard = Pages(server.url(), **QUICK), []
    assert "run it again later, which goes on at this page" in str(refusal(pages))
    path = collected(pages, lambda here, _total: heard.append(here))
    assert cursors(server) == [0, 1, 1, 2]
    assert heard == [10, 20, 25]
    assert rows_in(path) == ROWS


def test_what_was_cancelled_leaves_nothing_half(server):
    first = collected(Pages(server.url(), **QUICK))

    def tell(here, _total):
        if here == 20:
            raise CancelledError("enough")

    server.answer = by_cursor([[{"id": -1}], *PAGES])
    with pytest.raises(CancelledError):
        collected(Pages(server.url(), **QUICK), tell=lambda here, total: tell(here - 1, total))
    names = sorted(file.name for file in kept_files())
    assert names == ["lock", "pages.jsonl", "posts.ndjson"]
    assert rows_in(first) == ROWS


def test_a_version_that_no_header_can_hold_is_not_sent_back(server):
    server.answer = lambda _asked: Reply(ROWS, headers={"ETag": '"é"'})
    assert [written(Pages(server.url(), **QUICK)) for _ in range(2)] == [ROWS, ROWS]
    assert "if-none-match" not in server.asked[1].headers


def test_a_cursor_that_the_server_has_forgotten_begins_anew(server):
    server.instead = [None, Reply(status=503), Reply({"message": "cursor expired"}, status=400)]
    refusal(Pages(server.url(), **QUICK))
    assert written(Pages(server.url(), **QUICK)) == ROWS
    assert cursors(server) == [0, 1, 1, 0, 1, 2]


def test_an_interface_that_is_gone_does_not_end_with_the_pages_that_were_there(server):
    server.answer = by_number(PAGES, past=Reply(status=404))
    server.instead = [None, Reply(status=503)]
    pages = Pages(server.url(), page="page", **QUICK)
    refusal(pages)
    server.answer = lambda _asked: Reply(status=404)
    assert "page 1 of" in str(refusal(pages))
    server.answer = by_number(PAGES, past=Reply(status=404))
    assert written(pages) == ROWS


def test_a_page_that_is_refused_later_does_not_begin_anew(server):
    server.instead = [None, None, Reply(status=400)]
    assert "page 3 of" in str(refusal(Pages(server.url(), **QUICK)))
    assert cursors(server) == [0, 1, 2]


def test_an_attempt_that_is_too_old_begins_anew(server, monkeypatch):
    server.instead = [None, Reply(status=503)]
    refusal(Pages(server.url(), **QUICK))
    monkeypatch.setattr(_spool, "STALE_S", -1.0)
    assert written(Pages(server.url(), **QUICK)) == ROWS
    assert cursors(server) == [0, 1, 0, 1, 2]


def test_what_is_wanted_otherwise_begins_anew(server):
    server.instead = [None, None, Reply(status=503)]
    refusal(Pages(server.url(), headers={"X-Token": "ann"}, **QUICK))
    server.instead = [None, None, Reply(status=503)]
    refusal(Pages(server.url(), headers={"X-Token": "bob"}, **QUICK))
    assert cursors(server) == [0, 1, 2] * 2
    assert written(Pages(server.url(), headers={"X-Token": "bob"}, max_pages=1, **QUICK)) == ROWS[:10]


def test_rows_that_are_lost_on_disk_are_fetched_again(server):
    server.instead = [None, None, Reply(status=404)]
    pages = Pages(server.url(), **QUICK)
    refusal(pages)
    [part] = home().rglob("part.ndjson")
    os.truncate(part, 5)
    assert written(pages) == ROWS


@pytest.mark.parametrize("torn", [b'"begin"', b"{"], ids=["another version", "a page that is gone"])
def test_a_journal_that_nobody_can_read_begins_anew(server, torn):
    server.instead = [None, None, Reply(status=404)]
    pages = Pages(server.url(), **QUICK)
    refusal(pages)
    [journal] = home().rglob("part.pages.jsonl")
    head, first, *others = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([head, first.replace(torn, b"?", 1), *others]))
    assert written(pages) == ROWS
    assert cursors(server) == [0, 1, 2, 0, 1, 2]


def test_a_line_that_was_cut_off_when_the_machine_stopped_is_one_page_less(server):
    server.instead = [None, None, Reply(status=404)]
    pages = Pages(server.url(), **QUICK)
    refusal(pages)
    [journal] = home().rglob("part.pages.jsonl")
    os.truncate(journal, journal.stat().st_size - 9)
    assert written(pages) == ROWS
    assert cursors(server) == [0, 1, 2, 1, 2]


def test_whoever_fetches_the_same_meanwhile_has_a_file_of_their_own(server):
    pages, inner = Pages(server.url(), **QUICK), []

    def tell(here, _total):
        if here == 10 and not inner:
            inner.append(None)
            inner[0] = written(pages)

    assert rows_in(collected(pages, tell)) == inner[0] == ROWS


KILLED = """
import os, signal, sys
from importer.sources.remote.pages import Pages, _spool, collected

before = _spool._sync
left = [int(sys.argv[2])]

def sync(file):
    left[0] -= 1
    if left[0] == 0 and sys.argv[3] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    before(file)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

_spool._sync = sync
collected(Pages(sys.argv[1], per_second=1000.0))
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_any_write_loses_no_page_and_doubles_none(server, when):
    """The writes are the head of the journal, the rows and the line of each page, and the end."""
    writes = 1 + 2 * len(PAGES) + 1
    for at in range(1, writes + 2):
        url, server.asked = server.url(f"/{at}"), []
        killed = subprocess.run([sys.executable, "-c", KILLED, url, str(at), when], check=False)
        assert killed.returncode == (-signal.SIGKILL if at <= writes else 0)
        if at <= writes:
            assert written(Pages(url, **QUICK)) == ROWS
            # At most the page in hand is asked for twice.
            assert len(server.asked) - len(PAGES) in {0, 1}


IMPORTED = """
import os, signal, sys
import importer

def killed(now):
    if now.kind == "import" and now.rows_read >= 100:
        os.kill(os.getpid(), signal.SIGKILL)

pages = importer.Pages(sys.argv[1], headers={"Authorization": "Bearer s3cret-token"}, per_second=1000.0)
importer.load(pages, into=sys.argv[2], key="id", chunk_rows=50, listeners=[killed], pace="1000/s")
"""


def test_an_import_is_resumed_in_another_process_without_a_request_and_without_the_token(server, tmp_path):
    server.answer = by_cursor(slices([{"id": n} for n in range(1_000)], 200))
    url, into = f"{server.url()}?token=s3cret-too", f"sqlite:///{tmp_path}/shop.db"
    killed = subprocess.run([sys.executable, "-c", IMPORTED, url, into], check=False)
    assert killed.returncode == -signal.SIGKILL
    # Meanwhile somebody fetches a newer version of the same pages.
    server.answer = by_cursor([[{"id": 7}]])
    assert written(Pages(url, headers={"Authorization": "Bearer s3cret-token"}, **QUICK)) == [{"id": 7}]
    asked = len(server.asked)
    [job] = importer.jobs()
    assert importer.resume(job.job_id, listeners=[]).progress.created == 1_000
    assert len(server.asked) == asked
    with pytest.raises(ResumeError, match="is complete"):
        importer.resume(job.job_id, file=Pages(url, **QUICK), listeners=[])
    server.asked = server.asked[:asked]
    assert all(one.headers["authorization"] == "Bearer s3cret-token" for one in server.asked)
    assert not any("s3cret" in str(file) or b"s3cret" in file.read_bytes() for file in kept_files())


# What may be secret


PIECES = st.lists(st.from_regex(r"[a-c%+=2b0]{0,6}", fullmatch=True), max_size=4).map("&".join)


@given(first=PIECES, then=PIECES)
def test_a_link_is_the_same_after_it_was_kept_without_what_it_shares_with_the_first(first, then):
    first, then = f"https://a.example/x?{first}", f"https://a.example/y?{then}"
    kept = json.loads(json.dumps(hidden(then, first)))
    found = revealed(kept, first)
    assert parse_qsl(urlsplit(found).query, keep_blank_values=True) == parse_qsl(urlsplit(then).query, True)
    assert urlsplit(found)._replace(query="") == urlsplit(then)._replace(query="")
    pairs = {unquote_plus(one) for one in urlsplit(first).query.split("&") if one}
    assert not [one for one in kept[1] if isinstance(one, str) and unquote_plus(one) in pairs]


@given(query=PIECES, name=st.text("ab[]=& é", min_size=1, max_size=4), value=st.text(max_size=6))
def test_a_parameter_is_set_and_all_others_stay_as_they_are_written(query, name, value):
    url = with_parameter(f"https://a.example/x?{query}", name, value)
    assert parameter(url, name) == value
    others = [one for one in query.split("&") if one and unquote_plus(one.partition("=")[0]) != name]
    now = [one for one in urlsplit(url).query.split("&") if unquote_plus(one.partition("=")[0]) != name]
    assert now == others


SECRET = "s3cret-token"


def test_secrets_are_shown_and_kept_nowhere(server, caplog):
    caplog.set_level(logging.INFO)
    url = f"{server.url(user=f'ann:{SECRET}1@')}?key={SECRET}2&limit=10"
    pages = Pages(url, headers={"Authorization": f"Bearer {SECRET}3"}, **QUICK)

    def answer(asked):
        at = int(asked.query.get("after", "0"))
        return Reply({"data": PAGES[at], "next": f"?key={SECRET}2&limit=10&after={at + 1}" if at < 2 else None})

    server.answer = answer
    said = {"message": f"Bearer {SECRET}3, {SECRET}2 and {SECRET}1 are wrong"}
    server.instead = [None, Reply(said, status=403), Reply(said, status=503), Reply({"detail": f"{SECRET}3"})]
    errors = [refusal(pages) for _ in range(3)]
    assert written(pages) == ROWS
    shown = [repr(pages), *map(str, errors), *(repr(one.as_dict()) for one in errors), caplog.text]
    assert not [text for text in shown if SECRET in text]
    assert "'***, *** and *** are wrong'" in shown[1]
    assert len([line for line in caplog.text.splitlines() if "HTTP Request" in line]) == len(server.asked)
    assert not any(SECRET in str(file) or SECRET.encode() in file.read_bytes() for file in kept_files())
    assert server.queries[-1] == {"key": f"{SECRET}2", "limit": "10", "after": "2"}


def test_files_of_pages_are_for_this_user_alone(server):
    path = collected(Pages(server.url(), **QUICK))
    folders = [one for one in path.parents if one.is_relative_to(home() / "fetched")]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.stat().st_mode & 0o777 for one in folders] == [0o700] * 3
