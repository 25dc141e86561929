"""The sections of a number format, and what each shows: a number, a date, a time or the digits of a code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.sources.xlsx.cells._kinds import Kind
from importer.sources.xlsx.cells._masks import Mask

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Section", "format_kind", "sections_of"]

SECTIONS = 4

_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|.', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*([-+]?[0-9.]+(?:E[-+]?[0-9]+)?)\s*", re.IGNORECASE)

_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_NOISE = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|general', re.IGNORECASE | re.DOTALL)
_HALF_DAY = re.compile(r"am/pm|a/p|上午/下午|午前/午後|오전/오후", re.IGNORECASE)
_NUMERIC = re.compile(r"[#?0@%]|e[+-]", re.IGNORECASE)
_FRACTION = re.compile(r"(?<=s)[.,]0+", re.IGNORECASE)
_RUN = re.compile(r"y+|m+|d+|h+|s+|e+|g+|b+", re.IGNORECASE)

_CURRENCIES = re.compile(
    r"[A-Z]{3}|kr\.?|Kr\.?|SFr\.|Fr\.|zł|Kč|Ft|Rs\.?|Rp\.?|R\$|RM|R|S/\.?|лв\.?|руб\.?|грн\.?|дин\.?|lei|din\.?|Euro|euro"
)
"""Words for a currency in quotes; symbols are told by Unicode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of a number format.

    Attributes
    ----------
    kind
        What it shows; None if it shows nothing of a value.
    condition
        The comparison that its values pass, as in ``[<100]``; None if its place decides.
    mask
        How it lays out the digits of a code.
    currency
        Symbol or letters of the currency.
    words
        What it shows in place of the number.
    """

    kind: Kind | None
    condition: tuple[str, float] | None = None
    mask: Mask | None = None
    currency: str | None = None
    words: str | None = None


def sections_of(code: str) -> tuple[Section, ...]:
    """The sections of a number format for numbers: up to three, or two with conditions and one for the others.

    Examples
    --------
    >>> [(section.kind.name, section.condition) for section in sections_of("[<1]h:mm;[h]:mm;@")]
    [('TIME', ('<', 1.0)), ('ELAPSED', None)]
    """
    written = [_section(part) for part in _split(code)[:SECTIONS]]
    is_text = len(written) == SECTIONS or (len(written) > 1 and "@" in _bare(_split(code)[len(written) - 1]))
    return tuple(written[: len(written) - is_text])


def format_kind(code: str) -> Kind:
    r"""What the first section of a number format shows: a number, a date, a time of day, both, or a span of time.

    Examples
    --------
    >>> [format_kind(code).name for code in ("yyyy-mm-dd", "[$-409]h:mm AM/PM;@", "[h]:mm", 'd "at" h:mm', "#,##0 \\d")]
    ['DATE', 'TIME', 'ELAPSED', 'DATETIME', 'NUMBER']
    """
    return _kind(_split(code)[0]) or Kind.NUMBER


def _split(code: str) -> list[str]:
    parts = [""]
    for token in _TOKEN.finditer(code):
        if token[0] == ";":
            parts.append("")
        else:
            parts[-1] += token[0]
    return parts


def _bare(section: str) -> str:
    """The section without what is shown as it is."""
    return _NOISE.sub(" ", section)


def _kind(section: str) -> Kind | None:
    elapsed = _ELAPSED.search(re.sub(r'"[^"]*"?|\\.', " ", section, flags=re.DOTALL)) is not None
    bare = _NOISE.sub(" ", _ELAPSED.sub(r"\1", section) if elapsed else section)
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
    if time:
        return Kind.TIME
    return Kind.NUMBER if re.search("general", section, re.IGNORECASE) else None


def _section(text: str) -> Section:
    kind = _kind(text)
    condition = currency = None
    for token in _TOKEN.finditer(text):
        bracket = token["bracket"]
        if bracket and (found := _CONDITION.fullmatch(bracket.strip())) is not None:
            condition = found[1], float(found[2])
    if kind is None:
        words = "".join(literal for mark, literal in _pieces(text) if mark == "text")
        return Section(kind=kind, condition=condition, words=words if re.search(r"[^\W\d_]", words) else None)
    if kind is not Kind.NUMBER:
        return Section(kind=kind, condition=condition)
    currency = next(_currencies(text), None)
    return Section(kind=kind, condition=condition, currency=currency, mask=None if currency else _mask(text))


def _currencies(text: str) -> Iterator[str]:
    for token in _TOKEN.finditer(text):
        if token["bracket"] and token["bracket"].startswith("$"):
            yield from filter(None, [token["bracket"][1:].partition("-")[0].strip()])
        shown = token["quoted"] or token["escaped"] or ("" if token["bracket"] is not None else token[0])
        yield from (each for each in shown if unicodedata.category(each) == "Sc")
        if token["quoted"] and _CURRENCIES.fullmatch(token["quoted"].strip()):
            yield token["quoted"].strip()


def _mask(text: str) -> Mask | None:
    """The layout of the digits, None if the section shows an ordinary number."""
    pieces = list(_pieces(text))
    places = [at for at, (mark, _) in enumerate(pieces) if mark == "digit"]
    if not places or any(mark == "number" for mark, _ in pieces):
        return None
    points = [at for at, (mark, _) in enumerate(pieces) if mark == "point"]
    end = points[0] if points else places[-1] + 1
    digits, between = [""], []
    whole = [at for at in places if at < end]
    if len(points) > 1 or not whole:
        return None
    for before, at in pairwise([whole[0] - 1, *whole]):
        literal = "".join(each for _, each in pieces[before + 1 : at])
        if literal:
            between.append(literal)
            digits.append("")
        digits[-1] += pieces[at][1]
    decimals = [each for mark, each in pieces[end : places[-1] + 1] if mark != "point"]
    if any(each not in "0#?" for each in decimals):
        return None
    return Mask.of(
        digits,
        between,
        before="".join(each for _, each in pieces[: places[0]]),
        after="".join(each for _, each in pieces[max(places[-1] + 1, end) :] if each != "."),
        decimals="".join(decimals),
    )


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What the section is made of: a digit's place, the point, a text, or what only ordinary numbers have."""
    for token in _TOKEN.finditer(text):
        literal = token["quoted"] or token["escaped"]
        if literal is not None:
            yield "text", literal
        elif token["bracket"] is not None or token[0][0] in "_*":
            continue
        elif token[0] in "0#?":
            yield "digit", token[0]
        elif token[0] == ".":
            yield "point", "."
        elif token[0] in ",%/eE@" or token[0].isalpha():
            yield "number", token[0]
        elif token[0] != '"':
            yield "text", token[0]
