"""The one writing of all numbers in a column, and what a number of another one means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from importer.core import EACH, filled, here
from importer.schema._schema import Format, Writing
from importer.schema.parsing import _numbers
from importer.schema.parsing._cells import plain, short
from importer.schema.parsing._number_forms import SAME, forms_of
from importer.schema.parsing._numerals import OPEN_ENDED, POINT, numeral

if TYPE_CHECKING:
    from importer.schema.parsing._number_forms import Form

__all__ = ["NumberWriting"]

EXPONENT: Final = r"[0-9]+[.,][0-9]*[eE][-+]?[0-9]+|[0-9]+(?:[eE][-+][0-9]{2,3}|e[0-9]{2,3})"
ADDRESS_GROUPS: Final = 4
"""An IP address has as many groups of digits; a number of so many is no typing error."""

MARKS: Final = {",": "commas", ".": "points", " ": "spaces", "'": "apostrophes"}
AS_TEXT: Final = "if it is a code, give a schema in which the column is text"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWriting(Writing):
    """How every number of a column is written.

    Attributes
    ----------
    decimal
        The decimal mark.
    mark
        The thousands mark; empty if there is none.
    currency, place
        The one currency, and where it stands; empty if there is none.
    has_bare
        Whether some numbers lack the currency.
    has_places
        Whether there are decimals; whole numbers have none.
    has_exponents
        Whether programs wrote some numbers with an exponent.
    has_after, has_brackets
        Whether a negative number may have its sign behind it, or stand in brackets.
    places
        The digits after the decimal mark of every cell of a key; None for other columns.
    is_exact
        Whether the column holds every digit.

    Examples
    --------
    >>> NumberWriting(mark=",").fits(pl.Series(["1,250", "12", "007", "$5"])).to_list()
    [True, True, False, False]
    """

    decimal: Literal[".", ","] = "."
    mark: str = ""
    is_indian: bool = False
    currency: str = ""
    place: Literal["", "before", "after"] = ""
    has_bare: bool = False
    is_percent: bool = False
    has_places: bool = False
    has_exponents: bool = False
    has_dashes: bool = False
    has_after: bool = False
    has_brackets: bool = False
    places: int | None = None
    is_exact: bool = False

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells are written so."""
        pattern = _pattern(self)
        fits = here(cells, EACH.str.contains(pattern))
        if self.places is not None:
            # No digit of another script, no sign that says nothing: two texts of a key are two values.
            fits &= ~here(cells, EACH.str.contains("^-[0.,]+$"))
        elif not fits.all():
            text = plain(cells)
            if text is not cells:
                fits = here(text, EACH.str.contains(pattern)) & ~cells.str.contains(OPEN_ENDED)
        if (self.has_places or self.places) and not (self.is_percent or self.is_exact):
            is_long = filled(cells.str.len_bytes() > _numbers.MOST_DIGITS, value=False) & filled(fits, value=False)
            if is_long.any():
                come_back = [_comes_back(cell, self.decimal) for cell in cells.filter(is_long)]
                fits = fits.scatter(is_long.arg_true(), pl.Series(come_back, dtype=pl.Boolean))
        return fits

    def is_sure(self, cells: pl.Series) -> bool:
        """Whether no canonical whole number has leading zeros or a plus, by the least of the texts."""
        if self.has_places or self.mark or self.currency or self.is_percent or self.places:
            return False
        least = cells.min()
        if not isinstance(least, str) or least >= "1":
            return True
        is_zero = here(cells, EACH.str.starts_with("0")).sum() == (cells == "0").sum()
        return is_zero and (least >= "0" or (least >= "-" and not here(cells, EACH.str.starts_with("-0")).any()))

    def otherwise(self, cells: pl.Series, dtype: pl.DataType) -> pl.Series:
        """Values of numbers that are written otherwise and can mean only one thing."""
        meant = {cell: self._meant(cell) for cell in cells.unique()}
        if not any(meant.values()):
            return pl.Series([None], dtype=dtype).new_from_index(0, len(cells))
        text = cells.replace_strict(meant, return_dtype=pl.String)
        return _numbers.read(text, dtype, Format(decimal="."))

    def _meant(self, cell: str) -> str | None:
        """The numeral that the cell means in spite of its writing."""
        readings = forms_of(cell)
        if len(readings) != 1 or self._objection(readings[0]) is not None or self.places is not None:
            return None
        form = readings[0]
        decimal: Literal[".", ","] = "," if form.decimal == "," or form.mark == "." else "."
        found = numeral(cell, decimal)
        if found is None or (self.has_places and not self.is_exact and not _comes_back(found.text, ".")):
            return None
        return found.text + "%" * found.percent

    def _objection(self, form: Form) -> str | None:  # noqa: PLR0911 - one for each thing that a number may mean
        """Why a number of this form may be something else than its digits say."""
        kind = "decimals" if self.has_places else "whole numbers"
        if form.has_zeros:
            return f"has leading zeros, and the column holds {kind} without: {AS_TEXT}, else correct the cell"
        if form.exponent and not (self.has_exponents or (self.has_places and form.exponent == "program")):
            return f"has an exponent, and the column holds {kind} without: {AS_TEXT}, else correct the cell"
        if form.currency != self.currency and (form.currency or not self.currency):
            others = f"are in {self.currency!r}" if self.currency else "have no currency"
            return f"is in {form.currency!r}, and the other cells {others}: convert the cell, or split the column"
        if form.is_percent != self.is_percent:
            has, others = ("has a", "have none") if form.is_percent else ("has no", "have one")
            return f"{has} percent sign, and the other cells {others}: write it as they are written"
        if form.sign == "after" and not self.has_after:
            return "has a minus behind it, and the other cells do not: write the minus in front if it is negative"
        if form.sign == "()" and not self.has_brackets:
            return "is in brackets, and the other cells are not: write a minus if it is negative"
        if form.groups >= ADDRESS_GROUPS and form.mark == "." and form.mark != self.mark:
            return f"has several points, and the column holds {kind}: {AS_TEXT}"
        return None

    def why(self, cell: str) -> str:
        """Explain why the cell is refused."""
        shown, readings = short(cell), forms_of(cell)
        objection = next(filter(None, map(self._objection, readings)), None)
        if objection is not None:
            return f"{shown} {objection}"
        if len(readings) > 1:
            marks = f"marks thousands with {MARKS[self.mark]}" if self.mark else "marks no thousands"
            one, other = (numeral(cell, decimal) for decimal in (".", ","))
            either = " or ".join(found.text for found in (one, other) if found is not None)
            return f"{shown} may be {either}: the column writes decimals with {self.decimal!r} and {marks}"
        if readings and readings[0].decimal and not self.has_places and not self.places:
            return f"{shown} is not a whole number"
        if self.places is not None:
            return f"{shown} has not {self.places} decimals as every other cell of this key"
        if self.has_places and readings:
            return f"{shown} has more digits than Float64 holds exactly; a Decimal column or text does"
        return f"{shown} is not written as the numbers of the column"

    def told(self, cell: str) -> str:
        """Explain why the cell is taken with a warning."""
        (form,) = forms_of(cell)
        shown, meant = short(cell), (self._meant(cell) or "").removesuffix("%")
        if form.decimal and form.decimal != self.decimal:
            return f"{shown} has {form.decimal!r} as the decimal mark, and the column {self.decimal!r}: read as {meant}"
        if form.mark != self.mark:
            return f"{shown} marks thousands differently from the column: read as {meant}"
        if form.currency != self.currency:
            return f"{shown} has no currency, and the column is in {self.currency!r}: read as {meant}"
        return f"{shown} is written differently from the column: read as {meant}"


@lru_cache(maxsize=1 << 12)
def _pattern(writing: NumberWriting) -> str:
    """Pattern of the cells that are written so."""
    point, mark = f"[.{POINT}]" if writing.decimal == "." else ",", re.escape(writing.mark)
    whole = "0|[1-9][0-9]*"
    if writing.mark:
        groups = f"[1-9][0-9]?(?:{mark}[0-9]{{2}})*" if writing.is_indian else f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})*"
        whole = f"0|[1-9][0-9]{{0,3}}|{groups}{mark}[0-9]{{3}}"
    number = f"(?:{whole})"
    if writing.places is not None:
        return f"^-?{number}" + (f"[{writing.decimal}][0-9]{{{writing.places}}}$" if writing.places else "$")
    kinds = [f"{number}(?:{point}[0-9]*)?|{point}[0-9]+" if writing.has_places else number]
    kinds += [f"{number}[.,](?:--?|—)"] if writing.has_dashes else []
    kinds += [EXPONENT] if writing.has_exponents else []
    number = f"(?:{'|'.join(kinds)})"
    before, after = _around(writing)
    ways = [f"[-+]?{before}[-+]?{number}{after}" if before else f"[-+]?{number}{after}"]
    if writing.is_percent:
        ways += ["0"]
    if writing.has_after:
        ways += [f"{before}{number}{after}-", *([f"{before}{number}-{after}"] if after else [])]
    if writing.has_brackets:
        ways += [f"\\({before}{number}{after}\\)", f"{before}\\({number}\\){after}"]
    return f"^(?:{'|'.join(ways)})$"


def _around(writing: NumberWriting) -> tuple[str, str]:
    """Patterns of the currency or percent sign before and behind a number."""
    if writing.is_percent:
        return "", " *%"
    if not writing.currency:
        return "", ""
    names = [writing.currency, *(name for name, symbol in SAME.items() if symbol == writing.currency)]
    currency = f"(?:{'|'.join(map(re.escape, names))})"
    optional = "?" if writing.has_bare else ""
    return (f"(?:{currency} *){optional}", "") if writing.place == "before" else ("", f"(?: *{currency}){optional}")


def _comes_back(cell: str, decimal: str) -> bool:
    """Whether the float, printed with as many digits, is the number in the cell again."""
    found = numeral(cell, decimal)
    return found is None or _numbers.comes_back(found.text)
