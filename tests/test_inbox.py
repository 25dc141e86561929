"""Uploads as they arrive, lost and hostile messages among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.app.transfer._inbox import SILENT_S, Inbox, Received, discard
from importer.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = bytes(range(256)) * 40


class Sender:
    """Sends what a page would, and remembers what came of it."""

    def __init__(self, **options: Any) -> None:
        self.files: list[Received] = []
        self.clock = FakeClock()
        self.inbox = Inbox(self.files.append, clock=self.clock, **options)

    def say(self, kind: str, buffers: list[bytes] | None = None, **more: Any) -> dict[str, Any] | None:
        return self.inbox.handle({"type": kind, "id": "1", **more}, buffers or [])

    def begin(self, **more: Any) -> dict[str, Any] | None:
        return self.say("begin", **{"name": "a.csv", "size": len(DATA), **more})

    def chunk(self, offset: int, end: int, epoch: int = 0) -> dict[str, Any] | None:
        return self.say("chunk", [DATA[offset:end]], epoch=epoch, offset=offset)


@pytest.fixture
def sender() -> Iterator[Sender]:
    one = Sender()
    yield one
    one.inbox.close()


def test_a_lost_piece_is_asked_for_once_and_sent_again(sender: Sender) -> None:
    sender.begin()
    sender.chunk(0, 1000)
    assert sender.chunk(2000, 3000) == {"type": "resync", "id": "1", "offset": 1000, "epoch": 1}
    assert sender.chunk(3000, 4000) is None
    assert sender.chunk(1000, len(DATA), epoch=1) == {"type": "ack", "id": "1", "offset": len(DATA)}
    assert sender.say("end") == {"type": "done", "id": "1"}
    assert sender.files[0].path.read_bytes() == DATA


def test_every_message_may_come_twice(sender: Sender) -> None:
    sender.begin()
    assert sender.begin() == {"type": "resync", "id": "1", "offset": 0, "epoch": 1}
    sender.chunk(0, len(DATA), epoch=1)
    assert [sender.say("end"), sender.say("end"), sender.say("probe"), sender.begin()] == [
        {"type": "done", "id": "1"}
    ] * 4
    assert len(sender.files) == 1


def test_an_end_before_the_last_piece_is_no_end(sender: Sender) -> None:
    sender.begin()
    sender.chunk(0, 1000)
    assert sender.say("end") == {"type": "resync", "id": "1", "offset": 1000, "epoch": 1}
    assert sender.files == []


def test_an_upload_that_fell_silent_gives_way_to_another(sender: Sender) -> None:
    sender.begin()
    stored = sender.inbox.arriving.file.path
    other = {"type": "begin", "id": "2", "name": "b.csv", "size": 1}
    assert "another upload is running: 'a.csv'" in sender.inbox.handle(other, [])["text"]
    sender.clock.advance(SILENT_S)
    assert sender.inbox.handle(other, [])["type"] == "ack"
    assert not stored.exists()
    assert "has lost this upload" in sender.say("probe")["text"]


def test_a_cancelled_upload_is_deleted(sender: Sender) -> None:
    sender.begin()
    stored = sender.inbox.arriving.file.path
    assert sender.say("cancel") == {"type": "cancelled", "id": "1"}
    assert not stored.exists()
    assert sender.chunk(0, 1000) is None
    assert sender.say("probe") == {"type": "cancelled", "id": "1"}


@pytest.mark.parametrize(
    ("octets", "says"), [(0, "'a.csv': the file is empty"), (101, "at most 100 B"), (1 << 62, "are free on the disk")]
)
def test_a_file_that_cannot_be_taken_is_refused_before_it_is_sent(octets: int, says: str) -> None:
    sender = Sender(max_bytes=100 if octets < 1000 else None)
    answer = sender.begin(size=octets)
    assert answer["type"] == "error"
    assert says in answer["text"]
    assert sender.inbox.arriving is None
    sender.inbox.close()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x.csv",
        "..",
        "",
        "\0",
        "a" * 5000,
        "<b>.csv",
        ".a.csv",
        ". .",
        "\ud800",
        "a\r\n\x1b[0m.csv",
    ],
)
def test_a_name_never_leaves_the_folder_of_its_upload(sender: Sender, name: str) -> None:
    assert sender.begin(name=name)["type"] == "ack"
    path = sender.inbox.arriving.file.path
    assert path.is_file()
    assert path.resolve().parent.parent == sender.inbox._folder.resolve()
    assert path.name.isprintable()
    assert not path.name.startswith(".")
    assert not set("/\\") & set(path.name)
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


@settings(max_examples=100)
@given(st.text(st.characters(), max_size=300))
def test_any_name_of_a_browser_is_taken(name: str) -> None:
    sender = Sender()
    assert sender.begin(name=name)["type"] == "ack"
    sender.inbox.close()


def test_a_file_keeps_its_name_and_a_name_that_is_too_long_its_ending(sender: Sender) -> None:
    for key, name in enumerate(["Übersicht 2025.csv", "表" * 200 + ".xlsx"]):
        sender.inbox.handle({"type": "begin", "id": str(key), "name": name, "size": 1}, [])
        kept = sender.inbox.arriving.file.name
        assert kept == name or (len(kept.encode()) <= 255 and kept.startswith("表") and kept.endswith("表.xlsx"))
        sender.inbox.handle({"type": "cancel", "id": str(key)}, [])


def test_two_uploads_of_one_name_do_not_meet(sender: Sender) -> None:
    for key in ("1", "2"):
        sender.inbox.handle({"type": "begin", "id": key, "name": "a.csv", "size": 1}, [])
        sender.inbox.handle({"type": "chunk", "id": key, "epoch": 0, "offset": 0}, [key.encode()])
        sender.inbox.handle({"type": "end", "id": key}, [])
    assert [file.path.read_bytes() for file in sender.files] == [b"1", b"2"]
    discard(sender.files[0].path)
    assert [file.path.parent.exists() for file in sender.files] == [False, True]


JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "chunk", "end", "probe", "cancel", "close", "__init__"]),
            st.dictionaries(st.sampled_from(["id", "name", "size", "offset", "epoch"]), JUNK),
            st.lists(st.binary(max_size=5), max_size=2),
        ),
        max_size=6,
    )
)
def test_no_message_breaks_it(messages: list[tuple[str, dict[str, Any], list[bytes]]]) -> None:
    sender = Sender()
    for kind, more, buffers in messages:
        sender.say(kind, buffers, **more)
    sender.inbox.close()


@settings(max_examples=100)
@given(st.data())
def test_whatever_gets_lost_the_file_is_whole(data: st.DataObject) -> None:
    sender = Sender()
    sender.begin()
    sent = epoch = rounds = 0
    while not sender.files:
        rounds += 1
        may_lose = rounds < 50
        if sent >= len(DATA):
            answer = sender.say("end")
        elif may_lose and data.draw(st.booleans()):
            sent, answer = min(sent + 1000, len(DATA)), None
        else:
            answer = sender.chunk(sent, min(sent + 1000, len(DATA)), epoch)
            sent = min(sent + 1000, len(DATA))
        if answer is not None and answer["type"] == "resync":
            sent, epoch = answer["offset"], answer["epoch"]
    assert sender.files[0].path.read_bytes() == DATA
    sender.inbox.close()
