"""The header is found where a person sees it, and no cell below it is lost."""

from __future__ import annotations

from itertools import zip_longest

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from importer.core._chunk import EXTRA, Header
from importer.errors import SourceError
from importer.sources._header import chunk_of, find_header


def sheet(text):
    """Rows with cells of a sheet drawn with bars, by position, and their numbers; the first line is row 1."""
    lines = [[cell.strip() or None for cell in line.split("|")] for line in text.strip("\n").split("\n")]
    numbers, filled = zip(*((n, line) for n, line in enumerate(lines, 1) if any(line)), strict=True)
    columns = zip_longest(*filled)
    frame = pl.DataFrame({str(at): cells for at, cells in enumerate(columns)}, schema_overrides={"0": pl.String})
    return frame.cast(pl.String), pl.Series(numbers, dtype=pl.Int64)


SHEETS = {
    "plain": (1, "id | name | qty\n1 | Ada | 5\n2 | Grace | 7"),
    "title_note_and_blank_rows": (
        5,
        "Staff of 2025\nconfidential\n\n\nid | name | qty\n1 | Ada | 5\n2 | Grace | 7\n3 | Alan | 1",
    ),
    "title_that_fills_two_of_three": (2, "Report: | Sales\nid | name | qty\n1 | Ada | 5\n2 | Grace | 7"),
    "facts_above_a_gap": (4, "printed on | 2025-01-31\nby | Ada\n\nname | qty\nbolt | 5\nnut | 7\nscrew | 9\nnail | 1"),
    "units_below_the_names": (1, "id | weight | price\n - | kg | EUR\n1 | 2.5 | 7\n2 | 3.5 | 8\n3 | 4 | 9"),
    "no_header": (0, "1 | Ada | 5\n2 | Grace | 7"),
    "no_header_but_dates": (0, "Ada | 2025-01-31\nGrace | 2025-02-28\nAlan | 2025-03-31"),
    "only_texts": (1, "name | city\nAda | London\nGrace | New York"),
    "only_texts_below_a_title": (3, "People\n\nname | city\nAda | London\nGrace | New York"),
    "years_as_names": (1, "country | 2019 | 2020 | 2021\nFrance | 1 | 2 | 3\nSpain | 4 | 5 | 6"),
    "months_as_names": (1, "item | 2025-01-01 | 2025-02-01 | 2025-03-01\nbolt | 1 | 2 | 3\nnut | 4 | 5 | 6"),
    "one_number_among_the_names": (1, "id | name | city | 2019\n1 | Ada | London | 5\n2 | Grace | Paris | 7"),
    "first_column_without_name": (1, " | name | qty\n1 | Ada | 5\n2 | Grace | 7"),
    "half_of_the_names_missing": (1, " | x |  | x\n1 | 2 | 3 | 4\n5 | 6 | 7 | 8"),
    "nothing_in_the_first_row_of_data": (1, "id | qty\nNA | -\n1 | 5\n2 | 7"),
    "sparse_data": (1, "a | b | c | d | e\n1\n | 2\n |  | 3\n1 | | | 4"),
    "one_column": (1, "name\nAda\nGrace"),
    "header_alone": (1, "id | name"),
    "two_years_as_names": (1, "code | chapter | 2021 | 2022\n11 | Parks | 51 | 53\n12 | Roads | 20 | 21"),
    "years_beside_texts": (1, "town | 2021 | 2022\nUlm | 51 | 53\nHof | 20 | 21"),
    "years_as_names_that_come_again": (
        1,
        "town | 2021 | 2022\nUlm | 51 | 53\nHof | 20 | 21\ntown | 2021 | 2022\nBonn | 1999 | 7\nKiel | 6 | 8",
    ),
    "classes_as_names": (1, "sex | 0 | 1 | 2 | 3 | 4\nf | 51 | 53 | 7 | 9 | 4\nm | 20 | 21 | 5 | 6 | 9"),
    "numbers_beside_a_blank": (1, " | 1 | 2 | 3 | 4\nf | 51 | 53 | 7 | 9\nm | 20 | 21 | 5 | 6"),
    "two_dates_above_numbers": (1, "item | 2024-01-01 | 2024-02-01\nnut | 51 | 53\nbolt | 20 | 21"),
    "dates_above_dates": (
        0,
        "nut | 2024-01-01 | 2024-02-01\nbolt | 2024-01-03 | 2024-02-05\nnail | 2024-01-04 | 2024-03-01",
    ),
    "a_code_in_the_first_row_of_data": (0, "A12 | Parks | 5 | 6\n13 | Roads | 7 | 8\n14 | Lanes | 9 | 1"),
    "a_first_value_that_is_missing": (1, "sensor | value\nt1 | n/a\nt2 | 5\nt3 | 6"),
    "a_first_value_that_is_a_word": (1, "employee name | monthly salary\nBob | tba\nAnn | 12\nCid | 14"),
    "a_first_date_that_is_open": (1, "id | when\n1 | tbd\n2 | 2024-01-02\n3 | 2024-01-03"),
    "a_first_count_that_is_hidden": (1, "post | count\nRome | <5\nOslo | 7\nBern | 9"),
    "a_word_among_odd_numbers": (1, "id | v\n1 | 0x1F\n2 | 1_000\n3 | inf\n4 | 1e999\n5 | 12"),
    "a_setting_above_the_names": (2, "New data set | Sample 7 of run 3\ncm-1 | %T\n3000.0 | 91.2\n2999.0 | 91.3"),
    "several_settings": (3, "Operator: | Ann\nSample: | seven\nwavelength | absorbance\n400 | 0.1\n401 | 0.2"),
    "a_program_and_its_version": (
        2,
        "A | CR | 43 | C\nTIME | NO | AirTC | RH\na | b | Deg C | %\n2025-01-01 | 1 | 5 | 8\n2025-01-02 | 2 | 5 | 9",
    ),
    "settings_with_numbers": (
        4,
        "Operator | Ann\nScan rate | 5\nSample | 7\nnm | ratio of it\n400 | 0.1\n401 | 0.2\n402 | 0.2",
    ),
    "questions_below_the_names": (
        1,
        'Day | Q1\nStart | How are you?\n{"I":"d"} | {"I":"1"}\n2025-01-03 | 4\n2025-01-04 | 5\n2025-01-05 | 2',
    ),
    "texts_with_two_of_five_names": (
        1,
        "Name | City | | |\nAda | London | green | cat | tea\nBob | Paris | blue | dog | milk",
    ),
    "blocks": (
        4,
        "Jan-24"
        + (
            BLOCK
            := "\n\nKind | Sex | North | | All\n | | Farm | Market |\nGoat | F | 5 | 2 | 7\nHen | F | 7 | 6 | 13\n"
        )
        + "\nFeb"
        + BLOCK,
    ),
    "totals_below": (1, "item | qty\nbolt | 5\nnut | 7\n\nTotal | 12"),
}


@pytest.mark.parametrize(("row", "drawn"), SHEETS.values(), ids=SHEETS.keys())
def test_the_header_is_found_where_a_person_sees_it(row, drawn):
    assert find_header(*sheet(drawn), None).row == row


REAL = {
    "deaths.xlsx": (5, ("Name", "Profession", "Age", "Has kids", "Date of birth", "Date of death")),
    "geometry.xlsx": (3, ("var1", "var2", "var3")),
    "skipping.xlsx": (3, ("var1", "var2")),
    "names-need-repair-xlsx.xlsx": (1, ("a b", "a b_2", "column_C", "c%&$")),
    "unnamed-duplicated-columns.xlsx": (1, ("column_A", "var2", "column_C", "var2_2")),
    "missing-first-column.xlsx": (0, ("column_B",)),
}


@pytest.mark.parametrize("name", REAL)
def test_the_header_of_a_real_workbook_is_found(data, name):
    cells = load_workbook(data / "readxl" / name).worksheets[0].iter_rows(values_only=True)
    numbered = [(number, row) for number, row in enumerate(cells, 1) if any(cell is not None for cell in row)][:100]
    columns = zip(*(row for _, row in numbered), strict=True)
    texts = {str(at): [None if cell is None else str(cell) for cell in column] for at, column in enumerate(columns)}
    header = find_header(pl.DataFrame(texts).cast(pl.String), pl.Series([number for number, _ in numbered]), None)
    assert (header.row, header.labels) == REAL[name]


def test_a_given_header_row_is_the_header_whatever_it_holds():
    assert find_header(*sheet("title\n\n1 | 2\n3 | 4"), 3) == Header(row=3, labels=("1", "2"))


def test_no_header_names_the_columns_by_their_letters():
    assert find_header(*sheet(" | 1 | Ada\n | 2 | Grace"), 0) == Header(row=0, labels=("column_B", "column_C"), first=1)


@pytest.mark.parametrize("row", [2, 9])
def test_an_empty_header_row_is_refused_and_filled_rows_are_suggested(row):
    with pytest.raises(SourceError, match=f"row {row} is empty or too far down .* are 1 to 3"):
        find_header(*sheet("a\n\n1"), row)


def test_labels_are_stripped_and_unique():
    header = find_header(*sheet("a | a  b | a | a_2 | |  a\n1 | 2 | 3 | 4 | 5 | 6"), 1)
    assert header.labels == ("a", "a b", "a_3", "a_2", "column_E", "a_4")


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "", "column_B", "column_B_2", " a "]), min_size=1, max_size=12))
def test_labels_are_unique_whatever_the_names(names):
    frame = pl.DataFrame({str(at): [name or None, "x"] for at, name in enumerate(names)}).cast(pl.String)
    if any(names):
        labels = find_header(frame, pl.Series([1, 2]), 1).labels
        assert len(set(labels)) == len(labels) == len(names)


def test_eight_thousand_equal_names_are_made_unique():
    frame = pl.DataFrame({str(at): ["a", "1"] for at in range(8_192)})
    assert find_header(frame, pl.Series([1, 2]), 1).labels[-1] == "a_8192"


def test_a_table_that_begins_further_right_keeps_its_letters():
    header = find_header(*sheet(" | | name | qty\n | | Ada | 5"), None)
    assert (header.first, header.letter("qty")) == (2, "D")


def test_cells_to_the_right_make_a_column_if_most_rows_have_one():
    assert find_header(*sheet("a | b\n1 | 2 | 3\n1 | 2 | 3\n1 | 2"), None).labels == ("a", "b", "column_C")
    assert find_header(*sheet("a | b\n1 | 2 | 3\n1 | 2\n1 | 2"), None).labels == ("a", "b")


TABLE = Header(row=2, labels=("id", "name"), first=1)


def test_cells_go_under_their_labels_and_others_beside():
    frame, rows = sheet("title\n | id | name\nx | 1 | Ada\n\n | 2 | | y\n | | | z")
    chunk = chunk_of(frame, rows, TABLE, 7)
    assert chunk.frame.to_dict(as_series=False) == {"id": ["1", "2", None], "name": ["Ada", None, None]}
    assert chunk.rows.to_list() == [3, 5, 6]
    assert chunk.completed == 7
    assert chunk.extra.rows() == [(3, 0, "x"), (5, 3, "y"), (6, 3, "z")]
    assert chunk.extra.schema == EXTRA


def test_a_chunk_of_fewer_columns_is_filled_with_nulls():
    chunk = chunk_of(pl.DataFrame({"1": ["5"]}), pl.Series([3]), TABLE, 0)
    assert chunk.frame.rows() == [("5", None)]
    assert chunk.frame.dtypes == [pl.String, pl.String]
    assert chunk.extra is None


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame({"5": []}, schema={"5": pl.String})])
def test_an_empty_chunk_has_the_columns_of_the_header(frame):
    chunk = chunk_of(frame, pl.Series([], dtype=pl.Int64), TABLE, 0)
    assert chunk.frame.schema == {"id": pl.String, "name": pl.String}
    assert chunk.rows.is_empty()


CELL = st.one_of(st.none(), st.sampled_from(["", " ", "x", "1"]))


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=8), first=st.integers(0, 3), width=st.integers(1, 5))
def test_every_cell_below_the_header_is_in_the_frame_or_beside_it(rows, first, width):
    header = Header(row=1, labels=tuple("abcde"[:width]), first=first)
    frame = pl.DataFrame(rows, schema=dict.fromkeys("0123", pl.String), orient="row")
    chunk = chunk_of(frame, pl.int_range(2, 2 + len(rows), eager=True), header, 0)
    found = [] if chunk.extra is None else chunk.extra.rows()
    for number, row in zip(chunk.rows, chunk.frame.rows(), strict=True):
        found += [(number, first + at, value) for at, value in enumerate(row) if (value or "").strip()]
    cells = [
        (2 + at, position, value)
        for at, row in enumerate(rows)
        for position, value in enumerate(row)
        if (value or "").strip()
    ]
    assert sorted(found) == sorted(cells)
    assert set(chunk.rows) == {number for number, _, _ in cells}


def test_blanks_are_no_cells_and_rows_of_blanks_no_rows():
    frame = pl.DataFrame({"0": ["1", " ", "2", ""], "1": ["a", "\t", " b", None], "2": [" ", "\u00a0", None, "\n"]})
    chunk = chunk_of(frame, pl.Series([2, 3, 4, 5]), Header(row=1, labels=("id", "name")), 9)
    assert (chunk.frame.rows(), chunk.rows.to_list(), chunk.extra) == ([("1", "a"), ("2", " b")], [2, 4], None)
