"""How a CSV file is written: `Dialect`."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["SEP_LINE", "Dialect", "Given", "without_sep_line"]

SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    encoding
        As Python names it.
    delimiter
        What stands between two fields: one character or more.
    quote
        The character around a field that holds delimiters or line ends; empty if there is none.
    escape
        The character that takes the meaning from a quote, delimiter or line end behind it, as MySQL writes;
        empty if there is none.
    is_spaced
        Whether spaces may stand between a delimiter and a quote.
    is_doubled
        Whether every quote is written twice, as where a line was quoted once more.
    is_padded
        Whether NUL characters fill the file behind the text, which are no part of it.
    """

    encoding: str
    delimiter: str
    quote: str
    escape: str = ""
    is_spaced: bool = False
    is_doubled: bool = False
    is_padded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is said of how the file is written; None to find it.

    Attributes
    ----------
    encoding, delimiter, quote, escape
        As for `Dialect`.
    comment
        What begins the lines that are no rows.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    comment: str | None = None


def without_sep_line(text: bytes) -> bytes:
    r"""The text without the line that tells Excel the delimiter.

    Examples
    --------
    >>> without_sep_line(b"sep=;\r\nid;name\r\n")
    b'id;name\r\n'
    """
    line = SEP_LINE.match(text[:16].decode(errors="replace"))
    return text[len(line[0].encode()) :] if line else text
