"""Disks without room, and streams that nobody reads: what went into the table is told all the same."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from waiting import until

import importer
from importer.core import State
from importer.errors import SinkError
from importer.sinks import SqlSink
from importer.sinks.dialects._sqlite import SqliteDialect
from importer.sources import open_source

COMMAND = [sys.executable, "-W", "error", "-m", "importer"]

SCHEMA = """
import dataframely as dy
class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64()
"""


@pytest.fixture
def refusing(tmp_path):
    """A file of which every second row is refused: long texts, which take little room where they are kept."""
    file = tmp_path / "orders.csv"
    file.write_text("id,qty,note\n" + "".join(f"{n},{n if n % 2 else 'x'},{'long ' * 40}\n" for n in range(10_000)))
    (tmp_path / "shop.py").write_text(SCHEMA)
    return file


def run(*arguments, cwd, most=resource.RLIM_INFINITY, warns="error", **options):
    """Run the command where no file may have more bytes."""
    options = {"capture_output": True} | options
    return subprocess.run(
        [COMMAND[0], "-W", warns, *COMMAND[3:], *map(str, arguments)],
        text=True,
        cwd=cwd,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY)),
        **options,
    )


def rows_in(file):
    return sum(len(chunk.rows) for chunk in open_source(file).chunks(10_000))


def load(file, *others):
    return ["load", file, "--into", "shop.db", "--schema", "shop.py:Orders", *others]


@pytest.mark.parametrize("name", ["refused.csv", "refused.xlsx"])
def test_a_disk_without_room_for_the_refused_rows_makes_no_failure_of_a_done_job(refusing, tmp_path, name):
    done = run(*load(refusing, "--json", "--rejects", name), cwd=tmp_path, most=400_000)
    [line] = done.stdout.splitlines()
    said = json.loads(line)
    assert (done.returncode, said["state"], said["created"], said["rejected"]) == (3, "succeeded", 5_000, 5_000)
    short = said["job_id"][:8]
    way = f"the import is succeeded and keeps them: `importer rejects {short} OUT` writes them"
    assert way in said["error"]
    assert way in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not [file for file in tmp_path.iterdir() if "refused" in file.name or file.suffix == ".part"]
    assert run("rejects", short, name, cwd=tmp_path).returncode == 0
    assert rows_in(tmp_path / name) == 5_000


def test_a_database_that_may_not_become_larger_is_told_and_the_job_resumed(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(50_000)))
    command = ["load", file, "--into", "shop.db", "--key", "id", "--chunk-rows", "5000"]
    done = run(*command, cwd=tmp_path, most=400_000)
    assert done.returncode == 1
    assert "look whether the disk has room and files may become larger, then resume the job" in " ".join(
        done.stdout.split()
    )
    [job] = importer.jobs()
    assert 0 < job.created < 50_000
    assert run("resume", job.short_id, cwd=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        assert connection.execute("SELECT count(*), min(id), max(id) FROM orders").fetchone() == (50_000, 0, 49_999)


def test_a_kill_between_the_end_and_the_writing_leaves_the_refused_rows_to_be_written(refusing, tmp_path):
    command = [*COMMAND, *map(str, load(refusing, "--rejects", "refused.xlsx"))]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        until(lambda: [job.state for job in importer.jobs()] == [State.SUCCEEDED])
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "refused.xlsx").exists()
    [job] = importer.jobs()
    assert run("rejects", job.short_id, "refused.csv", cwd=tmp_path).returncode == 0
    assert rows_in(tmp_path / "refused.csv") == 5_000


@pytest.fixture
def small(tmp_path):
    """Eleven rows, of which one is refused; imported once, so that each further run has the same to tell."""
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n != 2 else 'x'}\n" for n in range(1, 12)))
    (tmp_path / "shop.py").write_text(SCHEMA)
    return file


def into_closed_pipes(*arguments, cwd, names):
    """Run the command with these streams into a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        streams = {name: writer if name in names else subprocess.PIPE for name in ("stdout", "stderr")}
        return run(*arguments, cwd=cwd, warns="default", capture_output=False, **streams)
    finally:
        os.close(writer)


@pytest.fixture
def full():
    """A file on a disk that is full."""
    with Path("/dev/full").open("w", encoding="utf-8") as file:
        yield file


@pytest.mark.parametrize(
    ("command", "status"),
    {
        "load orders.csv --into shop.db --schema shop.py:Orders": 3,
        "load orders.csv --into shop.db --schema shop.py:Orders --json": 3,
        "load shop.py --into shop.db": 1,
        "load missing.csv --into shop.db --json": 1,
        "cat orders.csv": 1,
        "preview orders.csv": 1,
        "jobs --json": 1,
        "--help": 1,
    }.items(),
)
def test_output_onto_a_full_disk_is_told_in_one_sentence(small, full, monkeypatch, command, status):
    # Python finds out when it writes, or when it flushes.
    for is_unbuffered in ("", "1") if "load orders" in command else ("",):
        monkeypatch.setenv("PYTHONUNBUFFERED", is_unbuffered)
        again = ["--if-imported", "again"] if is_unbuffered else []
        done = run(
            *command.split(), *again, cwd=small.parent, capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
        assert done.returncode == status
        assert done.stderr.splitlines()[-1] == "importer: standard output cannot be written: the disk is full"
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr


def test_both_streams_onto_a_full_disk_leave_the_status(small, full):
    for arguments, status in (load(small), 3), (["load", "missing.csv", "--into", "x.db"], 1):
        done = run(*arguments, cwd=small.parent, warns="default", capture_output=False, stdout=full, stderr=full)
        assert done.returncode == status


@pytest.mark.parametrize("names", [["stdout"], ["stderr"], ["stdout", "stderr"]], ids="+".join)
def test_the_status_is_the_same_where_nobody_reads(small, tmp_path, names):
    for others in ([], ["--json"]):
        done = into_closed_pipes(*load(small, "--if-imported", "again", *others), cwd=tmp_path, names=names)
        assert done.returncode == 3
        assert not any(
            "Traceback" in text or "Exception ignored" in text for text in (done.stdout, done.stderr) if text
        )
    for arguments, status in {
        ("load", "missing.csv", "--into", "x.db"): 1,
        ("load", "missing.csv", "--into", "x.db", "--json"): 1,
        ("load",): 2,
        ("cat", "orders.csv"): 0,
    }.items():
        assert into_closed_pipes(*arguments, cwd=tmp_path, names=names).returncode == status


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("url", ["shop.db", "duckdb:///shop.duckdb"])
def test_streams_that_are_closed_are_no_place_for_a_database(small, tmp_path, closed, url):
    command = shlex.join([*COMMAND, "load", str(small), "--into", url, "--schema", "shop.py:Orders"])
    done = subprocess.run(["/bin/sh", "-c", f"{command} {closed}"], cwd=tmp_path, check=False)
    assert done.returncode == 3
    assert importer.jobs()[0].created == 10
    cat = subprocess.run(["/bin/sh", "-c", f"{shlex.join([*COMMAND, 'cat', str(small)])} {closed}"], check=False)
    assert cat.returncode == 0


def test_a_warning_reads_as_every_message_does(small, tmp_path, monkeypatch):
    monkeypatch.setenv("IMPORTER_STORE", "postgresql://localhost:1/nobody")
    done = run(*load(small, "--json"), cwd=tmp_path, warns="default")
    assert done.returncode == 3
    told = [line for line in done.stderr.splitlines() if "the import goes on, but its history may be lost" in line]
    assert [line.startswith("importer: the import goes on") for line in told] == [True]
    assert not any(words in done.stderr for words in ("Warning", ".py:", "warn("))


@pytest.mark.parametrize("others", [[], ["--json"]], ids=["text", "json"])
def test_a_terminal_without_the_characters_of_a_report_gets_it_all_the_same(small, tmp_path, monkeypatch, others):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    arguments = ["--into", "größe 😀.db", "--schema", "shop.py:Orders", *others]
    done = run("load", small, *arguments, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    if others:
        assert json.loads(done.stdout)["into"] == "größe 😀.db"
    else:
        assert "orders.csv \\u2192 orders in gr\\xf6\\xdfe \\U0001f600.db: done" in done.stdout


def test_a_sheet_is_never_printed_with_other_characters(small, tmp_path, monkeypatch):
    small.write_text("id,name\n1,é\n2,€\n", encoding="utf-8")
    assert run("cat", small, cwd=tmp_path).stdout == "id,name\n1,é\n2,€\n"
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run("cat", small, cwd=tmp_path)
    assert (done.returncode, done.stderr[:50]) == (1, "importer: standard output is ascii, which lacks ch")
    assert "set PYTHONIOENCODING=utf-8" in done.stderr


def test_a_file_whose_name_is_not_utf_8_is_refused_in_one_sentence(small, tmp_path):
    name = os.fsdecode(b"b\xff.csv")
    small.rename(tmp_path / name)
    done = run("load", name, "--into", "shop.db", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "importer: the name of the file b'b\\xff.csv' is not UTF-8; rename it\n"
    assert not (tmp_path / "shop.db").exists()


def test_a_folder_that_is_deleted_below_a_command_is_told(tmp_path):
    script = f"mkdir gone && cd gone && rmdir ../gone && {shlex.join(COMMAND)} jobs"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        "importer: the current folder was deleted; change to one that exists\n",
    )


def test_nothing_is_written_onto_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")
    for name, words in {"pipe.xlsx": "something is there that is not a file", "no/a.xlsx": "No such file"}.items():
        done = run("sample", name, cwd=tmp_path)
        assert (done.returncode, words in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)
    assert (tmp_path / "pipe.xlsx").is_fifo()


def test_ctrl_c_while_the_refused_rows_are_written_leaves_the_import_done(refusing, tmp_path):
    command = [*COMMAND, *map(str, load(refusing, "--json", "--rejects", "refused.xlsx"))]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        until(lambda: [job.state for job in importer.jobs()] == [State.SUCCEEDED])
        until(lambda: list(tmp_path.glob(".*.part")))
        process.send_signal(signal.SIGINT)
        said = json.loads(process.stdout.read())
    assert (process.returncode, said["state"], said["rejected"]) == (130, "succeeded", 5_000)
    assert f"importer rejects {said['job_id'][:8]} OUT" in said["error"]
    assert not list(tmp_path.glob("*refused*"))


class NoRoomForTables(SqliteDialect):
    """A database whose temporary tables have room for so many pages."""

    def connect(self):
        super().connect()
        self._open.execute("PRAGMA temp.max_page_count = 4")


class Amounts(dy.Schema):
    id = dy.Int64(primary_key=True)
    amount = dy.Decimal(38, 18)


def test_a_temporary_folder_without_room_is_not_told_as_the_target(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    file, place = tmp_path / "amounts.csv", tmp_path / "shop.db"
    pl.DataFrame({"id": range(500), "amount": [f"{n}.123456789012345678" for n in range(500)]}).write_csv(file)
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE amounts (id INTEGER PRIMARY KEY, amount NUMERIC)")
    options = {"table": "amounts", "schema": Amounts, "listeners": []}
    with pytest.raises(SinkError, match=r"no room for temporary tables in .*set TMPDIR to another folder") as caught:
        importer.load(file, into=SqlSink(NoRoomForTables(place)), **options)
    assert (caught.value.code, caught.value.facts) == ("temporary-folder-full", {"folder": str(tmp_path)})
    assert importer.load(file, into=place, if_imported="again", **options).progress.rejected == 500
