"""Messages for one who programs, as they read where there are buttons instead: `plain`, `offers`."""

from __future__ import annotations

import re

from importer.views import say

__all__ = ["offers", "plain"]

SAYINGS: dict[str, str | None] = {
    r"give header_row=0 where that is no header": "plain.no_header",
    r"Give header_row= one of those, or 0 where the sheet has no header": "plain.header_row",
    r"give last_row=\S+ \(--last-row \S+\)": "plain.last_row",
    r"give another last_row=": "plain.to_the_end",
    r"choose another sheet with sheet=": "plain.sheet",
    r"give (the right )?encoding=": "plain.encoding",
    r"give the right delimiter=": "plain.delimiter",
    r"Give a key, or say if_table_exists='append' or 'replace', or name another table": "plain.exists",
    r"Name the right one with mapping=\{.*?\} or as an alias in the column's metadata": "plain.mapping",
    r"max_rejects allows": "plain.limit",
    r" (with importer\.load and|with) if_imported='again'( \(--if-imported again\))?": None,
    r" with importer\.resume\('[^()]*'\) \(importer resume [^()]*\)": None,
    r" \(importer show [^()]*\)": None,
    r"dy\.(\w+)\(.*?\)": "plain.type",
    r": importer\.resume\(…, into=…\) \(--into\)": "plain.into",
}
"""What stands in messages, and the sentence of the catalogue in its place; None where a button says it."""


def plain(message: str) -> str:
    """The message without Python in it.

    Examples
    --------
    >>> plain("'a.csv' ends with row 1; export it again, or give header_row=0 where that is no header")
    "'a.csv' ends with row 1; export it again, or say that this file has no header row"
    """
    for code, key in SAYINGS.items():
        words = "" if key is None else say(key)
        message = re.sub(code, words, message)
    return message


def offers(message: str) -> tuple[str, ...]:
    """Options of the file that the message asks for, to be offered beside it.

    Examples
    --------
    >>> offers("'a.csv' is not UTF-8; give the right encoding=")
    ('encoding',)
    """
    return tuple(re.findall(r"\b(header_row|last_row|sheet|encoding|delimiter)=(?!['\"])", message))
