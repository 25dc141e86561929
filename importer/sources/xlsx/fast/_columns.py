"""From columns of cells in XML to the texts that they show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer.core import letter, rewritten, select_here
from importer.sources.xlsx.cells import Kind
from importer.sources.xlsx.fast._text import decoded, tags_in, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources.xlsx.cells import Texts
    from importer.sources.xlsx.fast._cell_bodies import Usual
    from importer.sources.xlsx.fast._cells import Cells

__all__ = ["Columns"]

CELL, BEGIN = pl.col("cell"), pl.col("begin")
KEPT = 1_024


@dataclass(frozen=True, slots=True)
class _Alike:
    """Columns whose cells are written alike, one after the other.

    Attributes
    ----------
    names
        The columns' positions.
    usual
        The way of writing, None if the first cell is unusual.
    cells
        What they hold in the XML.
    inner
        The contents of the cells that are written so.
    odd
        Places of the others.
    """

    names: Sequence[str]
    usual: Usual | None
    cells: pl.Series
    inner: pl.Series
    odd: pl.Series

    @property
    def tags(self) -> int:
        """Number of tags in the cells, if none stands inside a text."""
        others = tags_in(self.cells.gather(self.odd)) if len(self.odd) else 0
        count = len(self.cells) - self.cells.null_count() - len(self.odd)
        return others if self.usual is None else others + count * self.usual.tags


class Columns:
    """Reads cells by column; None if one of them is not understood to the last byte.

    Most columns are written in one way from top to bottom, and many in the same, so all columns
    that begin alike are read at once. Cells that are written in another way are read together
    afterwards.

    Parameters
    ----------
    cells
        Reads cells that are written in any way.
    texts
        Makes the texts that cells show.
    """

    def __init__(self, cells: Cells, texts: Texts) -> None:
        self._cells, self._texts = cells, texts

    def __call__(
        self, frame: pl.DataFrame, numbers: pl.Series, *, tags: int, has_codes: bool
    ) -> tuple[pl.DataFrame, dict[str, int | pl.Series]] | None:
        """Texts of the cells, null for no cell, and what became of each.

        Parameters
        ----------
        frame
            What follows ``<c r="`` up to the cell's end, null if there is no cell. Columns are named
            by their positions, which their cells' letters tell.
        numbers
            Numbers of the rows as text.
        tags
            Number of tags in the cells.
        has_codes
            Whether there may be entities, or escapes such as ``_x000D_``.
        """
        parts = list(self._parts(frame, numbers))
        # One count for all cells is faster than a search in each.
        if sum(part.tags for part in parts) != tags:
            return None
        texts = []
        for part in parts:
            shown = self._shown(part, numbers, has_codes=has_codes)
            if shown is None:
                return None
            texts.append(shown)
        others = self._others(parts, numbers, has_codes=has_codes)
        return None if others is None else _columns(frame, parts, texts, *others)

    def _parts(self, frame: pl.DataFrame, numbers: pl.Series) -> Iterator[_Alike]:
        """The columns, grouped by how they begin."""
        alike: dict[tuple[Usual | None, int], list[str]] = {}
        for column in frame:
            alike.setdefault((self._usual(column, numbers), len(letter(int(column.name)))), []).append(column.name)
        for (usual, letters), names in alike.items():
            yield _part([frame[name] for name in names], numbers, usual, letters)

    def _usual(self, column: pl.Series, numbers: pl.Series) -> Usual | None:
        """How the first cell is written, and most likely the others."""
        at = 0 if column[0] is not None else column.is_not_null().arg_max() or 0
        return self._cells.usual(column[at], numbers[at], int(column.name))

    def _shown(self, part: _Alike, numbers: pl.Series, *, has_codes: bool) -> tuple[pl.Series, int | pl.Series] | None:
        """Texts of the cells that are written as usual, and what became of them."""
        if part.usual is None:
            return part.inner, Kind.NUMBER
        kind, inner = part.usual.kind, part.inner
        bare = trimmed(inner, has_entities=has_codes) if part.usual.trims else inner
        clear = _decoded(bare, kind) if has_codes and bare is not None else bare
        if clear is None or (kind == Kind.TEXT and not has_codes):
            return None if clear is None else (clear, kind)

        def place(at: int) -> tuple[int, int]:
            column, row = divmod(at, len(numbers))
            return int(numbers[row]), int(part.names[column])

        return self._texts.of_kind(kind, clear, place)

    def _others(
        self, parts: Sequence[_Alike], numbers: pl.Series, *, has_codes: bool
    ) -> tuple[pl.Series, pl.Series] | None:
        """Texts of the other cells, part after part, and what became of them."""
        left = [part for part in parts if len(part.odd)]
        if not left:
            return pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.UInt16)
        positions = [
            pl.Series(list(map(int, part.names)), dtype=pl.Int32).gather(part.odd // len(numbers)) for part in left
        ]
        cells = self._cells(
            pl.concat([part.cells.gather(part.odd) for part in left]),
            numbers.gather(pl.concat([part.odd % len(numbers) for part in left])),
            pl.concat(positions),
            has_codes=has_codes,
        )
        return None if cells is None else self._texts(cells)


def _part(columns: Sequence[pl.Series], numbers: pl.Series, usual: Usual | None, letters: int) -> _Alike:
    """Columns that are most likely written so, after this many letters."""
    names = [column.name for column in columns]
    cells = pl.concat([column.alias("cell") for column in columns], rechunk=True)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    if usual is None:
        return _Alike(names, usual, cells, nothing, cells.is_not_null().arg_true())
    begins = pl.concat([(numbers + usual.begin).alias("begin")] * len(columns), rechunk=True)
    # Rising numbers are equally long if the first and the last are.
    length = len(numbers[0]) + len(usual.begin) if len(numbers[0]) == len(numbers[-1]) else None
    is_whole, inner = select_here(pl.DataFrame([cells, begins]), *_cut(letters, length, usual.end))
    if is_whole.all():
        return _Alike(names, usual, cells, inner, pl.Series([], dtype=pl.UInt32))
    return _Alike(names, usual, cells, inner.zip_with(is_whole, nothing), (~is_whole).arg_true())


# Making an expression takes as long as running it on a thousand cells.
@lru_cache(KEPT)
def _cut(letters: int, length: int | None, end: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether a cell has, after this many letters, its beginning and that end, and what is between.

    The length is that of all beginnings, None if they differ.
    """
    is_whole = CELL.str.slice(letters).str.starts_with(BEGIN) & CELL.str.ends_with(end)
    begin = BEGIN.str.len_chars().cast(pl.Int64) if length is None else length
    # A slice would keep the whole block in memory; a stripped text is a copy.
    return is_whole.alias("is_whole"), CELL.str.slice(begin + letters).str.strip_suffix(end).alias("inner")


def _decoded(inner: pl.Series, kind: int) -> pl.Series | None:
    """Texts with entities decoded; None if a cell other than text has one."""
    if kind == Kind.TEXT:
        return decoded(inner)
    return None if inner.str.contains("&", literal=True).any() else inner


def _columns(
    frame: pl.DataFrame,
    parts: Sequence[_Alike],
    shown: Sequence[tuple[pl.Series, int | pl.Series]],
    other_texts: pl.Series,
    other_kinds: pl.Series,
) -> tuple[pl.DataFrame, dict[str, int | pl.Series]]:
    """Texts by column and what became of each cell, with the other cells filled in."""
    made: dict[str, pl.Series] = {}
    kinds: dict[str, int | pl.Series] = {}
    done = 0
    for part, (text, kind) in zip(parts, shown, strict=True):
        if count := len(part.odd):
            text = rewritten(text, part.odd, other_texts.slice(done, count))  # noqa: PLW2901
            each = (
                kind if isinstance(kind, pl.Series) else pl.Series([kind], dtype=pl.UInt16).new_from_index(0, len(text))
            )
            kind = each.scatter(part.odd, other_kinds.slice(done, count))  # noqa: PLW2901
            done += count
        for at, name in enumerate(part.names):
            cut = at * frame.height, frame.height
            made[name] = text.slice(*cut).alias(name)
            kinds[name] = kind.slice(*cut) if isinstance(kind, pl.Series) else kind
    return pl.DataFrame([made[name] for name in frame.columns]), {name: kinds[name] for name in frame.columns}
