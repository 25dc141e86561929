"""How much what a dialect makes of a text is like a table."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from importer.sources._cell_kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.csv._exact import Record
    from importer.sources.csv.dialect._trial import Trial

__all__ = ["is_typed", "likeness", "typed_columns"]

LOOKED_AT = 100
"""Records to look at."""

# How often a delimiter is one, where it divides a text as well as another does. A tab stands in no text by chance;
# a colon stands in times, a space between words, the others in codes and addresses.
PRIOR = {",": 1.0, ";": 1.0, "\t": 1.2, "|": 1.0, "^": 0.9, "\x01": 1.0, "\x02": 1.0, "\x1e": 1.0, "\xa6": 0.9}
PRIOR |= {"\xa7": 0.9, "~": 0.85, "#": 0.8, ":": 0.7, " ": 0.65, "@": 0.5, "&": 0.5, "*": 0.5, "!": 0.4}
PRIOR |= {"=": 0.4, "/": 0.3}

_TYPED = re.compile(r"[-+$€£]?\s*\d[\d.,:/%-]*(?:[ T]\d[\d:.]*)?\s*[%€]?")
_PIECE = re.compile(r"""^[,;|&=)\]}]|[,;|&=(\[{]$|\t|^['"`~].*['"`~]$|(?:^|\s)'(?![^']*')""")
"""A cell that looks like a piece of one: it begins or ends oddly, has quotes around it, or one that is not closed."""

_PAIRS = ("()", "[]", "{}")


def likeness(trial: Trial) -> float:
    """From 0 to 1: equal widths, columns of one kind each, whole values, and quotes in their place.

    Parameters
    ----------
    trial
        What the dialect makes of the text.
    """
    records = trial.records[:LOOKED_AT]
    shape, body = _shape(records)
    if not body:
        return 0.0
    width = sum(map(len, body)) / len(body)
    # More columns are seldom chance, so that width counts, but less and less.
    wide = width / (width + 0.7)
    bad = trial.torn + trial.loose
    quotes = 1 - 0.6 * min(bad / len(trial.records), 1)
    return shape * wide * _values(body) * quotes * _prior(trial.dialect.delimiter, body)


def _prior(delimiter: str, body: Sequence[Record]) -> float:
    prior = PRIOR.get(delimiter[0], 0.5)
    if len(delimiter) == 1:
        # With nothing in every second column the delimiter is written twice.
        is_half = len(body[0]) > 2 and not any(any(row[1::2]) for row in body)  # noqa: PLR2004 - one between two
        return prior * 0.5 if is_half else prior
    if delimiter[1] == " ":
        return prior * 1.05  # it is tried only if the space is always there
    is_single = 2 * sum(delimiter[0] in (cell or "") for row in body for cell in row) > len(body)
    return prior * 0.8 if is_single else prior


def _shape(records: Sequence[Record]) -> tuple[float, list[Record]]:
    """The share of the records that stand in rows as wide as their neighbours, and these."""
    runs = [list(run) for _, run in groupby(records, len)]
    tables = [run for run in runs if len(run[0]) > 1 and len(run) > 1]
    counts = Counter(len(record) for record in records if len(record) > 1)
    usual = max(counts, key=lambda one: (counts[one], one), default=0)
    alike = [record for record in records if len(record) == usual > 1]
    in_tables = [record for run in tables for record in run]
    body = max(alike, in_tables, key=len)
    # Rows of one cell are titles, remarks and blank lines: half as bad as rows with another number of cells.
    odd = sum(1 if len(record) > 1 else 0.5 for record in records) - len(body)
    return (len(body) / (len(body) + odd) if body else 0.0), body


def _values(body: Sequence[Record]) -> float:
    """The mean worth of the columns: one kind each is best, then whole texts, then pieces of texts."""
    worths = []
    for _, rows in groupby(sorted(body, key=len), len):
        run = list(rows)
        cells = run[1:] if len(run) > 2 else run  # noqa: PLR2004 - the first may name them
        worths += [(len(run), _worth([row[at] for row in cells])) for at in range(len(run[0]))]
    total = sum(count for count, _ in worths)
    return sum(count * worth for count, worth in worths) / total


def _worth(column: Sequence[str | None]) -> float:
    filled = [cell.strip() for cell in column if cell and cell.strip()]
    if not filled:
        return 0.1 if any(column) else 0.6
    if len(filled) > 1 and len(set(filled)) == 1 and not any(map(str.isalnum, filled[0])):
        return 0.0  # a delimiter between quotes, which were taken for delimiters
    kinds = Counter(kind_of(cell) for cell in filled)
    typed = max((count for kind, count in kinds.items() if kind != "text"), default=0) / len(filled)
    pieces = sum(map(_is_piece, filled)) / len(filled)
    if len(filled) > 1 and any(all(mark in cell and f"{mark} " not in cell for cell in filled) for mark in ";\t|"):
        pieces = max(pieces, 0.7)  # every cell looks like two
    return max(typed, 0.8 - 0.6 * pieces)


def _is_piece(cell: str) -> bool:
    if _PIECE.search(cell):
        return True
    return cell.count('"') % 2 == 1 or any(cell.count(pair[0]) != cell.count(pair[1]) for pair in _PAIRS)


def is_typed(cell: str | None) -> bool:
    """Whether the cell is empty or reads like a number or a date."""
    return not cell or _TYPED.fullmatch(cell.strip()) is not None


def typed_columns(records: Sequence[Record], width: int) -> int:
    """Columns with nothing but numbers and dates below the first record."""
    return sum(
        all(is_typed(record[at]) for record in records[1:]) and any(record[at] for record in records[1:])
        for at in range(width)
    )
