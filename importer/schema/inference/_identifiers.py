"""What only all the cells show: that the numbers of a column are identifiers, or sections of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from importer.core import EACH, here
from importer.errors import Note
from importer.schema.inference._numbers import Kept

if TYPE_CHECKING:
    from importer.schema.inference._sample import Candidate, Sample

__all__ = ["identifiers", "two_texts"]

SUFFIXED = r"^(?:[0-9]+[-/. ]?[A-Za-z]|[A-Za-z]{1,3}[-/. ]?[0-9]+)$"
"""A number with a letter among whole numbers, as in the invoice 1017A."""

ZEROS = r"(?:[.,]0+|([.,][0-9]*[1-9])0+)$"
"""Zeros behind the decimal mark that say nothing."""

PADDED = r"\.[0-9]+0$"
SECTIONS = 39
"""Sections and releases are counted, so that they rarely have a higher number behind the point."""


def identifiers(sample: Sample, best: Candidate) -> Kept | None:
    """Why these numbers are identifiers, which stay text; None if they are quantities."""
    if best.kind is dy.Int64:
        suffixed = sample.written(SUFFIXED) & ~best.fits if best.count < sample.count else best.fits.head(0)
        if suffixed.any() and not sample.written("^[-+(]").any():
            return _kept(sample, suffixed, "letters, as identifiers have")
    elif sample.written(PADDED).any():
        return _sections(sample)
    return None


def _sections(sample: Sample) -> Kept | None:
    """Sections of a document, and releases: 1.9 and 1.10."""
    cells = sample.cells.filter(sample.filled).str.strip_chars()
    if not cells.str.contains(r"^[0-9]+(?:\.[0-9]+)?$").all():
        return None
    behind = cells.str.extract(r"\.([0-9]+)$").drop_nulls()
    lengths = behind.str.len_bytes()
    if lengths.n_unique() == 1 or behind.str.contains("^0.").any():
        return None
    if behind.cast(pl.Int64, strict=False).fill_null(SECTIONS + 1).max() > SECTIONS:  # type: ignore[operator]
        return None
    return _kept(sample, sample.written(PADDED), "a zero at the end, as sections and releases have", is_doubt=True)


def two_texts(sample: Sample) -> Note | None:
    """Tell that two texts of the column are one number: 12.5 and 12.50."""
    where = sample.written(ZEROS)
    if not where.any():
        return None
    cells = sample.bare.filter(sample.filled).unique(maintain_order=True)
    table = pl.DataFrame({"cell": cells, "number": here(cells, EACH.str.replace(ZEROS, "${1}"))})
    same = table.group_by("number", maintain_order=True).agg("cell").filter(pl.col("cell").list.len() > 1)
    if same.is_empty():
        return None
    one, other = same["cell"][0][:2]
    return Note(f"{one!r} and {other!r} are one number", code="two-texts", kind="told", column=sample.label)


def _kept(sample: Sample, where: pl.Series, what: str, *, is_doubt: bool = False) -> Kept:
    return Kept(count=int(where.sum()), example=sample.cells.filter(where)[0], what=what, is_doubt=is_doubt)
