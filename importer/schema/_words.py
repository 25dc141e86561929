"""Words in cells that mean yes, no or nothing."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["CLEAR", "FALSE_WORDS", "NULL_WORDS", "PAIRS", "PROGRAM_NULLS", "TRUE_WORDS", "folded_word"]

PROGRAM_NULLS: Final = (r"\N", "<NA>", "(null)", "[NULL]", "(blank)")
"""Words for nothing that only programs write, and no person means as a text."""

_SPOKEN: Final = (
    "NA",
    "N/A",
    "n.a.",
    "null",
    "none",
    "nil",
    "NaN",
    "NaT",
    "N.A",
    "n/d",
    "n.d.",
    "k.A.",
    "k. A.",
    "#NV",
)
NULL_WORDS: Final = tuple(
    dict.fromkeys(
        [
            *("", "-", "--", "---", "–", "—", ".", "..", "...", "…", "?", "#NA", "#N/A N/A", "-NaN", "-nan"),
            *(form for word in _SPOKEN for form in (word, word.lower(), word.upper(), word.capitalize())),
            *("0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "00/00/0000", "00-00-0000"),
            *PROGRAM_NULLS,
        ]
    )
)
"""Words that mean an empty cell among numbers, dates and booleans, unless the column's metadata says otherwise."""

PAIRS: Final = tuple(
    tuple(tuple(words.split("|")) for words in pair.split("/"))
    for pair in (
        "true/false t/f yes/no y/n on/off 1/0 ✓/✗ ✔/✘ ☑/☐ "
        "wahr/falsch ja/nein j/n vrai/faux oui/non o/n verdadero/falso sí|si/no s/n vero/falso sì|si/no "
        "verdadeiro/falso sim/não|nao cert/fals waar/onwaar ja/nee "
        "sand|sandt/falsk sant/falskt|falsk sann/falsk|usann ja/nej ja/nei tosi/epätosi kyllä/ei "
        "prawda/fałsz tak/nie pravda/nepravda ano/ne áno/nie igaz/hamis igen/nem adevărat/fals da/nu da/ne "
        "да/нет истина/ложь да/не так/ні ναι/όχι αληθές/ψευδές evet/hayır doğru/yanlış taip/ne jā/nē jah/ei "
        "是/否 真/假 对/错 はい/いいえ 예/아니요|아니오 نعم/لا صحيح/خطأ כן/לא có/không ya/tidak benar/salah हाँ/नहीं"
    ).split()
)
"""Spellings of yes and of no, each pair in one language."""

CLEAR: Final = frozenset("true false yes wahr nein oui vrai verdadero verdadeiro sí não".split())
"""Words that mean yes or no even where the other one does not occur; ON may be Ontario, sand is a soil."""

TRUE_WORDS: Final = tuple(dict.fromkeys([*(word for yes, _ in PAIRS for word in yes), "x"]))
FALSE_WORDS: Final = tuple(dict.fromkeys(word for _, no in PAIRS for word in no))
"""Words for yes and no in many languages; case does not matter."""


def folded_word(word: str) -> str:
    r"""The word without case, as words for yes and no are compared.

    Examples
    --------
    >>> folded_word("HAYIR") == folded_word("hay\u0131r"), folded_word("EVET")
    (True, 'evet')
    """
    return unicodedata.normalize("NFC", word).casefold().replace("\u0131", "i").replace("i\u0307", "i")
