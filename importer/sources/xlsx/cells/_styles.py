"""How the type and number format of a cell determine its value: `Kind`."""

from __future__ import annotations

import re
from enum import IntEnum

from importer.sources.xlsx.book import elements

__all__ = ["Kind", "cell_kind", "format_kind", "read_styles"]


class Kind(IntEnum):
    """How to read the text in a cell's XML."""

    NUMBER = 0
    DATE = 1
    DATETIME = 2
    TIME = 3
    ELAPSED = 4
    SHARED = 5
    TEXT = 6
    BOOLEAN = 7
    VERBATIM = 8


_BUILTIN = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58, *range(71, 75), 81), Kind.DATE),
    **dict.fromkeys((22, 77), Kind.DATETIME),
    # 34, 35, 55 and 56 are times in Chinese and dates in Japanese; a value of 1 or more keeps its date either way.
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56, 75, 76, 78, 80), Kind.TIME),
    **dict.fromkeys((46, 79), Kind.ELAPSED),
}
_BY_TYPE = {"s": Kind.SHARED, "str": Kind.TEXT, "inlineStr": Kind.TEXT, "b": Kind.BOOLEAN}

_DIGITS = re.compile(r"[0-9]{1,9}")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_NOISE = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|general', re.IGNORECASE | re.DOTALL)
_HALF_DAY = re.compile(r"am/pm|a/p|上午/下午|午前/午後|오전/오후", re.IGNORECASE)
_NUMERIC = re.compile(r"[#?0@%]|e[+-]", re.IGNORECASE)
_FRACTION = re.compile(r"(?<=s)[.,]0+", re.IGNORECASE)
_RUN = re.compile(r"y+|m+|d+|h+|s+|e+|g+|b+", re.IGNORECASE)


def format_kind(code: str) -> Kind:
    r"""What a number format shows: a number, a date, a time of day, both, or a span of time.

    Examples
    --------
    >>> [format_kind(code).name for code in ("yyyy-mm-dd", "[$-409]h:mm AM/PM;@", "[h]:mm", 'd "at" h:mm', "#,##0 \\d")]
    ['DATE', 'TIME', 'ELAPSED', 'DATETIME', 'NUMBER']
    """
    bare = re.sub(r'"[^"]*"?|\\.', " ", code, flags=re.DOTALL).split(";")[0]
    elapsed = _ELAPSED.search(bare) is not None
    bare = _NOISE.sub(" ", _ELAPSED.sub(r"\1", bare))
    half_day = _HALF_DAY.search(bare) is not None
    bare = _FRACTION.sub("", _HALF_DAY.sub(" ", bare))
    if _NUMERIC.search(bare):
        return Kind.NUMBER
    runs = [run[0].lower() for run in _RUN.findall(bare)]
    before, after = [" ", *runs], [*runs[1:], " "]
    minutes = [run == "m" and (b == "h" or a == "s") for b, run, a in zip(before, runs, after, strict=False)]
    date = any(run in "ydegb" or (run == "m" and not minute) for run, minute in zip(runs, minutes, strict=True))
    time = half_day or any(minutes) or not {"h", "s"}.isdisjoint(runs)
    if elapsed and runs.count("m") == len(runs):
        return Kind.ELAPSED
    if date:
        return Kind.DATETIME if time else Kind.DATE
    if elapsed:
        return Kind.ELAPSED
    return Kind.TIME if time else Kind.NUMBER


def cell_kind(type_: str | None, style: str | None, styles: tuple[Kind, ...]) -> Kind:
    """How to read a cell's value, by its attributes ``t`` and ``s``."""
    if type_ in {None, "n"}:
        at = 0 if style is None else _number(style)
        return styles[at] if 0 <= at < len(styles) else Kind.NUMBER
    return _BY_TYPE.get(type_ or "", Kind.VERBATIM)


def read_styles(data: bytes, where: str) -> tuple[Kind, ...]:
    """Kind of a number in each cell format, by the index that cells use."""
    custom: dict[str, Kind] = {}
    kinds: list[Kind] = []
    inside = False
    for tag, attributes in elements(data, where):
        if tag == "numFmt":
            custom.setdefault(attributes.get("numFmtId", ""), format_kind(attributes.get("formatCode", "")))
        elif tag == "xf" and inside:
            name = attributes.get("numFmtId", "0")
            kinds.append(custom.get(name, _BUILTIN.get(_number(name), Kind.NUMBER)))
        elif tag in {"cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
    return tuple(kinds)


def _number(text: str) -> int:
    """The number of a style or format, -1 if the text is not a number."""
    return int(text) if _DIGITS.fullmatch(text) else -1
