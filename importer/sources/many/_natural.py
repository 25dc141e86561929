"""Names in the order in which people count: `natural`."""

from __future__ import annotations

import re

__all__ = ["natural"]


def natural(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """What sorts names as people do.

    Examples
    --------
    >>> sorted(["file10.csv", "File2.csv", "file1.csv"], key=natural)
    ['file1.csv', 'File2.csv', 'file10.csv']
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return tuple((1, int(one), "") if one.isdigit() else (0, 0, one) for one in parts), name
