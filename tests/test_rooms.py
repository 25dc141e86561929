"""The rooms of the package: each is entered by its door."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import grimp
import pytest

import importer

ROOT = Path(importer.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_room_imports_from_another_only_what_its_door_offers(file: Path) -> None:
    inside = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("importer."):
            continue
        if room_of(node.module) == room_of(name_of(file)):
            continue
        private = [part for part in node.module.split(".") if part.startswith("_")]
        private += [alias.name for alias in node.names if alias.name.startswith("_")]
        inside += [f"{node.module}: {name}" for name in private]
    assert inside == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("importer", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()


@pytest.mark.parametrize("room", [name_of(file) for file in MODULES if "__dir__ = door(" in file.read_text("utf-8")])
def test_a_door_offers_what_it_lists(room: str) -> None:
    module = import_module(room)
    assert {*module.__all__} <= {*dir(module)} <= {*module.__all__, *vars(module)}
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []
