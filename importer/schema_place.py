"""Where a schema class is to be found again: ``FILE.py:CLASS``, ``module:CLASS``, or its columns where we made it."""

from __future__ import annotations

import importlib
import importlib.util
import json
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import SchemaError, choices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    import dataframely as dy

__all__ = ["load_schema", "made", "place_of"]

MADE = "made"
"""What stands before the columns of a schema that no module has."""

OPTIONS = ("primary_key", "nullable", "precision", "scale", "time_zone", "time_unit", "metadata")


def made(name: str, columns: Mapping[str, dy.Column]) -> type[dy.Schema]:
    """A schema of these columns and no other rules, which is found again from its place alone.

    Examples
    --------
    >>> import dataframely as dy
    >>> schema = made("Orders", {"Order No": dy.Int64(primary_key=True), "sold": dy.Date(nullable=True)})
    >>> load_schema(place_of(schema)).columns()["Order No"].primary_key
    True
    """
    import dataframely as dy

    # Any text may be the name of a table's column, but not of an attribute.
    own = {f"column_{n}": _named(column, label) for n, (label, column) in enumerate(columns.items())}
    return type(name, (dy.Schema,), {"__module__": MADE, **own})


def _named(column: dy.Column, name: str) -> dy.Column:
    column = copy(column)
    column.alias = name
    return column


def place_of(schema: type[dy.Schema]) -> str:
    """Text by which `load_schema` finds the class; one of a notebook only where the notebook ran."""
    if schema.__module__ != MADE:
        return f"{schema.__module__}:{schema.__qualname__}"
    columns = [
        [name, type(column).__name__, {key: value for key in OPTIONS if (value := getattr(column, key, None))}]
        for name, column in schema.columns().items()
    ]
    return f"{MADE}:{json.dumps([schema.__name__, columns])}"


def load_schema(place: str) -> type[dy.Schema]:
    """The schema class of a place.

    Raises
    ------
    SchemaError
        Where there is none.
    """
    import dataframely as dy

    if place.startswith(f"{MADE}:"):
        name, columns = json.loads(place.partition(":")[2])
        return made(name, {label: getattr(dy, kind)(**options) for label, kind, options in columns})
    file, _, name = place.rpartition(":")
    module = _module(file, place)
    schema = getattr(module, name, None)
    if not (isinstance(schema, type) and issubclass(schema, dy.Schema)):
        names = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, dy.Schema)]
        raise SchemaError(f"{file!r} has no dataframely schema {name!r}: {choices(name, names)}")
    return schema


def _module(file: str, place: str) -> ModuleType:
    if not file.endswith(".py"):
        try:
            return importlib.import_module(file or "?")
        except ImportError as exc:
            raise SchemaError(
                f"the schema {place!r} names no Python file. Write FILE.py:CLASS, e.g. orders.py:Orders"
            ) from exc
    # Its full path as the module's name, so that the class knows its place.
    path = Path(file).resolve()
    spec = importlib.util.spec_from_file_location(str(path), path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SchemaError(f"the schema {place!r} names no Python file. Write FILE.py:CLASS, e.g. orders.py:Orders")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
