"""Places that look like files: pipes, devices, folders, and what the kernel makes up."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

import importer
from importer.errors import SourceError


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "orders.csv"
    os.mkfifo(pipe)
    done = subprocess.run(
        [sys.executable, "-m", "importer", "preview", str(pipe)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "'orders.csv' is a pipe or a device, not a file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(place):
    with pytest.raises(SourceError, match="pipe or a device"):
        importer.preview(place)


def test_a_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=r"the folder '\.' holds no files with tables"):
        importer.preview(".")


@pytest.mark.parametrize(
    "body", ["PWD=/home/ann, of all; places\0SHELL=/bin/sh" * 50, "x\0y;z\0\n" * 5, '"\0",\0\n\0,"']
)
def test_a_text_with_nuls_is_read_or_refused(tmp_path, body):
    path = tmp_path / "environ.csv"
    path.write_text(body)
    with suppress(SourceError):
        importer.preview(path)
