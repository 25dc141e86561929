"""A file name from a browser as a name that is safe in any folder: `safe_name`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["safe_name"]

NAME_BYTES = 255
"""Longest name that common file systems take."""

ENDING_BYTES = 16
"""Longest ending that a name keeps when it is cut."""


def safe_name(name: str) -> str:
    r"""A file name from a browser as a name that is safe in any folder.

    It has no separators, no control characters and no leading dot, and a file system takes it.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("C:\\a\n.csv"), safe_name(".."), safe_name(".a.csv")
    ('passwd', 'a .csv', 'file', 'a.csv')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter if letter.isprintable() else " " for letter in last)
    return _cut(printable.strip().lstrip(". ")) or "file"


def _cut(name: str) -> str:
    """The name, cut before its ending if it is too long."""
    raw, ending = name.encode(), Path(name).suffix.encode()
    if len(raw) <= NAME_BYTES:
        return name
    ending = ending if len(ending) <= ENDING_BYTES else b""
    return (raw[: NAME_BYTES - len(ending)] + ending).decode(errors="ignore")
