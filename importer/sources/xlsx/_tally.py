"""What is worth telling about the cells of a sheet: `Tally`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from importer.core import letter
from importer.errors import Fix, Note
from importer.sources._row_limits import EVERY_ROW
from importer.sources.xlsx.cells import FORMATTED, MONEY, Kind, Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.core import Header
    from importer.sources._row_limits import RowLimits
    from importer.sources.xlsx.cells import Grid, Merge, Styles

__all__ = ["Tally", "fillable"]

NAMED = 3
"""Most rows, columns or ranges that a note names."""

STALE = 0.8
"""Share of zeros among the cells of a column from which its formulas have not been calculated."""

SAVE = "open the workbook in a spreadsheet program and save it"


@dataclass(slots=True)
class _Seen:
    """Cells of one kind in one column: how many, the numbers of the first rows, and what the first shows."""

    n: int = 0
    rows: list[int] = field(default_factory=list)
    text: str | None = None


class Tally:
    """Counts what passes by.

    Parameters
    ----------
    header
        The columns.
    styles
        What numbers are in each cell format.
    recalculates
        Whether the workbook asks for its formulas to be calculated anew.
    limits
        Which rows may be rows of the table.
    layout
        What stands around the rows, if they end before it comes.
    """

    def __init__(
        self,
        header: Header,
        styles: Styles,
        *,
        recalculates: bool = False,
        limits: RowLimits = EVERY_ROW,
        layout: Layout | None = None,
    ) -> None:
        self._header, self._styles, self._recalculates = header, styles, recalculates
        self._limits = limits
        self._filled: Counter[int] = Counter()
        self._unnamed: list[int] = []
        self._kinds: dict[tuple[int, int], _Seen] = {}
        self._hidden = _Seen()
        self._widths: list[pl.DataFrame] = []
        self._layout = layout or Layout()

    def see(self, grid: Grid) -> Grid:
        """The grid, once it is counted."""
        self._layout = grid.layout or self._layout
        below = grid
        if len(grid.rows) and grid.rows[0] <= self._header.row:
            self._see_header(grid)
            below = grid.filter(grid.rows > self._header.row)
        below = below.filter(self._limits.mask(below.rows)) if self._limits.names_rows and len(below.rows) else below
        if not len(below.rows):
            return grid
        if len(below.hidden):
            _count(self._hidden, below.rows, below.rows.is_in(below.hidden.implode()))
        span = range(self._header.first, self._header.first + len(self._header.labels))
        for name, kinds in below.kinds.items():
            if int(name) in span:
                self._see(int(name), kinds, below.frame[name], below.rows)
        filled = below.frame.select(pl.sum_horizontal(pl.all().is_not_null()).alias("filled"))
        self._widths.append(filled.with_columns(below.rows.alias("row")))
        return grid

    def _see_header(self, grid: Grid) -> None:
        at = grid.rows == self._header.row
        self._unnamed += [int(name) for name, kinds in grid.odd_kinds() if (kinds.filter(at) == Kind.UNSAVED).any()]

    def _see(self, position: int, kinds: int | pl.Series, texts: pl.Series, rows: pl.Series) -> None:
        for kind in [kinds] if isinstance(kinds, int) else kinds.unique().drop_nulls().to_list():
            if kind > Kind.VERBATIM:
                are = texts.is_not_null() if isinstance(kinds, int) else (kinds == kind).fill_null(value=False)
                if kind >= FORMATTED:
                    are = are & texts.is_not_null()
                seen = self._kinds.setdefault((position, kind), _Seen())
                if kind == Kind.STALE and self._recalculates:
                    self._filled[position] += len(texts) - texts.null_count()
                if seen.text is None and are.any():
                    seen.text = texts[are.arg_max() or 0]
                _count(seen, rows, are)

    def notes(self, *, is_whole: bool, fills: bool) -> tuple[Note, ...]:
        """What to tell.

        Parameters
        ----------
        is_whole
            Whether all rows were counted.
        fills
            Whether merged cells are filled.
        """
        least = "" if is_whole else "at least "
        return (
            *([] if fills else self._merged()),
            *self._headers(),
            *self._by_column(least),
            *self._currencies(),
            *self._hidden_ones(least),
        )

    def _label(self, position: int) -> str:
        return self._header.labels[position - self._header.first]

    def _by_column(self, least: str) -> Iterator[Note]:
        for (position, kind), seen in sorted(self._kinds.items()):
            label = self._label(position)
            cells = f"{label}: {least}{seen.n:,} cell{'s' * (seen.n != 1)}"
            rows = _rows(seen)
            note = partial(Note, rows=seen.rows, n=seen.n, column=label)
            if kind == Kind.UNSAVED:
                says = f"{cells} with a formula without a saved value, so that the rows are refused: {rows}"
                yield note(says, [SAVE], code="formula-unsaved", kind="rows")
            elif kind == Kind.DAY_ZERO:
                yield note(f"{cells} with a zero in the format of a date, taken as empty: {rows}", code="day-zero")
            elif kind == Kind.WHOLE_DAY:
                yield note(f"{cells} with 24 hours shown as 00:00, which is taken: {rows}", code="whole-day")
            elif kind == Kind.STALE and self._recalculates and seen.n >= STALE * self._filled[position]:
                says = f"{label}: the formulas all have the saved value 0, and the workbook asks to calculate them anew"
                yield note(says, [SAVE], code="formula-stale", kind="doubt")
            elif FORMATTED <= kind < Kind.STALE and seen.rows:
                code, shown = self._styles.formats[kind - FORMATTED].code, f"{seen.text!r} in row {seen.rows[0]:,}"
                says = f"{label}: numbers are taken as the format {code!r} shows them, e.g. {shown}"
                yield note(says, code="number-format")

    def _headers(self) -> Iterator[Note]:
        for position in self._unnamed:
            says = f"the header of column {letter(position)} is a formula without a saved value"
            yield Note(says, [SAVE], code="header-unsaved", kind="doubt", rows=[self._header.row])

    def _currencies(self) -> Iterator[Note]:
        by_column: dict[int, list[tuple[str, _Seen]]] = {}
        for (position, kind), seen in self._kinds.items():
            if kind >= MONEY and seen.n:
                by_column.setdefault(position, []).append((self._styles.currencies[kind - MONEY], seen))
        for position, found in by_column.items():
            if len(found) > 1:
                label = self._label(position)
                found.sort(key=lambda each: each[1].rows)
                listed = ", ".join(f"{currency} in row {seen.rows[0]:,} ({seen.n:,})" for currency, seen in found)
                yield Note(
                    f"{label}: the number formats show several currencies, {listed}; the numbers alone are read",
                    ["add a column with the currency"],
                    code="other-currency",
                    kind="doubt",
                    rows=[seen.rows[0] for _, seen in found],
                    n=sum(seen.n for _, seen in found[1:]),
                    column=label,
                )

    def _hidden_ones(self, least: str) -> Iterator[Note]:
        if self._hidden.n:
            rows, n = self._hidden.rows, self._hidden.n
            named = ", ".join(f"{row:,}" for row in rows[:NAMED]) + (", …" if n > NAMED else "")
            one = n == 1
            sentence = f"{least}{n:,} hidden row{'s' * (not one)} {'is' if one else 'are'} imported: {named}"
            yield Note(sentence, code="hidden-rows", rows=rows, n=n)
        positions = [
            at
            for at, label in enumerate(self._header.labels, self._header.first)
            if any(first <= at <= last for first, last in self._layout.hidden)
        ]
        if positions:
            named = ", ".join(f"{letter(at)} {self._label(at)!r}" for at in positions[:NAMED])
            one = len(positions) == 1
            sentence = (
                f"{'a' if one else len(positions)} hidden column{'s' * (not one)} {'is' if one else 'are'} imported: "
                f"{named}{', …' if positions[NAMED:] else ''}"
            )
            yield Note(sentence, code="hidden-columns", n=len(positions))

    def _merged(self) -> Iterator[Note]:
        widths = pl.concat(self._widths) if self._widths else pl.DataFrame({"filled": [], "row": []})
        records = set(widths.filter(pl.col("filled") > 1)["row"]) if self._layout.merges else set()
        last = self._widths[-1]["row"][-1] if self._widths else 0
        found = [
            replace(merge, last_row=min(merge.last_row, last))
            for merge in fillable(self._layout.merges, self._header)
            if merge.first_row <= last and (merge.last_row > merge.first_row or merge.first_row in records)
        ]
        if found:
            n = sum((each.last_row - each.first_row + 1) * (each.last - each.first + 1) - 1 for each in found)
            named = ", ".join(map(str, found[:NAMED])) + (", …" if found[NAMED:] else "")
            yield Note(
                f"merged cells hold their value in the first cell only, so {n:,} cell{'s' * (n != 1)} "
                f"{'are' if n != 1 else 'is'} empty: {named}",
                [Fix("merged", "fill")],
                code="merged-cells",
                kind="doubt",
                rows=[each.first_row for each in found[:NAMED]],
                n=n,
            )


def fillable(merges: Sequence[Merge], header: Header) -> list[Merge]:
    """Merged cells below the header and in its columns, without lines across the whole table.

    Examples
    --------
    >>> from importer.core import Header
    >>> from importer.sources.xlsx.cells import Merge
    >>> merges = [Merge(1, 1, 0, 2), Merge(3, 5, 0, 0), Merge(6, 6, 0, 2), Merge(7, 8, 9, 9)]
    >>> list(map(str, fillable(merges, Header(row=2, labels=("a", "b", "c")))))
    ['A3:A5']
    """
    end = header.first + len(header.labels) - 1
    return sorted(
        (
            replace(merge, last=min(merge.last, end))
            for merge in merges
            if merge.first_row > header.row
            and merge.last >= header.first
            and merge.first <= end
            and (merge.first > header.first or merge.last < end or merge.first == merge.last)
        ),
        key=lambda merge: merge.first_row,
    )


def _rows(seen: _Seen) -> str:
    """The first rows in words."""
    named = ", ".join(f"{row:,}" for row in seen.rows[:NAMED]) + (", …" if seen.n > NAMED else "")
    return f"row{'s' * (seen.n != 1)} {named}"


def _count(seen: _Seen, rows: pl.Series, are: pl.Series) -> None:
    found = rows.filter(are)
    seen.n += len(found)
    if len(seen.rows) <= NAMED:
        seen.rows += found.head(NAMED + 1 - len(seen.rows)).to_list()
