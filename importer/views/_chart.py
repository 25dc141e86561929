"""Plots as SVG that needs no script: `draw_speed`."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.views._catalogue import say
from importer.views._numbers import duration, number, rate
from importer.views.html import Html, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw_speed"]

WIDE, HIGH = 640, 190
"""Size of the plot in its own units."""

LEFT, TOP, RIGHT, BOTTOM = 64, 8, 8, 24
"""Room for the axes."""

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""First digits of the end of an axis."""

MOST, FEWEST = 48, 3
"""Points of the line; fewer are no line."""


def draw_speed(points: Sequence[tuple[float, int]]) -> Html:
    """Rows a second over the running time, from the rows done by each moment; empty if there is too little to draw.

    Examples
    --------
    >>> draw_speed([(0.0, 0), (1.0, 50)])
    ''
    >>> draw_speed([(0.0, 0), (1.0, 50), (2.0, 90), (3.0, 150)]).count("<svg")
    1
    """
    spans = _spans(points)
    if len(spans) < FEWEST:
        return Html("")
    first_s, last_s = points[0][0], spans[-1][1]
    most = max(speed for _, _, speed in spans)
    end = _end(most)
    average = (points[-1][1] - points[0][1]) / (last_s - first_s)
    room, height = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM

    def x(s: float) -> float:
        return LEFT + (s - first_s) / (last_s - first_s) * room

    def y(speed: float) -> float:
        return TOP + height - speed / end * height

    line = [(first_s, spans[0][2]), *(((s + until) / 2, speed) for s, until, speed in spans), (last_s, spans[-1][2])]
    drawn = " ".join(f"{x(s):.1f},{y(speed):.1f}" for s, speed in line)
    base = f"{y(0):.1f}"
    said = say("page.speed", average=rate(average), most=rate(most), took=duration(last_s))
    lines = "".join(
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(speed):.1f}" y2="{y(speed):.1f}"></line>'
        f'<text x="{LEFT - 8}" y="{y(speed) + 4:.1f}" text-anchor="end">{escape(number(speed))}</text>'
        for speed in (0, end / 2, end)
    )
    middle = first_s + (last_s - first_s) / 2
    marks = "".join(
        f'<text x="{x(s):.1f}" y="{HIGH - 6}" text-anchor="{anchor}">{escape(duration(s))}</text>'
        for s, anchor in ((first_s, "start"), (middle, "middle"), (last_s, "end"))
    )
    return Html(
        f'<figure class="im-speed"><svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(said)}">'
        f"<g>{lines}{marks}</g>"
        f'<polygon points="{x(first_s):.1f},{base} {drawn} {x(last_s):.1f},{base}"></polygon>'
        f'<polyline points="{drawn}"></polyline>'
        f'<path d="M{LEFT} {y(average):.1f}H{WIDE - RIGHT}"></path></svg>'
        f"<figcaption>{escape(said)}</figcaption></figure>"
    )


def _spans(points: Sequence[tuple[float, int]]) -> list[tuple[float, float, float]]:
    """Beginning, end and speed of spans that are about as long as each other.

    Examples
    --------
    >>> _spans([(0.0, 0), (1.0, 50), (3.9375, 90), (4.0, 95)])
    [(0.0, 1.0, 50.0), (1.0, 4.0, 15.0)]
    """
    if not points or points[-1][0] <= points[0][0]:
        return []
    gap_s = (points[-1][0] - points[0][0]) / MOST
    ends = [points[0]]
    for point in points[1:]:
        if point[0] - ends[-1][0] >= gap_s:
            ends.append(point)
    # What is left at the end is too short for a speed of its own.
    if ends[-1] != points[-1]:
        ends = [*ends[: max(1, len(ends) - 1)], points[-1]]
    return [(since_s, s, (rows - before) / (s - since_s)) for (since_s, before), (s, rows) in pairwise(ends)]


def _end(most: float) -> float:
    """A round number at which an axis ends.

    Examples
    --------
    >>> _end(71_300.0), _end(0.0)
    (100000.0, 1.0)
    """
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in STEPS if step * power >= most * 0.999)
