"""A source with some of its cells corrected by hand: `patched`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import Fix, SourceError, choices
from importer.sources._derived import DerivedSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core import Chunk, Header
    from importer.sources._protocol import Source

__all__ = ["patched"]


def patched(source: Source, corrections: Mapping[tuple[int, str], str | None]) -> Source:
    """The same rows with other texts in some cells.

    Parameters
    ----------
    source
        The file as it is.
    corrections
        Texts by row number and header; None for an empty cell.

    Raises
    ------
    SourceError
        If a correction names a header that the file lacks.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> source = patched(open_source(pl.DataFrame({"qty": ["5", "x"]})), {(3, "qty"): "7"})
    >>> [chunk.frame["qty"].to_list() for chunk in source.chunks(10)]
    [['5', '7']]
    """
    by_label: dict[str, dict[int, str | None]] = {}
    for (row, label), text in corrections.items():
        if label not in source.header.labels:
            known = choices(label, source.header.labels)
            raise SourceError(
                f"the file has no header {label!r}, which a correction of row {row} names: {known}",
                code="header-not-found",
                facts={"row": row, "header": label, "headers": list(source.header.labels)},
                fixes=[Fix("corrections", ..., "with a header of the file")],
            )
        by_label.setdefault(label, {})[row] = text
    return DerivedSource(source, lambda chunk: _patched(chunk, by_label, source.header))


def _patched(chunk: Chunk, by_label: Mapping[str, Mapping[int, str | None]], header: Header) -> Chunk:
    columns, numbers, faults = [], chunk.numbers, chunk.faults
    for label, texts in by_label.items():
        is_meant = chunk.rows.is_in(pl.Series(list(texts), dtype=pl.Int64).implode())
        if is_meant.any():
            wanted = [texts[row] for row in chunk.rows.filter(is_meant)]
            columns.append(chunk.frame[label].scatter(is_meant.arg_true(), wanted).alias(label))
            # What a person types is text.
            numbers = None if numbers is None else numbers.with_columns(numbers[label] & ~is_meant)
            if faults is not None:
                is_at = pl.col("position") == header.first + header.labels.index(label)
                mended = is_at & pl.col("row").is_in(list(texts))
                faults = faults.filter(~mended.fill_null(value=False))
    if not columns:
        return chunk
    return replace(chunk, frame=chunk.frame.with_columns(columns), numbers=numbers, faults=faults)
