"""How plausible a text is as words of a language, from pairs of letters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib import resources
from itertools import pairwise

__all__ = ["Letters", "tokens_of"]

_SECTION = re.compile(r"^\[(\w+)\]\n(.*(?:\n(?!\[).*)*)", re.MULTILINE)
_TOKEN = re.compile(r"(?:[A-Za-z]|[^\x00-\x7f])+")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_CONTROL = re.compile("[\x80-\x9f]")
_UNSEEN = dict.fromkeys(map(ord, "\u200c\u200d\u200e\u200f\u0640"))
_SIGNS = "«»“”„‘’‚¿¡€£§±–—°·•©µ№…²³½¼¾™®ªº\xa0"
_BEFORE = "«“„‘‚¿¡№µ°\xa0"
_AFTER = "»”’…²³™®ªº°–—\xa0"
_SIGN = -4.0
_CASE = -5.0
_OF_ANOTHER = -4.0
_CHARACTER_SETS = {
    "zh": ("gb2312", 0xB0, 0xD7),
    "ja": ("euc_jp", 0xB0, 0xCF),
    "zh_Hant": ("big5", 0xA4, 0xC6),
    "ko": ("euc_kr", 0xB0, 0xC8),
}


def tokens_of(text: str) -> Counter[str]:
    """Runs of ASCII letters and of characters that are not ASCII, and how often each occurs.

    Examples
    --------
    >>> tokens_of("12 € für 3 Körbe")
    Counter({'€': 1, 'für': 1, 'Körbe': 1})
    """
    return Counter(_TOKEN.findall(text))


class Letters:
    """What is known of the letters of one language.

    Examples
    --------
    >>> czech, danish = Letters.of("cs"), Letters.of("da")
    >>> czech.score("dvořák") > danish.score("dvoøák"), czech.score("søren") < danish.score("søren")
    (True, True)
    """

    def __init__(self, name: str, table: str) -> None:
        self._name = name
        self._pairs: dict[tuple[str, str], int] = {}
        self._after: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()
        for line in table.splitlines():
            for letter, level in zip(line[1::2], line[2::2], strict=True):
                often = 1 << int(level)
                self._pairs[line[0], letter] = often
                self._after[line[0]] += often
                self._alone[letter] += often
        self._total = self._alone.total()
        self.is_syllabic = "*" in self._after
        self._known: dict[str, float] = {}

    @staticmethod
    @cache
    def of(name: str) -> Letters:
        """The letters of a language, by its code."""
        return Letters(name, _tables()[name])

    def score(self, word: str) -> float:
        """Logarithm of how probable the word is."""
        if word not in self._known:
            self._known[word] = self._characters(word) if self.is_syllabic else self._letters(word)
        return self._known[word]

    def _letters(self, word: str) -> float:
        # A letter alone is rare, a sign alone is not.
        total = (
            -10.0 * word.count("\ufffd")
            - 20 * len(_CONTROL.findall(word))
            - 5 * (len(word) == 1 and not word.isascii())
        )
        for before, letter in pairwise(f"^{word.replace('’', '$^')}$"):
            if before == "$":
                continue
            seen = self._after[before]
            sure = seen / (seen + 5)
            follows = sure * self._pairs.get((before, letter), 0) / seen if seen else 0.0
            alone = (1 - sure) * self._alone[letter] / self._total
            total += math.log(0.999 * (follows + alone) + 1e-5)
        return total

    def _characters(self, word: str) -> float:
        # A lone half-width kana is a single byte above 127, as the signs of other code pages are.
        total = -1.0 - 8 * (len(_HALF_WIDTH.findall(word)) == 1) - 10 * word.count("\ufffd")
        # Full-width letters are ASCII, half-width kana are kana.
        for character in unicodedata.normalize("NFKC", word):
            if often := self._alone[character]:
                total += math.log(often / (self._total + 100))
            elif character.isascii():
                total -= 4 if character.isalnum() else 8
            elif "\u3000" <= character <= "\u30ff":
                total -= 6 if character.isalpha() else 9
            else:
                total -= 10 if self._is_common(character) else 13
        return total

    def _is_common(self, character: str) -> bool:
        """Whether the character is among the first few thousand of its standard."""
        encoding, first, last = _CHARACTER_SETS[self._name]
        try:
            code = character.encode(encoding)
        except UnicodeEncodeError:
            return False
        return len(code) == 2 and first <= code[0] <= last  # noqa: PLR2004


def plausibility(tokens: Counter[str], languages: list[str]) -> float:
    """Logarithm of how probable the tokens are in a text that is mostly in one of the languages.

    Examples
    --------
    >>> names = ["Dvořák", "Dvoøák"]
    >>> czech, western = (plausibility(tokens_of(name), ["cs", "da", "es"]) for name in names)
    >>> czech > western + 5
    True
    """
    known = [Letters.of(language) for language in languages]
    totals = [0.0] * len(known)
    for token, count in tokens.items():
        often = min(1 + math.log(count), 3.0)
        word, cost = _bare(token)
        if word:
            scores = [letters.score(word.lower()) for letters in known]
            best = max(scores) + _OF_ANOTHER
            # Words without a letter that is in doubt only tell the language; "m²" and "°C" are signs.
            often *= 0.3 if word.isascii() and (token.isascii() or len(word) <= 2) else 1  # noqa: PLR2004
            cost += 0 if known[0].is_syllabic else _case(word)
            totals = [total + (max(score, best) + cost) * often for total, score in zip(totals, scores, strict=True)]
        else:
            totals = [total + cost * often for total in totals]
    return max(totals)


def _bare(token: str) -> tuple[str, float]:
    """The word without signs that usually stand around one, and what those cost."""
    word = token.translate(_UNSEEN)
    bare = word.strip(_SIGNS) and word.lstrip(_BEFORE).rstrip(_AFTER)
    signs = len(word) - len(bare) + bare.count("’") + 2 * bare.count("\xad")
    rare = sum(word.endswith(("…", "”")) if bare else letter in "ºª·¿¡µ" for letter in word[-1:])
    return bare.replace("\xad", ""), _SIGN * (signs + rare / 2 - bare.endswith("’s") / 2)


def _case(word: str) -> float:
    """What capitals within the word cost: other code pages turn small letters into capitals."""
    inside = sum(a.islower() and b.isupper() for a, b in pairwise(word))
    odd = len(word) > 2 and word[1].isupper() and word[0].islower() != word[-1].islower()  # noqa: PLR2004
    return _CASE * inside + (_CASE if odd else 0)


@cache
def _tables() -> dict[str, str]:
    text = resources.files(__package__).joinpath("letters.txt").read_text(encoding="utf-8")
    return {found[1]: found[2] for found in _SECTION.finditer(text)}
