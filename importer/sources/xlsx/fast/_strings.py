"""Shared strings of a block by polars expressions, if every byte of it is understood."""

from __future__ import annotations

import re

import polars as pl

from importer.core import EACH, here
from importer.errors import SourceError
from importer.sources.xlsx.book import BLANKS, unescaped_all
from importer.sources.xlsx.exact import StringsParser
from importer.sources.xlsx.fast._text import as_text, between, decoded, trimmed

__all__ = ["fast_strings"]


def fast_strings(block: bytes, prologue: bytes | None, prefix: str, where: str) -> pl.Series | None:
    """The strings of a block, None if it holds anything else."""
    end = f"</{prefix}si>"
    found = None if prologue is None or not block.endswith(end.encode()) else as_text(block)
    if prologue is None or found is None or b"<!" in block or b"<?" in block:
        return None
    items = here(found[0], EACH.str.split(f"<{prefix}si>")).item()
    if items[0].strip(BLANKS):
        return None
    items = items.slice(1)
    strings = _single_texts(items, prefix, has_entities=b"&" in block)
    odd = strings.is_null()
    if odd.any():
        others = _parsed(items.filter(odd), prologue, prefix, where)
        if others is None:
            return None
        strings = strings.scatter(odd.arg_true(), others)
    return unescaped_all(strings) if b"_x" in block or b"&" in block else strings


def _single_texts(items: pl.Series, prefix: str, *, has_entities: bool) -> pl.Series:
    """Strings of one text each, null if there is more to an item."""
    end = f"</{prefix}t></{prefix}si>"
    inner, whole = between(items, f"<{prefix}t>", end)
    bare = trimmed(inner if whole.all() else inner.set(~whole, None))
    if bare is not None and not whole.all():
        inner, kept = between(items, f'<{prefix}t xml:space="preserve">', end)
        bare = bare.zip_with(whole, inner.set(~kept, None))
    clean = decoded(bare) if has_entities and bare is not None else bare
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(items)) if clean is None else clean


def _parsed(items: pl.Series, prologue: bytes, prefix: str, where: str) -> pl.Series | None:
    # Every item must hold one string: an item with two could hide one with none.
    whole = items.str.strip_chars_end(BLANKS)
    tags = items.str.count_matches(f"</?{re.escape(prefix)}si")
    if not ((tags == 1) & whole.str.ends_with(f"</{prefix}si>")).all():
        return None
    exact = StringsParser(where)
    try:
        exact.feed(prologue)
        exact.feed(f"<{prefix}si>{f'<{prefix}si>'.join(items)}".encode())
    except SourceError:
        return None
    found = exact.take(escaped=True)
    return found if exact.resting and len(found) == len(items) else None
