"""RSS and Atom feeds as rows: the same columns from each, dates with their zones, and no harm from hostile ones."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paged import Reply, interface

import importer
from importer.errors import SourceError
from importer.sources import open_source
from importer.sources.converted import kind_of
from importer.sources.feeds import feed_of, is_feed
from importer.testing import MemorySink, check_source

RSS = """<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand --><?xml-stylesheet href="a.xsl"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:d="http://purl.org/dc/elements/1.1/"
     xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>News</title><link>https://a.example/</link><atom:link rel="self" href="https://a.example/feed"/>
<item>
  <title>Salt &amp; pepper&nbsp;&#8212; tested</title>
  <link> https://a.example/1 </link>
  <guid isPermaLink="false">tag:1</guid>
  <d:creator>Ann</d:creator><d:creator><![CDATA[Bob & Co]]></d:creator>
  <pubDate>Mon, 30 Nov 2026 21:13:08 +0100</pubDate>
  <category>Food</category><category domain="https://a.example/tags">Salt, fine</category>
  <description><![CDATA[<p>Short &nbsp;</p>]]></description>
  <content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
  <enclosure url="https://a.example/1.jpg" length="12345" type="image/jpeg"/>
  <media:thumbnail url="https://a.example/t.jpg" width="75"/>
</item>
<item><title>Bare</title><guid>https://a.example/2</guid><pubDate>Tue, 01 Dec 2026 08:00:00 GMT</pubDate></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:x">
<title>News</title><link rel="next" href="?page=2"/>
<entry><id>tag:1</id><title type="html">Salt &amp;amp; pepper</title>
  <link href="https://a.example/1"/><link rel="enclosure" href="https://a.example/1.mp3" type="audio/mpeg" length="9"/>
  <link rel="edit" href="https://a.example/1/edit"/>
  <published>2026-11-30T21:13:08+01:00</published><updated>2026-12-01T00:00:00.5Z</updated>
  <author><name>Ann</name><email>ann@a.example</email></author><author><name>Bob</name></author>
  <category term="food" label="Food"/>
  <summary>Short</summary>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="a&quot;b">1 &lt; 2<br/></p></div></content>
  <x:score>7</x:score></entry>
</feed>"""


def imported(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return importer.read(path)


def test_rss_has_a_column_for_each_part_of_an_entry(tmp_path):
    frame = imported(tmp_path / "feed", RSS)
    assert dict(zip(frame.columns, frame.row(0), strict=True)) == {
        "id": "tag:1",
        "title": "Salt & pepper\xa0— tested",
        "link": "https://a.example/1",
        "published": "2026-11-30T21:13:08+01:00",
        "author": "Ann, Bob & Co",
        "categories": '["Food", "Salt, fine"]',
        "summary": "<p>Short &nbsp;</p>",
        "content": "<p>Long</p>",
        "enclosure.url": "https://a.example/1.jpg",
        "enclosure.length": "12345",
        "enclosure.type": "image/jpeg",
        "media:thumbnail.url": "https://a.example/t.jpg",
        "media:thumbnail.width": "75",
    }
    assert (frame["link"][1], frame["published"][1]) == ("https://a.example/2", "2026-12-01T08:00:00+00:00")


def test_atom_has_the_same_columns(tmp_path):
    frame = imported(tmp_path / "feed.xml", ATOM)
    assert dict(zip(frame.columns, frame.row(0), strict=True)) == {
        "id": "tag:1",
        "title": "Salt &amp; pepper",
        "link": "https://a.example/1",
        "published": "2026-11-30T21:13:08+01:00",
        "updated": "2026-12-01T00:00:00.5Z",
        "author": "Ann, Bob",
        "categories": '["food"]',
        "summary": "Short",
        "content": '<p class="a&quot;b">1 &lt; 2<br></p>',
        "enclosure.url": "https://a.example/1.mp3",
        "enclosure.type": "audio/mpeg",
        "enclosure.length": "9",
        "links.rel": "edit",
        "links.href": "https://a.example/1/edit",
        "author:email": "ann@a.example",
        "x:score": "7",
    }


def test_moments_of_feeds_have_zones(tmp_path):
    path = tmp_path / "feed.rss"
    path.write_text(RSS, "utf-8")
    sink = MemorySink()
    report = importer.load(path, into=sink, listeners=[])
    assert [row["published"] for row in sink.rows] == [
        dt.datetime(2026, 11, 30, 20, 13, 8, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC),
    ]
    assert "feed" in str(importer.preview(path))
    assert report.progress.rejected == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_feeds_are_read_in_their_encoding(tmp_path, encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    item = "<rss><channel><item><title>é&eacute;</title></item></channel></rss>"
    text = f'<?xml version="1.0" encoding="{declared}"?>{item}'
    assert imported(tmp_path / "feed", text, encoding)["title"].to_list() == ["éé"]


def test_a_feed_is_found_by_its_content_also_packed(tmp_path):
    path = tmp_path / "feed.xml.gz"
    path.write_bytes(gzip.compress(ATOM.encode()))
    assert importer.read(path)["id"].to_list() == ["tag:1"]
    check_source(lambda: open_source(path))
    assert not is_feed(b"<feed><entry/></feed>")
    assert not is_feed(b'<?xml version="1.0"?><rsst>')
    assert is_feed(b'<!DOCTYPE rss PUBLIC "-//Netscape" "http://a.example/rss.dtd"><rss version="0.91">')


def test_items_of_rss_1_stand_beside_their_channel():
    rows = feed_of(
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>N</title></channel>'
        b'<item rdf:about="y"><title>A</title><dc:date>2026-11-30</dc:date></item></rdf:RDF>'
    ).rows
    assert rows == ({"id": "y", "title": "A", "published": "2026-11-30"},)


def test_what_two_elements_say_under_one_name_stays_apart():
    rows = feed_of(
        b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><pubDate>Mon, 30 Nov 2026 20:00 GMT</pubDate>'
        b"<dc:date>2020-01-01</dc:date><title>a</title><title>b</title></item></channel></rss>"
    ).rows
    assert rows == ({"title": ["a", "b"], "published": "2026-11-30T20:00:00+00:00", "dc:date": "2020-01-01"},)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "aaa">]><rss><channel/></rss>', "it declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss/>', "it declares entities"),
        ('<!DOCTYPE rss [<!ENTITY % a "b"> %a;]><rss/>', "it declares entities"),
        ("<rss><channel><item><title>&nonsense;</title></item></channel></rss>", "nobody says what &nonsense; means"),
        ('<rss><channel><item><enclosure url="&nonsense;"/></item></channel></rss>', "nobody says what &nonsense;"),
        ("<rss><channel><item><title>a & b</title></item></channel></rss>", "not well-formed"),
        ("<rss><channel><item>", "no element found in line 1"),
        (f"<rss>{'<a>' * 300}", "it has more elements than a feed has"),
    ],
    ids=["entity", "file", "parameter", "unknown", "unknown in an attribute", "ampersand", "cut", "deep"],
)
def test_a_feed_that_is_broken_or_hostile_is_told(tmp_path, data, said):
    with pytest.raises(SourceError) as caught:
        imported(tmp_path / "feed", data)
    assert f"'feed' is a feed that is broken: {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "may_stand_there"),
    [
        ("<!---->", True),
        ("<?a?>", True),
        (" ", True),
        ("<!DOCTYPE a[]>", True),
        ("<!DOCTYPE a[", False),
        ("<!--", False),
    ],
)
def test_what_begins_with_much_that_is_no_element_is_told_apart_at_once(unit, may_stand_there):
    """Tried in each way of dividing it, it would take for ever."""
    head = unit.encode() * 1_000
    assert is_feed(head + b"<rss>") == may_stand_there
    assert not is_feed(head + b"x")
    assert kind_of(head + b"x") is None


def test_unfinished_comments_take_no_time():
    with pytest.raises(ValueError, match="in line 1"):
        feed_of(b"<rss>" + b"<!--" * 2_000_000)


def test_an_entity_stays_as_it_is_where_it_is_text():
    [row] = feed_of(
        b"<rss><channel><item><!-- &x; --><title><![CDATA[&nbsp;]]>&amp;nbsp;</title></item></channel></rss>"
    ).rows
    assert row == {"title": "&nbsp;&nbsp;"}


ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: dt.timezone(dt.timedelta(minutes=15 * quarters)))
MOMENTS = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31), timezones=ZONES)


@given(MOMENTS.map(lambda moment: moment.replace(microsecond=0)))
def test_a_moment_of_rss_is_the_same_moment_in_the_same_zone(moment):
    said = email.utils.format_datetime(moment)
    [row] = feed_of(f"<rss><channel><item><pubDate>{said}</pubDate></item></channel></rss>".encode()).rows
    found = dt.datetime.fromisoformat(row["published"])
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize("said", ["yesterday", "Mon, 30 Nov 2026 20:00 CET", "30 Feb 2026 20:00 GMT", "30 Nov 2026"])
def test_a_moment_that_is_none_for_sure_stays_as_it_is_written(said):
    [row] = feed_of(f"<rss><channel><item><pubDate>{said}</pubDate></item></channel></rss>".encode()).rows
    assert row["published"] == said


def test_pages_of_a_feed_are_followed_and_asked_for_only_if_they_changed():
    second = ATOM.replace("tag:1", "tag:2").replace('<link rel="next" href="?page=2"/>', "")

    def answer(asked):
        tag = f'"{asked.query.get("page", "1")}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", status=304)
        return Reply(second if asked.query else ATOM, headers={"ETag": tag, "Content-Type": "application/atom+xml"})

    with interface(answer) as server:
        pages = importer.Pages(server.url("/feed.atom"), per_second=1_000_000.0)
        for _ in range(2):
            assert importer.read(pages)["id"].to_list() == ["tag:1", "tag:2"]
        plan = importer.plan(pages, into=MemorySink(), listeners=[])
        assert (plan.table, len(server.asked)) == ("feed", 6)
        assert any(note.startswith("the server says that nothing has changed since") for note in plan.notes)
        assert importer.read(server.url("/feed.atom"))["id"].to_list() == ["tag:1"]
