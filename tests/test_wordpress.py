"""A real WordPress as the target: exact counts, no post twice over a network that lies, nothing changed untold."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lying_proxy import lying
from picture_server import picture, showing
from waiting import until
from wordpress import serving

import importer
from importer import engine
from importer.core import State, home
from importer.errors import SinkError, TableMismatchError
from importer.sinks import head_of, tables_of

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("wordpress")) as site:
        yield site


@pytest.fixture
def site(running, monkeypatch):
    monkeypatch.setenv("WORDPRESS_APPLICATION_PASSWORD", running.password)
    running.empty()
    return running


@pytest.fixture
def network(site):
    with lying(site.url) as proxy:
        yield proxy


def posts(count, **columns):
    """Rows of posts with slugs of their own."""
    frame = pl.DataFrame({"slug": [f"p-{at}" for at in range(count)], "title": [f"Post {at}" for at in range(count)]})
    return frame.with_columns(pl.lit("publish").alias("status")).with_columns(**columns)


def put(frame, into, table="posts", **options):
    return importer.load(frame, into=into, table=table, listeners=[], **options)


def counts(report):
    now = report.progress
    return now.created, now.updated, now.unchanged, now.rejected


def test_posts_are_created_then_unchanged_then_updated(site):
    frame = posts(60, content=pl.lit("<p>Hello</p>"), categories=pl.lit("News, Food & drink"), tags=pl.lit("a,b"))
    assert counts(put(frame, site.target)) == (60, 0, 0, 0)
    assert counts(put(frame, site.target)) == (0, 0, 60, 0)
    changed = frame.with_columns(title=pl.when(pl.col("slug") == "p-7").then(pl.lit("Other")).otherwise("title"))
    assert counts(put(changed, site.target)) == (0, 1, 59, 0)
    there = site.posts()
    assert there["p-7"] == ("publish", "Other", "<p>Hello</p>")
    assert len(there) == frame.height
    names = [name for (name,) in site.query("SELECT name FROM wp_terms ORDER BY name")]
    assert [name for name in names if name in {"a", "b", "News", "Food &amp; drink"}] == [
        "a",
        "b",
        "Food &amp; drink",
        "News",
    ]


def test_a_check_counts_what_an_import_would_and_changes_nothing(site):
    put(posts(3), site.target)
    frame = pl.concat([posts(5).with_columns(title=pl.lit("Other")), posts(1)])
    plan = importer.plan(frame, into=site.target, table="posts", listeners=[])
    before = site.posts()
    assert counts(plan.check()) == (2, 4, 0, 0)
    assert site.posts() == before
    assert counts(plan.start().result()) == (2, 4, 0, 0)


@pytest.mark.parametrize(
    ("on_conflict", "wanted"),
    [("update", (1, 2, 0, 0)), ("skip", (1, 0, 2, 0)), ("reject", (1, 0, 0, 2)), ("update_only", (0, 1, 0, 2))],
)
def test_rows_count_as_if_they_came_one_by_one(site, on_conflict, wanted):
    put(posts(1), site.target)
    frame = pl.concat([posts(2).with_columns(title=pl.lit("Other")), posts(2).tail(1)])
    assert counts(put(frame, site.target, on_conflict=on_conflict)) == wanted


def test_cells_that_no_post_can_hold_are_refused_with_their_reason(site):
    frame = pl.DataFrame(
        {
            "slug": ["a", "b", "c", "d", "e", "f"],
            "title": ["A", "B", "C", "D", None, "F"],
            "status": ["draft", "nope", "draft", "draft", "draft", "draft"],
            "author": ["admin", "admin", "nobody", "ann@example.org", "1", "1"],
            "featured_image": [None, None, None, "/no/such.png", None, "https://example.org/a.png"],
        }
    )
    report = put(frame, site.target)
    assert counts(report) == (1, 0, 0, 5)
    why = dict(report.rejects.select("row", "message").iter_rows())
    assert "'nope' is no status" in why[3]
    assert "no user of the site is called 'nobody'" in why[4]
    assert "no picture can be read" in why[5]
    assert "Content, title, and excerpt are empty" in why[6]
    assert why[7] == "'https://example.org/a.png' is an address, which only the option images fetches"


def test_what_the_site_changes_or_drops_is_told(site):
    site_of_ann = site.target.replace("admin@", f"ann:{site.author_password.replace(' ', '')}@")
    later = datetime.now(UTC) + timedelta(days=9)
    frame = pl.DataFrame(
        {
            "slug": ["script", "future"],
            "content": ["<p>x</p><script>alert(1)</script>", "<p>y</p>"],
            "status": ["publish", "publish"],
            "date": [datetime(2025, 1, 31, 8, tzinfo=UTC), later.replace(microsecond=0)],
        }
    )
    report = put(frame, site_of_ann)
    assert counts(report) == (2, 0, 0, 0)
    told = dict(report.rejects.filter(rule="changed-by-site").select("column", "message").iter_rows())
    assert "'<p>x</p>alert(1)'" in told["content"]
    assert told["status"] == "the site made 'future' of 'publish'"
    assert counts(put(frame, site_of_ann)) == (0, 0, 2, 0)


KEYS = [
    "12",
    "post-12",
    "Ünï x",
    "ünï x",
    "feed",
    "a" * 250,
    "a" * 249 + "b",
    "x--y",
    "x-y",
    "2024",
    " 日本 ",
    "🍋",
    "A",
    "a",
]


def test_keys_that_a_site_would_bend_stay_apart(site):
    frame = pl.DataFrame({"slug": KEYS, "title": KEYS, "status": ["publish"] * len(KEYS)})
    report = put(frame, site.target)
    assert counts(report) == (len(KEYS), 0, 0, 0)
    assert sorted(title for _, title, _ in site.posts().values()) == sorted(key.strip() for key in KEYS)
    assert counts(put(frame, site.target)) == (0, 0, len(KEYS), 0)


def test_a_post_in_the_trash_and_one_of_somebody_else_are_refused(site):
    put(posts(2), site.target)
    site.query("UPDATE wp_posts SET post_status = 'trash', post_name = 'p-0__trashed' WHERE post_name = 'p-0'")
    report = put(posts(2), site.target)
    assert counts(report) == (0, 0, 1, 1)
    assert "its post is in the trash" in report.rejects["message"].item()
    site_of_ann = site.target.replace("admin@", f"ann:{site.author_password.replace(' ', '')}@")
    report = put(posts(3).tail(2).with_columns(title=pl.lit("Mine")), site_of_ann)
    assert counts(report) == (1, 0, 0, 1)
    assert report.rejects["message"].item() == "the site gives it the slug 'p-1-2': something else has 'p-1'"
    assert {slug: title for slug, (_, title, _) in site.posts().items()} == {
        "p-0__trashed": "Post 0",
        "p-1": "Post 1",
        "p-2": "Mine",
    }


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fates=st.lists(st.sampled_from(["lose the request", "lose the answer", "fail", "come late"]), max_size=6),
    data=st.data(),
)
def test_no_post_comes_twice_over_a_network_that_lies(site, network, fates, data):
    site.empty()
    waiting = list(fates)
    lies = data.draw(st.lists(st.integers(0, 8), min_size=len(fates), max_size=len(fates), unique=True))
    number = iter(range(10**6))

    def fate(method, _path):
        if method in {"GET", "OPTIONS"}:
            return "pass"
        return waiting.pop(0) if next(number) in lies and waiting else "pass"

    network.fate = fate
    frame = posts(12)
    assert counts(put(frame, network.target, chunk_rows=4)) == (12, 0, 0, 0)
    network.fate = lambda _method, _path: "pass"
    network.come_late()
    assert counts(put(frame, network.target)) == (0, 0, 12, 0)
    assert {slug for slug in site.posts() if slug.startswith("p-")} == set(frame["slug"])


KILLED = """
import sys, importer
importer.load(sys.argv[1], into=sys.argv[2], table="posts", listeners=[], chunk_rows=8)
"""


@pytest.mark.parametrize(
    ("at", "fate_of_last"),
    [
        (0, "come last"),
        (0, "lose the answer"),
        (1, "come late"),
        (1, "lose the answer"),
        (1, "lose the request"),
        (2, "come last"),
        (2, "come late"),
        (3, "lose the request"),
    ],
)
def test_an_import_that_is_killed_goes_on_exactly(site, network, tmp_path, at, fate_of_last):
    frame = posts(24)
    file = tmp_path / "posts.csv"
    frame.write_csv(file)
    running = Counter()
    child = []

    def fate(method, _path):
        if method in {"GET", "OPTIONS"}:
            return "pass"
        running["writes"] += 1
        if running["writes"] == at + 1:
            child[0].send_signal(signal.SIGKILL)
            return "come late" if fate_of_last == "come last" else fate_of_last
        return "pass"

    network.fate = fate
    child.append(subprocess.Popen([sys.executable, "-c", KILLED, file, network.target]))
    child[0].wait()
    network.fate = lambda _method, _path: "pass"
    held_back = [network.late.pop() for _ in network.late[:]] if fate_of_last == "come last" else []
    if child[0].returncode == -signal.SIGKILL:
        job = importer.jobs()[0]
        report = importer.resume(job.job_id)
        assert counts(report) == (24, 0, 0, 0)
    # The site may still work on a request of the killed run: what comes of it is deleted by the next import.
    until(lambda: not network.at_work)
    for forward in held_back:
        forward()
    assert counts(put(frame, network.target)) == (0, 0, 24, 0)
    assert set(site.posts()) == set(frame["slug"])


def test_a_site_that_dies_half_way_is_waited_for(site, network):
    count = Counter()

    def fate(method, _path):
        count["writes"] += method == "POST"
        if count["writes"] == 3:
            site.stop()
            count["writes"] += 1
            site.start()
        return "pass"

    network.fate = fate
    assert counts(put(posts(60), network.target, chunk_rows=20)) == (60, 0, 0, 0)
    assert len(site.posts()) == 60


def test_what_is_no_wordpress_is_said_in_a_sentence(site, monkeypatch):
    with pytest.raises(TableMismatchError, match="have no 'colour'"):
        put(posts(1, colour=pl.lit("red")), site.target, new_columns="add")
    with pytest.raises(SinkError, match=r"has no posts of type 'post'.*'posts'"):
        put(posts(1), site.target, table="post")
    with pytest.raises(SinkError, match="without a slug"):
        put(pl.DataFrame({"title": ["a"]}), site.target)
    with pytest.raises(SinkError, match="cannot be replaced"):
        put(posts(1), site.target, if_table_exists="replace")
    monkeypatch.setenv("WORDPRESS_APPLICATION_PASSWORD", "wrong")
    with pytest.raises(SinkError, match="refuses the user 'admin'"):
        put(posts(1), site.target)
    monkeypatch.delenv("WORDPRESS_APPLICATION_PASSWORD")
    with pytest.raises(SinkError, match="nobody says the application password"):
        put(posts(1), site.target)


def test_types_of_its_own_and_registered_fields_are_written(site):
    frame = posts(2).with_columns(pl.lit(3).alias("meta.likes"), pl.lit("feed").alias("meta.source"))
    assert counts(put(frame, site.target)) == (2, 0, 0, 0)
    found = site.query("SELECT meta_key, meta_value FROM wp_postmeta WHERE meta_key IN ('likes', 'source')")
    assert Counter(found) == {("likes", "3"): 2, ("source", "feed"): 2}
    assert counts(put(posts(2), site.target, table="recipes")) == (2, 0, 0, 0)
    assert len(site.posts("recipe")) == 2


def test_a_check_shows_what_would_change(site):
    put(posts(2, tags=pl.lit("a,b")), site.target)
    frame = posts(2, tags=pl.lit("a, new")).with_columns(title=pl.lit("Other"))
    found = importer.plan(frame, into=site.target, table="posts", listeners=[]).check().changes
    assert set(found.filter(key="p-1").iter_rows()) == {
        ("p-1", "title", "Post 1", "Other"),
        ("p-1", "tags", "a, b", "a, new"),
    }


def test_an_import_is_taken_back_and_may_come_again(site):
    put(posts(3), site.target)
    changed = posts(5, tags=pl.lit("a")).with_columns(title=pl.lit("Other"))
    report = put(changed, site.target)
    assert counts(report) == (2, 3, 0, 0)
    job, before = report.progress.job_id, site.posts()
    site.query("UPDATE wp_posts SET post_title = 'By hand' WHERE post_name IN ('p-1', 'p-4')")
    foreseen = importer.undo(job, dry_run=True)
    assert (foreseen.removed, foreseen.restored, foreseen.kept) == (1, 2, 2)
    assert {slug for slug, row in site.posts().items() if row[1] == "Other"} == set(before) - {"p-1", "p-4"}
    done = importer.undo(job)
    assert (done.removed, done.restored, done.kept) == (1, 2, 2)
    titles = {slug: (status, title) for slug, (status, title, _) in site.posts().items()}
    assert titles == {
        "p-0": ("publish", "Post 0"),
        "p-1": ("publish", "By hand"),
        "p-2": ("publish", "Post 2"),
        "p-3__trashed": ("trash", "Other"),
        "p-4": ("publish", "By hand"),
    }
    assert counts(put(changed, site.target)) == (1, 4, 0, 0)
    assert set(site.posts()) == set(changed["slug"])


def test_an_undo_that_is_stopped_goes_on_with_the_rest(site):
    frame = posts(100)
    job = put(frame, site.target).progress.job_id
    seen = []

    def stop(progress):
        seen.append(progress)
        if progress.created:
            undo.cancel()

    undo = engine.undo_job(job, listeners=(stop,))
    undo._broadcast._min_interval_s = 0.0
    undo.run()
    assert seen[-1].state is State.CANCELLED
    assert 0 < seen[-1].created < frame.height
    assert seen[-1].error == "stopped; undo the import again to take back the rest"
    rest = importer.undo(job)
    assert rest.removed == frame.height - seen[-1].created
    assert {status for status, *_ in site.posts().values()} == {"trash"}


def test_a_site_shows_its_types_and_its_newest_posts(site):
    put(posts(3), site.target)
    listed = {one.name: (one.rows, one.is_exact) for one in tables_of(site.target)}
    assert listed == {"pages": (0, True), "posts": (3, True), "recipes": (0, True)}
    found = head_of(site.target, "posts", rows=2)
    assert (found.count, found.is_exact, len(found.rows)) == (3, True, 2)
    shown = dict(zip(found.columns, found.rows[0], strict=True))
    assert (shown["status"], shown["title"].startswith("Post"), shown["tags"]) == ("publish", True, None)


def test_pictures_are_uploaded_once(site, tmp_path):
    picture = tmp_path / "Red cat.png"
    picture.write_bytes(PNG)
    other = tmp_path / "copy.png"
    other.write_bytes(PNG)
    frame = posts(4).with_columns(featured_image=pl.Series([str(picture), str(other), str(picture), None]))
    assert counts(put(frame, site.target)) == (4, 0, 0, 0)
    [(media,)] = site.query("SELECT ID FROM wp_posts WHERE post_type = 'attachment'")
    shown = site.query("SELECT meta_value FROM wp_postmeta WHERE meta_key = '_thumbnail_id'")
    assert shown == [(str(media),)] * 3
    assert counts(put(frame, site.target)) == (0, 0, 4, 0)
    for file in (home() / "sites").iterdir():
        file.unlink()
    assert counts(put(frame, site.target)) == (0, 0, 4, 0)
    assert len(site.query("SELECT 1 FROM wp_posts WHERE post_type = 'attachment'")) == 1


def media(site):
    """Number, title and alt text of each upload, by its title."""
    rows = site.query(
        "SELECT p.ID, p.post_title, p.guid, m.meta_value FROM wp_posts p LEFT JOIN wp_postmeta m"
        " ON m.post_id = p.ID AND m.meta_key = '_wp_attachment_image_alt' WHERE p.post_type = 'attachment'"
    )
    return {title.rpartition("-")[0]: (number, url, alt) for number, title, url, alt in rows}


def test_pictures_in_texts_are_uploaded_once_and_shown_from_the_site(site):
    with showing() as web:
        red, blue = (web.put(f"/{name}.png", picture(colour=name)) for name in ("red", "blue"))
        html = f'<p><img class="a" src="{red}" srcset="{red} 2x" alt="Mine"> <img src="{blue}"></p>'
        frame = posts(3).with_columns(
            content=pl.Series([html, f'<img src="{web.url}/no.png">', None]),
            featured_image=pl.Series([red, None, None]),
            alt=pl.Series(["Two cats", None, None]),
        )
        images = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])
        report = put(frame, site.target, images=images)
        assert counts(report) == (2, 0, 0, 1)
        assert "answers with status 404" in report.rejects["message"].item()
        there = media(site)
        assert {name: alt for name, (_, _, alt) in there.items()} == {"red": "Two cats", "blue": None}
        first = f'<img class="a" src="{there["red"][1]}" alt="Mine">'
        assert site.posts()["p-0"][2] == f'<p>{first} <img src="{there["blue"][1]}" alt="Two cats"></p>'
        assert httpx.get(there["blue"][1]).content == picture(colour="blue")
        markdown = posts(4).tail(1).with_columns(markdown=pl.lit(f"A ![b]({blue}) b"), alt=pl.lit("Cats"))
        images = importer.images(markdown="markdown", allow_private=["127.0.0.1"])
        assert counts(put(markdown, site.target, images=images)) == (1, 0, 0, 0)
        assert site.posts()["p-3"][2] == f'<p>A <img src="{there["blue"][1]}" alt="b" /> b</p>'
        assert counts(put(markdown, site.target, images=images)) == (0, 0, 1, 0)
    # Everything is in the cache, and in the site, also where nothing here remembers it.
    for file in (home() / "sites").iterdir():
        file.unlink()
    images = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])
    assert counts(put(frame[[0, 2]], site.target, images=images)) == (0, 0, 2, 0)
    assert media(site) == there


def test_an_alt_text_that_the_site_has_stays_and_that_is_told(site, tmp_path):
    file = tmp_path / "cat.png"
    file.write_bytes(PNG)
    frame = posts(2).with_columns(featured_image=pl.lit(str(file)), alt=pl.Series(["A cat", "A dog"]))
    report = put(frame, site.target)
    assert counts(report) == (2, 0, 0, 0)
    told = report.rejects.select("row", "column", "message").rows()
    assert told == [(3, "alt", "the picture keeps the alt text that it has in the site, 'A cat'")]
    assert counts(put(frame, site.target)) == (0, 0, 2, 0)
    assert [alt for _, _, alt in media(site).values()] == ["A cat"]


def test_a_text_does_not_make_the_sink_read_other_files(site, tmp_path):
    file = tmp_path / "secret.png"
    file.write_bytes(PNG)
    html = f'<img src="{file.as_uri()}"><img src="{file}"><img src="{home().as_uri()}/jobs.db">'
    report = put(posts(1).with_columns(content=pl.lit(html)), site.target)
    assert counts(report) == (1, 0, 0, 0)
    assert media(site) == {}
    assert site.posts()["p-0"][2] == html


KILLED_WITH_PICTURES = """
import sys, importer
file, into, *job = sys.argv[1:]
images = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])
if job:
    importer.resume(job[0], listeners=[])
else:
    importer.load(file, into=into, table="posts", listeners=[], chunk_rows=8, images=images)
"""


@pytest.mark.parametrize(("at", "fate_of_last"), [(0, "come last"), (3, "lose the answer"), (5, "come late")])
def test_an_import_with_pictures_that_is_killed_again_and_again_has_each_once(
    site, network, tmp_path, at, fate_of_last
):
    writes, child, last = Counter(), [], []

    def fate(method, _path):
        while fate_of_last == "come last" and network.late:
            last.append(network.late.pop())
        if method in {"GET", "OPTIONS"}:
            return "pass"
        writes["of this run"] += 1
        if writes["of this run"] == at + 1:
            child[0].send_signal(signal.SIGKILL)
            return "come late" if fate_of_last == "come last" else fate_of_last
        return "pass"

    with showing() as web:
        shown = [web.put(f"/{at}.png", picture(colour=(30 * at, 0, 0))) for at in range(6)]
        frame = posts(24).with_columns(
            featured_image=pl.Series([shown[at % 5] if at % 3 else None for at in range(24)]),
            content=pl.Series([f'<p>{at}</p><img src="{shown[at % 6]}">' if at % 2 else None for at in range(24)]),
        )
        file = tmp_path / "posts.csv"
        frame.write_csv(file)
        network.fate = fate
        for _ in range(3):
            writes.clear()
            job = [one.job_id for one in importer.jobs()[:1]]
            child[:] = [subprocess.Popen([sys.executable, "-c", KILLED_WITH_PICTURES, file, network.target, *job])]
            if child[0].wait() == 0:
                break
        writes["of this run"] = -1_000
        job = importer.jobs()[0]
        if job.state is not State.SUCCEEDED:
            assert counts(importer.resume(job.job_id, listeners=[])) == (24, 0, 0, 0)
        until(lambda: not network.at_work)
        network.come_late()
        for forward in last:
            forward()
        images = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])
        assert counts(put(frame, network.target, images=images)) == (0, 0, 24, 0)
        assert set(web.asked.values()) == {1}
    assert set(site.posts()) == set(frame["slug"])
    there = site.query("SELECT post_name FROM wp_posts WHERE post_type = 'attachment'")
    assert len(there) == 6, there


@pytest.mark.parametrize("fate_of_upload", ["come late", "come last", "lose the answer", "fail"])
def test_no_picture_comes_twice_over_a_network_that_lies(site, network, tmp_path, fate_of_upload):
    frame = posts(3)
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_bytes(picture(colour={"a": "red", "b": "blue"}[name]))
    frame = frame.with_columns(featured_image=pl.Series([str(tmp_path / "a.png"), None, str(tmp_path / "b.png")]))
    fates, last = [fate_of_upload], []

    def fate(method, path):
        while fate_of_upload == "come last" and network.late:
            last.append(network.late.pop())
        wanted = fates.pop() if fates and method == "POST" and "media" in path else "pass"
        return "come late" if wanted == "come last" else wanted

    network.fate = fate
    assert counts(put(frame, network.target)) == (3, 0, 0, 0)
    until(lambda: not network.at_work)
    for forward in last:
        forward()
    assert counts(put(frame, network.target)) == (0, 0, 3, 0)
    assert len(site.query("SELECT 1 FROM wp_posts WHERE post_type = 'attachment'")) == 2
