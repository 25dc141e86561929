"""How one number is written: its marks, sign, currency, and the readings that it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import polars as pl

from importer.core import EACH, here
from importer.schema.parsing._cells import ascii_text, plain, trim
from importer.schema.parsing._numerals import CURRENCY, DASHES, DRESS, MARK, OPEN_ENDED, POINT, TORN

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Form", "currency_of", "forms", "forms_of", "shapes"]

BODY: Final = re.compile(rf"(?P<mantissa>[0-9.,' {POINT}]*)(?P<exponent>[eE][-+]?[0-9]+)?")
THREES: Final = r"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
INDIAN: Final = re.compile("[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")
PROGRAM: Final = re.compile("[eE][-+][0-9]{2,3}|e[0-9]{2,3}")
"""An exponent of a whole number as programs print it, and nobody a part number."""

Sign: TypeAlias = Literal["", "+", "-", "after", "()"]
SIGNS: Final[dict[tuple[str, str], Sign]] = {
    ("", ""): "",
    ("+", ""): "+",
    ("-", ""): "-",
    ("", "-"): "after",
    ("(", ")"): "()",
}
"""What stands before and behind a number besides its currency."""

SAME: Final = {"EUR": "€", "Euro": "€"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One reading of how a number is written.

    Attributes
    ----------
    sign
        ``-`` after the number is ``"after"``.
    decimal, places
        The decimal mark, empty if there is none, and the digits after it.
    mark, groups
        The thousands mark, empty if there is none, and the groups of digits that it makes.
    has_zeros
        Whether zeros come first, as in a code.
    exponent
        How the exponent is written: as programs do, or as in the part number ``1E5``.
    """

    sign: Sign = ""
    currency: str = ""
    place: Literal["", "before", "after"] = ""
    is_percent: bool = False
    decimal: Literal["", ".", ","] = ""
    places: int = 0
    whole: int = 0
    mark: str = ""
    groups: int = 1
    is_indian: bool = False
    has_zeros: bool = False
    exponent: Literal["", "program", "code"] = ""
    has_dashes: bool = False


def shapes(cells: pl.Series) -> pl.Series:
    """Cells with a nine for every digit but a leading zero; many cells have one shape.

    Examples
    --------
    >>> shapes(pl.Series(["1,234.50", "007", "€ 5"])).to_list()
    ['9,999.99', '099', '€ 9']
    """
    nines = EACH.str.replace_all("[0-9]", "9")
    shape = pl.when(EACH.str.contains("^[^0-9]*0")).then(nines.str.replace("9", "0")).otherwise(nines)
    text = trim(cells)
    found = here(plain(text), shape)
    if text.str.len_bytes().sum() == text.str.len_chars().sum():
        return found
    return here(text, pl.when(EACH.str.contains(OPEN_ENDED)).then(pl.lit("…")).otherwise(found))


def forms_of(cell: str) -> tuple[Form, ...]:
    """The readings of a cell as a number: none, one, or one for each decimal mark.

    Examples
    --------
    >>> [form.decimal for form in forms_of("1,250")], len(forms_of("1,250,000")), forms_of("90+")
    (['', ','], 1, ())
    """
    return () if re.search(OPEN_ENDED, cell.strip()) else forms(ascii_text(cell))


@lru_cache(maxsize=1 << 14)
def forms(text: str) -> tuple[Form, ...]:
    """The readings of an ASCII text or shape as a number."""
    marked, dashes = re.subn(DASHES, r"\1\2", re.sub(CURRENCY, MARK, text, count=1), count=1)
    parts = re.fullmatch(DRESS, marked)
    if not parts or re.search(TORN, parts["after"]):
        return ()
    before, after = parts["before"].replace(" ", ""), parts["after"].replace(" ", "")
    is_percent, has_currency = after.count("%") == 1, MARK in before + after
    signs = before.replace(MARK, ""), after.replace(MARK, "").replace("%", "", 1)
    if signs not in SIGNS or (is_percent and has_currency) or (before + after).count(MARK) > 1:
        return ()
    dress = Form(
        sign=SIGNS[signs],
        currency=currency_of(text) if has_currency else "",
        place="" if not has_currency else "before" if MARK in before else "after",
        is_percent=is_percent,
        has_dashes=bool(dashes),
    )
    return tuple(form for form in _readings(parts["body"], dress) if not (is_percent and form.exponent))


def currency_of(text: str) -> str:
    """The currency in a text, however it is written; empty if there is none."""
    found = re.search(CURRENCY, text)
    return SAME.get(found[0], found[0]) if found else ""


def _readings(text: str, dress: Form) -> Iterator[Form]:
    """Readings of the digits and marks of a number in its dress."""
    parts = BODY.fullmatch(text)
    if not parts or not re.search("[0-9]", parts["mantissa"]):
        return
    mantissa, power = parts["mantissa"], parts["exponent"]
    decimals: tuple[tuple[str, Literal[".", ","]], ...] = ((".", "."), (",", ","))
    if POINT in mantissa:
        decimals = ((POINT, "."),)
    elif not re.search("[.,]", mantissa):
        decimals = ((".", "."),)
    for point, decimal in decimals:
        digits, has_point, fraction = mantissa.partition(point)
        form = _whole(digits, point, dress)
        if form is None or not re.fullmatch("[0-9]*", fraction) or (power is not None and form.mark):
            continue
        if power is not None:
            form = replace(form, exponent="program" if has_point or PROGRAM.fullmatch(power) else "code")
        yield replace(form, decimal=decimal if has_point else "", places=len(fraction))


def _whole(text: str, point: str, dress: Form) -> Form | None:
    """A number of these digits before the decimal mark, and their thousands marks."""
    if re.fullmatch("[0-9]*", text):
        return replace(dress, whole=len(text), has_zeros=text.startswith("0") and len(text) > 1)
    marks = set(re.sub("[0-9]", "", text)) - {point, POINT}
    mark = marks.pop() if len(marks) == 1 else ""
    is_indian = mark == "," and bool(INDIAN.fullmatch(text))
    if not mark or not (is_indian or re.fullmatch(THREES.format(mark=re.escape(mark)), text)):
        return None
    whole = len(re.sub("[^0-9]", "", text))
    return replace(dress, mark=mark, groups=text.count(mark) + 1, whole=whole, is_indian=is_indian)
