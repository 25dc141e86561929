"""Paged interfaces, from a web server of our own that is busy, breaks off, lies and goes round in circles."""

from __future__ import annotations

import pytest
from paged import by_cursor, by_header, by_number, by_offset, interface, slices

import importer
from importer.sources.remote.pages import Pages, _client
from importer.testing import MemorySink

ROWS = [{"id": n, "title": f"Post {n}", "by": {"name": "Ann"}} for n in range(25)]
PAGES = slices(ROWS, 10)
QUICK = {"per_second": 1_000_000.0}


@pytest.fixture
def server():
    with interface() as made:
        yield made


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(_client, "FIRST_WAIT_S", 0.0)


def load(file, **options):
    sink = MemorySink()
    report = importer.load(file, into=sink, listeners=[], **options)
    return report, sink.rows


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        (by_cursor(PAGES), {"next": "paging.next"}),
        (by_cursor(PAGES), {"next": "paging.cursor", "cursor": "after"}),
        (by_cursor(PAGES), {}),
        (by_header(PAGES), {}),
        (by_number(PAGES), {"page": "page"}),
        (by_offset(ROWS, 10), {"offset": "offset"}),
    ],
    ids=["link in a field", "cursor in a field", "link at a usual place", "Link header", "page number", "offset"],
)
def test_all_pages_are_imported(server, answer, options):
    server.answer = answer
    report, rows = load(Pages(server.url("/v1/posts?limit=10"), **options, **QUICK))
    assert [(row["id"], row["title"], row["by_name"]) for row in rows] == [(n, f"Post {n}", "Ann") for n in range(25)]
    assert report.progress.label.startswith("posts.ndjson → posts")
    assert all(query["limit"] == "10" for query in server.queries)
    assert report.notes == ()
