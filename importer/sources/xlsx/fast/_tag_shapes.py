"""The meaning of a sheet's tags: the exact parser reads each way of writing them once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.errors import SourceError
from importer.sources.xlsx.exact import SheetParser

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SHAPES", "Shapes"]

SHAPES = 256
"""Ways to write a tag in one block. A block with more is left to the exact parser."""

_ROW = 77
_VARYING = re.compile(r' (ref|si)="[A-Z0-9:]+"')


class Shapes:
    """The tags of one sheet, by everything but their numbers.

    Parameters
    ----------
    prologue
        The sheet's XML down to the tag ``sheetData``, which declares its namespaces.
    prefix
        The namespace prefix of the tags, with its colon.
    styles
        Kind of a number by style.
    """

    def __init__(self, prologue: bytes, prefix: str, styles: Sequence[int]) -> None:
        self._prologue = prologue
        self._prefix = prefix
        self._styles = styles
        self._cells: dict[str, int | None] = {}
        self._rows: dict[str, bool | None] = {}
        self._formulas: dict[str, bool] = {}

    def cell(self, shape: str) -> int | None:
        """`Kind` of the cells with such a tag, None if it is no cell's tag.

        The shape is what follows the reference: ``'" s="1"'``, with a slash at its end if the tag is empty.
        """
        if shape not in self._cells and not shape.startswith('"'):
            self._cells[shape] = None
        if shape not in self._cells:
            closing = "" if shape.endswith("/") else f"</{self._prefix}c>"
            made = self._parsed(f'<{self._prefix}row r="{_ROW}"><{self._prefix}c r="A{_ROW}{shape}>{closing}')
            self._cells[shape] = made[0][2] if len(made) == 1 and made[0][:2] == (_ROW, 0) else None
        return self._cells[shape]

    def row(self, shape: str) -> bool | None:
        """Whether a row is hidden, by what follows ``'<row'`` in its tag; None if that is no row's tag.

        The number in the shape is 0.
        """
        if shape not in self._rows:
            numbered = shape.replace(' r="0"', f' r="{_ROW}"')
            exact = self._exact(f'<{self._prefix}row{numbered}><{self._prefix}c r="A{_ROW}"/>')
            rows = [] if exact is None else exact.take()["row"].to_list()
            self._rows[shape] = bool(exact.hidden) if exact and numbered != shape and rows == [_ROW] else None
        return self._rows[shape]

    def is_formula(self, shape: str) -> bool:
        """Whether this follows ``'<f'`` in the tag of a formula."""
        shape = _VARYING.sub(r' \1=""', shape)
        if shape not in self._formulas:
            row, cell = f'<{self._prefix}row r="{_ROW}">', f'<{self._prefix}c r="A{_ROW}">'
            made = self._parsed(
                f"{row}{cell}<{self._prefix}f{shape}/><{self._prefix}v>1</{self._prefix}v></{self._prefix}c>"
            )
            self._formulas[shape] = [cell[3] for cell in made] == ["1"]
        return self._formulas[shape]

    def _parsed(self, xml: str) -> list[tuple[int, int, int, str | None]]:
        """Cells of a row if the exact parser understands it, else no cells."""
        exact = self._exact(xml)
        return [] if exact is None else exact.take().rows()

    def _exact(self, xml: str) -> SheetParser | None:
        """The exact parser after a row, None if it does not understand it."""
        exact = SheetParser("", self._styles)
        try:
            exact.feed(self._prologue + f"{xml}</{self._prefix}row>".encode())
        except SourceError:
            return None
        return exact if exact.resting else None
