from __future__ import annotations

import pickle
from copy import copy

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from importer.checking._rejects import CELLS, Rejects, refused_cells

CHUNKS = st.lists(
    st.lists(st.sampled_from(["refused", "refused twice", "warned", "fine"]), max_size=6), min_size=1, max_size=6
)


def kept(chunks, in_memory):
    """The rejects of some chunks of rows, and all their cells and rows."""
    rejects, row = Rejects(in_memory=in_memory), 1
    cells, rows = [pl.DataFrame(schema=CELLS)], [pl.DataFrame(schema={"row": pl.Int64, "text": pl.String})]
    for chunk in chunks:
        numbers = pl.int_range(row + 1, row + 1 + len(chunk), eager=True)
        row += len(chunk)
        named = list(zip(numbers, chunk, strict=True))
        at_fault = [number for number, what in named if what.startswith("refused")]
        twice = [number for number, what in named if what == "refused twice"]
        warned = [number for number, what in named if what == "warned"]
        found = [
            refused_cells(pl.Series(values, dtype=pl.Int64), rule=rule, severity=severity, message="why")
            for values, rule, severity in ((at_fault, "a", "error"), (twice, "c", "error"), (warned, "b", "warning"))
        ]
        cells.append(pl.concat(found).sort("row"))
        rows.append(pl.DataFrame({"row": at_fault, "text": list(map(str, at_fault))}, schema=rows[0].schema))
        rejects.add(cells[-1], rows[-1])
    return rejects, pl.concat(cells), pl.concat(rows)


@settings(max_examples=30)
@given(CHUNKS, st.integers(0, 12))
def test_everything_is_there_wherever_it_is_kept(chunks, in_memory):
    rejects, cells, rows = kept(chunks, in_memory)
    assert_frame_equal(rejects.cells(), cells)
    assert rejects.rows().rows() == rows.rows()
    errors = cells.filter(severity="error")
    assert_frame_equal(rejects.first(3), errors.head(3))
    assert_frame_equal(rejects.head(3), cells.head(3))
    assert rejects.count == rows.height
    assert dict(rejects.kinds().select("rule", "cells").iter_rows()) == dict(cells["rule"].value_counts().iter_rows())


@settings(max_examples=30)
@given(CHUNKS, st.integers(0, 12))
def test_every_part_has_the_errors_of_its_rows(chunks, in_memory):
    rejects, cells, rows = kept(chunks, in_memory)
    parts = list(rejects.parts())
    for errors, part in parts:
        assert set(errors["row"]) == set(part["row"])
    assert [row for _, part in parts for row in part.rows()] == rows.rows()
    assert sum(errors.height for errors, _ in parts) == cells.filter(severity="error").height


@settings(max_examples=30)
@given(CHUNKS, st.integers(0, 12), st.integers(-8, 8))
def test_a_frame_that_is_read_when_it_is_used_is_like_any_other(chunks, in_memory, count):
    rejects, cells, rows = kept(chunks, in_memory)
    assert_frame_equal(rejects.cells().head(count), cells.head(count))
    assert rejects.rows().head(count).rows() == rows.head(count).rows()
    assert (len(rejects.cells()), rejects.cells().shape, str(rejects.cells())) == (len(cells), cells.shape, str(cells))
    used = rejects.cells()
    assert_frame_equal(used.filter(severity="error").head(count), cells.filter(severity="error").head(count))
    assert_frame_equal(used.head(count), cells.head(count))
    assert_frame_equal(pl.concat([rejects.cells(), used]), pl.concat([cells, cells]))
    for copied in (copy(rejects.cells()), pickle.loads(pickle.dumps(rejects.cells())), used.clone()):
        assert_frame_equal(copied.head(count), cells.head(count))


def test_the_first_cells_are_had_without_the_files_of_the_others(tmp_path):
    rejects = Rejects(folder=tmp_path / "job")
    for row in range(5):
        numbers = pl.Series([row])
        rejects.add(refused_cells(numbers, rule="a"), pl.DataFrame({"row": numbers}))
    for number in range(2, 6):
        (tmp_path / "job" / f"{number:06}.cells.arrow").unlink()
    for head in (rejects.head(1), rejects.first(1), rejects.cells().head(1), rejects.cells().limit(1)):
        assert head["row"].to_list() == [0]
    assert rejects.count == 5
    again = Rejects(folder=tmp_path / "job")
    again.restore(3)
    assert (again.count, again.rows()["row"].to_list()) == (3, [0, 1, 2])
    for number in (2, 3):
        (tmp_path / "job" / f"{number:06}.rows.arrow").unlink()
    assert again.rows().head(1)["row"].to_list() == [0]
