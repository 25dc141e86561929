"""How many rows of a source show what it holds: `sample_rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.sources._protocol import Source

__all__ = ["SAMPLE_ROWS", "sample_rows"]

SAMPLE_ROWS = 5_000
"""Rows from the whole file that show its outline and its types, if the file is large."""

WHOLE_ROWS, WHOLE_BYTES = 50_000, 4 << 20
"""A smaller file is looked at whole, which takes a fraction of a second."""

MOST_CELLS, LEAST_ROWS = 1 << 21, 16
"""Limit of the cells that are sampled from a file, and rows that are sampled from the widest."""


def sample_rows(source: Source) -> int:
    """Rows to sample: all of a small file, some of a large one.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> (
    ...     sample_rows(open_source(pl.DataFrame({"id": [1]}))),
    ...     sample_rows(open_source(pl.DataFrame({"id": range(90_000)}))),
    ... )
    (50000, 5000)
    """
    most = WHOLE_ROWS if source.unit == "rows" else WHOLE_BYTES
    rows = WHOLE_ROWS if source.total is not None and source.total <= most else SAMPLE_ROWS
    return rows if source.unit == "rows" else min(rows, max(MOST_CELLS // len(source.header.labels), LEAST_ROWS))
