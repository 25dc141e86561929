"""Refused rows that would be written onto a file that somebody still needs."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

import dataframely as dy
import openpyxl
import polars as pl
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import importer
from importer.checking import Rejects, refused_cells, write_rejects
from importer.cli import main
from importer.core import RUNS, harmless, restored
from importer.core._files import is_same_file
from importer.errors import ImporterError
from importer.sinks import SqlSink
from importer.sinks.dialects._sqlite import SqliteDialect
from importer.sources import open_source
from importer.sources.csv import CsvSource
from importer.testing import MemorySink

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
ORDERS = "id,qty\n1,5\n2,x\n3,7\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a file of three rows, one of which is refused, and a schema."""
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text(ORDERS)
    Path("orders.py").write_text("import dataframely as dy\nclass Orders(dy.Schema):\n    qty = dy.Int64()\n")
    return tmp_path


def load(out, *, file="s.csv", into="sqlite:///x.db"):
    """The exit status of a command."""
    return main(["load", str(file), "--into", into, "--schema", "orders.py:Orders", "--rejects", str(out)])


def linked(link, name, other):
    link(Path(other).absolute(), name)
    return name


SOURCES = {
    "its name": lambda: "s.csv",
    "a relative path": lambda: "../" + Path.cwd().name + "/./s.csv",
    "an absolute path": lambda: Path("s.csv").absolute(),
    "a hard link": lambda: linked(os.link, "hard.csv", "s.csv"),
    "a link": lambda: linked(os.symlink, "soft.csv", "s.csv"),
    "a link to a link": lambda: linked(os.symlink, "softer.csv", linked(os.symlink, "soft.csv", "s.csv")),
    "a linked folder": lambda: Path(linked(os.symlink, "here", "."), "s.csv"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_shell_does_not_write_refused_rows_onto_the_file_before_it_reads_a_row(folder, name, capsys):
    out = SOURCES[name]()
    assert (load(out), Path("s.csv").read_text(), Path("x.db").exists()) == (1, ORDERS, False)
    said = f"the refused rows cannot be written to {str(Path(out))!r}, which is the file that is imported"
    assert f"{said}; name another file" in capsys.readouterr().err


def test_a_file_that_is_imported_through_a_link_is_still_that_file(folder):
    Path("link.csv").symlink_to("s.csv")
    assert load("s.csv", file="link.csv") == 1
    assert load("link.csv", file="link.csv") == 1
    assert Path("s.csv").read_text() == ORDERS
    assert Path("link.csv").is_symlink()


@pytest.mark.parametrize("stream", [1, 2])
def test_refused_rows_do_not_take_the_place_of_what_the_shell_prints(folder, stream):
    line = f"{sys.executable} -m importer load s.csv --into x.db --json --rejects out.csv {stream}> out.csv"
    done = subprocess.run(line, shell=True, check=False, capture_output=True, text=True)
    assert (done.returncode, Path("x.db").exists()) == (1, False)
    assert "where the messages of this program go; name another file" in Path("out.csv").read_text()


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("exists", [False, True])
def test_refused_rows_are_not_written_onto_the_database(folder, kind, exists, capsys):
    into = f"{kind}:///{folder}/my%20shop.csv"
    if exists:
        importer.plan("s.csv", into=into, table="others", listeners=[]).run()
    before = [path.read_bytes() for path in folder.glob("my*")]
    assert load("my shop.csv", into=into) == 1
    assert "which is the database that the rows go to" in capsys.readouterr().err
    assert [path.read_bytes() for path in folder.glob("my*")] == before


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_refused_rows_are_not_written_onto_what_stands_beside_a_database(folder, ending):
    Path(f"x.db{ending}").touch()
    os.link(f"x.db{ending}", "out.csv")
    assert (load("out.csv"), Path("out.csv").samefile(f"x.db{ending}")) == (1, True)


def test_a_linked_database_has_its_log_beside_the_file_itself(folder):
    Path("data").mkdir()
    Path("data/real.db-wal").touch()
    Path("x.db").symlink_to("data/real.db")
    os.link("data/real.db-wal", "out.csv")
    assert load("out.csv") == 1


def test_names_that_may_become_one_file_are_one(tmp_path):
    assert is_same_file(tmp_path / "Shop.CSV", tmp_path / "shop.csv")
    assert is_same_file(tmp_path / "caf\u00e9.csv", tmp_path / "cafe\u0301.csv")
    (tmp_path / "shop.csv").touch()
    is_one = (tmp_path / "SHOP.csv").exists()
    assert is_same_file(tmp_path / "SHOP.csv", tmp_path / "shop.csv") is is_one


@pytest.mark.parametrize(
    "name", ["jobs.db", "mappings.json", "seal.key", "locks/a.csv", "rejects/a.csv", "REJECTS/a.csv"]
)
def test_refused_rows_are_not_written_onto_the_history(folder, monkeypatch, name, capsys):
    home = folder / "home"
    monkeypatch.setenv("IMPORTER_HOME", str(home))
    (home / name).parent.mkdir(exist_ok=True, parents=True)
    out = home / name
    if out.suffix != ".csv":
        out.touch()
        os.link(out, out := folder / "out.csv")
    assert load(out) == 1
    assert "which is a file of the history" in capsys.readouterr().err


def test_a_folder_of_other_things_that_is_the_home_too_takes_refused_rows(folder, monkeypatch):
    monkeypatch.setenv("IMPORTER_HOME", str(folder))
    assert load("refused.csv") == 3
    assert Path("refused.csv").read_text().splitlines()[1].startswith("2,x,")


def reports(**options):
    from importer.schema import load_schema

    options = {"into": "x.db", "table": "s", "schema": load_schema("orders.py:Orders"), "listeners": []} | options
    job = importer.plan("s.csv", **options).start()
    with suppress(ImporterError):
        job.result()
    yield job.report
    if not job.report.is_dry_run:
        yield importer.job(job.id)


def test_python_writes_refused_rows_onto_no_file_of_the_job(folder, monkeypatch):
    for each in reports():
        for out in ("s.csv", "../" + folder.name + "/s.csv"):
            with pytest.raises(ImporterError, match=r"which is the file that is imported.* name another file"):
                each.rejects_to(out)
        os.link("x.db", "out.xlsx")
        with pytest.raises(ImporterError, match="which is the database that the rows go to"):
            each.rejects_to("out.xlsx")
        Path("out.xlsx").unlink()
        assert each.rejects_to("refused.csv").exists()
        monkeypatch.chdir(folder)
    assert Path("s.csv").read_text() == ORDERS


def test_the_files_are_the_same_from_another_folder(folder, monkeypatch):
    found = list(reports())
    Path("other").mkdir()
    monkeypatch.chdir("other")
    for each in found:
        assert each.rejects_to("s.csv").exists()
        with pytest.raises(ImporterError, match="which is the file that is imported"):
            each.rejects_to("../s.csv")


def test_a_job_that_fails_keeps_its_hands_off_too(folder):
    Path("x.db").write_bytes(b"no database at all, and long enough to be one" * 99)
    for each in reports():
        with pytest.raises(ImporterError, match="which is the file that is imported"):
            each.rejects_to("s.csv")


def test_a_check_and_a_sink_of_ones_own_name_their_files(folder):
    report = importer.plan("s.csv", into=SqlSink(SqliteDialect(Path("a%20b.csv"))), table="s", listeners=[]).check()
    with pytest.raises(ImporterError, match="which is the database that the rows go to"):
        report.rejects_to("a%20b.csv")


def test_a_job_that_is_resumed_does_not_write_onto_its_file(folder):
    job = importer.plan("s.csv", into="x.db", table="s", listeners=[]).job()
    job.interrupt()
    job.start().wait()
    assert (main(["resume", job.id, "--rejects", "s.csv"]), Path("s.csv").read_text()) == (1, ORDERS)


def test_a_planted_link_at_the_old_name_of_the_unfinished_file_leads_nowhere(folder):
    Path("victim").write_text("kept")
    Path(".refused.csv.part").symlink_to("victim")
    assert load("refused.csv") == 3
    assert Path("victim").read_text() == "kept"
    assert Path(".refused.csv.part").is_symlink()


def test_a_link_in_the_place_of_refused_rows_is_replaced_itself(folder):
    Path("victim").write_text("kept")
    Path("refused.csv").symlink_to("victim")
    assert load("refused.csv") == 3
    assert Path("victim").read_text() == "kept"
    assert not Path("refused.csv").is_symlink()


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u207a\u208c"
BLANKS = "".join(
    map(chr, (*range(33), *range(0x7F, 0xA1), 0xAD, 0x200B, 0x2060, 0x2028, 0x3000, 0x3164, 0xFEFF, 0x2800))
)
PIECES = st.sampled_from([*SIGNS, *BLANKS, *"'\";,|#a1.", "''", "\r\n", "cmd|' /C calc'!A0", "=1+1", "-5", "_x000D_"])
ANY = st.text(st.characters(codec="utf-8"), max_size=3)
NUMBERS = st.from_regex(r"\A-?[0-9]{1,18}(\.[0-9]{1,18})?\Z")
WRITTEN = NUMBERS | st.lists(PIECES | ANY, min_size=1, max_size=6).map("".join).filter(bool)
"""Texts that are written to run, or to be changed on the way."""


def refused_rows(labels, rows):
    """Refused rows with these headers, each refused for every one of its columns."""
    frame = pl.DataFrame([[number, *row] for number, row in enumerate(rows)], ["row", *labels], orient="row")
    cells = pl.concat(
        refused_cells(frame["row"], column=label, value="x", rule="=rule", message=f"{label} is wrong")
        for label in labels
    )
    rejects = Rejects()
    rejects.add(cells, frame.cast(dict.fromkeys(labels, pl.String)))
    return rejects


def may_run(text):
    """Whether a program that skips what shows nothing finds a formula there."""
    shown = text.lstrip(BLANKS + '"')
    return shown[:1] in {*SIGNS} - {""} and not re.fullmatch(r"-\d+(\.\d+)?", text)


def read_as_csv(text, delimiter):
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


def headers_of(texts):
    """The headers that a file with these texts has for us."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL).writerows([[*texts, "id"], ["x"] * (len(texts) + 1)])
        return CsvSource(file, header_row=1, delimiter=",", quote='"').header.labels


@settings(max_examples=30)
@given(
    st.lists(WRITTEN, min_size=1, max_size=3),
    st.lists(WRITTEN, min_size=1, max_size=4),
    st.sampled_from(["csv", "xlsx"]),
)
@example(["=x'"], ["=x'", "'=x'"], "csv")
@example(["-5", "a;=1"], ["-5", "+5", "a;-5", "x;\n=1;"], "csv")
@example(["a"], ["-0", "123456789012345.123456", "0.000001234", "1.50"], "xlsx")
@example(["\ufeffid"], ["\ufeff"], "csv")
@example(["=a", "a"], [' "x"', '\\"', "#N/A"], "csv")
@example(["=a", "#REF!"], ["\x0b=1", "\u200b=1", "'=1"], "xlsx")
def test_a_refused_file_runs_nothing_and_comes_back_as_it_was(texts, cells, kind):
    # A text file cannot hold control characters, and says so.
    assume(not CONTROLS.search("".join(texts + cells)) or kind == "xlsx")
    texts = [CONTROLS.sub("", text) for text in texts]
    labels = headers_of(texts)
    rows = [[cell, *["1"] * (len(labels) - 1)] for cell in cells]
    with tempfile.TemporaryDirectory() as folder:
        file = write_rejects(Path(folder, f"refused.{kind}"), refused_rows(labels, rows))
        source = open_source(file)
        assert source.header.labels == labels
        assert [list(row) for chunk in source.chunks(100) for row in chunk.frame.rows()] == rows
        if kind == "csv":
            text = file.read_bytes().decode()
            assert not [cell for mark in ",;\t" for cell in read_as_csv(text, mark) if may_run(cell)]
            return
        for sheet in openpyxl.load_workbook(file).worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
                assert cell.data_type == "s"
                assert cell.quotePrefix or not may_run(cell.value), cell.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("is_told", [True, False])
def test_refused_rows_come_back_however_a_program_saves_them(folder, delimiter, encoding, quoting, is_told):
    labels, rows = ("=id", "qty;=x"), [["-5", "a;=1"], ["=x'", 'say "=1"'], ["\t=1", "x\n=2;"], ["1,5", "'=q"]]
    written = write_rejects("refused.csv", refused_rows(labels, rows)).read_bytes().decode()
    header, *records = csv.reader(io.StringIO(written, newline=""))
    with Path("saved.csv").open("w", newline="", encoding=encoding) as out:
        saved = [header, *(record if is_told else [*record[:-1], ""] for record in records)]
        csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(saved)
    source = open_source("saved.csv")
    assert source.header.labels == labels
    assert [list(row) for chunk in source.chunks(100) for row in chunk.frame.rows()] == rows


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "label", ["=qty", "qty;=x", "a\nb", "\xa0=a", "=a  b ", "row: ", "a: b", "'tis", "\ufeffq", "Why refused"]
)
def test_columns_of_a_frame_are_found_again_under_any_name(tmp_path, kind, label):
    frame = pl.DataFrame({label: ["1", "=x"], "name@": ["=a", "=b"]})
    name = importer.plan(frame, into=MemorySink(), table="t", listeners=[]).matches[0].column
    schema = type("Frame", (dy.Schema,), {name: dy.Int64(), "name": dy.String()})
    sink = MemorySink()
    plan = importer.plan(frame, into=sink, table="t", schema=schema, if_table_exists="append", listeners=[])
    refused = plan.run().rejects_to(tmp_path / f"refused.{kind}")
    again = plan.for_file(refused)
    assert len(again.source.header.labels) == 2
    assert (again.run().rejected_rows.row(0)[1:], len(sink.rows)) == (("=x", "=b"), 1)


@pytest.mark.parametrize("text", ["x" * 32_768, "\U0001f600" * 16_384, "\x01" * 4_700], ids=["long", "wide", "escaped"])
def test_no_text_is_cut_in_a_workbook(tmp_path, text):
    for labels, cell in [(("a",), text), ((text,), "1")]:
        with pytest.raises(
            ImporterError, match=r"column '.*' in .* has [\d,]+ characters, .*write them to a \.csv file"
        ):
            write_rejects(tmp_path / "refused.xlsx", refused_rows(labels, [[cell]]))
    assert not list(tmp_path.iterdir())


def test_refused_rows_of_any_job_are_not_written_onto_its_file(folder):
    for each in reports():
        job = each
    assert (main(["rejects", job.job_id, "s.csv"]), Path("s.csv").read_text()) == (1, ORDERS)


EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) != "Cs"]


def test_no_blank_and_no_form_of_a_sign_is_forgotten():
    blanks = [one for one in EVERY_CHARACTER if unicodedata.category(one) in {"Cc", "Cf", "Zs", "Zl", "Zp"}]
    signs = [one for one in EVERY_CHARACTER if unicodedata.normalize("NFKC", one)[:1] in {*"=+-@\u2212"}]
    texts = pl.Series([f"{blank}=" for blank in blanks] + signs)
    guarded = harmless(texts, keeps_numbers=True)
    assert guarded.str.starts_with("'").all()
    assert restored(guarded).to_list() == texts.to_list()
    assert all(map(RUNS.match, texts))
