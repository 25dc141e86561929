"""The doors of the rooms: what a room offers is loaded when it is first used, so that a command loads what it needs."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["door"]


def door(room: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a room's ``__init__.py``.

    The room offers what it imports under ``if TYPE_CHECKING``: what an editor reads there is what is loaded.
    Modules with a public name, such as other rooms, are there as well.

    Examples
    --------
    >>> load, names = door("importer.views")
    >>> load("say").__module__, "say" in names()
    ('importer.views._catalogue', True)
    """
    namespace = vars(sys.modules[room])
    places = dict(_offered(room))

    def load(name: str) -> object:
        if name not in places:
            if name.startswith("_") or find_spec(f"{room}.{name}") is None:
                raise AttributeError(f"module {room!r} has no attribute {name!r}", name=name, obj=sys.modules[room])
            return import_module(f"{room}.{name}")
        module, _, attribute = places[name].partition(":")
        found = import_module(module)
        namespace[name] = getattr(found, attribute) if attribute else found
        return namespace[name]

    def names() -> list[str]:
        return sorted({*namespace, *places})

    return load, names


def _offered(room: str) -> Iterator[tuple[str, str]]:
    """The names that a room offers, and the module of each; a module itself is a name too."""
    loader: Any = sys.modules[room].__loader__
    for block in ast.parse(loader.get_source(room)).body:
        if not (isinstance(block, ast.If) and ast.unparse(block.test).strip("_") == "TYPE_CHECKING"):
            continue
        for node in block.body:
            assert isinstance(node, ast.ImportFrom)  # noqa: S101 - a room offers what it imports by name
            for alias in node.names:
                name = alias.name
                yield name, f"{room}.{name}" if node.module == room else f"{node.module}:{name}"
