"""Cells as spreadsheets put them on the clipboard: `cells_of`, `text_of`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["cells_of", "text_of"]

QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\r\n|\n|\r|\Z)')
"""A cell in quotation marks, as spreadsheets write one that holds a tab or a line break."""

PLAIN = re.compile(r"[^\t\r\n]*")
LINE = re.compile(r"\r\n|\n|\r")


def text_of(rows: Iterable[Sequence[str | None]]) -> str:
    r"""Rows as text, with tabs between the cells.

    Examples
    --------
    >>> text_of([["1", None], ["two\nlines", "4"]])
    '1\t\n"two\nlines"\t4\n'
    """
    lines = ["\t".join(_quoted(cell or "") for cell in row) for row in rows]
    # One cell alone is pasted into other programs too, where a line break would be in the way.
    return lines[0] if len(lines) == 1 else "".join(f"{line}\n" for line in lines)


def cells_of(text: str) -> list[list[str]]:
    r"""The rows of a text from the clipboard.

    A cell is only taken out of its quotation marks if they were necessary, because a spreadsheet adds none to a cell
    that merely begins with one.

    Examples
    --------
    >>> cells_of('1\t"two\nlines"\r\n"three"\t4\r\n')
    [['1', 'two\nlines'], ['"three"', '4']]
    """
    rows: list[list[str]] = [[]]
    at = 0
    while True:
        cell, at = _cell(text, at)
        rows[-1].append(cell)
        if text.startswith("\t", at):
            at += 1
        elif (line := LINE.match(text, at)) is None or line.end() == len(text):
            return rows
        else:
            at = line.end()
            rows.append([])


def _cell(text: str, at: int) -> tuple[str, int]:
    """The cell that begins here, and where it ends."""
    quoted = QUOTED.match(text, at)
    if quoted is not None and re.search(r'\t|\n|\r|""', quoted[1]):
        return quoted[1].replace('""', '"'), quoted.end()
    plain = PLAIN.match(text, at)
    return ("", at) if plain is None else (plain[0], plain.end())


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r"[\t\n\r]|\A\"", cell) else cell
