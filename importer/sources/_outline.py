"""Which rows of a table are no data of it: `Outline`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import ROW_KINDS
from importer.sources._footer import Footer
from importer.sources._totals import AVERAGES, LEAST_ADDENDS, NUMBER, called_totals, sums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core import Chunk, Header

__all__ = ["Outline", "repeated"]

NEARLY_ALL = 0.8
LEAST_ROWS = 3
LEAST_COLUMNS = 3
"""Rows with one cell are headings of sections only in a table whose rows fill so many."""

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
        frame = sample.frame
        texts, numbers, always = _columns(frame)
        rules = cls(header=header, texts=texts, numbers=numbers, always=always, usual=_usual(frame))
        flags = {kind: mask.arg_true().to_list() for kind, mask in rules.flags(sample).items()}
        flags["headers"] = _set(flags, "headers")
        taken = set(flags["headers"])
        if sample.is_whole:
            footer = Footer.of(sample)
            last = frame.height if footer is None else int((sample.rows <= footer.above).sum())
            flags["notes"] = [at for at in range(last, frame.height) if at not in _set(flags, "totals")]
            top = _sparse_top(frame)
            totals = sums(frame, numbers, _candidates(frame, rules, last, top), [*_set(flags, "totals"), *taken])
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
            has_sections="sections" in found or not _set(flags, "sections"),
            found={kind: sample.rows[places] for kind, places in found.items()},
            tables=_other_tables(sample, numbers, taken),
            names={kind: _names(frame[places[:3]]) for kind, places in found.items()},
            is_whole=sample.is_whole,
        )

    def flags(self, chunk: Chunk) -> dict[str, pl.Series]:
        """Which rows of a chunk are of a kind that a row shows by itself; kinds without a row are left out.

        The rows of other chunks make no difference.
        """
        frame, found = chunk.frame, {}
        headers = repeated(chunk, self.header)
        if headers is not None:
            found["headers"] = headers
        totals = called_totals(frame, self.texts, self.numbers, self.usual)
        if totals.any():
            found["totals"] = totals
        # Of any two columns, a row with one cell leaves at least one empty.
        two = (self.always or tuple(frame.columns))[-2:]
        is_wide = self.has_sections and self.usual >= LEAST_COLUMNS
        if is_wide and (len(two) == 1 or any(frame[label].null_count() for label in two)):
            one = frame.select(pl.sum_horizontal(_filled(label) for label in frame.columns) == 1).to_series()
            if one.any():
                found["sections"] = one
        return found

    def odd_rows(self) -> pl.Series:
        """Numbers of the rows in the sample that types are not judged by."""
        rows = pl.Series("row", [], dtype=pl.Int64)
        return pl.concat([rows, *self.found.values(), pl.Series(self.tables, dtype=pl.Int64)])


def _filled(label: str) -> pl.Expr:
    return (pl.col(label).str.strip_chars() != "").fill_null(value=False)


def _set(flags: Mapping[str, list[int]], kind: str) -> list[int]:
    return flags.get(kind, [])


def _columns(frame: pl.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Columns of texts, of numbers, and those that nearly every row fills."""
    texts, numbers, always = [], [], []
    for label in frame.columns:
        cells = frame[label].drop_nulls()
        cells = cells.filter(cells.str.strip_chars() != "")
        if cells.is_empty():
            continue
        share = (cells.str.contains(NUMBER).sum() or 0) / len(cells)
        if share >= NEARLY_ALL or (len(cells) <= LEAST_ROWS + 1 and share > 0.5):  # noqa: PLR2004 - the half
            numbers.append(label)
        if share < 1:
            texts.append(label)
        if len(cells) >= NEARLY_ALL * frame.height:
            always.append(label)
    return tuple(texts), tuple(numbers), tuple(always)


def _usual(frame: pl.DataFrame) -> int:
    """How many cells most rows fill."""
    if frame.is_empty():
        return 0
    counts = frame.select(pl.sum_horizontal(_filled(label) for label in frame.columns)).to_series()
    return max(map(int, counts.mode()))


def repeated(chunk: Chunk, header: Header) -> pl.Series | None:
    """Which rows say the same as a row of the header, or explain it; None if none does."""
    found = chunk.rows.is_in(list(header.below)) if header.below else None
    for _, line in header.lines:
        if sum(map(bool, line)) < 2:  # noqa: PLR2004 - one cell may be data
            continue
        longest = max(range(len(line)), key=lambda at: len(line[at]))
        first = chunk.frame.to_series(longest).str.strip_chars() == line[longest]
        if not first.any():
            continue
        same = chunk.frame.select(
            pl.all_horizontal(
                pl.col(label).fill_null("").str.replace_all(r"\s+", " ").str.strip_chars() == cell
                for label, cell in zip(chunk.frame.columns, line, strict=True)
            )
        ).to_series()
        found = same if found is None else found | same
    return found if found is not None and found.any() else None


def _other_tables(sample: Chunk, numbers: Sequence[str], taken: set[int]) -> tuple[int, ...]:
    """Rows below a gap that have different texts wherever all others have numbers."""
    if len(numbers) < 2 or sample.frame.height <= LEAST_ROWS:  # noqa: PLR2004 - one text may be a fault
        return ()
    cells = sample.frame.select(numbers)
    is_text = cells.select(pl.all_horizontal(_filled(name) & ~pl.col(name).str.contains(NUMBER) for name in numbers))
    found = is_text.to_series().fill_null(value=False) & (sample.rows.diff() > 1).fill_null(value=False)
    return tuple(
        sample.rows[at]
        for at in found.arg_true().to_list()
        if at not in taken and len(set(cells.row(at))) == len(numbers)
    )


def _sparse_top(frame: pl.DataFrame) -> list[int]:
    """The first row, if it leaves cells empty that all rows below fill, and fills few."""
    filled = frame.select(_filled(label) for label in frame.columns)
    if filled.height <= LEAST_ROWS:
        return []
    below = [column.name for column in filled.tail(-1) if column.all()]
    lacking = [name for name in below if not filled[name][0]]
    return [0] if len(lacking) > 1 and 5 * len(lacking) >= 2 * len(below) else []


def _candidates(frame: pl.DataFrame, rules: Outline, last: int, top: list[int]) -> dict[int, int]:
    """Rows that may be the sums of others: the last one, the first one, and those without a name."""
    places = {at: LEAST_ADDENDS for at in (0, last - 1) if 0 <= at < frame.height}
    names = [label for label in rules.texts if label in rules.always and label not in rules.numbers]
    if names:
        nameless = frame.select(pl.all_horizontal(~_filled(label) for label in names)).to_series()
        places |= dict.fromkeys(nameless.arg_true().to_list(), 2)
    if rules.texts:
        means = frame.select(pl.any_horizontal(pl.col(*rules.texts).str.contains(AVERAGES))).to_series()
        places |= dict.fromkeys(means.arg_true().to_list(), 2)
    return places | dict.fromkeys(top, 2)


def _names(frame: pl.DataFrame) -> tuple[str, ...]:
    filled = ([cell.strip() for cell in row if cell and cell.strip()] for row in frame.rows())
    firsts = (next((cell for cell in cells if not cell[0].isdigit()), cells[0]) for cells in filled if cells)
    return tuple(dict.fromkeys(first if len(first) <= 40 else first[:39] + "…" for first in firsts))  # noqa: PLR2004
