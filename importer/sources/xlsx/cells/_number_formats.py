"""Number formats whose sections treat values differently, or that show more than the number: `NumberFormat`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import polars as pl

from importer.sources.xlsx.cells._kinds import Kind
from importer.sources.xlsx.cells._numbers import shortest
from importer.sources.xlsx.cells._sections import Section, sections_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NumberFormat"]

_NOTHING = Section(kind=None)

LONGEST = 255
"""Characters of a format, as Excel allows."""

MOST = 3
"""Sections for numbers; a fourth one is for texts."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A number format for which the value decides what a cell shows.

    Attributes
    ----------
    code
        The format as Excel writes it: ``00000``.
    sections
        Its parts for different values.

    Examples
    --------
    >>> format = NumberFormat.of("[=0]?;[h]:mm")
    >>> format.usual, format.kind_of(0, is_zero=True).name, NumberFormat.of("#,##0.00;[Red]-#,##0.00").is_plain
    (<Kind.ELAPSED: 4>, 'ELAPSED', True)
    """

    code: str
    sections: tuple[Section, ...] = field(repr=False)

    @classmethod
    def of(cls, code: str) -> Self:
        """The format with this code."""
        return cls(code[:LONGEST], sections_of(code[:LONGEST]) or (_NOTHING,))

    @property
    def usual(self) -> Kind:
        """What most values are: a date or a time if any section shows one."""
        kinds = [section.kind for section in self.sections if section.kind is not None]
        return next((kind for kind in kinds if kind is not Kind.NUMBER), Kind.NUMBER)

    @property
    def currency(self) -> str | None:
        """The currency that it shows."""
        return next((section.currency for section in self.sections if section.currency), None)

    @property
    def is_plain(self) -> bool:
        """Whether it shows all values in one way, as a number, a date or a time."""
        kinds = {section.kind for section in self.sections} - {None}
        return len(kinds) <= 1 and not self._shows_words and not any(section.mask for section in self.sections)

    @property
    def _shows_words(self) -> bool:
        """Whether it shows words and no numbers, such as yes and no."""
        kinds = {section.kind for section in self.sections}
        return kinds == {None} and any(section.words for section in self.sections)

    def kind_of(self, at: int, *, is_zero: bool = False) -> Kind:
        """What the section shows. Where it shows nothing of a value, the value is as the others are."""
        kind = self.sections[at].kind
        return self.usual if kind is None or (is_zero and kind is Kind.NUMBER) else kind

    def texts(
        self, raw: pl.Series, code: int, moments: Callable[[Kind, pl.Series], tuple[pl.Series, int | pl.Series]]
    ) -> tuple[pl.Series, pl.Series]:
        """What the cells show, and what became of each: this format by its `code`, or a simple `Kind`.

        Parameters
        ----------
        raw
            The numbers in XML.
        code
            What stands for this format among kinds.
        moments
            Turns numbers into dates or times, or leaves them as they are.
        """
        numbers = shortest(raw)
        kinds = pl.Series([Kind.NUMBER], dtype=pl.UInt16).new_from_index(0, len(raw))
        values = numbers.cast(pl.Float64, strict=False)
        chosen = pl.select(self._choice(values).fill_null(-1)).to_series()
        texts = numbers.clone()
        for at, section in enumerate(self.sections):
            for is_zero in (False, True):
                places = ((chosen == at) & ((values == 0) == is_zero)).arg_true()
                kind = self.kind_of(at, is_zero=is_zero)
                if not len(places):
                    continue
                if kind is not Kind.NUMBER:
                    made, became = moments(kind, raw.gather(places))
                    texts, kinds = texts.scatter(places, made), kinds.scatter(places, became)
                elif section.mask is not None:
                    shown = section.mask.shown(numbers.gather(places))
                    places, shown = places.filter(shown.is_not_null()), shown.drop_nulls()
                    texts, kinds = texts.scatter(places, shown), kinds.scatter(places, code)
                elif section.words is not None and self._shows_words:
                    # Words stand for one value, not for every positive number.
                    if section.condition is None or section.condition[0] != "=":
                        places = places.filter(values.gather(places).is_in([-1.0, 0.0, 1.0]))
                    texts, kinds = texts.scatter(places, section.words), kinds.scatter(places, code)
        return texts, kinds

    def _choice(self, values: pl.Series) -> pl.Expr:
        """Index of the section that shows each value."""
        value = pl.lit(values)
        last = min(len(self.sections), MOST) - 1
        # Without a condition, the first is for positive values, the second for negative ones, the third for zero.
        implied = ((">", 0.0), ("<", 0.0)) if last > 1 else ((">=", 0.0), None)
        chosen: pl.Expr = pl.lit(last)
        for at in reversed(range(last)):
            comparison = self.sections[at].condition or implied[at]
            if comparison is not None:
                chosen = pl.when(_passes(value, *comparison)).then(at).otherwise(chosen)
        return pl.when(value.is_not_null()).then(chosen)


def _passes(value: pl.Expr, comparison: str, bound: float) -> pl.Expr:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[comparison]
