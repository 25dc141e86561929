"""Sampled cells of a column, and the types that they may have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

from importer.core import EACH, filled, here
from importer.schema._words import NULL_WORDS
from importer.schema.inference._survey import Evidence, Survey
from importer.schema.parsing import parse
from importer.schema.parsing._cells import ERRORS, stands_for, trim

if TYPE_CHECKING:
    import dataframely as dy
    import polars as pl

    from importer.schema._schema import Format
    from importer.schema.inference._numbers import Kept

__all__ = ["NEAR", "Candidate", "Sample"]

NEAR = 0.5
"""Share from which a type is mentioned even if the column has another."""

LONGEST = 60

NOTHING: Final = ("", *NULL_WORDS, *ERRORS)
"""Cells that show no type."""


@dataclass(frozen=True, kw_only=True)  # without slots, for cached properties
class Sample:
    """Sampled cells of one column, their row numbers, and the header of the column."""

    cells: pl.Series
    rows: pl.Series
    label: str = ""
    stored: pl.Series | None = None
    """Which cells are numbers in the file itself; None if the file holds only text."""
    evidence: Evidence = field(default_factory=Evidence)
    is_key: bool = False

    def with_evidence(self, evidence: Evidence) -> Self:
        """The same cells, with what the other columns prove."""
        other = replace(self, evidence=evidence)
        vars(other).update({name: found for name, found in vars(self).items() if name not in vars(other)})
        return other

    @cached_property
    def survey(self) -> Survey:
        """The forms of the filled cells that were written as text."""
        return Survey.of(self.cells.filter(self.filled if self.stored is None else self.filled & ~self.stored))

    @cached_property
    def errors(self) -> pl.Series:
        """Cells that hold an Excel error."""
        return stands_for(self.bare, ERRORS)

    @cached_property
    def filled(self) -> pl.Series:
        """Cells that are not empty, not a null word, and not an error."""
        return self.bare.is_not_null() & ~stands_for(self.bare, NOTHING)

    @cached_property
    def count(self) -> int:
        """How many cells are filled."""
        return int(self.filled.sum())

    @cached_property
    def bare(self) -> pl.Series:
        """The cells without white space around them."""
        return trim(self.cells)

    def written(self, pattern: str) -> pl.Series:
        """Filled cells of this form, ignoring white space."""
        return self.filled & filled(here(self.bare, EACH.str.contains(pattern)), value=False)

    def of(self, dtype: pl.DataType, written: Format) -> pl.Series:
        """Filled cells that fit a type."""
        return self.filled & parse(self.cells, dtype, written, self.stored).values.is_not_null()

    def example(self, where: pl.Series) -> str:
        """The first of these cells, and its row."""
        cell = self.cells.filter(where)[0]
        return f"{cell if len(cell) <= LONGEST else cell[:LONGEST] + '…'!r} in row {self.rows.filter(where)[0]:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A type that the column may have.

    Attributes
    ----------
    words
        Name of such cells in messages.
    fits
        Which cells fit the type.
    is_open
        Whether only the analyst can settle how to read the cells.
    asks_order
        Whether another column of the file may settle it, by its order of day and month.
    kept
        Why the cells are text in spite of it; None if they are not.
    """

    kind: type[dy.Column]
    words: str
    fits: pl.Series
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    doubt: str | None = None
    is_open: bool = False
    asks_order: bool = False
    kept: Kept | None = None

    @property
    def count(self) -> int:
        """Number of cells that fit the type."""
        return int(self.fits.sum())
