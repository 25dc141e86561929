"""A file without rows is an import of no rows: a scheduled export with nothing to report is no error."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import dataframely as dy
import openpyxl
import polars as pl
import pytest

import importer
from importer.errors import SinkError, SourceError, TableExistsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    name = dy.String()


def workbook(*sheets: list[list[str]]) -> Callable[[Path], None]:
    """Writes a workbook with these sheets."""

    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, 1):
            sheet = book.create_sheet(f"S{number}")
            for row in rows:
                sheet.append(row)
        book.save(path)

    return write


HEADED = {
    "header.csv": b"id,name\n",
    "no line end.csv": b"id,name",
    "byte order mark.csv": b"\xef\xbb\xbfid,name\n",
    "utf-16.csv": "\ufeffid,name\r\n".encode("utf-16-le"),
    "tabs.tsv": b"id\tname\n",
    "packed.csv.gz": gzip.compress(b"id,name\n"),
    "book.xlsx": workbook([["id", "name"]]),
}
EMPTY = {
    "nothing.csv": b"",
    "lines.csv": b"\n\r\n  \n",
    "mark.csv": b"\xef\xbb\xbf",
    "records.json": b"[]",
    "packed nothing.csv.gz": gzip.compress(b""),
    "sheet.xlsx": workbook([]),
    "chosen.xlsx": workbook([], [["id", "name"], ["1", "Ada"]]),
}
THERE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (7, 'Ada')"


def file_of(folder: Path, name: str) -> Path:
    path, content = folder / name, (HEADED | EMPTY)[name]
    content(path) if callable(content) else path.write_bytes(content)
    return path


def import_of(path: Path, **options: Any) -> importer.Report:
    if path.name == "chosen.xlsx":
        options["sheet"] = "S1"
    return importer.load(path, into=path.parent / "a.db", table="t", listeners=[], **options)


def run(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "a.db")) as database:
        database.executescript(sql) if ";" in sql else None
        return [] if ";" in sql else database.execute(sql).fetchall()


@pytest.mark.parametrize("name", HEADED)
def test_a_header_makes_the_table_with_columns_of_text(tmp_path: Path, name: str) -> None:
    report = import_of(file_of(tmp_path, name))
    assert report.progress.state.name == "SUCCEEDED"
    assert report.progress.rows_read == 0
    note, types = report.notes
    assert types.startswith("no cell shows a type, so all columns of a new table hold text")
    assert note.startswith("nothing stands below row 1, the header (id, name), so there are no rows to import")
    assert run(tmp_path, "SELECT name, type FROM pragma_table_info('t')") == [("id", "TEXT"), ("name", "TEXT")]


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_at_all_makes_no_table_and_says_so(tmp_path: Path, name: str) -> None:
    report = import_of(file_of(tmp_path, name))
    assert (report.progress.state.name, report.progress.rows_read) == ("SUCCEEDED", 0)
    first, last = report.notes
    assert ", so there are no rows to import" in first
    assert last == "no table is made, since nothing says which columns it has"
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize("name", [*HEADED, *EMPTY])
def test_a_table_that_is_there_stays_as_it_is_every_day(tmp_path: Path, name: str) -> None:
    run(tmp_path, THERE)
    path = file_of(tmp_path, name)
    for _ in range(2):
        report = import_of(path)
        assert (report.progress.state.name, report.progress.rows_read) == ("SUCCEEDED", 0)
        assert any("no rows to import" in note for note in report.notes)
    assert run(tmp_path, "SELECT * FROM t") == [(7, "Ada")]


@pytest.mark.parametrize("name", [*HEADED, *EMPTY])
def test_a_schema_makes_the_table(tmp_path: Path, name: str) -> None:
    assert import_of(file_of(tmp_path, name), schema=Orders).progress.rows_read == 0
    assert [column for (column,) in run(tmp_path, "SELECT name FROM pragma_table_info('t')")] == ["id", "name"]


def test_headers_that_options_name_are_not_missed(tmp_path: Path) -> None:
    run(tmp_path, THERE)
    path = file_of(tmp_path, "nothing.csv")
    assert import_of(path, mapping={"name": "Full name"}, key="ID", on_conflict="update_only").notes
    assert import_of(path, constants={"name": "Ada"}).progress.rows_read == 0


def test_a_table_without_a_key_is_not_doubled_by_nothing(tmp_path: Path) -> None:
    run(tmp_path, "CREATE TABLE t (id INTEGER, name TEXT); INSERT INTO t VALUES (7, 'Ada')")
    assert import_of(file_of(tmp_path, "header.csv")).progress.rows_read == 0
    assert run(tmp_path, "SELECT count(*) FROM t") == [(1,)]


@pytest.mark.parametrize("name", ["header.csv", "nothing.csv"])
def test_replacing_rows_by_none_is_told_before_and_done_when_asked(tmp_path: Path, name: str) -> None:
    run(tmp_path, THERE)
    path = file_of(tmp_path, name)
    plan = importer.plan(path, into=tmp_path / "a.db", table="t", if_table_exists="replace", listeners=[])
    assert plan.preview().notes[0] == "replaces 1 row in 't' by none"
    assert plan.check().notes[0] == "replaces 1 row in 't' by none"
    assert run(tmp_path, "SELECT count(*) FROM t") == [(1,)]
    assert plan.run().progress.rows_read == 0
    assert run(tmp_path, "SELECT count(*) FROM t") == [(0,)]


def test_a_preview_shows_the_columns(tmp_path: Path) -> None:
    preview = importer.preview(file_of(tmp_path, "header.csv"))
    assert [column.label for column in preview.columns] == ["id", "name"]
    assert (preview.rows.height, preview.rows_expected) == (0, 0)


def test_a_file_without_columns_has_no_preview(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is empty"):
        importer.preview(file_of(tmp_path, "nothing.csv"))


def test_a_frame_and_a_list_without_rows_say_so(tmp_path: Path) -> None:
    report = importer.load(pl.DataFrame({"id": []}), into=tmp_path / "a.db", table="t", listeners=[])
    assert report.notes[0] == "'frame' has no rows, so there are none to import"
    assert importer.load([], into=tmp_path / "a.db", table="t", listeners=[]).progress.rows_read == 0


def test_a_server_that_cannot_be_reached_is_still_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError):
        importer.load(file_of(tmp_path, "nothing.csv"), into=tmp_path / "none" / "a.db", table="t", listeners=[])


def test_a_table_that_must_not_exist_is_still_an_error(tmp_path: Path) -> None:
    run(tmp_path, THERE)
    with pytest.raises(TableExistsError):
        import_of(file_of(tmp_path, "nothing.csv"), if_table_exists="fail")


def test_a_file_that_has_rows_later_is_imported_then(tmp_path: Path) -> None:
    path = file_of(tmp_path, "header.csv")
    import_of(path, schema=Orders)
    path.write_text("id,name\n1,Ada\n")
    assert import_of(path, schema=Orders).progress.created == 1
