"""The key of a row as the slug of its post: `slug_of`."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["slug_of"]

LONGEST = 150
"""Characters of a slug that no site cuts: WordPress keeps 200, of which ``__trashed`` and a number need some."""

MARK = 12
"""Hexadecimal digits that tell keys with similar letters apart."""

PLAIN = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")

TAKEN = frozenset({"feed", "rdf", "rss", "rss2", "atom", "embed", "page"})
"""Words that WordPress keeps for addresses of its own."""


def slug_of(key: str, kind: str) -> str:
    """The slug of the post that has this key: the key itself if no site changes it, else one that is as unique.

    A site changes letters with accents, signs and numbers in silence, so two keys could become one.

    Parameters
    ----------
    key
        What the cell says.
    kind
        What comes before a number, such as ``'post'``.

    Examples
    --------
    >>> slug_of("spring-sale", "post"), slug_of("2024", "post")
    ('spring-sale', 'post-2024')
    >>> slug_of("Ünï x", "post"), slug_of("ünï x", "post")
    ('uni-x-9e0edf5b21e8', 'uni-x-53ccbd8a8d08')
    """
    if key.isascii() and key.isdecimal() and len(key) <= LONGEST:
        return f"{kind}-{key}"
    # What looks like one of ours would be that of another key.
    is_ours = re.fullmatch(f"{re.escape(kind)}-[0-9]+|.*-[0-9a-f]{{{MARK}}}", key)
    if PLAIN.fullmatch(key) and len(key) <= LONGEST and key not in TAKEN and not is_ours:
        return key
    letters = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().lower()
    start = re.sub("[^a-z0-9]+", "-", letters)[: LONGEST - MARK - 1].strip("-")
    return f"{start or kind}-{hashlib.sha256(key.encode()).hexdigest()[:MARK]}"
