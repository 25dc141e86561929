"""Numbers under a schema that was given: read in every writing, unless the value is in doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.core import EACH, here
from importer.schema._schema import Writing
from importer.schema.parsing._cells import plain, short

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Undoubted"]

EITHER: Final = "^[^0-9]*[1-9][0-9]{0,2},[0-9]{3}[^0-9]*$"
"""A thousand, or a number with three decimals."""

PERCENT: Final = r"[0-9.,)] *[%٪]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoubted(Writing):
    """Every writing of a number whose value is not in doubt.

    Attributes
    ----------
    has_mark
        Whether it is known what a comma before three digits is.
    is_percent
        Whether the cells of the sample have a percent sign; None if there are none.

    Examples
    --------
    >>> import polars as pl
    >>> Undoubted(has_mark=False, is_percent=False).fits(pl.Series(["1,250", "1,250.5", "007", "5%"])).to_list()
    [False, True, True, False]
    """

    has_mark: bool = True
    is_percent: bool | None = None

    @classmethod
    def of(cls, cells: pl.Series, *, has_mark: bool) -> Undoubted:
        """What the filled cells of a sample show."""
        filled = cells.drop_nulls()
        with_sign = here(filled, EACH.str.contains(PERCENT)).sum()
        return cls(has_mark=has_mark, is_percent=2 * with_sign > len(filled) if len(filled) else None)

    def is_sure(self, cells: pl.Series) -> bool:  # noqa: ARG002 - canonical cells have neither comma nor sign
        """Whether cells in canonical form need no second look."""
        return not self.is_percent

    def fits(self, cells: pl.Series) -> pl.Series:
        """Which cells mean only one thing."""
        text = plain(cells)
        fits = here(text, ~EACH.str.contains("^$" if self.has_mark else EITHER))
        if self.is_percent is None:
            return fits
        with_sign = here(text, EACH.str.contains(PERCENT))
        return fits & (with_sign if self.is_percent else ~with_sign)

    def why(self, cell: str) -> str:
        """Explain why the cell is refused."""
        if not self.has_mark and re.search(EITHER, cell):
            digits = re.sub("[^0-9,]", "", cell)
            either = f"{digits.replace(',', '')} or {digits.replace(',', '.')}"
            return f"{short(cell)} may be {either}, and nothing in the file shows which: give the column a decimal mark"
        has, others = ("has no", "have one") if self.is_percent else ("has a", "have none")
        return f"{short(cell)} {has} percent sign, and the other cells {others}: write it as they are written"
