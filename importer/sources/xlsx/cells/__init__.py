"""From what the cells of a sheet hold to the texts that they show."""

from __future__ import annotations

from importer.sources.xlsx.cells._dates import moments
from importer.sources.xlsx.cells._grid import SLOTS, Grid, grids, placed, without_empty
from importer.sources.xlsx.cells._numbers import numbers, shortest
from importer.sources.xlsx.cells._styles import Kind, cell_kind, read_styles
from importer.sources.xlsx.cells._values import CELLS, Texts

__all__ = [
    "CELLS",
    "SLOTS",
    "Grid",
    "Kind",
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
