"""Posts of a real WordPress as rows: by its REST interface, and by its feeds."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from wordpress import serving

import importer
from importer.errors import SourceError
from importer.testing import MemorySink

COUNT = 25
QUICK = {"per_second": 1_000.0}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("wordpress")) as running:
        yield running


@pytest.fixture
def posts(site, monkeypatch):
    """The site, with posts that are an hour apart."""
    monkeypatch.setenv("WORDPRESS_APPLICATION_PASSWORD", site.password)
    site.empty()
    begin = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    frame = pl.DataFrame(
        {
            "slug": [f"p-{n}" for n in range(COUNT)],
            "title": [f"Salt & pepper {n}" for n in range(COUNT)],
            "content": ["<p>Long</p>"] * COUNT,
            "categories": ["News, Food"] * COUNT,
            "status": ["publish"] * COUNT,
            "date": [begin + dt.timedelta(hours=n) for n in range(COUNT)],
        }
    )
    assert importer.load(frame, into=site.target, table="posts", listeners=[]).progress.created == COUNT
    return site


@pytest.mark.parametrize("options", [{}, {"page": "page"}], ids=["Link header", "page number"])
def test_all_posts_come_by_its_interface(posts, options):
    pages = importer.Pages(f"{posts.url}/wp-json/wp/v2/posts?per_page=10&_fields=slug,title", **options, **QUICK)
    seen = []
    plan = importer.plan(pages, into=MemorySink(), listeners=[seen.append])
    assert (seen[-1].completed, seen[-1].total) == (COUNT, COUNT)
    assert plan.notes == ()
    frame = importer.read(pages)
    assert frame["slug"].to_list() == [f"p-{n}" for n in reversed(range(COUNT))]
    assert frame["title.rendered"][0] == "Salt &#038; pepper 24"


def test_what_only_its_users_see_needs_a_header(posts):
    url = f"{posts.url}/wp-json/wp/v2/posts?status=draft"
    with pytest.raises(SourceError, match=r"400 Bad Request, .*status"):
        importer.read(importer.Pages(url, **QUICK))


@pytest.mark.parametrize("kind", ["rss2", "atom", "rdf"])
def test_its_feeds_are_rows_and_told_if_they_have_not_changed(posts, kind):
    pages = importer.Pages(f"{posts.url}/?feed={kind}", **QUICK)
    sink = MemorySink()
    importer.load(pages, into=sink, table="posts", listeners=[])
    newest = sink.rows[0]
    assert len(sink.rows) == 10
    assert newest["published"] == dt.datetime(2025, 1, 2, tzinfo=dt.UTC)
    assert newest["title"] == ("Salt &#038; pepper 24" if kind == "atom" else "Salt & pepper 24")
    assert (newest["author"], newest["categories"]) == ("admin", '["Food", "News"]')
    assert newest["id"].startswith(posts.url)
    assert newest["link"] == f"{posts.url}/p-24/"
    again = importer.plan(pages, into=MemorySink(), listeners=[])
    assert any("nothing has changed since" in note for note in again.notes)
