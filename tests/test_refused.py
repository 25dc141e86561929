"""GridRows rows as the grid asks for them: some in memory, the rest on disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.app._grid_actions import CorrectCells
from importer.app.choices import MOST_CORRECTIONS, Corrections
from importer.app.choices._corrections import MOST_STEPS
from importer.app.effects import GridRows
from importer.app.widgets._clipboard import cells_of, text_of
from importer.app.widgets._grid import Grid
from importer.app.widgets._grid_messages import action_of
from importer.checking._rejects import Rejects, refused_cells
from importer.core._chunk import Header

if TYPE_CHECKING:
    from random import Random

HEADER = Header(row=1, labels=("id", "qty"))


def refused(in_memory: int, chunks: int = 4, rows: int = 10) -> GridRows:
    """Every row lacks a number; every third has no key either."""
    rejects = Rejects(in_memory=in_memory)
    for n in range(chunks):
        numbers = pl.int_range(2 + n * rows, 2 + (n + 1) * rows, eager=True)
        third = numbers.filter(numbers % 3 == 0)
        cells = pl.concat(
            [
                refused_cells(numbers, column="qty", letter="B", value=pl.Series(["x"] * rows), rule="type-error",
                              message="'x' is not a number"),
                refused_cells(third, rule="row-constraint", message="the row is odd"),
            ]
        )  # fmt: skip
        rejects.add(cells, pl.DataFrame({"row": numbers, "id": numbers.cast(pl.String), "qty": "x"}))
    return GridRows.of(rejects, HEADER)


@pytest.mark.parametrize("in_memory", [5, 15, 1000])
def test_a_page_is_the_same_whether_it_lies_on_disk_or_in_memory(in_memory: int) -> None:
    shown = refused(in_memory)
    assert [row["row"] for row in shown.page(0, 100)] == list(range(2, 42))
    assert shown.page(18, 3) == [
        {"row": 20, "cells": ["20", "x"], "why": {"1": "'x' is not a number"}, "mine": []},
        {"row": 21, "cells": ["21", "x"], "why": {"1": "'x' is not a number", "-1": "the row is odd"}, "mine": []},
        {"row": 22, "cells": ["22", "x"], "why": {"1": "'x' is not a number"}, "mine": []},
    ]
    assert shown.page(40, 5) == []


@pytest.mark.parametrize("in_memory", [5, 1000])
def test_kinds_are_summed_up_and_can_be_shown_alone(in_memory: int) -> None:
    shown = refused(in_memory)
    assert [(kind.name, kind.cells, kind.row) for kind in shown.kinds] == [
        (("qty", "type-error"), 40, 2),
        ((None, "row-constraint"), 13, 3),
    ]
    odd = replace(shown, chosen=(None, "row-constraint"))
    odd = replace(odd, numbers=odd.found_numbers())
    assert odd.numbers.to_list() == list(range(3, 42, 3))
    assert [row["row"] for row in odd.page(1, 2)] == [6, 9]
    assert replace(odd, chosen=None).found_numbers().to_list() == list(range(2, 42))


@pytest.mark.parametrize("in_memory", [5, 1000])
def test_every_problem_has_its_place_in_the_picture(in_memory: int) -> None:
    density = refused(in_memory, chunks=13).density
    assert {column: sum(counts) for column, counts in density.cells.items()} == {"qty": 130, None: 43}
    rows = [row for first, last in density.spans for row in range(first, last + 1)]
    assert rows == list(range(2, 132))
    assert len(density.spans) == 60


def test_a_grid_sends_what_is_asked_for_and_nothing_else() -> None:
    grid = Grid()
    sent: list[dict[str, Any]] = []
    grid.send = sent.append
    grid.show(refused(1000))
    assert (grid.columns, grid.rows) == ([["A", "id"], ["B", "qty"]], 40)
    grid._handle_custom_msg({"type": "page", "view": "a", "first": 38, "count": 10}, [])
    assert [(page["view"], page["first"], [row["row"] for row in page["rows"]]) for page in sent] == [
        ("a", 38, [40, 41])
    ]
    for message in (None, {}, {"type": "page"}, {"type": "page", "view": 1, "first": 0, "count": 1}):
        grid._handle_custom_msg(message, [])
    grid._handle_custom_msg({"type": "page", "view": "a", "first": -5, "count": -1}, [])
    assert [page["rows"] for page in sent[1:]] == [[]]
    grid.layout.close()
    grid.close()


PLACES = st.integers(0, 3)
CELLS = st.dictionaries(st.tuples(PLACES, st.sampled_from(["id", "qty"])), st.none() | st.text(max_size=2), max_size=4)


@given(st.lists(CELLS, max_size=6))
def test_each_step_is_undone_and_redone_exactly(steps: list[dict[tuple[int, str], str | None]]) -> None:
    seen = [Corrections()]
    for cells in steps:
        following = seen[-1].but(cells)
        assert following.cells == {**seen[-1].cells, **cells}
        if following is not seen[-1]:
            seen.append(following)
    now = seen[-1]
    for before in reversed(seen[:-1]):
        now = now.undone()
        assert (now.cells, now.past) == (before.cells, before.past)
    assert now.undone() is now
    for after in seen[1:]:
        now = now.redone()
        assert (now.cells, now.past) == (after.cells, after.past)
    assert now.redone() is now
    assert now.undone().but({(9, "id"): "9"}).future == ()


def test_steps_to_undo_are_few_enough_for_memory() -> None:
    now = Corrections()
    for n in range(MOST_STEPS + 20):
        now = now.but({(n, "id"): "x"})
    assert len(now.past) == MOST_STEPS
    large = {(n, "qty"): "x" for n in range(MOST_CORRECTIONS)}
    assert [len(step.after) for step in now.but(large).past] == [MOST_CORRECTIONS]


BLOCKS = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.text('a"\t\n\r ', max_size=4) | st.text(max_size=3), min_size=width, max_size=width),
        min_size=1,
        max_size=3,
    )
)


@given(BLOCKS)
@example([["", ""], ["", ""]])
@example([['"a\tb"']])
def test_what_is_copied_is_what_is_pasted(block: list[list[str]]) -> None:
    assert cells_of(text_of(block)) == block


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", [[""]]),
        ("a\r\n", [["a"]]),
        ("a\tb\r\n\tc\r\n", [["a", "b"], ["", "c"]]),
        ('"two\nlines"\tb', [["two\nlines", "b"]]),
        ('"quoted"\t5" disk\t"open', [['"quoted"', '5" disk', '"open']]),
        ('"say ""yes"""', [['say "yes"']]),
    ],
)
def test_a_block_from_a_spreadsheet_is_read_as_its_cells(text: str, cells: list[list[str]]) -> None:
    assert cells_of(text) == cells


def test_cells_that_have_no_place_in_the_grid_are_counted_and_none_is_put_elsewhere() -> None:
    shown = refused(1000)
    message = {"type": "paste", "first": 39, "places": [1], "text": "1\t2\n3\t4\n"}
    assert action_of(message, shown, "check") == CorrectCells(step="check", cells=((41, 1, "1"),), left_over=3)
    down = {"type": "down", "first": 0, "last": 2, "places": [0, 1]}
    cells = ((3, 0, "2"), (3, 1, "x"), (4, 0, "2"), (4, 1, "x"))
    assert action_of(down, shown, "check") == CorrectCells(step="check", cells=cells)
    for bad in (
        None,
        {"type": "fill"},
        {"type": "fill", "first": 0, "last": 1, "places": 1, "text": ""},
        {"type": "x"},
    ):
        assert action_of(bad, shown, "check") is None


def test_of_many_rows_only_as_many_are_asked_for_as_show_that_there_are_too_many() -> None:
    numbers = pl.int_range(2, 1_000_002, eager=True)
    shown = replace(refused(1000), numbers=numbers)
    message = {"type": "fill", "first": 0, "last": 999_999, "places": [1], "text": ""}
    action = action_of(message, shown, "check")
    assert isinstance(action, CorrectCells)
    assert len(action.cells) == MOST_CORRECTIONS + 1


@pytest.mark.parametrize("in_memory", [5, 1000])
def test_the_next_refused_cell_is_found_in_the_order_of_reading_and_then_the_first(in_memory: int) -> None:
    shown = refused(in_memory)
    assert shown.next_at_fault(0, -2) == (0, 1)
    assert shown.next_at_fault(0, 1) == (1, -1)
    assert shown.next_at_fault(1, -1) == (1, 1)
    assert shown.next_at_fault(39, 1) == (0, 1)
    fixed = replace(shown, again=dict.fromkeys(range(2, 40), ()))
    assert fixed.next_at_fault(0, 1) == (38, 1)
    assert fixed.next_at_fault(38, 1) == (39, 1)
    assert replace(shown, again=dict.fromkeys(range(2, 42), ())).next_at_fault(0, 0) is None


@given(st.dictionaries(st.integers(2, 41), st.sampled_from(["5", "x"]), max_size=40), st.randoms())
def test_counts_after_corrections_are_those_of_what_is_wrong_now(texts: dict[int, str], order: Random) -> None:
    """However the rows are checked again: one after the other, all at once, or some twice."""
    shown = refused(15)
    wrong = dict.fromkeys(range(2, 42), (("qty", "type-error", "'x' is not a number"),))
    odd = dict.fromkeys(range(3, 42, 3), ((None, "row-constraint", "the row is odd"),))
    first = {row: wrong[row] + odd.get(row, ()) for row in wrong}
    now = {row: (() if text == "5" else wrong[row]) for row, text in texts.items()}
    at_once = shown.rechecked({row: first[row] for row in texts}, now)
    by_row = shown
    for row in order.sample([*texts, *texts], 2 * len(texts)):
        by_row = by_row.rechecked({row: first[row]}, {row: now[row]})
    left = Counter(fault[:2] for faults in (first | now).values() for fault in faults)
    for rows in (at_once, by_row):
        assert {kind.name: kind.cells for kind in rows.kinds} == left
        assert {column: sum(counts) for column, counts in rows.density.cells.items() if any(counts)} == {
            column: count for (column, _), count in left.items()
        }
        assert rows.corrected_rows == sum(text == "5" for text in texts.values())
        assert rows.at_fault("qty", "type-error").to_list() == [row for row in wrong if texts.get(row) != "5"]
    undone = by_row.rechecked({row: first[row] for row in texts}, {})
    assert {kind.name: kind.cells for kind in undone.kinds} == {kind.name: kind.cells for kind in shown.kinds}
    assert undone.again == {}
