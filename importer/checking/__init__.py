"""Splits a chunk into rows to write and rows to refuse, and keeps the refused ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.checking._check import Check, Checked
    from importer.checking._reject_limit import RejectLimit
    from importer.checking._rejects import Rejects, refused_cells
    from importer.checking._rejects_file import write_rejects

__all__ = ["Check", "Checked", "RejectLimit", "Rejects", "refused_cells", "write_rejects"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
