"""Measures 1,000 posts with 300 pictures into a real WordPress, beside a loop of single requests.

Run it as `python benchmarks/posts.py [POSTS] [PICTURES]`. It needs what the tests of posts need, see `.ci/run`.
"""

from __future__ import annotations

import os
import random
import struct
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

from wordpress import serving  # noqa: E402 - it is beside the tests

import importer  # noqa: E402

if TYPE_CHECKING:
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


def rows(posts: int, pictures: int, folder: Path) -> pl.DataFrame:
    """The posts; the first ones have a picture."""
    files: list[str | None] = []
    for number in range(pictures):
        (file := folder / f"picture {number}.png").write_bytes(picture(number))
        files.append(str(file))
    return pl.DataFrame(
        {
            "slug": [f"post-{number}-of-many" for number in range(posts)],
            "title": [f"Post {number}" for number in range(posts)],
            "content": [f"<p>{'Words of a post. ' * 40}{number}</p>" for number in range(posts)],
            "status": ["publish"] * posts,
            "tags": [f"tag {number % 20}" for number in range(posts)],
            "featured_image": files + [None] * (posts - pictures),
        }
    )


def ours(frame: pl.DataFrame, site: WordPress, what: str) -> None:
    """One import, and what became of it."""
    began = time.perf_counter()
    now = importer.load(frame, into=site.target, table="posts", listeners=[]).progress
    took = time.perf_counter() - began
    counts = f"{now.created:,} created, {now.updated:,} updated, {now.unchanged:,} unchanged, {now.rejected:,} refused"
    print(f"| {what} | {took:.1f} s | {now.rows_read / took:.0f} | {counts} |", flush=True)


def singly(frame: pl.DataFrame, site: WordPress) -> None:
    """The same posts, each by a request of its own, without tags and pictures."""
    with httpx.Client(auth=("admin", site.password), timeout=60) as client:
        began = time.perf_counter()
        for row in frame.select("slug", "title", "content", "status").iter_rows(named=True):
            client.post(f"{site.url}/wp-json/wp/v2/posts", json=row).raise_for_status()
        took = time.perf_counter() - began
    print(f"| {frame.height:,} single requests, nothing looked up | {took:.1f} s | {frame.height / took:.0f} | |")


def main(posts: int = 1_000, pictures: int = 300) -> None:
    """Print the lines of the table."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        os.environ |= {"WORDPRESS_APPLICATION_PASSWORD": site.password, "IMPORTER_HOME": f"{folder}/home"}
        site.empty()
        singly(rows(SINGLY, 0, Path(folder)), site)
        site.empty()
        frame = rows(posts, pictures, Path(folder))
        ours(frame, site, f"{posts:,} posts, {pictures:,} pictures")
        ours(frame, site, "again")
        ours(frame.with_columns(title=pl.col("title") + "!"), site, "with other titles")
        kinds = dict(site.query("SELECT post_type, count(*) FROM wp_posts WHERE post_type <> 'revision' GROUP BY 1"))
        print(f"in the site: {kinds}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
