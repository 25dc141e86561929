"""Columns of cells as they stand in the XML, made the texts that they show."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING

import polars as pl

from importer.chunks import letter
from importer.sources._xlsx_styles import Kind
from importer.sources._xlsx_text import decoded, trimmed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.sources._xlsx_bodies import Usual
    from importer.sources._xlsx_cells import Cells
    from importer.sources._xlsx_values import Texts

__all__ = ["Columns"]

NUMBER = "number"
KEPT = 1_024


class Columns:
    """Reads cells by column; None where one of them is not understood to the last byte.

    Most columns are written in one way from top to bottom, so this is tried first, on all of them
    in one go. Cells that are written in another way are read together afterwards.

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
            by their positions.
        numbers
            Numbers of the rows as text.
        has_entities
            Whether there may be any.
        """
        usual = {column.name: found for column in frame if (found := self._usual(column, numbers)) is not None}
        raw, odd = _raw(frame, numbers, usual)
        made = self._made(raw, numbers, usual, has_entities=has_entities)
        if made is None:
            return None
        of_numbers = {name for name, each in usual.items() if each.kind is Kind.NUMBER}
        everywhere = {known: pl.Series([known]).new_from_index(0, len(numbers)) for known in (True, False)}
        are_numbers = pl.DataFrame([everywhere[name in of_numbers].alias(name) for name in frame.columns])
        if not odd:
            return made, are_numbers
        cells = self._others(frame, numbers, odd, has_entities=has_entities)
        if cells is None:
            return None
        made = made.with_columns(_patched(made, odd, self._texts(cells)))
        return made, are_numbers.with_columns(_patched(are_numbers, odd, cells["kind"] == Kind.NUMBER))

    def _usual(self, column: pl.Series, numbers: pl.Series) -> Usual | None:
        """How the first cell is written, and so most likely the others."""
        at = 0 if column[0] is not None else column.is_not_null().arg_max() or 0
        return self._cells.usual(column[at], numbers[at], int(column.name))

    def _made(
        self, raw: pl.DataFrame, numbers: pl.Series, usual: Mapping[str, Usual], *, has_entities: bool
    ) -> pl.DataFrame | None:
        """Texts of what stands in the cells, all columns of a kind in one go."""
        made: list[pl.Series] = []
        for kind, trims in {(each.kind, each.trims) for each in usual.values()}:
            names = [name for name, each in usual.items() if (each.kind, each.trims) == (kind, trims)]
            inner: pl.Series | None = pl.concat([raw[name].alias("raw") for name in names])
            inner = trimmed(inner) if trims and inner is not None else inner
            inner = _decoded(inner, kind) if has_entities and inner is not None else inner
            if inner is None:
                return None
            texts = self._texts.of_kind(kind, inner, partial(_place, names, numbers))
            made += _cut(texts, names, [len(numbers)] * len(names))
        return raw.with_columns(made)

    def _others(
        self, frame: pl.DataFrame, numbers: pl.Series, odd: Mapping[str, pl.Series], *, has_entities: bool
    ) -> pl.DataFrame | None:
        """The cells at these rows of the columns, one column after the other."""
        positions = [pl.Series([int(name)], dtype=pl.Int32).new_from_index(0, len(at)) for name, at in odd.items()]
        return self._cells(
            pl.concat([frame[name].gather(at).alias("piece") for name, at in odd.items()]),
            numbers.gather(pl.concat(list(odd.values()))),
            pl.concat(positions),
            has_entities=has_entities,
        )


def _raw(
    frame: pl.DataFrame, numbers: pl.Series, usual: Mapping[str, Usual]
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """What stands in the cells that are written as usual, and, by column, the rows of all others."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(numbers))
    # Numbers rise, so all are as long as the first where the last is.
    digits = len(numbers[0]) if len(numbers[0]) == len(numbers[-1]) else None
    both = frame.with_columns(numbers.alias(NUMBER))
    both = both.with_columns_seq(
        *(_begin(text) for text in {each.begin for each in usual.values()}),
        *(_content(name, each, digits) for name, each in usual.items()),
    )
    whole = both.select_seq(_is_whole(name, each) for name, each in usual.items())
    raw, odd = [], {}
    for column in frame:
        name = column.name
        if name not in usual:
            raw.append(nothing.alias(name))
            odd[name] = column.is_not_null().arg_true()
        elif whole[name].all():
            raw.append(both[_inner(name)].alias(name))
        else:
            raw.append(both[_inner(name)].zip_with(whole[name], nothing).alias(name))
            odd[name] = (~whole[name]).arg_true()
    return pl.DataFrame(raw), odd


def _inner(name: str) -> str:
    return f"inner {name}"


def _behind(begin: str) -> str:
    return f"number {begin}"


# Making an expression takes as long as running it on a thousand cells.
@lru_cache(KEPT)
def _begin(begin: str) -> pl.Expr:
    """What a cell that is written so has behind the letters of its column."""
    return (pl.col(NUMBER) + begin).alias(_behind(begin))


@lru_cache(KEPT)
def _content(name: str, usual: Usual, digits: int | None) -> pl.Expr:
    """What stands in a cell if it is written so: cutting off is several times as fast as looking first."""
    marks = len(letter(int(name))) + len(usual.begin)
    offset = pl.col(NUMBER).str.len_chars() + marks if digits is None else digits + marks
    return pl.col(name).str.slice(offset).str.strip_suffix(usual.end).alias(_inner(name))


@lru_cache(KEPT)
def _is_whole(name: str, usual: Usual) -> pl.Expr:
    """Whether it is written so, and holds no other tag; null where there is no cell."""
    cell, inner, letters = pl.col(name), pl.col(_inner(name)), len(letter(int(name)))
    begins = cell.str.slice(letters).str.starts_with(pl.col(_behind(usual.begin)))
    length = inner.str.len_bytes() + pl.col(_behind(usual.begin)).str.len_bytes() + (letters + len(usual.end))
    return (begins & (cell.str.len_bytes() == length) & ~inner.str.contains("<", literal=True)).alias(name)


def _decoded(inner: pl.Series, kind: Kind) -> pl.Series | None:
    """The same without entities, which only text may have."""
    if kind is Kind.TEXT:
        return decoded(inner)
    return None if inner.str.contains("&", literal=True).any() else inner


def _place(names: Sequence[str], numbers: pl.Series, at: int) -> tuple[int, int]:
    """Row and position of a cell among those of some columns, one after the other."""
    column, row = divmod(at, len(numbers))
    return int(numbers[row]), int(names[column])


def _cut(texts: pl.Series, names: Sequence[str], heights: Sequence[int]) -> list[pl.Series]:
    """Columns of these heights that stand one after the other."""
    ends = list(accumulate(heights))
    return [
        texts.slice(end - height, height).alias(name) for name, end, height in zip(names, ends, heights, strict=True)
    ]


def _patched(made: pl.DataFrame, odd: Mapping[str, pl.Series], others: pl.Series) -> list[pl.Series]:
    """Columns with what is known of the other cells put in."""
    parts = _cut(others, list(odd), [len(at) for at in odd.values()])
    return [made[part.name].clone().scatter(odd[part.name], part) for part in parts]
