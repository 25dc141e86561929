"""Options that say which rows are the table's, and what is found from the rows of a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import importer
from importer.cli import main
from importer.errors import SourceError
from importer.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.sources import Source

Row = tuple[str, ...]

CELL = st.sampled_from(["1", "2.5", "2024-01-31", "Ada", "5 inch", "", "x;y", "a, b", "7", "two\nlines", "Jürgen"])
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELL] * width).filter(any), min_size=1, max_size=8).map(
        lambda rows: [("id", "name", "town", "day")[:width], *rows]
    )
)
"""A header and the rows below it."""

BELOW = st.one_of(
    st.lists(st.tuples(*[st.just("z")] * 7), min_size=1, max_size=40),
    st.lists(st.tuples(st.just("Total"), st.just("")), min_size=1, max_size=3),
)
"""What follows the table in the same sheet: another one that is wider, or a few lines."""

ENDS = ["last_row", "rows", "leave_out"]
"""Options that can say where a table ends."""


def ending(option: str, last: int) -> dict[str, object]:
    """The option with which the table ends with that row."""
    return {
        "last_row": {"last_row": last},
        "rows": {"rows": f"1-{last}"},
        "leave_out": {"leave_out": (f"{last + 1}-",)},
    }[option]


def csv(rows: list[Row], delimiter: str = ",") -> str:
    return "".join(
        delimiter.join(f'"{cell}"' if any(mark in cell for mark in ",;\n") else cell for cell in row) + "\n"
        for row in rows
    )


TEXT_BELOW = st.builds(
    lambda rows, delimiter, end: csv(rows, delimiter).encode() + end,
    BELOW,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([b"", b"\xff\xfe,x\n", b'"open']),
)


def shows(source: Source) -> tuple[object, ...]:
    """All that is found from the rows, and the rows."""
    sample = source.sample(1_000)
    chunks = list(source.chunks(3))
    return (
        source.header,
        source.book,
        sample.notes,
        sample.frame.rows(),
        sample.rows.to_list(),
        [row for chunk in chunks for row in chunk.frame.rows()],
        [row for chunk in chunks for row in chunk.rows],
        [fault for chunk in chunks if chunk.faults is not None for fault in chunk.faults.rows()],
        [cell for chunk in chunks if chunk.extra is not None for cell in chunk.extra.rows()],
    )


@given(TABLE, TEXT_BELOW, st.sampled_from(ENDS))
@settings(max_examples=15)
@example([("id", "name"), ("1", "Ada")], b"z;z;z;z;z;z;z\n" * 40, "last_row")
def test_a_text_whose_table_ends_early_reads_as_one_that_ends_there(
    folder: Callable[[], Path], table: list[Row], below: bytes, option: str
) -> None:
    path = folder() / "made.csv"
    path.write_bytes(csv(table).encode())
    alone = shows(open_source(path))
    path.write_bytes(csv(table).encode() + below)
    assert shows(open_source(path, **ending(option, len(table)))) == alone


@given(TABLE, BELOW, st.sampled_from(ENDS), st.sampled_from(["plain", "decorated"]))
@settings(max_examples=8)
@example([("id", "name"), ("1", "Ada")], [("z",) * 7] * 40, "last_row", "plain")
def test_a_sheet_whose_table_ends_early_reads_as_one_that_ends_there(
    folder: Callable[[], Path], table: list[Row], below: list[Row], option: str, look: str
) -> None:
    path = folder() / "made.xlsx"
    path.write_bytes(workbook(table, 0))
    alone = shows(open_source(path))
    path.write_bytes(workbook(table + below, len(table) if look == "decorated" else 0))
    assert shows(open_source(path, **ending(option, len(table)))) == alone


def workbook(rows: list[Row], decorated: int) -> bytes:
    """The rows as a workbook; those from one on, unless that is 0, are hidden, and some of their cells merged."""
    made = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in enumerate(rows, 1):
        for position, cell in enumerate(row, 1):
            sheet.cell(at, position, cell or None)
        sheet.row_dimensions[at].hidden = bool(decorated and at > decorated)
    if decorated:
        sheet.merge_cells(start_row=decorated + 1, end_row=decorated + 4, start_column=1, end_column=1)
    book.save(made)
    return made.getvalue()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("limits")


def test_rows_that_are_left_out_in_the_middle_show_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_text("id,name\n1,Ada\n" + "z,z,z,z\n" * 3 + "2,Bob\n")
    for options in ({"leave_out": ("3-5",)}, {"rows": "2,6"}):
        source = open_source(path, **options)
        [chunk] = source.chunks(10)
        assert (source.header.labels, chunk.frame.rows()) == (("id", "name"), [("1", "Ada"), ("2", "Bob")])


def test_no_row_is_refused_for_cells_that_only_rows_below_the_table_have(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_text("id,name\n1,Ada\n2,Bob\n" + "x,y,z,1,w\n" * 50)
    report = importer.load(path, into=tmp_path / "shop.db", table="people", last_row=3, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (2, 0)


def test_a_table_that_ends_above_all_cells_is_refused_with_the_option_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_text("\n\n\nid,name\n1,Ada\n")
    with pytest.raises(SourceError, match=r"has no cells down to row 2.*give rows=None to read to the end"):
        open_source(path, rows="1-2")


def test_records_below_the_last_row_name_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "made.json"
    path.write_text('[{"id": 1}, {"id": 2, "name": "Ada"}]')
    assert open_source(path, last_row=2).header.labels == ("id",)


@pytest.mark.parametrize("height", [300, 60_000])
def test_rows_that_are_named_below_the_last_one_are_told_before_and_after(tmp_path: Path, height: int) -> None:
    path = tmp_path / "made.csv"
    path.write_text("id,name\n" + "".join(f"{n},one of many people\n" for n in range(height)))
    end = f"lie below row {height + 1:,}, the last one, so"
    cases: list[tuple[dict[str, Any], int, str | None]] = [
        ({"rows": "90000-"}, 0, f"the rows to import, '90000-', {end} nothing is imported; give rows=…"),
        ({"rows": "2-5,90000"}, 4, f"the rows to import, '90000', {end} only the others are imported"),
        ({"leave_out": "5,90000-90009"}, height - 1, f"the rows to leave out, '90000-90009', {end} nothing is left"),
        ({"leave_out": "90000-"}, height, None),
        ({"rows": "2-90000"}, height, None),
    ]
    for at, (options, rows, said) in enumerate(cases):
        plan = importer.plan(path, into=tmp_path / f"{at}.db", table="people", if_imported="again", **options)
        report = plan.start().result()
        assert report.progress.rows_read == rows
        for notes in (plan.preview().notes, report.notes):
            told = [note for note in notes if "lie below row" in note]
            assert [note.startswith(said or "?") for note in told] == ([] if said is None else [True]), (options, told)


def test_rows_below_the_last_one_are_told_in_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "made.csv").write_text("id,name\n1,Ada\n")
    main(["load", str(tmp_path / "made.csv"), "--into", str(tmp_path / "shop.db"), "--rows", "900-"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "the rows to import, '900-', lie below row 2, the last one, so nothing is imported" in printed
    assert "give --rows … down to row 2" in printed
