"""Which rows of a table are no data of it: `Outline`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import ROW_KINDS
from importer.sources._footer import Footer
from importer.sources._layout import Layout, filled_cells
from importer.sources._totals import (
    LEAST_ADDENDS,
    NAMED_ADDENDS,
    NUMBER,
    called_totals,
    may_be_named,
    named_at_all,
    sums,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core import Chunk, Header

__all__ = ["Outline", "repeated"]

LEAST_ROWS = 3
LEAST_COLUMNS = 3
"""Rows with one cell are headings of sections only in a table whose rows fill so many."""

LABELS = 4
"""Columns of texts in which the name of a total may stand."""


NAMELESS_ADDENDS = 3
"""Rows of which a row without a name has to be the sum."""

MOST_BELOW = 5
"""Rows below the last gap that may be notes."""

MOST_CANDIDATES = 20
"""More rows without a name are data with gaps."""

_COUNT = re.compile(
    r"\(?(\d{1,15}|\d{1,3}(?:[,. ]\d{3})+) (?:rows?|row\(s\)|records?)"
    r"(?: (?:affected|selected|returned|in set.*))?\)?\.?",
    re.IGNORECASE,
)
"""What psql, sqlcmd and others write below a table."""

MOST_SECTIONS = 0.34
"""More rows with one cell are data with gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Which rows repeat the header, are totals, headings of sections or notes, as far as a sample shows it.

    Attributes
    ----------
    header
        The columns.
    texts, numbers, always
        Columns of texts, columns of numbers, and those that nearly every row fills.
    usual
        How many cells most rows fill.
    found
        Numbers of the rows of each kind in the sample.
    tables
        Numbers of rows below a gap that look like the header of another table.
    names
        What the first filled cell of the first rows of each kind says.
    named
        Columns in which totals of the sample have their names.
    has_sections
        Whether a row with one cell is a heading; not in a table with many gaps.
    is_whole
        Whether the sample holds every row, so that `found` is all there is.
    """

    header: Header
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    always: tuple[str, ...]
    usual: int
    found: Mapping[str, pl.Series] = field(default_factory=dict)
    tables: tuple[int, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: tuple[str, ...] | None = None
    has_sections: bool = True
    is_whole: bool = False

    @classmethod
    def of(cls, sample: Chunk, header: Header) -> Outline:
        """The outline of a table from a sample of it.

        Examples
        --------
        >>> from importer.core import Chunk, Header
        >>> frame = pl.DataFrame({"id": ["1", "id", "2", "Total"], "qty": ["7", "qty", "8", "15"]})
        >>> header = Header(row=1, labels=("id", "qty"), lines=((1, ("id", "qty")),))
        >>> sample = Chunk(frame=frame, rows=pl.Series([2, 3, 4, 5]), completed=9, is_whole=True)
        >>> {kind: rows.to_list() for kind, rows in Outline.of(sample, header).found.items()}
        {'headers': [3], 'totals': [5]}
        """
        frame, layout = sample.frame, Layout.of(sample.frame, headers=repeated(sample, header))
        rules = cls(header=header, texts=layout.texts, numbers=layout.numbers, always=layout.always, usual=layout.usual)
        # In a sample of all rows, any column of texts may name a total.
        labels = [label for label in layout.texts if may_be_named(frame[label])] if sample.is_whole else None
        flags = {kind: mask.arg_true().to_list() for kind, mask in rules.flags(sample, labels=labels).items()}
        flags["headers"] = _set(flags, "headers")
        taken = set(flags["headers"])
        if sample.is_whole:
            footer = Footer.of(sample)
            last = frame.height if footer is None else int((sample.rows <= footer.above).sum())
            last = min(last, _below_gap(sample, layout), _count_line(frame, flags["headers"]))
            flags["notes"] = [at for at in range(last, frame.height) if at not in _set(flags, "totals")]
            top = _sparse_top(layout)
            candidates = _candidates(frame, layout, last, top, labels or ())
            totals = sums(frame, layout.numbers, candidates, [*_set(flags, "totals"), *taken])
            flags["totals"] = sorted({*_set(flags, "totals"), *totals})
            flags["notes"] = sorted(
                {*flags["notes"], *(set(top) - set(_set(flags, "sections")))} - set(flags["totals"])
            )
        found: dict[str, list[int]] = {}
        for kind in ROW_KINDS:
            places = [at for at in _set(flags, kind) if kind == "headers" or at not in taken]
            if kind == "sections":
                places = [at for at in places if at not in _set(flags, "notes")]
                if len(places) > MOST_SECTIONS * frame.height:
                    places = []
            if places:
                found[kind] = places
                taken |= set(places)
        return replace(
            rules,
            named=tuple(
                label
                for label in (rules.labels if "totals" in found else ())
                if called_totals(frame, [label], rules.numbers, rules.usual).any()
            ),
            has_sections="sections" in found or not _set(flags, "sections"),
            found={kind: sample.rows[places] for kind, places in found.items()},
            tables=_other_tables(sample, layout, taken),
            names={kind: _names(frame[places[:3]]) for kind, places in found.items()},
            is_whole=sample.is_whole,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Columns in which the name of a total stands: the first ones of texts, and the very first one."""
        names = [label for label in self.texts if label not in self.numbers][:LABELS]
        return tuple(dict.fromkeys([*self.header.labels[:1], *names]))

    def _labels_in(self, frame: pl.DataFrame) -> tuple[str, ...]:
        """Those of the columns that have to be looked at, which takes a tenth of the time of reading them.

        Beside a filled first cell the name stands only where such rows are frequent, so that the sample has one.
        """
        first = self.labels[:1]
        if self.named is None or any(frame[label].null_count() for label in first):
            return self.labels
        return tuple(dict.fromkeys([*first, *self.named]))

    def flags(self, chunk: Chunk, *, labels: Sequence[str] | None = None) -> dict[str, pl.Series]:
        """Which rows of a chunk are of a kind that a row shows by itself; kinds without a row are left out.

        The rows of other chunks make no difference. The name of a total may stand in `labels`, by default in the
        first columns of texts.
        """
        frame, found = chunk.frame, {}
        headers = repeated(chunk, self.header)
        if headers is not None:
            found["headers"] = headers
        totals = called_totals(frame, self._labels_in(frame) if labels is None else labels, self.numbers, self.usual)
        if totals.any():
            found["totals"] = totals
        # Of any two columns, a row with one cell leaves at least one empty.
        two = (self.always or tuple(frame.columns))[-2:]
        is_wide = self.has_sections and self.usual >= LEAST_COLUMNS
        if is_wide and (len(two) == 1 or any(frame[label].null_count() for label in two)):
            one = filled_cells(frame).sum_horizontal() == 1
            if self.numbers and one.any():
                # A number in a column of numbers is a row that ends early.
                one &= ~frame.select(
                    pl.any_horizontal(pl.col(*self.numbers).str.contains(NUMBER))
                ).to_series().fill_null(value=False)
            if one.any():
                found["sections"] = one
        return found

    def odd_rows(self) -> pl.Series:
        """Numbers of the rows in the sample that types are not judged by."""
        rows = pl.Series("row", [], dtype=pl.Int64)
        return pl.concat([rows, *self.found.values(), pl.Series(self.tables, dtype=pl.Int64)])


def _set(flags: Mapping[str, list[int]], kind: str) -> list[int]:
    return flags.get(kind, [])


def repeated(chunk: Chunk, header: Header) -> pl.Series | None:
    """Which rows say the same as a row of the header, or explain it; None if none does."""
    found = chunk.rows.is_in(list(header.below)) if header.below else None
    for _, line in header.lines:
        if sum(map(bool, line)) < 2:  # noqa: PLR2004 - one cell may be data
            continue
        longest = max(range(len(line)), key=lambda at: len(line[at]))
        # A fast test; the cells in the file may have other white space.
        word = max(line[longest].split(), key=len)
        if not chunk.frame.to_series(longest).str.contains(word, literal=True).any():
            continue
        same = chunk.frame.select(_says_the_same(chunk.frame.columns, line)).to_series()
        found = same if found is None else found | same
    return found if found is not None and found.any() else None


def _says_the_same(labels: Sequence[str], line: Sequence[str]) -> pl.Expr:
    """Whether a row has the cells of the line, or most of them and nothing else, as above a narrower second table."""
    cells = [pl.col(label).fill_null("").str.replace_all(r"[\s\ufeff]+", " ").str.strip_chars() for label in labels]
    pairs = list(zip(cells, line, strict=True))
    named = [cell == name for cell, name in pairs if name]
    most = max(3, len(named) * 2 // 3)
    is_part = pl.all_horizontal((cell == name) | (cell == "") for cell, name in pairs)
    return pl.all_horizontal(cell == name for cell, name in pairs) | (is_part & (pl.sum_horizontal(named) >= most))


def _other_tables(sample: Chunk, layout: Layout, taken: set[int]) -> tuple[int, ...]:
    """Rows below a gap that have different texts wherever all others have numbers."""
    numbers = list(layout.numbers)
    if len(numbers) < 2 or sample.frame.height <= LEAST_ROWS:  # noqa: PLR2004 - one text may be a fault
        return ()
    gap = (sample.rows.diff() > 1).fill_null(value=False)
    if not gap.any():
        return ()
    texts = layout.filled.select(numbers).sum_horizontal() - layout.is_number.select(numbers).sum_horizontal()
    return tuple(
        sample.rows[at]
        for at in (gap & (texts == len(numbers))).arg_true().to_list()
        if at not in taken and len(set(sample.frame.select(numbers).row(at))) == len(numbers)
    )


def _below_gap(sample: Chunk, layout: Layout) -> int:
    """The place of the first of the last rows, if these stand below a gap and fill one cell each."""
    height = sample.frame.height
    if layout.usual < 2 or height <= LEAST_ROWS:  # noqa: PLR2004 - one cell is all there is
        return height
    tail = min(MOST_BELOW, height // 3)
    gaps = [at for at in range(height - tail, height) if sample.rows[at] > sample.rows[at - 1] + 1]
    counts = layout.filled.tail(tail).sum_horizontal()
    return next((at for at in gaps if (counts.tail(height - at) == 1).all()), height)


def _count_line(frame: pl.DataFrame, headers: Sequence[int]) -> int:
    """The place of the last row if it says how many rows stand above it, as database clients write."""
    at = frame.height - 1
    said = _COUNT.fullmatch((frame.to_series(0)[at] or "").strip()) if at > 0 else None
    if said is None or any(cell and cell.strip() for cell in frame.row(at)[1:]):
        return frame.height
    above = at - sum(header < at for header in headers)
    return at if int(re.sub(r"\D", "", said[1])) == above else frame.height


def _sparse_top(layout: Layout) -> list[int]:
    """The first row, if it leaves cells empty that all rows below fill, and fills few."""
    if layout.filled.height <= LEAST_ROWS:
        return []
    below = [column.name for column in layout.filled.tail(-1) if column.all()]
    lacking = [name for name in below if not layout.filled[name][0]]
    return [0] if len(lacking) > 1 and 5 * len(lacking) >= 2 * len(below) else []


def _candidates(
    frame: pl.DataFrame, layout: Layout, last: int, top: list[int], labels: Sequence[str]
) -> dict[int, int]:
    """Rows that may be the sums of others: the last one, the first one, those without a name, and averages."""
    places = {at: LEAST_ADDENDS for at in (0, last - 1) if 0 <= at < frame.height}
    names = [label for label in layout.texts if label in layout.always and label not in layout.numbers]
    if names:
        nameless = (layout.filled.select(names).sum_horizontal() == 0).arg_true().to_list()
        places |= dict.fromkeys(nameless if len(nameless) <= MOST_CANDIDATES else [], NAMELESS_ADDENDS)
    places |= dict.fromkeys(top, NAMELESS_ADDENDS)
    if labels:
        places |= dict.fromkeys(named_at_all(frame, labels)[-MOST_CANDIDATES:], NAMED_ADDENDS)
    return places


def _names(frame: pl.DataFrame) -> tuple[str, ...]:
    filled = ([cell.strip() for cell in row if cell and cell.strip()] for row in frame.rows())
    firsts = [text for cells in filled for text in [cell for cell in cells if not cell[0].isdigit()][:1]]
    return tuple(dict.fromkeys(first if len(first) <= 40 else first[:39] + "…" for first in firsts))  # noqa: PLR2004
