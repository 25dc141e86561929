"""What every `Source` promises, as functions that a test runs: `SOURCE_CONTRACT`."""

from __future__ import annotations

from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.core import EXTRA
from importer.sources import Book, patched

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from importer.sources import Source

    Open: TypeAlias = Callable[[], Source]
    """Opens the same source again."""

    Rows: TypeAlias = tuple[list[tuple[Any, ...]], list[int], list[tuple[Any, ...]]]
    """Cells, row numbers, and the cells outside the header."""

__all__ = ["SOURCE_CONTRACT", "check_source", "whole"]

SIZES = (1, 2, 7, 1_000)
LARGE_SIZES = (4_099, 20_000)
"""Chunk sizes for sources of few rows and of many."""

FEW_ROWS = 300
SAMPLED_ROWS = 1_000


def whole(source: Source, size: int = 20_000, after_row: int = 0) -> Rows:
    """Everything that the source yields: cells, row numbers, and the cells outside the header."""
    rows: list[int] = []
    cells: list[tuple[Any, ...]] = []
    extras: list[tuple[Any, ...]] = []
    for chunk in source.chunks(size, after_row=after_row):
        rows += chunk.rows.to_list()
        cells += chunk.frame.rows()
        extras += [] if chunk.extra is None else chunk.extra.rows()
    return cells, rows, extras


def _sizes(source: Source) -> tuple[int, ...]:
    return SIZES if len(whole(source, 100_000)[1]) <= FEW_ROWS else LARGE_SIZES


def it_says_what_it_is_made_from(open_new: Open) -> None:
    """The book is there, is the same each time, and names its own sheet."""
    book = open_new().book
    assert isinstance(book, Book)
    assert book == open_new().book
    assert book.sheet is None or book.sheet in {sheet.name for sheet in book.sheets}


def what_is_derived_from_it_is_made_from_the_same(open_new: Open) -> None:
    """Corrected cells change nothing but cells."""
    source = open_new()
    derived = patched(source, {})
    assert derived.book == source.book
    assert derived.header == source.header
    assert (derived.label, derived.unit, derived.total) == (source.label, source.unit, source.total)
    assert whole(derived) == whole(source)


def chunks_are_text_under_the_headers_labels(open_new: Open) -> None:
    """Every column is text, and cells outside the header come separately."""
    source = open_new()
    for chunk in source.chunks(_sizes(source)[-1]):
        assert tuple(chunk.frame.columns) == source.header.labels
        assert set(chunk.frame.dtypes) <= {pl.String}
        assert chunk.rows.dtype == pl.Int64
        assert chunk.rows.len() == chunk.frame.height
        assert chunk.numbers is None or chunk.numbers.columns == chunk.frame.columns
        if chunk.extra is not None:
            assert chunk.extra.schema == EXTRA
            assert not chunk.extra.is_empty()
            assert chunk.extra["value"].null_count() == 0
            assert set(chunk.extra["row"]) <= set(chunk.rows)
            inside = range(source.header.first, source.header.first + len(source.header.labels))
            assert not set(chunk.extra["position"]) & set(inside)


def rows_rise_below_the_header_and_none_is_empty(open_new: Open) -> None:
    """Row numbers are those of the sheet, and wholly empty rows are left out."""
    source = open_new()
    cells, rows, extras = whole(source)
    assert all(before < after for before, after in pairwise([source.header.row, *rows]))
    beside = {row for row, _, _ in extras}
    assert all(row in beside or set(values) != {None} for row, values in zip(rows, cells, strict=True))


def a_chunk_has_at_least_one_row_and_at_most_the_size(open_new: Open) -> None:
    """Chunks are never empty."""
    source = open_new()
    for size in _sizes(source):
        assert all(1 <= chunk.rows.len() <= size for chunk in source.chunks(size))


def chunk_size_changes_nothing(open_new: Open) -> None:
    """The same rows come in chunks of any size."""
    source = open_new()
    everything = whole(source, 1_000_000)
    assert all(whole(source, size) == everything for size in _sizes(source))


def completed_never_falls_and_ends_at_the_total(open_new: Open) -> None:
    """Progress is absolute."""
    source = open_new()
    for size in _sizes(source):
        completed = [chunk.completed for chunk in source.chunks(size)]
        assert all(0 <= before <= after for before, after in pairwise([0, *completed]))
        assert source.total is None or not completed or completed[-1] == source.total


def reading_after_a_row_gives_exactly_the_rest(open_new: Open) -> None:
    """A job resumes at any row."""
    source = open_new()
    cells, rows, extras = whole(source)
    for at in {0, len(rows) // 3, len(rows) - 1} & set(range(len(rows))):
        row = rows[at]
        rest = [extra for extra in extras if extra[0] > row]
        assert whole(source, _sizes(source)[-2], after_row=row) == (cells[at + 1 :], rows[at + 1 :], rest)
    assert whole(source, after_row=max(rows, default=0)) == ([], [], [])


def it_can_be_read_twice_and_twice_at_once(open_new: Open) -> None:
    """Two readers do not disturb each other."""
    source = open_new()
    with closing(source.chunks(1)) as first, closing(source.chunks(1)) as second:
        assert [chunk.frame.rows() for chunk, _ in zip(first, range(3), strict=False)] == [
            chunk.frame.rows() for chunk, _ in zip(second, range(3), strict=False)
        ]
    assert whole(source) == whole(source)


def a_sample_is_rows_of_the_sheet_from_both_ends(open_new: Open) -> None:
    """The first row and the last one are in it."""
    source = open_new()
    cells, _, _ = whole(source)
    for size in (4, 40):
        sample = source.sample(size)
        numbers = sample.rows.to_list()
        found = sample.frame.rows()
        assert tuple(sample.frame.columns) == source.header.labels
        assert len(found) <= max(size, 40)
        assert set(found) <= set(cells)
        assert all(before < after for before, after in pairwise([source.header.row, *numbers]))
        assert not cells or (found[0], found[-1]) == (cells[0], cells[-1])


def a_sample_as_large_as_the_sheet_is_the_sheet(open_new: Open) -> None:
    """A sample of all rows is all rows."""
    source = open_new()
    cells, rows, extras = whole(source)
    if len(rows) <= SAMPLED_ROWS:
        sample = source.sample(SAMPLED_ROWS)
        assert (sample.frame.rows(), sample.rows.to_list()) == (cells, rows)
        assert ([] if sample.extra is None else sample.extra.rows()) == extras


def closing_early_closes_the_file(open_new: Open) -> None:
    """Neither a sample nor a reader that is closed keeps a file open."""
    before = _open_files()
    source = open_new()
    source.sample(10)
    assert _open_files() == before
    chunks = source.chunks(1)
    next(chunks, None)
    chunks.close()
    assert _open_files() == before
    assert list(chunks) == []


def _open_files() -> set[Path]:
    """Regular files that this process holds open, if the system tells."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return set()
    links = set()
    for link in list(folder.iterdir()):
        with suppress(FileNotFoundError):
            links.add(link.readlink())
    return {target for target in links if target.is_absolute() and target.is_file()}


SOURCE_CONTRACT: tuple[Callable[[Open], None], ...] = (
    it_says_what_it_is_made_from,
    what_is_derived_from_it_is_made_from_the_same,
    chunks_are_text_under_the_headers_labels,
    rows_rise_below_the_header_and_none_is_empty,
    a_chunk_has_at_least_one_row_and_at_most_the_size,
    chunk_size_changes_nothing,
    completed_never_falls_and_ends_at_the_total,
    reading_after_a_row_gives_exactly_the_rest,
    it_can_be_read_twice_and_twice_at_once,
    a_sample_is_rows_of_the_sheet_from_both_ends,
    a_sample_as_large_as_the_sheet_is_the_sheet,
    closing_early_closes_the_file,
)
"""The promises of a source; parametrize a test by them, or call `check_source`."""


def check_source(open_new: Open) -> None:
    """Check a source of your own against the whole contract.

    Parameters
    ----------
    open_new
        Opens the source; called once and more for each promise.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> from importer.testing import check_source
    >>> check_source(lambda: open_source(pl.DataFrame({"id": ["1", None, "3"], "name": ["a", None, None]})))
    """
    for promise in SOURCE_CONTRACT:
        promise(open_new)
