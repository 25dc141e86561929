"""A table that ends before its sheet does: `ended`, and `refuse_above`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from importer.core import CHUNK_ROWS
from importer.errors import Fix, SourceError
from importer.sources._blocks import part_of, sample_of
from importer.sources._derived import DerivedSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core import Chunk
    from importer.sources._protocol import Source

__all__ = ["ended", "refuse_above"]


def refuse_above(last_row: int | None, header_row: int) -> None:
    """Refuse a last row that is not below the header.

    Raises
    ------
    SourceError
        If it is not.
    """
    if last_row is not None and last_row <= header_row:
        below = f"below the header in row {header_row}" if header_row else "a row"
        raise SourceError(
            f"the table cannot end with row {last_row!r}, which is not {below}",
            code="last-row-wrong",
            facts={"last_row": last_row, "header_row": header_row},
            fixes=[Fix("last_row", None, "to read to the end")],
        )


def ended(source: Source, last_row: int) -> Source:
    """The same rows down to one, for a source whose columns do not come from its rows.

    Parameters
    ----------
    source
        The file as it is.
    last_row
        Number of the last row of the table.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> source = ended(open_source(pl.DataFrame({"id": ["1", "2", "Total"]})), 3)
    >>> [(chunk.frame["id"].to_list(), chunk.completed, source.total) for chunk in source.chunks(10)]
    [(['1', '2'], 3, 3)]
    """
    stream = partial(_down_to, last_row, source.total)

    def sample(found: Chunk, size: int) -> Chunk:
        kept = _cut(found, last_row)
        count = len(kept.rows)
        below = found.rows[count] if count < len(found.rows) else None
        ends_there = below is None or (count > 0 and kept.rows[-1] in (last_row, below - 1))
        # The sample may be sparse where the table ends, and lack its last rows.
        return kept if ends_there else sample_of(chain([part_of(kept, 0, 0)], derived.chunks(CHUNK_ROWS)), size)

    derived = DerivedSource(source, stream=stream, sample=sample)
    return derived


def _down_to(last_row: int, total: int | None, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    held: Chunk | None = None
    for chunk in chunks:
        kept = _cut(chunk, last_row)
        if not kept.rows.is_empty():
            if held is not None:
                yield held
            held = kept
        if len(kept.rows) < len(chunk.rows):
            break
    if held is not None:
        # The rows below do not count, so the last chunk completes the source.
        yield held if total is None else replace(held, completed=total)


def _cut(chunk: Chunk, last_row: int) -> Chunk:
    return part_of(chunk, 0, int((chunk.rows <= last_row).sum()))
