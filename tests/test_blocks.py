"""Blocks become chunks of the size that was asked for, and nothing else changes."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core._chunk import EXTRA, Chunk
from importer.sources._blocks import regroup, sample_of, spread

HEIGHTS = st.lists(st.integers(0, 12), max_size=12)
SIZES = st.integers(1, 9)


def blocks_of(heights):
    """Blocks of those heights; every third row has a cell outside, every seventh number is left out."""
    numbers = iter(number for number in range(2, 1_000) if number % 7)
    completed = 0
    for height in heights:
        rows = [next(numbers) for _ in range(height)]
        completed += 10 + height
        extra = pl.DataFrame([(row, 9, f"beside {row}") for row in rows if row % 3 == 0], EXTRA, orient="row")
        yield Chunk(
            frame=pl.DataFrame({"a": [f"cell {row}" for row in rows]}, schema={"a": pl.String}),
            rows=pl.Series("row", rows, dtype=pl.Int64),
            completed=completed,
            extra=None if extra.is_empty() else extra,
            numbers=pl.DataFrame({"a": [row % 2 == 0 for row in rows]}, schema={"a": pl.Boolean}),
        )


def content(chunks):
    rows, cells, extras = [], [], []
    for chunk in chunks:
        rows += chunk.rows.to_list()
        cells += chunk.frame["a"].to_list()
        # A sample does without.
        assert chunk.numbers is None or chunk.numbers["a"].to_list() == [row % 2 == 0 for row in chunk.rows]
        extras += [] if chunk.extra is None else chunk.extra.rows()
        assert chunk.extra is None or set(chunk.extra["row"]) <= set(chunk.rows)
    return rows, cells, extras


@settings(max_examples=100)
@given(heights=HEIGHTS, size=SIZES, first=SIZES)
def test_chunks_hold_the_same_rows_cells_and_extras_as_the_blocks(heights, size, first):
    chunks = list(regroup(blocks_of(heights), size, first))
    assert content(chunks) == content(blocks_of(heights))
    assert all(1 <= chunk.rows.len() <= size for chunk in chunks)


@settings(max_examples=100)
@given(heights=HEIGHTS, size=SIZES, first=SIZES)
def test_completed_rises_from_chunk_to_chunk_and_ends_where_the_blocks_end(heights, size, first):
    completed = [chunk.completed for chunk in regroup(blocks_of(heights), size, first)]
    assert all(before <= after for before, after in pairwise([0, *completed]))
    assert not completed or completed[-1] == list(blocks_of(heights))[-1].completed


def test_the_first_chunk_is_small_and_the_next_ones_grow():
    heights = [chunk.rows.len() for chunk in regroup(blocks_of([400]), 200, first=50)]
    assert heights == [50, 200, 150]


def test_the_first_chunk_comes_before_the_second_block_is_read():
    read = []
    blocks = (read.append(block.completed) or block for block in blocks_of([5, 5]))
    next(regroup(blocks, 100, first=3))
    assert read == [15]


def test_completed_is_interpolated_inside_a_block():
    rows = pl.int_range(2, 12, eager=True)
    block = Chunk(frame=pl.DataFrame({"a": rows.cast(pl.String)}), rows=rows, completed=1_000)
    assert [chunk.completed for chunk in regroup(iter([block]), 3)] == [300, 600, 900, 1_000]


def test_a_very_wide_sheet_comes_in_lower_chunks_than_asked_for():
    frame = pl.DataFrame([pl.Series(str(at), ["x"] * 10) for at in range(64)])
    wide = Chunk(frame=frame, rows=pl.int_range(2, 12, eager=True), completed=1)
    assert [chunk.rows.len() for chunk in regroup(iter([wide]), 50, most_cells=256)] == [4, 4, 2]


def test_closing_the_chunks_closes_the_blocks():
    closed = []

    def blocks():
        try:
            yield from blocks_of([5, 5])
        finally:
            closed.append(True)

    chunks = regroup(blocks(), 2)
    next(chunks)
    chunks.close()
    assert closed


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match="1 row or more, not 0"):
        next(regroup(blocks_of([1]), 0))


@given(total=st.integers(0, 500), n=st.integers(0, 60))
def test_spread_places_are_distinct_rising_and_reach_both_ends(total, n):
    places = spread(total, n)
    assert len(places) == min(total, n)
    assert all(before < after for before, after in pairwise(places))
    assert set(places) <= set(range(total))
    assert len(places) < 2 or (places[0], places[-1]) == (0, total - 1)


@settings(max_examples=100)
@given(heights=HEIGHTS.filter(bool), size=st.integers(4, 40))
def test_a_sample_keeps_both_ends_and_at_most_so_many_rows(heights, size):
    rows, cells, extras = content(blocks_of(heights))
    sample = sample_of(blocks_of(heights), size)
    found = content([sample])
    assert len(found[0]) <= size
    assert set(found[1]) <= set(cells)
    assert found[2] == [extra for extra in extras if extra[0] in set(found[0])]
    quarter = size // 4
    assert found[0][:quarter] == rows[:quarter]
    assert found[0][-quarter:] == rows[-quarter:]
    assert len(rows) > size or found == (rows, cells, extras)


def test_a_sample_of_a_long_sheet_is_spread_over_all_of_it():
    rows = sample_of(blocks_of([12] * 60), 40).rows.to_list()
    assert max(after - before for before, after in pairwise(rows)) < 720 // 8
