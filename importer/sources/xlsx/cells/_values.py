"""From what a cell's XML holds to the text that the cell shows or means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import polars as pl

from importer.core import letter
from importer.errors import SourceError
from importer.sources.xlsx.book import BLANKS, unescaped_all
from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._numbers import numbers, shortest
from importer.sources.xlsx.cells._styles import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CELLS", "Texts"]

CELLS = pl.Schema({"row": pl.Int64, "position": pl.Int32, "kind": pl.UInt8, "raw": pl.String})
"""Columns of cells: row number in the sheet, column from 0, a `Kind`, and the XML's text with entities decoded."""

_WORDS = pl.Series(["FALSE", "TRUE"])


class Texts:
    """Makes the texts that cells show. Thread-safe.

    Parameters
    ----------
    strings
        Returns the shared strings up to a count.
    date1904
        Whether days are counted from 1904.
    """

    def __init__(self, strings: Callable[[int], pl.Series], *, date1904: bool) -> None:
        self._strings, self._date1904 = strings, date1904

    def __call__(self, cells: pl.DataFrame) -> pl.Series:
        """Text of every cell, null if it is empty. The cells have the columns of `CELLS`.

        Raises
        ------
        SourceError
            If a cell points outside the shared strings.
        """
        kinds, out = cells["kind"], cells["raw"]
        for value in kinds.unique().to_list():
            mask = kinds == value
            part = cells if mask.all() else cells.filter(mask)
            made = self.of_kind(Kind(value), part["raw"], lambda at, part=part: part.row(at)[:2])  # type: ignore[misc]
            out = made if part is cells else _patched(out, mask, made)
        return out

    def placed(self, cells: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
        """Row, position and text of every cell, and whether it is a number."""
        return cells["row"], cells["position"], self(cells), cells["kind"] == Kind.NUMBER

    def of_kind(self, kind: Kind, raw: pl.Series, place: Callable[[int], tuple[int, int]]) -> pl.Series:
        """The same for cells of one kind; `place` returns the row and position of a cell.

        Raises
        ------
        SourceError
            If a cell points outside the shared strings.
        """
        if kind is Kind.SHARED:
            return _shared(raw, self._strings, place)
        if kind is Kind.NUMBER:
            return shortest(raw)
        return _converted(kind, raw, date1904=self._date1904)


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


def _converted(kind: Kind, raw: pl.Series, *, date1904: bool) -> pl.Series:
    if kind is Kind.TEXT:
        return unescaped_all(raw)
    if kind is Kind.VERBATIM:
        return raw.replace("", None)
    if kind is Kind.BOOLEAN:
        if (is_true := raw == "1").equals(raw != "0"):
            return _WORDS.gather(is_true.cast(pl.UInt32))
        words = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
        return raw.str.strip_chars(BLANKS).replace(words).replace("", None)
    serials = raw.cast(pl.Float64, strict=False)
    if serials.null_count() > raw.null_count():
        serials = raw.str.strip_chars(BLANKS).cast(pl.Float64, strict=False)
    found = moments(serials, kind, date1904=date1904)
    if found.null_count() == raw.null_count():
        return found
    return _patched(found, found.is_null(), numbers(raw.filter(found.is_null())))


def _patched(texts: pl.Series, mask: pl.Series, values: pl.Series) -> pl.Series:
    """The texts, with `values` wherever the mask is true."""
    return texts.clone().scatter(mask.arg_true(), values)
