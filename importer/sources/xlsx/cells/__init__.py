"""From what the cells of a sheet hold to the texts that they show."""

from __future__ import annotations

from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._grid import SLOTS, Grid, grids, placed, without_empty
from importer.sources.xlsx.cells._kinds import FORMATTED, MONEY, ZEROS, Kind
from importer.sources.xlsx.cells._layout import Layout, Merge, is_hidden
from importer.sources.xlsx.cells._number_formats import NumberFormat
from importer.sources.xlsx.cells._numbers import numbers, shortest
from importer.sources.xlsx.cells._places import REFERENCE, position_of
from importer.sources.xlsx.cells._styles import Styles, cell_kind, read_styles
from importer.sources.xlsx.cells._values import CELLS, Texts

__all__ = [
    "CELLS",
    "FORMATTED",
    "MONEY",
    "REFERENCE",
    "SLOTS",
    "ZEROS",
    "Grid",
    "Kind",
    "Layout",
    "Merge",
    "NumberFormat",
    "Styles",
    "Texts",
    "cell_kind",
    "grids",
    "is_hidden",
    "moments",
    "numbers",
    "placed",
    "position_of",
    "read_styles",
    "shortest",
    "without_empty",
]
