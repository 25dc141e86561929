"""Rows that are no data of a table are recognised, told with their numbers, and left out where that is asked."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.sources import Outlined, open_source
from importer.testing._source_contract import SOURCE_CONTRACT, whole

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = """Jan-24,,,,,,
,,,,,,
Kind,Sex,North,,South,,Totals
,,Farm,Market,Farm,Market,
Goat,F,510,2,41,0,553
Goat,M,145,3,22,1,171
Hen,F,73,6,8,0,87
Total,,728,11,71,1,811
,,,,,,
Feb-24,,,,,,
,,,,,,
Kind,Sex,North,,South,,Totals
,,Farm,Market,Farm,Market,
Goat,F,498,2,41,0,541
Goat,M,151,3,22,1,177
Hen,F,70,6,8,0,84
Total,,719,11,71,1,802
"""


def rows_of(source) -> list[int]:
    return whole(source)[1]


def told(path, **options) -> dict[str, tuple[int, ...]]:
    """Rows by the code of the note that tells of them."""
    plan = importer.plan(path, into="sqlite:///shop.db", listeners=[], **options)
    return {note.code: note.rows for note in plan.reading.notes}


@pytest.fixture
def write(tmp_path: Path):
    def writer(text: str) -> Path:
        path = tmp_path / "made.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def test_the_rows_of_stacked_blocks_are_told_apart(write):
    path = write(MONTHS)
    assert told(path) == {
        "header-rows": (3, 4),
        "rows-above-header": (1,),
        "rows-of-headers": (12, 13),
        "rows-of-totals": (8, 17),
        "rows-of-sections": (10,),
    }
    assert rows_of(open_source(path)) == [5, 6, 7, 8, 10, 14, 15, 16, 17]
    assert rows_of(open_source(path, leave_out=("totals", "sections"))) == [5, 6, 7, 14, 15, 16]
    assert rows_of(open_source(path, leave_out=())) == [5, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17]
    assert rows_of(open_source(path, leave_out=("totals", "10"), rows="6-")) == [6, 7, 14, 15, 16]


def test_several_header_rows_are_joined_or_not_as_asked(write):
    path = write(MONTHS)
    joined = ("Kind", "Sex", "North Farm", "North Market", "South Farm", "South Market", "Totals")
    assert open_source(path).header.labels == joined
    assert open_source(path, header_row=3, header_rows=2).header.labels == joined
    assert open_source(path, header_rows=1).header.labels[2:4] == ("Farm", "Market")
    given = open_source(write("year,2023,,2024,\n,Q1,Q2,Q1,Q2\n1,2,3,4,5\n2,3,4,5,6\n"), header_rows=2)
    assert given.header.labels == ("year", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2")


ORDERS = "id,item,qty,price\n" + "".join(f"{n},item {n},{n % 7 + 1},{n}.50\n" for n in range(1, 30))


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("Total,,,449.50\n", "footer"),
        ("Total,x,114,449.50\n", "rows-of-totals"),
        ("Summe:,x,1,1\n", "rows-of-totals"),
        ("30,Germany,114,449.50\n", "rows-of-totals"),
        ("30,,114,449.50\n", "rows-of-totals"),
        ("30,total income,5,7.5\n", None),
        ("30,item 30,3,30.50\n", None),
    ],
)
def test_totals_at_the_end_are_known_by_their_name_or_by_being_sums(ending, code, write):
    notes = told(write(ORDERS + ending))
    assert list(notes) == ([] if code is None else [code])


NAMES = """Grand Total, TOTAL GÉNÉRAL, Gesamtergebnis, Общий итог, Suma końcowa, Genel Toplam, Yhteensä, ΣΥΝΟΛΟ, 合計,
소계, المجموع, סה"כ, Tổng cộng, รวม, कुल, * Total *, Total:\u00a0, Zwischensumme, Σ, I alt"""


@pytest.mark.parametrize("name", [name.strip() for name in NAMES.split(",")])
def test_totals_are_known_by_their_name_in_many_languages(name, write):
    quoted = name.replace('"', '""')
    path = write(f'shop,staff,sales\nA,5,10.5\nB,6,11.5\nC,7,12\n"{quoted}",1,2\nD,9,8\n')
    assert told(path) == {"rows-of-totals": (5,)}


@pytest.mark.parametrize(
    "amounts",
    [
        "€1,200.00 €150.00 €990.00 €1.00 €2,341.00",
        "1.234,56 2.000,00 3,44 1,00 3.239,00",
        "(5.00) 10.00 7.00 1.00 13.00",
    ],
)
def test_sums_are_known_however_their_numbers_are_written(amounts, write):
    lines = [f"place {at};{amount}\n" for at, amount in enumerate(amounts.split())]
    assert told(write("place;amount\n" + "".join(lines))) == {"rows-of-totals": (6,)}


def test_totals_on_top_are_known(write):
    path = write("No,Street,Day,Cars\n3,,,7\n1,Main,2024-01-01,2\n2,Mill,2024-01-01,4\n3,High,2024-01-02,1\n")
    assert told(path) == {"rows-of-totals": (2,)}
    assert rows_of(open_source(path, leave_out=("totals",))) == [3, 4, 5]


def test_types_are_judged_by_the_rows_that_are_data(write):
    path = write(ORDERS + "\nTotal,,114,449.50\nprinted by Sam\n")
    plan = importer.plan(path, into="sqlite:///shop.db", listeners=[])
    assert plan.effective_schema.columns()["id"].dtype.is_integer()
    assert plan.check().progress.rejected == 2
    report = importer.plan(path, into="sqlite:///shop.db", leave_out=("totals", "notes"), listeners=[]).check()
    assert (report.progress.rows_read, report.progress.rejected) == (29, 0)


def test_units_and_questions_below_the_header_are_left_out_and_told(write):
    path = write("id,weight,price\n-,kg,EUR\n1,2.5,7\n2,3.5,8\n3,4,9\n")
    assert (rows_of(open_source(path)), told(path)) == ([3, 4, 5], {"rows-of-headers": (2,)})
    asked = write('Day,Q1\nStart,How are you?\n"{""a"":1}","{""b"":2}"\n2025-01-03,4\n2025-01-04,5\n2025-01-05,2\n')
    assert (rows_of(open_source(asked)), told(asked)) == ([4, 5, 6], {"rows-of-headers": (2, 3)})


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("run,a,b\nr1,2,4\nr2,4,6\nr3,6,8\nr4,8,10\nMean,5,7\n", {"rows-of-totals": (6,)}),
        ("run,a,b\nr1,2,4\nr2,4,6\nr3,6,8\nr4,8,10\nMean,9,9\n", {}),
        ("area,shop,qty\nN,A,1\nN,B,2\nN total,,3\nS,C,5\nS,D,6\nAll total,,14\n", {"rows-of-totals": (4, 7)}),
        ("area,shop,qty\nN,A,1\nN,B,2\nN subtotal,,3\nS,C,5\nS,D,6\nGrand total,,14\n", {"rows-of-totals": (4, 7)}),
        ("area,n\nA,5\nB,6\nSum North,11\nC,1\nSum South,1\nD,9\n", {"rows-of-totals": (4,)}),
        ("id,name\n1,Ann\n\ufeffid,name\n2,Bob\n", {"rows-of-headers": (3,)}),
        ("id,name,qty\n1,Ann,5\n2\n3,Cid,7\n", {}),
        ("no,debit,credit\nAssets,,\n10,5,0\n12,2,1\nLiabilities,,\n20,0,7\n21,1,2\n", {"rows-of-sections": (2, 5)}),
        ("id,qty,price\n1,5,1.5\n2,6,2.5\n\ncode,weight,width\n7,5.5,8\n8,6,9\n", {"another-table": (5,)}),
        ("day;people\n;count\n01.01.2020;5\n01.01.2021;6\n01.01.2022;7\n", {"rows-of-headers": (2,)}),
        ("age,a,b\nyoung,10,20\nold,50,60\nolder,7,8\nevery,67,88\n", {"rows-of-totals": (5,)}),
        ("n,debit,credit\nA,5,\nB,,6\nC,7,\nD,1,\n\nprinted by Ann,,\n", {"rows-of-notes": (7,)}),
        ("name,city,n\nTotal Wine,Paris,5\nSum 41,Ajax,7\nAnn,Rome,8\nBob,Oslo,9\n", {}),
        ("n,v\n1,1\n2,2\n3,3\n4,6\n", {}),
        ("number,text\nblah,blah\n1,1\n2,2\n3,3\n", {}),
        ("sex,n\nTotal,9\nf,4\nm,5\n", {"rows-of-totals": (2,)}),
    ],
)
def test_small_tables_are_told_of_what_is_in_them(text, notes, write):
    assert {code: rows for code, rows in told(write(text)).items() if code.startswith(("rows", "another"))} == notes


CELLS = st.tuples(st.integers(10, 99), st.sampled_from(["nut", "bolt", "screw"]), st.integers(100, 999))
ODD = {
    "rows-of-headers": "id,item,qty",
    "rows-of-totals": "Total,all,5000",
    "rows-of-sections": "North region,,",
}


@settings(max_examples=25)
@given(rows=st.lists(CELLS, min_size=8, max_size=40), data=st.data(), preamble=st.integers(0, 3))
def test_every_row_that_is_no_data_is_told_and_every_row_of_data_imported(rows, data, preamble, tmp_path_factory):
    lines = [",".join(map(str, row)) for row in rows]
    put = data.draw(st.lists(st.tuples(st.sampled_from(sorted(ODD)), st.integers(0, len(rows) - 4)), max_size=3))
    for code, at in put:
        lines.insert(at, ODD[code])
    path = tmp_path_factory.mktemp("law") / "made.csv"
    path.write_text("\n".join([*["a title,,"] * preamble, "id,item,qty", *lines, ""]))
    first = preamble + 2
    expected = {code: tuple(at for at, line in enumerate(lines, first) if line == text) for code, text in ODD.items()}
    notes = told(path)
    assert {code: notes.get(code, ()) for code in ODD} == expected
    assert notes.keys() - ODD.keys() == ({"rows-above-header"} if preamble else set())
    is_odd = {row for numbers in expected.values() for row in numbers}
    clean = open_source(path, leave_out=("totals", "sections"))
    assert rows_of(clean) == [row for row in range(first, first + len(lines)) if row not in is_odd]
    assert whole(clean, 1) == whole(clean, 7) == whole(clean)


@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
def test_a_source_without_some_of_its_rows_keeps_the_promises_of_a_source(promise, write):
    path = write(MONTHS)
    promise(lambda: open_source(path, leave_out=("totals", "sections"), rows="5-16"))


PADDING = "long " * 130
LONG = "id,item,qty\n" + "".join(
    f"{n},{'long ' * 130}item {n},{n % 7 + 1}\n"
    + ("id,item,qty\n" if n % 900 == 0 else "Total,all,3000\n" if n % 1000 == 0 else "")
    for n in range(1, 7_001)
)


def test_in_a_file_too_long_for_the_sample_each_row_is_told_as_it_comes(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(LONG)
    assert not open_source(path).outline.is_whole
    by_size = []
    for size in (1_001, 5_000, 20_000):
        report = importer.load(
            path, into=tmp_path / f"{size}.db", table="t", chunk_rows=size, leave_out="totals", listeners=[]
        )
        assert (report.progress.created, report.progress.rejected) == (7_000, 0)
        by_size.append(report.rejects.select("row", "rule", "severity").rows())
    assert by_size[0] == by_size[1] == by_size[2]
    rules = [rule for _, rule, _ in by_size[0]]
    assert (rules.count("row-of-headers"), rules.count("row-of-totals")) == (7, 7)
    kept = importer.load(path, into=tmp_path / "kept.db", table="t", listeners=[])
    assert (kept.progress.rows_read, kept.progress.warnings) == (7_007, 7)


def test_a_resumed_job_tells_of_each_row_once(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(LONG)

    def stop(now: importer.Progress) -> None:
        if now.rows_read >= 900:
            job.cancel()

    into = tmp_path / "shop.db"
    job = importer.plan(path, into=into, table="t", chunk_rows=300, leave_out="totals", listeners=[stop]).job()
    job._run._broadcast._min_interval_s = 0.0
    before = job.start().result()
    after = importer.resume(job.id, listeners=[])
    assert 0 < before.progress.rows_read < after.progress.rows_read == after.progress.created == 7_000
    assert after.progress.warnings == len(after.rejects) == 14


def test_a_chunk_whose_rows_are_all_left_out_joins_the_one_before(write):
    path = write("a,b,c\n" + "1,x,2\n" * 3 + "a,b,c\n" * 5 + "2,y,3\n")
    source = open_source(path)
    assert isinstance(source, Outlined)
    with closing(source.chunks(2)) as chunks:
        assert [chunk.rows.to_list() for chunk in chunks] == [[2, 3], [4], [10]]


def test_clean_files_have_no_notes(data, write):
    assert told(write(ORDERS)) == {}
    clean = ["clippy.xlsx", "datasets.xlsx", "mtcars.xlsx", "iris-excel-xlsx.xlsx"]
    paths = [path for name in clean if (path := data / "readxl" / name).exists()]
    assert paths
    assert not [code for path in paths for code in told(path) if code.startswith(("rows", "header", "footer"))]


@pytest.mark.parametrize(
    "line", ["(2 rows)", "(2 rows affected)", "2 rows selected.", "2 rows in set (0.01 sec)", "(2 row(s) affected)"]
)
def test_the_count_that_a_database_client_writes_below_a_table_is_told(line, write):
    path = write(f"id,name\n1,Ada\n2,Bob\n{line}\n")
    assert told(path) == {"rows-of-notes": (4,)}
    assert "id      Int64" in str(importer.preview(path))
    assert importer.read(path, leave_out="notes").rows() == [("1", "Ada"), ("2", "Bob")]


@pytest.mark.parametrize("line", ["(3 rows)", "2 rows left", "2"])
def test_a_last_row_that_does_not_count_the_rows_above_is_data(line, write):
    assert told(write(f"id,name\n1,Ada\n2,Bob\n{line}\n")) == {}


def test_a_header_that_is_repeated_in_part_is_no_data(write):
    path = write("id,name,qty,note\n1,Ada,5,x\n2,Bob,6,y\nid,name,qty\n3,Cleo,7\n4,Dan,8\n")
    assert told(path)["rows-of-headers"] == (4,)
    assert rows_of(open_source(path)) == [2, 3, 5, 6]


def test_a_row_that_says_some_of_the_names_is_data(write):
    path = write("id,name,qty,note\n1,Ada,5,x\n2,name,qty,y\n,name,qty,\n3,Cleo,7,z\n")
    assert rows_of(open_source(path)) == [2, 3, 4, 5]
