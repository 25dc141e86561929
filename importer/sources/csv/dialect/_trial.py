"""What a dialect makes of a text: `Trial`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.sources.csv._exact import complete_records, open_record, undoubled

if TYPE_CHECKING:
    from importer.sources.csv._exact import Record, Stray
    from importer.sources.csv.dialect._dialect import Dialect

__all__ = ["Trial", "try_dialect"]

MOST_OPEN = 3
"""Quotes that are never closed. Where there are more, it is no quote."""

LAST = 3
"""Records at the end in which a quote may be left open by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a dialect makes of a text.

    Attributes
    ----------
    records
        Those with anything in them.
    width
        How many fields most of them have.
    ragged
        How many have another number.
    loose
        Quotes that are not in their place.
    torn
        Records with a field that holds doubled quotes, and so is a piece of a quoted one.
    has_open
        Whether one of the last records opens a quote that is never closed.
    """

    dialect: Dialect
    records: list[Record]
    width: int
    ragged: int
    loose: int
    torn: int
    has_open: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether every record has the same number of fields, more than one, and every quote its place."""
        are_even = not self.ragged or (self.ragged == 1 and self._lacks_corner)
        return self.width > 1 and are_even and not self.loose and 3 * self.torn <= len(self.records)

    @property
    def _lacks_corner(self) -> bool:
        """Whether only the first record is shorter, by one field, as where the column of row names has none."""
        return len(self.records) > LAST and 2 < len(self.records[0]) + 1 == self.width  # noqa: PLR2004

    def betters(self, other: Trial) -> bool:
        """Whether more quotes are in their place, or fields are found where there were none."""
        if self.loose < other.loose and self.ragged <= other.ragged:
            return True
        return self.is_sure and other.width == 1


def try_dialect(text: str, dialect: Dialect, *, is_whole: bool = False) -> Trial:
    """Read the text as the dialect says. If it is the whole one, its last record needs no line end."""
    strays: list[Stray] = []
    text = undoubled(text, dialect.quote) if dialect.is_doubled else text
    records, rest = complete_records(text, dialect, final=is_whole, strays=strays)
    opened: list[int] = []
    while is_whole and rest and len(opened) < MOST_OPEN:
        opened.append(len(records))
        record, rest = open_record(rest, dialect)
        more, rest = complete_records(rest, dialect, final=True, strays=strays)
        records += [record, *more]
    has_open = len(opened) == 1 and opened[0] >= len(records) - LAST > 1
    unclosed = 0 if has_open and not rest else len(opened) + rest.count("\n") if is_whole else 0
    records = [record for record in records if record != [None]]
    widths = Counter(map(len, records))
    width = max(widths, key=lambda one: (widths[one], one), default=0)
    quote = dialect.quote
    loose = _loose_quote(dialect) if f" {quote}" in text else None
    spaced = sum(1 for record in records for cell in record if cell and loose.match(cell)) if loose else 0
    return Trial(
        dialect=dialect,
        records=records,
        width=width,
        ragged=widths.total() - widths[width],
        loose=len(strays) + spaced + unclosed,
        torn=sum(any(cell and quote * 2 in cell for cell in record) for record in records)
        if quote and quote * 2 in text
        else 0,
        has_open=has_open,
    )


def _loose_quote(dialect: Dialect) -> re.Pattern[str] | None:
    """A field that begins with spaces and a quote, so that the quote does not count."""
    return re.compile(rf" +{re.escape(dialect.quote)}") if dialect.quote and not dialect.is_spaced else None
