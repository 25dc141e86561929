"""Cells from the XML after ``<c r="``, in any columns."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

import polars as pl

from importer.core import letter, select_here
from importer.sources.xlsx.cells import CELLS, Kind
from importer.sources.xlsx.fast._cell_bodies import CellBodies
from importer.sources.xlsx.fast._text import decoded

if TYPE_CHECKING:
    from importer.sources.xlsx.fast._cell_bodies import Usual
    from importer.sources.xlsx.fast._tag_shapes import Shapes

__all__ = ["Cells"]

_PIECE, _NUMBER, _LETTERS = pl.col("piece"), pl.col("number"), pl.col("letters")
_REST = _PIECE.str.strip_prefix(_LETTERS).str.strip_prefix(_NUMBER).alias("rest")
_MEASURED = tuple(cells.str.len_bytes() for cells in (_PIECE, pl.col("rest"), _NUMBER, _LETTERS))


class Cells:
    """Reads cells whose tags have a prefix; None if one of them is not understood to the last byte.

    Parameters
    ----------
    prefix
        The namespace prefix of the tags, with its colon.
    shapes
        What the tags mean.
    """

    def __init__(self, prefix: str, shapes: Shapes) -> None:
        self._bodies = CellBodies(prefix, shapes)

    def __call__(
        self, pieces: pl.Series, numbers: pl.Series, positions: pl.Series, *, has_codes: bool
    ) -> pl.DataFrame | None:
        """Cells as `CELLS`, from their pieces, the numbers of their rows as text, and their columns from 0."""
        letters = _letters(cast("int", positions.max()) + 1).gather(positions)
        frame = pl.DataFrame([pieces.alias("piece"), numbers.alias("number"), letters.alias("letters")])
        rest = select_here(frame, _REST).to_series()
        whole, left, *cut = select_here(frame.hstack([rest]), *_MEASURED)
        if not (whole - left == cut[0] + cut[1]).all():
            return None
        read = self._bodies(rest)
        if read is None:
            return None
        kinds, raw = read
        if has_codes:
            made = _decoded(raw, kinds)
            if made is None:
                return None
            raw = made
        return pl.DataFrame([numbers.cast(pl.Int64), positions, kinds, raw], schema=CELLS)

    def usual(self, piece: str, number: str, position: int) -> Usual | None:
        """How the other cells of the column are likely written; None if this one is unusual."""
        return self._bodies.usual(piece.removeprefix(letter(position) + number))


@lru_cache
def _letters(count: int) -> pl.Series:
    """Letters of the first columns."""
    return pl.Series([letter(position) for position in range(count)], dtype=pl.String)


def _decoded(raw: pl.Series, kinds: pl.Series) -> pl.Series | None:
    """Cells with entities decoded; only text may have them."""
    made = decoded(raw)
    if made is None or made is raw:
        return made
    odd = raw.str.contains("&", literal=True).fill_null(False)
    return made if (kinds.filter(odd) == Kind.TEXT).all() else None
