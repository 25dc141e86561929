"""Which kind of workbook a file is: `kind_of`."""

from __future__ import annotations

import re

__all__ = ["kind_of"]

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00", re.DOTALL)
"""How the sheet of an Excel begins that knew no containers yet."""


def kind_of(head: bytes) -> str | None:
    """``"xls"`` or None, by the first bytes of the file.

    Examples
    --------
    >>> kind_of(b"id,name")
    """
    return "xls" if head.startswith(OLE2) or BIFF.match(head) else None
