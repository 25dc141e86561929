"""Several files as one import: a pattern, a folder, a list, a zip archive."""

from __future__ import annotations

import json
import os
import sqlite3
import warnings
import zipfile
from contextlib import closing, suppress
from dataclasses import replace

import dataframely as dy
import openpyxl
import polars as pl
import pytest

import importer
from importer.cli import main
from importer.core import FileRows, State
from importer.engine import ManyReading, reading_of
from importer.errors import AlreadyImportedError, OptionError, SourceError
from importer.listeners import Panel
from importer.sources.many import files_of
from importer.testing import MemorySink
from importer.testing._source_contract import SOURCE_CONTRACT
from importer.views import Window, compose


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "orders_2.csv").write_text("id,name,qty\n1,Ann,3\n2,Bob,4\n3,Cyd,5\n")
    (folder / "orders_10.csv").write_text("qty;Name;ID\n7;Dan;4\n8;Eve;5\n")
    book = openpyxl.Workbook()
    for row in (["id", "name", "qty"], [6, "Flo", 9], [7, "Gus", 10]):
        book.active.append(row)
    book.save(folder / "orders_11.xlsx")
    return folder


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/shop.db"


def load(file, into, **options):
    return importer.load(file, into=into, listeners=[], **options)


def rows_of(url, table="orders"):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(f'SELECT * FROM "{table}" ORDER BY 1').fetchall()


def codes(report):
    return [getattr(note, "code", None) for note in report.notes]


@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
def test_several_files_keep_the_promises_of_a_source(promise, exports):
    promise(lambda: reading_of(exports, file_column="source").source)


def test_a_pattern_is_one_job_in_natural_order_with_columns_matched_for_each_file(exports, url):
    report = load(f"{exports}/orders_*", url, key="id", file_column="source_file")
    assert (report.progress.created, report.progress.rejected) == (7, 0)
    assert rows_of(url) == [
        (1, "Ann", 3, "orders_2.csv"),
        (2, "Bob", 4, "orders_2.csv"),
        (3, "Cyd", 5, "orders_2.csv"),
        (4, "Dan", 7, "orders_10.csv"),
        (5, "Eve", 8, "orders_10.csv"),
        (6, "Flo", 9, "orders_11.xlsx"),
        (7, "Gus", 10, "orders_11.xlsx"),
    ]
    assert next(record.job_id for record in importer.jobs()) == report.progress.job_id


@pytest.mark.parametrize("how", ["folder", "list", "paths", "zip", "generator"])
def test_the_same_files_come_in_other_ways(how, exports, tmp_path, url):
    given = {"folder": exports, "list": sorted(map(str, exports.iterdir())), "paths": sorted(exports.iterdir())}
    given["generator"] = exports.glob("*")
    if how == "zip":
        given["zip"] = tmp_path / "all.zip"
        with zipfile.ZipFile(given["zip"], "w") as archive:
            for file in exports.iterdir():
                archive.write(file, f"2025/{file.name}")
    assert load(given[how], url, table="orders", key="id").progress.created == 7
    assert len(rows_of(url)) == 7


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 1000])
def test_chunk_size_changes_nothing(chunk_rows, exports):
    (exports / "orders_2.csv").write_text("id,name,qty\n1,Ann,3\n2,Bob,many\n3,Cyd,5\n4,Cyd,5\n5,Cyd,5\n")
    sink = MemorySink()
    report = load(exports, sink, types={"qty": "Int64"}, chunk_rows=chunk_rows)
    assert [row["id"] for row in sink.rows] == [1, 3, 4, 5, 4, 5, 6, 7]
    assert report.rejects.select("file", "row", "value").rows() == [("orders_2.csv", 3, "many")]


def test_each_refusal_names_its_file_and_the_row_of_its_sheet(exports, url):
    (exports / "orders_10.csv").write_text("qty;Name;ID\n7;Dan;4\nx;Eve;5\n")
    report = load(exports, url, key="id", types={"qty": "Int64"})
    cells = report.rejects.select("file", "row", "column", "letter", "value")
    assert cells.rows() == [("orders_10.csv", 3, "qty", "A", "x")]
    assert report.rejected_rows.rows() == [("orders_10.csv", 3, "5", "Eve", "x")]
    assert "row 3 of 'orders_10.csv'" in str(report)
    with pytest.raises(importer.errors.RejectsError, match=r"the first in row 3 of 'orders_10.csv', column 'qty'"):
        report.raise_for_rejects()
    assert importer.job(report.progress.job_id).rejects.equals(report.rejects)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_refused_rows_are_corrected_and_keep_the_name_of_their_file(ending, exports, tmp_path, url):
    (exports / "orders_10.csv").write_text("qty;Name;ID\n7;Dan;4\nx;Eve;5\n")
    report = load(exports, url, key="id", types={"qty": "Int64"}, file_column="source")
    refused = report.rejects_to(tmp_path / f"refused.{ending}")
    if ending == "csv":
        refused.write_text(refused.read_text().replace(",x,", ",80,"))
    else:
        book = openpyxl.load_workbook(refused)
        book["Refused rows"]["C2"].value = 80
        book.save(refused)
    again = load(refused, url, table="exports", key="id")
    assert (again.progress.created, again.progress.rejected) == (1, 0)
    assert (5, "Eve", 80, "orders_10.csv") in rows_of(url, "exports")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_refused_rows_without_a_column_of_files_come_back_without_their_reasons(ending, exports, tmp_path, url):
    (exports / "orders_10.csv").write_text("qty;Name;ID\n7;Dan;4\nx;Eve;5\n")
    refused = load(exports, url, key="id", types={"qty": "Int64"}).rejects_to(tmp_path / f"refused.{ending}")
    assert reading_of(refused).header.labels == ("id", "name", "qty")


def test_files_that_do_not_fit_are_told_and_the_others_go_in(exports, url):
    (exports / "other.csv").write_text("colour,size\nred,3\n")
    (exports / "broken.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    (exports / "keyless.csv").write_text("name,qty\nZoe,1\n")
    (exports / "empty.csv").write_text("")
    report = load(f"{exports}/*", url, table="orders", key="id")
    assert report.progress.created == 7
    assert report.left_out == ("broken.xlsx", "keyless.csv", "other.csv")
    told = [note for note in report.notes if getattr(note, "code", "") == "file-left-out"]
    assert len(told) == 3
    assert any("it lacks 'id'" in note for note in told)
    assert report.as_dict()["left_out"] == ["broken.xlsx", "keyless.csv", "other.csv"]
    assert any("'empty.csv' is empty" in note for note in report.notes)


def test_an_archive_with_two_files_of_one_name_is_refused(tmp_path, url):
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says the same.
        for name in ("a.csv", "a.csv", "b.csv"):
            archive.writestr(name, "id,n\n1,2\n")
    with pytest.raises(SourceError, match=r"holds more than one file called 'a\.csv'"):
        load(tmp_path / "twice.zip", url, key="id")


def test_whoever_watches_or_glances_at_the_report_sees_how_many_files_are_left_out(exports, url):
    for n in range(30):
        (exports / f"other{n}.csv").write_text(f"colour {n},size {n}\nred,3\n")
    panel, lines = Panel(), []

    def line(now):
        lines.append(compose(now, Window()).tail)

    report = importer.load(exports, into=url, table="orders", key="id", listeners=[panel, line])
    assert report.progress.left_out == 30
    said = f"30 of {30 + len(report.progress.files)} files are left out"
    assert said in panel._repr_mimebundle_()["text/html"]
    assert said in lines[-1]
    assert f"\n  {said}\n" in str(report)
    assert said in report._repr_html_()
    [rest] = [note for note in report.notes if getattr(note, "code", "") == "files-left-out"]
    assert rest.startswith("25 more files are not imported: 'other5.csv', ")
    assert rest.endswith(" and 5 more")


def test_files_of_which_none_fits_are_an_error(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(SourceError, match=r"none of 2 files can be imported: 'a.xlsx'"):
        reading_of(tmp_path)


def test_a_pattern_that_fits_nothing_is_an_error(tmp_path):
    with pytest.raises(SourceError, match=r"no file fits '.*nothing\*\.csv'") as caught:
        reading_of(tmp_path / "nothing*.csv")
    assert caught.value.code == "no-files"


def test_a_folder_without_tables_is_an_error(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with pytest.raises(SourceError, match="holds no files with tables"):
        reading_of(tmp_path)


def test_what_a_folder_holds_besides_tables_is_told(exports, url):
    (exports / "readme.md").write_text("# hello")
    (exports / "~$orders_11.xlsx").write_bytes(b"lock")
    (exports / ".hidden.csv").write_text("id\n1\n")
    report = load(exports, url, key="id")
    assert any("passed over" in note and "'readme.md', '~$orders_11.xlsx'" in note for note in report.notes)
    assert report.progress.created == 7


def test_columns_that_only_some_files_have_are_empty_in_the_others_and_told(exports, url):
    (exports / "orders_2.csv").write_text("id,name,qty,note\n1,Ann,3,hi\n2,Bob,4,\n3,Cyd,5,\n")
    report = load(exports, url, key="id")
    assert rows_of(url, "exports")[3] == (4, "Dan", 7, None)
    assert any("2 of 3 files have no column 'note'" in note for note in report.notes)


@pytest.mark.parametrize(
    ("usual", "other", "why"),
    [
        (["n\n1.5\n2.25\n", "n\n3.5\n"], 'n\n"1,5"\n"2,25"\n', "decimal mark"),
        (["n\n31/12/2025\n", "n\n30/12/2025\n"], "n\n12/31/2025\n", "month is first"),
    ],
    ids=["decimal marks", "orders of day and month"],
)
def test_a_file_whose_numbers_or_dates_are_written_otherwise_is_not_read_like_the_others(usual, other, why, tmp_path):
    for at, text in enumerate([*usual, other]):
        (tmp_path / f"{at}.csv").write_text(text)
    reading = reading_of(tmp_path)
    assert [one.name for one in reading.left_out] == ["2.csv"]
    assert why in reading.left_out[0].why


def test_a_number_that_its_own_file_leaves_open_is_told(tmp_path):
    (tmp_path / "a.csv").write_text('n\n"1,5"\n"2,25"\n')
    (tmp_path / "b.csv").write_text('n\n"1,250"\n')
    sink = MemorySink()
    report = load(tmp_path, sink)
    assert [row["n"] for row in sink.rows] == [1.5, 2.25, 1.25]
    assert any("'1,250' in 'b.csv' is read with ',' as the decimal mark" in note for note in report.notes)


def test_rows_that_share_a_key_are_named_with_their_files(exports, url):
    (exports / "orders_12.csv").write_text("id,name,qty\n1,Ann,99\n")
    report = load(exports, url, key="id")
    assert any("rows 2 of 'orders_2.csv' and 2 of 'orders_12.csv'" in note for note in report.notes)
    assert rows_of(url, "exports")[0] == (1, "Ann", 99)


def test_files_that_were_imported_are_refused_or_skipped_one_by_one(exports, url):
    load(exports / "orders_2.csv", url, table="orders", key="id")
    with pytest.raises(AlreadyImportedError, match=r"1 of 3 files were imported .* 'orders_2.csv' by job") as caught:
        load(exports, url, table="orders", key="id")
    assert caught.value.is_done
    report = load(exports, url, table="orders", key="id", if_imported="skip")
    assert report.progress.created == 4
    assert any("'orders_2.csv' is skipped" in note for note in report.notes)
    assert len(rows_of(url)) == 7
    again = load(exports, url, table="orders", key="id", if_imported="skip")
    assert again.progress.rows_read == 0
    assert load(exports, url, table="orders", key="id", if_imported="again").progress.unchanged == 7


def test_one_file_of_several_that_were_imported_is_known_alone(exports, url):
    load(exports, url, table="orders", key="id")
    with pytest.raises(AlreadyImportedError, match="was imported into this table before, among"):
        load(exports / "orders_10.csv", url, table="orders", key="id")


def test_an_import_of_several_files_is_undone_as_a_whole(exports, url):
    report = load(exports, url, table="orders", key="id")
    importer.undo(report.progress.job_id)
    with pytest.raises(Exception, match="orders"):  # The import had made the table.
        rows_of(url)
    assert load(exports / "orders_2.csv", url, table="orders", key="id").progress.created == 3


def test_a_file_that_breaks_off_ends_with_a_refused_row_and_the_next_one_follows(tmp_path, url):
    folder = tmp_path / "in"
    folder.mkdir()
    lines = "".join(f"{n},{'x' * 90}\n" for n in range(60_000))
    (folder / "a.csv").write_text("id,text\n" + lines)
    (folder / "b.csv").write_text("id,text\n900001,end\n")
    reading = reading_of(folder)

    class Broken:
        """The first rows of a file, and then an error."""

        def __init__(self, whole):
            self.whole = whole

            self.label, self.book, self.header = whole.label, whole.book, whole.header
            self.unit, self.total, self.sample = whole.unit, whole.total, whole.sample

        def chunks(self, size, *, after_row=0):
            with closing(self.whole.chunks(size, after_row=after_row)) as chunks:
                yield next(chunks)
            raise SourceError("'a.csv' ends in the middle of a row")

    reading.parts[0].source = Broken(reading.parts[0].source)
    report = load(reading, url, table="orders")
    assert report.progress.rejected == 1
    [(file, row, message)] = report.rejects.select("file", "row", "message").rows()
    assert (file, row, message) == (
        "a.csv",
        None,
        "the rest of the file cannot be read: 'a.csv' ends in the middle of a row",
    )
    assert rows_of(url)[-1] == (900001, "end")


def test_several_files_cannot_be_corrected_by_a_row_of_nobody_knows_which(exports, url):
    with pytest.raises(OptionError, match="does not say of which file"):
        load(exports, url, corrections={(3, "qty"): "5"})


def test_an_archive_that_leads_elsewhere_stays_in_its_folder(tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "id\n1\n")
        archive.writestr("/etc/b.csv", "id\n2\n")
    files = files_of(path)
    assert sorted(files.names) == ["../../evil.csv", "/etc/b.csv"]
    assert not (tmp_path.parent / "evil.csv").exists()
    reading = ManyReading.of_files(files, {})
    assert reading.sample.frame["id"].to_list() == ["1", "2"]


def test_one_file_keeps_its_rows_and_gets_a_column_with_its_name(exports, url):
    report = load(exports / "orders_2.csv", url, key="id", file_column="file", corrections={(2, "qty"): "33"})
    assert rows_of(url, "orders_2")[0] == (1, "Ann", 33, "orders_2.csv")
    assert importer.job(report.progress.job_id).name == "orders_2.csv"
    with pytest.raises(AlreadyImportedError):
        load(exports / "orders_2.csv", url, key="id")


def test_the_preview_shows_files_and_rows(exports):
    preview = importer.preview(exports)
    assert preview.rows.columns == ["file", "row", "id", "name", "qty"]
    assert preview.rows_expected == 7
    assert "orders_10.csv     2   4  Dan" in str(preview)


def test_a_number_means_one_row_of_one_file():
    rows = FileRows(names=("a.csv", "b.csv"))
    first, second = rows.number(0, 7), rows.number(1, 1_200)
    assert rows.told(f"in row {first:,}") == "in row 7 of 'a.csv'"
    assert rows.told(f"rows {first:,} and {second}") == "rows 7 of 'a.csv' and 1,200 of 'b.csv'"
    assert rows.told(f"rows {first}, {first + 1} and 4 more") == "rows 7 of 'a.csv', 8 of 'a.csv' and 4 more"
    assert rows.told("shares id 17179869191 with nobody") == "shares id 17179869191 with nobody"
    assert rows.named(pl.DataFrame({"row": [first, second], "x": ["1", "2"]})).rows() == [
        ("a.csv", 7, "1"),
        ("b.csv", 1_200, "2"),
    ]


def test_a_record_keeps_which_files_they_were(exports, url):
    report = load(exports, url, table="orders", key="id")
    kept = json.loads(importer.job(report.progress.job_id).options)["files"]
    assert kept["names"] == ["orders_2.csv", "orders_10.csv", "orders_11.xlsx"]
    assert kept["in"] == [0, 1, 2]
    with suppress(KeyError):
        assert kept["origins"][0] == [str(exports / "orders_2.csv"), None]


class Meanwhile:
    """A listener that does something once the job runs, and before a row is in."""

    def __init__(self, act):
        self.act, self.is_done = act, False

    def __call__(self, progress):
        if progress.state is State.RUNNING and not self.is_done:
            self.is_done = True
            self.act()


def run_meanwhile(act, exports, url):
    plan = importer.plan(exports, into=url, key="id", chunk_rows=1, listeners=[Meanwhile(act)])
    return plan.run()


def test_a_file_that_appears_meanwhile_is_told(exports, url):
    report = run_meanwhile(lambda: (exports / "orders_3.csv").write_text("id,name,qty\n99,Zoe,1\n"), exports, url)
    assert report.progress.created == 7
    assert any("'orders_3.csv' appeared since the import was planned" in note for note in report.notes)
    assert load(exports, url, key="id", if_imported="skip").progress.created == 1


@pytest.mark.parametrize("what", ["changes", "vanishes"])
def test_a_file_that_changes_or_vanishes_meanwhile_stops_the_job_which_goes_on_once_it_is_back(what, exports, url):
    later = exports / "orders_11.xlsx"
    content = later.read_bytes()

    def act():
        if what == "vanishes":
            later.unlink()
        else:
            (exports / "orders_10.csv").write_text("qty;Name;ID\n70;Dan;4\n80;Eve;5\n")

    before = (exports / "orders_10.csv").read_text()
    name = "orders_11.xlsx" if what == "vanishes" else "orders_10.csv"
    with pytest.raises(SourceError, match=f"'{name}' was (moved or deleted|changed) while it was imported"):
        run_meanwhile(act, exports, url)
    later.write_bytes(content)
    (exports / "orders_10.csv").write_text(before)
    report = importer.resume(importer.jobs()[0], listeners=[])
    assert report.progress.created == 7
    assert [row[0] for row in rows_of(url, "exports")] == [1, 2, 3, 4, 5, 6, 7]


def test_a_job_is_resumed_with_its_own_files_whatever_is_there_now(exports, tmp_path, url):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in exports.iterdir():
            archive.write(file, file.name)
    for given in (exports, path):
        jobs = []
        stop = Meanwhile(lambda jobs=jobs: jobs[0].cancel())
        plan = importer.plan(given, into=url, table=given.stem, key="id", chunk_rows=1, listeners=[stop])
        jobs.append(plan.job())
        jobs[0].start().wait()
        assert importer.jobs()[0].state.value == "cancelled"
        (exports / "orders_1.csv").write_text("id,name,qty\n99,Zoe,1\n")
        report = importer.resume(importer.jobs()[0], listeners=[])
        assert report.progress.rows_read == 7
        assert [row[0] for row in rows_of(url, given.stem)] == [1, 2, 3, 4, 5, 6, 7]
        (exports / "orders_1.csv").unlink()


def test_the_progress_names_the_file_in_hand(exports, url):
    seen = []
    importer.load(exports, into=url, key="id", listeners=[seen.append])
    assert seen[1].files == reading_of(exports).source.ends
    source = reading_of(exports).source
    in_hand = [replace(seen[1], completed=chunk.completed).in_hand for chunk in source.chunks(1)]
    assert [file.name for file in in_hand] == [*["orders_2.csv"] * 3, *["orders_10.csv"] * 2, *["orders_11.xlsx"] * 2]
    assert {file.count for file in in_hand} == {3}
    assert all(0 < file.fraction <= 1 for file in in_hand)


def test_a_shell_imports_several_files_and_tells_by_its_status_of_those_left_out(exports, tmp_path, capsys):
    into = f"sqlite:///{tmp_path}/shop.db"
    (exports / "other.csv").write_text("colour,size\nred,3\n")
    files = sorted(map(str, exports.iterdir()))
    assert main(["load", *files, "--into", into, "--table", "orders", "--key", "id", "--json"]) == 3
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["created"], found["left_out"]) == (7, ["other.csv"])
    assert main(["load", f"{exports}/ord*", "--into", into, "--key", "id", "--file-column", "source"]) == 0
    assert "file.csv" not in capsys.readouterr().out
    assert rows_of(into, "ord")[0] == (1, "Ann", 3, "orders_2.csv")


def test_a_file_with_a_name_that_is_no_text_is_told_and_left_out(exports, url):
    (exports / os.fsdecode(b"a\xff.csv")).write_text("id,name,qty\n9,x,1\n")
    report = load(exports, url, key="id")
    assert report.left_out == ("a\\xff.csv",)
    assert importer.job(report.progress.job_id).state.value == "succeeded"


def test_files_that_hold_the_same_are_told(exports, url):
    (exports / "orders_3.csv").write_bytes((exports / "orders_2.csv").read_bytes())
    report = load(exports, url, key="id")
    assert any("'orders_3.csv' holds the same as 'orders_2.csv'" in note for note in report.notes)


def test_a_file_keeps_its_own_column_of_names(tmp_path):
    (tmp_path / "a.csv").write_text("id,source\n1,mine\n2,\n")
    (tmp_path / "b.csv").write_text("id\n3\n")
    sink = MemorySink()
    load(tmp_path, sink, file_column="source")
    assert [row["source"] for row in sink.rows] == ["mine", "a.csv", "b.csv"]


def test_a_schema_without_a_column_for_the_names_of_files_is_an_error(exports, url):
    class Orders(dy.Schema):
        id = dy.Int64(primary_key=True)

    with pytest.raises(OptionError, match="the schema has no column for the names of the files, 'source'"):
        load(exports, url, schema=Orders, file_column="source")


def test_a_file_with_a_column_that_the_table_lacks_is_left_out_unless_all_have_it(exports, url):
    load(exports / "orders_2.csv", url, table="orders", key="id")
    (exports / "orders_10.csv").write_text("id,name,qty,extra\n4,Dan,7,x\n")
    report = load(exports, url, table="orders", key="id", if_imported="skip")
    assert (report.left_out, report.progress.created) == (("orders_10.csv",), 2)
    again = load(exports / "orders_1*", url, table="orders", key="id", new_columns="add", if_imported="skip")
    assert again.progress.created == 1


def test_a_database_among_the_files_is_an_error_that_shows_no_password(exports):
    with pytest.raises(SourceError, match="stands for a database, not for a file") as caught:
        reading_of([exports / "orders_2.csv", "postgresql://ann:s3cret@db/shop"])
    assert "s3cret" not in str(caught.value)
