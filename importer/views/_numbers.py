"""Numbers as a person reads them: counts, shares, speeds, times and sizes."""

from __future__ import annotations

import math

from importer.views._catalogue import say

__all__ = ["duration", "number", "percent", "rate", "rounded", "size"]


def number(value: float) -> str:
    """Whole number with thousands separators.

    Examples
    --------
    >>> number(336776)
    '336,776'
    """
    return f"{value:,.0f}"


def rounded(count: int) -> int:
    """Count to three significant figures, which is all that an estimate has.

    Examples
    --------
    >>> rounded(336_776), rounded(42)
    (337000, 42)
    """
    return round(count, min(0, 3 - len(str(abs(count)))))


def percent(share: float) -> str:
    """Share in whole per cent, rounded down: only the whole is 100%.

    Examples
    --------
    >>> percent(0.64), percent(0.9999), percent(1.0)
    ('64%', '99%', '100%')
    """
    return say("unit.percent", share=math.floor(round(share * 100, 9)))


def rate(rows_per_s: float, *, of: str = "unit.rate") -> str:
    """Speed to three significant figures; `of` is the key of its words.

    Examples
    --------
    >>> rate(41_234.5), rate(3.14159)
    ('41,200 rows/s', '3.1 rows/s')
    """
    is_slow = round(rows_per_s, 1) < 10  # noqa: PLR2004 - below ten, a decimal is worth reading
    return say(of, rows=f"{rows_per_s:.1f}" if is_slow else number(rounded(round(rows_per_s))))


def duration(seconds: float) -> str:
    """Time in its two largest units.

    Examples
    --------
    >>> duration(4.71), duration(12.4), duration(65), duration(7_500)
    ('4.7 s', '12 s', '1 min 05 s', '2 h 05 min')
    """
    if round(seconds, 1) < 10:  # noqa: PLR2004 - below ten, a decimal is worth reading
        return say("unit.s", s=f"{seconds:.1f}".removesuffix(".0"))
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return say("unit.s", s=rest)
    hours, left = divmod(minutes, 60)
    return say("unit.h", h=hours, min=f"{left:02}") if hours else say("unit.min", min=minutes, s=f"{rest:02}")


def size(octets: int) -> str:
    """Size of a file in decimal units.

    Examples
    --------
    >>> size(512), size(28_040_000)
    ('512 B', '28.0 MB')
    """
    if octets < 1000:  # noqa: PLR2004 - a kilobyte
        return say("unit.b", size=octets)
    power = min(math.floor(math.log10(octets) / 3 + 1e-12), 4)
    return say(f"unit.{'kmgt'[power - 1]}b", size=f"{octets / 1000**power:.1f}")
