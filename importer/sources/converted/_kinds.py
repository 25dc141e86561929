"""Which kind of workbook a file is: `kind_of`, `kind_of_parts`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NAMES", "kind_of", "kind_of_parts"]

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00", re.DOTALL)
"""How the sheet of an Excel begins that knew no containers yet."""

FLAT = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
OF_2003 = re.compile(
    rb"(?:\s+|(?><!--.*?-->)|(?><\?.*?\?>))*+<(?:\w+:)?Workbook\s[^>]*urn:schemas-microsoft-com:office:spreadsheet",
    re.DOTALL,
)
SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
PAGE = tuple(
    f"<{tag}".encode()
    for tag in ("!doctype html", "html", "head", "meta", "table", "body", "style", "title", "center", "div", "tbody")
)
BEFORE_PAGE = re.compile(rb"(?:\s+|<!--.*?-->|<\?xml[^>]*\?>)*", re.DOTALL)
"""What may stand before the first tag of a page."""

LOOKED_AT = 1 << 14

NAMES = {
    "xls": "an old Excel workbook (.xls)",
    "ods": "an OpenDocument spreadsheet (.ods)",
    "fods": "an OpenDocument spreadsheet (.fods)",
    "xlsb": "a binary Excel workbook (.xlsb)",
    "html": "a web page (HTML)",
    "spreadsheetml": "an Excel 2003 workbook in XML",
}
"""The kinds that are rewritten, in words."""


def kind_of(head: bytes) -> str | None:
    """A key of `NAMES` or None, by the first bytes of a file that is no archive.

    Examples
    --------
    >>> kind_of(b"id,name")
    """
    if head.startswith(OLE2) or BIFF.match(head):
        return "xls"
    begins = head[:LOOKED_AT]
    if is_page(begins):
        return "html"
    if OF_2003.match(begins.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")):
        return "spreadsheetml"
    return "fods" if b"<" in begins[:8] and FLAT in begins and SHEETS in begins else None


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a web page.

    Examples
    --------
    >>> is_page(b"<!-- made by x --><TABLE>"), is_page(b"id,name"), is_page(b"<?xml version='1.0'?><rows/>")
    (True, False, False)
    """
    bare = BEFORE_PAGE.sub(b"", head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").replace(b"\0", b""))
    return bare.lstrip().lower().startswith(PAGE)


def kind_of_parts(names: Iterable[str], mimetype: bytes) -> str | None:
    """``"xlsx"``, a key of `NAMES`, or None for an archive that is no workbook.

    Parameters
    ----------
    names
        Its parts.
    mimetype
        What its part of this name holds.

    Examples
    --------
    >>> kind_of_parts(["mimetype", "content.xml"], b"application/vnd.oasis.opendocument.spreadsheet")
    'ods'
    """
    # Some programs name the parts with backslashes, or in other case.
    plain = [name.replace("\\", "/").lower() for name in names]
    if "xl/workbook.bin" in plain:
        return "xlsb"
    if any(name == "[content_types].xml" or name.startswith("xl/") for name in plain):
        return "xlsx"
    if "content.xml" in plain and (not mimetype or mimetype.startswith(SHEETS)):
        return "ods"
    return None
