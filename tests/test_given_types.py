"""Cells that do not fit a type that was given are told before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import importer
from importer.testing import MemorySink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., importer.Plan]:
    """``plan(cells, type)`` plans to import a column ``n`` of these cells as that type."""

    def make(cells: list[str], kind: str) -> importer.Plan:
        (tmp_path / "a.csv").write_text("n\tx\n" + "".join(f"{cell}\ty\n" for cell in cells))
        return importer.plan(tmp_path / "a.csv", into=MemorySink(), types={"n": kind}, if_table_exists="append")

    return make


def test_cells_that_may_be_a_thousand_or_a_fraction_are_a_doubt_with_both_answers(
    plan: Callable[..., importer.Plan],
) -> None:
    preview = plan(["1,250", "3,400", "12,000"], "Float64").preview()
    [note] = preview.notes
    assert note.startswith("n: 3 of 3 sampled cells do not fit Float64: '1,250' may be")
    assert (note.kind, note.n, note.column) == ("doubt", 3, "n")
    assert [fix.value for fix in note.fixes] == [{"decimal": "."}, {"decimal": ","}]
    assert "3 of 3 sampled cells" in " ".join(str(preview).split())


def test_a_few_cells_that_do_not_fit_are_told(plan: Callable[..., importer.Plan]) -> None:
    [note] = plan(["1", "", "many", "2"], "Int64").preview().notes
    assert note.startswith("n: 1 of 3 sampled cells does not fit Int64: 'many' is not")
    assert note.kind == "told"


def test_the_first_cell_of_another_kind_decides_no_fix_about_commas(plan: Callable[..., importer.Plan]) -> None:
    [note] = plan(["few, many", "3,400", "x"], "Float64").preview().notes
    assert note.kind == "doubt"


@pytest.mark.parametrize(
    ("cells", "kind"), [(["1.5", "2"], "Float64"), (["", ""], "Int64"), (["a", "1,250"], "String"), (["1"], "Int64")]
)
def test_cells_that_fit_need_no_word(plan: Callable[..., importer.Plan], cells: list[str], kind: str) -> None:
    assert plan(cells, kind).preview().notes == ()
