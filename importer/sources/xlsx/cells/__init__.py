"""From what the cells of a sheet hold to the texts that they show."""

from __future__ import annotations

from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._grid import SLOTS, Grid, grids, placed, without_empty
from importer.sources.xlsx.cells._kinds import FORMATTED, MONEY, Kind
from importer.sources.xlsx.cells._number_formats import NumberFormat
from importer.sources.xlsx.cells._numbers import numbers, shortest
from importer.sources.xlsx.cells._styles import Styles, cell_kind, read_styles
from importer.sources.xlsx.cells._values import CELLS, Texts

__all__ = [
    "CELLS",
    "FORMATTED",
    "MONEY",
    "SLOTS",
    "Grid",
    "Kind",
    "NumberFormat",
    "Styles",
    "Texts",
    "cell_kind",
    "grids",
    "moments",
    "numbers",
    "placed",
    "read_styles",
    "shortest",
    "without_empty",
]
