"""Rows of a file that are no data or may be none, as the preview shows them: `odd_rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.sources import Outlined

if TYPE_CHECKING:
    from importer.engine import Reading

__all__ = ["OddRow", "odd_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OddRow:
    """A row that looks like a total, a heading, a note or the header once more.

    Attributes
    ----------
    code
        The code of the note that tells of it.
    is_left_out
        Whether it is not imported.
    """

    number: int
    cells: tuple[str | None, ...]
    code: str
    is_left_out: bool = False


def odd_rows(reading: Reading, first: int, size: int) -> tuple[OddRow, ...]:
    """All of them in a file that the sample shows whole, or else those among the first rows.

    Parameters
    ----------
    first
        Position of the first cell.
    """
    source = reading.source
    if not isinstance(source, Outlined):
        return ()
    chunk, kinds = source.odd(size)
    before = (None,) * max(reading.header.first - first, 0)
    found = {}
    if chunk is not None:
        for number, cells in zip(chunk.rows, chunk.frame.rows(), strict=True):
            is_left_out = kinds[number] in (*source.leave_out, "rows")
            code = f"rows-of-{kinds[number]}"
            found[number] = OddRow(number=number, cells=before + cells, code=code, is_left_out=is_left_out)
    footer, sample = reading.footer, reading.sample
    if footer is not None:
        for number, cells in zip(sample.rows.tail(size), sample.frame.tail(size).rows(), strict=True):
            if footer.first <= number <= footer.last and not (number in found and found[number].is_left_out):
                found[number] = OddRow(number=number, cells=before + cells, code="footer")
    return tuple(found[number] for number in sorted(found))
