"""What a person reads of the rows of one file that share a key: `SharedKeys`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REPEATED", "SHARES", "SharedKeys", "Which"]

Which = Literal["first", "last"]
"""Which of the rows that share a key is in the table in the end."""

REPEATED = "repeated-key"
"""Rule of the warning for a row whose key an earlier row of the file has."""

SHARES = "shares {key} with row {row}; the {kept} one is kept"
"""The warning."""

SHARED = r"(?s)^shares (?P<key>.*) with row (?P<earlier>\d+); the (?P<kept>first|last) one is kept$"

KEYS, ROWS = 3, 5
"""Keys that are named, and rows of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKeys:
    """Rows of a file whose keys are not their own.

    Attributes
    ----------
    repeats
        Rows whose key an earlier row has.
    kept
        Which row of each key is in the table in the end.
    examples
        The first keys with the rows that share them, the first one included.
    """

    repeats: int = 0
    kept: Which = "last"
    examples: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Iterable[pl.DataFrame]) -> Self:
        """Those of which the warnings tell.

        Parameters
        ----------
        cells
            The refused cells of a job and those with a warning, in the order of the sheet.

        Examples
        --------
        >>> rows = [(62, SHARES.format(key="id 60", row=61, kept="last"), REPEATED)]
        >>> SharedKeys.of([pl.DataFrame(rows, ["row", "message", "rule"], orient="row")])
        SharedKeys(repeats=1, kept='last', examples={'id 60': (61, 62)})
        """
        repeats, kept, examples = 0, "last", dict[str, tuple[int, ...]]()
        for frame in cells:
            told = frame.filter(rule=REPEATED)
            repeats += told.height
            found = told.select("row", shared=pl.col("message").str.extract_groups(SHARED)).unnest("shared")
            for row, key, earlier, kept_one in found.drop_nulls().iter_rows():
                kept = kept_one
                if key not in examples and len(examples) == KEYS:
                    continue
                examples[key] = (*examples.get(key, (int(earlier),)), row)
        return cls(repeats=repeats, kept="first" if kept == "first" else "last", examples=examples)

    @property
    def sentence(self) -> str:
        """Who shares what, and which row stays.

        Examples
        --------
        >>> SharedKeys(repeats=1, examples={"id 60": (61, 62)}).sentence
        '2 rows share id 60 (rows 61 and 62); the last one is kept'
        >>> SharedKeys(repeats=2, examples={"id 60": (61, 62), "id 7": (3, 9)}).sentence
        '4 rows share their keys: id 60 (rows 61 and 62), id 7 (rows 3 and 9); the last one of each is kept'
        >>> SharedKeys(repeats=900, kept="first", examples={"id 60": (61, 62)}).sentence
        '900 rows have the key of an earlier row, such as id 60 (rows 61 and 62); the first one of each is kept'
        """
        named = ", ".join(f"{key} ({_rows(rows)})" for key, rows in self.examples.items())
        told = sum(len(rows) - 1 for rows in self.examples.values())
        if told < self.repeats:
            such = f", such as {named}" if named else ""
            verb = "row has" if self.repeats == 1 else "rows have"
            return f"{self.repeats:,} {verb} the key of an earlier row{such}; the {self.kept} one of each is kept"
        count = self.repeats + len(self.examples)
        if len(self.examples) == 1:
            return f"{count:,} rows share {named}; the {self.kept} one is kept"
        return f"{count:,} rows share their keys: {named}; the {self.kept} one of each is kept"


def _rows(rows: tuple[int, ...]) -> str:
    """Row numbers as a person reads them."""
    if len(rows) > ROWS:
        return f"rows {', '.join(f'{row:,}' for row in rows[:ROWS])}, …"
    return f"rows {', '.join(f'{row:,}' for row in rows[:-1])} and {rows[-1]:,}"
