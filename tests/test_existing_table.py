"""A table that is there is the target: its columns, its types and its key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from databases import Database, counts, written

import importer
from importer.cli import main
from importer.errors import (
    ColumnNotFoundError,
    RejectsError,
    SchemaError,
    SinkError,
    TableExistsError,
    TableMismatchError,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_text_columns_keep_the_texts(database: Database, tmp_path: Path) -> None:
    database.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, active VARCHAR, joined VARCHAR, code VARCHAR)",
        "INSERT INTO t VALUES (1, 'yes', '31.01.2025', '007'), (2, 'no', '01.02.2025', '12')",
    )
    file = written(tmp_path, "id,active,joined,code\n1,yes,31.01.2025,7\n2,no,01.02.2025,12\n3,yes,15.02.2025,1E5\n")
    plan = database.plan(file)
    assert str(plan.preview().columns[1].dtype) == "String"
    checked, report = plan.check(), plan.run()
    assert counts(checked) == counts(report) == (1, 1, 1, 0)
    assert report.notes == checked.notes == plan.preview().notes
    assert any("'active' fills the column 'active' of the table" in note for note in report.notes)
    assert database.run("SELECT * FROM t ORDER BY id") == [
        (1, "yes", "31.01.2025", "7"),
        (2, "no", "01.02.2025", "12"),
        (3, "yes", "15.02.2025", "1E5"),
    ]


def test_next_month_fits_the_table_of_the_first_whatever_it_shows(database: Database, tmp_path: Path) -> None:
    database.load(
        written(tmp_path, "day,shop,code,sales\n03/04/2025,A,007,1\n04/04/2025,A,123,2\n"), key="day,shop".split(",")
    )
    after = "day,shop,code,sales\n03/04/2025,A,7,1\n04/04/2025,A,124,3\n25/04/2025,A,125,4\n"
    assert counts(database.load(written(tmp_path, after))) == (1, 2, 0, 0)
    assert database.run("SELECT code FROM t ORDER BY sales") == [("7",), ("124",), ("125",)]


def test_a_number_that_the_column_cannot_hold_is_refused_and_told_beforehand(
    database: Database, tmp_path: Path
) -> None:
    database.load(written(tmp_path, "id,hours\n1,8\n2,7\n"), key="id")
    file = written(tmp_path, "id,hours\n1,8\n2,7.5\n3,6\n")
    plan = database.plan(file)
    if database.kind == "sqlite":  # keeps other numbers in a column of whole ones
        assert counts(plan.run()) == (1, 1, 1, 0)
        assert database.run("SELECT hours FROM t ORDER BY id") == [(8,), (7.5,), (6,)]
        return
    [note] = plan.notes
    assert "1 of 3 cells of 'hours' looked at do not fit the column 'hours' of the table" in note
    assert "'7.5' in row 3: their rows will be refused" in note
    report = plan.run()
    assert counts(report) == (1, 0, 1, 1)
    assert report.rejects["message"].item() == "'7.5' is not a whole number"
    assert database.run("SELECT hours FROM t ORDER BY id") == [(8,), (7,), (6,)]


def test_a_reserved_word_is_a_column_like_any_other(database: Database, tmp_path: Path) -> None:
    database.run(
        'CREATE TABLE t (id INTEGER PRIMARY KEY, "class" VARCHAR, "from" VARCHAR, "filter" VARCHAR)',
        "INSERT INTO t VALUES (1, 'A', 'x', 'f')",
    )
    assert counts(database.load(written(tmp_path, "id,class,from,filter\n1,B,x,f\n2,A,y,g\n"))) == (1, 1, 0, 0)


def test_headers_that_are_tidied_to_one_name_keep_their_columns_in_the_next_month(database: Database) -> None:
    first = pl.DataFrame({"ID": [1], "id": [2], "€": [3], "£": [4], "Order No": [5], "order_no": [6]})
    database.load(first, key="ID")
    report = database.load(first.with_columns(pl.lit(7).alias("id")), key="ID")
    assert counts(report) == (0, 1, 0, 0)
    assert any("'ID', 'id' differ only in signs and case: by their order they fill id, id_2" in n for n in report.notes)
    assert database.run("SELECT * FROM t") == [(1, 7, 3, 4, 5, 6)]


def test_long_headers_land_in_the_same_columns_wherever_they_stand(database: Database) -> None:
    start = "Наименование организации получателя платежа по договору поставки номер"
    file = pl.DataFrame({"id": [1], f"{start} один": [2], f"{start} два": [3], "x" * 100: [4]})
    database.load(file, key="id")
    assert database.run("SELECT * FROM t") == [(1, 2, 3, 4)]
    assert counts(database.load(file.select("id", "x" * 100, f"{start} два", f"{start} один"))) == (0, 0, 1, 0)


def test_a_name_that_the_database_has_cut_is_found_again(database: Database, tmp_path: Path) -> None:
    long = "the_name_of_the_organisation_that_receives_the_payment_under_this_contract"
    database.run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {long[:60]} INTEGER)")
    assert counts(database.load(written(tmp_path, f"id,{long}\n1,2\n"))) == (1, 0, 0, 0)


def test_headers_that_fit_one_column_equally_well_are_an_error(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    file = written(tmp_path, "id,Name,NAME\n1,a,b\n")
    with pytest.raises(ColumnNotFoundError, match="several headers fit the column 'name'"):
        sqlite.load(file)
    assert counts(sqlite.load(file, mapping={"name": "NAME"}, new_columns="ignore")) == (1, 0, 0, 0)
    assert sqlite.run("SELECT name FROM t") == [("b",)]


def test_columns_that_the_table_lacks_are_an_error_or_added_or_left_out(database: Database, tmp_path: Path) -> None:
    database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR)", "INSERT INTO t VALUES (1, 'a')")
    file = written(tmp_path, "id,name,colour,Paid at\n1,a,red,2025-01-31\n2,b,blue,\n")
    for way in (database.plan(file).check, database.plan(file).run):
        with pytest.raises(TableMismatchError, match=r"no column for 'colour', 'Paid at'.*give new_columns='add'"):
            way()
    ignoring = database.plan(file, new_columns="ignore")
    assert any(
        "left out, since the table 't' has no column for it: 'colour', 'Paid at'" in note for note in ignoring.notes
    )
    assert counts(ignoring.check()) == (1, 0, 1, 0)
    adding = database.plan(file, new_columns="add")
    assert counts(adding.check()) == (1, 1, 0, 0)
    assert len(database.run("SELECT * FROM t")[0]) == 2
    assert counts(adding.run()) == (1, 1, 0, 0)
    assert [str(value) for value in database.run("SELECT * FROM t ORDER BY id")[0]] == ["1", "a", "red", "2025-01-31"]


def test_columns_that_are_added_are_rolled_back_with_an_import_that_fails(database: Database, tmp_path: Path) -> None:
    database.run("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    file = written(tmp_path, "id,colour\n1,red\nx,blue\n")
    with pytest.raises(RejectsError):
        database.load(file, new_columns="add", max_rejects=0, atomic=True)
    assert [str(column.name) for column in importer.schema_of(database.into, "t").columns().values()] == ["id"]


def test_a_table_without_a_key_that_the_file_fills_is_not_added_to_twice(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, seen TEXT DEFAULT 'new')")
    file = written(tmp_path, "name\na\n")
    with pytest.raises(TableExistsError):
        sqlite.load(file)
    sqlite.load(file, if_table_exists="append")
    assert sqlite.run("SELECT * FROM t") == [(1, "a", "new")]


def test_columns_that_the_file_lacks_keep_their_values(database: Database, tmp_path: Path) -> None:
    database.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR, seen VARCHAR DEFAULT 'new')",
        "INSERT INTO t VALUES (1, 'a', 'old')",
    )
    database.load(written(tmp_path, "id,name\n1,b\n2,c\n"))
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "b", "old"), (2, "c", "new")]


def test_the_key_can_be_named_by_the_header_or_by_the_column(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (order_no INTEGER PRIMARY KEY, qty INTEGER)")
    file = written(tmp_path, "Order No.,Qty\n1,2\n")
    for key in ("Order No.", "order_no", "ORDER_NO"):
        assert sqlite.plan(file, key=key).wanted.key == ("order_no",)
    with pytest.raises(importer.errors.SchemaError, match="'orders' is not in the file"):
        sqlite.plan(file, key="orders").check()


def test_a_plan_connects_to_nothing_until_the_table_matters(tmp_path: Path) -> None:
    file = written(tmp_path, "id\n1\n")
    plan = importer.plan(file, into="postgresql://nobody@127.0.0.1:1/none", key="id", listeners=[])
    assert "file" in repr(plan)
    with pytest.raises(SinkError, match=r"127\.0\.0\.1"):
        plan.preview()
    new = tmp_path / "new.db"
    assert importer.plan(file, into=f"sqlite:///{new}", listeners=[]).preview().columns[0].dtype == "Int64"
    assert not new.exists()


def test_a_job_that_waited_for_the_one_that_made_the_table_takes_its_columns(sqlite: Database, tmp_path: Path) -> None:
    plan = sqlite.plan(written(tmp_path, "code,n\n124,1\n"), key="code")
    assert plan.existing is None
    sqlite.load(pl.DataFrame({"code": ["007"], "n": [1]}), key="code")
    assert counts(plan.run()) == (1, 0, 0, 0)
    assert sqlite.run("SELECT code FROM t ORDER BY 1") == [("007",), ("124",)]


def test_a_resumed_job_writes_to_the_same_columns(sqlite: Database, tmp_path: Path) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER PRIMARY KEY, id_2 TEXT, class TEXT)")
    file = written(tmp_path, "ID,id,class\n" + "".join(f"{n},{n:03},x\n" for n in range(1, 301)))
    job = replace(
        sqlite.plan(file, chunk_rows=100), listeners=(lambda now: now.rows_read >= 100 and job.cancel(),)
    ).job()
    job._run._broadcast._min_interval_s = 0.0  # no snapshot is held back
    job.start().wait()
    assert job.progress.rows_read == 100
    report = importer.resume(job.id, listeners=[])
    assert report.progress.created == 300
    assert sqlite.run("SELECT count(*), sum(id = CAST(id_2 AS INTEGER)), min(id_2) FROM t") == [(300, 300, "001")]


def test_the_shell_does_the_same(sqlite: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER PRIMARY KEY, active TEXT)", "INSERT INTO t VALUES (1, 'yes')")
    file = written(tmp_path, "id,active,colour\n1,yes,red\n2,no,blue\n")
    arguments = ["load", str(file), "--into", sqlite.into, "--table", "t", "--json"]
    assert main(arguments) != 0
    assert "--new-columns add" in json.loads(capsys.readouterr().out)["error"]
    assert main([*arguments, "--new-columns", "ignore"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["created"], said["unchanged"]) == (1, 1)
    assert sqlite.run("SELECT * FROM t") == [(1, "yes"), (2, "no")]


@pytest.mark.parametrize(
    ("declared", "cells", "stored"),
    [
        ("DATE", ("31.01.2025", "01.02.2025"), ("31.01.2025", "01.02.2025")),
        ("DATE", ("31.01.2025", "01.02.2025"), ("2025-01-31", "2025-02-01")),
        ("DATE", ("20250131", "20250201"), (20250131, 20250201)),
        ("BOOLEAN", ("yes", "no"), ("yes", "no")),
        ("BOOLEAN", ("yes", "no"), (1, 0)),
        (
            "DATETIME",
            ("2025-01-31T10:00:00Z", "2025-02-01T10:00:00Z"),
            ("2025-01-31 10:00:00+00:00", "2025-02-01 10:00:00+00:00"),
        ),
    ],
)
def test_a_column_of_sqlite_goes_on_as_it_is_filled(
    sqlite: Database, tmp_path: Path, declared: str, cells: tuple[str, str], stored: tuple[object, object]
) -> None:
    there, after = stored
    text = there if isinstance(there, int) else f"'{there}'"
    sqlite.run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {declared})", f"INSERT INTO t VALUES (1, {text})")
    file = written(tmp_path, "id,x\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells, 1)))
    assert counts(sqlite.load(file)) == (1, 0, 1, 0)
    assert sqlite.run("SELECT x FROM t ORDER BY id") == [(there,), (after,)]


def warned(report: importer.Report) -> list[tuple[int, str, str]]:
    return report.rejects.filter(severity="warning").select("row", "column", "message").rows()


def test_an_empty_cell_of_a_known_row_empties_the_table_or_keeps_it_and_is_told(
    database: Database, tmp_path: Path
) -> None:
    database.load(written(tmp_path, "id,email,phone\n1,a@x.org,111\n2,b@x.org,222\n3,,333\n"), key="id")
    partial = written(tmp_path, "id,email,phone\n1,,333\n2,c@x.org,\n3,,333\n4,,\n")
    for empty, became in [("keep", "stays in the table"), ("null", "of the table is gone")]:
        checked = database.plan(partial, empty=empty).check()
        assert counts(checked) == (1, 2, 1, 0)
        assert warned(checked) == [
            (2, "email", f"the cell is empty, and 'a@x.org' {became}"),
            (3, "phone", f"the cell is empty, and '222' {became}"),
        ]
    assert counts(database.load(partial, empty="keep")) == (1, 2, 1, 0)
    kept = [(1, "a@x.org", 333), (2, "c@x.org", 222), (3, None, 333), (4, None, None)]
    assert database.run("SELECT * FROM t ORDER BY id") == kept
    report = database.load(partial)
    assert (counts(report), report.progress.warnings) == ((0, 2, 2, 0), 2)
    assert database.run("SELECT email FROM t WHERE id < 3 ORDER BY id") == [(None,), ("c@x.org",)]


def test_rows_of_one_key_keep_what_those_before_them_wrote(database: Database, tmp_path: Path) -> None:
    database.load(written(tmp_path, "id,a,b,c\n1,x,1,1\n"), key="id")
    file = written(tmp_path, "id,a,b,c\n1,,2,\n1,y,,\n1,,3,\n2,z,,\n2,,5,\n")
    assert counts(database.load(file, empty="keep")) == (1, 4, 0, 0)
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "y", 3, 1), (2, "z", 5, None)]


def test_only_known_rows_are_updated_and_the_others_refused(database: Database, tmp_path: Path) -> None:
    database.load(written(tmp_path, "id,name\n1,a\n2,b\n"), key="id")
    file = written(tmp_path, "id,name\n1,a\n2,c\n3,d\n3,e\n")
    plan = database.plan(file, on_conflict="update_only")
    assert counts(plan.check()) == (0, 1, 1, 2)
    report = plan.run()
    assert counts(report) == (0, 1, 1, 2)
    assert report.rejects["message"].unique().to_list() == [
        "no row of the table has its key, and only such rows are to be updated"
    ]
    assert database.run("SELECT * FROM t ORDER BY id") == [(1, "a"), (2, "c")]


def test_a_check_lists_every_cell_that_would_change_or_tells_that_it_does_not(sqlite: Database, tmp_path: Path) -> None:
    rows = pl.DataFrame({"id": range(1_500), "n": range(1_500)})
    sqlite.load(rows, key="id")
    few = sqlite.plan(rows.with_columns(pl.when(pl.col("id") == 900).then(7).otherwise("n").alias("n"))).check()
    assert few.changes.rows() == [("900", "n", "900", "7")]
    assert not any("listed cell by cell" in note for note in few.notes)
    many = sqlite.plan(rows.with_columns(pl.lit(-1).alias("n")), chunk_rows=1_000).check()
    assert any("of 1,500 rows that would change, the changes of 1,000 are listed" in note for note in many.notes)
    assert many.changes.height == 1_000


def test_a_file_of_which_nothing_fits_the_table_is_told_before_the_first_row(
    database: Database, tmp_path: Path
) -> None:
    database.run("CREATE TABLE t (kunde VARCHAR(9), ort VARCHAR(9))", "INSERT INTO t VALUES ('Ann', 'Ulm')")
    file = written(tmp_path, "qty,price\n1,2\n3,4\n")
    for options in ({"new_columns": "ignore"}, {"schema": importer.schema_of(database.into, "t")}):
        with pytest.raises(SchemaError, match="no column of the file fits a column of 't': it has 'qty', 'price'"):
            database.load(file, if_table_exists="append", **options)
    assert database.run("SELECT * FROM t") == [("Ann", "Ulm")]
    report = database.load(file, if_table_exists="append", new_columns="ignore", mapping={"ort": "price"})
    assert report.progress.created == 2
