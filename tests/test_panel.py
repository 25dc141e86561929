"""The panel as its cells see it, without a browser."""

from __future__ import annotations

import threading
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from importer.core import CONTROLS, Progress, State
from importer.listeners import Panel
from importer.views import Window, draw_panel

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDGET = "application/vnd.jupyter.widget-view+json"
START = Progress(job_id="1", label="a.xlsx → a")
HALF = replace(START, state=State.RUNNING, rows_read=50, created=47, rejected=3, completed=1, total=2, elapsed_s=2.0)
END = replace(HALF, state=State.SUCCEEDED, rows_read=100, created=97, completed=2, elapsed_s=4.0)


class Job:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def cancel(self) -> None:
        self.asked.append("cancel")


@pytest.fixture
def cells() -> Iterator[list[dict[str, Any]]]:
    """What the cells of a notebook are sent."""
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher(parent=shell)  # type: ignore[no-untyped-call]
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


class Drawing(HTMLParser):
    """Tags, attributes and text of a drawing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def having(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if name in attributes]


def drawing(progress: Progress, **options: Any) -> Drawing:
    window = Window()
    window(progress)
    return Drawing(draw_panel(progress, window, **options))


def html_of(panel: Panel) -> Drawing:
    return Drawing(panel._repr_mimebundle_()["text/html"])


def click(panel: Panel, message: object) -> None:
    """What the page's message does in the kernel."""
    panel._view._handle_custom_msg(message, [])


def test_panel_opens_once_in_the_cell_of_the_first_snapshot(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    for progress in (START, HALF, HALF):
        panel(progress)
    assert [set(cell["data"]) for cell in cells] == [{"text/plain", "text/html", WIDGET}]


def test_a_snapshot_from_a_thread_is_one_message_and_no_output(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    panel(START)
    messages: list[Any] = []
    panel._view.observe(messages.append)
    thread = threading.Thread(target=panel, args=(HALF,))
    thread.start()
    thread.join()
    assert [change.name for change in messages] == ["html"]
    assert len(cells) == 1


def test_at_the_end_every_cell_gets_plain_html(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    panel(START)
    panel._ipython_display_()
    panel(END)
    assert len({cell["transient"]["display_id"] for cell in cells}) == 1
    assert [cell["update"] for cell in cells] == [False, False, True]
    assert set(cells[-1]["data"]) == {"text/plain", "text/html"}
    assert "100 rows in 4 s" in cells[-1]["data"]["text/html"]


def test_panel_shown_by_the_analyst_does_not_open_again(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    panel._ipython_display_()
    panel(START)
    panel(HALF)
    assert len(cells) == 1


def test_panel_shown_after_the_end_is_the_same_without_a_widget(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    panel(START)
    panel(END)
    panel._ipython_display_()
    assert cells[-1]["data"] == cells[-2]["data"]
    assert not cells[-1]["update"]


def test_the_next_job_opens_a_panel_of_its_own(cells: list[dict[str, Any]]) -> None:
    panel = Panel()
    for progress in (START, END, replace(START, job_id="2"), replace(END, job_id="2")):
        panel(progress)
    assert [cell["update"] for cell in cells] == [False, True, False, True]
    assert len({cell["transient"]["display_id"] for cell in cells}) == 2


def test_outside_of_ipython_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    panel = Panel()
    panel(START)
    panel(END)
    assert capsys.readouterr() == ("", "")
    assert repr(panel) == "<Panel: a.xlsx → a  100%  done: 100 rows in 4 s · 25 rows/s · 97 created · 3 refused>"


def test_buttons_only_pass_the_click_on() -> None:
    panel, job = Panel(), Job()
    panel(HALF)
    assert html_of(panel).having("data-action") == []
    panel.attach(job)
    assert [button["data-action"] for button in html_of(panel).having("data-action")] == ["pause", "cancel"]
    click(panel, {"action": "pause"})
    assert "pausing" in html_of(panel).text
    panel(replace(HALF, state=State.PAUSED))
    assert [button["data-action"] for button in html_of(panel).having("data-action")] == ["resume", "cancel"]
    click(panel, {"action": "resume"})
    click(panel, {"action": "cancel"})
    assert len(html_of(panel).having("disabled")) == 2
    panel(END)
    click(panel, {"action": "cancel"})
    assert html_of(panel).having("data-action") == []
    assert job.asked == ["pause", "resume", "cancel"]


@pytest.mark.parametrize(
    "message", [None, "cancel", {}, {"action": None}, {"action": "__class__"}, {"action": ["cancel"]}]
)
def test_any_other_message_is_ignored(message: object) -> None:
    panel, job = Panel(), Job()
    panel.attach(job)
    panel(HALF)
    click(panel, message)
    assert job.asked == []
    assert "importing" in html_of(panel).text


@pytest.mark.parametrize(
    ("state", "word", "mark"),
    [
        (State.PENDING, "starting", "im-warn"),
        (State.RUNNING, "importing", "im-busy"),
        (State.PAUSED, "paused", "im-quiet"),
        (State.SUCCEEDED, "done", "im-good"),
        (State.FAILED, "failed", "im-bad"),
        (State.CANCELLED, "cancelled", "im-quiet"),
    ],
)
def test_state_is_told_in_a_word_and_in_the_colour_of_the_bar(state: State, word: str, mark: str) -> None:
    drawn = drawing(replace(HALF, state=state))
    kinds = [attributes["class"] for attributes in drawn.having("class")]
    assert f" {word} " in f" {drawn.text}"
    assert f"im-fill {mark}" in kinds
    assert f"im-badge {mark}" in kinds


def test_screen_readers_hear_the_share_and_no_more_than_every_tenth() -> None:
    (bar,) = drawing(HALF).having("aria-valuetext")
    assert (bar["role"], bar["aria-valuenow"], bar["aria-valuetext"]) == (
        "progressbar",
        "50",
        "50%, 50 of about 100 rows",
    )
    said = {drawing(replace(HALF, completed=n, total=1_000)).text.split("importing")[-1] for n in range(1_000)}
    assert len(said) == 10


def test_where_the_total_is_unknown_no_share_is_claimed() -> None:
    drawn = drawing(replace(HALF, total=None))
    assert "%" not in drawn.text
    assert not drawn.having("aria-valuenow")


HOSTILE = st.text() | st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='x"])


@settings(max_examples=200)
@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(State), st.sampled_from([None, *CONTROLS]))
def test_no_name_key_or_error_becomes_a_tag(
    label: str, key: str, error: str, state: State, requested: str | None
) -> None:
    plain = replace(HALF, state=state, label="a", current_key="a", error="a" * bool(error))
    found = drawing(replace(plain, label=label, current_key=key, error=error), buttons=True, requested=requested)
    expected = drawing(plain, buttons=True, requested=requested)
    assert [(tag, set(names)) for tag, names in found.tags] == [(tag, set(names)) for tag, names in expected.tags]
