"""How fast a job may go, so that others can use the database meanwhile: `Pace`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.core._progress import Progress

__all__ = ["FULL", "GENTLE_ROWS", "PACES", "STEADY_ROWS", "Pace", "next_pace", "paced_rows"]

FULL = "full"

WORKS = {FULL: 1.0, "steady": 0.5, "gentle": 0.25}
"""Share of the time in which a job of a named pace works."""

PACES = (*WORKS, "auto")
"""The named paces; ``auto`` is one of the others, by the size of the file."""

STEADY_ROWS, GENTLE_ROWS = 5_000, 100_000
"""Rows from which ``auto`` is steady, and gentle."""

LEAST_ROWS_PER_S, MOST_ROWS_PER_S, MOST_PAUSE_S = 0.01, 1e9, 3600.0

WRITTEN = re.compile(r"\s*(\d+(?:[_,]\d{3})*(?:\.\d+)?|\.\d+)\s*(/\s*s|rows/s|s)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a job rests after each chunk.

    Attributes
    ----------
    text
        The pace as options, the history and the screen write it.
    works
        Share of the time in which the job works.
    rows_per_s
        Most rows a second; None for no limit.
    pause_s
        Seconds between two chunks.

    Examples
    --------
    >>> Pace.of("gentle").rest_s(rows=1000, took_s=2.0)
    6.0
    >>> Pace.of(500).text, Pace.of("500/s").rest_s(rows=1000, took_s=0.5), Pace.of("0.2s").rest_s(rows=1, took_s=9.0)
    ('500/s', 1.5, 0.2)
    """

    text: str = FULL
    works: float = 1.0
    rows_per_s: float | None = None
    pause_s: float = 0.0

    @staticmethod
    def of(value: object) -> Pace:
        """The pace that a name, a number of rows per second, or a text says.

        Raises
        ------
        TypeError, ValueError
            If it says none.
        """
        if isinstance(value, str):
            name = value.strip().lower()
            return Pace(text=name, works=WORKS.get(name, 1.0)) if name in PACES else _measured(name)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError
        return _limited(float(value))

    def now(self, progress: Progress) -> Pace:
        """The pace itself, or what ``auto`` is for as many rows as the job expects.

        Examples
        --------
        >>> from importer.core import Progress
        >>> Pace.of("auto").now(Progress(rows_read=10, created=10, completed=1, total=1000)).text
        'steady'
        """
        if self.text != "auto":
            return self
        expected = progress.rows_expected or 0
        return Pace.of("gentle" if expected >= GENTLE_ROWS else "steady" if expected >= STEADY_ROWS else FULL)

    def rest_s(self, *, rows: int, took_s: float) -> float:
        """Seconds to rest after a chunk of so many rows, which took so long."""
        by_share = took_s * (1 / self.works - 1)
        by_rows = 0.0 if self.rows_per_s is None else rows / self.rows_per_s - took_s
        return max(by_share, by_rows, self.pause_s)


def next_pace(pace: str) -> str:
    """The named pace that a click on the button changes this one to: slower, and full again after the slowest.

    Examples
    --------
    >>> next_pace("full"), next_pace("steady"), next_pace("gentle"), next_pace("500/s")
    ('steady', 'gentle', 'full', 'full')
    """
    named = list(WORKS)
    return named[(named.index(pace) + 1) % len(named)] if pace in named else FULL


def _measured(text: str) -> Pace:
    """The pace of ``5000/s``, ``5000`` or ``0.5s``."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    number, unit = float(re.sub("[_,]", "", found[1])), found[2]
    if unit != "s":
        return _limited(number)
    if number > MOST_PAUSE_S:
        raise ValueError(text)
    return Pace(text=f"{_plain(number)}s", pause_s=number)


def _limited(rows_per_s: float) -> Pace:
    if not LEAST_ROWS_PER_S <= rows_per_s <= MOST_ROWS_PER_S:
        raise ValueError(rows_per_s)
    return Pace(text=f"{_plain(rows_per_s)}/s", rows_per_s=rows_per_s)


def _plain(number: float) -> str:
    """The number without an exponent."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def paced_rows(chunk_rows: int, pace: str) -> int:
    """Rows of a chunk that fit in a second of this pace, so that the job neither bursts nor seems to hang.

    Examples
    --------
    >>> paced_rows(20_000, "500/s"), paced_rows(20_000, "gentle")
    (500, 20000)
    """
    most = Pace.of(pace).rows_per_s
    return chunk_rows if most is None else max(1, min(chunk_rows, int(most)))
