"""The promises of `Source`, for whatever source a test opens.

Every promise takes a function that opens the source anew.
"""

from __future__ import annotations

from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import polars as pl

from importer.core._chunk import EXTRA

SIZES = (1, 2, 7, 1_000)
LARGE_SIZES = (4_099, 20_000)
"""Chunk sizes that are tried on sheets of few rows and of many."""


def whole(source, size=20_000, after_row=0):
    """Everything that the source yields, as one list of cells, one of row numbers and one of extra cells."""
    rows, cells, extras = [], [], []
    for chunk in source.chunks(size, after_row=after_row):
        rows += chunk.rows.to_list()
        cells += chunk.frame.rows()
        extras += [] if chunk.extra is None else chunk.extra.rows()
    return cells, rows, extras


def sizes(source):
    return SIZES if len(whole(source, 100_000)[1]) <= 300 else LARGE_SIZES


def chunks_are_text_under_the_headers_labels(opened):
    source = opened()
    for chunk in source.chunks(sizes(source)[-1]):
        assert tuple(chunk.frame.columns) == source.header.labels
        assert set(chunk.frame.dtypes) <= {pl.String}
        assert (chunk.rows.dtype, chunk.rows.len()) == (pl.Int64, chunk.frame.height)
        if chunk.extra is not None:
            assert chunk.extra.schema == EXTRA
            assert not chunk.extra.is_empty()
            assert chunk.extra["value"].null_count() == 0
            assert set(chunk.extra["row"]) <= set(chunk.rows)
            inside = range(source.header.first, source.header.first + len(source.header.labels))
            assert not set(chunk.extra["position"]) & set(inside)


def rows_rise_below_the_header_and_none_is_empty(opened):
    source = opened()
    cells, rows, extras = whole(source)
    assert all(before < after for before, after in pairwise([source.header.row, *rows]))
    beside = {row for row, _, _ in extras}
    assert all(row in beside or set(values) != {None} for row, values in zip(rows, cells, strict=True))


def chunks_hold_at_most_so_many_rows_and_never_none(opened):
    source = opened()
    for size in sizes(source):
        assert all(1 <= chunk.rows.len() <= size for chunk in source.chunks(size))


def chunk_size_changes_nothing(opened):
    source = opened()
    everything = whole(source, 1_000_000)
    assert all(whole(source, size) == everything for size in sizes(source))


def completed_never_falls_and_ends_at_the_total(opened):
    source = opened()
    for size in sizes(source):
        completed = [chunk.completed for chunk in source.chunks(size)]
        assert all(0 <= before <= after for before, after in pairwise([0, *completed]))
        assert source.total is None or not completed or completed[-1] == source.total


def reading_after_a_row_gives_exactly_the_rest(opened):
    source = opened()
    cells, rows, extras = whole(source)
    for at in {0, len(rows) // 3, len(rows) - 1} & set(range(len(rows))):
        row = rows[at]
        rest = [extra for extra in extras if extra[0] > row]
        assert whole(source, sizes(source)[-2], after_row=row) == (cells[at + 1 :], rows[at + 1 :], rest)
    assert whole(source, after_row=max(rows, default=0)) == ([], [], [])


def a_source_can_be_read_twice_and_twice_at_once(opened):
    source = opened()
    with closing(source.chunks(1)) as first, closing(source.chunks(1)) as second:
        assert [chunk.frame.rows() for chunk, _ in zip(first, range(3), strict=False)] == [
            chunk.frame.rows() for chunk, _ in zip(second, range(3), strict=False)
        ]
    assert whole(source) == whole(source)


def a_sample_is_rows_of_the_sheet_from_both_ends(opened):
    source = opened()
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


def a_sample_as_large_as_the_sheet_is_the_sheet(opened):
    source = opened()
    cells, rows, extras = whole(source)
    if len(rows) <= 1_000:
        sample = source.sample(1_000)
        assert (sample.frame.rows(), sample.rows.to_list()) == (cells, rows)
        assert ([] if sample.extra is None else sample.extra.rows()) == extras


def closing_early_closes_the_file(opened):
    before = _open_files()
    source = opened()
    source.sample(10)
    assert _open_files() == before
    chunks = source.chunks(1)
    next(chunks, None)
    chunks.close()
    assert _open_files() == before
    assert list(chunks) == []


def _open_files():
    """Regular files that this process holds open, where the system tells."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return set()
    links = set()
    for link in list(folder.iterdir()):
        with suppress(FileNotFoundError):
            links.add(link.readlink())
    return {target for target in links if target.is_absolute() and target.is_file()}


CONTRACT = (
    chunks_are_text_under_the_headers_labels,
    rows_rise_below_the_header_and_none_is_empty,
    chunks_hold_at_most_so_many_rows_and_never_none,
    chunk_size_changes_nothing,
    completed_never_falls_and_ends_at_the_total,
    reading_after_a_row_gives_exactly_the_rest,
    a_source_can_be_read_twice_and_twice_at_once,
    a_sample_is_rows_of_the_sheet_from_both_ends,
    a_sample_as_large_as_the_sheet_is_the_sheet,
    closing_early_closes_the_file,
)
