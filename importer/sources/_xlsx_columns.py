"""Columns of cells as they stand in the XML, made the texts that they show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from importer._polars import select_here
from importer.chunks import letter
from importer.sources._xlsx_styles import Kind
from importer.sources._xlsx_text import decoded, trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources._xlsx_bodies import Usual
    from importer.sources._xlsx_cells import Cells
    from importer.sources._xlsx_values import Texts

__all__ = ["Columns"]

CELL, BEGIN, INNER = pl.col("cell"), pl.col("begin"), pl.col("inner")
_MEASURED = (
    CELL.str.len_bytes(),
    BEGIN.str.len_bytes(),
    INNER.str.len_bytes(),
    INNER.str.contains("<", literal=True).alias("has_tag"),
)
KEPT = 1_024


@dataclass(frozen=True, slots=True)
class _Alike:
    """Columns whose cells are written in one way, one after the other.

    Attributes
    ----------
    names
        The columns' positions.
    cells
        What they hold in the XML.
    texts
        What those show that are written as usual.
    kind
        Of the latter.
    odd
        Places of the others.
    """

    names: Sequence[str]
    cells: pl.Series
    texts: pl.Series
    kind: Kind | None
    odd: pl.Series


class Columns:
    """Reads cells by column; None where one of them is not understood to the last byte.

    Most columns are written in one way from top to bottom, and many in the same, so all columns
    that begin alike are read in one go. Cells that are written in another way are read together
    afterwards.

    Parameters
    ----------
    cells
        What reads cells that are written in any way.
    texts
        What makes cells the texts that they show.
    """

    def __init__(self, cells: Cells, texts: Texts) -> None:
        self._cells, self._texts = cells, texts

    def __call__(
        self, frame: pl.DataFrame, numbers: pl.Series, *, has_entities: bool
    ) -> tuple[pl.DataFrame, pl.DataFrame] | None:
        """Texts of the cells, null where there are none, and which of them are numbers.

        Parameters
        ----------
        frame
            What follows ``<c r="`` up to the cell's end, null where there is no cell. Columns are named
            by their positions, which their cells' letters tell.
        numbers
            Numbers of the rows as text.
        has_entities
            Whether there may be any.
        """
        alike: dict[tuple[Usual | None, int], list[str]] = {}
        for column in frame:
            alike.setdefault((self._usual(column, numbers), len(letter(int(column.name)))), []).append(column.name)
        parts: list[_Alike] = []
        for (usual, letters), names in alike.items():
            part = self._part([frame[name] for name in names], numbers, usual, letters, has_entities=has_entities)
            if part is None:
                return None
            parts.append(part)
        others = self._others(parts, numbers, has_entities=has_entities)
        return None if others is None else _columns(frame, parts, *others)

    def _usual(self, column: pl.Series, numbers: pl.Series) -> Usual | None:
        """How the first cell is written, and so most likely the others."""
        at = 0 if column[0] is not None else column.is_not_null().arg_max() or 0
        return self._cells.usual(column[at], numbers[at], int(column.name))

    def _part(
        self, columns: Sequence[pl.Series], numbers: pl.Series, usual: Usual | None, letters: int, *, has_entities: bool
    ) -> _Alike | None:
        """Columns that are most likely written so, behind so many letters."""
        names = [column.name for column in columns]
        cells = pl.concat([column.alias("cell") for column in columns], rechunk=True)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
        if usual is None:
            return _Alike(names, cells, nothing, None, cells.is_not_null().arg_true())
        begins = pl.concat([(numbers + usual.begin).alias("begin")] * len(columns), rechunk=True)
        both = pl.DataFrame([cells, begins])
        inner = select_here(both, _inner(usual.end, letters)).to_series()
        is_whole = _is_whole(both.hstack([inner]), letters + len(usual.end.encode()))
        odd = pl.Series([], dtype=pl.UInt32)
        if not is_whole.all():
            odd = (~is_whole).arg_true()
            inner = inner.zip_with(is_whole, nothing)
        bare = trimmed(inner) if usual.trims else inner
        clear = _decoded(bare, usual.kind) if has_entities and bare is not None else bare
        if clear is None:
            return None

        def place(at: int) -> tuple[int, int]:
            column, row = divmod(at, len(numbers))
            return int(numbers[row]), int(names[column])

        return _Alike(names, cells, self._texts.of_kind(usual.kind, clear, place), usual.kind, odd)

    def _others(
        self, parts: Sequence[_Alike], numbers: pl.Series, *, has_entities: bool
    ) -> tuple[pl.Series, pl.Series] | None:
        """Texts of the cells that are written otherwise, part after part, and which of them are numbers."""
        left = [part for part in parts if len(part.odd)]
        if not left:
            return pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.Boolean)
        positions = [
            pl.Series(list(map(int, part.names)), dtype=pl.Int32).gather(part.odd // len(numbers)) for part in left
        ]
        cells = self._cells(
            pl.concat([part.cells.gather(part.odd) for part in left]),
            numbers.gather(pl.concat([part.odd % len(numbers) for part in left])),
            pl.concat(positions),
            has_entities=has_entities,
        )
        return None if cells is None else (self._texts(cells), cells["kind"] == Kind.NUMBER)


# Making an expression takes as long as running it on a thousand cells.
@lru_cache(KEPT)
def _inner(end: str, letters: int) -> pl.Expr:
    """What a cell holds between its beginning, behind so many letters, and that end: cut off without looking first."""
    return CELL.str.slice(letters).str.strip_prefix(BEGIN).str.strip_suffix(end).alias("inner")


def _is_whole(cells: pl.DataFrame, others: int) -> pl.Series:
    """Whether both were cut off, with so many bytes beside the beginning, and no tag is left; null for no cell."""
    cell, begin, inner, has_tag = select_here(cells, *_MEASURED)
    return (inner + begin + others == cell) & ~has_tag


def _decoded(inner: pl.Series, kind: Kind) -> pl.Series | None:
    """The same without entities, which only text may have."""
    if kind is Kind.TEXT:
        return decoded(inner)
    return None if inner.str.contains("&", literal=True).any() else inner


def _columns(
    frame: pl.DataFrame, parts: Sequence[_Alike], texts: pl.Series, are_numbers: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Texts by column, and which are numbers, those of the other cells put in."""
    made: dict[str, tuple[pl.Series, pl.Series]] = {}
    done = 0
    for part in parts:
        shown, known = part.texts, pl.Series([part.kind is Kind.NUMBER]).new_from_index(0, len(part.texts))
        if count := len(part.odd):
            shown = shown.clone().scatter(part.odd, texts.slice(done, count))
            known = known.scatter(part.odd, are_numbers.slice(done, count))
            done += count
        for at, name in enumerate(part.names):
            cut = at * frame.height, frame.height
            made[name] = shown.slice(*cut).alias(name), known.slice(*cut).alias(name)
    columns = [made[name] for name in frame.columns]
    return pl.DataFrame([text for text, _ in columns]), pl.DataFrame([number for _, number in columns])
