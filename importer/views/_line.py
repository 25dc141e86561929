"""One line of text about a job, cut to the width of a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.core import State
from importer.errors import Message
from importer.views._catalogue import by_kind, say
from importer.views._figures import figures
from importer.views._job import elapsed, in_hand, is_transfer, left_out, remaining, rows, speed, stage, summary, word
from importer.views._numbers import percent
from importer.views.terminal import cut, printable, width

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.views._window import Window

__all__ = ["Line", "compose"]

BARS: Final = (20, 14, 8)
"""Widths of the bar in characters, tried in this order."""

SHORT, SHORTEST = 22, 12
"""Characters of the label that are kept to make room for rejected rows, and in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Text left of the bar, width of the bar (0 for none), and text right of it."""

    head: str
    bar: int
    tail: str


def compose(progress: Progress, window: Window, columns: int | None = None) -> Line:
    """As much as fits: the speed is left out first, then the time left, then the middle of the label.

    Examples
    --------
    >>> from importer.views._window import Window
    >>> from importer.core import Progress, State
    >>> now = Progress(label="a.csv → a", rows_read=7, created=6, rejected=1, completed=1, total=2, state=State.RUNNING)
    >>> compose(now, Window())
    Line(head='a.csv → a   50%', bar=20, tail='7 of ~14 rows · 1 refused')
    """
    share = "" if progress.fraction is None else f"{percent(progress.fraction):>6}"
    label, parts = printable(progress.label), _parts(progress, window)
    bars = BARS if share else (0,)
    if columns is None:
        return Line(head=label + share, bar=bars[0], tail=_joined(parts))

    def room(bar: int) -> int:
        """Columns left for the texts: a bar has two edges, with a space on either side."""
        return columns - width(share) - (bar + 4 if bar else 2)

    def fits(bar: int) -> bool:
        return width(label) + width(_joined(parts)) <= room(bar)

    def leave_out(rank: int) -> None:
        """Leave out what matters least, but nothing below this rank, until the rest fits."""
        while not fits(bars[-1]) and (least := max(parts))[0] > rank:
            parts.remove(least)

    leave_out(1)
    label = _cut(label, max(room(bars[-1]) - width(_joined(parts)), SHORT))
    leave_out(0)
    bar = next((bar for bar in bars if fits(bar)), bars[-1])
    label = _cut(label, max(room(bar) - width(_joined(parts)), SHORTEST))
    bar = bar if fits(bar) else 0
    return Line(head=label + share, bar=bar, tail=_ended(_joined(parts), room(bar) - width(label)))


def _parts(progress: Progress, window: Window) -> list[tuple[int, str]]:
    """What to say, in order, each part with a rank: the part with the highest rank is the first to be left out."""
    state = progress.state
    counts = {figure.name: figure for figure in figures(progress) if figure.count}
    rejected = [(1, str(counts["rejected"]))] if "rejected" in counts else []
    rejected += [(1, said)] if (said := left_out(progress)) else []
    if state is State.WAITING:
        return [(0, _why(progress) or word(state, progress.kind))]
    if state in {State.FAILED, State.INTERRUPTED}:
        why = f": {_why(progress)}" if progress.error else ""
        return [(0, f"{summary(progress)}{why}"), *rejected]
    if progress.kind == "task" and not is_transfer(progress):
        return _of_operation(progress, window)
    found: list[tuple[int, str | None]]
    if state.is_final:
        said = summary(progress)
        head = said if state is State.SUCCEEDED else say("job.within", done=said, time=elapsed(progress))
        ranks = {"created": 2, "updated": 3, "unchanged": 4}
        kept = [(rank, str(counts[name])) for name, rank in ranks.items() if name in counts]
        found = [(0, head), (5, speed(window)), *kept, *rejected]
    elif state is State.RUNNING:
        if not progress.rows_read and not is_transfer(progress):
            return [(0, say(by_kind("job.first", progress.kind)))]
        found = [
            (0, rows(progress, about="~")),
            (5, speed(window)),
            (4, remaining(window)),
            (3, in_hand(progress)),
            *rejected,
        ]
    else:
        found = [(0, summary(progress)), *rejected]
    return [(rank, text) for rank, text in found if text is not None]


def _of_operation(progress: Progress, window: Window) -> list[tuple[int, str]]:
    """What to say of an operation that has not failed, as `_parts` does."""
    now, state = progress.stage, progress.state
    message = None if now is None or now.message is None else printable(now.message)
    found: list[tuple[int, str | None]]
    if state is State.RUNNING:
        first = say("job.first_task") if not progress.rows_read else None
        steps = first or rows(progress)
        # What was said last tells more than a number of steps of which nobody knows how many there are.
        heads = [(0, at), (3, message)] if (at := stage(progress)) else [(0, message or steps)]
        found = [*heads, (5, speed(window) if progress.rows_read else None), (4, remaining(window))]
    else:
        found = [(0, summary(progress)), (3, message)]
        found += [] if state is State.SUCCEEDED or not state.is_final else [(4, elapsed(progress))]
    return [(rank, text) for rank, text in found if text is not None]


def _why(progress: Progress) -> str:
    """Why the job waits or stopped, without what to do: a line has no room for it, and the error says it."""
    error = progress.error or ""
    return printable(error.sentence if isinstance(error, Message) else error)


def _joined(parts: list[tuple[int, str]]) -> str:
    """The parts as one text."""
    return " · ".join(text for _, text in parts)


def _cut(text: str, room: int) -> str:
    """Text without its middle if it is too long."""
    if width(text) <= room:
        return text
    head = tail = ""
    for first, last in zip(text, reversed(text), strict=True):
        if width(head) + width(tail) + width(first) < room:
            head += first
        if width(head) + width(tail) + width(last) < room:
            tail = last + tail
    return f"{head}…{tail}"


def _ended(text: str, room: int) -> str:
    """Text without its last words if it is too long: half a number would be a different number."""
    words = text.split(" ")
    while len(words) > 1 and width(" ".join(words)) + (len(words) < text.count(" ") + 1) > room:
        words.pop()
    kept = " ".join(words)
    # One word alone is no number, but what somebody wrote.
    return cut(text, room) if kept == text else f"{kept}…"
