"""From what a cell's XML holds to the text that the cell shows or means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import polars as pl

from importer.core import letter, rewritten
from importer.errors import SourceError
from importer.sources.xlsx.book import BLANKS, unescaped_all
from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._kinds import FORMATTED, MONEY, Kind
from importer.sources.xlsx.cells._numbers import numbers, shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.sources.xlsx.cells._number_formats import NumberFormat

__all__ = ["CELLS", "Texts"]

CELLS = pl.Schema({"row": pl.Int64, "position": pl.Int32, "kind": pl.UInt16, "raw": pl.String})
"""Columns of cells: row number in the sheet, column from 0, its kind, and the XML's text with entities decoded."""

_WORDS = pl.Series(["FALSE", "TRUE"])


class Texts:
    """Makes the texts that cells show. Thread-safe.

    Parameters
    ----------
    strings
        Returns the shared strings up to a count.
    date1904
        Whether days are counted from 1904.
    formats
        Formats that need a look at each value, by their code less `FORMATTED`.
    """

    def __init__(
        self, strings: Callable[[int], pl.Series], *, date1904: bool, formats: Sequence[NumberFormat] = ()
    ) -> None:
        self._strings, self._date1904, self._formats = strings, date1904, formats

    def __call__(self, cells: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Text of every cell, null if it is empty, and what became of it. The cells have the columns of `CELLS`.

        Raises
        ------
        SourceError
            If a cell points outside the shared strings.
        """
        kinds, out = cells["kind"], cells["raw"]
        became = kinds
        for value in kinds.unique().to_list():
            mask = kinds == value
            part = cells if mask.all() else cells.filter(mask)
            made, kind = self.of_kind(value, part["raw"], lambda at, part=part: part.row(at)[:2])  # type: ignore[misc]
            out = made if part is cells else _patched(out, mask, made)
            if isinstance(kind, pl.Series):
                became = kind if part is cells else _patched(became, mask, kind)
        return out, became

    def placed(self, cells: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
        """Row, position and text of every cell, and what became of it."""
        return cells["row"], cells["position"], *self(cells)

    def of_kind(
        self, kind: int, raw: pl.Series, place: Callable[[int], tuple[int, int]]
    ) -> tuple[pl.Series, int | pl.Series]:
        """The same for cells of one kind; `place` returns the row and position of a cell.

        Raises
        ------
        SourceError
            If a cell points outside the shared strings.
        """
        if kind == Kind.SHARED:
            return _shared(raw, self._strings, place), kind
        if kind in {Kind.NUMBER, Kind.STALE} or kind >= MONEY:
            return shortest(raw), kind
        if kind >= FORMATTED:
            return self._formats[kind - FORMATTED].texts(raw, kind, self._moments)
        if Kind.DATE <= kind <= Kind.ELAPSED:
            return self._moments(Kind(kind), raw)
        return self._converted(kind, raw), kind

    def _converted(self, kind: int, raw: pl.Series) -> pl.Series:
        if kind == Kind.TEXT:
            return unescaped_all(raw)
        if kind == Kind.VERBATIM:
            return raw.replace("", None)
        if kind == Kind.BOOLEAN:
            if (is_true := raw == "1").equals(raw != "0"):
                return _WORDS.gather(is_true.cast(pl.UInt32))
            words = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
            return raw.str.strip_chars(BLANKS).replace(words).replace("", None)
        return raw.clear(len(raw))  # A formula without a saved value.

    def _moments(self, kind: Kind, raw: pl.Series) -> tuple[pl.Series, int | pl.Series]:
        """Serial numbers as dates or times; other texts, and numbers out of range, stay as they are."""
        serials = raw.cast(pl.Float64, strict=False)
        if serials.null_count() > raw.null_count():
            serials = raw.str.strip_chars(BLANKS).cast(pl.Float64, strict=False)
        found = moments(serials, kind, date1904=self._date1904)
        if found.null_count() > raw.null_count():
            found = _patched(found, found.is_null(), numbers(raw.filter(found.is_null())))
        if kind is Kind.TIME:
            odd, text, fate = serials == 1, "00:00:00", Kind.WHOLE_DAY
        elif kind is not Kind.ELAPSED and not self._date1904:
            odd, text, fate = serials == 0, None, Kind.DAY_ZERO
        else:
            return found, kind
        if not odd.any():
            return found, kind
        kinds = pl.Series([kind], dtype=pl.UInt16).new_from_index(0, len(found))
        return found.scatter(odd.arg_true(), text), kinds.scatter(odd.arg_true(), fate)


def _shared(raw: pl.Series, strings: Callable[[int], pl.Series], place: Callable[[int], tuple[int, int]]) -> pl.Series:
    indexes = raw.cast(pl.Int64, strict=False)
    wrong = pl.Series([False], dtype=pl.Boolean)
    if indexes.null_count() > raw.null_count():
        indexes = raw.str.strip_chars(BLANKS).cast(pl.Int64, strict=False)
        wrong = indexes.is_null() & (raw.str.strip_chars(BLANKS) != "")
    first, last = indexes.min(), indexes.max()
    table = strings(last + 1 if isinstance(last, int) else 0)
    if isinstance(first, int) and isinstance(last, int) and (first < 0 or last >= len(table)):
        wrong = wrong | (indexes < 0) | (indexes >= len(table))
    if not wrong.any():
        return table.gather(indexes)
    at = wrong.arg_max() or 0
    (row, position), wanted, count = place(at), raw[at], len(strings(sys.maxsize))
    raise SourceError(
        f"cell {letter(position)}{row} asks for shared string {wanted!r} of {count}: the workbook contradicts itself",
        code="file-damaged",
        facts={"row": row, "column": letter(position)},
        fixes=["open the file in a spreadsheet program, which may repair it, and save it again"],
    )


def _patched(texts: pl.Series, mask: pl.Series, values: pl.Series) -> pl.Series:
    """The texts, with `values` wherever the mask is true."""
    return rewritten(texts, mask.arg_true(), values)
