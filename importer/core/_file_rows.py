"""One number for every row of several files, and what people read in its place: `FileRows`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from importer.core._chunk import free_name

__all__ = ["LAST_OF_A_FILE", "ROWS_OF_A_FILE", "FileRows"]

ROWS_OF_A_FILE = 1 << 33
"""How far apart the rows of two files are numbered. The numbers of a million files stay exact in a browser."""

LAST_OF_A_FILE = ROWS_OF_A_FILE - 1
"""The row that stands for the rest of a file that cannot be read to its end."""

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
NAMED = re.compile(rf"\brow(s?) ({NUMBER}(?:(?:, | and | to ){NUMBER})*)")
"""Numbers of rows in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRows:
    """Rows of several files, each by one number.

    Attributes
    ----------
    names
        The files, in their order; none if rows have the numbers of their own sheet.

    Examples
    --------
    >>> both = FileRows(names=("a.csv", "b.csv"))
    >>> both.number(1, 7), both.place(both.number(1, 7))
    (17179869191, "row 7 of 'b.csv'")
    >>> both.told("shares id 3 with row 17179869191; the last one is kept")
    "shares id 3 with row 7 of 'b.csv'; the last one is kept"
    """

    names: tuple[str, ...] = ()

    @property
    def are_many(self) -> bool:
        """Whether rows have numbers that need to be translated."""
        return bool(self.names)

    @staticmethod
    def number(file: int, row: int) -> int:
        """The number of a row of a file, counted from 0."""
        return (file + 1) * ROWS_OF_A_FILE + row

    @staticmethod
    def apart(number: int) -> tuple[int, int]:
        """The file, counted from 0, and the row in it."""
        file, row = divmod(number, ROWS_OF_A_FILE)
        return file - 1, row

    def name(self, number: int) -> str | None:
        """The file of a row; None if nobody knows it."""
        file, _ = self.apart(number)
        return self.names[file] if 0 <= file < len(self.names) else None

    def place(self, number: int) -> str:
        """The row as a person finds it."""
        return self.told(f"row {number:,}")

    def within(self, number: int) -> int | str:
        """What follows the word row: the number of the row, and its file if there are several."""
        if not self.names:
            return number
        return self.place(number).removeprefix("row ").replace("the end of", "at the end of")

    def told(self, text: str) -> str:
        """The text with the row and the file in place of each number."""
        return NAMED.sub(self._told, text) if self.names else text

    def _told(self, found: re.Match[str]) -> str:
        several, written = found.groups()
        numbers = [int(one.replace(",", "")) for one in re.findall(NUMBER, written)]
        if any(self.apart(number)[1] == LAST_OF_A_FILE for number in numbers):
            ends = (f"the end of {self.name(number)!r}" for number in numbers)
            return " and ".join(ends)
        names = {self.name(number) for number in numbers}
        if len(names) == 1 and None not in names:
            short = re.sub(NUMBER, lambda one: self._bare(one.group()), written)
            return f"row{several} {short} of {names.pop()!r}"
        return f"row{several} " + re.sub(NUMBER, lambda one: self._placed(one.group()), written)

    def _bare(self, written: str) -> str:
        return f"{self.apart(int(written.replace(',', '')))[1]:,}"

    def _placed(self, written: str) -> str:
        # "and 2 more" is no number of a row.
        name = self.name(int(written.replace(",", "")))
        return written if name is None else f"{self._bare(written)} of {name!r}"

    def columns(self, numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The file and the row of each number; no row for the rest of a file."""
        files, rows = numbers // ROWS_OF_A_FILE - 1, numbers % ROWS_OF_A_FILE
        names = files.replace_strict(dict(enumerate(self.names)), default=None, return_dtype=pl.String)
        return names.alias("file"), pl.select(pl.when(rows != LAST_OF_A_FILE).then(rows)).to_series().alias("row")

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame whose first column has such numbers, with the file and the row instead, and in its messages."""
        if not self.names:
            return frame
        number, *others = frame.get_columns()
        name, row = self.columns(number)
        told = self.reworded(pl.DataFrame(others))
        return pl.DataFrame([name.alias(free_name("file", frame.columns)), row.alias(number.name), *told])

    def reworded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame of cells with the file and the row in place of each number in its messages alone."""
        if not self.names or "message" not in frame.columns:
            return frame
        return frame.with_columns(self._told_all(frame["message"]))

    def _told_all(self, messages: pl.Series) -> pl.Series:
        texts = messages.unique().drop_nulls()
        known = dict(zip(texts, map(self.told, texts), strict=True))
        return messages.replace_strict(known, default=None, return_dtype=pl.String)
