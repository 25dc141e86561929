"""Turn headers into column names: identifiers that do not clash."""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import TYPE_CHECKING

import dataframely as dy

from importer.core import letter

if TYPE_CHECKING:
    from importer.core import Header

__all__ = ["class_name", "names"]

RESERVED = {*dir(dy.Schema), *dir(type(dy.Schema)), *keyword.kwlist, "dy", "pl"}
"""Names that the schema class, or its code, needs for itself."""

LONGEST = 60
"""Longest name; PostgreSQL cuts longer ones."""

HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")


def names(header: Header) -> list[str]:
    """One name per label, in order.

    Examples
    --------
    >>> from importer.core import Header
    >>> names(Header(row=1, labels=("Order No.", "filter", "2024", "order_no", "%", "Größe (cm)")))
    ['order_no', 'filter_', 'column_2024', 'order_no_2', 'column_e', 'größe_cm']
    """
    taken: set[str] = set()
    found = []
    for position, label in enumerate(header.labels, header.first):
        name = base = _name(label) or f"column_{letter(position).lower()}"
        count = 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        found.append(name)
    return found


def _name(label: str) -> str:
    """Identifier in snake case, empty if no character of the label can be part of one."""
    text = unicodedata.normalize("NFKC", HUMP.sub("_", unicodedata.normalize("NFKC", label)).lower())
    name = re.sub("__+", "_", _kept(text)).strip("_")[:LONGEST].rstrip("_")
    if not name.isidentifier():
        name = f"column_{name}" if name else ""
    return f"{name}_" if name in RESERVED else name


def _kept(text: str) -> str:
    """Text with underscores for everything that an identifier cannot contain."""
    return "".join(sign if f"_{sign}".isidentifier() else "_" for sign in text)


def class_name(text: str) -> str:
    """Name of a class, as close to the text as Python allows.

    Examples
    --------
    >>> class_name("Orders"), class_name("staff_punches"), class_name("q3 orders"), class_name("2024")
    ('Orders', 'StaffPunches', 'Q3Orders', 'Table2024')
    """
    parts = _kept(unicodedata.normalize("NFKC", text)).split("_")
    name = unicodedata.normalize("NFKC", "".join(part[:1].upper() + part[1:] for part in parts))
    if name.isidentifier() and name not in RESERVED:
        return name
    # A combining accent at the beginning joins the letter before it.
    return unicodedata.normalize("NFKC", f"Table{name}")
