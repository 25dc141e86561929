"""GridRows rows as the grid asks for them: some in memory, the rest on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from importer.app.effects import GridRows
from importer.app.widgets._grid import Grid
from importer.checking._rejects import Rejects, refused_cells
from importer.core._chunk import Header

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
    odd = replace(shown, numbers=shown.numbers_of((None, "row-constraint")))
    assert odd.numbers.to_list() == list(range(3, 42, 3))
    assert [row["row"] for row in odd.page(1, 2)] == [6, 9]
    assert odd.numbers_of(None).to_list() == list(range(2, 42))


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
