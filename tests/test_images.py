"""Addresses of pictures become files: each once, by what they hold, and never from the own network."""

from __future__ import annotations

import hashlib
import io
import os
import re
import socket
import sqlite3
import ssl
import stat
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import polars as pl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_server import picture, showing
from PIL import Image
from waiting import until

import importer
from importer.core import Images, home
from importer.errors import CancelledError, OptionError
from importer.pictures import Cache, file_of, in_html, in_markdown, markdown_with_sources, with_sources
from importer.pictures._content import looked_at
from importer.pictures._faults import PictureError
from importer.testing import MemorySink

HERE = ["127.0.0.1"]
"""The host of these tests, which is in a private network."""


@pytest.fixture
def web():
    with showing() as pictures:
        yield pictures


def fetched(addresses, **how):
    """What came of addresses, in their order: the file, or why there is none."""
    given = {"allow_private": HERE, "listeners": [], "history": False} | how
    found = importer.images(addresses, **given)
    assert found["url"].to_list() == list(dict.fromkeys(addresses))
    return [Path(file) if file is not None else why for file, why in found.select("file", "reason").iter_rows()]


def kept():
    """The files in the folder of pictures."""
    return sorted(file for file in (home() / "pictures").glob("*/*") if file.parent.name != "parts")


def test_a_picture_is_a_file_that_only_its_user_can_read(web):
    data = picture("JPEG")
    [file] = fetched([web.put("/a/R%C3%A9d%20cat.jpeg?w=5", data)])
    assert (file.name, file.read_bytes()) == ("r-d-cat.jpg", data)
    assert file.parent.name == hashlib.sha256(data).hexdigest()
    for place in (file, home() / "pictures" / "pictures.db"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for folder in (file.parent, home() / "pictures", home() / "pictures" / "parts"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list((home() / "pictures" / "parts").iterdir()) == []


def test_the_same_picture_is_kept_once_and_no_address_is_asked_twice(web):
    data = picture()
    addresses = [web.put(f"/{at}.png", data) for at in range(6)] * 2
    files = fetched(addresses)
    assert len(set(files)) == len(kept()) == 1
    assert set(web.asked.values()) == {1}
    assert fetched(addresses) == files
    assert set(web.asked.values()) == {1}


def test_a_second_run_fetches_only_what_failed(web):
    good, bad = web.put("/good.png", picture()), f"{web.url}/bad.png"
    assert fetched([good, bad])[1] == "'127.0.0.1' answers with status 404"
    web.put("/bad.png", picture(colour="blue"))
    assert [isinstance(one, Path) for one in fetched([good, bad])] == [True, True]
    assert web.asked == {"/good.png": 1, "/bad.png": 2}


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp")])
def test_the_kind_is_that_of_the_content(web, kind, suffix):
    [file] = fetched([web.put("/photo.exe", picture(kind), Content_Type="text/html")])
    assert file.name == f"photo.{suffix}"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A small PNG of many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress((b"\0" * (width // 8 + 1)) * min(height, 1_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


REFUSED = {
    "a page that says it is a picture": (b"<!DOCTYPE html><p>no</p>", "it is no JPEG, PNG, GIF, WebP or AVIF picture"),
    "a drawing with scripts": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 'begins with "<svg'),
    "nothing": (b"", "sends nothing"),
    "a picture that is cut off": (picture("JPEG", (400, 400))[:900], "it is a broken JPEG picture"),
    "a name of a picture and nothing more": (b"\x89PNG\r\n\x1a\n", "it is a broken PNG picture"),
    "a bomb": (bomb(60_000, 60_000), "it has 60,000 × 60,000 pixels, more than the 50,000,000 that max_pixels allows"),
    "broken chunks": (picture()[:40] + b"\0" * 60, "it is a broken PNG picture"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_with_its_reason(web, what):
    data, why = REFUSED[what]
    [told] = fetched([web.put("/a.jpg", data, Content_Type="image/jpeg")])
    assert why in told
    assert kept() == []
    assert list((home() / "pictures" / "parts").iterdir()) == []


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "AVIF"]),
    bytes_=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=6),
    length=st.none() | st.integers(12, 700),
    max_width=st.sampled_from([None, 20]),
)
def test_a_broken_picture_is_whole_or_refused(tmp_path_factory, kind, bytes_, length, max_width):
    data = bytearray(picture(kind))
    for at, byte in bytes_:
        data[at % len(data)] = byte
    file = tmp_path_factory.mktemp("broken") / "a"
    file.write_bytes(data[:length])
    why = ""
    try:
        looks = looked_at(file, Images(max_width=max_width))
        assert 0 < looks.width * looks.height <= Images().max_pixels
    except PictureError as exc:
        why = str(exc)
    assert not why or why.startswith(("it is no JPEG", f"it is a broken {kind} picture", "it has "))


def test_a_picture_that_is_too_large_is_not_read_to_its_end(web):
    data = picture("PNG", (300, 300)) + b"\0" * 50_000
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(data)
                sent.append(len(data))
        except OSError:
            pass
        handler.close_connection = True

    told = fetched([web.put("/told.png", data), web.act("/endless.png", endless)], max_bytes=1_000)
    assert told[0] == f"it has {len(data):,} bytes, more than the 1,000 bytes that max_bytes allows"
    assert told[1] == "it has more than the 1,000 bytes that max_bytes allows"


def test_a_picture_that_is_sent_packed_is_refused(web):
    [told] = fetched([web.put("/a.png", zlib.compress(picture()), Content_Encoding="deflate")])
    assert told == "'127.0.0.1' sends it packed as 'deflate', which was not asked for"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_wide_pictures_are_made_smaller_on_request_and_others_stay(web, kind):
    wide, narrow = picture(kind, (400, 200)), picture(kind, (100, 200))
    addresses = [web.put("/wide", wide), web.put("/narrow", narrow)]
    smaller, same = fetched(addresses, max_width=100)
    with Image.open(smaller) as shown:
        assert (shown.size, shown.getpixel((5, 5))[:3] if shown.mode != "P" else None)[0] == (100, 50)
    assert stat.S_IMODE(smaller.stat().st_mode) == 0o600
    assert same.read_bytes() == narrow
    assert fetched(addresses)[0].read_bytes() == wide
    assert web.asked["/wide"] == 2


def test_a_picture_that_lies_on_its_side_is_upright_once_it_is_smaller(web):
    turned = Image.Exif()
    turned[0x0112] = 6
    [file] = fetched([web.put("/a.jpg", picture("JPEG", (400, 200), exif=turned))], max_width=100)
    with Image.open(file) as shown:
        assert shown.size == (100, 200)


def test_pictures_that_move_keep_moving(web):
    out = io.BytesIO()
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    [file] = fetched([web.put("/a.gif", out.getvalue())], max_width=100)
    assert file.read_bytes() == out.getvalue()


def test_pictures_are_fetched_side_by_side_and_not_more_than_that(web):
    three, lock, at_once = threading.Barrier(3), threading.Lock(), Counter()

    def together(handler):
        with lock:
            at_once["now"] += 1
            at_once["most"] = max(at_once["most"], at_once["now"])
        three.wait(60)
        data = picture(colour=(9, int(handler.path.strip("/")), 3))
        with lock:
            at_once["now"] -= 1
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    files = fetched([web.act(f"/{at}", together) for at in range(9)], workers=3)
    assert len(set(files)) == 9
    assert at_once["most"] == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_is_asked_again_when_it_says(web, status):
    answers = [
        [status, {"Retry-After": "1"}, b""],
        [status, {"Retry-After": format_datetime(datetime.now(UTC), usegmt=True)}, b""],
        [200, {}, picture()],
    ]
    moments = []

    def busy(handler):
        moments.append(time.monotonic())
        code, headers, body = answers[len(moments) - 1]
        handler.send_response(code)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    assert isinstance(fetched([web.act("/a.png", busy)])[0], Path)
    assert moments[1] - moments[0] > 0.9


def test_a_server_that_wants_a_long_rest_is_left_alone(web):
    web.answers["/a.png"] = [429, {"Retry-After": "7200"}, b""]
    [told] = fetched([f"{web.url}/a.png"])
    assert told == "'127.0.0.1' answers with status 429, and wants to be asked in 7,200 s again"
    assert web.asked["/a.png"] == 1


def test_a_server_that_is_busy_is_left_alone_with_all_of_its_pictures(web):
    web.answers["/a.png"] = [503, {"Retry-After": "7200"}, b""]
    addresses = [f"{web.url}/a.png", web.put("/b.png", picture()), web.put("/c.png", picture())]
    told = fetched(addresses, workers=1)
    assert told[0] == "'127.0.0.1' answers with status 503, and wants to be asked in 7,200 s again"
    assert all(one.startswith("'127.0.0.1' is busy, and wants to be asked in 7,") for one in told[1:])
    assert web.asked == {"/a.png": 1}
    assert isinstance(fetched(addresses[1:])[0], Path)


@pytest.mark.parametrize("what", ["headers", "picture"])
def test_a_server_that_sends_drop_by_drop_is_not_listened_to_for_ever(web, monkeypatch, what):
    monkeypatch.setattr("importer.pictures._asking.WHOLE_S", 0.3)
    tick, gone = threading.Event(), threading.Event()

    def drip(handler):
        if what == "picture":
            handler.send_response(200)
            handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"a: b\r\n" if what == "headers" else b"x")
                tick.wait(0.01)
        except OSError:
            gone.set()
        handler.close_connection = True

    def begin(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        drip(handler)

    [told] = fetched([web.act("/a.png", begin if what == "headers" else drip)])
    assert told.startswith(("what '127.0.0.1' sends is not here after", "the connection to '127.0.0.1' failed"))
    assert gone.wait(60)


def test_a_connection_that_breaks_off_is_tried_again(web):
    data = picture("PNG", (200, 200), colour=(1, 2, 3))
    tries = []

    def broken(handler):
        tries.append(1)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data if len(tries) > 1 else data[:50])
        handler.close_connection = True

    assert fetched([web.act("/a.png", broken)])[0].read_bytes() == data
    assert len(tries) == 2


PRIVATE = [
    "http://127.0.0.1/a.png",
    "http://localhost/a.png",
    "http://0.0.0.0/a.png",
    "http://2130706433/a.png",
    "http://0x7f.1/a.png",
    "http://10.0.0.1/a.png",
    "http://192.168.1.1/a.png",
    "http://100.64.0.1/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/a.png",
    "http://[::]/a.png",
    "http://[::ffff:10.0.0.1]/a.png",
    "http://[fe80::1]/a.png",
    "http://[fd00::1]/a.png",
    "http://[64:ff9b::10.0.0.1]/a.png",
    "http://[2002:a00:1::]/a.png",
    "http://224.0.0.1/a.png",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_the_own_network_is_never_asked(web, address, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was asked"))
    [told] = fetched([address], allow_private=False)
    assert "is no public address; allow_private lets it be asked" in told


@pytest.mark.parametrize("address", [*PRIVATE[1:], "file:///etc/passwd", "ftp://127.0.0.1/a.png", "http://["])
def test_no_redirect_leads_into_the_own_network(web, address):
    [told] = fetched([web.send_on("/a.png", address)])
    assert re.search("is no public address|no address that begins with|no host is called|sends on", told)
    assert web.asked == {"/a.png": 1}


def test_a_redirect_to_another_picture_is_followed_and_a_circle_is_not(web):
    web.put("/b.png", picture())
    to, circle = web.send_on("/a.png", "b.png"), web.send_on("/c.png", "/c.png")
    file, told = fetched([to, circle])
    assert file.name == "a.png"
    assert told == "'127.0.0.1' sends on more than 5 times"


def test_a_name_is_looked_up_once_and_that_address_is_asked(web, monkeypatch):
    look_up, looked_up = socket.getaddrinfo, []
    port = int(web.url.rpartition(":")[2])

    def rebinding(host, *args, **how):
        if host != "rebinding.example":
            return look_up(host, *args, **how)
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    address = web.put("/a.png", picture()).replace("127.0.0.1", "rebinding.example")
    [told] = fetched([address], allow_private=False)
    assert told == "'rebinding.example' is 127.0.0.1, which is no public address; allow_private lets it be asked"
    looked_up.clear()
    assert isinstance(fetched([address], allow_private=["rebinding.example"])[0], Path)
    assert looked_up == ["rebinding.example"]


def test_all_addresses_of_a_name_have_to_be_public(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was asked"))
    [told] = fetched(["http://two.example/a.png"], allow_private=False)
    assert "'two.example' is 10.0.0.1, which is no public address" in told


@pytest.fixture
def safe_web(tmp_path, monkeypatch):
    """A server with the certificate of pictures.example, which is where every name leads to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, secret)
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *args, **how: look_up("127.0.0.1", *args, **how))
    with showing(context) as pictures:
        yield pictures


def test_the_certificate_has_to_be_that_of_the_name_whatever_the_address(safe_web):
    address = safe_web.put("/a.png", picture())
    names = ["pictures.example", "other.example"]
    ours, others = (address.replace("127.0.0.1", name) for name in names)
    file, why = fetched([ours, others], allow_private=names, workers=1)
    assert file.read_bytes() == picture()
    assert why.startswith("the connection to 'other.example' failed: ")
    assert "certificate" in why
    assert safe_web.asked == {"/a.png": 1}


@pytest.mark.parametrize("address", ["no address", "http://", "ftp://example.org/a.png", "data:image/png;base64,AAAA"])
def test_what_is_no_address_is_said(address):
    [told] = fetched([address])
    assert "address" in told


# The cache


class Clock:
    """A time that is moved by hand."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        self.now += 1
        return self.now


def put(cache, name, size):
    part = cache.part()
    part.write_bytes(name.encode() * size)
    return cache.keep(part, f"https://example.org/{name}", ".png").path


def test_what_was_used_longest_ago_goes_first(tmp_path):
    clock = Clock()
    first = Cache(100, tmp_path, clock)
    paths = {name: put(first, name, 30) for name in "abc"}
    first.close()
    second = Cache(100, tmp_path, clock)
    assert second.find("https://example.org/a").path == paths["a"]
    second.close()
    third = Cache(100, tmp_path, clock)
    put(third, "d", 30)
    third.close()
    assert [name for name, path in paths.items() if path.exists()] == ["a", "c"]
    assert not paths["b"].parent.exists()
    again = Cache(100, tmp_path, clock)
    assert (again.find("https://example.org/b"), again.total_bytes) == (None, 90)
    again.close()


def test_what_a_run_holds_stays_until_it_ends(tmp_path):
    clock = Clock()
    one, other = Cache(50, tmp_path, clock), Cache(50, tmp_path, clock)
    held = [put(one, name, 30) for name in "abc"]
    put(other, "d", 30)
    other.close()
    assert all(path.exists() for path in held)
    one.next_set()
    one.next_set()
    put(one, "e", 30)
    assert not any(path.exists() for path in held)
    one.close()


def test_what_one_call_has_fetched_is_there_when_it_is_done(web):
    addresses = [web.put(f"/{at}.png", picture(colour=(at, 0, 0))) for at in range(3)]
    assert all(map(Path.exists, fetched(addresses, cache_bytes=1)))
    fetched(addresses[:1], cache_bytes=1)
    assert len(kept()) == 1


def test_what_a_run_held_that_was_killed_is_let_go(tmp_path):
    clock = Clock()
    gone = Cache(50, tmp_path, clock)
    path = put(gone, "a", 40)
    gone._execute("UPDATE held SET pid = ?", 2**22 - 1)
    cache = Cache(50, tmp_path, clock)
    put(cache, "b", 40)
    cache.close()
    assert not path.exists()
    gone._connection.close()


def test_what_a_killed_run_has_left_is_deleted(tmp_path):
    cache = Cache(50, tmp_path)
    part, fresh = cache.part(), cache.part()
    os.utime(part, (1, 1))
    orphan = tmp_path / ("0" * 64) / "a.png"
    orphan.parent.mkdir()
    orphan.write_bytes(b"x")
    cache.close()
    Cache(50, tmp_path).close()
    assert (part.exists(), fresh.exists(), orphan.exists()) == (False, True, False)


def test_a_cache_of_another_version_is_made_anew(tmp_path):
    with closing(sqlite3.connect(tmp_path / "pictures.db")) as connection:
        connection.executescript("CREATE TABLE files (x); PRAGMA user_version = 7")
    for _ in range(2):
        cache = Cache(100, tmp_path)
        path = put(cache, "a", 3) if cache.find("https://example.org/a") is None else None
        cache.close()
    assert path is None


def test_a_file_that_somebody_deleted_or_cut_is_fetched_again(web):
    address, data = web.put("/a.png", picture()), picture()
    [file] = fetched([address])
    file.unlink()
    assert fetched([address])[0].read_bytes() == data
    file.write_bytes(b"")
    assert fetched([address])[0].read_bytes() == data
    assert web.asked["/a.png"] == 3


def test_a_picture_that_has_changed_is_fetched_again_if_it_is_to_be(web, tmp_path):
    address = web.put("/a.png", picture())
    [file] = fetched([address])
    web.put("/a.png", picture(colour="blue"))
    assert fetched([address]) == fetched([address], max_age_s=10_000) == [file]
    assert fetched([address], max_age_s=0)[0].read_bytes() == picture(colour="blue")
    assert file.read_bytes() == picture()
    assert web.asked["/a.png"] == 2


def test_the_limit_is_kept_from_run_to_run(web):
    sizes = {at: len(picture("PNG", (50 + at, 50), colour=(at, 9, 9))) for at in range(8)}
    limit = sum(sizes.values()) // 2
    for at in sizes:
        fetched([web.put(f"/{at}.png", picture("PNG", (50 + at, 50), colour=(at, 9, 9)))], cache_bytes=limit)
        assert sum(file.stat().st_size for file in kept()) <= limit
    assert kept()


def test_a_folder_of_ones_own_keeps_pictures_for_good(web, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    addresses = [web.put(f"/{at}.png", picture(colour=(at, 0, 0))) for at in range(3)]
    files = [fetched([one], folder="pictures", cache_bytes=1)[0] for one in addresses]
    assert [file.parent.parent for file in files] == [tmp_path / "pictures"] * 3
    assert all(map(Path.exists, files))
    for database in (tmp_path / "pictures").glob("pictures.db*"):
        database.unlink()
    assert fetched(addresses, folder="pictures") == files
    assert not (home() / "pictures").exists()
    assert file_of(files[0].as_uri()) == files[0]


# Within an import


def rows(web, *cells):
    return pl.DataFrame({"id": range(len(cells)), "picture_url": [web.url + cell if cell else None for cell in cells]})


def put_in(frame, images, **options):
    sink = MemorySink()
    report = importer.load(frame, into=sink, table="posts", key="id", images=images, listeners=[], **options)
    return sink.rows, report


def test_a_row_whose_picture_cannot_be_had_is_refused_and_the_others_have_files(web):
    web.put("/a.png", picture())
    there, report = put_in(rows(web, "/a.png", "/b.png", None), importer.images("picture_url", allow_private=HERE))
    assert [(row["id"], row["picture_url"] and Path(row["picture_url"]).name) for row in there] == [
        (0, "a.png"),
        (2, None),
    ]
    [refused] = report.rejects.iter_rows(named=True)
    assert (refused["row"], refused["column"], refused["value"]) == (3, "picture_url", f"{web.url}/b.png")
    assert refused["message"] == "the picture cannot be had: '127.0.0.1' answers with status 404"
    web.put("/b.png", picture())
    frame = report.rejected_rows.drop("row")
    there, report = put_in(frame, importer.images("picture_url", allow_private=HERE))
    assert report.progress.created == 1


def test_a_row_may_be_kept_without_its_picture_and_that_is_told(web):
    images = importer.images("picture_url", allow_private=HERE, on_failure="keep")
    there, report = put_in(rows(web, "/b.png"), images)
    assert there == [{"id": 0, "picture_url": None}]
    assert report.rejects["severity"].to_list() == ["warning"]
    assert report.rejects["message"].item().endswith("status 404, so its cell is empty")
    assert report.progress.warnings == 1


def test_the_size_of_chunks_changes_nothing(web):
    web.put("/a.png", picture())
    frame = rows(web, *["/a.png", "/b.png", None] * 5)
    images = importer.images("picture_url", allow_private=HERE)
    found = [put_in(frame, images, chunk_rows=size) for size in (1, 4, 100)]
    assert all(there == found[0][0] for there, _ in found)
    assert all(report.rejects.equals(found[0][1].rejects) for _, report in found)
    assert web.asked["/a.png"] == 1


def test_pictures_in_texts_become_files(web):
    there = {name: web.put(f"/{name}.png", picture(colour=name)) for name in ("red", "blue", "green")}
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "html": [f'<p>A <IMG alt=x src="{there["red"]}"> <!-- <img src="{there["blue"]}"> --></p>', None],
            "markdown": ["nothing", f"![g]({there['green']} 'A title') `![g]({there['green']})`"],
        }
    )
    rows, report = put_in(frame, importer.images(html="html", markdown="markdown", allow_private=HERE))
    assert report.progress.rejected == 0
    [source, *_] = in_html(rows[0]["html"])
    assert file_of(source).name == "red.png"
    assert rows[0]["html"] == frame["html"][0].replace(there["red"], source, 1)
    assert "/blue.png" not in web.asked
    [source] = in_markdown(rows[1]["markdown"])
    assert file_of(source).name == "green.png"
    assert rows[1]["markdown"] == f"![g]({source} 'A title') `![g]({there['green']})`"


def test_a_text_with_a_picture_that_cannot_be_had_is_refused_or_stays(web):
    frame = pl.DataFrame({"id": [1], "content": [f'<img src="{web.url}/no.png">']})
    _, report = put_in(frame, importer.images(html="content", allow_private=HERE))
    assert report.rejects.select("value", "severity").rows() == [(f"{web.url}/no.png", "error")]
    rows, report = put_in(frame, importer.images(html="content", allow_private=HERE, on_failure="keep"))
    assert rows == frame.to_dicts()
    assert report.progress.warnings == 1


def test_other_sources_of_a_picture_go_where_it_stays_for_good():
    film = '<video><source src="f.mp4"></video>'
    other = '<picture><source srcset="b.webp"><img src="b.png" srcset="b.png 2x"></picture>'
    text = (
        f'{film}<picture><source srcset="a.webp"> <SOURCE srcset=c.webp><img src="a.png" sizes="9vw"></picture>{other}'
    )
    assert with_sources(text, {"a.png": "n.png"}, is_last=True) == (
        f'{film}<picture> <img src="n.png"></picture>{other}'
    )
    assert with_sources(text, {"a.png": "n.png"}) == text.replace("a.png", "n.png")


def test_pictures_in_texts_without_a_whole_address_stay_and_are_told(web):
    html = '<img src="a.png"><img src="/b.png"><img src="data:image/png;base64,AA"><img src="//10.0.0.1/c.png">'
    images = importer.images(html="content", allow_private=HERE, on_failure="keep")
    rows, report = put_in(pl.DataFrame({"id": [1], "content": [html]}), images)
    assert rows[0]["content"] == html
    stays = "a picture in the text has no whole address, so it stays as it is"
    private = "'10.0.0.1' is no public address; allow_private lets it be asked"
    assert report.rejects.select("value", "message", "severity").rows() == [
        ("a.png", stays, "warning"),
        ("/b.png", stays, "warning"),
        ("//10.0.0.1/c.png", f"the picture cannot be had: {private}, so its address stays", "warning"),
    ]


def test_a_text_names_no_file_but_those_that_were_fetched(web, tmp_path):
    secret = tmp_path / ("0" * 64) / "secret.png"
    secret.parent.mkdir()
    secret.write_bytes(picture())
    [ours] = fetched([web.put("/a.png", picture())])
    assert file_of(ours.as_uri()) == ours
    inside = ours.parent / "link.png"
    inside.symlink_to(secret)
    outside = [secret.as_uri(), str(secret), (home() / "jobs.db").as_uri(), f"{ours.parent.as_uri()}/../../jobs.db"]
    for source in (*outside, inside.as_uri(), f"http://x{ours}", "file:", "\0", "//", "file://[", ""):
        assert file_of(source) is None


PIECES = """<p>|</p>|word|![a](x.png)|![b](<x.png>)|[x.png](x.png)|`![a](x.png)`|<img src="x.png">|\\|*|![r][1]|<!--|-->
<img src=x.png alt='>'>|<script>|</script>""".replace("\n", "|").split("|")
WORDS = st.lists(st.sampled_from([*PIECES, " ", "\n\n", "\n```\n", "\n\n[1]: x.png\n\n"]), max_size=12).map("".join)


@given(WORDS)
def test_only_addresses_change_in_html(text):
    changed = with_sources(text, {"x.png": "y.png"})
    assert in_html(changed) == [{"x.png": "y.png"}.get(one, one) for one in in_html(text)]
    assert changed.replace("y.png", "x.png").replace('"', "") == text.replace('"', "")


@given(WORDS)
def test_only_addresses_change_in_markdown(text):
    changed, left = markdown_with_sources(text, {"x.png": "y.png"})
    assert changed.replace("y.png", "x.png") == text
    before, after = in_markdown(text), in_markdown(changed)
    if not left:
        assert after == [{"x.png": "y.png"}.get(one, one) for one in before]
    assert len(after) <= len(before) + len(left)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ("colour", "images names 'colour', and the table has no such column"),
        ("id", "images names 'id', which is part of the key"),
        ("qty", "images names 'qty', which holds no text"),
    ],
)
def test_a_column_that_cannot_hold_addresses_is_an_error(images, words):
    frame = pl.DataFrame({"id": ["a"], "qty": [1], "picture": ["x"]})
    with pytest.raises(OptionError, match=words):
        put_in(frame, images)


def test_a_header_names_the_column_that_it_fills(web):
    web.put("/a.png", picture())
    schema = importer.infer(pl.DataFrame({"id": [0], "featured": ["x"]}), key="id").schema
    there, _ = put_in(
        rows(web, "/a.png"),
        importer.images("picture_url", allow_private=HERE),
        schema=schema,
        mapping={"featured": "picture_url"},
    )
    assert Path(there[0]["featured"]).name == "a.png"


def test_wrong_arguments_are_said_in_words():
    with pytest.raises(OptionError, match="takes names of columns, or one list of addresses"):
        importer.images("https://example.org/a.png")
    for wrong in (5, [5], [b"https://example.org/a.png"]):
        with pytest.raises(OptionError, match="an address is a text, not"):
            importer.images(wrong)
    assert importer.images([None, float("nan"), " "], listeners=[], history=False).is_empty()
    with pytest.raises(OptionError, match="needs a column, or a list"):
        importer.images()
    with pytest.raises(OptionError, match="has no option 'max_widht': did you mean 'max_width'"):
        importer.images("a", max_widht=5)
    with pytest.raises(OptionError, match="max_age_s of images\\(\\) cannot be -1"):
        importer.images("a", max_age_s=-1)
    with pytest.raises(OptionError, match="workers of images\\(\\) cannot be 0"):
        importer.images("a", workers=0)


@pytest.mark.parametrize(("module", "package"), [("_asking", "httpx"), ("_content", "pillow")])
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, module, package):
    monkeypatch.setitem(sys.modules, f"importer.pictures.{module}", None)
    with pytest.raises(OptionError, match=f"pictures need the package {package}") as caught:
        fetched(["https://example.org/a.png"])
    assert "pip install 'notebook-importer[images]'" in str(caught.value)


def test_fetching_loads_no_picture_library_before_it_is_needed():
    code = "import sys, importer; importer.images('a'); print({'PIL', 'httpx', 'httpcore'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"


# As an operation


def test_pictures_of_rows_are_cached_in_a_stage_of_their_own(web, monkeypatch):
    monkeypatch.setattr("importer.engine._tracking.TELL_S", 0.0)
    posts = [
        {"picture": web.put(f"/{at}.png", picture(colour=(at, 0, 0))), "text": f'<img src="{web.url}/t">'}
        for at in range(5)
    ]
    web.put("/t", picture(colour="blue"))
    seen = []
    with importer.track("Publish", stages={"pictures": 1, "import": 3}, listeners=[seen.append], history=False) as op:
        with op.stage("pictures"):
            found = importer.images("picture", html="text", of=posts, allow_private=HERE)
        assert op.progress.fraction == 0.25
    assert found["reason"].null_count() == found.height == 6
    stages = [one.stage for one in seen if one.stage.name]
    assert {one.name for one in stages} == {"pictures", "pictures › Caching images"}
    assert {(one.completed, one.total) for one in stages if one.name != "pictures"} >= {(at, 6) for at in range(1, 7)}
    put_in(pl.DataFrame(posts).with_row_index("id"), importer.images("picture", html="text", allow_private=HERE))
    assert set(web.asked.values()) == {1}


def test_fetching_can_be_cancelled(web):
    stalled = threading.Event()

    def stall(handler):
        stalled.set()
        handler.send_response(200)
        handler.send_header("Content-Length", "9")
        handler.end_headers()
        gone.wait(60)

    gone = threading.Event()
    addresses = [web.put("/a.png", picture()), *(web.act(f"/stalled{at}.png", stall) for at in range(3))]

    def cancel(progress):
        if progress.rows_read:
            operation[0].cancel()

    operation = []

    class Steered:
        def attach(self, one):
            operation.append(one)

        def __call__(self, progress):
            cancel(progress)

    with pytest.raises(CancelledError):
        importer.images(addresses, allow_private=HERE, listeners=[Steered()], history=False)
    assert len(kept()) == 1
    assert not gone.is_set()
    gone.set()


def test_an_import_that_is_cancelled_while_it_fetches_ends_and_goes_on_later(web, tmp_path):
    hurries, stalled = threading.Event(), threading.Event()
    data = picture()

    def stall(handler):
        stalled.set()
        hurries.wait(60)
        handler.send_response(503)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    web.act("/b.png", stall)
    web.put("/a.png", data)
    file = tmp_path / "posts.csv"
    rows(web, *["/a.png"] * 3, "/b.png").write_csv(file)
    images = importer.images("picture_url", allow_private=HERE)
    job = importer.plan(
        file, into=f"sqlite:///{tmp_path}/shop.db", key="id", images=images, chunk_rows=3, listeners=[]
    ).start()
    until(stalled.is_set)
    job.cancel()
    hurries.set()
    assert job.result().progress.state is importer.State.CANCELLED
    web.put("/b.png", data)
    report = importer.resume(job.id, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (4, 0)


KILLED = """
import sys, importer
importer.images(sys.argv[1:], workers=1, allow_private=["127.0.0.1"], listeners=[], history=False)
"""


def test_a_run_that_is_killed_is_gone_on_with(web):
    stalled, goes_on = threading.Event(), threading.Event()

    def stall(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "99")
        handler.end_headers()
        handler.wfile.write(b"x")
        stalled.set()
        goes_on.wait(60)

    addresses = [web.put(f"/{at}.png", picture(colour=(at, 0, 0))) for at in range(4)]
    web.act("/2.png", stall)
    child = subprocess.Popen([sys.executable, "-c", KILLED, *addresses])
    until(stalled.is_set)
    child.kill()
    child.wait()
    goes_on.set()
    web.put("/2.png", picture(colour="blue"))
    assert all(map(Path.exists, fetched(addresses)))
    assert web.asked == {"/0.png": 1, "/1.png": 1, "/2.png": 2, "/3.png": 1}
    [part] = (home() / "pictures" / "parts").iterdir()
    os.utime(part, (1, 1))
    fetched(addresses)
    assert not part.exists()
    assert len(kept()) == 4
