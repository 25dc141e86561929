"""Numbers as people write them, in canonical form: ``(1.234,50 €)`` into ``-1234.50``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.schema.parsing._cells import ascii_text, keep, plain

if TYPE_CHECKING:
    from importer.schema._schema import Format

__all__ = [
    "CURRENCY",
    "DASHES",
    "DRESS",
    "MARK",
    "OPEN_ENDED",
    "POINT",
    "TORN",
    "Numeral",
    "Numerals",
    "numeral",
    "numerals",
]

CODES = "AED|ARS|AUD|BDT|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HRK|HUF|IDR|ILS|INR|ISK|JPY|KES|KRW|KWD"
CODES += "|KZT|LKR|MAD|MXN|MYR|NAD|NGN|NOK|NZD|PEN|PHP|PKR|PLN|QAR|RMB|RON|RSD|RUB|SAR|SEK|SGD|THB|TND|TRY|TWD|TZS|UAH"
CODES += "|UGX|USD|UYU|VND|XAF|XOF|ZAR|ZMW"
WORDS = r"Euro|SFr\.|Fr\.|kr\.?|zł|Kč|Ft|Rs\.?|Rp|RM|лв\.?|руб\.?"
SYMBOLS = r"(?:US|AU|CA|HK|NZ|NT|[ACRS])?\$|[€£¥₩₹₽₺₴₫₪฿₱₦₡₲₵₸₼₾¢]"
CURRENCY = f"(?:{SYMBOLS}|{CODES}|{WORDS})"

MARK = "¤"
"""Stands for the currency once it is recognised."""

DASHES = f"([0-9])[.,](?:-{{1,2}}|—)([ ){MARK}]*)$"
"""Price without cents: ``5,-``."""

POINT = "٫"
"""The decimal mark of Arabic digits, which is one whatever the column's own is."""

BODY = f"[0-9.,{POINT}](?:[0-9.,{POINT}' ]*[0-9.,])?(?:[eE][-+]?[0-9]+)?"
DRESS = f"(?P<before>[-+( {MARK}]*)(?P<body>{BODY})(?P<after>[-)% {MARK}]*)"
"""A number and what surrounds it."""

OPEN_ENDED = r"[^.,\s][\u2010-\u2015\u2212]\)?$"
"""A dash behind a number, as in a range without an end, is no sign."""

TORN = " [-+]"
"""A trailing sign that does not touch the number belongs to something else."""

SIGNS = {"": "", "+": "", "-": "-", "()": "-"}
DRESSES: dict[str, tuple[str, bool]] = {
    **{f"{sign}{mark}": (minus, False) for sign, minus in SIGNS.items() for mark in ("", MARK)},
    **{f"{sign}%": (minus, True) for sign, minus in SIGNS.items()},
    **dict.fromkeys((f"{MARK}-", f"({MARK})", f"{MARK}()"), ("-", False)),
    f"{MARK}+": ("", False),
    "(%)": ("-", True),
}
"""What the characters around a number mean: its sign, and whether it is a percentage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerals:
    """Canonical numerals of a column: digits, ``.``, ``-`` and an exponent; null for other cells."""

    text: pl.Series
    percent: pl.Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """The canonical numeral of one cell."""

    text: str
    percent: bool


def bare(decimal: Literal[".", ","]) -> str:
    """Pattern of a number with nothing around it but a sign, with or without thousands marks."""
    point = f"[{decimal}{POINT}]"
    marks = [re.escape(mark) for mark in ",. '" if mark != decimal]
    threes = "|".join(f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in marks)
    indian = "|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}" if decimal == "." else ""
    digits = f"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?"
    return f"[-+]?(?:{digits}|(?:{threes}{indian})(?:{point}[0-9]*)?)"


BARE: dict[str, str] = {".": bare("."), ",": bare(",")}
FOREIGN = {".": "[, ']", ",": "[. ']"}
"""Thousands marks, by the decimal mark."""


def numerals(cells: pl.Series, written: Format) -> Numerals:
    """Canonical numerals of trimmed cells."""
    text = plain(cells)
    if text is not cells:
        text = keep(text, ~cells.str.contains(OPEN_ENDED))
    decimal = written.decimal or "."
    found = _bare(text, decimal)
    percent = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    left = found.is_null() & text.str.contains("[0-9]")
    if left.any():
        dressed = _undress(text.filter(left))
        ascii_text = dressed["minus"] + _bare(dressed["body"], decimal)
        where = left.arg_true()
        found, percent = found.scatter(where, ascii_text), percent.scatter(where, dressed["percent"])
    is_both = percent & found.str.contains("[eE]").fill_null(value=False)
    return Numerals(text=keep(found, ~is_both), percent=percent)


def _bare(text: pl.Series, decimal: str) -> pl.Series:
    fits = text.str.contains(f"^(?:{BARE[decimal]})$").fill_null(value=False)
    found = text.zip_with(fits, pl.Series([None], dtype=pl.String)).str.replace_all(FOREIGN[decimal], "")
    return found.str.replace(f"[,{POINT}]", ".") if decimal == "," or found.str.contains(POINT).any() else found


def _undress(text: pl.Series) -> pl.DataFrame:
    """Columns ``body``, ``minus`` and ``percent`` of cells with something around the number."""
    marked = text.str.replace(CURRENCY, MARK)
    if text.str.contains("[-—]").any():
        marked = marked.str.replace(DASHES, "${1}${2}")
    parts = marked.str.extract_groups(f"^{DRESS}$").struct.unnest()
    dress = (parts["before"] + parts["after"]).str.replace_all(" ", "", literal=True)
    is_torn = parts["after"].str.contains(TORN)
    return pl.DataFrame(
        {
            "body": parts["body"].zip_with(~is_torn, pl.Series([None], dtype=pl.String)),
            "minus": dress.replace_strict(
                {key: minus for key, (minus, _) in DRESSES.items()}, default=None, return_dtype=pl.String
            ),
            "percent": (dress.str.ends_with("%") | (dress == "(%)")).fill_null(value=False),
        }
    )


def numeral(value: str, decimal: str) -> Numeral | None:
    """The canonical numeral of one cell, None if it has none; agrees with `numerals`.

    Examples
    --------
    >>> numeral("(1.234,50 €)", ",")
    Numeral(text='-1234.50', percent=False)
    """
    text = ascii_text(value)
    if not re.search("[0-9]", text) or re.search(OPEN_ENDED, value.strip()):
        return None
    dress, body = "", text
    if not re.fullmatch(BARE[decimal], text):
        marked = re.sub(DASHES, r"\1\2", re.sub(CURRENCY, MARK, text, count=1), count=1)
        parts = re.fullmatch(DRESS, marked)
        if not parts or re.search(TORN, parts["after"]) or not re.fullmatch(BARE[decimal], parts["body"]):
            return None
        dress, body = (parts["before"] + parts["after"]).replace(" ", ""), parts["body"]
    if dress not in DRESSES:
        return None
    minus, percent = DRESSES[dress]
    if percent and "e" in body.lower():
        return None
    return Numeral(text=minus + re.sub(f"[,{POINT}]", ".", re.sub(FOREIGN[decimal], "", body)), percent=percent)
