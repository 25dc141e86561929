"""Text of strangers on every screen: no tag, no control character, nothing that a reader does not see."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import id_of

import importer
from importer.app.history._listing import Listing
from importer.app.history._view import draw as draw_history
from importer.core import Progress, State
from importer.errors import Fix, ImporterError, Message, visible
from importer.store import JobRecord
from importer.store._record_view import jobs_html, jobs_text
from importer.testing import MemorySink
from importer.views import Window, compose, draw_panel, for_mouse, for_shell, html, terminal

UNSEEN = [
    *("\u202e", "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"),
    *("\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u3164", "\u115f", "\U000e0041", "\u2028", "\u2029"),
    *("\x00", "\x07", "\x08", "\x1b", "\x7f", "\x9b", "\r", "\udcff", "\ufff9"),
]
"""Characters that act on a screen or are not seen there."""

WRITING = [
    "👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "می\u200cخواهم",
    "क्\u200dष क्\u200cष",
    "ශ්\u200dරී",
    "re\u0301sume\u0301",
    "Zürich\u00a0出勤\tתל אביב\n",
]
"""Ordinary text with joiners and combining marks."""

ATTACKS = [
    "<script>alert(1)</script>",
    "\"' onmouseover=alert(1) x='",
    "</style></details><img src=x onerror=alert(1)>",
    "\x1b[2J\x1b[31m",
    "\x1b]8;;http://example.com\x07click\x1b]8;;\x07",
    "total 5\rtotal 9",
    "invoice\u202excod.exe",
    "A\u200b1\u2066",
]
TEXTS = st.sampled_from([*ATTACKS, *UNSEEN]) | st.text(
    st.sampled_from(UNSEEN) | st.characters(categories=["L", "N", "P", "S", "M", "Cc", "Cf"]), min_size=1, max_size=20
)


def unseen(text: str) -> list[str]:
    """Characters of the text that a reader does not see, other than joiners, which only a few places allow."""
    kept = "\n\t\u200c\u200d"
    return [
        c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and visible(c) != c not in kept
    ]


@pytest.mark.parametrize("c", UNSEEN, ids=ascii)
def test_what_nobody_sees_becomes_a_mark(c: str) -> None:
    mark = f"⟨U+{ord(c):04X}⟩"
    assert visible(f"a{c}b") == f"a{mark}b"
    assert html.escape(f"a{c}b") == f"a{mark}b"
    assert terminal.printable(f"a{c}b") == f"a{mark}b"


@pytest.mark.parametrize("text", WRITING, ids=ascii)
def test_ordinary_writing_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert html.escape(text) == text


@pytest.mark.parametrize(
    "text", ["A\u200d1", "\u200dA", "12\u200c34", "A\u200c", "\u0663\u200c\u0664", "a\ufe0f\ufe0f", "\ufe0f"]
)
def test_a_joiner_hides_in_no_other_place(text: str) -> None:
    assert "⟨U+" in visible(text)


@settings(max_examples=200)
@given(TEXTS)
def test_a_mark_is_made_once_and_nothing_stays_unseen(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert not unseen(visible(text))


@settings(max_examples=100)
@given(TEXTS, TEXTS)
def test_no_error_shows_a_raw_control_character(said: str, value: str) -> None:
    error = ImporterError(f"the database says {said}", fixes=[value, Fix("table", value, f"for {said}")])
    error.add_note(said)
    for text in (str(error), for_shell(error), for_mouse(error), *error._render_traceback_()):
        assert not unseen(text)
    for text in (for_shell(said), for_mouse(said), Message(said).sentence):
        assert not unseen(text)


@settings(max_examples=100)
@given(TEXTS, st.sampled_from(State))
def test_no_bar_shows_a_raw_control_character(text: str, state: State) -> None:
    line = compose(
        Progress(label=text, state=state, error=text, rows_read=1, created=1, completed=1, total=2), Window(), 100
    )
    assert not unseen(line.head + line.tail)
    assert "\n" not in line.head + line.tail


def test_the_data_keep_what_the_screens_mark(tmp_path) -> None:
    file, sink, cell = tmp_path / "a.csv", MemorySink(), "x\u202ey\x1b[2J"
    file.write_text(f"id,note\n1,{cell}\n2,b\n", "utf-8")
    report = importer.load(file, into=sink, listeners=[])
    assert report.progress.rejected == 0
    assert cell in [row["note"] for row in sink.rows]
    assert "\u202e" not in str(importer.preview(file)) + importer.preview(file)._repr_html_()


class Shown(HTMLParser):
    """The tags and the attributes of a page, and what a person reads there or hears."""

    def __init__(self, drawn: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.told: list[str] = []
        self.feed(drawn)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(f"{tag} {name}" for name, _ in attrs)}
        # A page sends these two back, so they stay exact; nobody sees them.
        self.told += [value or "" for name, value in attrs if name not in {"value", "data-of"}]

    def handle_data(self, data: str) -> None:
        self.told.append(data)


def record(text: str) -> JobRecord:
    """A job of which a stranger wrote everything that is text."""
    places = ("label", "path", "name", "sheet", "target", "table_name", "schema_code", "error", "user_name", "host")
    return JobRecord(job_id=id_of("4c1d"), state=State.FAILED, **dict.fromkeys(places, text))


def pages_of(text: str) -> list[str]:
    one = record(text)
    now = replace(one.progress, label=text, error=text)
    listing = Listing(text=text, records=(one,), count=1, expanded=one.job_id, left_out=(text,))
    return [
        one._repr_html_(),
        jobs_html([one]),
        draw_history(listing),
        draw_history(replace(listing, problems={"": text})),
        *(draw_panel(replace(now, state=state), Window(), buttons=True) for state in State),
    ]


@settings(max_examples=60)
@given(TEXTS)
def test_no_record_of_a_stranger_draws_a_tag_or_hides_a_character(text: str) -> None:
    for drawn, plain in zip(pages_of(text), pages_of("abc"), strict=True):
        shown = Shown(drawn)
        assert shown.names <= Shown(plain).names
        assert not unseen("".join(shown.told))
    one = record(text)
    assert not unseen(str(one) + repr(jobs_text([one], 200)))


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_step_of_the_app_draws_a_tag_or_hides_a_character(
    attack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = []
    for n, text in enumerate(("abc", attack)):
        name = f"{n}{text.replace('/', '')}.csv"
        with Path(name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([["id", text], [text, text], ["2", "b"], ["3", text]])
        app = importer.App(name, into="sqlite:///a.db", table=f"{n}{text}")
        app.wait(60)
        app._screen.widget()
        app.wait(60)
        seen.append([Shown(page.html) for page in app._screen.pages.values()])
        app.close()
        assert not unseen(repr(app))
    plain, hostile = ({name for page in pages for name in page.names} for pages in seen)
    assert len(plain) > 20
    assert {name for name in hostile - plain if " on" in name or name in {"script", "img", "iframe", "a"}} == set()
    assert not [c for page in seen[1] for c in unseen("".join(page.told))]
