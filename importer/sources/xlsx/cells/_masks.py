"""Number formats that show more than the number: leading zeros, hyphens between digits, letters of a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Mask"]

_FILLER = "\0"
_GROUPING = re.compile(r"[ .,'’_\xa0\u202f]")
_UNIT = re.compile(r"[^-/#:_.+]")
"""How a unit behind a number begins: with a space, a letter, a degree sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """How a format lays out the digits of a number.

    Attributes
    ----------
    before, after
        What it shows around the digits.
    groups, between
        How many digits stand together, from left to right, and what stands between these groups.
    least
        How many digits of the whole part are shown at least.
    decimals
        How many digits follow the point.

    Examples
    --------
    >>> Mask(groups=(3, 4), between=("-",), least=7).shown(pl.Series(["5551234", "7", "-7", "0.5"])).to_list()
    ['555-1234', '000-0007', None, None]
    """

    before: str = ""
    groups: tuple[int, ...]
    between: tuple[str, ...] = ()
    after: str = ""
    least: int = 0
    decimals: int = 0

    @classmethod
    def of(
        cls, digits: Sequence[str], between: Sequence[str], *, before: str, after: str, decimals: str
    ) -> Self | None:
        """The layout of a whole number without thousands separator; None if it shows the number and nothing else.

        Parameters
        ----------
        digits
            The placeholders of the whole part, split where something stands between them.
        between
            What stands there.
        before, after
            What stands around the number.
        decimals
            The placeholders behind the point.
        """
        whole = "".join(digits)
        least = len(whole) - whole.index("0") if "0" in whole else 0
        is_grouped = least <= 1 and all(_GROUPING.fullmatch(mark) for mark in between)
        has_prefix = bool(re.search(r"\w", before)) and not decimals
        has_suffix = bool(re.search(r"\w", after)) and not decimals and not _UNIT.match(after)
        is_unit = bool(re.search(r"[^\W_]|°", after)) and not has_suffix and least <= len("00")
        is_padded = least > 1 and not is_unit
        if decimals.strip("0") or not (is_padded or has_prefix or has_suffix or (between and not is_grouped)):
            return None
        return cls(
            before=before,
            groups=tuple(map(len, digits)),
            between=tuple(between),
            after=after,
            least=least,
            decimals=len(decimals),
        )

    def shown(self, numbers: pl.Series) -> pl.Series:
        """What the format shows of numbers in their shortest form; null if that would lose or bend any."""
        fits = r"^[0-9]{1,15}$" if not self.decimals else rf"^[0-9]{{1,15}}(?:\.[0-9]{{1,{self.decimals}}})?$"
        lost = ~numbers.str.contains(fits).fill_null(value=False)
        if not self.least:
            lost = lost | numbers.str.contains(r"^0(?:\.|$)").fill_null(value=False)
        whole = numbers.str.extract(r"^([0-9]+)").str.zfill(self.least).str.pad_start(sum(self.groups), _FILLER)
        pattern = "(?s)^(.*)" + "".join(f"(.{{{count}}})" for count in self.groups[1:]) + "$"
        marks = [_literal(mark) for mark in (self.before, *self.between)]
        made = whole.str.replace(pattern, "".join(f"{mark}${{{at}}}" for at, mark in enumerate(marks, 1)))
        made = made.str.replace_all(_FILLER, "", literal=True)
        if self.decimals:
            made = made + "." + numbers.str.extract(r"\.([0-9]+)$").fill_null("").str.pad_end(self.decimals, "0")
        return pl.select(pl.when(~lost).then(made + self.after)).to_series()


def _literal(text: str) -> str:
    """The text as a replacement, in which a dollar sign begins the name of a group."""
    return text.replace("$", "$$")
