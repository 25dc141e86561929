"""Text for a terminal: without control characters, cut to its width, in columns."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from typing import TYPE_CHECKING, Final

from importer.errors import visible

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

__all__ = ["columns", "cut", "fitted", "paragraph", "printable", "table", "width"]

GAP: Final = "  "
"""Space between two columns and before the first."""

LEAST: Final = 10
"""Width that a cell keeps in a narrow terminal, so that dates stay readable."""

UNSPACED: Final = frozenset(("Mn", "Me", "Cf"))
"""Categories of characters that stand in the place of the one before: accents and joiners."""

NARROWEST: Final = 60
"""Narrower terminals break the lines themselves."""


def columns() -> int:
    """Width of the terminal; 100 if the output is not a terminal."""
    return max(shutil.get_terminal_size((100, 24)).columns, NARROWEST)


def printable(text: str) -> str:
    r"""Text in one line, without characters that move the cursor of a terminal.

    Examples
    --------
    >>> printable("a\x1b[2J\n.csv")
    'a⟨U+001B⟩[2J .csv'
    """
    return "".join(" " if c.isspace() else c for c in visible(text))


def width(text: str) -> int:
    """Columns that a text takes in a terminal.

    Examples
    --------
    >>> width("flights"), width("出勤")
    (7, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in UNSPACED else 2 if unicodedata.east_asian_width(c) in "FW" else 1 for c in text
    )


def cut(text: str, room: int) -> str:
    """Text, cut if it is wider than this.

    Examples
    --------
    >>> cut("31.02.2025 is not a date", 14), cut("short", 14)
    ('31.02.2025 is…', 'short')
    """
    if width(text) <= room:
        return text
    kept = ""
    for c in text:
        if width(kept) + width(c) > room - 1:
            break
        kept += c
    return f"{kept}…"


def paragraph(text: str, *, room: int, indent: str = GAP) -> list[str]:
    """Sentence in as many lines as it needs, with a hanging indent.

    Examples
    --------
    >>> paragraph("note: some dates may be read in two ways", room=30)
    ['  note: some dates may be read', '    in two ways']
    """
    whole = printable(text)
    return textwrap.wrap(whole, room, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str | None]], *, room: int, right: Container[int] = ()
) -> list[str]:
    """Lines of a table; long texts are cut, and columns that do not fit are left out.

    Parameters
    ----------
    heads
        A heading for each column.
    rows
        Texts of each row; None is empty.
    room
        Width of the terminal.
    right
        Positions of the columns that are aligned right.

    Examples
    --------
    >>> lines = table(["row", "value", "reason"], [["7", "eight", "not a number"], ["12", None, "empty"]], room=24)
    >>> [line[2:] for line in lines]
    ['row  value  reason', '7    eight  not a num…', '12          empty']
    """
    texts = [[printable(text or "") for text in row] for row in (heads, *rows)]
    wide = fitted(texts, room=room)
    return ["".join(_padded(row, wide, right)).rstrip() for row in texts]


def fitted(texts: Sequence[Sequence[str]], *, room: int) -> list[int]:
    """Widths of the columns: the widest shrink first, and the last columns may not fit at all.

    Examples
    --------
    >>> fitted([["id", "name", "why"], ["1", "Anna", "x" * 90]], room=40), fitted([["a" * 50, "b" * 50]], room=20)
    ([2, 4, 28], [18])
    """
    # No more columns than these can fit; a sheet may have thousands.
    known = range(min(len(texts[0]), room // (len(GAP) + 1)))
    wide = [max(width(row[n]) for row in texts) for n in known]
    while sum(min(one, LEAST) + len(GAP) for one in wide) > room:
        wide.pop()
    spare = room - len(wide) * len(GAP)
    most = max(most for most in range(LEAST, room) if sum(min(one, most) for one in wide) <= spare)
    return [min(one, most) for one in wide]


def _padded(row: Iterable[str], wide: Iterable[int], right: Container[int]) -> Iterator[str]:
    for n, (text, room) in enumerate(zip(row, wide, strict=False)):
        shown = cut(text, room)
        pad = " " * (room - width(shown))
        yield GAP + (pad + shown if n in right else shown + pad)
