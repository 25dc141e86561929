from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import termios
from contextlib import closing, suppress
from pathlib import Path

import openpyxl
import pytest

CSV = "order_id;qty;day\n1;5;31.12.2025\n2;x;30.12.2025\n3;7;29.12.2025\n"


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    rows = "".join(f"{n};{n % 9};{n % 28 + 1:02}.12.2025\n" for n in range(4, 40))
    file.write_text(CSV + rows, encoding="utf-8")
    return file


def importer(*arguments, cwd):
    command = [sys.executable, "-W", "error", "-m", "importer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, encoding="utf-8")


def rows_of(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


def test_load_tells_what_it_did_as_one_object_on_the_last_line(orders, tmp_path):
    done = importer("load", orders, "--into", "sqlite:///shop.db", "--key", "order_id", "--json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    counts = "rows_read created updated unchanged rejected warnings elapsed_s rows_per_s"
    assert (
        " ".join(said)
        == f"job_id state {counts} table into corrections error replaces can_undo why_not_undo left_out read_as notes "
        "code facts"
    )
    assert (said["state"], said["rows_read"], said["created"], said["rejected"]) == ("succeeded", 39, 38, 1)
    assert (said["table"], said["into"], said["error"]) == ("orders", "sqlite:///shop.db", None)
    assert rows_of(tmp_path / "shop.db") == 38


def test_the_status_is_0_when_every_row_went_in(orders, tmp_path):
    orders.write_text(orders.read_text().replace(";x;", ";1;"))
    done = importer("load", orders, "--into", "shop.db", "--key", "order_id", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "39 rows read: 39 created, 0 updated, 0 unchanged, 0 refused" in done.stdout
    assert "done" in done.stderr


def test_the_refused_rows_are_told_and_written(orders, tmp_path):
    done = importer("load", orders, "--into", "shop.db", "--key", "order_id", "--rejects", "refused.xlsx", cwd=tmp_path)
    assert done.returncode == 3
    assert "'x' is not a whole number" in done.stdout
    sheet = openpyxl.load_workbook(tmp_path / "refused.xlsx")["Refused rows"]
    assert [cell.value for cell in sheet[2]] == [2, "x", "30.12.2025", "qty: 'x' is not a whole number"]


def test_a_dry_run_writes_nothing_and_counts_the_same(orders, tmp_path):
    command = ["load", orders, "--into", "shop.db", "--key", "order_id", "--json"]
    dry = importer(*command, "--dry-run", cwd=tmp_path)
    assert not (tmp_path / "shop.db").exists()
    counts = [
        {name: json.loads(done.stdout.splitlines()[-1])[name] for name in ("created", "rejected", "rows_read")}
        for done in (dry, importer(*command, cwd=tmp_path))
    ]
    assert counts[0] == counts[1]


def test_a_schema_of_ones_own_is_read_from_a_file(orders, tmp_path):
    (tmp_path / "shop.py").write_text(
        "import dataframely as dy\n"
        "class Orders(dy.Schema):\n"
        "    order_id = dy.Int64(primary_key=True)\n"
        "    qty = dy.Int64(max=6)\n"
        "    day = dy.Date(metadata={'day_first': True})\n"
    )
    command = ["load", orders, "--into", "shop.db", "--json", "--schema"]
    done = importer(*command, "shop.py:Orders", cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1])["rejected"] == 10
    wrong = importer(*command, "shop.py:Order", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "did you mean 'Orders'" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["load", "missing.csv", "--into", "x.db"], 1, "missing.csv"),
        (["load", "orders.csv", "--into", "oracle://ann:s3cr3t@db"], 1, "no sink knows 'oracle'"),
        (["load", "orders.csv", "--into", "nowhere/x.db"], 1, "folder 'nowhere' does not exist"),
        (["load", "orders.csv"], 2, "--into"),
        (
            ["load", "orders.csv", "--into", "x.db", "--on-conflict", "explode"],
            2,
            "--on-conflict: cannot be 'explode': there are: update",
        ),
        (["fly"], 2, "invalid choice"),
    ],
    ids=["no file", "no such sink", "no folder", "no target", "no such mode", "no such command"],
)
def test_what_cannot_be_done_is_one_sentence_and_a_status(orders, tmp_path, arguments, status, words):
    done = importer(*arguments, cwd=tmp_path)
    assert done.returncode == status
    assert words in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout


def test_a_failure_is_told_as_json_too(tmp_path):
    done = importer("load", "missing.csv", "--into", "x.db", "--json", cwd=tmp_path)
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["state"], said["rows_read"]) == ("failed", 0)
    assert "missing.csv" in said["error"]


@pytest.mark.parametrize(
    "command",
    [["preview", "missing.csv"], ["show", "4c1d8a52"], ["resume", "4c1d8a52"]],
    ids=lambda command: command[0],
)
def test_every_command_that_prints_json_prints_its_failure_as_json(command, tmp_path):
    done = importer(*command, "--json", cwd=tmp_path)
    said = json.loads(done.stdout)
    assert (done.returncode, said["state"], said["code"][-9:]) == (1, "failed", "not-found")


@pytest.mark.parametrize(
    ("file", "words"),
    {
        "out.txt": "must end in .xlsx or .csv",
        "missing/out.csv": "the folder 'missing' does not exist",
        "orders.csv/out.csv": "the folder 'orders.csv' does not exist",
        "folder.csv": "'folder.csv' is there and no file",
        "pipe.csv": "'pipe.csv' is there and no file",
        "/proc/out.csv": "the folder '/proc' cannot be used",
        f"{'x' * 300}.csv": "cannot be used: File name too long",
    }.items(),
    ids=lambda text: text[:12],
)
def test_a_place_that_cannot_take_refused_rows_is_told_before_the_first_row(orders, tmp_path, file, words):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    command = ["load", orders, "--into", "shop.db", "--key", "order_id", "--rejects"]
    for arguments in ([*command, file], ["rejects", "4c1d8a52", file]):
        done = importer(*arguments, cwd=tmp_path)
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert not (tmp_path / "shop.db").exists()


def test_a_name_as_long_as_a_file_may_have_takes_the_refused_rows(orders, tmp_path):
    name = f"{'x' * 251}.csv"
    done = importer("load", orders, "--into", "shop.db", "--key", "order_id", "--rejects", name, cwd=tmp_path)
    assert (done.returncode, (tmp_path / name).exists()) == (3, True)


def test_the_refused_rows_of_any_job_are_written_at_any_time(orders, tmp_path):
    done = importer("load", orders, "--into", "shop.db", "--key", "order_id", "--json", cwd=tmp_path)
    job_id = json.loads(done.stdout.splitlines()[-1])["job_id"]
    told = importer("rejects", job_id[:6], "refused.csv", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (0, f"the refused rows of job {job_id[:8]} are in refused.csv\n")
    assert (tmp_path / "refused.csv").read_text().splitlines()[1].startswith("2,x,30.12.2025,")
    assert importer("rejects", job_id, "refused.xlsx", cwd=tmp_path).returncode == 0
    sheet = openpyxl.load_workbook(tmp_path / "refused.xlsx")["Refused rows"]
    assert [cell.value for cell in sheet[2]][:2] == [2, "x"]
    shutil.rmtree(Path(os.environ["IMPORTER_HOME"], "rejects", job_id))
    gone = importer("rejects", job_id, "gone.csv", cwd=tmp_path)
    assert (gone.returncode, "of the 1 refused rows of job" in gone.stderr) == (1, True)
    assert not (tmp_path / "gone.csv").exists()


def test_the_refused_rows_of_a_job_that_failed_are_written_and_called_incomplete(orders, tmp_path):
    orders.write_text(orders.read_text().replace("5;5;", "5;five;"))
    command = ["load", orders, "--into", "shop.db", "--key", "order_id", "--chunk-rows", "2", "--max-rejects", "1"]
    said = json.loads(importer(*command, "--json", cwd=tmp_path).stdout.splitlines()[-1])
    assert said["state"] == "failed"
    told = importer("rejects", said["job_id"], "refused.csv", cwd=tmp_path)
    assert (told.returncode, "the job is failed: rows that it has not read" in told.stdout) == (0, True)
    assert len((tmp_path / "refused.csv").read_text().splitlines()) == 1 + said["rejected"]


@pytest.mark.parametrize("days", ["-1", "nan", "1e300"])
def test_only_a_number_of_days_that_is_not_negative_prunes(days, tmp_path):
    done = importer("prune", "--older-than", days, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_a_flag_that_an_error_names_is_one_that_the_shell_has(orders, tmp_path):
    done = importer("load", orders, "--into", "shop.db", "--correct", "3,pieces=5", cwd=tmp_path)
    assert "give --correct … with a header of the file" in done.stderr + done.stdout


def test_preview_shows_every_column_and_what_becomes_of_it(orders, tmp_path):
    done = importer("preview", orders, "--json", cwd=tmp_path)
    said = json.loads(done.stdout.splitlines()[-1])
    assert [(c["letter"], c["label"], c["dtype"]) for c in said["columns"]] == [
        ("A", "order_id", "Int64"),
        ("B", "qty", "Int64"),
        ("C", "day", "Date"),
    ]
    assert said["rows"][0] == {"row": 2, "order_id": "1", "qty": "5", "day": "31.12.2025"}
    assert "order_id" in importer("preview", orders, cwd=tmp_path).stdout


def test_infer_prints_code_that_load_takes(orders, tmp_path):
    (tmp_path / "found.py").write_text(importer("infer", orders, "--key", "order_id", cwd=tmp_path).stdout)
    [name] = [
        line[6:].partition("(")[0] for line in (tmp_path / "found.py").read_text().splitlines() if line[:6] == "class "
    ]
    done = importer("load", orders, "--into", "x.db", "--schema", f"found.py:{name}", "--json", cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1])["created"] == 38, done.stderr


def test_cat_prints_clean_csv(orders, tmp_path):
    assert importer("cat", orders, cwd=tmp_path).stdout.splitlines()[:2] == ["order_id,qty,day", "1,5,31.12.2025"]


def test_ctrl_c_ends_cleanly_and_says_what_is_in_the_table(tmp_path):
    file = tmp_path / "orders.csv"
    with file.open("w") as out:
        out.write("id,a,b,c\n")
        out.writelines(f"{n},{n},{n},{n}\n" for n in range(3_000_000))
    command = [sys.executable, "-m", "importer", "load", str(file), "--into", "shop.db", "--key", "id", "--json"]
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 100))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, text=True, cwd=tmp_path) as process:
        os.close(end)
        err = b""
        while b"rows/s" not in err:  # Rows are going in.
            err += os.read(terminal, 1024)
        process.send_signal(signal.SIGINT)
        out = process.stdout.read()
    err += rest_of(terminal)
    assert process.returncode == 130, err
    said = json.loads(out.splitlines()[-1])
    assert said["state"] == "cancelled"
    assert b"Traceback" not in err
    assert 0 < said["created"] == rows_of(tmp_path / "shop.db") < 3_000_000


def rest_of(terminal):
    """What is still to be read of a terminal that nobody writes to any more."""
    rest = b""
    with os.fdopen(terminal, "rb", buffering=0) as file, suppress(OSError):  # Linux tells its end as an error.
        while part := file.read(1024):
            rest += part
    return rest


def test_a_file_that_went_in_already_is_an_error_that_names_job_and_option(orders, tmp_path):
    command = ["load", orders, "--into", "shop.db", "--key", "order_id", "--json"]
    first = json.loads(importer(*command, cwd=tmp_path).stdout.splitlines()[-1])
    again = importer(*command, cwd=tmp_path)
    assert again.returncode == 1
    said = json.loads(again.stdout.splitlines()[-1])
    assert first["job_id"][:8] in said["error"]
    assert "--if-imported again" in said["error"]
    skipped = json.loads(importer(*command, "--if-imported", "skip", cwd=tmp_path).stdout.splitlines()[-1])
    assert (skipped["state"], skipped["rows_read"]) == ("succeeded", 0)
    forced = json.loads(importer(*command, "--if-imported", "again", cwd=tmp_path).stdout.splitlines()[-1])
    assert forced["unchanged"] == first["created"]


def test_the_history_is_told_as_one_array_and_each_job_as_one_object(orders, tmp_path):
    importer("load", orders, "--into", "shop.db", "--key", "order_id", cwd=tmp_path)
    importer("load", orders, "--into", "nowhere/shop.db", cwd=tmp_path)
    [failed] = json.loads(importer("jobs", "--json", "--limit", "1", cwd=tmp_path).stdout)
    assert "folder 'nowhere' does not exist" in failed["error"]
    assert json.loads(importer("jobs", "--json", "--state", "failed", cwd=tmp_path).stdout) == [failed]
    [job] = json.loads(importer("jobs", "--json", "--state", "succeeded", cwd=tmp_path).stdout)
    assert (job["state"], job["name"], job["created"], job["rejected"]) == ("succeeded", "orders.csv", 38, 1)
    assert json.loads(importer("show", job["job_id"][:8], "--json", cwd=tmp_path).stdout) == job
    assert "orders.csv" in importer("jobs", cwd=tmp_path).stdout
    first = importer("jobs", "--limit", "1", cwd=tmp_path).stdout
    assert ("failed" in first, "succeeded" in first, "--limit 10 shows more" in first) == (True, False, True)
    assert importer("jobs", "--limit", "0", cwd=tmp_path).returncode == 2
    assert "38 created" in importer("show", job["job_id"][:8], cwd=tmp_path).stdout
    unknown = importer("show", "zzz", cwd=tmp_path)
    assert (unknown.returncode, "no job 'zzz'" in unknown.stderr) == (1, True)
    assert "2 jobs deleted" in importer("prune", "--older-than", "0", cwd=tmp_path).stdout


PAUSED_JOB = """
import sys, importer
def hear(now):
    if now.rows_read and now.state.value == "running":
        job.pause()
    if now.state.value == "paused":
        print(job.id, flush=True)
plan = importer.plan(sys.argv[1], into=sys.argv[2], key="id", chunk_rows=500, listeners=[hear])
job = plan.job()
job._run._broadcast._min_interval_s = 0.0
job.start().result()
"""


def test_a_job_that_another_process_stopped_is_resumed_by_its_id(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,a\n" + "".join(f"{n},{n}\n" for n in range(5_000)))
    command = [sys.executable, "-c", PAUSED_JOB, str(file), str(tmp_path / "shop.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        job_id = process.stdout.readline().strip()
        asked = importer("cancel", job_id[:8], cwd=tmp_path)
        assert asked.returncode == 0, asked.stderr
    [job] = json.loads(importer("jobs", "--json", "--state", "cancelled", cwd=tmp_path).stdout)
    assert (job["job_id"], 0 < job["created"] < 5_000) == (job_id, True)
    assert job["created"] == rows_of(tmp_path / "shop.db")
    done = importer("resume", job_id[:8], "--json", cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1])["created"] == rows_of(tmp_path / "shop.db") == 5_000
    over = importer("resume", job_id[:8], "--json", cwd=tmp_path)
    assert (over.returncode, "is complete" in json.loads(over.stdout.splitlines()[-1])["error"]) == (1, True)
