"""The fast path: blocks of a sheet, and of shared strings, by polars expressions.

A block is understood to its last byte, or left to the exact path as a whole. The proof has two parts. First, what a tag
means is never guessed: the exact parser reads each way of writing one once (`Shapes`), and every other tag has to be
written in one of these ways, letter for letter. Second, nothing else is in the block: the texts between the tags hold
no ``<``, or as many ``<`` stand in the block as tags were recognised. Comments, CDATA sections and rare entities make
a block unusual. The laws in ``tests/test_xlsx_laws.py`` compare both paths on damaged sheets.
"""

from __future__ import annotations

from importer.sources.xlsx.fast._fast_path import FastPath, Rows
from importer.sources.xlsx.fast._strings import fast_strings

__all__ = ["FastPath", "Rows", "fast_strings"]
