r"""Text that a person sees whole: `visible`."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["visible"]

_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that nothing draws."""

_SELECTORS: Final = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Choose one of the drawings of the character before them."""

_DRAWN_FORMATS: Final = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
"""Signs that stand around a number in Arabic, Syriac and Kaithi."""

_JOINERS: Final = "\u200c\u200d"

_JOINING: Final = re.compile(
    "[\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1bff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U000115ff]"
)
"""Scripts whose spelling uses joiners, from Arabic to those of India."""

_VIRAMA: Final = 9
"""Combining class of the mark after which a joiner chooses how a consonant is drawn."""

_FLAG: Final = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")
"""A black flag with the letters of a region: England, Scotland, Wales."""


def visible(text: str) -> str:
    r"""The text with a mark for each character that acts on a screen and is not seen there.

    These are control characters, those that change the direction of the text, and invisible ones. Line breaks and tabs
    stay, and so does what belongs to the writing: combining marks, and joiners within emoji and words.

    Examples
    --------
    >>> visible("\u202egnp.csv"), visible("a\x1b[2J\u200b")
    ('⟨U+202E⟩gnp.csv', 'a⟨U+001B⟩[2J⟨U+200B⟩')
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    parts = _FLAG.split(text.replace("\r\n", "\n"))
    return "".join(part if n % 2 else _marked(part) for n, part in enumerate(parts))


def _marked(text: str) -> str:
    around = zip(("", *text), text, (*text[1:], ""), strict=False)
    return "".join(c if _is_seen(before, c, after) else f"⟨U+{ord(c):04X}⟩" for before, c, after in around)


def _is_seen(before: str, c: str, after: str) -> bool:
    """Whether a character shows between these two, or belongs to how they are drawn."""
    if c in _FILLERS:
        return False
    if c in _JOINERS:
        return _joins(before, c, after)
    if _SELECTORS.match(c):
        return before.isprintable() and before.strip() != "" and not _SELECTORS.match(before)
    is_blank = c in "\n\t" or unicodedata.category(c) == "Zs"
    return is_blank or c.isprintable() or _DRAWN_FORMATS.match(c) is not None


def _joins(before: str, c: str, after: str) -> bool:
    """Whether a joiner stands within an emoji, or in a word of a script that is written with joiners."""
    if not before:
        return False
    if _JOINING.match(before) and unicodedata.combining(before) == _VIRAMA:
        return True
    if _is_letter(before) and after:
        return _is_letter(after)
    return c == "\u200d" and _is_of_emoji(before) and after != "" and _is_of_emoji(after)


def _is_letter(c: str) -> bool:
    return _JOINING.match(c) is not None and unicodedata.category(c)[0] in "LM"


def _is_of_emoji(c: str) -> bool:
    return c == "\ufe0f" or (c >= "\u2190" and unicodedata.category(c) in {"So", "Sk"})
