"""What CONTRIBUTING.md names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import importer

PACKAGE = Path(importer.__file__).parent
TEXT = (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8")
WALKS = re.findall(r"## One (?:row|snapshot).*?(?=\n## )", TEXT, flags=re.DOTALL)
TO_BE_WRITTEN = {"sinks/dialects/_mysql.py", "sources/_ods.py", "sources/_name.py", "sinks/_name.py"}
FILES = sorted(
    {name for name in re.findall(r"`((?:\w+/)+\w+\.\w+)`", TEXT) if (PACKAGE / name.split("/")[0]).is_dir()}
    - TO_BE_WRITTEN
)


def defined():
    """Every function, class and method of the package, and every trait or annotated field, as ``Class.name``."""
    names = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(part, ast.FunctionDef):
                    names.add(f"{node.name}.{part.name}")
                if isinstance(part, ast.Assign):
                    names |= {f"{node.name}.{target.id}" for target in part.targets if isinstance(target, ast.Name)}
    return names


def test_the_walks_take_ten_steps_each():
    assert [len(re.findall(r"^\d+\. ", walk, flags=re.MULTILINE)) for walk in WALKS] == [10, 10]


def test_every_function_on_the_walks_exists():
    named = {name for walk in WALKS for name in re.findall(r"`([A-Za-z_]+(?:\.[A-Za-z_]+)*)`", walk)}
    known, missing = defined(), set()
    for name in named:
        if name.endswith((".js", ".css")):
            is_there = any(PACKAGE.rglob(name))
        else:
            is_there = name in known or name.rpartition(".")[2] in known
        if not is_there:
            missing.add(name)
    assert len(named) > 30
    assert missing == set()


@pytest.mark.parametrize("name", FILES)
def test_every_file_exists(name):
    assert (PACKAGE / name).is_file()


def test_every_room_is_in_the_table():
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}
    table = TEXT.partition("## The rooms")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)/`", table)) >= rooms
