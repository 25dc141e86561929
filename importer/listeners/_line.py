"""One line of text about a job, cut to the width of a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.core import State
from importer.listeners._words import left, rows, speed, summary, took, word
from importer.views import by_kind, say
from importer.views.html import percent
from importer.views.terminal import printable, width

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.listeners._window import Window

__all__ = ["Line", "compose"]

BARS: Final = (20, 14, 8)
"""Characters of the bar, tried in this order."""

SHORT, SHORTEST = 22, 12
"""Characters of the name that stay where else nobody would hear of refused rows, and in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What stands left of the bar, how wide the bar is (0: none), and what stands right of it."""

    head: str
    bar: int
    tail: str


def compose(progress: Progress, window: Window, columns: int | None = None) -> Line:
    """Everything worth saying that fits: first the speed gives way, then the time left, then the name's middle.

    Examples
    --------
    >>> from importer.listeners._window import Window
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
        """Columns left for the texts: a bar has two edges, and a space on either side."""
        return columns - width(share) - (bar + 4 if bar else 2)

    def fits(bar: int) -> bool:
        return width(label) + width(_joined(parts)) <= room(bar)

    def give_way(rank: int) -> None:
        """Leave out what matters least, down to a rank, until the rest fits."""
        while not fits(bars[-1]) and (least := max(parts))[0] > rank:
            parts.remove(least)

    give_way(1)
    label = _cut(label, max(room(bars[-1]) - width(_joined(parts)), SHORT))
    give_way(0)
    bar = next((bar for bar in bars if fits(bar)), bars[-1])
    label = _cut(label, max(room(bar) - width(_joined(parts)), SHORTEST))
    bar = bar if fits(bar) else 0
    return Line(head=label + share, bar=bar, tail=_ended(_joined(parts), room(bar) - width(label)))


def _parts(progress: Progress, window: Window) -> list[tuple[int, str]]:
    """What there is to say, in order, each with a rank: the highest is the first to give way."""
    state, said = progress.state, word(progress.state, progress.kind)
    refused = [(1, say("job.count", count=progress.rejected, name=say("job.refused")))] if progress.rejected else []
    stopped = summary(progress)
    if state is State.WAITING:
        return [(0, printable(progress.error or said))]
    if state in {State.FAILED, State.INTERRUPTED}:
        why = f": {printable(progress.error)}" if progress.error else ""
        return [(0, f"{stopped}{why}"), *refused]
    if state.is_final:
        figures = {2: "created", 3: "updated", 4: "unchanged"}
        kept = [
            (rank, say("job.count", count=count, name=say(by_kind(f"job.{name}", progress.kind))))
            for rank, name in figures.items()
            if (count := getattr(progress, name))
        ]
        head = stopped if state is State.SUCCEEDED else say("job.within", done=stopped, time=took(progress))
        found = [(0, head), (5, speed(window)), *kept, *refused]
    elif state is State.RUNNING:
        if not progress.rows_read:
            return [(0, say("job.first"))]
        found = [(0, rows(progress, about="~")), (5, speed(window)), (4, left(window)), *refused]
    else:
        found = [(0, stopped), *refused]
    return [(rank, text) for rank, text in found if text is not None]


def _joined(parts: list[tuple[int, str]]) -> str:
    """The parts, one after the other."""
    return " · ".join(text for _, text in parts)


def _cut(text: str, room: int) -> str:
    """Text without its middle, where the room is short."""
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
    """Text without its last words, where the room is short: half a number would be another number."""
    words = text.split(" ")
    while len(words) > 1 and width(" ".join(words)) + (len(words) < text.count(" ") + 1) > room:
        words.pop()
    kept = " ".join(words)
    return text if kept == text else f"{kept}…"
