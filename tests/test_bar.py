"""The line in a terminal, the figures in it, and which view is picked."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import types
from dataclasses import replace

import pytest
import tqdm.std
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core import Progress, StageInHand, State
from importer.listeners import Bar, Panel, auto
from importer.views import Window, compose, rows
from importer.views.terminal import width

START = Progress(label="a.xlsx → a", total=28_000_000)
HALF = replace(
    START,
    state=State.RUNNING,
    rows_read=215_000,
    created=214_988,
    rejected=12,
    completed=17_920_000,
    elapsed_s=3.0,
)
END = replace(HALF, state=State.SUCCEEDED, rows_read=336_776, created=336_764, completed=28_000_000, elapsed_s=4.72)

TWO_THIRDS = "▕████████████▊       ▏"


class Terminal(io.StringIO):
    """Text that takes itself for a screen."""

    def isatty(self) -> bool:
        return True


def drawn(file: io.StringIO) -> list[str]:
    """Every line that was drawn over the one before, without colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    return [line.rstrip() for line in plain.split("\r")[1:]]


def shown(*snapshots: Progress, ncols: int | None = None) -> list[str]:
    file = Terminal()
    bar = Bar(file=file, ncols=ncols)
    for progress in snapshots:
        bar(progress)
    return drawn(file)


IN_A_PROCESS = """
from importer.core import Progress, State
from importer.listeners import Bar

bar = Bar()
bar(Progress(label="a.csv", rows_read=9, created=9, state=State.RUNNING))
bar(Progress(label="a.csv", rows_read=9, created=9, state=State.SUCCEEDED))
"""


def test_a_terminal_that_says_to_have_no_columns_and_no_lines_shows_the_line_too() -> None:
    reading, writing = os.openpty()  # As large as nobody has said yet.
    with os.fdopen(reading, "rb", 0) as screen:
        with os.fdopen(writing, "w") as file:
            subprocess.run([sys.executable, "-c", IN_A_PROCESS], check=True, stderr=file)
        assert "done: 9 rows" in screen.read(4_000).decode()


def test_line_tells_a_stranger_how_far_how_fast_and_how_long() -> None:
    assert shown(START, replace(HALF, rows_read=0, created=0, rejected=0, completed=0, elapsed_s=0.0), HALF) == [
        "a.xlsx → a    0% ▕                    ▏ starting",
        "a.xlsx → a    0% ▕                    ▏ reading the first rows",
        f"a.xlsx → a   64% {TWO_THIRDS} 215,000 of ~336,000 rows · 71,700 rows/s · 2 s left · 12 refused",
    ]


def test_of_an_operation_of_unknown_length_the_line_says_what_was_said_last() -> None:
    now = Progress(label="Nightly", kind="task", state=State.RUNNING, rows_read=21_000, created=21_000, elapsed_s=2.0)
    said = replace(now, stage=StageInHand(message="a.csv: 21,000 of about 90,000 rows"))
    assert shown(now) == ["Nightly  21,000 steps"]
    assert shown(said) == ["Nightly  a.csv: 21,000 of about 90,000 rows"]
    assert shown(said, ncols=36) == ["Nightly  a.csv: 21,000 of about…"]


@pytest.mark.parametrize(
    ("final", "expected"),
    [
        (END, "100% ▕████████████████████▏ done: 336,776 rows in 4.7 s · 71,400 rows/s · 336,764 created · 12 refused"),
        (
            replace(HALF, state=State.FAILED, error="no space left"),
            f" 64% {TWO_THIRDS} failed after 215,000 rows: no space left · 12 refused",
        ),
        (
            replace(HALF, state=State.CANCELLED),
            f" 64% {TWO_THIRDS} cancelled after 215,000 rows in 3 s · 71,700 rows/s · 214,988 created · 12 refused",
        ),
        (
            replace(END, total=None, completed=0),
            "100% ▕████████████████████▏ done: 336,776 rows in 4.7 s · 71,400 rows/s · 336,764 created · 12 refused",
        ),
    ],
    ids=["done", "failed", "cancelled", "done without a total"],
)
def test_last_line_stays_with_the_final_figures(final: Progress, expected: str) -> None:
    file = Terminal()
    bar = Bar(file=file)
    bar(START)
    bar(final)
    assert drawn(file)[-1] == f"a.xlsx → a  {expected}"
    assert file.getvalue().endswith("\n")


def test_no_bar_and_no_thread_is_left_over() -> None:
    threads = set(threading.enumerate())
    shown(START, HALF, END)
    assert not vars(tqdm.std.tqdm)["_instances"]
    assert set(threading.enumerate()) == threads


def test_a_bar_follows_one_job_after_the_other() -> None:
    lines = shown(START, HALF, END, replace(START, label="b.csv → b"), replace(END, label="b.csv → b"))
    assert [line.split("  ")[0] for line in lines] == [*["a.xlsx → a"] * 3, *["b.csv → b"] * 2]


def test_a_total_that_comes_late_is_taken() -> None:
    assert shown(replace(START, total=None), HALF)[0] == "a.xlsx → a  starting"
    assert f"64% {TWO_THIRDS}" in shown(replace(START, total=None), HALF)[1]


def test_a_log_file_gets_a_line_a_state_and_now_and_then_one() -> None:
    file = io.StringIO()
    bar = Bar(file=file)
    bar(START)
    for tenth in range(250):
        bar(replace(HALF, elapsed_s=tenth / 10))
    bar(replace(END, elapsed_s=25.0))
    assert len(drawn(file)) == 5
    assert "\x1b" not in file.getvalue()


def test_a_terminal_without_unicode_is_written_in_ascii() -> None:
    class Plain(io.StringIO):
        encoding = "ascii"

    file = Plain()
    Bar(file=file)(replace(END, label="Führung → t"))
    assert file.getvalue().isascii()
    assert drawn(file)[-1].startswith("F?hrung -> t  100% |####################| done: 336,776 rows in 4.7 s, 71,400")


def test_a_name_cannot_move_the_cursor_or_break_the_line() -> None:
    line = shown(replace(END, label="a\x1b[2J\n{bar}{x!r}.xlsx"))[-1]
    assert line.startswith("a⟨U+001B⟩[2J {bar}{x!r}.xlsx  100% ")


STATES = st.sampled_from(State)
COUNTS = st.integers(0, 10**12)


@st.composite
def progresses(draw: st.DrawFn) -> Progress:
    created, rejected = draw(COUNTS), draw(COUNTS)
    return Progress(
        label=draw(st.text(max_size=40)),
        state=draw(STATES),
        rows_read=created + rejected,
        created=created,
        rejected=rejected,
        completed=draw(COUNTS),
        total=draw(st.none() | COUNTS),
        elapsed_s=draw(st.just(0.0) | st.floats(1e-3, 1e6)),
        error=draw(st.none() | st.text(max_size=200)),
    )


@settings(max_examples=200)
@given(progresses(), st.integers(60, 200))
def test_a_line_fits_its_terminal(progress: Progress, columns: int) -> None:
    window = Window()
    window(progress)
    line = compose(progress, window, columns)
    edges = line.bar + 4 if line.bar else 2
    assert width(line.head) + edges + width(line.tail) <= columns


@settings(max_examples=100)
@given(st.lists(progresses(), min_size=1, max_size=6), st.none() | st.integers(20, 120))
def test_a_bar_never_breaks(snapshots: list[Progress], columns: int | None) -> None:
    shown(*snapshots, ncols=columns)


@settings(max_examples=100)
@given(progresses())
def test_never_fewer_rows_are_expected_than_are_done(progress: Progress) -> None:
    said = [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", rows(progress))]
    assert said[0] == progress.rows_read
    assert said == sorted(said)


def moments(*seen: tuple[float, int]) -> Window:
    window = Window(seconds=5)
    for seconds, n in seen:
        window(replace(HALF, rows_read=n, created=n, rejected=0, completed=n, total=100_000, elapsed_s=seconds))
    return window


def test_speed_is_that_of_the_last_seconds() -> None:
    window = moments((0, 0), (60, 1_000), (62, 3_000), (65, 6_000))
    assert (window.rows_per_s, window.remaining_s) == (1_000, 94)


def test_speed_falls_where_nothing_comes_any_more() -> None:
    assert moments((0, 0), (1, 1_000), (2, 2_000), (30, 2_000)).rows_per_s == 0
    assert moments((0, 0), (1, 1_000), (2, 2_000), (30, 2_000)).remaining_s is None


def test_a_pause_takes_no_part_in_the_speed() -> None:
    paused = moments((0, 0), (1, 1_000), *[(1, 1_000)] * 10_000, (2, 2_000))
    assert paused.rows_per_s == moments((0, 0), (1, 1_000), (2, 2_000)).rows_per_s == 1_000
    assert len(paused._seen) < 5


def test_nobody_knows_the_speed_of_one_moment() -> None:
    assert Window().rows_per_s is None
    assert (moments((1, 1_000)).rows_per_s, moments((1, 1_000)).remaining_s) == (None, None)


@settings(max_examples=100)
@given(st.integers(1, 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_a_steady_job_has_its_speed_in_every_window(speed: int, steps: list[int]) -> None:
    times = [sum(steps[:n]) for n in range(len(steps) + 1)]
    window = moments(*((float(s), s * speed) for s in times))
    assert window.rows_per_s == speed


def test_outside_of_a_notebook_a_bar_is_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert isinstance(auto(), Bar)


@pytest.mark.parametrize(("shell", "view"), [("ZMQInteractiveShell", Panel), ("TerminalInteractiveShell", Bar)])
def test_in_a_notebook_a_panel_is_picked(monkeypatch: pytest.MonkeyPatch, shell: str, view: type) -> None:
    kind = type("Derived", (type(shell, (), {}),), {})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=kind))
    assert isinstance(auto(), view)


def test_naming_the_views_loads_no_screen() -> None:
    code = "import sys, importer.listeners as l; l.auto(); l.Panel(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"tqdm", "ipywidgets", "anywidget", "IPython", "openpyxl"} & set(loaded)
