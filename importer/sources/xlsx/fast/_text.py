"""Text between tags, decoded a column at a time."""

from __future__ import annotations

import polars as pl

from importer.core import EACH, filled, here, select_here
from importer.sources.xlsx.book import BLANKS

__all__ = ["as_text", "between", "decoded", "is_decodable", "split_once", "tags_in", "trimmed"]

_ENTITIES = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&#9;": "\t",
    "&#10;": "\n",
    "&#13;": "\r",
    "&#x9;": "\t",
    "&#xA;": "\n",
    "&#xa;": "\n",
    "&#xD;": "\r",
    "&#xd;": "\r",
    "&#34;": '"',
    "&#39;": "'",
    "&#x27;": "'",
    "&#160;": "\xa0",
}
_MEASURED = (
    pl.col("text").str.len_bytes(),
    pl.col("inner").str.len_bytes(),
    pl.col("inner").str.contains("<", literal=True).alias("has_tag"),
)
_SPACE = 32
_TAB, _NEWLINE, _OPENING = 9, 10, 60


def as_text(block: bytes) -> tuple[pl.Series, int] | None:
    r"""The block as one text and its number of tags, None if it needs an XML parser.

    Control characters, CDATA and invalid UTF-8 do.

    Examples
    --------
    >>> text, tags = as_text(b"<v>a &lt; b\n</v>")
    >>> text.to_list(), tags, as_text(b"<v>\r\n</v>"), as_text(b"<v><![CDATA[]]></v>")
    (['<v>a &lt; b\n</v>'], 2, None, None)
    """
    # Searching for one byte is twenty times as fast as for three.
    if b"\xef" in block and (b"\xef\xbf\xbe" in block or b"\xef\xbf\xbf" in block):
        return None
    if b"]" in block and b"]]>" in block:
        return None
    data = pl.Series("text", [block], dtype=pl.Binary)
    units = data.cast(pl.List(pl.UInt8)).item()
    if not _is_printed(units):
        return None
    try:
        return data.cast(pl.String), int((units == _OPENING).sum())
    except pl.exceptions.ComputeError:
        return None


def _is_printed(units: pl.Series) -> bool:
    """Whether tabs and newlines are the only control characters."""
    lowest = units.min()
    if isinstance(lowest, int) and lowest >= _SPACE:
        return True
    low = units.filter(units < _SPACE)
    return bool(((low == _TAB) | (low == _NEWLINE)).all())


def tags_in(texts: pl.Series) -> int:
    """Number of tags that begin in the texts."""
    return int(here(texts, EACH.str.count_matches("<", literal=True)).sum())


def split_once(texts: pl.Series, mark: str) -> tuple[pl.Series, pl.Series]:
    """The texts before and after the first mark, the latter null if it is missing."""
    parts = texts.str.splitn(mark, 2).struct.unnest()
    return parts.to_series(0), parts.to_series(1)


def between(texts: pl.Series, begin: str, end: str) -> tuple[pl.Series, pl.Series]:
    """The text between two marks, and whether each text has both and no tag between them.

    Examples
    --------
    >>> inner, whole = between(pl.Series(["<v>1</v>", "<v/>", "<v>1</v><v>2</v>"]), "<v>", "</v>")
    >>> inner.filter(whole).to_list()
    ['1']
    """
    inner = here(texts, EACH.str.strip_prefix(begin).str.strip_suffix(end)).alias("inner")
    whole, length, has_tag = select_here(pl.DataFrame([texts.alias("text"), inner]), *_MEASURED)
    is_whole = (length + (len(begin) + len(end)) == whole) & ~has_tag
    return inner, filled(is_whole, value=False)


def decoded(texts: pl.Series) -> pl.Series | None:
    r"""Texts with their entities replaced, None if one is unusual.

    Examples
    --------
    >>> decoded(pl.Series(["&amp;lt; &#10;", None])).to_list(), decoded(pl.Series(["&unknown;"]))
    (['&lt; \n', None], None)
    """
    mask = texts.str.contains("&", literal=True)
    if not mask.any():
        return texts
    part = texts.filter(mask)
    if not is_decodable(part):
        return None
    made = part.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
    return texts.clone().scatter(mask.arg_true(), made)


def is_decodable(texts: pl.Series) -> bool:
    """Whether all entities are usual ones."""
    return not texts.str.replace_many(list(_ENTITIES), [""]).str.contains("&", literal=True).any()


def trimmed(texts: pl.Series, *, has_entities: bool = True) -> pl.Series | None:
    """Texts without surrounding white space, None if an entity may be white space.

    Examples
    --------
    >>> trimmed(pl.Series([" a &amp; b ", None])).to_list(), trimmed(pl.Series(["a&#10;"]))
    (['a &amp; b', None], None)
    """
    made = here(texts, EACH.str.strip_chars(BLANKS))
    if not has_entities or not made.str.contains("&#", literal=True).any():
        return made
    return None if made.str.contains(r"^&#|&#[0-9A-Fa-fx]+;$").any() else made
