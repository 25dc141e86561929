"""Text of strangers on every screen: no tag, no control character, nothing that a reader does not see."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.core import Progress, State
from importer.errors import Fix, ImporterError, Message, visible
from importer.testing import MemorySink
from importer.views import Window, compose, for_mouse, for_shell, html, terminal

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
