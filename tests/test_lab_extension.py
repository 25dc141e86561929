"""What JupyterLab finds of the package agrees with the package."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import smoke

import importer
from importer.sources import SUFFIXES

ROOT = Path(__file__).parents[1]
EXTENSION = ROOT / "labextensions/notebook-importer"


def test_the_file_browser_offers_the_files_that_the_package_reads():
    (listed,) = re.findall(r"SUFFIXES = \[(.*?)\]", (EXTENSION / "static/files.js").read_text("utf-8"), re.DOTALL)
    assert tuple(re.findall(r"'([^']+)'", listed)) == SUFFIXES


def test_the_smoke_test_of_the_built_wheel_looks_for_all_of_its_files():
    files = [file.relative_to(ROOT / "labextensions").as_posix() for file in EXTENSION.rglob("*") if file.is_file()]
    share = "share/jupyter/labextensions/"
    assert {name.removeprefix(share) for name in smoke.INSTALLED if name.startswith(share)} == set(files)


def test_its_name_and_version_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    said = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    assert (said["name"], said["version"]) == (project["name"], project["version"])
    assert said["version"] == importer.__version__
    assert json.loads((EXTENSION / "install.json").read_text("utf-8"))["packageName"] == project["name"]
    assert (EXTENSION / said["jupyterlab"]["_build"]["load"]).is_file()
