"""Disks that are full when the import is done: what went into the table is told all the same."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys

import pytest
from waiting import until

import importer
from importer.core import State
from importer.sources import open_source

COMMAND = [sys.executable, "-W", "error", "-m", "importer"]


@pytest.fixture
def refusing(tmp_path):
    """A file of which every second row is refused: long texts, which take little room where they are kept."""
    file = tmp_path / "orders.csv"
    file.write_text("id,qty,note\n" + "".join(f"{n},{n if n % 2 else 'x'},{'long ' * 40}\n" for n in range(10_000)))
    (tmp_path / "shop.py").write_text(
        "import dataframely as dy\n"
        "class Orders(dy.Schema):\n"
        "    id = dy.Int64(primary_key=True)\n"
        "    qty = dy.Int64()\n"
    )
    return file


def run(*arguments, cwd, most=resource.RLIM_INFINITY, **options):
    """Run the command where no file may have more bytes."""
    options = {"capture_output": True} | options
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
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


def test_a_kill_between_the_end_and_the_writing_leaves_the_refused_rows_to_be_written(refusing, tmp_path):
    command = [*COMMAND, *map(str, load(refusing, "--rejects", "refused.xlsx"))]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        until(lambda: [job.state for job in importer.jobs()] == [State.SUCCEEDED])
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "refused.xlsx").exists()
    [job] = importer.jobs()
    assert run("rejects", job.short_id, "refused.csv", cwd=tmp_path).returncode == 0
    assert rows_in(tmp_path / "refused.csv") == 5_000
