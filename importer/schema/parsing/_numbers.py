"""Whole numbers, decimals and floats: read exactly or not at all."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.schema.parsing._cells import keep, short
from importer.schema.parsing._numerals import numeral, numerals

if TYPE_CHECKING:
    from importer.schema._schema import Format
    from importer.schema.parsing._numerals import Numerals

__all__ = ["MOST_DIGITS", "canonical", "comes_back", "read", "why"]

WHOLE_UNTIL: Final = {"Float32": 2**24, "Float64": 2**53}
"""Largest number up to which a float holds every whole number."""

MOST_DIGITS: Final = 16
"""A double holds every decimal with fewer digits: printed with as many, it is the same again."""

WHOLE = r"[-+]?[0-9]+(?:\.0*)?"
ZERO_PADS = r"\.0*$|(\.[0-9]*[1-9])0+$"
NOT_NOTHING = r"^[-+]?[0.]*[1-9]"

DIGITS = 400
"""Largest exponent; no column holds more digits."""


def canonical(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Numbers in machine-written form; null for all other cells."""
    if written.decimal != "," or dtype.is_integer():
        return _cast(cells, dtype)
    is_plain = ~cells.str.contains(".", literal=True)
    return _cast(keep(cells, is_plain).str.replace(",", ".", literal=True), dtype)


def read(cells: pl.Series, dtype: pl.DataType, written: Format) -> pl.Series:
    """Numbers in any common format, from trimmed cells; null for all others."""
    found = numerals(cells, written)
    if not dtype.is_float():
        return _cast(_exact(found, unsigned=dtype.is_unsigned_integer()), dtype)
    scaled = found.text + "e-2"
    return _cast(found.text.zip_with(~found.percent, scaled), dtype)


def _cast(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    if dtype.is_integer():
        return text.cast(dtype, strict=False)
    if isinstance(dtype, pl.Decimal):
        # polars rounds to the scale; only exact values may pass.
        places = rf"(?:\.[0-9]{{0,{dtype.scale}}})?" if dtype.scale else r"\.?"
        return keep(text, text.str.contains(f"^[-+]?[0-9]+{places}$")).cast(dtype, strict=False)
    return _unbent(text, text.cast(dtype, strict=False))


def _unbent(text: pl.Series, values: pl.Series) -> pl.Series:
    """Floats, with null for those that differ from the written number."""
    # NaN counts as the largest of all.
    most = WHOLE_UNTIL[str(values.dtype)]
    is_large = (values >= most) | (values <= -most)
    if is_large.any():
        pairs = zip(text.filter(is_large), values.filter(is_large), strict=True)
        held = pl.Series([value if is_held(numeral, value) else None for numeral, value in pairs], dtype=values.dtype)
        values = values.scatter(is_large.arg_true(), held)
    if isinstance(values.dtype, pl.Float64):
        where = (text.str.len_bytes() > MOST_DIGITS).arg_true()
        # The shortest text of a float is itself.
        where = where.filter(values.gather(where).cast(pl.String) != text.gather(where))
        pairs = zip(where, text.gather(where), strict=True)
        bent = [at for at, numeral in pairs if "." in numeral and not comes_back(numeral)]
        values = values.scatter(bent, None) if bent else values
    is_zero = values == 0
    if is_zero.any():
        values = values.scatter((is_zero & text.str.contains(NOT_NOTHING)).arg_true(), None)
    return values


def is_held(text: str, value: float) -> bool:
    """Whether a float is the written number: finite, and exact if the text is a whole number.

    Examples
    --------
    >>> is_held("9007199254740993", 2.0**53), is_held("1e16", 1e16), is_held("1e400", float("inf"))
    (False, True, False)
    """
    if value in (float("inf"), float("-inf")) or value != value:  # noqa: PLR0124 - NaN
        return False
    return not re.fullmatch(WHOLE, text) or Decimal(text) in (Decimal(value), Decimal(repr(value)))


def comes_back(numeral: str) -> bool:
    """Whether the double, printed with as many digits, is the number again.

    Examples
    --------
    >>> comes_back("0.79580889432691038"), comes_back("99999999999999.99")
    (True, False)
    """
    digits = re.sub("[eE].*|[-+.]", "", numeral).lstrip("0")
    return len(digits) < MOST_DIGITS or Decimal(f"{float(numeral):.{len(digits) - 1}e}") == Decimal(numeral)


def _exact(found: Numerals, *, unsigned: bool) -> pl.Series:
    """Numerals without exponents, percent signs and redundant zeros."""
    has_point = found.text.str.contains(".", literal=True).fill_null(value=False)
    text = found.text.scatter(has_point.arg_true(), _without_pads(found.text.filter(has_point)))
    is_scaled = (found.percent | text.str.contains("[eE]")).fill_null(value=False) & text.is_not_null()
    if is_scaled.any():
        where = is_scaled.arg_true()
        pairs = zip(found.text.gather(where), found.percent.gather(where), strict=True)
        text = text.scatter(where, pl.Series([_spelled(*pair) for pair in pairs], dtype=pl.String))
    return text.str.replace("^-(0+)$", "${1}") if unsigned else text


def _without_pads(text: pl.Series) -> pl.Series:
    return text.str.replace(ZERO_PADS, "${1}").str.replace(r"^([-+]?)(\.|$)", "${1}0${2}")


def _spelled(text: str, percent: bool) -> str | None:  # noqa: FBT001 - a pair of columns
    """Numeral without exponent, None if it is out of range."""
    number = _number(text, percent=percent)
    if number is None:
        return None
    return re.sub(ZERO_PADS, r"\1", f"{number:f}")


def _number(text: str, *, percent: bool) -> Decimal | None:
    mantissa, _, exponent = text.lower().partition("e")
    places = exponent.lstrip("+-").lstrip("0") or "0"
    if len(places) > len(str(DIGITS)) or int(places) > DIGITS:
        return None
    power = int(places) * (-1 if exponent.startswith("-") else 1)
    return Decimal(f"{mantissa}e{power - 2 * percent}")


def why(value: str, dtype: pl.DataType, written: Format) -> str:
    """Explain why the cell is not a number of this type."""
    shown, kind = short(value), "a whole number" if dtype.is_integer() else "a number"
    decimal = written.decimal or "."
    found = numeral(value, decimal)
    number = None if found is None else _number(found.text, percent=found.percent)
    if found is None and _is_otherwise_marked(value, decimal):
        return f"{shown} is not {kind} where {decimal!r} is the decimal mark"
    if found is None:
        return f"{shown} is not {kind}"
    if dtype.is_integer():
        return _why_not_whole(shown, number, dtype)
    if isinstance(dtype, pl.Decimal):
        return _why_not_decimal(shown, number, dtype)
    is_whole = number is not None and re.fullmatch(WHOLE, found.text) and abs(number) < Decimal(_largest(dtype))
    if is_whole or ("." in found.text and not comes_back(found.text)):
        other = "a whole number type or String" if is_whole else "a Decimal column or text"
        return f"{shown} has more digits than {dtype} holds exactly; {other} does"
    is_small = found.text.lower().partition("e")[2].startswith("-") or (number is not None and abs(number) < 1)
    return f"{shown} is too {'close to zero' if is_small else 'large'} for {dtype}"


def _is_otherwise_marked(value: str, decimal: str) -> bool:
    return (decimal == "," or "," in value) and numeral(value, "," if decimal == "." else ".") is not None


def _why_not_whole(shown: str, number: Decimal | None, dtype: pl.DataType) -> str:
    if number is not None and number != number.to_integral_value():
        return f"{shown} is not a whole number"
    low, high = _bounds(dtype)
    bounds = f"({low:,} to {high:,})".replace("-", "−")
    return f"{shown} is too {'small' if number is not None and number < low else 'large'} for {dtype} {bounds}"


def _bounds(dtype: pl.DataType) -> tuple[int, int]:
    bits = int(re.sub(r"\D", "", str(dtype)))
    return (0, 2**bits - 1) if dtype.is_unsigned_integer() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _why_not_decimal(shown: str, number: Decimal | None, dtype: pl.Decimal) -> str:
    name = f"Decimal({dtype.precision}, {dtype.scale})"
    places = 0 if number is None else len(f"{number:f}".partition(".")[2].rstrip("0"))
    if number is not None and places > dtype.scale:
        return f"{shown} has more than the {dtype.scale} decimals that {name} holds"
    return f"{shown} has more than the {dtype.precision - dtype.scale} digits before the decimal mark that {name} holds"


def _largest(dtype: pl.DataType) -> float:
    return 3.4028234663852886e38 if dtype == pl.Float32 else 1.7976931348623157e308
