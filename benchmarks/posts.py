"""Measures 1,000 posts with 300 pictures into a real WordPress, also killed, beside a loop of single requests.

Run it as `python benchmarks/posts.py [POSTS] [PICTURES] [KILLS]`. It needs what the tests of posts need, see `.ci/run`.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from picture_server import showing  # noqa: E402 - it is beside the tests
from wordpress import serving  # noqa: E402 - it is beside the tests

import importer  # noqa: E402

if TYPE_CHECKING:
    from picture_server import Pictures
    from wordpress import WordPress

SINGLY = 100
"""Posts of the loop of single requests."""


def picture(number: int) -> bytes:
    """A PNG of one colour, which no other number has."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixel = bytes([number % 256, number // 256 % 256, random.Random(number).randrange(256)])
    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + pixel * 64 for _ in range(64)))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def rows(posts: int, pictures: int, web: Pictures) -> pl.DataFrame:
    """The posts; the first ones have a picture, and every other one of those shows it in its text too."""
    addresses = [web.put(f"/picture%20{number}.png", picture(number)) for number in range(pictures)]
    words = "Words of a post. " * 40
    shown = [f'<img src="{one}">' if number % 2 else "" for number, one in enumerate(addresses)]
    shown += [""] * (posts - pictures)
    return pl.DataFrame(
        {
            "slug": [f"post-{number}-of-many" for number in range(posts)],
            "title": [f"Post {number}" for number in range(posts)],
            "content": [f"<p>{words}{number}</p>{shown[number]}" for number in range(posts)],
            "status": ["publish"] * posts,
            "tags": [f"tag {number % 20}" for number in range(posts)],
            "featured_image": addresses + [None] * (posts - pictures),
        }
    )


IMAGES = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])

IMPORT = """
import sys, importer
file, into, *job = sys.argv[1:]
images = importer.images("featured_image", html="content", allow_private=["127.0.0.1"])
if job:
    importer.resume(job[0], listeners=[])
else:
    importer.load(file, into=into, table="posts", listeners=[], images=images)
"""
"""An import in a process of its own, which can be killed."""


def fetched(frame: pl.DataFrame, what: str) -> None:
    """The pictures alone."""
    began = time.perf_counter()
    found = importer.images(
        "featured_image", html="content", of=frame, allow_private=["127.0.0.1"], listeners=[], history=False
    )
    took = time.perf_counter() - began
    print(f"| {what} | {took:.1f} s | {found.height / took:.0f} | {found['file'].count():,} are here |", flush=True)


def ours(frame: pl.DataFrame, site: WordPress, what: str) -> None:
    """One import, and what became of it."""
    began = time.perf_counter()
    now = importer.load(frame, into=site.target, table="posts", listeners=[], images=IMAGES).progress
    took = time.perf_counter() - began
    counts = f"{now.created:,} created, {now.updated:,} updated, {now.unchanged:,} unchanged, {now.rejected:,} refused"
    print(f"| {what} | {took:.1f} s | {now.rows_read / took:.0f} | {counts}{in_the(site)} |", flush=True)


def killed(frame: pl.DataFrame, site: WordPress, folder: Path, kills: int) -> None:
    """One import that is killed again and again, and goes on each time."""
    frame.write_csv(file := folder / "posts.csv")
    job: list[str] = []
    began = time.perf_counter()
    for number in range(1, kills + 2):
        child = subprocess.Popen([sys.executable, "-c", IMPORT, file, site.target, *job])
        while number <= kills and child.poll() is None and count(site, "post") < number * frame.height // (kills + 1):
            time.sleep(0.05)
        if number <= kills:
            child.kill()
        child.wait()
        job = [importer.jobs()[0].job_id]
    took, now = time.perf_counter() - began, importer.job(job[0])
    counts = f"{now.state.value}: {now.created:,} created, {now.rejected:,} refused{in_the(site)}"
    print(f"| the same, killed {kills} times | {took:.1f} s | {frame.height / took:.0f} | {counts} |", flush=True)


def count(site: WordPress, kind: str) -> int:
    """How many the site has."""
    return int(site.query("SELECT count(*) FROM wp_posts WHERE post_type = %s", kind)[0][0])


def in_the(site: WordPress) -> str:
    """What the site has."""
    return f"; the site has {count(site, 'post'):,} posts and {count(site, 'attachment'):,} pictures"


def singly(frame: pl.DataFrame, site: WordPress) -> None:
    """The same posts, each by a request of its own, without tags and pictures."""
    with httpx.Client(auth=("admin", site.password), timeout=60) as client:
        began = time.perf_counter()
        for row in frame.select("slug", "title", "content", "status").iter_rows(named=True):
            client.post(f"{site.url}/wp-json/wp/v2/posts", json=row).raise_for_status()
        took = time.perf_counter() - began
    print(
        f"| {frame.height:,} single requests, nothing looked up | {took:.1f} s | {frame.height / took:.0f} | |",
        flush=True,
    )


def singly_with_pictures(frame: pl.DataFrame, site: WordPress) -> None:
    """The same posts with their pictures, each fetched, sent, and named by a request of its own."""
    with httpx.Client(auth=("admin", site.password), timeout=60) as client:
        began = time.perf_counter()
        for row in frame.select("slug", "title", "content", "status", "featured_image").iter_rows(named=True):
            address = row.pop("featured_image")
            name = {"Content-Disposition": f'attachment; filename="{row["slug"]}.png"', "Content-Type": "image/png"}
            data = httpx.get(address).content
            sent = client.post(f"{site.url}/wp-json/wp/v2/media", content=data, headers=name).raise_for_status()
            row["featured_media"] = sent.json()["id"]
            client.post(f"{site.url}/wp-json/wp/v2/posts", json=row).raise_for_status()
        took = time.perf_counter() - began
    print(
        f"| {frame.height:,} of them with a picture, singly | {took:.1f} s | {frame.height / took:.0f} | |", flush=True
    )


def main(posts: int = 1_000, pictures: int = 300, kills: int = 4) -> None:
    """Print the lines of the table."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, showing() as web:
        os.environ |= {"WORDPRESS_APPLICATION_PASSWORD": site.password, "IMPORTER_HOME": f"{folder}/home"}
        frame = rows(posts, pictures, web)
        few = min(SINGLY, pictures)
        site.empty()
        singly(frame.tail(few), site)
        singly_with_pictures(frame.head(few), site)
        site.empty()
        fetched(frame, f"{pictures:,} pictures fetched")
        fetched(frame, "again")
        ours(frame, site, f"{posts:,} posts, {pictures:,} pictures")
        ours(frame, site, "again")
        ours(frame.with_columns(title=pl.col("title") + "!"), site, "with other titles")
        site.empty()
        os.environ["IMPORTER_HOME"] = f"{folder}/another"
        killed(frame, site, Path(folder), kills)
        ours(frame, site, "again")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
