"""The cell formats of a workbook: `Styles`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from importer.errors import SourceError
from importer.sources.xlsx.book import elements
from importer.sources.xlsx.cells._kinds import FORMATTED, MONEY, Kind
from importer.sources.xlsx.cells._number_formats import NumberFormat

__all__ = ["Styles", "cell_kind", "read_styles"]

_BUILTIN: dict[int, int] = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58, *range(71, 75), 81), Kind.DATE),
    **dict.fromkeys((22, 77), Kind.DATETIME),
    # 34, 35, 55 and 56 are times in Chinese and dates in Japanese; a value of a year or more keeps its date either way.
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56, 75, 76, 78, 80), Kind.TIME),
    **dict.fromkeys((46, 79), Kind.ELAPSED),
}
_BY_TYPE = {"s": Kind.SHARED, "str": Kind.TEXT, "inlineStr": Kind.TEXT, "b": Kind.BOOLEAN}

_DIGITS = re.compile(r"[0-9]{1,9}")

MOST = 10_000
"""Number formats to look at closely. Excel allows a few hundred."""


MOST_FORMATS, MOST_STYLES = 1 << 14, 1 << 17
"""Limits of the number formats and cell formats of a workbook. Excel allows a few hundred, and 65,490."""


@dataclass(frozen=True, slots=True)
class Styles:
    """What numbers in each cell format are.

    Attributes
    ----------
    kinds
        A `Kind`, or the code of a format or of a currency, by the index that cells use.
    formats
        Formats that need a look at each value, by their code less `FORMATTED`.
    currencies
        Currencies that formats show, by their code less `MONEY`.
    """

    kinds: tuple[int, ...] = ()
    formats: tuple[NumberFormat, ...] = field(default=())
    currencies: tuple[str, ...] = field(default=())


def cell_kind(type_: str | None, style: str | None, styles: tuple[int, ...]) -> int:
    """How to read a cell's value, by its attributes ``t`` and ``s``."""
    if type_ in {None, "n"}:
        at = 0 if style is None else _number(style)
        return styles[at] if 0 <= at < len(styles) else Kind.NUMBER
    return _BY_TYPE.get(type_ or "", Kind.VERBATIM)


def read_styles(data: bytes, where: str) -> Styles:
    """What numbers are in each cell format."""
    codes: dict[str, str] = {}
    known: dict[str, int] = {}
    kinds: list[int] = []
    formats: list[NumberFormat] = []
    currencies: dict[str, int] = {}
    inside = False

    def kind_of(name: str) -> int:
        if name not in codes:
            return _BUILTIN.get(_number(name), Kind.NUMBER)
        found = NumberFormat.of(codes[name])
        if not found.is_plain and len(formats) < MOST:
            formats.append(found)
            return FORMATTED + len(formats) - 1
        if found.usual is Kind.NUMBER and found.currency is not None:
            return MONEY + currencies.setdefault(found.currency, len(currencies) % MOST)
        return found.usual

    for tag, attributes in elements(data, where):
        if tag == "numFmt":
            codes.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
            _check(where, len(codes), MOST_FORMATS, "number formats")
        elif tag == "xf" and inside:
            name = attributes.get("numFmtId", "0")
            if name not in known:
                known[name] = kind_of(name)
            kinds.append(known[name])
            _check(where, len(kinds), MOST_STYLES, "cell formats")
        elif tag in {"cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
    return Styles(tuple(kinds), tuple(formats), tuple(currencies))


def _check(where: str, count: int, most: int, what: str) -> None:
    if count > most:
        raise SourceError(
            f"{where} have more than {most:,} {what}, which no spreadsheet program writes",
            code="file-suspicious",
            facts={"part": where},
            fixes=["copy the rows into a new workbook", "do not trust the file"],
        )


def _number(text: str) -> int:
    """The number of a style or format, -1 if the text is not a number."""
    return int(text) if _DIGITS.fullmatch(text) else -1
