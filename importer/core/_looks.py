"""What a text looks like to a person, whatever its characters are: `looks`."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

__all__ = ["looks", "unlike"]

_CYRILLIC = ("АВЕКМНОРСТУХЅІЈԚԜԌҮӀаеорсухіјѕԛԝһԁӏ", "ABEKMHOPCTYXSIJQWGYIaeopcyxijsqwhdl")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορ", "ABEZHIKMNOPTYXaivop")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032"

_TWINS: Final[dict[str, str]] = {
    **dict(zip(*_CYRILLIC, strict=True)),
    **dict(zip(*_GREEK, strict=True)),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_APOSTROPHES, "'"),
}
"""Letters that fonts draw like Latin ones, and marks that programs put in the place of what was typed."""

_UNSEEN: Final = r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}--\s]+"


def looks(texts: pl.Expr) -> pl.Expr:
    r"""What the texts look like: those that a person takes for one become one.

    Letter case stays, since a person sees it, and so does printable ASCII.

    Examples
    --------
    >>> import polars as pl
    >>> texts = ["A1", "A\u200b1", "\u04101", "\uff211", "A\u00ad1", "a1", "caf\u00e9", "cafe\u0301", "A\u00a01"]
    >>> pl.DataFrame({"text": texts}).select(looks(pl.col("text"))).to_series().unique(maintain_order=True).to_list()
    ['A1', 'a1', 'café', 'A 1']
    """
    letters = texts.str.replace_all(_UNSEEN, "").str.normalize("NFKD").str.replace_many(_TWINS).str.normalize("NFC")
    return letters.str.replace_all(r"\s", " ")


def unlike(text: str, other: str) -> str:
    r"""The first character that tells two texts apart which look the same, by its number and name.

    Examples
    --------
    >>> unlike("A\u200b1", "A1"), unlike("A1", "\u04101")
    ('U+200B (ZERO WIDTH SPACE)', 'U+0410 (CYRILLIC CAPITAL LETTER A)')
    """
    apart = ((c, of) for one, of in ((text, other), (other, text)) for c in one if not " " <= c <= "~")
    mark, _ = min(apart, key=lambda found: found[0] in found[1])
    name = unicodedata.name(mark, "")
    return f"U+{ord(mark):04X}" + (f" ({name})" if name else "")
