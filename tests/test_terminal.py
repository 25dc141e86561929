"""Text in a terminal: no line too long, none that moves the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.views import terminal
from importer.views.terminal import cut, paragraph, printable, table, width

TEXTS = st.text(max_size=60) | st.sampled_from(["\x1b[2J", "a\nb", "出勤" * 20, "e\u0301" * 30, "x" * 300])
ROOMS = st.integers(60, 160)


@settings(max_examples=200)
@given(st.lists(TEXTS, min_size=1, max_size=12), st.data(), ROOMS)
def test_no_line_of_a_table_is_wider_than_the_terminal(heads: list[str], data: st.DataObject, room: int) -> None:
    cells = st.lists(st.none() | TEXTS, min_size=len(heads), max_size=len(heads))
    lines = table(heads, data.draw(st.lists(cells, max_size=5)), room=room, right={0})
    assert max(map(width, lines)) <= room
    assert all(line.isprintable() for line in lines)


@settings(max_examples=200)
@given(TEXTS, st.integers(1, 80))
def test_a_cut_text_is_a_beginning_and_says_so(text: str, room: int) -> None:
    shown = cut(text, room)
    assert width(shown) <= room
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@settings(max_examples=100)
@given(st.text(), ROOMS)
def test_a_paragraph_keeps_every_word(text: str, room: int) -> None:
    assert "".join("".join(paragraph(text, room=room)).split()) == "".join(printable(text).split())


def test_columns_stand_under_each_other_also_where_letters_are_wide() -> None:
    lines = table(["name", "n"], [["出勤", "1"], ["e\u0301a", "22"]], room=60, right={1})
    assert lines == ["  name   n", "  出勤   1", "  e\u0301a    22"]


def test_what_finds_no_room_is_cut_first_and_then_left_out() -> None:
    row = ["a" * 30] * 4
    assert table(row, [], room=60)[0].split() == ["a" * 12 + "…"] * 4
    assert len(table(["a" * 30] * 6, [], room=60)[0].split()) == 5


@pytest.mark.parametrize(("said", "expected"), [("140", 140), ("20", 60), ("", 100)], ids=["wide", "narrow", "none"])
def test_the_terminal_tells_its_width(said: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", said)
    monkeypatch.setattr("sys.__stdout__", None)
    assert terminal.columns() == expected
