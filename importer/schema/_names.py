"""Turn headers into column names: identifiers that do not clash, and that every database takes."""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.core import letter

if TYPE_CHECKING:
    from importer.core import Header

__all__ = ["class_name", "names", "tidied"]

LONGEST, MOST_BYTES = 60, 63
"""Longest name in characters, and in bytes of UTF-8: PostgreSQL cuts a name after 63 bytes."""


def names(header: Header) -> list[str]:
    """One name per label, in order; every database takes them, also as names without case.

    A name that has to be cut and is not the only one with that beginning ends in four digits made from the
    whole of it, so that the same header has the same name wherever it stands.

    Examples
    --------
    >>> from importer.core import Header
    >>> names(Header(row=1, labels=("Order No.", "class", "2024", "order_no", "%", "GRÖSSE (cm)")))
    ['order_no', 'class', 'column_2024', 'order_no_2', 'column_e', 'grösse_cm']
    """
    whole = [
        # dataframely has a rule of that name.
        "primary_key_" if (name := tidied(label)) == "primary_key" else name or f"column_{letter(position).lower()}"
        for position, label in enumerate(header.labels, header.first)
    ]
    beginnings = Counter(_cut(name) for name in dict.fromkeys(whole))
    taken: set[str] = set()
    found = []
    for name in whole:
        base = unique = _cut(name)
        if base != name and beginnings[base] > 1:
            base = unique = _cut(name, f"_{hashlib.sha256(name.encode()).hexdigest()[:4]}")
        count = 1
        while unique in taken:
            count += 1
            unique = _cut(base, f"_{count}")
        taken.add(unique)
        found.append(unique)
    return found


@lru_cache(maxsize=4096)
def tidied(label: str) -> str:
    """The label in snake case, however long; empty if no character of it can be part of a name.

    Examples
    --------
    >>> [tidied(label) for label in ("ÁREA KM²", "OrderID", "pH", "HTTPStatus", "cp/µL", "€")]
    ['área_km2', 'order_id', 'ph', 'http_status', 'cp_μl', '']
    """
    label = unicodedata.normalize("NFKC", label)
    text = unicodedata.normalize("NFKC", "".join(_parted(label)).lower())
    name = re.sub("__+", "_", _kept(text)).strip("_")
    if not name.isidentifier():
        name = f"column_{name}" if name else ""
    return name


def _parted(text: str) -> list[str]:
    """The text with an underscore at each hump: ``OrderNo``, ``HTTPStatus``, but not ``pH`` and ``mL``."""
    parts = []
    for position, sign in enumerate(text):
        before, after = text[max(position - 2, 0) : position], text[position + 1 : position + 3]
        if sign.isupper() and before[-1:].isalpha():
            if before[-1].isupper():
                is_hump = len(after) > 1 and after.isalpha() and after.islower()
            else:
                # A unit: one small letter before a capital that ends the word.
                is_hump = before[:-1].isalpha() or after[:1].isalpha()
            parts.append("_" if is_hump else "")
        parts.append(sign)
    return parts


def _kept(text: str) -> str:
    """Text with underscores for everything that an identifier cannot contain."""
    return "".join(sign if f"_{sign}".isidentifier() else "_" for sign in text)


def _cut(name: str, end: str = "") -> str:
    """The name, cut so that it keeps this end and is not too long."""
    room = MOST_BYTES - len(end.encode())
    kept = name[: LONGEST - len(end)].encode()[:room].decode(errors="ignore")
    # What follows the cut may have changed how the letter before it is written.
    return (kept if kept == name else unicodedata.normalize("NFKC", kept).rstrip("_")) + end


def class_name(text: str) -> str:
    """Name of a class, as close to the text as Python allows.

    Examples
    --------
    >>> class_name("Orders"), class_name("staff_punches"), class_name("q3 orders"), class_name("2024")
    ('Orders', 'StaffPunches', 'Q3Orders', 'Table2024')
    """
    parts = _kept(unicodedata.normalize("NFKC", text)).split("_")
    name = unicodedata.normalize("NFKC", "".join(part[:1].upper() + part[1:] for part in parts))
    if name.isidentifier() and not keyword.iskeyword(name) and name not in {"dy", "pl"}:
        return name
    # A combining accent at the beginning joins the letter before it.
    return unicodedata.normalize("NFKC", f"Table{name}")
