"""How many rows may be refused before a job stops: `RejectLimit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, TooManyRejectsError

if TYPE_CHECKING:
    from importer.checking._check import Checked
    from importer.core import Progress

__all__ = ["RejectLimit"]

SHARE_FROM_ROW = 1_000
"""A share of the rows is compared after this many rows, and at the end of the file."""


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """What ``max_rejects`` allows: a count, or a share below 1.

    Rows that only the database refuses count too, once their chunk is written.
    """

    allowed: float

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the rows read."""
        return 0 < self.allowed < 1

    def row_beyond(self, checked: Checked, now: Progress) -> int | None:
        """Row that exceeds the limit, which does not depend on the size of chunks; None if there is no such row."""
        is_refused = checked.raw.rows.is_in(checked.refused.implode())
        rejected = is_refused.cum_sum().cast(pl.Int64) + now.rejected
        if self.is_share:
            read = pl.int_range(now.rows_read + 1, now.rows_read + 1 + is_refused.len(), eager=True)
            is_too_much = (rejected > read * self.allowed) & (read >= SHARE_FROM_ROW)
        else:
            is_too_much = rejected > self.allowed
        first = is_too_much.arg_max() if is_too_much.any() else None
        return None if first is None else checked.raw.rows[first]

    def raise_if_beyond(self, now: Progress, *, is_end: bool) -> None:
        """Stop the job if more rows are refused than allowed.

        Raises
        ------
        TooManyRejectsError
            With the counts, and what is in the table.
        """
        if self.is_share:
            is_too_much = now.rejected > self.allowed * now.rows_read and (is_end or now.rows_read >= SHARE_FROM_ROW)
        else:
            is_too_much = now.rejected > self.allowed
        if is_too_much:
            allowed = f"{self.allowed:.1%} of them" if self.is_share else f"{self.allowed:,}"
            raise TooManyRejectsError(
                f"{now.rejected:,} of {now.rows_read:,} rows were refused, and the limit is {allowed}: {now.in_table}",
                facts={"rejected": now.rejected, "rows_read": now.rows_read, "allowed": self.allowed},
                fixes=["correct the file or the schema", Fix("max_rejects", ..., "to allow more")],
            )
